package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sinks"
)

var start = time.Date(2026, 1, 1, 14, 0, 0, 0, time.UTC)

// tester is a test, or one run of a property.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// world makes the events that a small lab would, by the rules of consensus, and a sink that hears of them.
type world struct {
	t     tester
	now   time.Time
	seq   int64
	state map[string]*thing
	// order is that of their making: a parent stands before its children.
	order []string
	open  map[string]*device.Incident
	made  int

	on      []string
	sink    *Sink
	stored  map[string][]byte
	pending []device.Event // not delivered yet
	dead    bool           // the target
	got     []message
	perHour int
}

type thing struct {
	parent   string
	status   device.Status
	since    time.Time
	overlays map[device.OverlayKind]bool
}

func newWorld(t tester, on ...string) *world {
	w := &world{t: t, now: start, state: map[string]*thing{}, open: map[string]*device.Incident{}, on: on, stored: map[string][]byte{}, perHour: DefaultPerHour}
	if len(on) == 0 {
		for _, entry := range DefaultOn() {
			if _, err := sinks.ParseFilter([]string{entry}); err == nil {
				w.on = append(w.on, entry)
			}
		}
	}
	w.restart()
	return w
}

// device adds one that is up, behind parent.
func (w *world) device(name, parent string) {
	w.state[name] = &thing{parent: parent, status: device.StatusUp, overlays: map[device.OverlayKind]bool{}}
	w.order = append(w.order, name)
}

func id(name string) device.ID       { return device.ID("d_" + name) }
func named(name string) *device.Name { return &device.Name{ID: id(name), Name: name} }

func (w *world) emit(e device.Event) {
	w.seq++
	e.Seq, e.At, e.ID = w.seq, w.now, fmt.Sprint(w.seq)
	w.pending = append(w.pending, e)
}

func (w *world) about(kind device.EventType, name string) device.Event {
	s := w.state[name]
	e := device.Event{Type: kind, Device: named(name), To: string(s.status), Since: s.since, Standing: device.StandingConfirmed}
	for o, on := range s.overlays {
		if on {
			e.Overlays = append(e.Overlays, o)
		}
	}
	return e
}

// becomes changes the status of devices in one instant.
func (w *world) becomes(status device.Status, names ...string) {
	for _, n := range names {
		s := w.state[n]
		if s.status == status {
			continue
		}
		from := s.status
		s.status, s.since = status, w.now
		e := w.about(device.EventVerdictChanged, n)
		e.From = string(from)
		e.Text = fmt.Sprintf("%s is %s: librenms and prtg agree", n, status)
		e.Votes = []device.Vote{
			{Source: "librenms", Facet: device.FacetReach, State: device.State(status), Raw: "status=0 icmp"},
			{Source: "prtg", Facet: device.FacetReach, State: device.State(status)},
			{Source: "snmp", Facet: device.FacetReach, Abstain: device.AbstainStale},
		}
		w.emit(e)
	}
	w.group()
}

func (w *world) overlay(kind device.OverlayKind, on bool, names ...string) {
	for _, n := range names {
		s := w.state[n]
		if s.overlays[kind] == on || kind == device.OverlayAcknowledged && on && s.status == device.StatusUp {
			continue
		}
		s.overlays[kind] = on
		t := map[device.OverlayKind][2]device.EventType{
			device.OverlayMaintenance:  {device.EventMaintenanceEnded, device.EventMaintenanceStarted},
			device.OverlayAcknowledged: {device.EventAcknowledgedEnded, device.EventAcknowledged},
			device.OverlayFlapping:     {device.EventFlappingEnd, device.EventFlappingStart},
		}[kind]
		which := t[0]
		if on {
			which = t[1]
		}
		w.emit(w.about(which, n))
	}
}

// root is the highest device that is down above one that is.
func (w *world) root(n string) string {
	for p := w.state[n].parent; p != "" && w.state[p].status == device.StatusDown; p = w.state[p].parent {
		n = p
	}
	return n
}

