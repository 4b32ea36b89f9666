package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

const (
	eventsShown = 100
	// eventsTaken is how many go into one file of JSON lines.
	eventsTaken = 1000
)

// eventsPage is the tail of the record: what a filter in the address selects, newest first.
type eventsPage struct {
	Filter eventFilter
	Kinds  []eventKind
	Rows   []eventRow
	// Tail says that this is the end of the record, which may be followed; else it is a page of the past.
	Tail bool
	// Older, Newer and Lines are queries of addresses with the same filter, "" where there is nothing; Lines is of what is
	// shown.
	Older, Newer, Newest, Lines string
	// Reached is the oldest event looked at, where the search ended before its time.
	Reached int64
	Stages  []stageCount
}

// eventKind is a group of types, as a choice of the filter.
type eventKind struct {
	Name  string
	Types []device.EventType
}

// eventKinds groups the types by what they are about.
func eventKinds() []eventKind {
	var out []eventKind
	for _, t := range device.EventTypes() {
		name, _, _ := strings.Cut(string(t), ".")
		if n := len(out); n > 0 && out[n-1].Name == name {
			out[n-1].Types = append(out[n-1].Types, t)
			continue
		}
		out = append(out, eventKind{name, []device.EventType{t}})
	}
	return out
}

// eventFilter is what the address asks for, as it was written, with what is wrong with it by field.
type eventFilter struct {
	Type, Device, Source, Text, Since, Until string
	Wrong                                    map[string]string
	which                                    device.EventWhich
}

// readEventFilter understands the filter of an address. A type is one of device.EventTypes, or what stands before its
// dot; times are UTC, or lengths of time like "36h" before now.
func (s *Site) readEventFilter(q url.Values) eventFilter {
	f := eventFilter{
		Type: q.Get("type"), Device: clean(q.Get("device")), Source: clean(q.Get("source")), Text: clean(q.Get("q")),
		Since: clean(q.Get("since")), Until: clean(q.Get("until")), Wrong: map[string]string{},
	}
	f.which = device.EventWhich{Source: f.Source, Text: f.Text}
	if f.Type != "" {
		for _, t := range device.EventTypes() {
			if string(t) == f.Type || strings.HasPrefix(string(t), f.Type+".") {
				f.which.Types = append(f.which.Types, t)
			}
		}
		if f.which.Types == nil {
			f.Wrong["type"], f.Type = "There is no such type.", ""
		}
	}
	if f.Device != "" {
		if d, ok := s.opt.Read.Device(f.Device, s.opt.Now()); ok {
			f.which.Devices = []device.ID{d.ID}
		} else {
			f.Wrong["device"] = "No device has this name, id or address."
		}
	}
	for _, x := range []struct {
		field string
		value *string
		at    *time.Time
	}{{"since", &f.Since, &f.which.Since}, {"until", &f.Until, &f.which.Until}} {
		if *x.value == "" {
			continue
		}
		at, ok := readTime(*x.value, s.opt.Now())
		if !ok {
			f.Wrong[x.field] = "Write a time like 2026-01-15T12:00, or 36h for so long ago."
			continue
		}
		*x.at, *x.value = at, at.Format("2006-01-02T15:04:05")
	}
	for name, number := range map[string]*int64{"before": &f.which.Before, "after": &f.which.After} {
		if v := q.Get(name); v != "" {
			n, err := strconv.ParseInt(v, 10, 64)
			if err != nil || n < 0 {
				f.Wrong["page"] = "The page that the address names is none: a number of an event stands behind " + name + "."
				continue
			}
			*number = n
		}
	}
	return f
}

// readTime understands a time in UTC, or a length of time before now.
func readTime(text string, now time.Time) (time.Time, bool) {
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago).UTC().Truncate(time.Second), true
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if at, err := time.Parse(form, text); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}

// query is the filter as an address has it, with more keys and values behind it.
func (f *eventFilter) query(more ...string) string {
	q := url.Values{}
	for key, value := range map[string]string{"type": f.Type, "device": f.Device, "source": f.Source, "q": f.Text, "since": f.Since, "until": f.Until} {
		if value != "" {
			q.Set(key, value)
		}
	}
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return "?" + q.Encode()
}

// Set reports whether anything is filtered.
func (f *eventFilter) Set() bool { return f.query() != "?" }

func (s *Site) eventsPage(w http.ResponseWriter, r *http.Request) {
	page := eventsPage{Filter: s.readEventFilter(r.URL.Query()), Kinds: eventKinds()}
	f := &page.Filter
	status := http.StatusOK
	if len(f.Wrong) > 0 {
		status = http.StatusBadRequest
	} else {
		found, err := s.opt.Read.EventsWhere(r.Context(), f.which, eventsShown)
		if err != nil {
			s.unreadable(w, "events", err)
			return
		}
		page.fill(&found)
	}
	s.stages(&page)
	s.render(w, r, status, "events", &frame{Title: "Events", Here: "/events", Scripts: []string{"events.js"}, Content: &page})
}

// fill puts in what was found, with the way to what is older and newer.
func (p *eventsPage) fill(found *device.EventsFound) {
	f, before, after := &p.Filter, p.Filter.which.Before, p.Filter.which.After
	for i := range found.Events {
		p.Rows = append(p.Rows, eventRowOf(&found.Events[i]))
	}
	p.Tail = before == 0 && after == 0
	forward := after > 0 && before == 0
	if (found.Enough || forward) && found.Oldest > 1 {
		p.Older = f.query("before", strconv.FormatInt(found.Oldest, 10))
		if !forward && len(found.Events) < eventsShown {
			p.Reached = found.Oldest
		}
	}
	if before > 0 || forward && found.Enough {
		p.Newer = f.query("after", strconv.FormatInt(max(found.Newest, before-1), 10))
	}
	if !p.Tail {
		p.Newest = f.query()
	}
	if n := len(found.Events); n > 0 {
		first, last := strconv.FormatInt(found.Events[0].Seq+1, 10), strconv.FormatInt(found.Events[n-1].Seq-1, 10)
		p.Lines = f.query("before", first, "after", last)
	}
}

// eventLines are the events of a filter as JSON lines, a thousand at most, newest first: the same that the API and the
// live stream have.
func (s *Site) eventLines(w http.ResponseWriter, r *http.Request) {
	f := s.readEventFilter(r.URL.Query())
	for _, wrong := range f.Wrong {
		http.Error(w, wrong, http.StatusBadRequest)
		return
	}
	found, err := s.opt.Read.EventsWhere(r.Context(), f.which, eventsTaken)
	if err != nil {
		s.unreadable(w, "events", err)
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("Cache-Control", "no-cache")
	out := json.NewEncoder(w)
	for i := range found.Events {
		if out.Encode(&found.Events[i]) != nil {
			return // whoever asked is gone
		}
	}
}

// unreadable says that the record could not be read; why is for the log.
func (s *Site) unreadable(w http.ResponseWriter, page string, err error) {
	s.opt.Log.Error("page not rendered", "page", page, "err", err)
	http.Error(w, "The record could not be read; the agent's log says why.", http.StatusInternalServerError)
}
