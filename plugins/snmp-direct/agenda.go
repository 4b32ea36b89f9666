package snmpdirect

import (
	"sync"
	"time"
)

const (
	// coalesce is how long a poll waits for further traps of the same device: they come in groups.
	coalesce = time.Second
	// secondLook is when the device is looked at once more: some send a trap before their tables show what it is about,
	// and a change of state wants a second word.
	secondLook = 10 * time.Second
	// leastGap is the time between two polls of one device that traps bring about.
	leastGap = 5 * time.Second
)

// agenda is which targets are to be polled before their time. It holds each once at most, and so needs no other bound.
type agenda struct {
	wake chan struct{} // holds a token when something has become due earlier

	mu    sync.Mutex // guards what follows
	items map[int]*item
}

// item is one target: the time of the next look, of the one after it, and of the last; zero where there is none.
type item struct{ next, second, last time.Time }

func newAgenda() *agenda {
	return &agenda{wake: make(chan struct{}, 1), items: map[int]*item{}}
}

// hasten makes target due soon. Several calls before it is polled are one.
func (a *agenda) hasten(target int, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	it := a.items[target]
	if it == nil {
		it = &item{}
		a.items[target] = it
	}
	soon := now.Add(coalesce)
	if !it.last.IsZero() && soon.Before(it.last.Add(leastGap)) {
		soon = it.last.Add(leastGap)
	}
	if it.next.IsZero() || soon.Before(it.next) {
		it.next = soon
	}
	it.second = it.next.Add(secondLook)
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// due takes a target whose time has come. Where there is none, it tells how long until there may be.
func (a *agenda) due(now time.Time) (target int, ok bool, wait time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	wait = time.Hour
	for t, it := range a.items {
		switch {
		case it.next.IsZero():
			if now.Sub(it.last) > leastGap {
				delete(a.items, t)
			}
			continue
		case it.next.After(now):
			wait = min(wait, it.next.Sub(now))
			continue
		}
		it.last, it.next, it.second = now, it.second, time.Time{}
		return t, true, 0
	}
	return 0, false, wait
}
