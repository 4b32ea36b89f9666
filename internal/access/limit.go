package access

import (
	"net/netip"
	"sync"
	"time"
)

// How much may be asked.
const (
	// tokenRate is how many requests a second a token may make, tokenBurst how many at once after a rest.
	tokenRate, tokenBurst = 20, 40
	// addressRate is for each address, for what has no token: a page with its parts makes few. From this machine
	// more is taken, since all its programs are one address.
	addressRate, addressBurst = 50, 200
	localRate, localBurst     = 500, 2000
	// failuresPerMinute is how many wrong tokens, tickets and logins an address may send.
	failuresPerMinute = 5
	// maxKeys is how many addresses are told apart. Where more come, the rest share.
	maxKeys = 4096
)

// limit counts by key, in bounded memory: a key whose count is full again is forgotten, and where none is, all further
// keys share one count, so that nobody can push out the count of another.
type limit[K comparable] struct {
	rate, burst float64 // a second, at once
	now         func() time.Time

	mu     sync.Mutex
	counts map[K]*count
	rest   *count
	swept  time.Time
}

type count struct {
	left float64
	at   time.Time
}

func newLimit[K comparable](rate, burst float64, now func() time.Time) *limit[K] {
	return &limit[K]{rate: rate, burst: burst, now: now, counts: map[K]*count{}, rest: &count{burst, now()}}
}

// take takes one, or reports how long there will be none.
func (l *limit[K]) take(key K) (ok bool, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	c := l.counts[key]
	if c == nil {
		c = l.fresh(key, now)
	}
	l.fill(c, now)
	if c.left < 1 {
		return false, time.Duration((1 - c.left) / l.rate * float64(time.Second))
	}
	c.left--
	return true, 0
}

func (l *limit[K]) fresh(key K, now time.Time) *count {
	// Sweeping at most once a second keeps a flood of addresses cheap.
	if len(l.counts) >= maxKeys && (now.Sub(l.swept) >= time.Second || now.Before(l.swept)) {
		l.swept = now
		for k, c := range l.counts {
			if l.fill(c, now); c.left >= l.burst {
				delete(l.counts, k)
			}
		}
	}
	if len(l.counts) >= maxKeys {
		return l.rest
	}
	c := &count{l.burst, now}
	l.counts[key] = c
	return c
}

func (l *limit[K]) fill(c *count, now time.Time) {
	// A clock that was set back fills nothing.
	c.left = min(c.left+max(now.Sub(c.at), 0).Seconds()*l.rate, l.burst)
	c.at = now
}

// keyOf is whom a request is counted for: an IPv4 address, or a network of IPv6, since whoever has one address there has a
// whole network of them.
func keyOf(a netip.Addr) netip.Prefix {
	width := 32
	if a.Is6() {
		width = 64
	}
	p, err := a.Prefix(width)
	if err != nil {
		return netip.Prefix{} // of no address
	}
	return p
}
