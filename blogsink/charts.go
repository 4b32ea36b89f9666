package blogsink

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/chart"
	"github.com/quorate/quorate/internal/sanitize"
)

// Picture is one of the files beside a post.
type Picture int

// The pictures.
const (
	PictureTimeline Picture = iota
	PictureAgreement
	PictureAvailability
)

// File is the name of the picture's file.
func (p Picture) File() string {
	switch p {
	case PictureAgreement:
		return "agreement.svg"
	case PictureAvailability:
		return "availability.svg"
	}
	return "timeline.svg"
}

// Strip is what the picture of the timeline shows: its rows are aliases and times.
type Strip struct {
	Monitors, Devices Count
	Left              Count // devices that had something and no room
	rows              []stripRow
	from, to          time.Time
}

// stripRow is a monitor, or a device.
type stripRow struct {
	name   sanitize.Alias
	device bool
	spans  []chart.Span
}

// Any reports whether there is anything to draw.
func (s Strip) Any() bool { return len(s.rows) > 0 && s.to.After(s.from) }

// mostStripDevices is how many devices the strip has rows for, and mostQuiet how many of those that were neither down nor
// disputed: where a monitor goes blind there may be very many.
const (
	mostStripDevices = 12
	mostQuiet        = 3
)

// strip collects the rows of the monitors, and of the devices that were anything but up: those that were down first.
func (c *composer) strip(ctx context.Context, r *record, devices []device.Current, sources []device.SourceStatus) (Strip, error) {
	s := Strip{from: r.begin, to: r.end}
	type candidate struct {
		name                      device.Name
		number                    int
		down, disputed, otherwise time.Duration
		spans                     []chart.Span
	}
	var found []candidate
	sorted := slices.SortedFunc(slices.Values(devices), func(a, b device.Current) int { return cmp.Compare(a.ID, b.ID) })
	for i := range sorted {
		d := &sorted[i]
		t := r.course.device(d)
		one := candidate{name: device.Name{ID: d.ID, Name: d.Name}, number: i, spans: r.spans(t)}
		one.down, one.otherwise = t.sum(chart.Down, r.end), t.sum(chart.Degraded, r.end)
		one.otherwise += t.sum(chart.Unknown, r.end)
		for _, q := range r.disputes {
			if q.device.ID == d.ID && r.until(q.to).After(q.from) {
				one.disputed += r.until(q.to).Sub(q.from)
				one.spans = append(one.spans, r.span(q.from, r.until(q.to), chart.Disputed))
			}
		}
		if one.down+one.disputed+one.otherwise > 0 {
			found = append(found, one)
		}
	}
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.down, a.down), cmp.Compare(b.disputed, a.disputed), cmp.Compare(b.otherwise, a.otherwise), a.number-b.number)
	})
	n := len(found)
	if i := slices.IndexFunc(found, func(x candidate) bool { return x.down+x.disputed == 0 }); i >= 0 && n > i+mostQuiet {
		found = found[:i+mostQuiet]
	}
	found = found[:min(len(found), mostStripDevices)]
	s.Left = Count(n - len(found))
	for _, src := range slices.SortedFunc(slices.Values(sources), func(a, b device.SourceStatus) int { return cmp.Compare(a.Name, b.Name) }) {
		name, err := c.source(ctx, src.Name)
		if err != nil {
			return s, err
		}
		t := r.course.sources[src.Name]
		if t == nil {
			t = newTrack(r.begin, chart.Up)
		}
		s.rows = append(s.rows, stripRow{name: name, spans: r.spans(t)})
		s.Monitors++
	}
	for _, one := range found {
		name, err := c.device(ctx, one.name)
		if err != nil {
			return s, err
		}
		s.rows = append(s.rows, stripRow{name: name, device: true, spans: one.spans})
		s.Devices++
	}
	return s, nil
}

// spans are the stretches of a track as a picture shows them.
func (r *record) spans(t *track) []chart.Span {
	var out []chart.Span
	for _, x := range t.until(r.end) {
		out = append(out, r.span(x.from, x.to, x.state))
	}
	return out
}

// span rounds as the post does: exact times would tell what the post leaves out.
func (r *record) span(from, to time.Time, state chart.State) chart.Span {
	if r.round <= time.Minute {
		return chart.Span{From: from, To: to, State: state}
	}
	_, offset := from.In(r.zone).Zone()
	shift := time.Duration(offset) * time.Second
	from = from.Add(shift).Truncate(r.round).Add(-shift)
	if up := to.Add(shift).Truncate(r.round).Add(-shift); up.Before(to) {
		to = up.Add(r.round)
	}
	return chart.Span{From: from, To: to, State: state}
}

