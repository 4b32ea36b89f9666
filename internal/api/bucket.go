package api

import (
	"sync"
	"time"
)

// bucket allows a number of things a minute, all of them at once where none came for a minute. It is safe for
// concurrent use.
type bucket struct {
	perMinute float64
	now       func() time.Time

	mu   sync.Mutex
	left float64
	at   time.Time // when left was counted
}

func newBucket(perMinute int, now func() time.Time) *bucket {
	return &bucket{perMinute: float64(perMinute), now: now, left: float64(perMinute), at: now()}
}

// take takes one, or reports how long there will be none.
func (b *bucket) take() (ok bool, wait time.Duration) {
	return b.takeUnless(func() bool { return false })
}

// takeUnless takes one where f reports false. Where there is none left it does not ask f, and reports how long there
// will be none.
func (b *bucket) takeUnless(f func() bool) (asked bool, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fill()
	if b.left < 1 {
		return false, b.wait()
	}
	if !f() {
		b.left--
	}
	return true, 0
}

func (b *bucket) fill() {
	now := b.now()
	// A clock that was set back fills nothing.
	passed := max(now.Sub(b.at), 0)
	b.left = min(b.left+passed.Minutes()*b.perMinute, b.perMinute)
	b.at = now
}

func (b *bucket) wait() time.Duration {
	return time.Duration((1 - b.left) / b.perMinute * float64(time.Minute))
}
