package consensus

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// Covered is who can speak for one device: "two is one, one is none".
type Covered struct {
	Device device.Name `json:"device"`
	// Sources are configured and have claimed reach; those that are weak or held have not. Ordered by name.
	Sources []string `json:"sources"`
	// Witnesses are their fault domains, N of the rules, and Voting those whose vote counts now. Ordered by name.
	Witnesses []string `json:"witnesses"`
	Voting    []string `json:"voting"`
	// Shared are the fault domains that two or more of the sources have in common: they fail together.
	Shared []string `json:"shared"`
	// Best is the standing that the device reaches when every witness votes and all agree.
	Best device.Standing `json:"best"`
	// Why says, in words, what keeps the device from a better standing; empty where Best is confirmed.
	Why string `json:"why,omitempty"`
}

// WitnessCount is how many devices have a number of witnesses.
type WitnessCount struct {
	Witnesses int `json:"witnesses"`
	Devices   int `json:"devices"`
}

// CoverageReport answers how many independent witnesses each device has.
type CoverageReport struct {
	// Counts are by the number of witnesses, the fewest first; numbers without a device are left out.
	Counts []WitnessCount `json:"counts"`
	// Single are the devices with one witness, and Shared those with two or more sources in one fault domain.
	Single []device.Name `json:"single"`
	Shared []device.Name `json:"shared"`
	// Devices are all of them, by name as people order names.
	Devices []Covered `json:"devices"`
}

// Coverage works out who can speak for each device at the given time. It is about the facet reach, which every other
// question rests on. Lists are never nil.
func Coverage(cfg *Config, s *State, at time.Time) CoverageReport {
	b := s.bench(cfg, at)
	out := CoverageReport{Counts: []WitnessCount{}, Single: []device.Name{}, Shared: []device.Name{}, Devices: make([]Covered, 0, len(s.Devices))}
	for id, d := range s.Devices {
		out.Devices = append(out.Devices, b.covered(device.Name{ID: id, Name: d.Name}, d))
	}
	slices.SortFunc(out.Devices, func(x, y Covered) int {
		return cmp.Or(device.CompareNames(x.Device.Name, y.Device.Name), compare(x.Device.ID, y.Device.ID))
	})
	for i := range out.Devices {
		c := &out.Devices[i]
		n := len(c.Witnesses)
		if n == 1 {
			out.Single = append(out.Single, c.Device)
		}
		if len(c.Shared) > 0 {
			out.Shared = append(out.Shared, c.Device)
		}
		k, found := slices.BinarySearchFunc(out.Counts, n, func(w WitnessCount, n int) int { return w.Witnesses - n })
		if !found {
			out.Counts = slices.Insert(out.Counts, k, WitnessCount{Witnesses: n})
		}
		out.Counts[k].Devices++
	}
	return out
}

// covered is who can speak for d.
func (b *bench) covered(name device.Name, d *Device) Covered {
	c := Covered{Device: name, Sources: []string{}, Witnesses: []string{}, Voting: []string{}, Shared: []string{}}
	m := b.terms(d.Name)
	trusted := false
	for i := range d.Reports {
		r := &d.Reports[i]
		s := b.seat(r.Source)
		if s == nil || r.Enrolled&EnrolledReach == 0 || slices.Contains(c.Sources, r.Source) {
			continue
		}
		c.Sources = append(c.Sources, r.Source)
		trusted = trusted || b.trust(s, &m) > 0
		switch {
		case !slices.Contains(c.Witnesses, s.domain):
			c.Witnesses = append(c.Witnesses, s.domain)
		case !slices.Contains(c.Shared, s.domain):
			c.Shared = append(c.Shared, s.domain)
		}
	}
	var t tally
	b.ask(d, device.FacetReach, &t, &m)
	for i := range t.witnesses {
		c.Voting = append(c.Voting, t.witnesses[i].domain)
	}
	slices.Sort(c.Witnesses)
	slices.Sort(c.Voting)
	slices.Sort(c.Shared)
	switch n := len(c.Witnesses); {
	case n == 0:
		c.Best, c.Why = device.StandingNone, "no configured source has ever said whether it answers"
	case !trusted:
		c.Best, c.Why = device.StandingNone, "its sources are not trusted"
	case n < m.quorum:
		c.Best, c.Why = device.StandingNone, fmt.Sprintf("its quorum of %d is more than the witnesses it has", m.quorum)
	case n == 1 && len(c.Shared) > 0:
		c.Best, c.Why = device.StandingSingle, "its sources share the fault domain "+c.Shared[0]
	case n == 1:
		c.Best, c.Why = device.StandingSingle, "only "+c.Sources[0]+" speaks for it"
	default:
		c.Best = device.StandingConfirmed
	}
	return c
}
