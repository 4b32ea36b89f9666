package sinks

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/quorate/quorate/device"
)

func TestEncode(t *testing.T) {
	e := device.Event{Seq: 1, ID: "01A", Type: device.EventVerdictChanged, Text: "nas<1> is down"}
	want, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Encode(&e); err != nil || string(got) != string(want) {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	e.Votes = []device.Vote{{Weight: math.NaN()}}
	_, err = Encode(&e)
	if p, ok := err.(interface{ Permanent() bool }); !ok || !p.Permanent() {
		t.Errorf("an event without a form: %v", err)
	}
}
