package notify

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// compose turns what is due into messages. Where nothing can be sent, stuck, it leaves all as it is: what is over by then
// need not be told as if it were not.
func (t *teller) compose(now time.Time, stuck bool) {
	if at := t.next(); at.IsZero() || at.After(now) {
		return
	}
	t.known = false
	if stuck && len(t.outbox) > 0 || len(t.outbox) >= maxOutbox {
		t.late(now)
		return
	}
	t.missed(now)
	t.down(now)
	t.grow(now)
	t.again(now)
	t.is(now, saidUnknown)
	t.is(now, saidDegraded)
	t.is(now, saidFlapping)
	t.is(now, saidDown)
	t.states(now)
	t.recovered(now)
}

// late marks what is due and cannot be told.
func (t *teller) late(now time.Time) {
	for id, in := range t.troubles {
		if !in.Late && t.tellable(in) && !in.Due.After(now) {
			t.touchTrouble(id).Late = true
		}
	}
	for id, d := range t.devices {
		if !d.Late && !d.Due.IsZero() && !d.Due.After(now) {
			t.touch(id, "").Late = true
		}
	}
	for name, s := range t.sources {
		if !s.Late && !s.Due.IsZero() && !s.Due.After(now) {
			t.touchSource(name).Late = true
		}
	}
}

// allowed counts a message that brings no recovery. Once there were too many in the hour it says so, one time.
func (t *teller) allowed(now time.Time) bool {
	h := &t.head
	t.dirty[keyHead], t.known = true, false
	if now.Sub(h.Hour) >= time.Hour || now.Before(h.Hour) {
		h.Hour, h.Sent, h.Full = now, 0, false
	}
	if h.Sent < t.perHour {
		h.Sent++
		return true
	}
	if !h.Full {
		h.Full = true
		t.queue(t.tooMany(now))
	}
	return false
}

// missed tells what came and went while nothing could be sent.
func (t *teller) missed(now time.Time) {
	if t.head.Misses == 0 || !t.allowed(now) {
		return
	}
	t.queue(t.missedMessage(now))
	t.head.Missed, t.head.Misses = nil, 0
}

// down tells of incidents.
func (t *teller) down(now time.Time) {
	var open []string
	due := false
	for id, in := range t.troubles {
		if in.Told != 0 || !t.tellable(in) || in.Held.After(now) {
			continue
		}
		if root := t.devices[in.Root]; root.Told == saidDown && !root.Quiet && root.ToldRoot == in.Name && root.Again == "" {
			// It was up and is down again before anybody was told so: what the reader believes is true again.
			t.toldOf(id, true)
			continue
		}
		open = append(open, id)
		due = due || !in.Due.After(now)
	}
	if !due {
		return
	}
	slices.SortFunc(open, func(a, b string) int {
		x, y := t.troubles[a], t.troubles[b]
		return cmp.Or(x.Since.Compare(y.Since), device.CompareNames(x.Name, y.Name), cmp.Compare(a, b))
	})
	if len(open) > oneByOne {
		if t.allowed(now) {
			t.queue(t.downMessages(now, open))
			for _, id := range open {
				t.toldOf(id, false)
			}
		}
		return
	}
	for _, id := range open {
		if t.allowed(now) {
			t.queue(t.downMessage(now, t.troubles[id]))
			t.toldOf(id, false)
		}
	}
}

// toldOf notes that the reader knows of an incident and of all that is in it; quiet, of its root alone.
func (t *teller) toldOf(id string, quiet bool) {
	in := t.touchTrouble(id)
	in.Told, in.ToldRoot, in.Due, in.Late = max(len(in.Devices), 1), in.Root, time.Time{}, false
	if quiet {
		in.Told = 1
	}
	if root := t.touch(in.Root, ""); root.Told == saidFlapping {
		root.Told, root.ToldSince = saidDown, root.Since
	}
	t.join(id, in, quiet)
}

// grow tells of incidents that have become others.
func (t *teller) grow(now time.Time) {
	for _, id := range slices.Sorted(maps.Keys(t.troubles)) {
		in := t.troubles[id]
		if in.Told == 0 || !t.tellable(in) || in.Due.After(now) || !t.allowed(now) {
			continue
		}
		t.queue(t.downMessage(now, in))
		t.touchTrouble(id).Grown = true
		t.toldOf(id, false)
	}
}

