package librenms

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

const (
	eventPage  = 1000
	eventPages = 5 // of one poll; the rest comes with the next
	// noisyFor is how long a warning of the event log is shown, noisy how many of them of one device.
	noisyFor = time.Hour
	noisy    = 5
)

// events are the tail of LibreNMS' event log. The API orders its rows by date and not by id, and start is an offset: a
// page that is full may be followed by a row with a lower id than it holds. So the greatest id counts only once a page
// was not full.
type events struct {
	part
	begun bool
	from  int64 // the first id that is asked for
	start int   // rows of the tail that were read, where it did not end within one poll
	top   int64 // the greatest id among them
	of    map[string]*eventsOf
}

// eventsOf is what is kept of one device's events.
type eventsOf struct {
	last  event   // the newest that says up or down
	noise []event // warnings and errors, the newest first
}

// event is a line of the log.
type event struct {
	id      int64
	at      time.Time
	down    bool
	message string
}

// newer orders events by date, those of one second by id.
func (e event) newer(o event) bool {
	if !e.at.Equal(o.at) {
		return e.at.After(o.at)
	}
	return e.id > o.id
}

// refresh reads what has been added. The first time it takes the newest page alone: the whole history of a server that has
// run for years is nobody's news.
func (e *events) refresh(ctx context.Context, api client, now time.Time, r round, z zone, known func(id string) *seen) {
	e.ask(ctx, "event log", now, 0, func(ctx context.Context) error {
		if e.of == nil {
			e.of = map[string]*eventsOf{}
		}
		defer e.forget(r.now, known)
		if !e.begun {
			n, err := e.page(ctx, api, url.Values{"sortorder": {"DESC"}}, r, z, known)
			if err != nil {
				return err
			}
			// An empty log begins with its first row.
			e.begun = n > 0
			e.from = e.top + 1
			return nil
		}
		for range eventPages {
			n, err := e.page(ctx, api, url.Values{"from": {decimal(e.from)}, "start": {strconv.Itoa(e.start)}}, r, z, known)
			if err != nil {
				return err
			}
			if n < eventPage {
				e.from, e.start = max(e.from, e.top+1), 0
				return nil
			}
			e.start += n
		}
		return nil
	})
}

// page reads one page and returns how many rows it had.
func (e *events) page(ctx context.Context, api client, query url.Values, r round, z zone, known func(id string) *seen) (int, error) {
	query.Set("limit", strconv.Itoa(eventPage))
	n := 0
	err := list(ctx, api, "/logs/eventlog", query, "logs", noLimit, func(row eventRow) {
		n++
		id, ok := row.ID.Int()
		if !ok {
			return
		}
		e.top = max(e.top, id)
		dev, ok := row.DeviceID.Int()
		if !ok {
			if dev, ok = row.Host.Int(); !ok {
				return
			}
		}
		x := event{id: id, at: z.parse(row.Datetime.String(), r.now), message: row.Message.Name()}
		if x.at.After(r.now) {
			x.at = r.now
		}
		if ref := decimal(dev); !x.at.IsZero() && known(ref) != nil {
			e.take(ref, x, row)
		}
	})
	return n, err
}

// The severities of the event log that are trouble: 4 is a warning, 5 an error. That a device went up or down has 2, in
// both cases.
const eventWarning = 4

func (e *events) take(id string, x event, row eventRow) {
	severity, _ := row.Severity.Int()
	kind := strings.ToLower(row.Type.String())
	upDown := kind == "up" || kind == "down"
	if !upDown && severity != eventWarning && severity != eventWarning+1 {
		return
	}
	of := e.of[id]
	if of == nil {
		of = &eventsOf{}
		e.of[id] = of
	}
	x.down = kind == "down"
	switch {
	case upDown && x.newer(of.last):
		of.last = x
	case !upDown && !slices.ContainsFunc(of.noise, func(o event) bool { return o.id == x.id }):
		of.noise = append(of.noise, x)
		slices.SortFunc(of.noise, func(a, b event) int { return cmp.Or(b.at.Compare(a.at), cmp.Compare(b.id, a.id)) })
		of.noise = of.noise[:min(len(of.noise), noisy)]
	}
}

// forget lets go of what is not shown any more.
func (e *events) forget(now time.Time, known func(id string) *seen) {
	for id, of := range e.of {
		of.noise = slices.DeleteFunc(of.noise, func(x event) bool { return now.Sub(x.at) > noisyFor })
		if len(of.noise) == 0 && of.last.id == 0 || known(id) == nil {
			delete(e.of, id)
		}
	}
}

// add gives an observation what the log says of its device: since when it is down, and the warnings of the last hour.
func (e *events) add(o *device.Observation, d seen) {
	of := e.of[o.Ref]
	if of == nil {
		return
	}
	status, known := d.row.Status.Int()
	if x := of.last; x.down && known && status == 0 && !d.disabled() && !d.row.Ignore.Bool() {
		class := classManagement
		if icmp, snmp, _ := reasons(d.row.StatusReason.String()); icmp || !snmp {
			class = classReachability
		}
		o.Alerts = append(o.Alerts, device.Alert{
			Ref: "event:" + decimal(x.id), Class: class, Severity: "critical", State: "firing", Since: x.at, Text: x.message,
		})
	}
	for _, x := range of.noise {
		o.Alerts = append(o.Alerts, device.Alert{
			Ref: "event:" + decimal(x.id), Class: classOf(x.message), Severity: "info", State: "logged", Since: x.at, Text: x.message,
		})
	}
}
