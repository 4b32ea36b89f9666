package prtg

import (
	"cmp"
	"slices"

	"github.com/quorate/quorate/device"
)

// maxParts bounds what one device's observation holds; of too many the good ones go.
const maxParts = 1000

// healthOf claims for each sensor but the pings how its part is; parts are the sensors' components. A sensor that went
// down together with the device, or with its agent, has not looked at its part; one that was down before has.
func healthOf(sensors []sensor, parts []string, reachDown, mgmtDown bool) []device.Claim {
	var lived, served instant
	for i := range sensors {
		s := &sensors[i]
		if s.role.talks() {
			lived = max(lived, s.up)
		}
		if s.role.agent() {
			served = max(served, s.up)
		}
	}
	var all []device.Claim
	for i := range sensors {
		s := &sensors[i]
		if s.role == rolePing || s.says() == silent {
			continue
		}
		if s.says() == no {
			if reachDown && s.role.talks() && s.up.add(2*s.interval) >= lived ||
				mgmtDown && s.role.agent() && s.up.add(2*s.interval) >= served {
				continue
			}
		}
		c := device.Claim{Facet: device.FacetHealth, Component: parts[i], State: condition(s.status), Raw: s.raw()}
		date(&c, s)
		all = append(all, c)
	}
	// Sensors of one name: the worst counts.
	slices.SortStableFunc(all, func(a, b device.Claim) int {
		return cmp.Or(cmp.Compare(a.Component, b.Component), cmp.Compare(badness(b.State), badness(a.State)))
	})
	all = slices.CompactFunc(all, func(a, b device.Claim) bool { return a.Component == b.Component })
	if len(all) > maxParts {
		slices.SortStableFunc(all, func(a, b device.Claim) int { return cmp.Compare(badness(b.State), badness(a.State)) })
		all = all[:maxParts]
	}
	return all
}
