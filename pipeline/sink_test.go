package pipeline

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate/device"
)

// listSink notes what it gets. Fail, where it is not nil, decides before.
type listSink struct {
	name string
	late bool
	fail func(events []device.Event) error

	mu    sync.Mutex
	seqs  []int64
	calls int
}

func (s *listSink) Name() string     { return s.name }
func (s *listSink) StartAtEnd() bool { return s.late }

func (s *listSink) Deliver(_ context.Context, events []device.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if s.fail != nil {
		if err := s.fail(events); err != nil {
			return err
		}
	}
	for _, e := range events {
		s.seqs = append(s.seqs, e.Seq)
	}
	return nil
}

func (s *listSink) got() []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seqs)
}

func (s *listSink) set(fail func([]device.Event) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = fail
}

func sinks(list ...Sink) func(*Pipeline) { return func(p *Pipeline) { p.opt.Sinks = list } }

func upTo(n int64) []int64 {
	var out []int64
	for i := range n {
		out = append(out, i+1)
	}
	return out
}

func TestSinksDrainInOrderFromTheirCursors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &MemJournal{}
		hub := &listSink{name: "hub"}
		dead := &listSink{name: "dead", fail: func([]device.Event) error { return errors.New("connection refused") }}
		r := run(t, j, testConfig("librenms"), sinks(dead, hub))
		for i := range 5 {
			state := device.StateUp
			if i%2 == 1 {
				state = device.StateDown
			}
			r.publish(snapshot("librenms", state, "1", "2", "3"))
			synctest.Wait()
			// The dead one holds nobody back: the other has all of it at once.
			if got := hub.got(); !slices.Equal(got, upTo(r.LastSeq())) {
				t.Fatalf("hub got %v of %d", got, r.LastSeq())
			}
			time.Sleep(time.Minute)
		}
		dead.mu.Lock()
		calls := dead.calls
		dead.mu.Unlock()
		if n := calls; n < 5 || n > 20 {
			t.Errorf("the dead sink was called %d times in five minutes", n)
		}
		// It comes back and has everything, once.
		dead.set(nil)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if got := dead.got(); !slices.Equal(got, upTo(r.LastSeq())) {
			t.Errorf("the dead sink got %v of %d", got, r.LastSeq())
		}
		r.end()

		// After a restart both go on where they were; a new one begins at the start, or at the end if it says so.
		before := len(hub.got())
		fresh, late := &listSink{name: "fresh"}, &listSink{name: "late", late: true}
		r = run(t, j, testConfig("librenms"), sinks(hub, dead, fresh, late))
		synctest.Wait()
		if n := len(hub.got()); n != before {
			t.Errorf("hub got %d events again", n-before)
		}
		if got := fresh.got(); !slices.Equal(got, upTo(r.LastSeq())) {
			t.Errorf("the new sink got %v of %d", got, r.LastSeq())
		}
		end := r.LastSeq()
		r.publish(snapshot("librenms", device.StateUp, "1", "2", "3", "4"))
		synctest.Wait()
		if got := late.got(); len(got) == 0 || got[0] != end+1 {
			t.Errorf("the late sink got %v, want from %d on", got, end+1)
		}
		if got := hub.got(); !slices.Equal(got, upTo(r.LastSeq())) {
			t.Errorf("hub got %v of %d", got, r.LastSeq())
		}
		r.end()
	})
}

// An event that a sink can never take is set aside; the others reach it. A panic is a failure like any other.
func TestPoisonEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &MemJournal{}
		panics := 2
		hub := &listSink{name: "hub"}
		hub.fail = func(events []device.Event) error {
			if panics > 0 {
				panics--
				panic("boom")
			}
			for _, e := range events {
				if e.Seq == 2 {
					return Permanent(errors.New("413 too large"))
				}
			}
			return nil
		}
		r := run(t, j, testConfig("librenms"), sinks(hub))
		r.publish(snapshot("librenms", device.StateUp, "1", "2"))
		time.Sleep(10 * time.Second)
		synctest.Wait()
		want := slices.DeleteFunc(upTo(r.LastSeq()), func(n int64) bool { return n == 2 })
		if got := hub.got(); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if got := j.Rejected(); len(got) != 1 || got[0].Reason != "sink hub cannot take event 2: 413 too large" {
			t.Errorf("rejected %+v", got)
		}
		r.end()
	})
}

// A sink that was stopped between delivery and cursor sees the batch again, under the same ids.
func TestAtLeastOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &MemJournal{}
		ids := map[int64][]string{}
		var stop func()
		hub := &listSink{name: "hub"}
		hub.fail = func(events []device.Event) error {
			for _, e := range events {
				ids[e.Seq] = append(ids[e.Seq], e.ID)
			}
			if stop != nil {
				stop()
			}
			return nil
		}
		r := run(t, j, testConfig("librenms"))
		r.publish(snapshot("librenms", device.StateUp, "1"))
		r.end()
		ctx, cancel := context.WithCancel(t.Context())
		stop = cancel
		p, err := New(testConfig("librenms"), Options{Journal: j, Sinks: []Sink{hub}})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Run(ctx); err != nil {
			t.Fatal(err)
		}
		stop = nil
		r = run(t, j, testConfig("librenms"), sinks(hub))
		synctest.Wait()
		if len(ids) == 0 {
			t.Fatal("nothing was delivered")
		}
		for seq, list := range ids {
			if len(list) != 2 || list[0] != list[1] {
				t.Errorf("event %d was delivered as %v", seq, list)
			}
		}
		r.end()
	})
}
