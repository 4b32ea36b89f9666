package consensus

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/topology"
)

// Describe is a device as it is held, with the votes as they count at the given time. Bindings, keys and fields are
// identity's to fill in. A device that is not known has only its id.
func Describe(cfg *Config, s *State, id device.ID, at time.Time) device.Current {
	d, ok := s.Devices[id]
	if !ok {
		return device.Current{
			ID: id, Status: device.StatusUnknown, Standing: device.StandingNone, Reason: reasonNeverSeen,
			Overlays: []device.OverlayKind{}, Votes: []device.Vote{},
		}
	}
	b := s.bench(cfg, at)
	p := b.draw(d)
	c := device.Current{
		ID: id, Name: d.Name, Status: d.Status, Standing: p.standing, Reason: p.since.Reason,
		RedundancyLost: p.redundancyLost, Overlays: d.Overlays(), Since: p.since.Since, Witnesses: p.witnesses,
		Votes: p.votes, Tallies: p.tallies, Mutes: d.Mutes,
	}
	if s.Global != nil && len(s.Global.Waiting) > 0 {
		c.WaitsFor = slices.Sorted(maps.Keys(s.Global.Waiting))
	}
	if parent, ok := s.Devices[d.Because]; ok {
		c.Because = parent.Name
	}
	c.Parents = ParentsOf(cfg, s, id)
	return c
}

// ParentsOf are what a device hangs on, as it is configured, else as links show it; nil where nothing is known of that.
func ParentsOf(cfg *Config, s *State, id device.ID) []device.Parent {
	d := s.Devices[id]
	if d == nil {
		return nil
	}
	var out []device.Parent
	for _, name := range cfg.Parents[d.Name] {
		out = append(out, device.Parent{Name: name})
	}
	if f := d.Found; f != nil && len(out) == 0 {
		if parent := s.Devices[f.Device]; parent != nil {
			out = append(out, device.Parent{ID: f.Device, Name: parent.Name, Discovered: true, Link: s.linkText(f), Since: f.Since})
		}
	}
	return out
}

// linkText says by which port of which device a parent was found.
func (s *State) linkText(f *Found) string {
	on := string(f.On)
	if d := s.Devices[f.On]; d != nil {
		on = d.Name
	}
	how := map[topology.Why]string{
		topology.WhyNeighbour: "they are neighbours", topology.WhyPort: "its frames come in there",
		topology.WhyBetween: "its frames come in there, behind the only neighbour",
	}[f.Why]
	return fmt.Sprintf("%s of %s: %s", f.Port, on, how)
}

// bench is what votes are weighed with at a time, the sources believed as far as after the last instant.
func (s *State) bench(cfg *Config, at time.Time) bench {
	return newBench(cfg, utc(at), func(name string) *SourceState {
		if st, ok := s.Sources[name]; ok {
			return st
		}
		return &SourceState{}
	})
}

// DescribeSource is a source as it is held at the given time.
func DescribeSource(cfg *Config, s *State, name string, at time.Time) device.SourceStatus {
	o := device.SourceStatus{Name: name, Health: device.HealthUp}
	if c, ok := cfg.Sources[name]; ok {
		o.Domain, o.Interval = c.FaultDomain, device.Duration(c.Interval)
		or(&o.Domain, name)
	}
	st, ok := s.Sources[name]
	if !ok {
		return o
	}
	switch {
	case st.Blind:
		o.Health = device.HealthBlind
	case st.Mass != nil && st.Mass.Suspect, st.Short > 0:
		o.Health = device.HealthSuspect
	case st.Lost:
		o.Health = device.HealthBlind
	}
	o.LastSuccess, o.LastPoll, o.LastError, o.Failures = st.LastSuccess, st.LastPoll, st.LastError, st.Failures
	o.Devices, o.FalseAlarms = st.Devices, st.FalseAlarms
	b := s.bench(cfg, at)
	own := b.seat(name)
	if own == nil {
		return o
	}
	for _, d := range s.Devices {
		for i := range d.Reports {
			r := &d.Reports[i]
			if r.Source == name && r.Reach.State == device.StateDown && b.speaks(r, own) && b.contradicted(d, own.domain) {
				o.Contradicted++
				break
			}
		}
	}
	return o
}

// Scores counts who called devices down that were not.
func Scores(s *State) device.Scoreboard {
	board := device.Scoreboard{Own: s.Global.Own, Sources: make(map[string]int, len(s.Sources))}
	for name, src := range s.Sources {
		board.Sources[name] = src.FalseAlarms
	}
	return board
}

// Incidents are the open ones, the oldest first.
func Incidents(s *State) []device.Incident {
	open := make([]device.Incident, 0, len(s.Global.Incidents))
	for _, in := range s.Global.Incidents {
		in.Devices = slices.Clone(in.Devices)
		open = append(open, in.Incident)
	}
	return open
}
