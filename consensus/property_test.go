package consensus

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/quorate/quorate/device"
)

// The order of snapshots within an instant, and that of the observations within a snapshot, changes nothing; nor does
// Judge change the state that it is given.
func TestStoryOrderFree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawStory(t)
		l := s.lab()
		for in := range s.tell() {
			l.at = in.At
			before := l.dump(l.state)
			o := Judge(l.cfg, l.state, in)
			if after := l.dump(l.state); after != before {
				t.Fatalf("%s: Judge changed the state it was given", l.clock())
			}
			mixed := in
			mixed.Snapshots, mixed.Devices = slices.Clone(in.Snapshots), slices.Clone(in.Devices)
			l.rand.Shuffle(len(mixed.Snapshots), func(a, b int) {
				mixed.Snapshots[a], mixed.Snapshots[b] = mixed.Snapshots[b], mixed.Snapshots[a]
			})
			l.rand.Shuffle(len(mixed.Devices), func(a, b int) {
				mixed.Devices[a], mixed.Devices[b] = mixed.Devices[b], mixed.Devices[a]
			})
			for i := range mixed.Snapshots {
				obs := slices.Clone(mixed.Snapshots[i].Observations)
				l.rand.Shuffle(len(obs), func(a, b int) { obs[a], obs[b] = obs[b], obs[a] })
				mixed.Snapshots[i].Observations = obs
			}
			l.equal("in another order", o, Judge(l.cfg, l.state, mixed))
			l.state.Apply(o)
			l.consistent()
		}
		l.skipsNothing()
	})
}

// A kill and a restart at any instant changes nothing afterwards: the state that went through JSON gives the outcomes
// of the one that did not, to the end of the story.
func TestStoryRestarts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawStory(t)
		l := s.lab()
		reborn := NewState()
		for in := range s.tell() {
			l.at = in.At
			if s.now(3, "killed") == 0 {
				reborn = l.restore(l.dump(reborn))
			}
			o, p := Judge(l.cfg, l.state, in), Judge(l.cfg, reborn, in)
			l.equal("after a restart", o, p)
			l.state.Apply(o)
			reborn.Apply(p)
			if a, b := l.dump(l.state), l.dump(reborn); a != b {
				t.Fatalf("%s: the states differ:\n%s\n%s", l.clock(), a, b)
			}
		}
	})
}

// The same words again change no verdict: neither twice in one instant nor once more at the same time.
func TestStoryIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawStory(t, "errors", "twice", "probes")
		l := s.lab()
		verdicts := func(o Outcome) []string {
			var told []string
			for _, e := range o.Events {
				switch e.Type {
				case device.EventVerdictChanged, device.EventFacetChanged, device.EventDisputeOpened, device.EventDisputeClosed:
					told = append(told, string(e.Type)+" "+e.Text)
				}
			}
			return told
		}
		for in := range s.tell() {
			l.at = in.At
			o := Judge(l.cfg, l.state, in)
			if l.doubted(o) {
				// Snapshots are counted until a source is believed again: the same one twice is two.
				l.state.Apply(o)
				continue
			}
			twice := in
			twice.Snapshots = slices.Concat(in.Snapshots, in.Snapshots)
			if p := Judge(l.cfg, l.state, twice); !slices.Equal(verdicts(o), verdicts(p)) {
				t.Fatalf("%s: each snapshot twice gives %q instead of %q", l.clock(), verdicts(p), verdicts(o))
			}
			l.state.Apply(o)
			again := Instant{At: in.At, Snapshots: in.Snapshots}
			if p := Judge(l.cfg, l.state, again); len(verdicts(p)) > 0 {
				t.Fatalf("%s: the same snapshots once more change verdicts: %q", l.clock(), verdicts(p))
			}
		}
	})
}

// unblamed is d without who was counted as a false alarm on it.
func unblamed(d *Device) *Device {
	c := *d
	c.Reports = slices.Clone(d.Reports)
	for i := range c.Reports {
		c.Reports[i].Alarm, c.Reports[i].Agreed, c.Reports[i].Blamed = false, false, false
	}
	return &c
}

