package device

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestValidate(t *testing.T) {
	sure := func(f float64) *float64 { return &f }
	ok := func() *Observation {
		return &Observation{
			Identity:   Identity{Ref: "12", Name: "nas1", Addresses: []string{"192.0.2.10"}},
			ObservedAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
			Claims:     []Claim{{Facet: FacetReach, State: StateUp}, {Facet: FacetHealth, Component: "disk:2", State: StateWarning}},
			Readings:   []Reading{{Component: "disk:2", Quantity: "temperature", Value: 41, Unit: "Cel"}},
		}
	}
	for _, tt := range []struct {
		name   string
		change func(*Observation)
		want   string // part of the reason; "" means accepted
	}{
		{"whole", func(*Observation) {}, ""},
		{"a split reach", func(o *Observation) { o.Claims[0].State = StateSplit }, ""},
		{"paused", func(o *Observation) { o.Claims, o.Abstain = nil, AbstainPaused }, ""},
		{"a name of 256 letters", func(o *Observation) { o.Name = strings.Repeat("ä", 256) }, ""},
		{"no ref", func(o *Observation) { o.Ref = "" }, "ref is empty"},
		{"a name of 257 letters", func(o *Observation) { o.Name = strings.Repeat("a", 257) }, "name is longer than 256"},
		{"65 addresses", func(o *Observation) { o.Addresses = make([]string, 65) }, "65 addresses"},
		{"broken UTF-8", func(o *Observation) { o.Hostnames = []string{"nas\xff"} }, "hostnames is not valid UTF-8"},
		{"broken UTF-8 in raw words", func(o *Observation) { o.Claims[0].Raw = "\xc3" }, "raw is not valid UTF-8"},
		{"not a number", func(o *Observation) { o.Readings[0].Value = math.NaN() }, "finite"},
		{"no end", func(o *Observation) { o.Readings[0].Value = math.Inf(-1) }, "finite"},
		{"unknown facet", func(o *Observation) { o.Claims[0].Facet = "mood" }, `unknown facet "mood"`},
		{"a health of up", func(o *Observation) { o.Claims[1].State = StateUp }, `unknown state "up" for facet health`},
		{"a reach of ok", func(o *Observation) { o.Claims[0].State = StateOK }, `unknown state "ok"`},
		{"a claim of unknown", func(o *Observation) { o.Claims[0].State = StateUnknown }, `unknown state "unknown"`},
		{"too sure", func(o *Observation) { o.Claims[0].Confidence = sure(1.1) }, "confidence"},
		{"negative interval", func(o *Observation) { o.Claims[0].Interval = -1 }, "interval"},
		{"an abstention of ours", func(o *Observation) { o.Abstain = AbstainStale }, `unknown reason "stale"`},
		{"before 2000", func(o *Observation) { o.ObservedAt = time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC) }, "before the year 2000"},
		{"a year that JSON cannot say", func(o *Observation) { o.ObservedAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }, "after the year 9999"},
		{"the last hour that it can, an hour west", func(o *Observation) { o.ObservedAt = time.Date(9999, 12, 31, 23, 59, 59, 0, time.FixedZone("", -3600)) }, "after the year 9999"},
		{"a claim from before 2000", func(o *Observation) { o.Claims[1].ObservedAt = time.Unix(0, 0) }, "claims[1]: observed_at"},
		{"more than a mebibyte", func(o *Observation) { o.Claims[0].Raw = strings.Repeat("x", MaxObservationBytes-100) }, "bytes, at most"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := ok()
			tt.change(o)
			err := o.Validate()
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}