// group keeps the incidents.
func (w *world) group() {
	in := map[string]*device.Incident{} // by device
	changed, opened := map[string]bool{}, map[string]bool{}
	for _, i := range w.open {
		i.Devices = slices.DeleteFunc(i.Devices, func(d device.Name) bool {
			up := w.state[d.Name].status == device.StatusUp || w.state[d.Name].status == device.StatusDegraded
			changed[i.ID] = changed[i.ID] || up
			return up
		})
		if n := i.Root.Name; w.state[n].status == device.StatusDown && len(i.Devices) > 0 && !slices.Contains(i.Devices, i.Root) {
			i.Devices, changed[i.ID] = append(i.Devices, i.Root), true // down again before the others were up
		}
		for _, d := range i.Devices {
			in[d.Name] = i
		}
	}
	for _, n := range w.order {
		if w.state[n].status != device.StatusDown || in[n] != nil {
			continue
		}
		root := w.root(n)
		i := in[root]
		if i == nil {
			w.made++
			i = &device.Incident{ID: fmt.Sprintf("i_%d", w.made), Root: *named(n), OpenedAt: w.now, Kind: "down"}
			w.open[i.ID], opened[i.ID] = i, true
		}
		i.Devices = append(i.Devices, *named(n))
		in[n], changed[i.ID] = i, true
	}
	ids := make([]string, 0, len(w.open))
	for id := range w.open {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		i := w.open[id]
		e := device.Event{Type: device.EventIncidentChanged, Incident: id, Because: &i.Root, Device: &i.Root, Devices: slices.Clone(i.Devices)}
		switch {
		case len(i.Devices) == 0:
			e.Type = device.EventIncidentClosed
			delete(w.open, id)
		case opened[id]:
			e.Type = device.EventIncidentOpened
		case !changed[id]:
			continue
		}
		w.emit(e)
	}
}

// now is the state as the agent would tell it.
func (w *world) current() State {
	var s State
	for _, n := range w.order {
		c := device.Current{ID: id(n), Name: n, Status: w.state[n].status, Since: w.state[n].since}
		for o, on := range w.state[n].overlays {
			if on {
				c.Overlays = append(c.Overlays, o)
			}
		}
		s.Devices = append(s.Devices, c)
	}
	for _, i := range w.open {
		in := *i
		in.Devices = slices.Clone(i.Devices)
		s.Incidents = append(s.Incidents, in)
	}
	return s
}

// restart makes the sink anew, with what was stored.
func (w *world) restart() {
	filter, err := sinks.ParseFilter(w.on)
	if err != nil {
		w.t.Fatal(err)
	}
	w.sink, err = New(Config{URLs: []device.Secret{"ntfy://192.0.2.1/topic"}, PerHour: w.perHour, Timezone: "UTC"}, Options{
		Name: "phone", Filter: filter, State: w.current, Clock: func() time.Time { return w.now }, First: time.Second, Most: time.Minute,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.sink.send = func(_ context.Context, m *message, _ time.Time) (int64, error) {
		if w.dead {
			return 0, errors.New("ntfy: the connection was refused")
		}
		w.got = append(w.got, *m)
		return m.ID, nil
	}
	var entries []Entry
	for k, v := range w.stored {
		entries = append(entries, Entry{Key: k, Value: v})
	}
	if err := w.sink.Recall(entries); err != nil {
		w.t.Fatal(err)
	}
}

// deliver calls the sink once, and stores its book unless it is killed before that.
func (w *world) deliver(n int, killed bool) {
	if took, _ := w.sink.Deliver(context.Background(), w.pending[:n]); took != n {
		w.t.Fatalf("took %d of %d", took, n)
	}
	if killed {
		w.restart()
		return
	}
	w.pending = w.pending[n:]
	w.book()
}

func (w *world) book() {
	for _, e := range w.sink.Book() {
		if e.Value == nil {
			delete(w.stored, e.Key)
		} else {
			w.stored[e.Key] = e.Value
		}
	}
}

// drain hands over all events and everything that is due by now.
func (w *world) drain() {
	w.deliver(len(w.pending), false)
	for range 1000 {
		at := w.sink.Next()
		if at.IsZero() || at.After(w.now) {
			return
		}
		w.deliver(0, false)
	}
	w.t.Fatal("the sink wants to be called without end")
}

// pass lets time pass, second by second where the sink wants that.
func (w *world) pass(d time.Duration) {
	w.drain()
	end := w.now.Add(d)
	for {
		at := w.sink.Next()
		if at.IsZero() || at.After(end) {
			break
		}
		if at.After(w.now) {
			w.now = at
		}
		w.drain()
	}
	w.now = end
	w.drain()
}

// titles are those of all messages so far.
func (w *world) titles() []string {
	var out []string
	for _, m := range w.got {
		out = append(out, m.Title)
	}
	return out
}

// want compares the titles of all messages since the last call.
func (w *world) want(titles ...string) {
	w.t.Helper()
	if got := w.titles(); !slices.Equal(got, titles) {
		w.t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(titles, "\n  "))
	}
	w.got = nil
}
