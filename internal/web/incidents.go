package web

import (
	"math"
	"net/http"
	"slices"
	"strconv"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/chart"
	"github.com/quorate/quorate/internal/view"
)

// incidentsShown is how many closed incidents a page has.
const incidentsShown = 30

// incidentsPage is the open incidents and, a page at a time, those that are over.
type incidentsPage struct {
	Show   string // "", "open" or "closed"
	Open   []device.Incident
	Closed []view.Incident
	// Older is the query of the next page, "" where there is none. First says that this is the first page.
	Older string
	First bool
}

// behindRoot are the devices of an incident but its root.
func behindRoot(in device.Incident) []device.Name {
	return slices.DeleteFunc(slices.Clone(in.Devices), func(n device.Name) bool { return n.ID == in.Root.ID })
}

func (s *Site) incidentsPage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	page := incidentsPage{Show: q.Get("show"), First: true}
	if page.Show != "open" && page.Show != "closed" {
		page.Show = ""
	}
	before := int64(math.MaxInt64)
	if n, err := strconv.ParseInt(q.Get("before"), 10, 64); err == nil && n > 0 {
		before, page.First = n, false
	}
	if page.Show != "closed" && page.First {
		page.Open = slices.Clone(s.opt.Read.Incidents())
		slices.SortStableFunc(page.Open, func(a, b device.Incident) int { return b.OpenedAt.Compare(a.OpenedAt) })
	}
	if page.Show != "open" {
		closed, err := s.opt.Read.ClosedIncidents(r.Context(), before, incidentsShown+1)
		if err != nil {
			s.unreadable(w, "incidents", err)
			return
		}
		if len(closed) > incidentsShown {
			closed = closed[:incidentsShown]
			page.Older = "?before=" + strconv.FormatInt(closed[incidentsShown-1].Closed, 10)
			if page.Show != "" {
				page.Older += "&show=" + page.Show
			}
		}
		page.Closed = closed
	}
	s.render(w, r, http.StatusOK, "incidents", &frame{Title: "Incidents", Here: "/incidents", Content: page})
}

// incidentPage is one incident with what happened during it.
type incidentPage struct {
	view.IncidentReport
	// Members are all devices that it ever held, as they are now, with what each was during it.
	Members []incidentMember
	More    int // members that are left out
	// Opening is the verdict that it began with, and its votes.
	Opening *device.Event
	Votes   ballots
	Strip   lanesPart
}

// incidentMember is a device of an incident.
type incidentMember struct {
	Name         device.Name
	Row          row
	Known        bool
	Acknowledged bool
	Root         bool
}

// membersShown is how many devices an incident's page has strips for.
const membersShown = 40

func (s *Site) incidentPage(w http.ResponseWriter, r *http.Request) {
	report, ok, err := s.opt.Read.Incident(r.Context(), r.PathValue("incident"))
	if err != nil {
		s.unreadable(w, "incident", err)
		return
	}
	if !ok {
		s.render(w, r, http.StatusNotFound, "missing", &frame{Title: "No such incident"})
		return
	}
	now := s.opt.Now()
	page := incidentPage{IncidentReport: report}
	page.Opening = openingOf(&report)
	if page.Opening != nil {
		page.Votes = sortBallots(page.Opening.Votes)
	}
	everyone := report.Everyone
	if len(everyone) == 0 {
		everyone = report.Devices
	}
	if page.More = len(everyone) - membersShown; page.More > 0 {
		everyone = everyone[:membersShown]
	}
	sources := sourceNames(s.opt.Read.Sources(now))
	for _, n := range everyone {
		m := incidentMember{Name: n, Root: n.ID == report.Root.ID}
		if d, ok := s.opt.Read.Device(string(n.ID), now); ok {
			m.Row, m.Known = buildRow(d, sources), true
			m.Acknowledged = slices.ContainsFunc(d.Mutes, func(x device.Mute) bool { return x.Kind == device.OverlayAcknowledged && !x.Ended })
		}
		page.Members = append(page.Members, m)
	}
	if page.Strip, err = s.incidentStrip(r, &page, everyone); err != nil {
		s.unreadable(w, "incident", err)
		return
	}
	s.render(w, r, http.StatusOK, "incident", &frame{Title: "Incident: " + clean(incidentName(report.Incident.Incident)), Here: "/incidents", Content: page})
}

// openingOf is the verdict on the root that an incident began with; nil where it is not on record.
func openingOf(report *view.IncidentReport) *device.Event {
	var began *device.Event
	for i := range report.Timeline {
		e := &report.Timeline[i]
		if e.Type == device.EventIncidentOpened && began != nil {
			return began
		}
		if e.Type == device.EventVerdictChanged && e.To == string(device.StatusDown) && e.Device != nil && e.Device.ID == report.Root.ID && len(e.Votes) > 0 {
			if began != nil && e.At.After(report.OpenedAt) {
				return began
			}
			began = e
		}
	}
	return began
}

// incidentName is what an incident is called.
func incidentName(in device.Incident) string {
	if in.Kind == "suspect" {
		return in.Source + " is not believed"
	}
	return in.Root.Name + " is down"
}

// stripDevices is how many devices the picture of an incident has.
const stripDevices = 12

// incidentStrip draws the verdicts of the devices on one axis, from a little before the incident to a little after.
func (s *Site) incidentStrip(r *http.Request, page *incidentPage, devices []device.Name) (lanesPart, error) {
	now := s.opt.Now()
	to := now
	if !page.ClosedAt.IsZero() {
		to = page.ClosedAt
	}
	margin := max(to.Sub(page.OpenedAt)/8, 5*60*1e9)
	from := page.OpenedAt.Add(-margin)
	if to = to.Add(margin); to.After(now) {
		to = now
	}
	part := lanesPart{Lanes: view.Lanes{From: from, To: to}}
	devices = devices[:min(len(devices), stripDevices)]
	pictures := [2]chart.Strip{
		{Head: chart.Head{ID: "strip-wide", Wide: true, Bare: true}, From: from, To: to},
		{Head: chart.Head{ID: "strip-narrow", Bare: true}, From: from, To: to},
	}
	for _, n := range devices {
		l, err := s.opt.Read.Lanes(r.Context(), n.ID, from, to)
		if err != nil {
			return part, err
		}
		for i := range pictures {
			pictures[i].Rows = append(pictures[i].Rows, chart.Row{Label: n.Name, Spans: spansOf(l.Verdict)})
		}
		part.Sources = append(part.Sources, view.Lane{Source: n.Name, Spans: l.Verdict})
	}
	for i := range pictures {
		pictures[i].Desc = "What each device of the incident was held to be, from a little before its beginning on."
	}
	part.Wide, part.Narrow = picture(&pictures[0]), picture(&pictures[1])
	return part, nil
}
