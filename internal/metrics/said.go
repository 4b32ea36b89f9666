package metrics

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view"
	"github.com/quorate/quorate/pipeline"
)

// perRead is how many events are read at once.
const perRead = 200

type pair struct{ a, b string }

type voted struct{ source, state string }

// said counts what the record says, from the agent's start on. It is read on at each scrape: nothing is missed and
// nothing is read while nobody asks.
type said struct {
	mu      sync.Mutex
	after   int64
	events  map[device.EventType]int
	votes   map[voted]int
	against map[pair]int
}

func (s *said) begin(after int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.after, s.events, s.votes, s.against = after, map[device.EventType]int{}, map[voted]int{}, map[pair]int{}
}

// readOn counts what was recorded since. What it does not reach before ctx ends is counted the next time.
func (s *said) readOn(ctx context.Context, read view.Reader) error {
	for ctx.Err() == nil && s.after < read.LastSeq() {
		events, err := read.Events(ctx, s.after, perRead)
		if damaged, ok := errors.AsType[*pipeline.Damaged](err); ok {
			s.after = damaged.Seq // nobody can read it any more
			continue
		}
		if err != nil || len(events) == 0 {
			return err
		}
		for i := range events {
			s.count(&events[i])
		}
		s.after = events[len(events)-1].Seq
	}
	return nil
}

func (s *said) count(e *device.Event) {
	s.events[e.Type]++
	if e.Type == device.EventVerdictChanged {
		for i := range e.Votes {
			s.votes[voted{e.Votes[i].Source, word(&e.Votes[i])}]++
		}
	}
	if e.Type == device.EventDisputeOpened {
		for p := range opposed(e.Votes) {
			s.against[p]++
		}
	}
}

// word is what a vote says in one word.
func word(v *device.Vote) string {
	if v.Abstain != "" || v.State == "" {
		return "abstain"
	}
	return string(v.State)
}

// opposed are the pairs of sources of which one says what the other does not, about the same question.
func opposed(votes []device.Vote) map[pair]bool {
	out := map[pair]bool{}
	for i := range votes {
		for j := range i {
			v, w := &votes[i], &votes[j]
			if v.Source != w.Source && v.Facet == w.Facet && v.Component == w.Component && word(v) != "abstain" && word(w) != "abstain" && v.State != w.State {
				out[of(v.Source, w.Source)] = true
			}
		}
	}
	return out
}

func of(a, b string) pair {
	if a > b {
		a, b = b, a
	}
	return pair{a, b}
}

func sortedPairs[V any](m map[pair]V) []pair {
	out := make([]pair, 0, len(m))
	for p := range m {
		out = append(out, p)
	}
	slices.SortFunc(out, func(x, y pair) int { return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b)) })
	return out
}

func byVote(x, y voted) int {
	return cmp.Or(cmp.Compare(x.source, y.source), cmp.Compare(x.state, y.state))
}