// doubts reports whether any source has turned devices down lately, or may have lost its network.
func (l *lab) doubts() bool {
	for _, st := range l.state.Sources {
		if st.Mass != nil || len(st.AllDown) > 0 || st.Lost || len(st.Turns) > 0 {
			return true
		}
	}
	return false
}

// doubted reports whether any source has a mass change or short snapshots before or after o.
func (l *lab) doubted(o Outcome) bool {
	for _, name := range slices.Sorted(maps.Keys(l.cfg.Sources)) {
		for _, st := range []*SourceState{l.state.Sources[name], o.Sources[name]} {
			if st != nil && (st.Mass != nil || st.Short > 0) {
				return true
			}
		}
	}
	return false
}

// A merge that a person takes back before anything was heard of either device leaves both as if it had not been, at
// whatever instant of a story. What it meant to others meanwhile stays: to sources that are judged by all devices, to
// children, to whoever acknowledged what is no longer so.
func TestStoryMergeAndUndo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawStory(t, "merges", "undoes", "hands over", "forgets", "renames", "moves", "restarts", "mutes", "parents", "discovered parents")
		l := s.lab()
		for in := range s.tell() {
			l.at = in.At
			l.state.Apply(Judge(l.cfg, l.state, in))
			from, into := id(nameOf(s.now(s.devices, "merge"))), id(nameOf(s.now(s.devices, "into")))
			if s.now(3, "merge now") > 0 || from == into || l.state.Devices[from] == nil || l.state.Devices[into] == nil || l.doubts() {
				continue
			}
			spared, merged := l.restore(l.dump(l.state)), l.restore(l.dump(l.state))
			back := DeviceInfo{ID: from, Name: merged.Devices[from].Name, Back: true}
			for i := range merged.Devices[from].Reports {
				back.Takes = append(back.Takes, merged.Devices[from].Reports[i].key())
			}
			for i, infos := range [][]DeviceInfo{{{ID: from, MergedInto: into}}, {back}} {
				at := in.At.Add(time.Duration(i+1) * time.Millisecond)
				spared.Apply(Judge(l.cfg, spared, Instant{At: at}))
				merged.Apply(Judge(l.cfg, merged, Instant{At: at, Devices: infos}))
			}
			for _, id := range []device.ID{from, into} {
				if cmp.Diff(unblamed(l.state.Devices[id]), unblamed(spared.Devices[id]), cmpopts.EquateEmpty()) != "" {
					continue // something changed in these very milliseconds
				}
				if d := cmp.Diff(unblamed(spared.Devices[id]), unblamed(merged.Devices[id]), cmpopts.EquateEmpty()); d != "" {
					t.Fatalf("%s: %s was merged into %s and taken out again; %s:\n%s", l.clock(), from, into, id, d)
				}
			}
		}
	})
}

// Merges come and are taken back in the midst of mass changes, lost networks, incidents and maintenance: every ref stays
// on one device, every count is right, and the story goes on.
func TestStoryMergesAnywhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawStory(t, "merges", "undoes", "hands over", "forgets", "renames", "moves")
		l := s.lab()
		for in := range s.tell() {
			l.at = in.At
			l.judge(in)
			from, into := id(nameOf(s.now(s.devices, "merge"))), id(nameOf(s.now(s.devices, "into")))
			if from == into || l.state.Devices[from] == nil || l.state.Devices[into] == nil {
				continue
			}
			back := DeviceInfo{ID: from, Name: l.state.Devices[from].Name, Back: true}
			for i := range l.state.Devices[from].Reports {
				back.Takes = append(back.Takes, l.state.Devices[from].Reports[i].key())
			}
			for _, info := range []DeviceInfo{{ID: from, MergedInto: into}, back} {
				l.wait(time.Millisecond)
				l.judge(Instant{Devices: []DeviceInfo{info}})
				l.consistent()
			}
		}
	})
}
