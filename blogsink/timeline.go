package blogsink

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// longestTimeline is how many lines a reader is asked to read.
const longestTimeline = 24

// timeline tells what happened in order. What happened to the same one several times in a day is one line.
func (c *composer) timeline(ctx context.Context, r *record) (Timeline, error) {
	t := Timeline{OneDay: r.oneDay()}
	all, err := c.happenings(ctx, r)
	if err != nil {
		return t, err
	}
	all = together(all)
	if extra := len(all) - longestTimeline; extra > 0 {
		slices.SortStableFunc(all, func(a, b Happening) int {
			return cmp.Or(a.rank()-b.rank(), int(b.N-a.N), cmp.Compare(b.Total, a.Total), a.order(&b))
		})
		all, t.Left = all[:longestTimeline], Count(extra)
	}
	slices.SortFunc(all, func(a, b Happening) int { return a.order(&b) })
	day, turns := "", map[Kind]int{}
	for i := range all {
		h := &all[i]
		if d := h.At.Day(); d != day && !t.OneDay {
			day, h.NewDay = d, true
		}
		h.Turn = turns[h.Kind] % 3
		turns[h.Kind]++
		c.told(h)
	}
	t.Happenings = all
	return t, nil
}

// happenings are all that happened, each by itself.
func (c *composer) happenings(ctx context.Context, r *record) ([]Happening, error) {
	var all []Happening
	once := func(seq int64, from, to time.Time) Happening {
		lasted := wholeSeconds(r.until(to).Sub(from))
		at := r.stamp(from)
		return Happening{At: at, Times: 1, Lasted: lasted, Total: lasted, Worst: at, Ongoing: to.IsZero(), first: seq, worst: seq, seqs: []int64{seq}}
	}
	for _, o := range r.settled() {
		a, err := c.device(ctx, o.root)
		if err != nil {
			return nil, err
		}
		h := once(o.seq, o.from, o.to)
		h.Kind, h.Device, h.N = KindOutage, a, Count(o.behind)
		all = append(all, h)
	}
	for _, d := range r.doubts {
		a, err := c.source(ctx, d.source)
		if err != nil {
			return nil, err
		}
		h := once(d.seq, d.from, d.to)
		h.Kind, h.Source, h.N = KindBlind, a, Count(d.unknown)
		switch {
		case d.cutOff:
			h.Kind, h.N = KindCutOff, 0
		case d.shrunk:
			h.Kind, h.N = KindShrunk, 0
		case d.suspect:
			h.Kind, h.N = KindSuspect, Count(d.downs)
		}
		all = append(all, h)
	}
	for _, d := range r.disputes {
		a, err := c.device(ctx, d.device)
		if err != nil {
			return nil, err
		}
		h := once(d.seq, d.from, d.to)
		h.Kind, h.Device, h.Decided, h.Up = KindDispute, a, d.winner != "", d.winner == device.StateUp || d.winner == device.StateOK
		all = append(all, h)
	}
	slices.SortStableFunc(all, func(a, b Happening) int { return a.order(&b) })
	return all, nil
}

// together makes one line of what belongs together: a monitor that lost its own network and called devices down for
// that, and the same small thing several times in a day. Big outages and false alarms keep lines of their own.
func together(all []Happening) []Happening {
	type same struct {
		kind    Kind
		who     string
		day     string
		outcome bool
	}
	var out []Happening
	first := map[same]int{}
	for _, h := range all {
		if i := slices.IndexFunc(out, func(o Happening) bool {
			return o.Kind == KindCutOff && h.Kind == KindSuspect && o.Source == h.Source && !h.At.at.Before(o.At.at) && (o.Ongoing || !h.At.at.After(o.At.at.Add(time.Duration(o.Lasted))))
		}); i >= 0 {
			h.Cut, h.At, h.first = true, out[i].At, out[i].first
			out[i] = h
			continue
		}
		if h.Kind == KindOutage && h.N > 0 || h.Kind == KindSuspect || h.Ongoing {
			out = append(out, h)
			continue
		}
		key := same{h.Kind, h.Device.String() + h.Source.String(), h.At.Day(), h.Decided && h.Up}
		i, again := first[key]
		if !again {
			first[key] = len(out)
			out = append(out, h)
			continue
		}
		o := &out[i]
		o.Times, o.Total, o.N, o.seqs = o.Times+1, o.Total+h.Total, max(o.N, h.N), append(o.seqs, h.seqs...)
		if h.Lasted > o.Lasted {
			o.Lasted, o.Worst, o.worst = h.Lasted, h.At, h.worst
		}
	}
	return out
}

