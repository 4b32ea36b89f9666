package notify

import (
	"time"

	"github.com/quorate/quorate/device"
)

// Nobody is woken twice for what could be said once.
const (
	// unknownSettle is how much longer devices of which nobody knows are waited for: their claims age out one after the
	// other. There is one message about them in unknownPause.
	unknownSettle = 30 * time.Second
	unknownPause  = 10 * time.Minute
	// growthSettle is how long an incident may go on growing before that is told, and growthLeast the devices that it
	// must have grown by.
	growthSettle = time.Minute
	growthLeast  = 5
	// oneByOne is how many things of a kind are told in a message each; more are one message.
	oneByOne = 3
	// maxOutbox bounds the messages that wait; what is true is kept all the same, and told later.
	maxOutbox = 50
	maxMissed = 5
	// maxWait is longer than anything is ever held back: what seems due later is due by a clock that was set back.
	maxWait = 15 * time.Minute
)

// want is what the reader should be told of a device as it is now: what they were told already, where nothing is to be
// said.
func (t *teller) want(id device.ID, d *subject) belief {
	well := d.Gone || d.Status == device.StatusUp || d.Status == device.StatusDegraded && (d.Muted || !t.wantsTo(device.StatusDegraded))
	switch {
	case well && !d.Gone && d.Flapping && !d.Muted:
		if t.wants(&device.Event{Type: device.EventFlappingStart, To: string(d.Status)}) {
			return saidFlapping
		}
		return d.Told
	case well && t.held(id, d):
		return d.Told
	case well:
		return "" // what mutes the bad news never mutes that it is over
	case d.Muted || d.Old:
		return d.Told
	case d.Flapping:
		if t.wants(&device.Event{Type: device.EventFlappingStart, To: string(d.Status)}) {
			return saidFlapping
		}
		return d.Told
	case d.Status == device.StatusDegraded:
		if t.held(id, d) {
			return d.Told
		}
		return saidDegraded
	case d.Status == device.StatusUnknown:
		if t.wantsTo(device.StatusUnknown) {
			return saidUnknown
		}
		return d.Told
	case d.Told == saidFlapping && t.settled(id):
		return saidDown
	}
	return d.Told // that it is down is told by its incident
}

// held reports whether that a device is well again waits until the rest of its incident is.
func (t *teller) held(id device.ID, d *subject) bool {
	in := t.troubles[d.ToldIn]
	if in == nil || in.Told == 0 || d.Told != saidDown && d.Told != saidUnknown {
		return false
	}
	for _, m := range in.Devices {
		if m != id {
			return true
		}
	}
	return false
}

// settled reports whether no incident of the device will be told.
func (t *teller) settled(id device.ID) bool {
	for _, in := range t.troubles {
		if in.Root == id {
			return in.Told > 0 || in.Old
		}
	}
	return true
}

// review works out whether there is anything to tell of a device, and from when on.
func (t *teller) review(id device.ID, at time.Time) {
	d := t.devices[id]
	if d == nil {
		return
	}
	want := t.want(id, d)
	if want == d.Told && d.Again == "" {
		if d.Late && d.Told == "" {
			t.miss(d.Name+" was "+string(device.StatusUnknown), d.Due, at)
		}
		if !d.Due.IsZero() {
			d = t.touch(id, "")
			d.Due, d.Late = time.Time{}, false
		}
		if d.Told == "" && (d.Gone || d.Status == device.StatusUp && !d.Muted && !d.Flapping) {
			t.touch(id, "")
			delete(t.devices, id)
		}
		return
	}
	if !d.Due.IsZero() {
		return
	}
	d = t.touch(id, "")
	if d.Due = at.Add(t.settle); want == saidUnknown {
		d.Due = d.Due.Add(unknownSettle)
	}
}

// next is when something is due; zero where nothing is.
func (t *teller) next() time.Time {
	if t.known {
		return t.due
	}
	t.due, t.known = t.earliest(), true
	return t.due
}

func (t *teller) earliest() time.Time {
	var first time.Time
	sooner := func(at time.Time) {
		if !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	full := t.head.Sent >= t.perHour && t.head.Full
	bad := func(at time.Time) {
		if full && !at.IsZero() && at.Before(t.head.Hour.Add(time.Hour)) {
			at = t.head.Hour.Add(time.Hour)
		}
		sooner(at)
	}
	if t.head.Misses > 0 {
		bad(time.Unix(1, 0)) // since long
	}
	for _, in := range t.troubles {
		if t.tellable(in) {
			bad(in.Due)
		}
	}
	for id, d := range t.devices {
		switch want := t.want(id, d); {
		case d.Due.IsZero(), want == d.Told && d.Again == "":
		case want == "":
			sooner(d.Due)
		case want == saidUnknown && d.Told != saidUnknown && d.Due.Before(t.head.UnknownAt.Add(unknownPause)):
			bad(t.head.UnknownAt.Add(unknownPause))
		default:
			bad(d.Due)
		}
	}
	for _, s := range t.sources {
		if s.Kind == "" {
			sooner(s.Due)
		} else {
			bad(s.Due)
		}
	}
	return first
}

// tellable reports whether an incident has something to tell: that it is there, or what has become of it.
func (t *teller) tellable(in *trouble) bool {
	root := t.devices[in.Root]
	if in.Old || in.Due.IsZero() || root == nil || root.Muted || root.Flapping || root.Status != device.StatusDown || !t.wantsDown() {
		return false
	}
	return in.Told == 0 || t.grown(in)
}
