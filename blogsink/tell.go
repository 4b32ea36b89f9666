package blogsink

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/sanitize"
)

// facts puts everything together. All texts of the owner go through the cleaner here.
func (s *Sink) facts(ctx context.Context, c *composer, open Milestone, devices []device.Current, sources []device.SourceStatus,
	scores device.Scoreboard, notes []note, posts []published,
) (*Facts, error) {
	w := &writer{ctx: ctx, c: c}
	about, _ := milestoneNote(notes, open.Number, nextNumber(posts))
	number := cmp.Or(open.Number, about.Number, nextNumber(posts))
	f := &Facts{
		Milestone: Count(number), Index: 1, Simulated: s.opts.Simulated, BodyTitle: !s.cfg.NoBodyTitle, Links: linkStyles[s.cfg.LinkStyle], Zone: Zone{s.zone},
		Date:   s.rec.stamp(s.rec.end),
		Series: w.words(s.cfg.Title),
		Phase:  w.words(strings.TrimSpace(cmp.Or(open.Phase, about.Phase, s.cfg.Phase))),
	}
	title := w.words(cmp.Or(open.Title, about.Title))
	if title.IsZero() {
		f.Title = sanitize.Compose(fmt.Sprintf("%%s Milestone %d", number), f.Series)
	} else {
		f.Title = sanitize.Compose(fmt.Sprintf("%%s Milestone %d: %%s", number), f.Series, title)
	}
	for _, name := range s.cfg.Categories {
		f.Categories = append(f.Categories, w.words(name))
	}
	for _, tag := range s.cfg.Tags {
		f.tag(w.words(tag))
	}
	f.tag(sanitize.Compose(fmt.Sprintf("milestone-%d", number)))
	if s.opts.Simulated {
		f.tag(sanitize.Compose("simulated"))
	}
	var err error
	if f.Inventory, err = c.inventory(ctx, devices, sources, scores, s.rec); err != nil {
		return nil, err
	}
	f.Numbers = c.numbers(s.rec, scores)
	if f.Timeline, err = c.timeline(ctx, s.rec); err != nil {
		return nil, err
	}
	f.Lead = f.Timeline.lead()
	if f.Views, err = c.views(ctx, s.rec, f.Inventory, scores); err != nil {
		return nil, err
	}
	if f.Config, err = s.listing(ctx, c, devices); err != nil {
		return nil, err
	}
	if err = s.course(ctx, c, f, devices, sources); err != nil {
		return nil, err
	}
	w.notes(f, about, notes, number)
	for i, n := range troubles(notes, number) {
		if f.Challenges[i].Evidence, err = s.evidence(ctx, c, n.seqs); err != nil {
			return nil, err
		}
	}
	f.Description = w.words(cmp.Or(open.Subtitle, about.Subtitle))
	if f.Description.IsZero() {
		f.Description = sanitize.Compose(describe(f))
	}
	for _, p := range posts {
		if p.milestone >= number {
			continue
		}
		f.Previous = append(f.Previous, Post{Title: w.words(p.title), Ref: p.ref})
		f.Index++
	}
	f.Unchanged = unchanged(s.cfg.Dir, f)
	f.Coming = w.coming(f, notes, posts)
	r := s.rec
	f.Provenance = Provenance{
		Version: parseVersion(s.opts.Version), From: c.figures.stamp("period.from", r.stamp(r.begin), r.first), To: c.figures.stamp("period.to", r.stamp(r.end), r.told),
		First: c.figures.count("events.first", int(r.first), "sequence number", periodMilestone, c.figures.events()+" SELECT min(seq) FROM e"),
		Last:  c.figures.count("events.last", int(r.told), "sequence number", periodMilestone, c.figures.events()+" SELECT max(seq) FROM e"),
		Zone:  f.Zone, OneDay: r.oneDay(), Notes: len(notes) > 0,
	}
	return f, w.err
}

