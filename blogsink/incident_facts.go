package blogsink

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/chart"
	"github.com/quorate/quorate/internal/sanitize"
)

// IncidentFacts is all that the template of an incident report sees. Like those of Facts its leaves are numbers, times,
// closed lists, aliases and cleaned texts.
type IncidentFacts struct {
	Root, Monitor sanitize.Alias // a device that was down, or a monitor that was not believed
	Zone          Zone
	Simulated     bool
	Picture       IncidentPicture
	Strip         Strip

	Began, Decided, Back, Over Stamp // zero where it is not known, or not yet
	Detected, Lasted           Span
	Ongoing                    bool

	Behind []sanitize.Alias
	More   Count // of them that are not named
	Most   Count // at once, the root not counted

	Votes []IncidentVote
	Notes []IncidentNote

	First, Last Count // events
	Version     Version
}

// IncidentVote is what one monitor said of the root.
type IncidentVote struct {
	Source   sanitize.Alias
	Said     StateWord // when the verdict fell
	Age      Span      // of its measurement then
	Counted  bool      // it had a weight
	Returned StateWord // when the root was back
}

// Right reports whether it said what held.
func (v IncidentVote) Right() bool { return v.Said.String() == string(device.StateDown) }

// Wrong reports whether it said the contrary.
func (v IncidentVote) Wrong() bool { return v.Said.String() == string(device.StateUp) }

// IncidentNote is what the owner noted of it.
type IncidentNote struct {
	Title sanitize.Words
	Text  sanitize.Prose
	Tried []sanitize.Prose
	Fixed sanitize.Prose
}

// Agreed reports whether all who spoke said what held.
func (f *IncidentFacts) Agreed() bool {
	return !slices.ContainsFunc(f.Votes, func(v IncidentVote) bool { return v.Wrong() })
}

// mostBehind is how many devices are named that hung on the root, and mostRows how many of them the picture shows.
const (
	mostBehind = 24
	mostRows   = 14
)

func (s *Sink) incidentFacts(ctx context.Context, c *composer, h *happened, w *watched) (*IncidentFacts, error) {
	f := &IncidentFacts{
		Zone: Zone{s.zone}, Simulated: s.opts.Simulated, Version: parseVersion(s.opts.Version), Ongoing: h.last == 0, Lasted: wholeSeconds(w.lasted),
		Detected: wholeSeconds(w.untilDecided), Began: w.r.stamp(h.since), First: Count(h.first), Last: Count(max(h.first, h.last)),
	}
	var err error
	if h.source != "" {
		if f.Monitor, err = c.source(ctx, h.source); err != nil {
			return nil, err
		}
	} else if f.Root, err = c.device(ctx, h.root); err != nil {
		return nil, err
	}
	if w.verdict != nil {
		if !w.verdict.Since.IsZero() {
			f.Began = w.r.stamp(w.verdict.Since)
		}
		f.Decided = w.r.stamp(w.verdict.At)
	}
	if w.back != nil {
		f.Back = w.r.stamp(w.back.At)
	}
	if h.last > 0 {
		f.Over = w.r.stamp(h.closed)
	}
	f.Most = Count(h.most)
	for _, m := range h.members {
		if m.ID == h.root.ID {
			f.Most = Count(max(0, h.most-1))
			continue
		}
		if len(f.Behind) == mostBehind {
			f.More++
			continue
		}
		a, err := c.device(ctx, m)
		if err != nil {
			return nil, err
		}
		f.Behind = append(f.Behind, a)
	}
	if err := c.incidentVotes(ctx, f, w); err != nil {
		return nil, err
	}
	if err := c.incidentStrip(ctx, f, h, w); err != nil {
		return nil, err
	}
	return f, s.incidentNotes(ctx, c, f, w)
}

// incidentVotes tells what each monitor said of the root's reach when the verdict fell and when it was taken back.
func (c *composer) incidentVotes(ctx context.Context, f *IncidentFacts, w *watched) error {
	if w.verdict == nil {
		return nil
	}
	at := map[string]int{}
	for _, v := range w.verdict.Votes {
		if v.Facet != device.FacetReach {
			continue
		}
		if _, again := at[v.Source]; again {
			continue
		}
		a, err := c.source(ctx, v.Source)
		if err != nil {
			return err
		}
		vote := IncidentVote{Source: a, Said: stateWord(string(v.State)), Counted: v.Weight > 0}
		if !v.ObservedAt.IsZero() {
			vote.Age = wholeSeconds(w.verdict.At.Sub(v.ObservedAt))
		}
		at[v.Source] = len(f.Votes)
		f.Votes = append(f.Votes, vote)
	}
	if w.back == nil {
		return nil
	}
	for _, v := range w.back.Votes {
		if i, ok := at[v.Source]; ok && v.Facet == device.FacetReach && f.Votes[i].Returned == 0 {
			f.Votes[i].Returned = stateWord(string(v.State))
		}
	}
	return nil
}

// incidentStrip has a row for the monitors that were in doubt, the root, and what hung on it.
func (c *composer) incidentStrip(ctx context.Context, f *IncidentFacts, h *happened, w *watched) error {
	s := Strip{from: w.r.begin, to: w.r.end}
	for name, t := range sortedTracks(w.r.course.sources) {
		spans := w.r.spans(t)
		doubted := func(x chart.Span) bool { return x.State != chart.Up && x.To.After(s.from) && x.From.Before(s.to) }
		if !slices.ContainsFunc(spans, doubted) {
			continue
		}
		a, err := c.source(ctx, name)
		if err != nil {
			return err
		}
		s.rows = append(s.rows, stripRow{name: a, spans: spans})
		s.Monitors++
	}
	for _, m := range append([]device.Name{h.root}, h.members...) {
		t := w.r.course.devices[m.ID]
		if t == nil || m.ID == h.root.ID && s.Devices > 0 {
			continue
		}
		if s.Devices == mostRows {
			s.Left++
			continue
		}
		a, err := c.device(ctx, m)
		if err != nil {
			return err
		}
		s.rows = append(s.rows, stripRow{name: a, device: true, spans: w.r.spans(t)})
		s.Devices++
	}
	f.Strip = s
	return nil
}

// sortedTracks goes through tracks by their names.
func sortedTracks(tracks map[string]*track) func(func(string, *track) bool) {
	return func(yield func(string, *track) bool) {
		var names []string
		for name := range tracks {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			if !yield(name, tracks[name]) {
				return
			}
		}
	}
}

// incidentNotes takes the notes whose evidence is an event of the incident.
func (s *Sink) incidentNotes(ctx context.Context, c *composer, f *IncidentFacts, w *watched) error {
	notes, err := readNotes(s.cfg.Notes)
	if err != nil {
		return err
	}
	pen := &writer{ctx: ctx, c: c}
	for _, n := range notes {
		if !slices.ContainsFunc(n.Evidence, func(seq int64) bool { return slices.Contains(w.about, seq) }) {
			continue
		}
		note := IncidentNote{
			Title: pen.words(cmp.Or(n.Title, n.Problem, n.What)), Text: pen.prose(joinText(n.Why, n.body)), Fixed: pen.prose(n.FixedBy),
		}
		for _, t := range n.Tried {
			note.Tried = append(note.Tried, pen.prose(t))
		}
		f.Notes = append(f.Notes, note)
	}
	return pen.err
}

// Until is how long the root was down, from the verdict to its end.
func (f *IncidentFacts) Until() Span {
	if f.Back.IsZero() || f.Decided.IsZero() {
		return 0
	}
	return wholeSeconds(max(0, f.Back.at.Sub(f.Decided.at)).Round(time.Second))
}
