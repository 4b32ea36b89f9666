package notify

import (
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// teller keeps the ledger: what is true, what the reader was told, and the messages between the two. It does no I/O.
type teller struct {
	*ledger
	wants   func(*device.Event) bool
	settle  time.Duration
	perHour int
	link    string
	zone    *time.Location
}

// wantsTo reports whether the reader wants to be told that a device is in a status.
func (t *teller) wantsTo(to device.Status) bool {
	return t.wants(&device.Event{Type: device.EventVerdictChanged, To: string(to)})
}

func (t *teller) wantsDown() bool {
	return t.wantsTo(device.StatusDown) || t.wants(&device.Event{Type: device.EventIncidentOpened})
}

// fold takes in one event.
func (t *teller) fold(e *device.Event) {
	if e.Seq > 0 {
		t.head.Seq = e.Seq
		t.dirty[keyHead] = true
	}
	switch e.Type {
	case device.EventVerdictChanged, device.EventVerdictPending, device.EventFacetChanged, device.EventDisputeOpened, device.EventDisputeClosed,
		device.EventFlappingStart, device.EventFlappingEnd, device.EventMaintenanceStarted, device.EventMaintenanceEnded,
		device.EventAcknowledged, device.EventAcknowledgedEnded, device.EventUnreachableEnded:
		t.foldDevice(e)
	case device.EventDeviceMerged, device.EventDeviceRetired, device.EventDeviceRenamed:
		t.foldIdentity(e)
	case device.EventIncidentOpened, device.EventIncidentChanged, device.EventIncidentClosed:
		t.foldIncident(e)
	case device.EventSourceBlind, device.EventSourceSuspect, device.EventSourceQuarantined, device.EventSourceRecovered, device.EventSourceUp,
		device.EventAgentDegraded, device.EventAgentRecovered:
		t.foldState(e)
		return
	}
	t.foldNote(e)
}

// foldDevice takes in how a device is: every such event says what mutes it, and most its status.
func (t *teller) foldDevice(e *device.Event) {
	if e.Device == nil {
		return
	}
	id := e.Device.ID
	muted := slices.Contains(e.Overlays, device.OverlayMaintenance) || slices.Contains(e.Overlays, device.OverlayAcknowledged)
	flapping := slices.Contains(e.Overlays, device.OverlayFlapping)
	status := device.Status("")
	switch e.Type {
	case device.EventVerdictPending, device.EventFacetChanged, device.EventDisputeOpened, device.EventDisputeClosed:
	default:
		status = device.Status(e.To)
	}
	held := t.devices[id]
	if held == nil && !muted && !flapping && (status == "" || status == device.StatusUp) {
		return
	}
	d := t.touch(id, e.Device.Name)
	d.Muted, d.Flapping = muted, flapping
	if status != "" && (status != d.Status || e.Type == device.EventVerdictChanged) {
		d.Status, d.Since, d.Old, d.Gone, d.Again = status, e.Since, false, false, ""
	}
	ended := e.Type == device.EventMaintenanceEnded || e.Type == device.EventAcknowledgedEnded
	if ended && !muted && status != device.StatusUp && d.Told == belief(status) && !d.Quiet && !t.behind(id, d) {
		d.Again = "Its maintenance is over."
		if e.Type == device.EventAcknowledgedEnded {
			d.Again = "It is no longer acknowledged."
		}
	}
	if len(e.Votes) > 0 && status != "" {
		d.Who, d.Votes = who(e), says(e)
	}
	t.review(id, e.At)
}

// behind reports whether a device is one of those behind the root of an open incident that the reader knows of.
func (t *teller) behind(id device.ID, d *subject) bool {
	in := t.troubles[d.ToldIn]
	return in != nil && in.Told > 0 && in.Root != id
}

// foldIdentity follows devices that become one, get another name or are forgotten.
func (t *teller) foldIdentity(e *device.Event) {
	if e.Device == nil {
		return
	}
	id := e.Device.ID
	switch e.Type {
	case device.EventDeviceRenamed:
		if t.devices[id] != nil {
			t.touch(id, e.Device.Name)
		}
		return
	case device.EventDeviceRetired:
		if t.devices[id] != nil {
			t.touch(id, e.Device.Name).Gone = true
			t.review(id, e.At)
		}
		return
	}
	if e.Other == nil || t.devices[e.Other.ID] == nil {
		return
	}
	gone := t.touch(e.Other.ID, "")
	if into := t.touch(id, e.Device.Name); into.Told == "" && gone.Told != "" {
		into.Told, into.ToldSince, into.ToldIn, into.ToldRoot, into.Quiet = gone.Told, gone.ToldSince, gone.ToldIn, gone.ToldRoot, gone.Quiet
	}
	delete(t.devices, e.Other.ID)
	t.review(id, e.At)
}

// foldIncident follows which devices belong together. Who joins an incident that the reader knows of is told with it.
func (t *teller) foldIncident(e *device.Event) {
	if e.Because == nil || e.Incident == "" {
		return // of a suspect source: the event of the source says so
	}
	if e.Type == device.EventIncidentClosed {
		t.close(e.Incident, e.At)
		return
	}
	in := t.touchTrouble(e.Incident)
	in.Root, in.Name = e.Because.ID, e.Because.Name
	in.Devices = in.Devices[:0]
	for _, n := range e.Devices {
		in.Devices = append(in.Devices, n.ID)
	}
	if in.Since.IsZero() || e.Type == device.EventIncidentOpened && in.Told == 0 {
		in.Old = false
		in.Since = e.At
		in.Due, in.Held = e.At.Add(t.settle), e.NotifyAt
		if in.Held.After(in.Due) {
			in.Due = in.Held
		}
	}
	for _, n := range e.Devices {
		if t.devices[n.ID] == nil {
			t.touch(n.ID, n.Name).Status = device.StatusDown
		}
	}
	if in.Told > 0 {
		t.join(e.Incident, in, true)
		if in.Due.IsZero() && t.grown(in) {
			in.Due = e.At.Add(t.settle)
			if in.ToldRoot == in.Root {
				in.Due = e.At.Add(max(t.settle, growthSettle))
			}
		}
	}
	t.reviewOf(e.Incident, e.At)
}

// grown reports whether an incident that the reader knows of has become another: a deeper root, or many more devices.
func (t *teller) grown(in *trouble) bool {
	return in.Told > 0 && (in.ToldRoot != in.Root || !in.Grown && len(in.Devices) >= 2*in.Told && len(in.Devices) >= in.Told+growthLeast)
}

// join notes that the devices of an incident are told with it; those that are new to the reader without a word, where it
// is quiet.
func (t *teller) join(id string, in *trouble, quiet bool) {
	root := t.devices[in.Root]
	for _, m := range append([]device.ID{in.Root}, in.Devices...) {
		d := t.devices[m]
		if d == nil || d.Status == device.StatusUp || d.Flapping || d.Told == saidFlapping && quiet || m == in.Root && d.Told == saidDown && d.ToldIn == id {
			continue
		}
		d = t.touch(m, "")
		d.Quiet = quiet && (d.Quiet || d.Told == "")
		if d.Told == "" || d.Told != saidDown && !quiet {
			d.Told, d.ToldSince = saidDown, d.Since
			if d.Since.IsZero() {
				d.ToldSince = in.Since
			}
		}
		d.ToldIn, d.ToldRoot, d.Due, d.Late = id, in.Name, time.Time{}, false
	}
	if root != nil && root.Told == saidDown {
		t.touch(in.Root, "").Again = ""
	}
}

// close ends an incident. What of it was never told is remembered where that was for want of a way to tell it.
func (t *teller) close(id string, at time.Time) {
	in := t.troubles[id]
	if in == nil {
		return
	}
	if in.Told == 0 && in.Late {
		what := in.Name + " was down"
		if n := len(in.Devices) - 1; n > 0 {
			what = in.Name + " was down with all behind it"
		}
		t.miss(what, in.Since, at)
	}
	t.touchTrouble(id)
	delete(t.troubles, id)
	t.reviewOf(id, at)
}

// reviewOf reviews the devices of an incident, and those told as part of it.
func (t *teller) reviewOf(id string, at time.Time) {
	if in := t.troubles[id]; in != nil {
		for _, m := range in.Devices {
			t.review(m, at)
		}
	}
	for m, d := range t.devices {
		if d.ToldIn == id {
			t.review(m, at)
		}
	}
}

// foldState follows sources, and the agent itself.
func (t *teller) foldState(e *device.Event) {
	name, kind := e.Source, strings.TrimPrefix(strings.TrimPrefix(string(e.Type), "source."), "agent.")
	switch e.Type {
	case device.EventSourceRecovered, device.EventSourceUp, device.EventAgentRecovered:
		s := t.sources[name]
		other := e.From == string(device.HealthBlind) || e.From == string(device.HealthSuspect)
		if s == nil || other && (s.Kind == string(device.HealthBlind) || s.Kind == string(device.HealthSuspect)) && e.From != s.Kind {
			return
		}
		s = t.touchSource(name)
		if s.Told == "" && s.Late {
			t.miss(stateName(name)+" was "+s.Kind, s.Since, e.At)
		}
		if s.Kind, s.Due, s.Late = "", e.At.Add(t.settle), false; s.Told == "" {
			delete(t.sources, name)
		}
	default:
		if s := t.sources[name]; !t.wants(e) || s != nil && s.Kind == kind {
			return
		}
		s := t.touchSource(name)
		s.Kind, s.Text, s.Since, s.Due = kind, plain(e.Text), e.At, e.At.Add(t.settle)
		if s.Told == kind {
			s.Due = time.Time{}
		}
	}
}

// foldNote queues what is told as it comes: the types of events that are no state of anything.
func (t *teller) foldNote(e *device.Event) {
	switch e.Type {
	case device.EventVerdictChanged, device.EventVerdictPending, device.EventFlappingStart, device.EventFlappingEnd,
		device.EventIncidentOpened, device.EventIncidentChanged, device.EventIncidentClosed, device.EventMaintenanceStarted,
		device.EventMaintenanceEnded, device.EventAcknowledged, device.EventAcknowledgedEnded, device.EventUnreachableEnded:
		return // what they change is told by what it comes to
	}
	if !t.wants(e) || len(t.outbox) >= maxOutbox {
		return
	}
	for _, o := range e.Overlays {
		if o == device.OverlayMaintenance || o == device.OverlayAcknowledged || o == device.OverlayFlapping {
			return
		}
	}
	if !t.allowed(e.At) {
		return
	}
	t.tell(e.At, noteTitle(e), short(plain(e.Text), maxBody), e.Device)
}

// miss remembers what came and went while nothing could be sent.
func (t *teller) miss(what string, from, to time.Time) {
	t.head.Misses++
	if len(t.head.Missed) < maxMissed {
		t.head.Missed = append(t.head.Missed, plain(what)+" ("+t.clock(from, to)+" to "+t.clock(to, to)+")")
	}
	t.dirty[keyHead] = true
}
