package identity

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/quorate/quorate/device"
)

// conflict is a disagreement met in this instant. Without b it is about a alone.
type conflict struct {
	a, b   device.SourceRef
	key    Kind
	reason string
}

// outcome turns the working copies into the result.
func (r *resolver) outcome() Outcome {
	before := len(r.events)
	discovered := r.discovered()
	var rest []device.Event
	rest = append(rest, r.mergeEvents()...)
	rest = append(rest, r.splitEvents()...)
	rest = append(rest, r.conflictEvents()...)
	events := make([]device.Event, 0, len(r.tellings)+len(discovered)+before+len(rest))
	for i := range r.tellings {
		events = append(events, r.tellings[i].Event)
	}
	events = slices.Concat(events, discovered, r.events[:before], rest)
	for i := range events {
		e := &events[i]
		e.At = r.at
		for _, n := range []*device.Name{e.Device, e.Other} {
			if n != nil && n.Name == "" {
				n.Name = r.device(n.ID).Name
			}
		}
		switch {
		case i < len(r.tellings):
			e.Text = r.tellings[i].text(e)
		case e.Text == "":
			e.Text = text(e)
		}
	}
	out := Outcome{
		Devices: r.devs, Bindings: make(map[device.SourceRef]*Binding, len(r.work)), Events: events,
		Infos: r.infos(), Notes: r.notes, cfg: r.cfg, order: r.order,
	}
	for source, refs := range out.order {
		out.order[source] = slices.DeleteFunc(refs, func(ref device.SourceRef) bool { return r.entry(ref) == nil })
	}
	for ref, e := range r.work {
		out.Bindings[ref] = e.Binding
	}
	return out
}

// bound is what read found of one arrival.
type bound struct {
	// list are the assignments as of before the instant, weak the places of those whose binding is.
	list []Assignment
	weak []int
	// follow are the places of those that follow a device, or whose ref does.
	follow []int
	// inOrder says that every ref was where the order of the index has it: none is there twice.
	inOrder bool
}

// bound returns the assignments of all that arrived.
func (r *resolver) bound(in []Arrival) [][]Assignment {
	out := make([][]Assignment, len(in))
	for ai := range in {
		a, held := &in[ai], &r.bounds[ai]
		out[ai] = held.list
		for _, i := range held.weak {
			r.assign(a, i, &held.list[i])
		}
		for _, i := range held.follow {
			r.assign(a, i, &held.list[i])
		}
		if len(r.work) == 0 {
			continue
		}
		if !held.inOrder {
			for i := range held.list {
				r.assign(a, i, &held.list[i])
			}
			continue
		}
		for ref := range r.work {
			if old := r.idx.refs[ref]; ref.Source == a.Source && old != nil && old.place < len(held.list) && a.Observations[old.place].Ref == ref.Ref {
				r.assign(a, old.place, &held.list[old.place])
			}
		}
	}
	return out
}

// assign works out the assignment of observation i.
func (r *resolver) assign(a *Arrival, i int, to *Assignment) {
	ref := device.SourceRef{Source: a.Source, Ref: a.Observations[i].Ref}
	old := r.idx.refs[ref]
	e, changed := old, false
	if w := r.work[ref]; w != nil {
		e, changed = w, old != nil && !sameWords(&old.Identity, &w.Identity)
	}
	if !r.heeded(e, a.Observations[i]) {
		*to = Assignment{}
		return
	}
	*to = Assignment{Device: e.Device, Held: e.Held != "", By: e.By, New: old == nil, Changed: changed}
	if e.Weak {
		to.Weak = e.silent(r.at, r.alone(e))
	}
}

// alone reports whether no other ref of e's device is there.
func (r *resolver) alone(e *entry) bool {
	for _, o := range r.members(e.Device) {
		if o.AbsentSince.IsZero() && o.SourceRef() != e.SourceRef() {
			return false
		}
	}
	return true
}

func (r *resolver) infos() []Info {
	var out []Info
	takes := r.takes()
	for _, id := range slices.Sorted(maps.Keys(r.devs)) {
		d, old := r.devs[id], r.st.Devices[id]
		info := Info{ID: id, Name: d.Name, MergedInto: d.MergedInto, Forgotten: !d.Forgotten.IsZero(), Takes: takes[id]}
		if old == nil {
			out = append(out, info)
			continue
		}
		info.Back = old.MergedInto != "" && d.MergedInto == ""
		if old.Name != d.Name || old.MergedInto != d.MergedInto || !old.Forgotten.Equal(d.Forgotten) || info.Takes != nil {
			out = append(out, info)
		}
	}
	return out
}

// takes returns the refs that an order gives to other devices, beside those of a device that is taken in as a whole.
func (r *resolver) takes() map[device.ID][]device.SourceRef {
	if r.carried == nil {
		return nil
	}
	out := map[device.ID][]device.SourceRef{}
	for _, ref := range sortedRefs(r.work) {
		e, old := r.work[ref], r.idx.refs[ref]
		if old != nil && old.Device != e.Device && !slices.ContainsFunc(r.merges, func(m merging) bool { return m.gone == old.Device }) {
			out[e.Device] = append(out[e.Device], ref)
		}
	}
	return out
}

