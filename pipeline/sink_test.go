package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
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
	fail func(events []device.Event) (int, error)

	mu    sync.Mutex
	seqs  []int64
	calls int
}

func (s *listSink) Name() string     { return s.name }
func (s *listSink) StartAtEnd() bool { return s.late }

func (s *listSink) Deliver(_ context.Context, events []device.Event) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if s.fail != nil {
		n, err = s.fail(events)
		events = events[:n]
	}
	for _, e := range events {
		s.seqs = append(s.seqs, e.Seq)
	}
	return len(events), err
}

func (s *listSink) got() []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seqs)
}

func (s *listSink) set(fail func([]device.Event) (int, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = fail
}

func sinks(list ...Sink) func(*Pipeline) {
	return func(p *Pipeline) {
		for _, s := range list {
			p.opt.Routes = append(p.opt.Routes, Route{Sink: s}.withDefaults())
		}
	}
}

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
		dead := &listSink{name: "dead", fail: func([]device.Event) (int, error) { return 0, errors.New("connection refused") }}
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
		hub.fail = func(events []device.Event) (int, error) {
			if panics > 0 {
				panics--
				panic("boom")
			}
			for i, e := range events {
				if e.Seq == 2 {
					return i, Permanent(errors.New("413 too large"))
				}
			}
			return len(events), nil
		}
		r := run(t, j, testConfig("librenms"), sinks(hub))
		r.publish(snapshot("librenms", device.StateUp, "1", "2"))
		time.Sleep(10 * time.Second)
		synctest.Wait()
		want := slices.DeleteFunc(upTo(r.LastSeq()), func(n int64) bool { return n == 2 })
		if got := hub.got(); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if got := j.Rejected(); len(got) != 1 || got[0].Source != "sink:hub" || got[0].Ref != "2" || got[0].Reason != "413 too large" || !bytes.Contains(got[0].Body, []byte(`"seq":2`)) {
			t.Errorf("rejected %+v", got)
		}
		r.end()
	})
}

// A sink that refuses everything for good is wrong itself: after a few events in a row the others wait.
func TestEverythingRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &MemJournal{}
		hub := &listSink{name: "hub", fail: func([]device.Event) (int, error) { return 0, Permanent(errors.New("404")) }}
		r := run(t, j, testConfig("librenms"), sinks(hub))
		r.flip(20)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		n := len(j.Rejected())
		if s := statusOf(t, r.Pipeline, "hub"); n < maxAsides || n > maxAsides+40 || s.State != device.SinkFailing || s.SetAside != int64(n) || s.Error != "404" {
			t.Errorf("%d of %d set aside; %+v", n, r.LastSeq(), s)
		}
		hub.set(nil)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if n := len(j.Rejected()); int64(n+len(hub.got())) != r.LastSeq() {
			t.Errorf("%d set aside and %d taken of %d", n, len(hub.got()), r.LastSeq())
		}
		r.end()
	})
}

// A sink that was stopped between delivery and cursor sees the batch again, under the same ids and with the same bytes.
func TestAtLeastOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lost := true
		j := &MemJournal{FailAdvance: func(string, int64) error {
			if lost {
				return errors.New("no space left")
			}
			return nil
		}}
		seen := map[int64][]string{}
		hub := &listSink{name: "hub", fail: func(events []device.Event) (int, error) {
			for i := range events {
				b, err := json.Marshal(&events[i])
				if err != nil {
					t.Error(err)
				}
				seen[events[i].Seq] = append(seen[events[i].Seq], string(b))
			}
			return len(events), nil
		}}
		r := run(t, j, testConfig("librenms"), sinks(hub))
		r.publish(snapshot("librenms", device.StateUp, "1"))
		synctest.Wait()
		r.end()
		lost = false
		r = run(t, j, testConfig("librenms"), sinks(hub))
		synctest.Wait()
		if len(seen) == 0 {
			t.Fatal("nothing was delivered")
		}
		for seq, list := range seen {
			if len(list) != 2 || list[0] != list[1] {
				t.Errorf("event %d was delivered as %v", seq, list)
			}
		}
		r.end()
	})
}

