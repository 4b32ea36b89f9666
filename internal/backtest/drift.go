package backtest

import (
	"encoding/json"
	"time"

	"github.com/quorate/quorate/device"
)

// Drift is what comes out otherwise than recorded under the settings of then. There is none, unless another version of
// the program recorded: its rules or its words were others.
type Drift struct {
	// Events that are not the same, before the window and in it. At is the first's instant.
	Before int       `json:"before"`
	Inside int       `json:"inside"`
	At     time.Time `json:"at,omitzero"`
	// Recorded and Now are the first such event, as it is on record and as it comes out; "" for none.
	Recorded string `json:"recorded,omitempty"`
	Now      string `json:"now,omitempty"`
}

// compare takes the events of one instant, which must be the same byte for byte but for their numbers.
func (d *Drift) compare(now, recorded []device.Event, inside bool) {
	for i := range max(len(now), len(recorded)) {
		var a, b string
		var at time.Time
		if i < len(now) {
			a, at = plain(now[i]), now[i].At
		}
		if i < len(recorded) {
			b, at = plain(recorded[i]), recorded[i].At
		}
		if a == b {
			continue
		}
		if inside {
			d.Inside++
		} else {
			d.Before++
		}
		if d.At.IsZero() {
			d.At, d.Recorded, d.Now = at, b, a
		}
	}
}

// plain is an event without what numbers it: the agent's own events lie between.
func plain(e device.Event) string {
	e.Seq, e.ID = 0, ""
	b, err := json.Marshal(e)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
