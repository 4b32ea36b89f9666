package seeded

import (
	"slices"
	"time"
)

// Span is a stretch of time. From belongs to it, To does not.
type Span struct{ From, To time.Time }

// Length is how long it lasts.
func (s Span) Length() time.Duration { return s.To.Sub(s.From) }

// Spans are in order and do not touch.
type Spans []Span

// Has reports whether t lies in one of the spans.
func (s Spans) Has(t time.Time) bool {
	_, in := s.at(t)
	return in
}

// at returns the span in which t lies.
func (s Spans) at(t time.Time) (Span, bool) {
	for i := range s {
		if t.Before(s[i].From) {
			break
		}
		if t.Before(s[i].To) {
			return s[i], true
		}
	}
	return Span{}, false
}

// union is the time that lies in any of the lists.
func union(lists ...Spans) Spans {
	all := slices.Concat(lists...)
	slices.SortFunc(all, func(a, b Span) int { return a.From.Compare(b.From) })
	var out Spans
	for _, s := range all {
		if n := len(out); n > 0 && !s.From.After(out[n-1].To) {
			if s.To.After(out[n-1].To) {
				out[n-1].To = s.To
			}
			continue
		}
		out = append(out, s)
	}
	return out
}