// What a stop finds in delivery is delivered to the end and does not come again.
func TestStopLetsADeliveryEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &MemJournal{}
		hub := &listSink{name: "hub", fail: func(events []device.Event) (int, error) {
			time.Sleep(time.Second)
			return len(events), nil
		}}
		r := run(t, j, testConfig("librenms"), sinks(hub))
		r.publish(snapshot("librenms", device.StateUp, "1", "2"))
		synctest.Wait()
		r.end()
		got := hub.got()
		if !slices.Equal(got, upTo(r.LastSeq())) {
			t.Errorf("got %v of %d", got, r.LastSeq())
		}
		r = run(t, j, testConfig("librenms"), sinks(hub))
		synctest.Wait()
		if again := hub.got(); len(again) != len(got) {
			t.Errorf("%d events came again", len(again)-len(got))
		}
		r.end()
	})
}

func statusOf(t *testing.T, p *Pipeline, name string) device.SinkStatus {
	t.Helper()
	for _, s := range p.SinkStatus() {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no status of %s", name)
	return device.SinkStatus{}
}

// flip publishes n snapshots, each of which makes events.
func (r *running) flip(n int) {
	r.t.Helper()
	for range n {
		time.Sleep(time.Minute)
		state := device.StateUp
		if r.flips++; r.flips%2 == 1 {
			state = device.StateDown
		}
		r.publish(snapshot("librenms", state, "1", "2"))
	}
}

// A batch that failed half way goes on from there; the sink names the culprit by how much it took.
func TestPartOfABatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &MemJournal{}
		room := 1
		hub := &listSink{name: "hub", fail: func(events []device.Event) (int, error) {
			if n := min(room, len(events)); n < len(events) {
				return n, errors.New("full")
			}
			return len(events), nil
		}}
		r := run(t, j, testConfig("librenms"), sinks(hub))
		r.flip(3)
		synctest.Wait()
		if at, err := j.Cursor(t.Context(), "hub"); err != nil || at == 0 || int(at) != len(hub.got()) {
			t.Errorf("the cursor is at %d, %v; taken %v", at, err, hub.got())
		}
		hub.mu.Lock()
		room = 1000
		hub.mu.Unlock()
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if got := hub.got(); !slices.Equal(got, upTo(r.LastSeq())) {
			t.Errorf("got %v of %d", got, r.LastSeq())
		}
		r.end()
	})
}

// stuckSink ignores its context until it is released.
type stuckSink struct {
	listSink
	free chan struct{}
}

func (s *stuckSink) Deliver(ctx context.Context, events []device.Event) (int, error) {
	<-s.free
	return s.listSink.Deliver(ctx, events)
}

// A sink that never returns holds up nobody: one call is out, nothing else is sent, and it is said once. When the call
// ends at last, what it took counts.
func TestStuckSink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &MemJournal{}
		hub, stuck := &listSink{name: "hub"}, &stuckSink{listSink: listSink{name: "stuck"}, free: make(chan struct{})}
		var log lines
		r := run(t, j, testConfig("librenms"), func(p *Pipeline) { p.opt.Log = slog.New(slog.NewTextHandler(&log, nil)); p.drains.log = p.opt.Log }, sinks(stuck, hub))
		r.flip(20)
		synctest.Wait()
		if got := hub.got(); !slices.Equal(got, upTo(r.LastSeq())) {
			t.Errorf("the other sink got %v of %d", got, r.LastSeq())
		}
		if s := statusOf(t, r.Pipeline, "stuck"); s.State != device.SinkStuck || s.Waiting != r.LastSeq() || s.FailingSince.IsZero() || s.Error == "" {
			t.Errorf("status %+v", s)
		}
		if n := log.count("sink failing"); n != 1 {
			t.Errorf("said %d times", n)
		}
		if n := len(eventsOf(t, j, device.EventSinkFailing)); n != 1 {
			t.Errorf("%d events say so", n)
		}
		close(stuck.free)
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := stuck.got(); !slices.Equal(got, upTo(r.LastSeq())) {
			t.Errorf("it got %v of %d", got, r.LastSeq())
		}
		if n := len(eventsOf(t, j, device.EventSinkRecovered)); n != 1 {
			t.Errorf("%d events say that it works again", n)
		}
		if s := statusOf(t, r.Pipeline, "stuck"); s.State != device.SinkOK || s.Error != "" || s.Delivered != r.LastSeq() {
			t.Errorf("status %+v", s)
		}
		r.end()
	})
}