// told names the figures of one line.
func (c *composer) told(h *Happening) {
	g := c.figures
	id := fmt.Sprintf("happening.%d", h.seqs[0])
	g.stamp(fmt.Sprintf("happening.%d.instant", h.first), h.At, h.first)
	ends := endOf(h.Kind)
	var each []string
	for _, seq := range h.seqs {
		each = append(each, "("+g.lasted(seq, ends)+")")
	}
	g.add(figure{ID: id + ".times", Value: float64(h.Times), Unit: "times", Shown: compact(h.Times.Times(), h.Times.Word(), h.Times.String()), Period: periodMilestone,
		Query: fmt.Sprintf("SELECT count(*) FROM event WHERE seq IN (%s)", list(h.seqs))})
	if len(each) == 1 {
		g.span(id+".lasted", time.Duration(h.Lasted), g.lasted(h.seqs[0], ends))
	} else {
		g.span(id+".in_all", time.Duration(h.Total), "SELECT "+strings.Join(each, " + "))
		g.span(id+".lasted", time.Duration(h.Lasted), "SELECT max("+strings.Join(each, ", ")+")")
		g.stamp(fmt.Sprintf("happening.%d.instant", h.worst), h.Worst, h.worst)
	}
	switch h.Kind {
	case KindOutage:
		g.count(id+".behind", int(h.N), "devices", periodMilestone, g.incidents()+fmt.Sprintf(" SELECT max(behind) FROM i WHERE seq IN (%s)", list(h.seqs)))
	case KindSuspect:
		g.count(id+".downs", int(h.N), "devices", periodMilestone, fmt.Sprintf("SELECT CAST(substr(t, instr(t, ': ') + 2) AS INTEGER) "+
			"FROM (SELECT json_extract(CAST(body AS TEXT), '$.text') AS t FROM event WHERE seq = %d)", h.seqs[0]))
	case KindBlind:
		var each []string
		for _, seq := range h.seqs {
			each = append(each, "("+g.events()+fmt.Sprintf(", b AS (SELECT * FROM e WHERE seq = %d) SELECT count(*) FROM e, b WHERE e.seq > b.seq "+
				"AND e.seq < coalesce((SELECT min(e.seq) FROM e, b WHERE e.seq > b.seq AND %s), %d) AND e.type = 'verdict.changed' AND json_extract(e.j, '$.to') = 'unknown' "+
				"AND coalesce(json_extract(e.j, '$.from'), '') NOT IN ('', 'unknown'))", seq, ends, g.last+1))
		}
		most := "SELECT " + each[0]
		if len(each) > 1 {
			most = "SELECT max(" + strings.Join(each, ", ") + ")"
		}
		g.count(id+".unknown", int(h.N), "devices", periodMilestone, most)
	}
}

// endOf is the condition on which an event e ends what the event b began.
func endOf(k Kind) string {
	same := func(field string) string {
		return fmt.Sprintf("coalesce(json_extract(e.j, '$.%[1]s'), '') = coalesce(json_extract(b.j, '$.%[1]s'), '')", field)
	}
	health := device.HealthBlind
	switch k {
	case KindOutage:
		return "e.type = 'incident.closed' AND " + same("incident")
	case KindDispute:
		return "e.type = 'dispute.closed' AND e.device = b.device AND " + same("facet") + " AND " + same("component")
	case KindSuspect, KindShrunk:
		health = device.HealthSuspect
	}
	return "e.type IN ('source.recovered', 'source.up') AND " + same("source") +
		fmt.Sprintf(" AND coalesce(json_extract(e.j, '$.from'), '') IN ('', '%s')", health)
}

// lead picks what a post begins with.
func (t *Timeline) lead() Lead {
	var l Lead
	worse := func(h, than *Happening) bool {
		return than == nil || cmp.Or(cmp.Compare(h.N, than.N), cmp.Compare(h.Total, than.Total)) > 0
	}
	for i := range t.Happenings {
		h := &t.Happenings[i]
		switch {
		case h.Kind == KindOutage && worse(h, l.Outage):
			l.Outage = h
		case h.Kind == KindSuspect && worse(h, l.Doubt):
			l.Doubt = h
		case h.Kind == KindBlind && worse(h, l.Blind):
			l.Blind = h
		}
	}
	return l
}

func list(seqs []int64) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(seqs), " ", ", "), "[]")
}

// rank is how much a happening tells: an outage that took others along, a monitor that was wrong, the rest.
func (h *Happening) rank() int {
	switch {
	case h.Kind == KindOutage && h.N > 0, h.Kind == KindSuspect:
		return 0
	case h.Kind == KindBlind, h.Kind == KindShrunk, h.Kind == KindCutOff:
		return 1
	case h.Kind == KindOutage:
		return 2
	}
	return 3
}

func (h *Happening) order(o *Happening) int {
	return cmp.Or(h.At.at.Compare(o.At.at), int(h.Kind-o.Kind), strings.Compare(h.Device.String()+h.Source.String(), o.Device.String()+o.Source.String()), cmp.Compare(h.first, o.first))
}
