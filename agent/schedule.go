package agent

import "time"

// schedule says when a source is polled: once an interval, and sooner when something was pushed. It belongs to the
// source's goroutine.
type schedule struct {
	gather, apart time.Duration

	regular time.Time // when the next poll is due anyway
	pushed  time.Time // when the one is due that pushes ask for; zero where none does
	free    time.Time // no hastened poll begins before
	ended   time.Time // of the latest poll; zero before the first
}

// push notes that a poll is wanted. What is pushed within the time to gather leads to that same poll, and what comes
// too soon after a hastened one waits.
func (s *schedule) push(now time.Time) {
	if !s.pushed.IsZero() {
		return
	}
	s.pushed = now.Add(s.gather)
	if s.pushed.Before(s.free) {
		s.pushed = s.free
	}
}

// next is when the next poll begins, and whether it was hastened. Where the regular one comes first it is the one that
// pushes asked for, for it begins after them.
func (s *schedule) next() (at time.Time, hastened bool) {
	if !s.pushed.IsZero() && s.pushed.Before(s.regular) {
		return s.pushed, true
	}
	return s.regular, false
}

// polled notes a poll that has ended, and that the next one is due after wait. A poll that takes long is a burden for the
// monitor: pushes bring it at most half of the time.
func (s *schedule) polled(began, ended time.Time, wait time.Duration, hastened bool) {
	s.ended, s.regular, s.pushed = ended, ended.Add(wait), time.Time{}
	if hastened {
		s.free = ended.Add(max(s.apart, ended.Sub(began)))
	}
}

// every says that polls are due another time apart, counted from the latest: the next may be due at once.
func (s *schedule) every(wait time.Duration) {
	if !s.ended.IsZero() {
		s.regular = s.ended.Add(wait)
	}
}
