package pipeline

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
)

// maxAlertEvents bounds what one source can have told of its alerts at one instant: a source that takes back and repeats
// thousands with each poll fills no record. What is beyond counts in one event, and is listed all the same.
const maxAlertEvents = 1000

// Lengths in characters of what is told of an alert: the texts are a stranger's.
const (
	maxAlertText = 300
	maxAlertWord = 40
)

// logged is the state of an alert that is a line of the source's log and no problem that lasts.
const logged = "logged"

// Why an alert was closed, or not told by itself.
const (
	alertDeviceMissing   = "device_missing"   // a complete answer of the source came without the device
	alertDeviceForgotten = "device_forgotten" // a person had the device forgotten
	alertTooMany         = "too_many"
)

// alerts works out which problems that the sources themselves report have appeared, become other ones and are gone. An
// observation is its source's whole word: what it no longer reports is over. A poll that failed or covers only a part,
// and a tie-breaker's look, end nothing. A device that a complete answer comes without has none any more, once that
// answer is believed. Nothing here is a vote.
func alerts(v *View, in *instant) {
	for i := range in.snaps {
		s := &in.snaps[i]
		last := s.lastOfTwice()
		for j, o := range s.obs {
			had := in.mem.open(s.seen[j])
			if s.novelty[j] == Late || s.novelty[j] == lateAgain {
				in.returnAlerts(v, s, j)
				continue
			}
			if len(o.Alerts) == 0 && len(had) == 0 && !in.mem.alerts[s.seen[j]].gone {
				continue
			}
			if s.novelty[j] == Repeat && len(had) > 0 {
				continue // its newest row says the same, and had is what that one reports
			}
			if at, twice := last[o.Ref]; twice && at != j {
				continue
			}
			in.compareAlerts(v, s, j, had)
		}
	}
	if len(in.mem.alerts) > 0 {
		in.missAlerts(v)
		in.forgetAlerts(v)
	}
	in.boundAlerts()
}

// lastOfTwice finds, of each ref that comes twice, the word that holds. Nil where none does.
func (s *snap) lastOfTwice() map[string]int {
	if len(s.twice) == 0 {
		return nil
	}
	last := map[string]int{}
	for j, o := range s.obs {
		if s.twice[o.Ref] && s.novelty[j] != Late && s.novelty[j] != lateAgain {
			last[o.Ref] = j
		}
	}
	return last
}

// compareAlerts lays what an observation reports beside what its ref had reported before.
func (in *instant) compareAlerts(v *View, s *snap, j int, had []device.Alert) {
	next := problems(s.obs[j].Alerts)
	tell := in.teller(v, s.Source, s.assigned[j].Device)
	before := len(in.alerts)
	for i := range next {
		k, found := slices.BinarySearchFunc(had, next[i].Ref, byRef)
		switch {
		case !found:
			tell.opened(&next[i])
		case !sameProblem(&had[k], &next[i]):
			tell.changed(&had[k], &next[i])
		}
	}
	for i := range had {
		if _, found := slices.BinarySearchFunc(next, had[i].Ref, byRef); !found {
			tell.closed(&had[i], "")
		}
	}
	if len(in.alerts) > before && s.novelty[j] == Repeat {
		s.novelty[j] = ClaimChanged // what is told of has a row: a restart goes on from there
	}
	if s.novelty[j] == Repeat {
		return // the row of before stands for it, with its texts
	}
	if s.alerts == nil {
		s.alerts = map[int][]device.Alert{}
	}
	s.alerts[j] = next
}

// returnAlerts opens again what a ref had reported before an answer came without it: it is there again with a late word,
// which takes nothing back.
func (in *instant) returnAlerts(v *View, s *snap, j int) {
	was := in.mem.alerts[s.seen[j]]
	if !was.gone || s.alerts[j] != nil {
		return
	}
	tell := in.teller(v, s.Source, s.assigned[j].Device)
	for i := range was.list {
		tell.opened(&was.list[i])
	}
	if s.alerts == nil {
		s.alerts = map[int][]device.Alert{}
	}
	s.alerts[j] = was.list
}

