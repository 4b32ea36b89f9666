package backtest

import (
	"context"
	"maps"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/pipeline"
)

// course is one way that things went, or would have gone, with what it adds up to since the window began.
type course struct {
	again   *pipeline.Again
	devices map[device.ID]*timeline
	names   map[string]device.ID // of the devices that are or were there
	events  map[device.EventType]int
	// verdicts are changes of status, loud those that no overlay muted.
	verdicts, loud int
	// alarms are the false alarms of each source when the window began.
	alarms map[string]int
}

// timeline is one device's.
type timeline struct {
	name  string
	now   condition
	since time.Time // from when on now is not in spent yet
	spent Minutes
}

// condition is what is true of a device at one time; the zero one is that of a device that is not there.
type condition struct {
	status            device.Status
	disputed, pending bool
}

func newCourse(again *pipeline.Again) *course {
	return &course{again: again, devices: map[device.ID]*timeline{}, names: map[string]device.ID{}, events: map[device.EventType]int{}, alarms: map[string]int{}}
}

// clone returns the same course on its own from here on.
func (c *course) clone(again *pipeline.Again) *course {
	n := &course{again: again, devices: make(map[device.ID]*timeline, len(c.devices)), names: maps.Clone(c.names), events: maps.Clone(c.events), verdicts: c.verdicts, loud: c.loud, alarms: c.alarms}
	for id, t := range c.devices {
		copied := *t
		n.devices[id] = &copied
	}
	return n
}

// pair returns what both courses know of a device. Its id is that of its first word, which may be another in each: then
// its name tells.
func pair(was, would *course, id device.ID) (device.ID, *timeline, *timeline) {
	a, b := was.devices[id], would.devices[id]
	if a == nil && b != nil {
		if other, ok := was.names[b.name]; ok && would.devices[other] == nil {
			return other, was.devices[other], b
		}
	}
	if b == nil && a != nil {
		if other, ok := would.names[a.name]; ok && was.devices[other] == nil {
			return id, a, would.devices[other]
		}
	}
	return id, a, b
}

// begin takes the state at at as the beginning of the window.
func (c *course) begin(at time.Time) {
	_, truth := c.again.State()
	for id, d := range truth.Devices {
		c.devices[id] = &timeline{name: d.Name, now: conditionOf(d), since: at}
		c.names[d.Name] = id
	}
	for name, s := range truth.Sources {
		c.alarms[name] = s.FalseAlarms
	}
}

func (c *course) judge(ctx context.Context, in pipeline.Recorded) (*pipeline.Record, error) {
	return c.again.Judge(ctx, in)
}

// follow adds up one instant.
func (c *course) follow(at time.Time, r *pipeline.Record) {
	for id, d := range r.Devices {
		t := c.devices[id]
		if t == nil {
			t = &timeline{since: at}
			c.devices[id] = t
		}
		if t.name != d.Name {
			t.name, c.names[d.Name] = d.Name, id
		}
		t.turn(at, conditionOf(d))
	}
	for _, id := range r.Removed {
		if t := c.devices[id]; t != nil {
			t.turn(at, condition{})
		}
	}
	for i := range r.Events {
		c.events[r.Events[i].Type]++
	}
	for i := range r.Verdicts {
		c.verdicts++
		if !muted(&r.Verdicts[i]) {
			c.loud++
		}
	}
}

// end adds up what lasts until the end of the window.
func (c *course) end(at time.Time) {
	for _, t := range c.devices {
		t.turn(at, t.now)
		t.spend(at)
	}
}

func (t *timeline) turn(at time.Time, to condition) {
	if to != t.now {
		t.spend(at)
		t.now = to
	}
}

func (t *timeline) spend(at time.Time) {
	t.spent.add(t.now, at.Sub(t.since))
	t.since = at
}

func conditionOf(d *consensus.Device) condition {
	c := condition{status: d.Status}
	look := func(f *consensus.FacetState) {
		c.disputed = c.disputed || f.Dispute != nil
		c.pending = c.pending || f.Pending != ""
	}
	look(&d.Reach)
	look(&d.Mgmt)
	for i := range d.Components {
		look(&d.Components[i].FacetState)
	}
	return c
}

// muted reports whether an overlay keeps a verdict from being notified.
func muted(v *device.Verdict) bool {
	for _, o := range v.Overlays {
		if o != device.OverlayPending {
			return true
		}
	}
	return false
}
