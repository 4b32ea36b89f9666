package librenms

import "github.com/quorate/quorate/device"

// budget keeps an observation within what the data contract takes: a switch with 3,500 sensors exists, and one device
// that says too much would be rejected as a whole. What comes first is worth more.
type budget struct{ left int }

const (
	maxClaims = 1000
	// keysCost is what the names of the fields of one element take in JSON, with times and numbers.
	keysCost = 180
)

// newBudget leaves room for who the device is and the claims about all of it.
func newBudget() budget { return budget{device.MaxObservationBytes * 9 / 10} }

// takes reports whether there is room for one more element with these texts. JSON writes some characters as six.
func (b *budget) takes(texts ...string) bool {
	cost := keysCost
	for _, t := range texts {
		cost += len(t)
		for i := range len(t) {
			switch t[i] {
			case '<', '>', '&', '"', '\\', 0xE2:
				cost += 5
			}
		}
	}
	b.left -= cost
	return b.left >= 0
}

func (b *budget) alerts(o *device.Observation) {
	for i, a := range o.Alerts {
		if !b.takes(a.Ref, a.Component, a.Text) {
			o.Alerts = o.Alerts[:i]
			return
		}
	}
}

// claims adds as many as fit, in their order; of too many the good ones go.
func (b *budget) claims(o *device.Observation, claims []device.Claim) {
	room, keep := maxClaims-len(o.Claims), make([]bool, len(claims))
	for _, trouble := range []bool{true, false} {
		for i, c := range claims {
			if (c.State != device.StateOK) == trouble && room > 0 && b.takes(c.Component, c.Raw) {
				keep[i] = true
				room--
			}
		}
	}
	for i, c := range claims {
		if keep[i] {
			o.Claims = append(o.Claims, c)
		}
	}
}

func (b *budget) readings(o *device.Observation, readings []device.Reading) {
	for _, r := range readings {
		if !b.takes(r.Component, r.Quantity) {
			return
		}
		o.Readings = append(o.Readings, r)
	}
}

func (b *budget) links(o *device.Observation, links []device.Link) {
	for _, l := range links {
		if !b.takes(l.Component, l.MAC, l.Name, l.Address) {
			return
		}
		o.Links = append(o.Links, l)
	}
}
