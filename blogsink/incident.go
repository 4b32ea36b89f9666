package blogsink

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/leakcheck"
	"github.com/quorate/quorate/internal/sanitize"
)

// ErrNoIncident says that the record holds no such incident.
var ErrNoIncident = errors.New("the record holds no such incident")

// IncidentOrder names the incident to report on.
type IncidentOrder struct {
	// ID is the incident's; or Device is one that was in it, and the newest is meant.
	ID     string
	Device device.ID
	// Picture is the name of the file that the picture will have beside the report, such as "outage.svg"; without one the
	// report has none.
	Picture string
	// Allowed are tokens that look like identifiers and may pass.
	Allowed []string
}

// IncidentReport is one incident, told like a post: with fictional names, and read by the leak check.
type IncidentReport struct {
	Text    string `json:"text"` // Markdown
	Picture string `json:"picture,omitempty"`
}

// IncidentPicture is a file's name that an IncidentOrder may ask for.
type IncidentPicture struct{ name string }

var pictureForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*\.svg$`)

func (p IncidentPicture) String() string { return p.name }

// Any reports whether there is a picture.
func (p IncidentPicture) Any() bool { return p.name != "" }

// happened is an incident as the record has it.
type happened struct {
	id          string
	first, last int64 // the events that opened and closed it; last is 0 while it lasts
	since       time.Time
	closed      time.Time
	root        device.Name
	source      string // of one that is about a monitor
	members     []device.Name
	most        int // at once
}

// Incident reports on one incident. A *RefusedError says that the leak check found something.
func (s *Sink) Incident(ctx context.Context, o IncidentOrder) (*IncidentReport, error) {
	if o.Picture != "" && !pictureForm.MatchString(o.Picture) {
		return nil, fmt.Errorf("picture %.40q: want small letters, digits and hyphens, and .svg", o.Picture)
	}
	if err := s.turn.take(ctx); err != nil {
		return nil, err
	}
	defer s.turn.leave()
	h, err := s.findIncident(ctx, o)
	if err != nil {
		return nil, err
	}
	w, err := s.watchIncident(ctx, h)
	if err != nil {
		return nil, err
	}
	devices, err := s.opts.History.Devices(ctx)
	if err != nil {
		return nil, fmt.Errorf("devices: %w", err)
	}
	sources, err := s.opts.History.Sources(ctx)
	if err != nil {
		return nil, fmt.Errorf("sources: %w", err)
	}
	registry, err := s.registry(ctx, devices)
	if err != nil {
		return nil, err
	}
	c := &composer{table: s.table, figures: newFigures(0, w.r.last), devices: map[device.ID]*device.Current{}, sources: map[string]device.SourceStatus{}}
	for i := range devices {
		c.devices[devices[i].ID] = &devices[i]
	}
	for _, src := range sources {
		c.sources[src.Name] = src
	}
	c.cleaner = sanitize.NewCleaner(s.table, sanitize.KnownValues(registry, devices))
	f, err := s.incidentFacts(ctx, c, h, w)
	if err != nil {
		return nil, err
	}
	return s.tellIncident(ctx, f, o.Picture, o.Allowed, registry)
}

// tellIncident renders a report and has it checked.
func (s *Sink) tellIncident(ctx context.Context, f *IncidentFacts, picture string, allowed []string, registry leakcheck.Registry) (*IncidentReport, error) {
	var out IncidentReport
	files := []file{}
	if picture != "" && f.Strip.Any() {
		f.Picture = IncidentPicture{picture}
		svg := f.Strip.picture(f.Began.Day(), f.Zone)
		out.Picture = string(svg)
		files = append(files, file{picture, svg})
	}
	var b strings.Builder
	if err := s.pages.t.ExecuteTemplate(&b, "incident", f); err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	text := tidy(b.String())
	out.Text = string(text)
	if err := s.checkFinal(ctx, registry, allowed, append(files, file{"incident.md", text})); err != nil {
		return nil, err
	}
	return &out, nil
}

// findIncident goes through the record: an incident has no index.
func (s *Sink) findIncident(ctx context.Context, o IncidentOrder) (*happened, error) {
	var found *happened
	open := map[string]*happened{}
	err := s.eachEvent(ctx, 0, func(e *device.Event) bool {
		if e.Incident == "" {
			return true
		}
		h := open[e.Incident]
		if h == nil {
			if e.Type != device.EventIncidentOpened {
				return true
			}
			h = &happened{id: e.Incident, first: e.Seq, since: e.Since, source: e.Source}
			if h.since.IsZero() || h.since.After(e.At) {
				h.since = e.At
			}
			open[e.Incident] = h
		}
		if e.Because != nil {
			h.root = *e.Because
		}
		h.most = max(h.most, len(e.Devices))
		for _, d := range e.Devices {
			if !slices.ContainsFunc(h.members, func(m device.Name) bool { return m.ID == d.ID }) {
				h.members = append(h.members, d)
			}
		}
		if o.ID == h.id || o.ID == "" && o.Device != "" && (h.root.ID == o.Device || slices.ContainsFunc(h.members, func(m device.Name) bool { return m.ID == o.Device })) {
			found = h
		}
		if e.Type == device.EventIncidentClosed {
			h.last, h.closed = e.Seq, e.At
			delete(open, e.Incident)
		}
		return true
	})
	if err == nil && found == nil {
		err = ErrNoIncident
	}
	return found, err
}

// eachEvent hands on the events after one in order, until take says that it has enough.
func (s *Sink) eachEvent(ctx context.Context, after int64, take func(*device.Event) bool) error {
	for {
		events, err := s.opts.History.Events(ctx, after, pageSize)
		if err != nil {
			return fmt.Errorf("events: %w", err)
		}
		if len(events) == 0 {
			return nil
		}
		for i := range events {
			if !take(&events[i]) {
				return nil
			}
		}
		after = events[len(events)-1].Seq
	}
}

// watched is what happened around an incident.
type watched struct {
	r            *record
	verdict      *device.Event // of the root: down
	back         *device.Event // of the root: down no longer
	about        []int64       // the events of those who were in it
	settled      time.Time     // when it was over, or the last event
	lasted       time.Duration
	untilDecided time.Duration
}

// The events before an incident that may be about it, and how much more of the time before and after it is shown.
const (
	eventsBefore = 2000
	margin       = 8 // parts of its length
)

// watchIncident reads the events around an incident again.
func (s *Sink) watchIncident(ctx context.Context, h *happened) (*watched, error) {
	w := &watched{r: newRecord(0)}
	w.r.zone, w.r.round = s.zone, roundings[s.cfg.RoundTimes]
	in := map[device.ID]bool{h.root.ID: h.root.ID != ""}
	for _, m := range h.members {
		in[m.ID] = true
	}
	var around []device.Event
	over, beyond := time.Time{}, false
	err := s.eachEvent(ctx, max(0, h.first-eventsBefore), func(e *device.Event) bool {
		if h.last > 0 && e.Seq > h.last && e.At.After(h.closed.Add(h.closed.Sub(h.since)/margin+time.Minute)) {
			beyond = true
			return false
		}
		of := e.Device != nil && in[e.Device.ID] || e.Incident == h.id || e.Source != "" && e.Source == h.source
		if !of {
			if strings.HasPrefix(string(e.Type), "source.") {
				around = append(around, *e)
			}
			over = e.At
			return true
		}
		over = e.At
		around = append(around, *e)
		if e.Type != device.EventVerdictChanged || e.Device == nil || e.Device.ID != h.root.ID {
			return true
		}
		switch {
		case e.To == string(device.StatusDown) && (e.Seq <= h.first || w.verdict == nil):
			w.verdict, w.back = e, nil
		case (e.To == string(device.StatusUp) || e.To == string(device.StatusDegraded)) && w.verdict != nil && w.back == nil && e.Seq > w.verdict.Seq:
			w.back = e
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	began := h.since
	if w.verdict != nil {
		w.untilDecided = max(0, w.verdict.At.Sub(w.verdict.Since))
		if !w.verdict.Since.IsZero() && w.verdict.Since.Before(began) {
			began = w.verdict.Since
		}
	}
	w.settled = h.closed
	if h.last == 0 {
		w.settled = over
	}
	w.lasted = w.settled.Sub(began)
	from := began.Add(-w.lasted/margin - time.Minute)
	for i := range around {
		e := &around[i]
		w.r.add(e)
		if !e.At.Before(began.Add(-time.Minute)) {
			w.about = append(w.about, e.Seq)
		}
	}
	w.r.begin, w.r.end = from, w.settled.Add(w.lasted/margin+time.Minute)
	if h.last == 0 || !beyond && w.r.end.After(over) {
		w.r.end = over
	}
	return w, nil
}
