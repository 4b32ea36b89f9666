package access

import (
	"slices"
	"sync"
	"time"
)

const (
	// linkLife is how long a login link may be used, ticketLife a ticket.
	linkLife, ticketLife = 10 * time.Minute, 30 * time.Second
	// maxOneTimes is how many of a kind may wait to be used; the oldest gives way.
	maxOneTimes = 64
)

// oneTimes are secrets that are good for one use, soon. Only their sums are held, and they do not outlive the process.
type oneTimes struct {
	prefix string
	life   time.Duration
	now    func() time.Time

	mu  sync.Mutex
	all []oneTime // the oldest first
}

type oneTime struct {
	sum   digest
	until time.Time
	gives Caller
}

// give returns a secret that is good for what is given, and until when.
func (o *oneTimes) give(gives Caller) (secret string, until time.Time) {
	secret = newSecret(o.prefix)
	o.mu.Lock()
	defer o.mu.Unlock()
	until = o.now().Add(o.life)
	if len(o.all) >= maxOneTimes {
		o.all = slices.Delete(o.all, 0, 1)
	}
	o.all = append(o.all, oneTime{digestOf(secret), until, gives})
	return secret, until
}

// look reports whether the secret is good, without using it up.
func (o *oneTimes) look(secret string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.find(secret) >= 0
}

// take uses the secret up and returns what it gives; false where it is not good, or no longer.
func (o *oneTimes) take(secret string) (Caller, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	i := o.find(secret)
	if i < 0 {
		return Caller{}, false
	}
	gives := o.all[i].gives
	o.all = slices.Delete(o.all, i, i+1)
	return gives, true
}

// find is called with mu held. It compares with all there are, each in constant time.
func (o *oneTimes) find(secret string) int {
	now := o.now()
	o.all = slices.DeleteFunc(o.all, func(x oneTime) bool { return !now.Before(x.until) })
	found := -1
	if !wellFormed(o.prefix, secret) {
		return found
	}
	sum := digestOf(secret)
	for i := range o.all {
		if o.all[i].sum.is(sum) {
			found = i
		}
	}
	return found
}
