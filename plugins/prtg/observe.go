package prtg

import (
	"cmp"
	"fmt"
	"log/slog"
	"slices"

	"github.com/quorate/quorate/device"
)

// choose returns which devices of the picture the source speaks of, by their places in it.
func (s *Source) choose(p *picture) ([]int, error) {
	chosen := make([]int, 0, len(p.devices))
	for i := range p.devices {
		d := &p.devices[i]
		if s.filter.Passes(d.ref(), d.name, d.host, hostOf(d.host), d.group, d.probe) {
			chosen = append(chosen, i)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf(`none of PRTG's %d devices is left: check "include" and "exclude"`, len(p.devices))
	}
	return chosen, nil
}

// hidden counts devices for which PRTG counts other sensors than it shows: the account sees less than PRTG does.
func hidden(p *picture, chosen []int) int {
	n := 0
	for _, i := range chosen {
		if d := &p.devices[i]; d.total >= 0 && d.total != len(p.of(d.id)) {
			n++
		}
	}
	return n
}

// tell logs what of a poll a person should know, once each time it changes.
func (s *Source) tell(p *picture, chosen []int) {
	if n := hidden(p, chosen); n != s.told.hidden && !p.tree {
		slog.Warn("devices have other numbers of sensors than PRTG lets this account see", "devices", n)
		s.told.hidden = n
	}
	if n := p.took.rejected.count(); n != s.told.rejected {
		slog.Warn("rows of PRTG's answer are broken and were left out", "rows", n)
		s.told.rejected = n
	}
}

// lonely tells of a bare label whether no other device has the same: PRTG's hosts are not unique.
func lonely(devices []node) func(string) bool {
	labels := make(map[string]int, len(devices))
	for i := range devices {
		labels[hostOf(devices[i].host)]++
	}
	return func(label string) bool { return labels[label] == 1 }
}

// observe is all that PRTG says of one device. The observation is as new as the newest check of any of its sensors;
// claims that rest on older ones say so.
func observe(d *node, sensors []sensor, probeLost bool, lonely func(string) bool) device.Observation {
	o := say(d, sensors, probeLost, lonely)
	if o.Validate() != nil {
		trim(&o)
	}
	return o
}

func say(d *node, sensors []sensor, probeLost bool, lonely func(string) bool) device.Observation {
	parts := partsOf(sensors)
	// Alerts are no votes: behind a lost probe they stay as PRTG has them, since nothing says that they are over.
	o := device.Observation{Identity: identity(d, lonely), Alerts: alerts(sensors, parts)}
	if probeLost {
		// Its sensors keep their last state; a dead probe must not vote for a whole site.
		o.Abstain = device.AbstainProbeDisconnected
		return o
	}
	if o.Claims = claims(sensors, parts); len(o.Claims) == 0 {
		o.Claims, o.Abstain = nil, reasonToAbstain(d, sensors)
		return o
	}
	var newest instant
	for i := range sensors {
		newest = max(newest, sensors[i].checked)
	}
	o.ObservedAt = newest.time()
	o.Readings = readings(sensors, parts)
	return o
}

// trim makes an observation fit that is larger than the data contract takes: thousands of sensors with the longest names.
// What is well goes first.
func trim(o *device.Observation) {
	o.Readings = nil
	slices.SortStableFunc(o.Claims, func(a, b device.Claim) int { return cmp.Compare(rank(b), rank(a)) })
	o.Claims = o.Claims[:min(len(o.Claims), maxTrimmed)]
	o.Alerts = o.Alerts[:min(len(o.Alerts), maxTrimmed)]
}

const maxTrimmed = 150

func rank(c device.Claim) int {
	if c.Facet != device.FacetHealth {
		return 3
	}
	return badness(c.State)
}
