package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/pipeline"
)

// moody is a store that fails at random, before or after the fact, and from a crash on for good.
type moody struct {
	*store.Store
	mu      sync.Mutex
	rnd     *rand.Rand
	rate    float64
	crashed bool
}

func (m *moody) do(f func() error) error {
	m.mu.Lock()
	chance, crashed := m.rnd.Float64(), m.crashed
	m.mu.Unlock()
	switch {
	case crashed, chance < m.rate/2:
		return errors.New("disk I/O error")
	case chance < m.rate:
		return errors.Join(f(), errors.New("it is stored, and nobody heard of it"))
	}
	return f()
}

func (m *moody) Commit(ctx context.Context, r *pipeline.Record) error {
	return m.do(func() error { return m.Store.Commit(ctx, r) })
}

func (m *moody) Events(ctx context.Context, after int64, limit int) (events []device.Event, err error) {
	err = m.do(func() error {
		events, err = m.Store.Events(ctx, after, limit)
		return err
	})
	return events, err
}

func (m *moody) Advance(ctx context.Context, sink string, seq int64, entries []pipeline.Entry) error {
	return m.do(func() error { return m.Store.Advance(ctx, sink, seq, entries) })
}

func (m *moody) SetAside(ctx context.Context, at time.Time, sink string, seq int64, entries []pipeline.Entry, what device.Rejection) error {
	return m.do(func() error { return m.Store.SetAside(ctx, at, sink, seq, entries, what) })
}

func (m *moody) crash() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.crashed = true
}

// received is what one sink was given over all its lives.
type received struct {
	mu    sync.Mutex
	bytes map[int64]string
	taken map[int64]bool
	wrong []string
}

func (r *received) fail(format string, args ...any) {
	r.wrong = append(r.wrong, fmt.Sprintf(format, args...))
}

// fickle is a sink in one of its lives. It counts in its ledger what it has taken, so that count, dropped and set aside
// always make up the cursor.
type fickle struct {
	name   string
	all    *received
	rnd    *rand.Rand
	well   func() bool
	count  int64
	last   int64
	booked bool
}

func (s *fickle) Name() string { return s.name }

func (s *fickle) Recall(entries []pipeline.Entry) error {
	for _, e := range entries {
		n, err := strconv.ParseInt(string(e.Value), 10, 64)
		if err != nil || e.Key != "count" {
			return fmt.Errorf("entry %q: %q", e.Key, e.Value)
		}
		s.count = n
	}
	return nil
}

func (s *fickle) Book() []pipeline.Entry {
	if !s.booked {
		return nil
	}
	s.booked = false
	return []pipeline.Entry{{Key: "count", Value: []byte(strconv.FormatInt(s.count, 10))}}
}

func (s *fickle) Deliver(ctx context.Context, events []device.Event) (int, error) {
	s.all.mu.Lock()
	defer s.all.mu.Unlock()
	for i := range events {
		b, err := json.Marshal(&events[i])
		if err != nil {
			s.all.fail("event %d: %v", events[i].Seq, err)
		}
		if was, again := s.all.bytes[events[i].Seq]; again && was != string(b) {
			s.all.fail("event %d came with other bytes", events[i].Seq)
		}
		s.all.bytes[events[i].Seq] = string(b)
		if i > 0 && events[i].Seq != events[i-1].Seq+1 {
			s.all.fail("event %d after %d", events[i].Seq, events[i-1].Seq)
		}
	}
	n, err := len(events), error(nil)
	if !s.well() {
		n, err = s.mood(ctx, events)
	}
	for i := range n {
		seq := events[i].Seq
		if seq <= s.last {
			s.all.fail("event %d after %d in one life", seq, s.last)
		}
		s.last = seq
		s.all.taken[seq] = true
	}
	s.count += int64(n)
	s.booked = s.booked || n > 0
	return n, err
}

type refusal struct{}

func (refusal) Error() string  { return "no" }
func (refusal) Answered() bool { return true }

// mood is how a call of chance ends.
func (s *fickle) mood(ctx context.Context, events []device.Event) (int, error) {
	some := s.rnd.IntN(len(events) + 1)
	for i := range some {
		if events[i].Seq%13 == 5 {
			return i, pipeline.Permanent(errors.New("too large"))
		}
	}
	switch s.rnd.IntN(8) {
	case 0:
		return some, errors.New("reset")
	case 1:
		return 0, refusal{}
	case 2:
		panic("a mistake")
	case 3:
		<-ctx.Done()
		return some, ctx.Err()
	case 4:
		time.Sleep(20 * time.Second) // beyond its time-out
		return some, nil
	}
	return some, nil
}

// TestDeliveryByChance: sinks and disk fail as they please, the agent is stopped, crashes, and gets other routes. No
// event is lost or out of order, each redelivery has the same bytes, and ledger, counters and cursor agree to the event.
func TestDeliveryByChance(t *testing.T) {
	seeds, first := uint64(5), rand.Uint64N(1<<32)
	if n, err := strconv.ParseUint(os.Getenv(seedsEnv), 10, 64); err == nil {
		seeds = n
	}
	for i := range seeds {
		t.Run(fmt.Sprint("seed ", first+i), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { deliverByChance(t, first+i) })
		})
	}
}

