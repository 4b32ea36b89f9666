package consensus

import (
	"encoding/json"
	"fmt"
	"maps"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/quorate/quorate/device"
)

// shelf keeps what outcomes have to store, as a journal does.
type shelf struct {
	devices map[device.ID][]byte
	dates   map[string][]byte
}

func (s *shelf) put(t tb, o *Outcome) {
	for id, d := range o.Devices {
		b, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		s.devices[id] = b
	}
	for _, id := range o.Removed {
		delete(s.devices, id)
	}
	maps.Copy(s.dates, o.Dates())
}

// load returns the state whose devices are on the shelf; the rest of it is that of live.
func (s *shelf) load(t tb, live *State) *State {
	loaded := &State{Devices: map[device.ID]*Device{}, Sources: live.Sources, Global: live.Global}
	for id, b := range s.devices {
		d := new(Device)
		if err := json.Unmarshal(b, d); err != nil {
			t.Fatal(err)
		}
		loaded.Devices[id] = d
	}
	for source, row := range s.dates {
		if err := loaded.Redate(source, row); err != nil {
			t.Fatal(err)
		}
	}
	return loaded
}

// A repeated word on a calm device is not judged, and nobody can tell: a state that judges everything it hears of goes
// the same way, instant by instant, and so does one that was stored and loaded.
func TestRepeatedWords(t *testing.T) {
	repeated := 0
	rapid.Check(t, func(t *rapid.T) {
		s := drawStory(t)
		// Much repetition, and few oddities at a time: each of them may be what keeps a device from being calm.
		s.instants, s.lull = rapid.IntRange(1, 60).Draw(t, "more instants"), rapid.IntRange(1, 8).Draw(t, "lull")
		keep := rapid.IntRange(1, 4).Draw(t, "keep")
		for i, o := range oddities {
			s.with[o] = s.with[o] && s.roll(keep, "keep", i) == 0
		}
		s.cfg.Defaults.FlapSize = rapid.IntRange(1, 5).Draw(t, "ring") // the shorter, the sooner calm
		s.cfg.Defaults.FlapMin = 1
		l := s.lab()
		wary := NewState()
		wary.index.wary = true
		kept := shelf{map[device.ID][]byte{}, map[string][]byte{}}
		for in := range s.tell() {
			l.at = in.At
			if s.now(25, "reload") == 0 {
				cfg := *l.cfg
				l.cfg = &cfg
			}
			before := l.dump(l.state)
			o, p := Judge(l.cfg, l.state, in), Judge(l.cfg, wary, in)
			if after := l.dump(l.state); after != before {
				t.Fatalf("%s: Judge changed the state it was given", l.clock())
			}
			l.equal("with every word judged", p, o)
			for _, m := range o.moved {
				repeated += len(m.marks)
			}
			if s.now(3, "again") == 0 {
				o = Judge(l.cfg, l.state, in) // a commit failed, or a batch was taken apart
			}
			kept.put(t, &o)
			aside := &State{Devices: maps.Clone(l.state.Devices), Sources: maps.Clone(l.state.Sources), Global: l.state.Global}
			if aside.Apply(o); l.dump(l.state) != before {
				t.Fatalf("%s: Apply changed another state than its own", l.clock())
			}
			l.state.Apply(o)
			wary.Apply(p)
			live := l.dump(l.state)
			if other := l.dump(wary); live != other {
				t.Fatalf("%s: the states differ:\n%s\n%s", l.clock(), live, other)
			}
			if other := l.dump(aside); live != other {
				t.Fatalf("%s: a copy of the state differs:\n%s\n%s", l.clock(), live, other)
			}
			loaded := kept.load(t, l.state)
			if other := l.dump(loaded); live != other {
				t.Fatalf("%s: what was stored differs:\n%s\n%s", l.clock(), live, other)
			}
			if s.now(6, "killed") == 0 {
				l.state = loaded
			}
			l.consistent()
		}
		l.skipsNothing()
	})
	if repeated == 0 {
		t.Error("no word was taken as repeated")
	}
	t.Logf("%d repeated words", repeated)
}

