package agent

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/store"
)

// handClock is a clock that a test moves.
type handClock struct{ at time.Time }

func (c *handClock) now() time.Time { return c.at }

func TestLimitsAreToldOnceAndLeftWhenCalm(t *testing.T) {
	clock := &handClock{time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)}
	var log bytes.Buffer
	l := newLimits(slog.New(slog.NewTextHandler(&log, nil)), clock.now)
	if state, since, at := l.current(); state != device.AgentOK || !since.Equal(clock.at) || at == nil || len(at) > 0 {
		t.Fatalf("at first: %s %s %v", state, since, at)
	}
	began := clock.at.Add(time.Minute)
	clock.at = began
	for range 5 { // it comes and goes, sooner than its calm
		l.met(device.LimitDiskFull, "", "no space")
		clock.at = clock.at.Add(time.Second)
		l.over(device.LimitDiskFull, "")
		clock.at = clock.at.Add(time.Second)
		l.tick()
	}
	l.met(device.LimitSinkBehind, "hook", "100 events wait")
	if state, since, at := l.current(); state != device.AgentDegraded || !since.Equal(began) || len(at) != 2 || at[0].Limit != device.LimitDiskFull || at[1].Subject != "hook" {
		t.Fatalf("within: %s %s %+v", state, since, at)
	}
	ended := clock.at.Add(-time.Second)
	clock.at = clock.at.Add(3 * time.Second)
	l.tick()
	l.over(device.LimitSinkBehind, "hook")
	clock.at = clock.at.Add(11 * time.Second)
	l.tick()
	if state, _, at := l.current(); state != device.AgentOK || len(at) > 0 {
		t.Fatalf("at last: %s %v", state, at)
	}
	events, lost := l.take()
	if len(events) != 4 || lost != 0 {
		t.Fatalf("%d lost, %+v", lost, events)
	}
	first, third := events[0], events[2]
	if first.Type != device.EventAgentDegraded || first.Reason != "disk_full" || !first.Since.Equal(began) {
		t.Errorf("%+v", first)
	}
	if third.Type != device.EventAgentRecovered || third.Reason != "disk_full" || !third.Since.Equal(began) || !third.Until.Equal(ended) {
		t.Errorf("%+v", third)
	}
	if n := strings.Count(log.String(), "agent degraded"); n != 2 {
		t.Errorf("told %d times\n%s", n, log.String())
	}
}

// A full disk records no events: those on limits are bounded.
func TestLimitsKeepFewEvents(t *testing.T) {
	clock := &handClock{time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)}
	l := newLimits(slog.New(slog.DiscardHandler), clock.now)
	for range maxUnrecorded {
		l.met(device.LimitDiskSlow, "", "slow")
		l.over(device.LimitDiskSlow, "")
		clock.at = clock.at.Add(time.Minute)
		l.tick()
	}
	if events, lost := l.take(); len(events) != maxUnrecorded || lost != maxUnrecorded {
		t.Errorf("%d kept, %d lost", len(events), lost)
	}
}

func TestSlowCommitsAreALimit(t *testing.T) {
	clock := &handClock{time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)}
	l := newLimits(slog.New(slog.DiscardHandler), clock.now)
	w := &watched{limits: l}
	commit := func(took time.Duration) {
		began := clock.at
		clock.at = clock.at.Add(took)
		w.committed(began, nil)
		w.tick()
		l.tick()
	}
	for range 100 {
		commit(20 * time.Millisecond)
	}
	commit(2 * time.Second)
	commit(2 * time.Second)
	if state, _, _ := l.current(); state != device.AgentOK {
		t.Error("two slow commits are no slow disk")
	}
	commit(2 * time.Second)
	if _, _, at := l.current(); len(at) != 1 || at[0].Limit != device.LimitDiskSlow {
		t.Errorf("three are: %v", at)
	}
	for range 10 {
		clock.at = clock.at.Add(10 * time.Second)
		commit(20 * time.Millisecond)
	}
	if state, _, at := l.current(); state != device.AgentOK {
		t.Errorf("not over: %v", at)
	}
	// One that does not end is a limit while it runs.
	w.began = clock.at
	clock.at = clock.at.Add(6 * time.Second)
	w.tick()
	if _, _, at := l.current(); len(at) != 1 || !strings.Contains(at[0].Text, "6s") {
		t.Errorf("stuck: %v", at)
	}
}

func TestASinkIsBehindUntilItHasCaughtUp(t *testing.T) {
	clock := &handClock{time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)}
	a := &Agent{limits: newLimits(slog.New(slog.DiscardHandler), clock.now)}
	look := func(wants bool, sinks ...device.SinkStatus) {
		t.Helper()
		a.lookAtSinks(sinks, clock.at)
		clock.at = clock.at.Add(time.Minute)
		a.limits.tick()
		if got := len(a.limits.subjects(device.LimitSinkBehind)) > 0; got != wants {
			t.Errorf("behind %v, want %v: %+v", got, wants, sinks)
		}
	}
	hook := device.SinkStatus{Name: "hook", State: device.SinkOK, Waiting: 300}
	look(false, hook)
	hook.State, hook.FailingSince = device.SinkFailing, clock.at
	look(false, hook)
	look(true, hook)
	hook.State, hook.FailingSince, hook.Waiting = device.SinkBehind, time.Time{}, 5000
	look(true, hook)
	hook.Waiting = 999
	look(false, hook)
	hook.Waiting = sinkWaiting
	look(true, hook)
	look(false) // it is gone from the configuration
	look(true, device.SinkStatus{Name: "hook", Waiting: 7, Blocks: true})
	look(false, device.SinkStatus{Name: "hook"})
	look(true, device.SinkStatus{Name: "hook", State: device.SinkBehind, Waiting: 7, OldestWaiting: clock.at.Add(-time.Hour)})
}

// A disk that only answers with errors ends the agent when that has lasted; a full one never does.
func TestOnlyErrorsOfTheDiskEndTheAgent(t *testing.T) {
	clock := &handClock{time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)}
	w := &watched{limits: newLimits(slog.New(slog.DiscardHandler), clock.now)}
	fail := func(err error) {
		clock.at = clock.at.Add(time.Minute)
		w.committed(clock.at, err)
	}
	for range 100 {
		fail(store.ErrFull)
		fail(store.ErrReadOnly)
	}
	if d, n := w.failingFor(); d != 0 || n != 0 {
		t.Errorf("full: %s, %d", d, n)
	}
	for range 5 {
		fail(store.ErrDisk)
	}
	if d, n := w.failingFor(); d != 4*time.Minute || n != 5 {
		t.Errorf("failing: %s, %d", d, n)
	}
	fail(nil)
	if d, n := w.failingFor(); d != 0 || n != 0 {
		t.Errorf("well again: %s, %d", d, n)
	}
}
