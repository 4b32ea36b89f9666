package identity_test

import (
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
)

// Of two words on one ref in one instant the newer is taken, one without a date being of now, and one that is late only
// where there is no other; the order in which they came does not matter.
func TestTwoWordsOnOneRef(t *testing.T) {
	word := func(address string, at time.Time) *device.Observation {
		return &device.Observation{Identity: device.Identity{Ref: "1", Name: "nas1", Addresses: []string{address}}, ObservedAt: at}
	}
	for _, c := range []struct {
		name         string
		dated, other time.Time
		late         bool // the dated one
	}{
		{"dated and not", start.Add(-time.Minute), time.Time{}, false},
		{"late and not", start.Add(-time.Hour), time.Time{}, true},
		{"both dated", start.Add(-time.Minute), start, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := identity.Arrival{Source: "prtg", Observations: []*device.Observation{word("192.0.2.1", c.dated)}, Late: []bool{c.late}}
			b := identity.Arrival{Source: "prtg", Observations: []*device.Observation{word("192.0.2.2", c.other)}}
			for _, in := range [][]identity.Arrival{{a, b}, {b, a}} {
				out := identity.Resolve(&identity.Config{}, identity.NewState(), start, in)
				if got := out.Bindings[device.SourceRef{Source: "prtg", Ref: "1"}].Identity.Addresses[0]; got != "192.0.2.2" {
					t.Errorf("taken at its older word %s", got)
				}
			}
		})
	}
}
