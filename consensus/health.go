package consensus

import (
	"slices"
	"strings"

	"github.com/quorate/quorate/device"
)

// health judges every component of a device. A component that nobody claims any longer is forgotten once it is
// unknown.
func (h *hearing) health(d *Device) {
	ks := keys(d, nil)
	if len(ks) == 0 {
		return
	}
	next := make([]Component, 0, len(ks))
	for _, key := range ks {
		claimed := h.j.askHealth(d, key, &h.tally, &h.terms)
		c := Component{Key: key, FacetState: FacetState{State: device.StateUnknown, Reason: reasonNeverSeen}}
		if i, known := findComponent(d.Components, key); known {
			c = d.Components[i]
		}
		c.FacetState = h.step(c.FacetState)
		if claimed || c.State != device.StateUnknown {
			next = append(next, c)
		}
	}
	if !slices.Equal(next, d.Components) {
		d.Components = next
	}
}

func findComponent(cs []Component, key string) (int, bool) {
	return slices.BinarySearchFunc(cs, key, func(c Component, k string) int { return strings.Compare(c.Key, k) })
}

// askHealth gathers and counts the votes on one component, and reports whether any source claims it.
func (b *bench) askHealth(d *Device, key string, t *tally, m *terms) bool {
	t.facet, t.key, t.quorum = device.FacetHealth, key, m.quorum
	t.ballots = b.ballots[:0]
	t.enrolled = b.enrolled(d, device.FacetHealth)
	claimed := false
	for i := range d.Reports {
		r := &d.Reports[i]
		k, found := findKey(r.Health, key)
		if !found {
			continue
		}
		if v, ok := b.cast(r, &r.Health[k], m); ok {
			claimed = true
			t.ballots = append(t.ballots, v)
		}
	}
	b.ballots = t.ballots
	b.count(t)
	return claimed
}