// A stop, and a change of routes, do not wait for a sink that never returns; one of its name waits for it.
func TestStuckSinkIsLeftBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &MemJournal{}
		stuck := &stuckSink{listSink: listSink{name: "hub"}, free: make(chan struct{})}
		r := run(t, j, testConfig("librenms"), sinks(stuck))
		r.flip(2)
		start := time.Now()
		next := &listSink{name: "hub"}
		for range 5 { // again and again: still one call is out
			next = &listSink{name: "hub"}
			if err := r.SetRoutes([]Route{{Sink: next}}); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("the change took %s", took)
		}
		r.flip(2)
		synctest.Wait()
		if s := statusOf(t, r.Pipeline, "hub"); len(next.got()) > 0 || s.State != device.SinkStuck {
			t.Errorf("it was called beside the other: %v, %+v", next.got(), s)
		}
		close(stuck.free)
		synctest.Wait()
		if got := next.got(); !slices.Equal(got, upTo(r.LastSeq())) {
			t.Errorf("got %v of %d", got, r.LastSeq())
		}
		r.end()
	})
}

// retryAfter is what a receiver answers that wants to be left alone.
type retryAfter struct{ d time.Duration }

func (retryAfter) Error() string               { return "429" }
func (r retryAfter) RetryAfter() time.Duration { return r.d }

func TestBackOff(t *testing.T) {
	r := Route{First: time.Second, Most: time.Minute}
	for _, c := range []struct {
		n    int
		err  error
		want time.Duration
	}{
		{1, nil, time.Second}, {2, nil, 2 * time.Second}, {6, nil, 32 * time.Second}, {7, nil, time.Minute}, {1 << 30, nil, time.Minute},
		{1, retryAfter{20 * time.Second}, 20 * time.Second}, {9, retryAfter{20 * time.Second}, 20 * time.Second},
		{1, fmt.Errorf("post: %w", retryAfter{time.Hour}), time.Minute}, {3, retryAfter{0}, 4 * time.Second}, {3, retryAfter{time.Millisecond}, time.Second},
	} {
		got := backOff(&r, c.n, c.err)
		if _, exact := errors.AsType[retryAfter](c.err); got < c.want*8/10 || got > c.want*12/10 || exact && c.want >= 10*time.Second && got != c.want {
			t.Errorf("attempt %d, %v: %s, want about %s", c.n, c.err, got, c.want)
		}
	}
}

// answered is what a receiver says of an event that it cannot take.
type answered struct{}

func (answered) Error() string  { return "500" }
func (answered) Answered() bool { return true }

// An event that always fails at a receiver that is there is given up after a while, and the rest flows. Where all fail
// it is not the event: no second one is given up.
func TestEventThatAlwaysFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &MemJournal{}
		poison, all := int64(3), false
		hub := &listSink{name: "hub", fail: func(events []device.Event) (int, error) {
			for i := range events {
				if events[i].Seq == poison || all {
					return i, answered{}
				}
			}
			return len(events), nil
		}}
		r := run(t, j, testConfig("librenms"), sinks(hub))
		r.flip(3)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if got, want := hub.got(), slices.DeleteFunc(upTo(r.LastSeq()), func(n int64) bool { return n == poison }); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if got := j.Rejected(); len(got) != 1 || got[0].Ref != "3" || got[0].Reason != "given up after 8 attempts: 500" {
			t.Errorf("rejected %+v", got)
		}
		hub.mu.Lock()
		if hub.calls > 20 {
			t.Errorf("%d calls", hub.calls)
		}
		all = true
		hub.mu.Unlock()
		before := len(hub.got())
		r.flip(3)
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := j.Rejected(); len(got) != 2 {
			t.Errorf("%d events were given up in an hour in which all failed", len(got)-1)
		}
		hub.mu.Lock()
		all = false
		hub.mu.Unlock()
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		if got := hub.got(); int64(len(got)) != r.LastSeq()-2 || len(got) == before {
			t.Errorf("%d events of %d came", len(got), r.LastSeq())
		}
		if s := statusOf(t, r.Pipeline, "hub"); s.SetAside != 2 {
			t.Errorf("status %+v", s)
		}
		r.end()
	})
}

