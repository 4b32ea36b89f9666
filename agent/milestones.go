package agent

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/store"
)

// errNoBlog is what every command about posts answers where there is none.
var errNoBlog = &mistake{`there is no blog to write for: give the configuration a block sink "blog" "NAME" { dir = "..." }, then run "quorate reload"`}

// blog returns the blog that commands are about, the first one.
func (a *Agent) blog() (*blog, error) {
	blogs := a.generation().blogs
	if len(blogs) == 0 {
		return nil, errNoBlog
	}
	return blogs[0], nil
}

// openMilestone is the one that is open: as a person opened it, or the one that began by itself behind the last
// publication, which has no title, and no number before the first.
func (a *Agent) openMilestone(ctx context.Context) (store.Milestone, error) {
	all, err := a.store.Milestones(ctx)
	if err != nil {
		return store.Milestone{}, err
	}
	return stillOpen(all), nil
}

func stillOpen(all []store.Milestone) store.Milestone {
	var next store.Milestone
	for _, m := range all {
		if m.PublishedAt.IsZero() {
			return m
		}
		next.Number, next.After = max(next.Number, m.Number+1), max(next.After, m.Ended)
	}
	return next
}

// Milestone is the open one.
func (h *history) Milestone(ctx context.Context) (blogsink.Milestone, error) {
	m, err := h.a.openMilestone(ctx)
	return blogsink.Milestone{
		Number: m.Number, Title: m.Title, Subtitle: m.Subtitle, Phase: m.Phase, OpenedAt: m.OpenedAt, After: m.After,
	}, err
}

// MilestoneOrder opens a milestone, or names the open one anew.
type MilestoneOrder struct {
	Number   int    `json:"number"`
	Title    string `json:"title"`
	Subtitle string `json:"subtitle,omitempty"`
	Phase    string `json:"phase,omitempty"`
	// Instead gives the open milestone this number and these words.
	Instead bool `json:"instead,omitempty"`
}

// MilestoneAnswer is the open milestone, and what became of its draft.
type MilestoneAnswer struct {
	Milestone device.Milestone `json:"milestone"`
	// Already says that it was open just so, and nothing was changed.
	Already bool `json:"already,omitempty"`
	Drafted
}

// Drafted is what became of a draft that was brought up to date along with something else.
type Drafted struct {
	Draft string `json:"draft,omitempty"`
	// Undrafted says why there is none, or why it stays as it was.
	Undrafted string `json:"undrafted,omitempty"`
}

// maxMilestone bounds the numbers: a larger one is a mistake.
const maxMilestone = 9999

func (a *Agent) commandOpen(ctx context.Context, o MilestoneOrder) (MilestoneAnswer, error) {
	var answer MilestoneAnswer
	b, err := a.blog()
	if err != nil {
		return answer, err
	}
	if err := o.check(); err != nil {
		return answer, err
	}
	a.opening.Lock()
	defer a.opening.Unlock()
	all, err := a.store.Milestones(ctx)
	if err != nil {
		return answer, err
	}
	papers, err := b.Papers()
	if err != nil {
		return answer, err
	}
	if err := o.checkNumber(all, papers); err != nil {
		return answer, err
	}
	open := stillOpen(all)
	m := store.Milestone{Number: o.Number, Title: o.Title, Subtitle: o.Subtitle, Phase: o.Phase, After: open.After, OpenedAt: open.OpenedAt}
	opened := !open.OpenedAt.IsZero()
	switch {
	case opened && m == open:
		answer.Already = true
	case opened && !o.Instead:
		return answer, &mistake{inTheWay(&open, o.Number)}
	default:
		if !opened {
			m.OpenedAt = now()
		}
		if err := a.putOpen(ctx, b, m, open); err != nil {
			return answer, err
		}
	}
	answer.Milestone = milestoneOf(m)
	answer.Drafted = a.redraft(ctx, b)
	return answer, nil
}