// steady is n devices that two sources have called up for long, and their next poll.
func steady(t testing.TB, n int) (*Config, *State, Instant) {
	t.Helper()
	cfg := &Config{Sources: map[string]Source{}}
	for _, name := range []string{"librenms", "prtg"} {
		cfg.Sources[name] = Source{Name: name, Interval: time.Minute}
	}
	s := NewState()
	var in Instant
	for k := range DefaultRules().FlapSize + 2 {
		in = Instant{At: t0.Add(time.Duration(k) * time.Minute)}
		for _, name := range []string{"librenms", "prtg"} {
			sn := Snapshot{Source: name, At: in.At, Observations: make([]Bound, n)}
			for i := range n {
				o := &device.Observation{Identity: device.Identity{Ref: fmt.Sprint(i)}, ObservedAt: in.At.Add(-time.Second), Claims: []device.Claim{
					{Facet: device.FacetReach, State: device.StateUp, Raw: "status=1"},
					{Facet: device.FacetHealth, Component: "disk:1", State: device.StateOK, ObservedAt: in.At.Add(-2 * time.Second)},
				}}
				sn.Observations[i] = Bound{Device: device.ID(fmt.Sprintf("d_%05d", i)), Observation: o}
			}
			in.Snapshots = append(in.Snapshots, sn)
		}
		if k <= DefaultRules().FlapSize {
			s.Apply(Judge(cfg, s, in))
		}
	}
	return cfg, s, in
}

// What a poll allocates does not depend on how many devices it finds unchanged.
func TestUnchangedAllocatesNothing(t *testing.T) {
	allocs := func(n int) float64 {
		cfg, s, in := steady(t, n)
		return testing.AllocsPerRun(5, func() {
			if o := Judge(cfg, s, in); len(o.Devices) > 0 {
				t.Fatalf("%d devices were judged", len(o.Devices))
			}
		})
	}
	few, many := allocs(100), allocs(4000)
	if many > few {
		t.Errorf("%v allocations for 100 devices, %v for 4000", few, many)
	}
	t.Logf("%v allocations", many)
}

// A damaged row of dates is an error, or at worst other dates: never a panic.
func TestRedateDamaged(t *testing.T) {
	cfg, s, in := steady(t, 3)
	o := Judge(cfg, s, in)
	row := o.Dates()["prtg"]
	if err := s.Redate("prtg", row); err != nil {
		t.Fatal(err)
	}
	for n := range row {
		if err := s.Redate("prtg", row[:n]); err == nil {
			t.Errorf("%d of %d bytes were taken", n, len(row))
		}
		for bit := range 8 {
			bad := append([]byte{}, row...)
			bad[n] ^= 1 << bit
			_ = s.Redate("prtg", bad)
		}
	}
	if err := s.Redate("prtg", append(row, 0)); err == nil {
		t.Error("a byte too much was taken")
	}
	if err := s.Redate("nobody", row); err != nil {
		t.Errorf("the dates of reports that are gone: %v", err)
	}
}

// A time that is no whole number of seconds is kept to the nanosecond.
func TestDatesKeepNanoseconds(t *testing.T) {
	cfg, s, in := steady(t, 2)
	for _, odd := range []time.Duration{time.Millisecond, time.Microsecond, 7 * time.Nanosecond} {
		before := (&lab{t: t}).dump(s)
		for i := range in.Snapshots {
			for k := range in.Snapshots[i].Observations {
				in.Snapshots[i].Observations[k].Observation.ObservedAt = in.At.Add(odd - time.Second)
			}
		}
		o := Judge(cfg, s, in)
		stored := (&lab{t: t}).restore(before)
		for source, row := range o.Dates() {
			if err := stored.Redate(source, row); err != nil {
				t.Fatal(err)
			}
		}
		s.Apply(o)
		stored.Global, stored.Sources = s.Global, s.Sources
		if want, got := (&lab{t: t}).dump(s), (&lab{t: t}).dump(stored); want != got {
			t.Errorf("%s:\n%s\n%s", odd, want, got)
		}
		in.At = in.At.Add(time.Minute)
	}
}