func deliverByChance(t *testing.T, seed uint64) {
	l := newLab(t, seed)
	l.end()
	rnd := rand.New(rand.NewPCG(seed, 2))
	well, wellMu := false, sync.Mutex{}
	isWell := func() bool {
		wellMu.Lock()
		defer wellMu.Unlock()
		return well
	}
	names := []string{"plain", "capped", "other"}
	all := map[string]*received{}
	for _, n := range names {
		all[n] = &received{bytes: map[int64]string{}, taken: map[int64]bool{}}
	}
	life := 0
	route := func(name string) pipeline.Route {
		life++
		r := pipeline.Route{
			Sink:    &fickle{name: name, all: all[name], rnd: rand.New(rand.NewPCG(seed, uint64(10+life))), well: isWell},
			Timeout: 5 * time.Second, Batch: 1 + rnd.IntN(20), First: 100 * time.Millisecond, Most: 3 * time.Second,
		}
		if name == "capped" {
			r.Cap, r.AtCap = 15, pipeline.DropOldest
		}
		return r
	}

	for range 3 + rnd.IntN(3) {
		s, err := store.Open(t.Context(), l.dir, store.Options{Temporary: true})
		if err != nil {
			t.Fatal(err)
		}
		m := &moody{Store: s, rnd: rand.New(rand.NewPCG(seed, uint64(100+life))), rate: 0.2}
		routes := []pipeline.Route{route("plain"), route("capped"), route("other")}
		p, err := pipeline.New(l.cfg, pipeline.Options{Journal: m, Routes: routes})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- p.Run(ctx) }()
		<-p.Ready()
		for range 10 + rnd.IntN(20) {
			publishSomething(t, l, p)
			time.Sleep(time.Duration(rnd.IntN(20)) * time.Second)
			if rnd.IntN(8) == 0 {
				i := rnd.IntN(len(routes))
				routes[i] = route(routes[i].Sink.Name())
				if err := p.SetRoutes(routes); err != nil {
					t.Fatal(err)
				}
			}
		}
		if rnd.IntN(2) == 0 {
			m.crash()

		}
		stop()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute) // what was left behind ends
		checkAgree(t, s, names)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}

	// Everything is well again: what is not taken, set aside or dropped comes.
	wellMu.Lock()
	well = true
	wellMu.Unlock()
	s, err := store.Open(t.Context(), l.dir, store.Options{Temporary: true})
	if err != nil {
		t.Fatal(err)
	}
	p, err := pipeline.New(l.cfg, pipeline.Options{Journal: s, Routes: []pipeline.Route{route("plain"), route("capped"), route("other")}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	<-p.Ready()
	time.Sleep(10 * time.Minute)
	synctest.Wait()
	checkAgree(t, s, names)
	checkNothingLost(t, s, p, all)
	stop()
	if err := errors.Join(<-ended, s.Close()); err != nil {
		t.Fatal(err)
	}
}

// publishSomething hands over what makes events.
func publishSomething(t *testing.T, l *lab, p *pipeline.Pipeline) {
	t.Helper()
	var events []device.Event
	for range 1 + l.rnd.IntN(12) {
		events = append(events, device.Event{Type: device.EventSourceCrashed, Source: "mon0", Text: fmt.Sprint("crash ", l.rnd.IntN(1000))})
	}
	if err := p.AddEvents(t.Context(), events); err != nil {
		t.Fatal(err)
	}
}

func tallyOf(t *testing.T, s *store.Store, sink string) (cursor, count, dropped, aside int64) {
	t.Helper()
	cursor, err := s.Cursor(t.Context(), sink)
	entries, reading := s.Entries(t.Context(), sink)
	if err := errors.Join(err, reading); err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Key == "count" {
			count, err = strconv.ParseInt(string(e.Value), 10, 64)
		} else {
			var own struct {
				Dropped  int64 `json:"dropped"`
				SetAside int64 `json:"set_aside"`
			}
			err = json.Unmarshal(e.Value, &own)
			dropped, aside = own.Dropped, own.SetAside
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return cursor, count, dropped, aside
}

// checkAgree: what is in one transaction agrees at any time, whatever happened in between.
func checkAgree(t *testing.T, s *store.Store, names []string) {
	t.Helper()
	for _, name := range names {
		if cursor, count, dropped, aside := tallyOf(t, s, name); count+dropped+aside != cursor {
			t.Errorf("%s is at %d: %d taken, %d dropped, %d set aside", name, cursor, count, dropped, aside)
		}
	}
}

func checkNothingLost(t *testing.T, s *store.Store, p *pipeline.Pipeline, all map[string]*received) {
	t.Helper()
	rejected, err := s.Rejected(t.Context(), 10_000)
	if err != nil {
		t.Fatal(err)
	}
	aside := map[string]map[int64]int{}
	for _, r := range rejected {
		name, ok := strings.CutPrefix(r.Source, pipeline.SinkPrefix)
		if !ok {
			continue
		}
		var e device.Event
		if err := json.Unmarshal(r.Body, &e); err != nil || fmt.Sprint(e.Seq) != r.Ref {
			t.Errorf("set aside as %s: %v, %s", r.Ref, err, r.Body)
		}
		if aside[name] == nil {
			aside[name] = map[int64]int{}
		}
		if aside[name][e.Seq]++; aside[name][e.Seq] > 1 {
			t.Errorf("%s: event %d is listed twice", name, e.Seq)
		}
	}
	last := p.LastSeq()
	for name, r := range all {
		r.mu.Lock()
		for _, w := range r.wrong {
			t.Errorf("%s: %s", name, w)
		}
		missing := int64(0)
		for seq := int64(1); seq <= last; seq++ {
			if !r.taken[seq] && aside[name][seq] == 0 {
				missing++
			}
		}
		r.mu.Unlock()
		cursor, _, dropped, set := tallyOf(t, s, name)
		if cursor != last || set != int64(len(aside[name])) {
			t.Errorf("%s is at %d of %d with %d set aside, listed are %d", name, cursor, last, set, len(aside[name]))
		}
		if name != "capped" && (missing > 0 || dropped > 0) || missing > dropped {
			t.Errorf("%s: %d of %d events are missing, %d were dropped", name, missing, last, dropped)
		}
	}
}
