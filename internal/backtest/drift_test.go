package backtest

import (
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

func TestDrift(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	up := device.Event{Seq: 7, ID: "a", Type: device.EventVerdictChanged, At: at, To: "up", Text: "nas1 is up"}
	numbered, other := up, up
	numbered.Seq, numbered.ID = 9, "b"
	other.Text = "nas1 answers"
	for _, tt := range []struct {
		name           string
		now, recorded  []device.Event
		before, inside int
	}{
		{"another number", []device.Event{numbered}, []device.Event{up}, 0, 0},
		{"other words", []device.Event{other}, []device.Event{up}, 1, 1},
		{"one less", nil, []device.Event{up}, 1, 1},
		{"one more", []device.Event{up, other}, []device.Event{up}, 1, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var d Drift
			d.compare(tt.now, tt.recorded, false)
			d.compare(tt.now, tt.recorded, true)
			if d.Before != tt.before || d.Inside != tt.inside || d.At.IsZero() != (tt.inside == 0) {
				t.Errorf("got %+v", d)
			}
		})
	}
}