// coming are the milestones that notes announce beyond this one.
func (w *writer) coming(f *Facts, notes []note, posts []published) []Post {
	var out []Post
	for _, n := range notes {
		known := slices.ContainsFunc(posts, func(p published) bool { return p.milestone == n.Number })
		if n.Kind != noteMilestone || n.Number <= int(f.Milestone) || n.Title == "" || known {
			continue
		}
		out = append(out, Post{Title: sanitize.Compose(fmt.Sprintf("Milestone %d: %%s", n.Number), w.words(n.Title)), number: n.Number})
	}
	slices.SortStableFunc(out, func(a, b Post) int { return a.number - b.number })
	return out
}

// describe is the sentence for feeds and search engines, where the owner wrote none. It is made of counts only.
func describe(f *Facts) string {
	text := fmt.Sprintf("What happened to %s", f.Inventory.Devices.Digits("device", "devices"))
	if n := len(f.Inventory.Sources); n > 0 {
		text += " under " + Count(n).Of("monitor", "monitors")
	}
	text += ": " + f.Numbers.Outages.Of("outage", "outages")
	if f.Numbers.Avoided > 0 {
		text += ", and " + f.Numbers.Avoided.Of("false alarm", "false alarms") + " that nobody was woken for"
	}
	return text + "."
}

// writer cleans the owner's texts and remembers the first failure.
type writer struct {
	ctx context.Context
	c   *composer
	err error
}

func (w *writer) words(s string) sanitize.Words {
	out, err := w.c.cleaner.Words(w.ctx, s, &w.c.report)
	if w.err == nil {
		w.err = err
	}
	return out
}

func (w *writer) prose(s string) sanitize.Prose {
	out, err := w.c.cleaner.Prose(w.ctx, s, &w.c.report)
	if w.err == nil {
		w.err = err
	}
	return out
}

// notes fills in the sections that only the owner can write. A kind without notes leaves its section empty, and so
// out of the post.
func (w *writer) notes(f *Facts, about note, notes []note, number int) {
	f.Summary = w.prose(about.body)
	for _, n := range of(notes, noteBuilt, number) {
		f.Built = append(f.Built, w.prose(n.body))
	}
	for _, n := range of(notes, noteDecision, number) {
		f.Decisions = append(f.Decisions, Decision{What: w.prose(cmp.Or(n.What, n.Title)), Why: w.prose(cmp.Or(n.Why, n.body))})
	}
	for _, n := range of(notes, noteSnippet, number) {
		fence := "````"
		for strings.Contains(n.body, fence) {
			fence += "`"
		}
		body := n.body
		if !strings.HasPrefix(body, "```") {
			body = fence + device.Slug(n.Language) + "\n" + body + "\n" + fence
		}
		f.Snippets = append(f.Snippets, w.prose(body))
	}
	for i, n := range troubles(notes, number) {
		ch := Challenge{
			Number: Count(i + 1), Title: w.words(n.headline()), Fixed: w.prose(n.fixed()), Cost: w.words(cmp.Or(n.Cost, n.spent())),
		}
		text := n.body
		if n.Title != "" && n.Problem != "" {
			text = strings.TrimSpace(n.Problem + "\n\n" + n.body)
		}
		ch.Text = w.prose(text)
		for _, t := range n.Tried {
			ch.Tried = append(ch.Tried, w.prose(t))
		}
		for _, t := range n.failed {
			ch.Tried = append(ch.Tried, w.prose(t.whole()))
		}
		f.Challenges = append(f.Challenges, ch)
	}
	for _, n := range alone(notes, noteNotWork, number) {
		f.Failed = append(f.Failed, Decision{What: w.prose(cmp.Or(n.What, n.Title)), Why: w.prose(cmp.Or(n.Why, n.body))})
	}
	for _, n := range of(notes, noteLesson, number) {
		f.Lessons = append(f.Lessons, w.prose(n.body))
	}
	for _, n := range of(notes, noteTime, number) {
		if n.Hours > 0 && n.Hours < 10000 {
			f.Effort = append(f.Effort, Effort{Time: Span(n.Hours * float64(time.Hour)), On: w.prose(cmp.Or(n.On, n.body))})
		}
	}
	for _, text := range about.Next {
		f.Next = append(f.Next, Task{Text: w.prose(text)})
	}
	for _, n := range of(notes, noteNext, number) {
		f.Next = append(f.Next, Task{Text: w.prose(n.body), Done: n.Done})
	}
}
