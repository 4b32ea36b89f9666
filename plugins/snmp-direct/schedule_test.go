package snmpdirect

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab/snmpagent"
)

func TestSchedule(t *testing.T) {
	at := newClock().now()
	s := newSchedule("box", 5*time.Minute)
	if !s.due("a", at, 0) || !s.fresh("a") {
		t.Error("what was never read is due")
	}
	s.done("a", at, 7)
	first := s.paces["a"].due.Sub(at)
	if first <= 0 || first > 5*time.Minute || s.fresh("a") {
		t.Errorf("the second reading is due after %s", first)
	}
	if s.due("a", at.Add(first-time.Second), 7) || !s.due("a", at.Add(first), 7) {
		t.Error("due before its time, or not at it")
	}
	// Polls come when they come: the group keeps its place in the interval.
	s.done("a", at.Add(first+20*time.Second), 7)
	if got := s.paces["a"].due.Sub(at); got != first+5*time.Minute {
		t.Errorf("the third reading is due after %s, want %s", got, first+5*time.Minute)
	}
	// After a night without polls it is due once, and not once for each interval.
	late := at.Add(8 * time.Hour)
	s.done("a", late, 7)
	if s.due("a", late.Add(4*time.Minute), 7) {
		t.Error("due again at once")
	}
	// A hint brings it forward, and not with every poll.
	if s.due("a", late.Add(30*time.Second), 8) || !s.due("a", late.Add(time.Minute), 8) {
		t.Error("a hint brings a group forward after a fifth of the interval")
	}
	s.failed("a", late)
	if s.due("a", late.Add(30*time.Second), 7) || !s.due("a", late.Add(time.Minute), 7) {
		t.Error("what could not be read is tried again after a fifth of the interval")
	}
	s.putOff("b", late)
	if !s.due("b", late, 0) || !s.fresh("b") || s.overdue("b", late.Add(5*time.Minute)) || !s.overdue("b", late.Add(6*time.Minute)) {
		t.Error("what was put off stays due, and is overdue after an interval")
	}
	s.hasten()
	if !s.due("a", late, 7) {
		t.Error("not everything is due")
	}
}

// TestSlowGroupsAreSpread: of many devices that were all read whole at once, about as many go on in each minute.
func TestSlowGroupsAreSpread(t *testing.T) {
	at := newClock().now()
	var minutes [5]int
	for i := range 1000 {
		s := newSchedule(fmt.Sprintf("switch-%d", i), 5*time.Minute)
		s.done(groupIdentity, at, 0)
		minutes[min(4, int(s.paces[groupIdentity].due.Sub(at)/time.Minute))]++
	}
	for m, n := range minutes {
		if n < 100 || n > 300 {
			t.Errorf("%d of 1000 devices in minute %d", n, m)
		}
	}
}

// requestsOf counts the requests of one poll.
func (b *bench) requestsOf() int64 {
	before := b.agent.Requests()
	b.poll()
	return int64(b.agent.Requests() - before)
}

// TestStatusIsReadOftenerThanTables: over an interval each slow group is read once, and most polls ask for status alone.
func TestStatusIsReadOftenerThanTables(t *testing.T) {
	b := newBench(t, smallSwitch())
	whole := b.requestsOf()
	b.clock.add(time.Millisecond)
	status := b.requestsOf()
	if status >= whole-2 {
		t.Errorf("a poll of all takes %d requests, one of status %d", whole, status)
	}
	var total int64
	for range 10 {
		b.clock.add(30 * time.Second)
		total += b.requestsOf()
	}
	if slow := total - 10*status; slow <= 0 || slow > whole-status+2 {
		t.Errorf("slow groups took %d requests in an interval; all of them at once take %d", slow, whole-status)
	}
}

// TestChangeHint: a device that says that its neighbours have changed is asked for them before their time.
func TestChangeHint(t *testing.T) {
	b := newBench(t, smallSwitch())
	b.set(strings.TrimPrefix(markNeighbours, "."), snmpagent.Ticks(100))
	b.poll()
	set := func(column string, v snmpagent.Value) { b.set("1.0.8802.1.1.2.1.4.1.1."+column+".0.1.1", v) }
	set("4", snmpagent.Int(4))
	set("5", snmpagent.Octets([]byte{0, 0, 0x5e, 0, 0x53, 0x99}))
	set("9", snmpagent.Text("ap9"))
	knows := func() bool {
		return slices.ContainsFunc(b.poll().Links, func(l device.Link) bool { return l.Name == "ap9" })
	}
	b.source.targets[0].schedule.paces[groupNeighbours].due = b.clock.now().Add(time.Hour)
	b.clock.add(61 * time.Second)
	if knows() {
		t.Error("read without a hint")
	}
	b.set(strings.TrimPrefix(markNeighbours, "."), snmpagent.Ticks(6000))
	if !knows() {
		t.Error("the hint was not taken")
	}
}

// TestNoTimeForSlowTables: a poll whose time is short hands over the status that it read; what it had no time for comes
// with a later one, and is a problem only after an interval.
func TestNoTimeForSlowTables(t *testing.T) {
	b := newBench(t, smallSwitch())
	b.poll()
	tgt := b.source.targets[0]
	tgt.schedule.paces[groupIdentity].due = b.clock.now()
	short := func() device.Observation {
		t.Helper()
		o, err := tgt.poll(t.Context(), time.Now().Add(-time.Second), nil)
		if err != nil || facets(o) != "reach=up mgmt=up" {
			t.Fatalf("%s, %v", facets(o), err)
		}
		return o
	}
	b.clock.add(time.Minute)
	if o := short(); len(o.Alerts) > 0 || !tgt.schedule.due(groupIdentity, b.clock.now(), 0) {
		t.Errorf("alerts %+v", o.Alerts)
	}
	b.clock.add(5 * time.Minute)
	o := short()
	want := "identity could not be read: there was no time for it in this poll nor in those before it: give the source a longer timeout"
	if !slices.ContainsFunc(o.Alerts, func(a device.Alert) bool { return a.Text == want }) {
		t.Errorf("alerts %+v", o.Alerts)
	}
	if o := b.poll(); len(o.Alerts) > 0 {
		t.Errorf("alerts stay: %+v", o.Alerts)
	}
}

// TestSlowTableDoesNotEatThePoll: a device whose forwarding table takes longer than the poll has left is handed over in
// time, with all that was read before.
func TestSlowTableDoesNotEatThePoll(t *testing.T) {
	t.Parallel()
	b := newBench(t, smallSwitch())
	b.agent.SetFaults(snmpagent.Faults{Endless: snmpagent.OID{1, 3, 6, 1, 2, 1, 17, 4, 3, 1, 2}, Delay: 5 * time.Millisecond})
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
	defer cancel()
	var got []device.Observation
	err := b.source.Poll(ctx, func(o device.Observation) error {
		got = append(got, o)
		return nil
	})
	if err != nil || len(got) != 1 || facets(got[0]) != "reach=up mgmt=up" {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, ok := reading(got[0], "port:1", "oper"); !ok {
		t.Error("no ports")
	}
}
