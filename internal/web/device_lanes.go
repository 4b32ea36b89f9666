package web

import (
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/chart"
	"github.com/quorate/quorate/internal/view"
)

// laneLength is how much time may be shown.
type laneLength struct {
	name string
	long time.Duration
}

var (
	// aDay is what is shown where nothing else is asked for.
	aDay        = laneLength{"24h", 24 * time.Hour}
	laneLengths = []laneLength{{"1h", time.Hour}, {"6h", 6 * time.Hour}, aDay, {"7d", 7 * 24 * time.Hour}}
)

// lengthOf is the shortest in which all fits that is on record since known, a day at most: a young record would be a sliver
// at the edge of a day.
func lengthOf(known, now time.Time) laneLength {
	for _, l := range laneLengths {
		if l == aDay || known.After(now.Add(-l.long)) {
			return l
		}
	}
	return aDay
}

// lanes reads what the address asks for: span, and at for a time that is over, which is then in the middle.
func (s *Site) lanes(r *http.Request, d device.Current) (lanesPart, error) {
	now := s.opt.Now()
	q := r.URL.Query()
	long, chosen := aDay, false
	for _, l := range laneLengths {
		if l.name == q.Get("span") {
			long, chosen = l, true
		}
	}
	out := lanesPart{}
	to := now
	if out.Asked = clean(q.Get("at")); out.Asked != "" {
		at, ok := readTime(out.Asked, now)
		switch {
		case !ok:
			out.Wrong = "Write a time like 2026-01-15T12:00 in UTC, or 36h for so long ago."
		case at.Before(now):
			out.At = at
			if to = at.Add(long.long / 2); to.After(now) {
				to = now
			}
		}
	}
	from := to.Add(-long.long)
	if !out.At.IsZero() {
		if err := s.explainThen(r, d, &out); err != nil {
			return out, err
		}
	}
	var err error
	if out.Lanes, err = s.opt.Read.Lanes(r.Context(), d.ID, from, to); err != nil {
		return out, err
	}
	if young := lengthOf(out.Known, to); !chosen && out.At.IsZero() && young != long {
		long, from = young, to.Add(-young.long)
		if out.Lanes, err = s.opt.Read.Lanes(r.Context(), d.ID, from, to); err != nil {
			return out, err
		}
	}
	out.Span = long.name
	out.Unknown = out.Known.After(from)
	link := func(span string, at time.Time) string {
		v := url.Values{"span": {span}}
		if !at.IsZero() {
			v.Set("at", at.UTC().Format("2006-01-02T15:04:05"))
		}
		return "?" + v.Encode()
	}
	for _, l := range laneLengths {
		out.Spans = append(out.Spans, laneSpan{l.name, link(l.name, out.At), l == long})
	}
	if !out.Unknown {
		out.Earlier = link(long.name, from)
	}
	if !out.At.IsZero() {
		out.Later = link(long.name, time.Time{})
		if next := to.Add(long.long / 2); next.Before(now) {
			out.Later = link(long.name, next)
		}
	}
	out.Wide, out.Narrow = drawLanes(&out.Lanes, now, true), drawLanes(&out.Lanes, now, false)
	return out, nil
}

// explainThen says the verdict that was in force at the time looked at.
func (s *Site) explainThen(r *http.Request, d device.Current, out *lanesPart) error {
	e, ok, err := s.opt.Read.ExplainAt(r.Context(), string(d.ID), out.At)
	beyond, isBeyond := errors.AsType[*view.Beyond](err)
	switch {
	case isBeyond:
		out.Beyond = beyond.Text
	case err != nil:
		return err
	case ok:
		out.Then = strings.TrimSpace(e.Text + " " + e.Now)
	default:
		out.Beyond = "nothing is known of it at that time"
	}
	return nil
}