// again tells once more what is as it was, since what muted it has ended.
func (t *teller) again(now time.Time) {
	for _, id := range t.pending(now, func(id device.ID, d *subject) bool { return d.Again != "" && t.want(id, d) == d.Told }) {
		if d := t.devices[id]; t.allowed(now) {
			t.tell(now, name(d.Name)+" is still "+string(d.Told), d.Again+t.sayWho(d, now), &device.Name{ID: id})
			d = t.touch(id, "")
			d.Again, d.Due, d.Late = "", time.Time{}, false
		}
	}
}

// is tells of devices what they are. Of those of which nobody knows there is one message in a while.
func (t *teller) is(now time.Time, what belief) {
	if what == saidUnknown && now.Before(t.head.UnknownAt.Add(unknownPause)) && !now.Before(t.head.UnknownAt) {
		return
	}
	ids := t.pending(now, func(id device.ID, d *subject) bool { return d.Told != what && t.want(id, d) == what })
	if len(ids) == 0 {
		return
	}
	most := oneByOne
	if what == saidUnknown {
		most, t.head.UnknownAt = 1, now
	}
	if len(ids) > most {
		if t.allowed(now) {
			t.queue(t.areMessage(now, ids, what))
			t.noteTold(ids, what)
		}
		return
	}
	for _, id := range ids {
		if t.allowed(now) {
			t.queue(t.isMessage(now, id, what))
			t.noteTold([]device.ID{id}, what)
		}
	}
}

func (t *teller) noteTold(ids []device.ID, what belief) {
	for _, id := range ids {
		d := t.touch(id, "")
		if d.Told == "" {
			d.ToldSince = d.Since
		}
		d.Told, d.Due, d.Late, d.Again, d.Quiet = what, time.Time{}, false, "", false
	}
}

// pending are the devices that belong to a message, in the order of their names: none where none of them is due.
func (t *teller) pending(now time.Time, belongs func(device.ID, *subject) bool) []device.ID {
	var ids []device.ID
	due := false
	for id, d := range t.devices {
		if !d.Due.IsZero() && belongs(id, d) {
			ids = append(ids, id)
			due = due || !d.Due.After(now)
		}
	}
	if !due {
		return nil
	}
	slices.SortFunc(ids, func(a, b device.ID) int {
		return cmp.Or(device.CompareNames(t.devices[a].Name, t.devices[b].Name), cmp.Compare(a, b))
	})
	return ids
}

// states tells of sources and the agent: that they are not well, and that they are again.
func (t *teller) states(now time.Time) {
	for _, n := range slices.Sorted(maps.Keys(t.sources)) {
		s := t.sources[n]
		if s.Due.IsZero() || s.Due.After(now) || s.Kind != "" && !t.allowed(now) {
			continue
		}
		t.queue(t.stateMessage(now, n, s))
		s = t.touchSource(n)
		s.Told, s.Due, s.Late = s.Kind, time.Time{}, false
		if s.Kind == "" {
			delete(t.sources, n)
		}
	}
}

// recovered tells that what the reader knows of is over. It is never held back for the number of messages.
func (t *teller) recovered(now time.Time) {
	ids := t.pending(now, func(id device.ID, d *subject) bool { return d.Told != "" && t.want(id, d) == "" })
	if len(ids) == 0 {
		return
	}
	// What was told together is over together.
	var groups [][]device.ID
	var named []device.ID
	of := map[string]int{}
	for _, id := range ids {
		d := t.devices[id]
		if d.Quiet {
			continue
		}
		named = append(named, id)
		if i, ok := of[d.ToldIn]; ok && d.ToldIn != "" {
			groups[i] = append(groups[i], id)
			continue
		}
		of[d.ToldIn] = len(groups)
		groups = append(groups, []device.ID{id})
	}
	if len(groups) > oneByOne {
		t.queue(t.allUpMessage(now, named))
	} else {
		for _, g := range groups {
			t.queue(t.upMessage(now, g))
		}
	}
	for _, id := range ids {
		d := t.touch(id, "")
		d.Told, d.ToldSince, d.ToldIn, d.ToldRoot, d.Again, d.Due, d.Late, d.Quiet = "", time.Time{}, "", "", "", time.Time{}, false, false
		t.review(id, now)
	}
}
