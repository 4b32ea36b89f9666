package consensus

import (
	"math"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// sameParents reports whether o names the parents of before, in whatever order.
func sameParents(held []Parent, o *device.Observation) bool {
	if len(held) == 0 || len(o.Parents) == 0 {
		return len(o.Parents) == 0 && (len(held) == 0 || o.Abstain != "")
	}
	if len(held) != len(o.Parents) {
		return false
	}
	for i := range held {
		if held[i].Ref != o.Parents[i] && !slices.Contains(o.Parents, held[i].Ref) {
			return false
		}
	}
	return true
}

// steady reports whether the same word on reach again raises or ends no alarm, and is no turn.
func (r *Report) steady() bool {
	switch r.Reach.State {
	case device.StateUp:
		return r.Spoke == device.StateUp && (r.Weak || r.Held || !r.Alarm && !r.Agreed && !r.Blamed)
	case device.StateDown:
		return r.Spoke == device.StateDown && (r.Weak || r.Held || r.Alarm)
	}
	return true
}

// fits reports whether the claims of o say what those of the slot's report say, dates aside.
func (s *slot) fits(o *device.Observation) bool {
	r := s.report
	reach, mgmt, health := false, false, 0
	for i := range o.Claims {
		c := &o.Claims[i]
		var held *Claim
		switch c.Facet {
		case device.FacetReach:
			if reach {
				return false
			}
			held, reach = &r.Reach, true
		case device.FacetMgmt:
			if mgmt {
				return false
			}
			held, mgmt = &r.Mgmt, true
		case device.FacetHealth:
			if health == 0 && !s.learn(o) {
				return false
			}
			if held = &r.Health[s.health.places[health]]; held.Component != c.Component {
				s.health = nil // they came in another order: look again next time
				return false
			}
			health++
		default:
			return false
		}
		if !held.says(c.State, c.Sure(), time.Duration(c.Interval), c.Raw) {
			return false
		}
	}
	var enrols Facets
	if mgmt {
		enrols |= EnrolledMgmt
	}
	if health > 0 {
		enrols |= EnrolledHealth
	}
	switch implied := !reach && mgmt && r.Mgmt.State == device.StateUp; {
	case implied && !r.Reach.says(r.Mgmt.State, r.Mgmt.Confidence, r.Mgmt.Interval, r.Mgmt.Raw):
		return false
	case reach || implied:
		enrols |= EnrolledReach
	case r.Reach.State != "":
		return false
	}
	if !r.Weak && !r.Held && r.Enrolled|enrols != r.Enrolled {
		return false
	}
	return (mgmt || r.Mgmt.State == "") && health == len(r.Health)
}

func (c *Claim) says(state device.State, confidence float64, interval time.Duration, raw string) bool {
	return state != "" && c.State == state && c.Confidence == confidence && c.Interval == interval && c.Raw == raw
}

// learn works out which health claim of the report each of o's is about. The key of a component depends on the vendor.
func (s *slot) learn(o *device.Observation) bool {
	if s.health != nil && s.health.vendor == o.Vendor {
		return true
	}
	held := s.report.Health
	if len(held) > math.MaxUint16 {
		return false
	}
	places := make([]uint16, 0, len(held))
	for i := range o.Claims {
		c := &o.Claims[i]
		if c.Facet != device.FacetHealth {
			continue
		}
		k, found := findKey(held, ComponentKey(c.Component, o.Vendor))
		if !found || held[k].Component != c.Component || slices.Contains(places, uint16(k)) {
			return false
		}
		places = append(places, uint16(k))
	}
	if len(places) != len(held) {
		return false
	}
	s.health = &fit{vendor: o.Vendor, places: places}
	return true
}
