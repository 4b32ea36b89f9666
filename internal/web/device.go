package web

import (
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/access"
	"github.com/quorate/quorate/internal/view"
)

// devices are the pages of devices and incidents, and what their forms order.
func (s *Site) devices(page func(method, path string, scope access.Scope, h http.HandlerFunc)) {
	page(http.MethodGet, "/devices/{device}", access.Read, s.devicePage)
	page(http.MethodGet, "/devices/{device}/identity", access.Read, s.identityPage)
	page(http.MethodGet, "/incidents", access.Read, s.incidentsPage)
	page(http.MethodGet, "/incidents/{incident}", access.Read, s.incidentPage)
	if s.opt.Act == nil {
		return
	}
	// What a form ordered in vain is answered at its own address: whoever asks for that anew sees the page as it is.
	page(http.MethodGet, "/devices/{device}/acknowledgement", access.Read, s.devicePage)
	page(http.MethodPost, "/devices/{device}/acknowledgement", access.Ack, s.acknowledge)
	page(http.MethodGet, "/devices/{device}/maintenance", access.Read, s.devicePage)
	page(http.MethodPost, "/devices/{device}/maintenance", access.Admin, s.maintain)
	page(http.MethodGet, "/devices/{device}/preview", access.Propose, s.previewIdentity)
	page(http.MethodPost, "/devices/{device}/identity", access.Approve, s.orderIdentity)
}

// deviceFuncs are the words of these templates.
var deviceFuncs = template.FuncMap{
	"figure":    figure,
	"partName":  partName,
	"number":    func(i int) int { return i + 1 },
	"fewer":     func(few, n int) int { return n - few },
	"hangers":   behindRoot,
	"incident":  incidentName,
	"laneClass": laneClass,
}

// eventsOfDevice is how many events of a device its page has; the rest is behind a link.
const eventsOfDevice = 20

type devicePage struct {
	Device   device.Current
	Profile  device.Profile
	Row      row
	Sentence string
	Stand    string
	// Change says what would change the verdict.
	Change   string
	Verdict  *device.Verdict
	Verdicts []device.Verdict
	Events   []device.Event
	Names    []string
	// Now and Then are the votes of now and those behind the verdict.
	Now, Then ballots
	Lanes     lanesPart
	Readings  readingsPart
	Children  []device.Current
	Alerts    []device.ReportedAlert
	// Done says what a form has just done. Form is what was filled into one, and what is wrong with it.
	Done string
	Form deviceForm
	// CanOrder says that there is somebody who carries out orders.
	CanOrder bool
}

// Acknowledged reports whether somebody knows of the device's problem.
func (p *devicePage) Acknowledged() bool { return p.muted(device.OverlayAcknowledged) }

// InMaintenance reports whether the device is in maintenance.
func (p *devicePage) InMaintenance() bool { return p.muted(device.OverlayMaintenance) }

func (p *devicePage) muted(kind device.OverlayKind) bool {
	return slices.ContainsFunc(p.Device.Mutes, func(m device.Mute) bool { return m.Kind == kind && !m.Ended })
}

// ballots is votes in two parts: what decides or is wrong, and that parts are well, which would bury it.
type ballots struct{ Telling, Well []device.Vote }

func sortBallots(votes []device.Vote) ballots {
	var b ballots
	for _, v := range votes {
		if v.Facet == device.FacetHealth && v.State == device.StateOK {
			b.Well = append(b.Well, v)
			continue
		}
		b.Telling = append(b.Telling, v)
	}
	return b
}

// find returns the device that the address names; where there is none, it has answered so.
func (s *Site) find(w http.ResponseWriter, r *http.Request) (device.Current, bool) {
	d, ok := s.opt.Read.Device(r.PathValue("device"), s.opt.Now())
	if !ok {
		s.render(w, r, http.StatusNotFound, "missing", &frame{Title: "No such device"})
	}
	return d, ok
}

func (s *Site) devicePage(w http.ResponseWriter, r *http.Request) {
	if d, ok := s.find(w, r); ok {
		s.showDevice(w, r, http.StatusOK, d, deviceForm{})
	}
}