// What was set aside can be handed over again, out of order; what is still to come cannot.
func TestRedeliver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &MemJournal{}
		hub := &listSink{name: "hub", fail: func(events []device.Event) (int, error) {
			for i := range events {
				if events[i].Seq == 2 {
					return i, Permanent(errors.New("413"))
				}
			}
			return len(events), nil
		}}
		r := run(t, j, testConfig("librenms"), sinks(hub))
		r.flip(2)
		synctest.Wait()
		if err := r.Redeliver(t.Context(), "hub", 2); err == nil || err.Error() != "413" {
			t.Errorf("again refused: %v", err)
		}
		hub.set(nil)
		if err := r.Redeliver(t.Context(), "hub", 2); err != nil {
			t.Error(err)
		}
		if got := hub.got(); int64(len(got)) != r.LastSeq() || got[len(got)-1] != 2 {
			t.Errorf("got %v", got)
		}
		for _, c := range []struct {
			sink string
			seq  int64
			want string
		}{{"hup", 2, "there is no sink"}, {"hub", 99, "comes by itself"}, {"hub", 0, "there is no event 0"}} {
			if err := r.Redeliver(t.Context(), c.sink, c.seq); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s %d: %v, want %q", c.sink, c.seq, err, c.want)
			}
		}
		r.end()
	})
}

// A sink that takes some and gives no reason is asked for the others at once; one that takes none has failed.
func TestSinkTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &MemJournal{}
		slow := &listSink{name: "slow"}
		r := run(t, j, testConfig("librenms"), sinks(slow))
		slow.set(func(events []device.Event) (int, error) { return min(2, len(events)), nil })
		r.publish(snapshot("librenms", device.StateUp, "1", "2", "3", "4", "5"))
		synctest.Wait()
		slow.mu.Lock()
		calls := slow.calls
		slow.mu.Unlock()
		if last, err := j.Cursor(t.Context(), "slow"); err != nil || last != r.LastSeq() || calls < 3 {
			t.Errorf("the cursor is at %d of %d after %d calls, %v", last, r.LastSeq(), calls, err)
		}
		slow.set(func([]device.Event) (int, error) { return 0, nil })
		r.publish(snapshot("librenms", device.StateUp, "6"))
		time.Sleep(10 * time.Second)
		synctest.Wait()
		slow.mu.Lock()
		defer slow.mu.Unlock()
		if more := slow.calls - calls; more < 2 || more > 6 {
			t.Errorf("called %d times in ten seconds, want a back-off", more)
		}
		r.end()
	})
}

// oweSink takes all events at once and works them off one by one, at times of its own.
type oweSink struct {
	listSink
	wait  time.Duration
	at    time.Time
	owed  []int64
	sent  []int64
	empty int // calls without events
	fails int
	book  []Entry
}

func (s *oweSink) Next() time.Time {
	if len(s.owed) == 0 {
		return time.Time{}
	}
	return s.at
}

func (s *oweSink) Deliver(_ context.Context, events []device.Event) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(events) == 0 {
		s.empty++
	}
	for _, e := range events {
		s.owed = append(s.owed, e.Seq)
	}
	if now := time.Now(); now.Before(s.at) {
		return len(events), nil
	}
	s.at = time.Now().Add(s.wait)
	if s.fails > 0 {
		s.fails--
		return len(events), errors.New("refused")
	}
	s.sent, s.owed = append(s.sent, s.owed[0]), s.owed[1:]
	s.book = append(s.book, Entry{Key: "sent", Value: []byte{byte(len(s.sent))}})
	return len(events), nil
}

func (s *oweSink) Recall([]Entry) error { return nil }
func (s *oweSink) Book() []Entry {
	b := s.book
	s.book = nil
	return b
}

// A sink with times of its own is called at them, and what it did then is stored although no cursor moves.
func TestTimedSink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &MemJournal{}
		s := &oweSink{listSink: listSink{name: "slow"}, wait: 20 * time.Second, fails: 2}
		r := run(t, j, testConfig("librenms"), sinks(s))
		r.publish(snapshot("librenms", device.StateUp, "1", "2"))
		synctest.Wait()
		s.mu.Lock()
		if len(s.sent) != 0 || len(s.owed) != int(r.LastSeq()) {
			t.Fatalf("sent %v, owes %v of %d", s.sent, s.owed, r.LastSeq())
		}
		s.mu.Unlock()
		time.Sleep(time.Duration(r.LastSeq()+3) * s.wait)
		synctest.Wait()
		s.mu.Lock()
		if !slices.Equal(s.sent, upTo(r.LastSeq())) || s.empty == 0 || s.empty > int(r.LastSeq())+2 {
			t.Errorf("sent %v in %d calls without events", s.sent, s.empty)
		}
		s.mu.Unlock()
		if e, err := j.Entries(t.Context(), "slow"); err != nil || len(e) != 1 || e[0].Value[0] != byte(r.LastSeq()) {
			t.Errorf("stored %v, %v", e, err)
		}
		r.end()
	})
}
