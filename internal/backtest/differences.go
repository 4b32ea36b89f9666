package backtest

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/pipeline"
)

// differences follows two courses side by side.
type differences struct {
	open   map[key]*Difference
	closed []Difference
	same   map[device.EventType]int
	// verdicts that are the same in both.
	verdicts int
}

// key is what a difference that lasts is about.
type key struct {
	device device.ID
	kind   string
}

// follow takes one instant, which both courses have followed.
func (x *differences) follow(at time.Time, was, would *course, wasRec, wouldRec *pipeline.Record) {
	if x.open == nil {
		x.open, x.same = map[key]*Difference{}, map[device.EventType]int{}
	}
	if was == would {
		x.verdicts += len(wasRec.Verdicts)
		for i := range wasRec.Events {
			x.same[wasRec.Events[i].Type]++
		}
		return
	}
	seen := map[device.ID]bool{}
	for _, r := range []*pipeline.Record{wasRec, wouldRec} {
		for id := range r.Devices {
			if !seen[id] {
				seen[id] = true
				x.device(at, was, would, id)
			}
		}
		for _, id := range r.Removed {
			x.device(at, was, would, id)
		}
	}
	x.events(wasRec.Events, wouldRec.Events)
	x.told(at, wasRec.Verdicts, wouldRec.Verdicts)
}

// device compares what is true of a device in both courses.
func (x *differences) device(at time.Time, was, would *course, id device.ID) {
	var a, b condition
	id, one, other := pair(was, would, id)
	name := device.Name{ID: id}
	if other != nil {
		b, name.Name = other.now, other.name
	}
	if one != nil {
		a, name.Name = one.now, one.name
	}
	x.turn(at, KindStatus, name, string(a.status), string(b.status))
	x.turn(at, KindDispute, name, agreement(a.disputed), agreement(b.disputed))
}

func agreement(disputed bool) string {
	if disputed {
		return "disputed"
	}
	return "agreed"
}

// turn begins, ends or goes on with a difference that lasts.
func (x *differences) turn(at time.Time, kind string, name device.Name, was, would string) {
	k := key{name.ID, kind}
	d := x.open[k]
	if d != nil && d.Was == was && d.Would == would {
		return
	}
	if d != nil {
		d.Until = at
		x.closed = append(x.closed, *d)
		delete(x.open, k)
	}
	if was != would {
		x.open[k] = &Difference{Kind: kind, Device: name, From: at, Was: was, Would: would}
	}
}

// events counts those of an instant that are in both.
func (x *differences) events(was, would []device.Event) {
	left := map[string]int{}
	for i := range was {
		left[gist(&was[i])]++
	}
	for i := range would {
		if g := gist(&would[i]); left[g] > 0 {
			left[g]--
			x.same[would[i].Type]++
		}
	}
}

// gist is what an event says, without the weights behind it.
func gist(e *device.Event) string {
	name := func(n *device.Name) string {
		if n == nil {
			return ""
		}
		return n.Name
	}
	return fmt.Sprintf("%q", []any{e.Type, e.Since.UnixMicro(), name(e.Device), e.Source, e.Facet, e.Component, e.From, e.To, e.Standing, e.Reason, e.Winner, name(e.Other), name(e.Because)})
}

// told compares the verdicts of an instant.
func (x *differences) told(at time.Time, was, would []device.Verdict) {
	for i := range was {
		a := &was[i]
		j := slices.IndexFunc(would, func(b device.Verdict) bool { return b.Device.Name == a.Device.Name && b.From == a.From && b.To == a.To })
		if j < 0 {
			continue
		}
		b := &would[j]
		if a.Standing == b.Standing && a.Reason == b.Reason && a.Since.Equal(b.Since) {
			x.verdicts++
			continue
		}
		x.closed = append(x.closed, Difference{Kind: KindVerdict, Device: a.Device, From: at, Until: at, Was: verdictText(a), Would: verdictText(b)})
	}
}

func verdictText(v *device.Verdict) string {
	s := fmt.Sprintf("%s, %s", v.To, v.Standing)
	if v.Reason != "" {
		s += ", " + v.Reason
	}
	return fmt.Sprintf("%s, since %s", s, v.Since.UTC().Format(time.RFC3339))
}

// end returns all, in the order of their beginning.
func (x *differences) end(at time.Time) []Difference {
	for _, d := range x.open {
		d.Until = at
		x.closed = append(x.closed, *d)
	}
	slices.SortFunc(x.closed, func(a, b Difference) int {
		return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Device.Name, b.Device.Name), cmp.Compare(a.Device.ID, b.Device.ID), cmp.Compare(a.Kind, b.Kind))
	})
	return x.closed
}
