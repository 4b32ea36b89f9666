package web

import (
	"cmp"
	"context"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/chart"
	"github.com/quorate/quorate/internal/view"
)

// disagreementsPage is where the sources do not say the same: now, lately, and on the whole.
type disagreementsPage struct {
	Now   []device.Dispute
	Span  string
	Spans []string
	From  time.Time
	// Past are the disputes of the span, the newest first; Cut says that older ones are left out.
	Past     []pastDispute
	Cut      bool
	Timeline template.HTML
	Agreed   view.Agreement
	Matrix   template.HTML
	Own      int // downs of the agent's own that proved wrong
	Avoided  int
	Scores   []view.AgreementScore
	Identity []view.Conflict
}

// spans are the lengths of time that a person chooses from, in their order.
var spans = []struct {
	name string
	long time.Duration
}{{"24h", 24 * time.Hour}, {"7d", 7 * 24 * time.Hour}, {"30d", 30 * 24 * time.Hour}}

// spanOf is the length of time that an address asks for; what there is not is a week.
func spanOf(name string) (string, time.Duration) {
	for _, s := range spans {
		if s.name == name {
			return s.name, s.long
		}
	}
	return spans[1].name, spans[1].long
}

// pastDispute is a dispute from its beginning to its end.
type pastDispute struct {
	Device    device.Name
	Facet     device.Facet
	Component string
	// From is zero where it began before the span, To while it lasts.
	From, To time.Time
	Winner   string
	Lasted   string
	Seq      int64 // of the event that told of it last
}

// mostDisputes bounds the disputes of a span.
const mostDisputes = 1000

// pastDisputes pairs the events that open and close disputes. Those of now are the ones without an end.
func (s *Site) pastDisputes(ctx context.Context, from, now time.Time) ([]pastDispute, bool, error) {
	found, err := s.opt.Read.EventsWhere(ctx, device.EventWhich{Types: []device.EventType{device.EventDisputeOpened, device.EventDisputeClosed}, Since: from}, 2*mostDisputes)
	if err != nil {
		return nil, false, err
	}
	type key struct {
		id        device.ID
		facet     device.Facet
		component string
	}
	open := map[key]int{}
	var out []pastDispute
	for _, e := range slices.Backward(found.Events) {
		if e.Device == nil {
			continue
		}
		k := key{e.Device.ID, e.Facet, e.Component}
		if e.Type == device.EventDisputeOpened {
			open[k] = len(out)
			out = append(out, pastDispute{Device: *e.Device, Facet: e.Facet, Component: e.Component, From: e.At, Seq: e.Seq})
			continue
		}
		i, ok := open[k]
		if !ok {
			i = len(out)
			out = append(out, pastDispute{Device: *e.Device, Facet: e.Facet, Component: e.Component})
		}
		delete(open, k)
		out[i].To, out[i].Winner, out[i].Seq = e.At, e.Winner, e.Seq
	}
	for _, d := range s.opt.Read.Disputes(now) { // open since before the span
		k := key{d.Device.ID, d.Facet, d.Component}
		if _, known := open[k]; !known && !d.OpenedAt.IsZero() && d.OpenedAt.Before(from) {
			out = append(out, pastDispute{Device: d.Device, Facet: d.Facet, Component: d.Component})
		}
	}
	for i := range out {
		d := &out[i]
		begin, end := d.From, d.To
		if begin.IsZero() {
			begin = from
		}
		if end.IsZero() {
			end = now
		}
		d.Lasted = age(end.Sub(begin))
		if d.From.IsZero() {
			d.Lasted = "more than " + d.Lasted
		}
	}
	slices.SortStableFunc(out, func(a, b pastDispute) int { return cmp.Compare(b.Seq, a.Seq) })
	return out, found.Enough, nil
}

// disputeStrip draws when which device was disputed, the one with the most disputes first.
func disputeStrip(past []pastDispute, from, now time.Time) template.HTML {
	rows := map[device.ID]*chart.Row{}
	for _, d := range past {
		row := rows[d.Device.ID]
		if row == nil {
			row = &chart.Row{Label: d.Device.Name}
			rows[d.Device.ID] = row
		}
		span := chart.Span{From: d.From, To: d.To, State: chart.Disputed}
		if span.From.IsZero() {
			span.From = from
		}
		if span.To.IsZero() {
			span.To = now
		}
		row.Spans = append(row.Spans, span)
	}
	strip := chart.Strip{
		Head: chart.Head{ID: "disputes-picture", Title: "When the votes were contested", Desc: "A row for each device on which fresh witnesses disagreed.", Bare: true},
		From: from, To: now,
	}
	for _, row := range slices.SortedFunc(maps.Values(rows), func(a, b *chart.Row) int {
		return cmp.Or(cmp.Compare(len(b.Spans), len(a.Spans)), device.CompareNames(a.Label, b.Label))
	}) {
		strip.Rows = append(strip.Rows, *row)
	}
	return template.HTML(strip.SVG())
}

// agreementMatrix draws how often each two sources said the same.
func agreementMatrix(a *view.Agreement) template.HTML {
	m := chart.Matrix{
		Head: chart.Head{ID: "agreement-picture", Title: "How often two sources said the same", Desc: "By the time in which both had a word on whether a device answers.", Bare: true},
		Unit: "contradictions",
	}
	for _, s := range a.Sources {
		m.Sources = append(m.Sources, s.Source)
	}
	for _, p := range a.Pairs {
		pair := chart.Pair{A: slices.Index(m.Sources, p.A), B: slices.Index(m.Sources, p.B), Compared: time.Duration(p.ComparedSeconds * float64(time.Second)), Count: p.Contradictions}
		if p.Percent != nil {
			pair.Agreed = time.Duration(*p.Percent / 100 * float64(pair.Compared))
		}
		m.Pairs = append(m.Pairs, pair)
	}
	return template.HTML(m.SVG())
}

func (s *Site) disagreementsPage(w http.ResponseWriter, r *http.Request) {
	now := s.opt.Now()
	name, long := spanOf(r.URL.Query().Get("span"))
	page := disagreementsPage{Now: s.opt.Read.Disputes(now), Span: name, From: now.Add(-long), Identity: s.opt.Read.Conflicts()}
	for _, x := range spans {
		page.Spans = append(page.Spans, x.name)
	}
	var err error
	if page.Past, page.Cut, err = s.pastDisputes(r.Context(), page.From, now); err == nil {
		page.Agreed, err = s.opt.Read.Agreement(r.Context(), page.From)
	}
	if err != nil {
		s.unreadable(w, "disagreements", err)
		return
	}
	if len(page.Past) > 0 {
		page.Timeline = disputeStrip(page.Past, page.From, now)
	}
	if len(page.Agreed.Sources) > 1 {
		page.Matrix = agreementMatrix(&page.Agreed)
	}
	scores := s.opt.Read.Scores()
	page.Own = scores.Own
	for _, n := range scores.Sources {
		page.Avoided += n
	}
	page.Scores = slices.Clone(page.Agreed.Sources)
	slices.SortStableFunc(page.Scores, func(a, b view.AgreementScore) int {
		return cmp.Or(cmp.Compare(a.Wrong+a.Missed+a.FalseAlarms, b.Wrong+b.Missed+b.FalseAlarms), cmp.Compare(a.Source, b.Source))
	})
	s.render(w, r, http.StatusOK, "disagreements", &frame{Title: "Disagreements", Here: "/disagreements", Content: &page})
}