// putOpen stores the open milestone over the one that was open, and tells of it.
func (a *Agent) putOpen(ctx context.Context, b *blog, m, before store.Milestone) error {
	e := device.Event{Type: device.EventMilestoneOpened, To: strconv.Itoa(m.Number), Text: fmt.Sprintf("milestone %d is opened: %s", m.Number, m.Title)}
	instead := 0
	if !before.OpenedAt.IsZero() {
		instead, e.From = before.Number, strconv.Itoa(before.Number)
		e.Text = fmt.Sprintf("milestone %d is now milestone %d: %s", before.Number, m.Number, m.Title)
	}
	if err := a.store.PutMilestone(ctx, m, instead); err != nil {
		return err
	}
	if instead != 0 {
		if err := b.RenumberNotes(instead, m.Number); err != nil {
			return fmt.Errorf("the milestone is open, and its notes still say %d: %w", instead, err)
		}
	}
	if err := a.pipe.AddEvents(ctx, []device.Event{e}); err != nil {
		return fmt.Errorf("the milestone is open, and the event that tells it was not recorded: %w", err)
	}
	return nil
}

// redraft brings a blog's draft up to date behind something that a person did, which stands whatever becomes of it.
func (a *Agent) redraft(ctx context.Context, b *blog) Drafted {
	path, _, err := b.draft(ctx)
	if err != nil {
		return Drafted{Undrafted: err.Error()}
	}
	return Drafted{Draft: path}
}

func milestoneOf(m store.Milestone) device.Milestone {
	return device.Milestone{
		Number: m.Number, Title: m.Title, Subtitle: m.Subtitle, Phase: m.Phase, OpenedAt: m.OpenedAt, PublishedAt: m.PublishedAt,
		After: m.After, Until: m.Ended, State: device.MilestoneOpen,
	}
}

// label is what a title says before itself although the post says it already.
var label = regexp.MustCompile(`(?i)^\s*milestone\s*#?\d+\s*[-:.]\s*`)

// check makes the words fit to stand in a post. A title is one line of text.
func (o *MilestoneOrder) check() error {
	if o.Number < 1 || o.Number > maxMilestone {
		return &mistake{fmt.Sprintf("milestone %d: its number is 1 to %d", o.Number, maxMilestone)}
	}
	o.Title = label.ReplaceAllString(o.Title, "")
	for _, w := range []struct {
		name string
		text *string
		most int
	}{{"title", &o.Title, 120}, {"subtitle", &o.Subtitle, 200}, {"phase", &o.Phase, 120}} {
		if !utf8.ValidString(*w.text) || strings.ContainsFunc(*w.text, unicode.IsControl) {
			return &mistake{fmt.Sprintf("the %s holds signs that cannot be printed: it is one line of text", w.name)}
		}
		*w.text = strings.Join(strings.Fields(*w.text), " ")
		if n := utf8.RuneCountInString(*w.text); n > w.most {
			return &mistake{fmt.Sprintf("the %s has %d characters, at most %d are read", w.name, n, w.most)}
		}
	}
	if o.Title == "" {
		return &mistake{"a milestone needs a title: say with --title what it achieves"}
	}
	return nil
}

// checkNumber refuses a number that has a post already, or that is not behind all of those.
func (o *MilestoneOrder) checkNumber(all []store.Milestone, papers []blogsink.Paper) error {
	last := 0
	for _, m := range all {
		if m.PublishedAt.IsZero() {
			continue
		}
		last = max(last, m.Number)
		if m.Number == o.Number {
			return &mistake{fmt.Sprintf("milestone %d is published since %s: %s", m.Number, utc(m.PublishedAt), nextIs(max(last, highest(papers))))}
		}
	}
	if i := slices.IndexFunc(papers, func(p blogsink.Paper) bool { return !p.Draft && p.Milestone == o.Number }); i >= 0 {
		return &mistake{fmt.Sprintf("milestone %d has a post, %s: %s", o.Number, papers[i].File, nextIs(max(last, highest(papers))))}
	}
	if o.Number < last {
		return &mistake{fmt.Sprintf("milestone %d is published already, so %d would come too late: %s", last, o.Number, nextIs(last))}
	}
	return nil
}

// highest is the number of the last post.
func highest(papers []blogsink.Paper) int {
	n := 0
	for _, p := range papers {
		if !p.Draft {
			n = max(n, p.Milestone)
		}
	}
	return n
}

func nextIs(last int) string { return fmt.Sprintf("the next one is %d", last+1) }

// inTheWay says why another milestone cannot be opened, and what to do.
func inTheWay(open *store.Milestone, number int) string {
	if open.Number == number {
		return fmt.Sprintf("milestone %d is open already, as %q: with --instead it gets these words in the place of those", number, open.Title)
	}
	return fmt.Sprintf("milestone %d (%s) is open and not published: \"quorate post publish\" ends it, or with --instead it becomes milestone %d", open.Number, open.Title, number)
}
