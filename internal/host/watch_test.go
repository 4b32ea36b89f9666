package host

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

// Watch does what the file "watch" says, again and again: one order each time it is there.
func (p *puppet) Watch(ctx context.Context, emit func(device.Observation) error) error {
	if err := note(p.dir, "watches", "."); err != nil {
		return err
	}
	path := filepath.Join(p.dir, "watch")
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			err = os.Remove(path)
		}
		if err != nil {
			return err
		}
		what, arg, _ := strings.Cut(string(b), " ")
		switch what {
		case "panic":
			panic("the puppet falls over a watch")
		case "fail":
			return errors.New("listen on token-5f1c0e:\naddress in use")
		case "permanent":
			return sdk.Permanent(errors.New("no such port"))
		case "nothing":
			return nil
		}
		if err := p.emitSome(emit, what, arg); err != nil {
			return err
		}
	}
}

// emitSome emits one observation of the ref arg, one that is not valid, or so many.
func (p *puppet) emitSome(emit func(device.Observation) error, what, arg string) error {
	o := device.Observation{Identity: device.Identity{Ref: arg}}
	n := 1
	switch what {
	case "bad":
		o = device.Observation{Identity: device.Identity{Ref: "token-5f1c0e"}, Abstain: "nonsense"}
	case "many":
		var err error
		if n, err = strconv.Atoi(arg); err != nil {
			return err
		}
	}
	for range n {
		if err := emit(o); err != nil {
			return err
		}
		if err := note(p.dir, "stored", arg+" "); err != nil {
			return err
		}
	}
	return nil
}

// say has the puppet's watch do something, and waits until it has begun.
func (s *stage) say(t *testing.T, order string) {
	t.Helper()
	path := filepath.Join(s.dir, "watch")
	if err := os.WriteFile(path+".new", []byte(order), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the order is read: "+order, func() bool {
		_, err := os.Stat(path)
		return errors.Is(err, os.ErrNotExist)
	})
}

// ears hears what a source's watch brings.
type ears struct {
	mu    sync.Mutex
	snaps []device.Snapshot
	fail  error
}

func (e *ears) deliver(s device.Snapshot) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.fail != nil {
		return e.fail
	}
	e.snaps = append(e.snaps, s)
	return nil
}

func (e *ears) refs() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var refs []string
	for _, s := range e.snaps {
		for _, o := range s.Observations {
			refs = append(refs, o.Ref)
		}
	}
	return strings.Join(refs, " ")
}

// watch begins to watch; the returned function ends it and waits.
func (e *ears) watch(t *testing.T, s *Source) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { s.Watch(ctx, e.deliver) })
	stop = func() {
		cancel()
		wg.Wait()
	}
	t.Cleanup(stop)
	return stop
}

func TestWatchBringsWhatThePluginHears(t *testing.T) {
	t.Parallel()
	st := newStage(t, quick())
	src := st.puppet(t)
	if src.WatchStatus() != nil {
		t.Error("a status before the watch")
	}
	var e ears
	stop := e.watch(t, src)
	st.say(t, "one a")
	st.say(t, "bad x")
	st.say(t, "one b")
	eventually(t, "all is stored", func() bool { return st.noted("stored") == "a x b " })
	e.mu.Lock()
	if n := len(e.snaps); n != 3 || e.snaps[0].Source != "lab" || e.snaps[0].Started.IsZero() {
		t.Fatalf("%d snapshots: %+v", n, e.snaps)
	}
	r := e.snaps[1].Rejected
	e.mu.Unlock()
	if len(r) != 1 || r[0].Source != "lab" || !strings.Contains(r[0].Reason, "unknown reason") || strings.Contains(string(r[0].Body), "5f1c0e") {
		t.Errorf("rejected %+v", r)
	}
	s := src.WatchStatus()
	if s == nil || s.State != device.WatchOpen || s.Heard != 2 || s.Rejected != 1 || s.LastHeard.IsZero() || src.Plugin().Rejected != 1 {
		t.Errorf("status %+v", s)
	}
	wantDevices(t, poll(t, src)) // beside it
	stop()
	if got := st.noted("watches"); got != "." {
		t.Errorf("opened %d times", len(got))
	}
}

func TestWatchComesBack(t *testing.T) {
	t.Parallel()
	st := newStage(t, quick())
	src := st.puppet(t)
	var e ears
	e.watch(t, src)
	st.say(t, "one a")
	st.say(t, "panic")
	st.say(t, "one b")
	st.say(t, "fail")
	st.say(t, "one c")
	eventually(t, "all so far are heard", func() bool { return e.refs() == "a b c" })
	st.mode(t, "once panic")
	wantDevices(t, poll(t, src))
	st.say(t, "one d")
	eventually(t, "all are heard", func() bool { return e.refs() == "a b c d" })
	if n := strings.Count(st.log.String(), "watch failed"); n != 1 {
		t.Errorf("said %d times that it fails", n)
	}
	if got := src.WatchStatus().LastError; got != "listen on (secret): address in use" {
		t.Errorf("last error %q", got)
	}
}