func (r *resolver) discovered() []device.Event {
	made := map[device.ID]bool{}
	for id := range r.devs {
		if r.st.Devices[id] == nil && !r.made[id] {
			made[id] = true
		}
	}
	var out []device.Event
	for _, id := range r.byContact(made) {
		members := r.members(id)
		said := make([]string, 0, len(members))
		for _, e := range members {
			word := e.Source
			if e.By != ByItself {
				word += " (by " + strings.ReplaceAll(e.By, "_", " ") + ")"
			}
			said = append(said, word)
		}
		d := r.devs[id]
		out = append(out, device.Event{
			Type: device.EventDeviceDiscovered, Device: &device.Name{ID: id},
			Text: fmt.Sprintf("%s is new: seen by %s", d.Name, join(said)),
		})
	}
	return out
}

func (r *resolver) mergeEvents() []device.Event {
	var out []device.Event
	for _, m := range r.merges {
		out = append(out, device.Event{
			Type: device.EventDeviceMerged, Device: &device.Name{ID: m.into}, Other: &device.Name{ID: m.gone}, Reason: m.why,
		})
	}
	return out
}

func (r *resolver) splitEvents() []device.Event {
	var out []device.Event
	for _, s := range r.splits {
		if to := r.entry(s.ref).Device; to != s.from {
			out = append(out, device.Event{
				Type: device.EventDeviceSplit, Device: &device.Name{ID: s.from}, Other: &device.Name{ID: to}, Source: s.ref.Source, Reason: ByPin,
			})
		}
	}
	return out
}

// conflictEvents records each disagreement of two devices once, and remembers it with the first of them.
func (r *resolver) conflictEvents() []device.Event {
	var out []device.Event
	for _, c := range r.conflicts {
		a := r.entry(c.a).Device
		event := device.Event{Type: device.EventIdentityConflict, Device: &device.Name{ID: a}, Source: c.a.Source, Reason: c.reason}
		var other device.ID
		if c.b != (device.SourceRef{}) {
			if other = r.entry(c.b).Device; other == a || r.told(a, other, c) || r.told(other, a, c) {
				continue
			}
			event.Other = &device.Name{ID: other}
		}
		d := r.edit(a)
		d.Conflicts = append(slices.Clone(d.Conflicts), Conflict{Other: other, Key: c.key, Reason: c.reason, At: r.at})
		d.Conflicts = d.Conflicts[max(0, len(d.Conflicts)-maxConflicts):]
		event.Text = r.conflictText(c, r.device(a), r.device(other))
		out = append(out, event)
	}
	return out
}

func (r *resolver) told(a, b device.ID, c conflict) bool {
	return slices.ContainsFunc(r.device(a).Conflicts, func(x Conflict) bool {
		return x.Other == b && x.Reason == c.reason
	})
}

func (r *resolver) conflictText(c conflict, a, b *Device) string {
	if b == nil {
		return fmt.Sprintf("%s: %s reports another chassis serial than before; its votes are held until the devices are split or the serial returns", a.Name, c.a.Source)
	}
	key := strings.ReplaceAll(string(c.key), "_", " ")
	if c.reason == ReasonOutranked {
		return fmt.Sprintf("%s of %s: the %s points at %s, but a higher key at %s", c.a.Source, a.Name, key, b.Name, a.Name)
	}
	why := map[string]string{
		ReasonSameSource: "one source knows both",
		ReasonSerial:     "their chassis serials differ",
		ReasonEngineID:   "their engine ids differ",
		ReasonNeverMerge: "the configuration says never to merge them",
		ReasonPins:       "the configuration describes both",
	}[c.reason]
	return fmt.Sprintf("%s and %s share a key (%s) and stay apart: %s", a.Name, b.Name, key, why)
}

// text is the sentence of an event that explains itself.
func text(e *device.Event) string {
	switch e.Type {
	case device.EventDeviceMoved:
		return fmt.Sprintf("%s has moved from %s to %s, says %s", e.Device.Name, e.From, e.To, e.Source)
	case device.EventDeviceRenamed:
		return fmt.Sprintf("%s is now called %s", e.From, e.To)
	case device.EventDeviceMerged:
		switch e.Reason {
		case ByPerson:
			return fmt.Sprintf("%s and %s are one device, says a person", e.Device.Name, e.Other.Name)
		case ByUndo:
			return fmt.Sprintf("%s and %s are one device again, says a person", e.Device.Name, e.Other.Name)
		}
		return fmt.Sprintf("%s and %s are one device (%s)", e.Device.Name, e.Other.Name, strings.ReplaceAll(e.Reason, "_", " "))
	case device.EventDeviceSplit:
		return fmt.Sprintf("what %s says of %s is now about %s", e.Source, e.Device.Name, e.Other.Name)
	}
	return ""
}

func join(words []string) string {
	switch n := len(words); n {
	case 0:
		return ""
	case 1:
		return words[0]
	default:
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
}