// showDevice answers with the page of a device, and in it a form as it was filled in.
func (s *Site) showDevice(w http.ResponseWriter, r *http.Request, status int, d device.Current, form deviceForm) {
	page, err := s.buildDevice(r, d)
	if err != nil {
		s.unreadable(w, "device", err)
		return
	}
	page.Form = form
	s.render(w, r, status, "device", &frame{Title: clean(d.Name), Here: "/devices", Content: page})
}

func (s *Site) buildDevice(r *http.Request, d device.Current) (*devicePage, error) {
	ctx, read, now := r.Context(), s.opt.Read, s.opt.Now()
	page := &devicePage{Device: d, Row: buildRow(d, sourceNames(read.Sources(now))), Now: sortBallots(d.Votes), Change: whatWouldChange(&d), CanOrder: s.opt.Act != nil}
	page.Done = doneWords[r.URL.Query().Get("done")]
	page.Profile, _ = read.Profile(d.ID)
	v, ok, err := read.VerdictAt(ctx, d.ID, now)
	if err != nil {
		return nil, err
	}
	if ok {
		page.Verdict, page.Then = &v, sortBallots(v.Votes)
	}
	e := read.Explain(d.ID, page.Verdict, now)
	page.Sentence, page.Stand = e.Text, e.Now
	if page.Verdicts, err = read.Verdicts(ctx, d.ID, 20); err != nil {
		return nil, err
	}
	if page.Events, err = read.EventsOf(ctx, d.ID, eventsOfDevice); err != nil {
		return nil, err
	}
	if page.Lanes, err = s.lanes(r, d); err != nil {
		return nil, err
	}
	readings, err := read.Readings(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	page.Readings = buildReadings(readings)
	alerts, err := read.Alerts(ctx)
	if err != nil {
		return nil, err
	}
	page.Alerts = slices.DeleteFunc(alerts, func(a device.ReportedAlert) bool { return a.Device.ID != d.ID })
	page.Names = append(append(append(page.Names, d.Addresses...), d.Hostnames...), d.MACs...)
	page.Children = slices.DeleteFunc(read.Devices(now), func(c device.Current) bool {
		return !slices.ContainsFunc(c.Parents, func(p device.Parent) bool { return p.ID == d.ID && p.ID != "" || p.ID == "" && p.Name == d.Name })
	})
	return page, nil
}

// whatWouldChange says how the votes on reach stand, and from where on they would say otherwise.
func whatWouldChange(d *device.Current) string {
	i := slices.IndexFunc(d.Tallies, func(t device.Tally) bool { return t.Facet == device.FacetReach })
	if i < 0 {
		return ""
	}
	t := &d.Tallies[i]
	if t.Up+t.Down <= 0 {
		return "Nobody's vote counts now: the first that does would change that."
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Of the votes' weight %.0f %% says down, %.0f %% up. By the default rule it is down from 62.5 %% on, up to 37.5 %%, and contested in between", 100*t.Share, 100*(1-t.Share))
	switch {
	case t.Needed > 0:
		fmt.Fprintf(&b, "; %d of %d measurements are in for %s", t.Counted, t.Needed, clean(t.Proposal))
	case t.Voters < t.Quorum:
		fmt.Fprintf(&b, "; %d of the %d witnesses it takes vote", t.Voters, t.Quorum)
	}
	return b.String() + "."
}

// lanesPart is the picture of what was said over time, and its figures.
type lanesPart struct {
	view.Lanes
	// Wide is for a desk and Narrow for a phone: the same picture.
	Wide, Narrow template.HTML
	Span         string
	Spans        []laneSpan
	Earlier      string // queries of addresses; "" where there is nothing
	Later        string
	// At is the time looked at, where it is not now, with the verdict of then.
	At      time.Time
	Then    string
	Beyond  string // why nothing is known of then
	Asked   string // what was asked for
	Wrong   string // what is wrong with it
	Unknown bool   // the record does not reach back to the beginning
}

// laneSpan is a choice of how much time is shown.
type laneSpan struct {
	Name, Query string
	Here        bool
}
