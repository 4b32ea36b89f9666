package pipeline

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate/device"
)

// TestClockJumps sets the wall clock under a running pipeline, forth and back. Nothing that has not happened is told,
// what happens afterwards is, and the record keeps its order.
func TestClockJumps(t *testing.T) {
	const year = 365 * 24 * time.Hour
	for _, jump := range []time.Duration{time.Hour, -time.Hour, year, -year} {
		t.Run(jump.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { jumpOnce(t, jump) })
		})
	}
}

func jumpOnce(t *testing.T, jump time.Duration) {
	j := &MemJournal{}
	var offset atomic.Int64
	r := run(t, j, testConfig("a", "b"), func(p *Pipeline) {
		p.opt.Clock = func() time.Time { return time.Now().Add(time.Duration(offset.Load())) }
	})
	down := map[string]bool{"3": true}
	minute := func() {
		t.Helper()
		time.Sleep(time.Minute)
		for _, source := range []string{"a", "b"} {
			s := snapshot(source, device.StateUp, "1", "2", "3", "4")
			for i := range s.Observations {
				o := &s.Observations[i]
				o.ObservedAt = time.Now().Add(time.Duration(offset.Load())) // its monitor's clock is the same machine's
				if down[o.Ref] {
					o.Claims[0].State = device.StateDown
				}
			}
			r.publish(s)
		}
	}
	told := func() (all []device.Event) {
		for _, rec := range j.Records() {
			all = append(all, rec.Events...)
		}
		return all
	}
	status := func() string {
		text := ""
		for _, d := range r.Devices(r.opt.Clock()) {
			text += fmt.Sprintf("%s %s; ", d.Name, d.Status)
		}
		return text
	}
	for range 10 {
		minute()
	}
	const settled = "dev1 up; dev2 up; dev3 down; dev4 up; "
	if got := status(); got != settled {
		t.Fatalf("before: %s", got)
	}
	before := len(told())
	offset.Store(int64(jump))
	for range 15 {
		minute()
	}
	for _, e := range told()[before:] {
		switch e.Type {
		case device.EventVerdictChanged, device.EventIncidentOpened, device.EventIncidentClosed, device.EventSourceBlind, device.EventSourceRecovered,
			device.EventSourceSuspect, device.EventDisputeOpened, device.EventDeviceRetired:
			t.Errorf("the jump made %s: %s", e.Type, e.Text)
		}
	}
	if got := status(); got != settled {
		t.Errorf("after: %s", got)
	}
	down["2"], down["3"] = true, false
	for range 15 {
		minute()
	}
	if got := status(); got != "dev1 up; dev2 down; dev3 up; dev4 up; " {
		t.Errorf("what happened after the jump: %s", got)
	}
	var last device.Event
	for _, e := range told() {
		if e.Seq != last.Seq+1 || e.At.Before(last.At) {
			t.Errorf("event %d at %s follows %d at %s", e.Seq, e.At, last.Seq, last.At)
		}
		last = e
	}
	r.end()
}
