package backtest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/pipeline"
)

// finish adds up.
func (b *run) finish() *Report {
	r := b.report
	would := b.would
	b.was.end(r.Until)
	if would == nil {
		would = b.was
	} else {
		would.end(r.Until)
	}
	r.Differences, r.SameVerdicts = b.diff.end(r.Until), b.diff.verdicts
	r.Was, r.Would = b.was.totals(), would.totals()
	seen := map[device.ID]bool{}
	for _, id := range union(b.was.devices, would.devices) {
		id, one, other := pair(b.was, would, id)
		if seen[id] {
			continue
		}
		seen[id] = true
		d := Device{Device: device.Name{ID: id}}
		if other != nil {
			d.Device.Name, d.Would = other.name, other.spent
		}
		if one != nil {
			d.Device.Name, d.Was = one.name, one.spent
		}
		r.Devices = append(r.Devices, d)
	}
	slices.SortFunc(r.Devices, func(a, b Device) int {
		return cmp.Or(cmp.Compare(a.Device.Name, b.Device.Name), cmp.Compare(a.Device.ID, b.Device.ID))
	})
	_, wasState := b.was.again.State()
	_, wouldState := would.again.State()
	for _, name := range union(wasState.Sources, wouldState.Sources) {
		s := Source{Source: name, Was: alarms(wasState, name) - b.was.alarms[name], Would: alarms(wouldState, name) - would.alarms[name]}
		if s.Was != 0 || s.Would != 0 {
			r.Sources = append(r.Sources, s)
		}
	}
	for _, t := range union(b.was.events, would.events) {
		r.Events = append(r.Events, Events{Type: t, Was: b.was.events[t], Would: would.events[t], Same: b.diff.same[t]})
	}
	r.views = []*pipeline.View{b.was.again.View(), would.again.View()}
	b.note(would)
	return r
}

func alarms(s *consensus.State, name string) int {
	if x := s.Sources[name]; x != nil {
		return x.FalseAlarms
	}
	return 0
}

func (c *course) totals() Totals {
	t := Totals{Verdicts: c.verdicts, Notifications: c.loud}
	for _, d := range c.devices {
		t.sum(d.spent)
	}
	return t
}

// union returns the keys of both in order.
func union[K cmp.Ordered, V any](a, b map[K]V) []K {
	all := make(map[K]struct{}, len(a))
	for k := range a {
		all[k] = struct{}{}
	}
	for k := range b {
		all[k] = struct{}{}
	}
	return slices.Sorted(maps.Keys(all))
}

// noteSlack is how much later than asked a window may begin without a word: two clock instants.
const noteSlack = 2 * pipeline.ClockInterval

// note says what the record cannot tell.
func (b *run) note(would *course) {
	r := b.report
	say := func(format string, args ...any) { r.Notes = append(r.Notes, fmt.Sprintf(format, args...)) }
	if r.Since.Sub(r.Asked) > noteSlack && !r.Asked.IsZero() {
		say("the record begins at %s: what came before is pruned or was never recorded", stamp(r.Since))
	}
	if r.SettingsUnknown {
		say("the record does not say which settings were in force: it is judged by those in question alone")
	}
	if n := len(b.others); n > 0 {
		say("the settings were changed at %s", stamps(b.others))
	}
	for _, err := range would.again.Refused {
		say("could not be carried out: %v", err)
	}
	if b.opt.Settings == nil || !r.Other {
		return
	}
	b.noteSources(say)
	if b.probes > 0 {
		say("tie-breakers are heard as they were asked then, %d times: other settings may have asked at other times", b.probes)
	}
	if b.mutes {
		say("maintenance and acknowledgements are as they were ordered then")
	}
}

// noteSources says of which sources the record has less than the settings in question would have brought.
func (b *run) noteSources(say func(string, ...any)) {
	asked := b.opt.Settings.Consensus.Sources
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		if b.heard[name] == 0 {
			say("there are no polls of %s in that time: what it would have said is not known", name)
		}
		if b.force == nil {
			continue
		}
		was, known := b.force.Consensus.Sources[name]
		if known && was.Interval != asked[name].Interval {
			say("%s was polled every %s: an interval of %s counts for how long its words hold, but brings no other polls", name, was.Interval, asked[name].Interval)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.heard)) {
		if _, ok := asked[name]; !ok {
			say("the polls of %s are left out: it is not in the settings in question", name)
		}
	}
}

func stamps(at []time.Time) string {
	const most = 5
	var words []string
	for _, t := range at[:min(len(at), most)] {
		words = append(words, stamp(t))
	}
	if n := len(at) - most; n > 0 {
		words = append(words, fmt.Sprintf("and %d times more", n))
	}
	return strings.Join(words, ", ")
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
