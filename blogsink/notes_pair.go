package blogsink

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// trouble is a challenge with what was tried and what helped in the end.
type trouble struct {
	note
	// failed are attempts that did not help, and solutions those that did, each in the order in which they were noted.
	failed, solutions []note
	// seqs are the events that show any of it.
	seqs []int64
}

// troubles are the challenges of a milestone with what belongs to each, in the order of the notes. What belongs to a
// challenge that is not there is left alone: see alone.
func troubles(notes []note, milestone int) []trouble {
	var all []trouble
	for _, c := range of(notes, noteChallenge, milestone) {
		t := trouble{note: c, seqs: slices.Clone(c.Evidence)}
		for _, n := range notes {
			if n.For == "" || n.For != c.file {
				continue
			}
			switch n.Kind {
			case noteSolution:
				t.solutions = append(t.solutions, n)
			case noteNotWork:
				t.failed = append(t.failed, n)
			default:
				continue
			}
			t.seqs = append(t.seqs, n.Evidence...)
		}
		byTime := func(a, b note) int {
			return cmp.Or(a.Written.Compare(b.Written), cmp.Compare(a.Weight, b.Weight), strings.Compare(a.file, b.file))
		}
		slices.SortStableFunc(t.failed, byTime)
		slices.SortStableFunc(t.solutions, byTime)
		slices.Sort(t.seqs)
		t.seqs = slices.Compact(t.seqs)
		all = append(all, t)
	}
	return all
}

// headline is what a challenge is called: its title, or the beginning of what it says.
func (t *trouble) headline() string {
	if title := cmp.Or(t.Title, t.Problem); title != "" {
		return title
	}
	words := strings.Fields(t.body)
	if len(words) > 8 {
		return strings.Join(words[:8], " ") + "..."
	}
	return strings.Join(words, " ")
}

// fixed is all that helped.
func (t *trouble) fixed() string {
	parts := []string{t.FixedBy}
	for _, n := range t.solutions {
		parts = append(parts, n.whole())
	}
	return joinText(parts...)
}

// spent is the time that went into all of it, in words; "" where nobody said.
func (t *trouble) spent() string {
	hours := t.Hours
	for _, n := range slices.Concat(t.failed, t.solutions) {
		hours += n.Hours
	}
	if hours <= 0 || hours >= maxHours {
		return ""
	}
	return Span(hours * float64(time.Hour)).String()
}

// whole is a note that belongs to a challenge with its title, where it has one.
func (n *note) whole() string { return joinText(cmp.Or(n.What, n.Title), cmp.Or(n.Why, n.body)) }

// joinText puts texts behind each other as paragraphs.
func joinText(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "\n\n")
}

// alone are the notes of a kind that belong to no challenge of the milestone.
func alone(notes []note, kind string, milestone int) []note {
	return slices.DeleteFunc(of(notes, kind, milestone), func(n note) bool {
		return n.For != "" && slices.ContainsFunc(of(notes, noteChallenge, milestone), func(c note) bool { return c.file == n.For })
	})
}