// drawn is how the states of lanes are drawn.
var drawn = map[view.LaneState]chart.State{
	view.LaneUp: chart.Up, view.LaneDown: chart.Down, view.LaneSplit: chart.Split, view.LaneAbstains: chart.Abstained, view.LaneDisbelieved: chart.Suspect,
	view.LaneStale: chart.Stale, view.LaneDegraded: chart.Degraded, view.LaneUnknown: chart.Unknown, view.LaneDisputed: chart.Disputed, view.LaneMaintenance: chart.Maintenance,
}

// drawLanes makes the picture. It brings no style of its own: the page's has its colours by night.
func drawLanes(l *view.Lanes, now time.Time, wide bool) template.HTML {
	id := "lanes-narrow"
	if wide {
		id = "lanes-wide"
	}
	pic := chart.Lanes{
		Head: chart.Head{ID: id, Desc: describeLanes(l), Wide: wide, Bare: true}, From: l.From, To: l.To, Now: now,
		Verdict: chart.Lane{Label: "Verdict", Spans: spansOf(l.Verdict)},
	}
	for i := range l.Sources {
		s := &l.Sources[i]
		pic.Sources = append(pic.Sources, chart.Lane{Label: laneName(l, i), Spans: spansOf(s.Spans), Failed: spansOf(s.Failed)})
	}
	for i := range l.Marks {
		pic.Marks = append(pic.Marks, l.Marks[i].At)
	}
	return picture(&pic)
}

// picture is a picture as part of a page. Every text in it is escaped, which property tests of chart hold.
func picture(p interface{ SVG() []byte }) template.HTML { return template.HTML(p.SVG()) }

func spansOf(spans []view.LaneSpan) []chart.Span {
	out := make([]chart.Span, 0, len(spans))
	for _, s := range spans {
		out = append(out, chart.Span{From: s.From, To: s.To, State: drawn[s.State]})
	}
	return out
}

// laneName is a source's name, with its ref where the source has several.
func laneName(l *view.Lanes, i int) string {
	for k := range l.Sources {
		if k != i && l.Sources[k].Source == l.Sources[i].Source {
			return l.Sources[i].Source + " " + l.Sources[i].Ref
		}
	}
	return l.Sources[i].Source
}

// describeLanes tells the picture in words: how each lane ends, and how often it changed.
func describeLanes(l *view.Lanes) string {
	var parts []string
	tell := func(name string, spans []view.LaneSpan) {
		if len(spans) == 0 {
			parts = append(parts, clean(name)+" said nothing")
			return
		}
		last := spans[len(spans)-1]
		if len(spans) == 1 {
			parts = append(parts, fmt.Sprintf("%s: %s all the time", clean(name), last.State))
			return
		}
		parts = append(parts, fmt.Sprintf("%s: %d stretches, the last %s", clean(name), len(spans), last.State))
	}
	for i := range l.Sources {
		if i == 8 {
			parts = append(parts, "and others")
			break
		}
		tell(laneName(l, i), l.Sources[i].Spans)
	}
	return fmt.Sprintf("From %s to %s UTC. %s. Of the device %d turns are marked.", l.From.UTC().Format("2006-01-02 15:04"), l.To.UTC().Format("2006-01-02 15:04"),
		strings.Join(parts, "; "), len(l.Marks))
}

// LaneName is what the table calls a lane.
func (p lanesPart) LaneName(i int) string { return laneName(&p.Lanes, i) }

// Long is how long a span lasted.
func (p lanesPart) Long(s view.LaneSpan) string { return age(s.To.Sub(s.From)) }

// Newest are the spans of a lane, the newest first, at most 100.
func (p lanesPart) Newest(spans []view.LaneSpan) []view.LaneSpan {
	out := make([]view.LaneSpan, 0, min(len(spans), 100))
	for i := len(spans) - 1; i >= 0 && len(out) < 100; i-- {
		out = append(out, spans[i])
	}
	return out
}

// laneClass is how a state of a lane is coloured as text.
func laneClass(s view.LaneState) string {
	switch s {
	case view.LaneUp:
		return "v-up"
	case view.LaneDown:
		return "v-down"
	case view.LaneSplit, view.LaneDisbelieved, view.LaneDegraded, view.LaneDisputed:
		return "v-split"
	}
	return "v-abstain"
}
