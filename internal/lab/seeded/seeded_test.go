package seeded

import (
	"errors"
	"io"
	"reflect"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

// played is everything that a lab says, up to its end.
func played(t *testing.T, l *Lab) (*Play, []device.Snapshot) {
	t.Helper()
	p := l.Play()
	var all []device.Snapshot
	for {
		s, err := p.Next()
		if errors.Is(err, io.EOF) {
			if p.Resume() {
				continue
			}
			return p, all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
}

// TestSameSeed: a seed is a lab, and another seed another one.
func TestSameSeed(t *testing.T) {
	o := Options{Seed: 5, Length: 4 * time.Hour, Scale: 4}
	a, b := New(o), New(o)
	if !reflect.DeepEqual(a, b) {
		t.Error("two labs of one seed differ")
	}
	pa, sa := played(t, a)
	pb, sb := played(t, b)
	if !reflect.DeepEqual(sa, sb) {
		t.Error("two labs of one seed say different things")
	}
	for dev := range a.Devices {
		for m := range a.Monitors {
			if !reflect.DeepEqual(pa.Words(m, dev), pb.Words(m, dev)) {
				t.Errorf("two labs of one seed hold different things of device %d", dev)
			}
		}
	}
	o.Seed = 6
	if reflect.DeepEqual(a.Devices, New(o).Devices) {
		t.Error("two seeds give the same devices")
	}
}

// TestLabs checks over many labs what holds of each.
func TestLabs(t *testing.T) {
	witnesses := map[int]bool{}
	for seed := range uint64(40) {
		l := New(Options{Seed: seed, Length: 3 * time.Hour, Scale: 8})
		if n := len(l.Devices); n < 20 || n > 80 {
			t.Errorf("lab %d: %d devices", seed, n)
		}
		for i, d := range l.Devices {
			witnesses[l.Witnesses(i)] = true
			last := time.Time{}
			for _, s := range d.Down {
				if !s.From.Before(s.To) || !s.From.After(last) || s.To.After(l.End) {
					t.Errorf("lab %d: %s is down %v", seed, d.Name, d.Down)
				}
				last = s.To
			}
			if d.Parent < 0 {
				continue
			}
			for _, s := range l.Devices[d.Parent].Down {
				if !d.Down.Has(s.From) || !d.Down.Has(s.To.Add(-1)) {
					t.Errorf("lab %d: %s is up while the switch that it hangs on is down", seed, d.Name)
				}
			}
		}
		_, all := played(t, l)
		at := l.Start
		for _, s := range all {
			if s.At.Before(at) || !s.At.Before(l.End) || l.AgentDown.Has(s.At) {
				t.Fatalf("lab %d: a snapshot at %s", seed, s.At)
			}
			at = s.At
			for i := range s.Observations {
				if err := s.Observations[i].Validate(); err != nil {
					t.Fatalf("lab %d: %s: %v", seed, s.Source, err)
				}
			}
		}
	}
	for _, n := range []int{1, 2, 3} {
		if !witnesses[n] {
			t.Errorf("no device in any lab has %d witnesses", n)
		}
	}
}

// TestWords: what a monitor holds follows the truth where nothing goes wrong, within what it takes to see it.
func TestWords(t *testing.T) {
	l := New(Options{Seed: 1, Length: 6 * time.Hour, Scale: 1e-9})
	p, _ := played(t, l)
	outages := 0
	for dev := range l.Devices {
		for i := range l.Monitors {
			m := &l.Monitors[i]
			if _, ok := m.Ref(dev); !ok {
				continue
			}
			w := m.devices[m.watches(dev)]
			quiet := union(m.dead, w.paused)
			slack := time.Duration(m.Confirm)*m.Measures() + 5*time.Second
			for _, word := range p.Words(i, dev) {
				if word.State != device.StateDown || quiet.Has(word.At) {
					continue
				}
				outages++
				if d := &l.Devices[dev]; !d.Down.Has(word.At) && !d.Down.Has(word.At.Add(-slack)) {
					t.Errorf("%s called %s down at %s; it was down %v", m.Name, d.Name, word.At, d.Down)
				}
			}
		}
	}
	if outages == 0 {
		t.Error("the lab shows nothing: no outage")
	}
}

func TestSpans(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s := func(from, to int) Span {
		return Span{start.Add(time.Duration(from) * time.Minute), start.Add(time.Duration(to) * time.Minute)}
	}
	got := union(Spans{s(5, 7), s(20, 30)}, Spans{s(1, 2), s(6, 10), s(10, 12)}, nil)
	if want := (Spans{s(1, 2), s(5, 12), s(20, 30)}); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	word := func(at int, state device.State, why Fault) Word { return Word{s(at, at).From, state, why} }
	words := []Word{word(0, device.StateUp, ""), word(15, device.StateDown, moved), word(25, device.StateUp, "")}
	silenced := Silence(words, Spans{s(5, 10), s(14, 20)})
	want := []Word{
		word(0, device.StateUp, ""), word(5, device.StateUnknown, ""), word(10, device.StateUp, ""),
		word(14, device.StateUnknown, ""), word(20, device.StateDown, moved), word(25, device.StateUp, ""),
	}
	if !reflect.DeepEqual(silenced, want) {
		t.Errorf("got %v, want %v", silenced, want)
	}
}