// pictures draws the files beside a post. They hold aliases, figures and words of this package alone.
func pictures(f *Facts) []asset {
	var out []asset
	add := func(p Picture, svg []byte) { out = append(out, asset{p.File(), svg}) }
	if f.Strip.Any() {
		add(PictureTimeline, f.Strip.picture(period(f.Provenance), f.Zone))
	}
	if len(f.Agreement.Pairs) > 0 {
		add(PictureAgreement, f.Agreement.picture())
	}
	if f.Availability.Any() {
		add(PictureAvailability, f.Availability.picture())
	}
	return out
}

func (s Strip) picture(when string, zone Zone) []byte {
	p := chart.Strip{From: s.from, To: s.to, Zone: zone.at, Head: chart.Head{ID: "timeline", Title: "What was when: " + when, Desc: s.Words()}}
	for _, r := range s.rows {
		group := "Monitors"
		if r.device {
			group = "Devices"
		}
		p.Rows = append(p.Rows, chart.Row{Group: group, Label: r.name.String(), Spans: r.spans})
	}
	return p.SVG()
}

// Words says what is to be seen, for those who do not see it.
func (s Strip) Words() string {
	text := "A row for each monitor"
	if s.Devices > 0 {
		text += " and for each device that had more to tell than being up"
	}
	text += ", with the times in which each was up, down, unknown, disputed, blind or not believed."
	if s.Left > 0 {
		text += " There was no room for some devices."
	}
	return text
}

func (a Agreement) picture() []byte {
	m := chart.Matrix{Unit: "contradictions", Head: chart.Head{ID: "agreement", Title: "How often the monitors said the same", Desc: a.Words()}}
	at := map[sanitize.Alias]int{}
	place := func(name sanitize.Alias) int {
		i, ok := at[name]
		if !ok {
			i = len(m.Sources)
			at[name], m.Sources = i, append(m.Sources, name.String())
		}
		return i
	}
	for _, p := range a.Pairs {
		m.Pairs = append(m.Pairs, chart.Pair{A: place(p.A), B: place(p.B), Agreed: p.Agreed.part, Compared: p.Agreed.whole, Count: int(p.Contradictions)})
	}
	return m.SVG()
}

// Words says what is to be seen, for those who do not see it.
func (a Agreement) Words() string {
	var parts []string
	for i, p := range a.Pairs {
		if i == 6 {
			break
		}
		parts = append(parts, fmt.Sprintf("%s and %s agreed in %s of the time", p.A, p.B, p.Agreed))
	}
	return strings.Join(parts, "; ") + "."
}

func (a Availability) picture() []byte {
	b := chart.Bars{Head: chart.Head{ID: "availability", Title: "How much of the time devices were up", Desc: a.Words()}}
	row := func(group string, x *Available) {
		b.Rows = append(b.Rows, chart.Bar{Group: group, Label: x.Name(), Up: x.Up.part, Down: x.Down.part, Unknown: x.Unknown.part})
	}
	row("", &a.All)
	for i := range a.Groups {
		row("By kind", &a.Groups[i])
	}
	for i := range a.Worst {
		row("Least up", &a.Worst[i])
	}
	return b.SVG()
}

// Words says what is to be seen, for those who do not see it.
func (a Availability) Words() string {
	text := fmt.Sprintf("A bar for %s: up %s of the time, down %s, unknown %s.", a.All.Name(), a.All.Up, a.All.Down, a.All.Unknown)
	text += " Below it a bar for each kind of device"
	if len(a.Worst) > 0 {
		text += ", and for those that were up the least"
	}
	return text + "."
}

// Picture is the address of a picture beside the post, for an image in its text.
func (f *Facts) Picture(file string) string {
	path := "/assets/quorate/" + slug(f) + "/" + file
	if f.Links == LinkNone {
		return path
	}
	return "{{ '" + path + "' | relative_url }}"
}

// course tells what devices and monitors were over the period: the figures that pictures stand beside.
func (s *Sink) course(ctx context.Context, c *composer, f *Facts, devices []device.Current, sources []device.SourceStatus) error {
	j, err := s.readJournal(ctx, s.rec)
	if err != nil {
		return err
	}
	if f.Availability, err = c.availability(ctx, s.rec, devices); err != nil {
		return err
	}
	if f.Agreement, err = c.agreement(ctx, s.rec, j, devices, sources); err != nil {
		return err
	}
	f.Strip, err = c.strip(ctx, s.rec, devices, sources)
	return err
}
