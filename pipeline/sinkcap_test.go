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

func routes(list ...Route) func(*Pipeline) {
	return func(p *Pipeline) { p.opt.Routes, _ = checkRoutes(list) }
}

func down([]device.Event) (int, error) { return 0, errors.New("connection refused") }

// At the cap exactly the oldest are passed over and counted, also over a restart in the middle; it is told a few times
// and not once an event, and what it causes itself does not go on for ever.
func TestDropOldest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = 10
		j := &MemJournal{}
		hub, other := &listSink{name: "hub", fail: down}, &listSink{name: "other"}
		with := routes(Route{Sink: hub, Cap: limit, AtCap: DropOldest}, Route{Sink: other})
		r := run(t, j, testConfig("librenms"), with)
		for range 2 {
			r.flip(20)
			time.Sleep(time.Minute)
			r.end()
			r = run(t, j, testConfig("librenms"), with)
			r.flips = 0
			time.Sleep(3*time.Minute + 2*capEvery)
			synctest.Wait()
			s := statusOf(t, r.Pipeline, "hub")
			if s.Dropped != r.LastSeq()-limit || s.Waiting != limit || s.Cursor != s.Dropped {
				t.Fatalf("%d events, and %+v", r.LastSeq(), s)
			}
		}
		quiet := r.LastSeq()
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if n := r.LastSeq() - quiet; n > 3 {
			t.Errorf("%d events of two hours in which nothing happened", n)
		}
		if n := len(eventsOf(t, j, device.EventSinkDropped)); n < 2 || n > 8 {
			t.Errorf("told %d times of %d dropped events", n, statusOf(t, r.Pipeline, "hub").Dropped)
		}
		// It comes back: it gets what waits, in order, and the sum is right.
		hub.set(nil)
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		s := statusOf(t, r.Pipeline, "hub")
		got := hub.got()
		if want := upTo(r.LastSeq())[s.Dropped:]; !slices.Equal(got, want) || s.Waiting != 0 {
			t.Errorf("got %v, want %v; %+v", got, want, s)
		}
		if got := other.got(); !slices.Equal(got, upTo(r.LastSeq())) {
			t.Errorf("the other got %d of %d", len(got), r.LastSeq())
		}
		told := eventsOf(t, j, device.EventSinkDropped)
		if last := told[len(told)-1]; last.Sink != "hub" || last.Count != s.Dropped {
			t.Errorf("the last word: %+v", last)
		}
		r.end()
	})
}

// A sink that takes one event a minute has more caused by itself than it takes, if every spell were told.
func TestSlowSinkDoesNotFeedItself(t *testing.T) {
	for name, route := range map[string]Route{"no cap": {}, "a cap of one": {Cap: 1, AtCap: DropOldest}, "a cap": {Cap: 50, AtCap: DropOldest}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j := &MemJournal{}
				var next time.Time
				hub := &listSink{name: "hub", fail: func([]device.Event) (int, error) {
					if time.Now().Before(next) {
						return 0, retryAfter{2 * time.Minute}
					}
					next = time.Now().Add(2 * time.Minute)
					return 1, errors.New("one at a time")
				}}
				route.Sink, route.Most = hub, 3*time.Minute
				r := run(t, j, testConfig("librenms"), routes(route))
				r.flip(10)
				caused := r.LastSeq()
				time.Sleep(3 * time.Hour)
				synctest.Wait()
				if n := r.LastSeq() - caused; n > 12 {
					t.Errorf("%d events of three hours in which nothing happened", n)
				}
				if s := statusOf(t, r.Pipeline, "hub"); s.Waiting > 1 {
					t.Errorf("%+v", s)
				}
				r.end()
			})
		})
	}
}

// With Block commits wait, and so does Publish. A stop commits what was accepted all the same.
func TestBlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = 12
		j := &MemJournal{}
		hub := &listSink{name: "hub", fail: down}
		with := routes(Route{Sink: hub, Cap: limit})
		r := run(t, j, testConfig("librenms", "prtg"), with)
		var wg sync.WaitGroup
		var mu sync.Mutex
		published := 0
		ctx, stop := context.WithCancel(t.Context())
		wg.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				state := device.StateUp
				if i%2 == 1 {
					state = device.StateDown
				}
				if err := r.Publish(t.Context(), snapshot("librenms", state, "1", "2")); err != nil {
					if !errors.Is(err, ErrStopped) {
						t.Error(err)
					}
					return
				}
				mu.Lock()
				published++
				mu.Unlock()
				time.Sleep(time.Minute)
			}
		})
		time.Sleep(time.Hour)
		synctest.Wait()
		seq := r.LastSeq()
		if s := statusOf(t, r.Pipeline, "hub"); seq < limit || seq > limit+10 || !s.Blocks || s.Waiting != seq {
			t.Errorf("%d events, and %+v", seq, s)
		}
		// The sink comes back, and everything goes on.
		hub.set(nil)
		time.Sleep(time.Hour)
		synctest.Wait()
		if s := statusOf(t, r.Pipeline, "hub"); s.Blocks || s.Waiting != 0 || r.LastSeq() < seq+50 {
			t.Errorf("%d events, and %+v", r.LastSeq(), s)
		}
		// Again down, and a stop in the middle.
		hub.set(down)
		time.Sleep(time.Hour)
		synctest.Wait()
		if s := statusOf(t, r.Pipeline, "hub"); !s.Blocks {
			t.Errorf("%+v", s)
		}
		begun := time.Now()
		stop()
		r.end()
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("the stop took %s", took)
		}
		wg.Wait()
		polls := 0
		for _, rec := range j.Records() {
			polls += len(rec.Polls)
		}
		if polls != published {
			t.Errorf("%d polls were accepted, %d are recorded", published, polls)
		}
	})
}

// Taking the blocking sink away opens the way.
func TestBlockEndsWithItsRoute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := &listSink{name: "hub", fail: down}
		r := run(t, &MemJournal{}, testConfig("librenms"), routes(Route{Sink: hub, Cap: 1}))
		r.publish(snapshot("librenms", device.StateUp, "1", "2"))
		done := make(chan error, 1)
		go func() { done <- r.Publish(t.Context(), snapshot("librenms", device.StateDown, "1", "2")) }()
		time.Sleep(time.Minute)
		synctest.Wait()
		select {
		case err := <-done:
			t.Fatalf("it was not held up: %v", err)
		default:
		}
		if err := r.SetRoutes(nil); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		r.end()
	})
}