func TestWatchThatFailsIsToldOnce(t *testing.T) {
	t.Parallel()
	l := quick()
	l.restartMax, l.watchWell = 2*l.restart, time.Minute
	st := newStage(t, l)
	src := st.puppet(t)
	var e ears
	e.watch(t, src)
	for range 3 {
		st.say(t, "fail")
	}
	eventually(t, "it fails", func() bool { return len(st.noted("watches")) > 3 })
	if s := src.WatchStatus(); s.State != device.WatchFailing {
		t.Errorf("state %s", s.State)
	}
	st.say(t, "one a")
	eventually(t, "it works", func() bool { return src.WatchStatus().State == device.WatchOpen })
	if log := st.log.String(); strings.Count(log, "watch failed") != 1 || strings.Count(log, "watch works again") != 1 {
		t.Errorf("log:\n%s", log)
	}
	wantDevices(t, poll(t, src))
	if n := src.Status().Restarts; n != 0 {
		t.Errorf("%d restarts", n)
	}
}

// TestWatchIsNotAskedAgain: where there is nothing to watch, or never will be, only a new process is asked.
func TestWatchIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	for order, state := range map[string]device.WatchState{"nothing": device.WatchIdle, "permanent": device.WatchFailing} {
		t.Run(order, func(t *testing.T) {
			t.Parallel()
			st := newStage(t, quick())
			src := st.puppet(t)
			var e ears
			e.watch(t, src)
			st.say(t, order)
			eventually(t, "the end is seen", func() bool { return src.WatchStatus().State == state })
			for range 5 {
				wantDevices(t, poll(t, src))
			}
			if got := st.noted("watches"); got != "." {
				t.Errorf("opened %d times", len(got))
			}
			st.mode(t, "once panic")
			wantDevices(t, poll(t, src))
			st.say(t, "one a")
			eventually(t, "a new process is heard", func() bool { return e.refs() == "a" })
		})
	}
}

func TestWhatIsNotStoredIsSaidAgain(t *testing.T) {
	t.Parallel()
	st := newStage(t, quick())
	src := st.puppet(t)
	e := ears{fail: errors.New("disk full")}
	e.watch(t, src)
	st.say(t, "one a")
	eventually(t, "it is not stored", func() bool { return src.WatchStatus().State == device.WatchFailing })
	if got := src.WatchStatus().LastError; got != "what it heard was not stored: disk full" || st.noted("stored") != "" {
		t.Errorf("error %q, stored %q", got, st.noted("stored"))
	}
	e.mu.Lock()
	e.fail = nil
	e.mu.Unlock()
	st.say(t, "one b")
	eventually(t, "the next is stored", func() bool { return st.noted("stored") == "b " })
}

// TestWatchThatFloods: what is said too fast comes slower, is said once in the log, and disturbs no poll.
func TestWatchThatFloods(t *testing.T) {
	t.Parallel()
	l := quick()
	l.watchRate, l.watchBurst = 100, 10
	st := newStage(t, l)
	src := st.puppet(t)
	var e ears
	stop := e.watch(t, src)
	st.say(t, "many 100000")
	eventually(t, "it is slowed down", func() bool { return strings.Contains(st.log.String(), "slowed down") })
	wantDevices(t, poll(t, src))
	if err := src.proc.Drain(t.Context()); err != nil {
		t.Errorf("drain: %v", err)
	}
	stop()
	if n := strings.Count(st.log.String(), "slowed down"); n != 1 {
		t.Errorf("said %d times", n)
	}
	if n := strings.Count(st.noted("stored"), " "); n > 50_000 {
		t.Errorf("%d observations were stored", n)
	}
}

// TestPollThatOverranDoesNotWaitForAWatch: only a plugin that is not done with the poll is replaced.
func TestPollThatOverranDoesNotWaitForAWatch(t *testing.T) {
	t.Parallel()
	l := quick()
	l.drain = 5 * time.Second
	st := newStage(t, l)
	src := st.puppet(t)
	var e ears
	e.watch(t, src)
	st.say(t, "one a")
	// The supervisor looks at the second when it has settled the first.
	for range 2 {
		st.mode(t, "slow")
		if snap := pollWithin(t, src, 200*time.Millisecond); !strings.HasPrefix(snap.Err, "timeout: ") {
			t.Errorf("error %q", snap.Err)
		}
		eventually(t, "the supervisor looks", func() bool { return len(src.overrun) == 0 })
	}
	st.mode(t, "")
	wantDevices(t, poll(t, src))
	st.say(t, "one b")
	eventually(t, "the same watch goes on", func() bool { return e.refs() == "a b" })
	if n, got := src.Status().Restarts, st.noted("watches"); n != 0 || got != "." || st.heard(device.EventSourceHung) != 0 {
		t.Errorf("%d restarts, opened %d times", n, len(got))
	}
}

func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(limits{watchRate: 10, watchBurst: 5})
		for i := range 5 {
			if d := p.take(time.Now(), 1); d > 0 {
				t.Errorf("number %d of a burst waits %v", i, d)
			}
		}
		if d := p.take(time.Now(), 1); d != 100*time.Millisecond {
			t.Errorf("one more waits %v", d)
		}
		time.Sleep(time.Hour)
		if d := p.take(time.Now(), 25); d != 2*time.Second {
			t.Errorf("25 at once wait %v", d)
		}
	})
}

// TestWatchEndsWithItsSource: a source that is closed leaves no watch behind, and waits for none.
func TestWatchEndsWithItsSource(t *testing.T) {
	t.Parallel()
	st := newStage(t, quick())
	src := st.puppet(t)
	var e ears
	ended := make(chan struct{})
	go func() {
		src.Watch(context.Background(), e.deliver)
		close(ended)
	}()
	st.say(t, "one a")
	if err := src.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-ended
}