// missAlerts closes what devices had of which a source no longer speaks.
func (in *instant) missAlerts(v *View) {
	for id, d := range in.truth.Devices {
		for i := range d.Reports {
			if d.Reports[i].Missed {
				in.missed = in.endAlerts(v, id, &d.Reports[i], alertDeviceMissing, in.missed)
			}
		}
	}
}

// forgetAlerts closes what devices had that are no more. One that was taken in is still there under the other's name.
func (in *instant) forgetAlerts(v *View) {
	if len(in.truth.Removed) == 0 {
		return
	}
	held := map[device.SourceRef]bool{}
	for _, d := range in.truth.Devices {
		for i := range d.Reports {
			held[device.SourceRef{Source: d.Reports[i].Source, Ref: d.Reports[i].Ref}] = true
		}
	}
	for _, id := range in.truth.Removed {
		d := v.consensus.Devices[id]
		if d == nil {
			continue
		}
		for i := range d.Reports {
			if r := &d.Reports[i]; !held[device.SourceRef{Source: r.Source, Ref: r.Ref}] {
				in.forgotten = in.endAlerts(v, id, r, alertDeviceForgotten, in.forgotten)
			}
		}
	}
}

// endAlerts closes all that a ref reports of a device, and adds the ref to those of which that is remembered.
func (in *instant) endAlerts(v *View, id device.ID, r *consensus.Report, reason string, ended []*seen) []*seen {
	k := in.mem.sources[r.Source].of(r.Ref)
	had := in.mem.open(k)
	if len(had) == 0 && in.mem.alerts[k].list == nil {
		return ended
	}
	tell := in.teller(v, r.Source, id)
	for i := range had {
		tell.closed(&had[i], reason)
	}
	return append(ended, k)
}

// boundAlerts puts the events in an order that depends on nothing but what they say, and leaves the gravest of each
// source where there are too many.
func (in *instant) boundAlerts() {
	if len(in.alerts) == 0 {
		return
	}
	slices.SortStableFunc(in.alerts, func(a, b device.Event) int {
		return cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(a.Device.Name, b.Device.Name),
			strings.Compare(string(a.Device.ID), string(b.Device.ID)), strings.Compare(a.Alert, b.Alert), strings.Compare(string(a.Type), string(b.Type)))
	})
	count := map[string]int{}
	for i := range in.alerts {
		count[in.alerts[i].Source]++
	}
	for _, source := range slices.Sorted(maps.Keys(count)) {
		if n := count[source] - maxAlertEvents; n > 0 {
			in.cutAlerts(source, n)
		}
	}
}

func (in *instant) cutAlerts(source string, beyond int) {
	var of []int
	for i := range in.alerts {
		if in.alerts[i].Source == source {
			of = append(of, i)
		}
	}
	slices.SortStableFunc(of, func(a, b int) int { return cmp.Compare(gravity(&in.alerts[b]), gravity(&in.alerts[a])) })
	cut := map[int]bool{}
	for _, i := range of[maxAlertEvents:] {
		cut[i] = true
	}
	kept := make([]device.Event, 0, len(in.alerts)-beyond+1)
	for i := range in.alerts {
		if !cut[i] {
			kept = append(kept, in.alerts[i])
		}
	}
	in.alerts = append(kept, device.Event{
		Type: device.EventAlertChanged, Source: source, Reason: alertTooMany,
		Text: fmt.Sprintf("%s: %d alerts more have come, gone or changed at once", source, beyond),
	})
}

func gravity(e *device.Event) int { return max(grave(e.From), grave(e.To)) }

// grave orders severities. One that is not known is none.
func grave(severity string) int {
	switch severity {
	case "critical":
		return 3
	case "warning":
		return 2
	case "info":
		return 1
	}
	return 0
}
