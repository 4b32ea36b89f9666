package access

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

const (
	// tick is how often what has expired is ended, and what was used is noted.
	tick = time.Second
	// usedEvery is how often it is stored when a grant was last used.
	usedEvery = time.Minute
	// maxGrants bounds tokens and sessions, each: every request is compared with all of them.
	maxGrants = 256
)

// What ends whoever asks. Revoked, expired and logged out are one to them.
var errEnded = errors.New("this token or session is no longer valid")

// Keeper holds the tokens and sessions. Its methods are safe for concurrent use.
type Keeper struct {
	store Store
	log   *slog.Logger
	now   func() time.Time
	note  func(Change)

	// change makes one that changes grants wait for another; mu is held for moments alone, requests wait for nothing else.
	change  sync.Mutex
	mu      sync.RWMutex
	grants  []*grant
	links   oneTimes
	tickets oneTimes
}

// Change is what became of a token, for the record.
type Change struct {
	What   string // created, revoked, rotated
	Token  string // its name
	Scopes []Scope
	AI     bool
}

// KeeperOptions is what the agent passes in. The zero value keeps nothing beyond the process.
type KeeperOptions struct {
	Store Store
	Log   *slog.Logger
	// Note, where not nil, is told of each token that is made, changed or ended. It returns at once.
	Note func(Change)
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// NewKeeper makes one that knows nobody yet. Load reads what is stored.
func NewKeeper(o KeeperOptions) *Keeper {
	k := &Keeper{store: o.Store, log: o.Log, now: o.Now, note: o.Note}
	if k.store == nil {
		k.store = memory{}
	}
	if k.log == nil {
		k.log = slog.New(slog.DiscardHandler)
	}
	if k.now == nil {
		k.now = time.Now
	}
	if k.note == nil {
		k.note = func(Change) {}
	}
	k.links = oneTimes{prefix: linkPrefix, life: linkLife, now: k.now}
	k.tickets = oneTimes{prefix: ticketPrefix, life: ticketLife, now: k.now}
	return k
}

// Load reads the tokens and sessions of the store. It is called once, before anybody asks.
func (k *Keeper) Load(ctx context.Context) error {
	var all []*grant
	err := k.store.EachGrant(ctx, func(kind, name string, body []byte) error {
		g, err := decodeGrant(kind, name, body)
		if err == nil {
			all = append(all, g)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("read who may ask: %w", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.grants = all
	return nil
}

// Run ends what has expired and stores when each was last used, until ctx ends. It returns nil.
func (k *Keeper) Run(ctx context.Context) error {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	stored := k.now()
	for {
		select {
		case <-ctx.Done():
			k.storeUsed(context.WithoutCancel(ctx))
			return nil
		case <-ticker.C:
		}
		k.endExpired(ctx)
		if now := k.now(); now.Sub(stored) >= usedEvery || now.Before(stored) {
			k.storeUsed(ctx)
			stored = now
		}
	}
}

// endExpired ends the sessions of expired tokens and the expired sessions. An expired token stays, so that whoever still
// sends it is told why it is not taken; those who listen with it are ended.
func (k *Keeper) endExpired(ctx context.Context) {
	now := k.now()
	k.change.Lock()
	defer k.change.Unlock()
	for _, g := range k.all() {
		switch {
		case g.kind == kindToken && g.expired(now) && g.life.Err() == nil:
			g.over()
			k.logged(k.endSessionsOf(ctx, g.name))
		case g.kind == kindSession && g.expired(now):
			k.logged(k.drop(ctx, g))
		case g.before != nil && !now.Before(g.BeforeUntil):
			g.before.end(errEnded)
		}
	}
}

func (k *Keeper) logged(err error) {
	if err != nil {
		k.log.Warn("end of a grant not stored", "err", err)
	}
}

// storeUsed stores when grants were last used, where that is news.
func (k *Keeper) storeUsed(ctx context.Context) {
	k.change.Lock()
	defer k.change.Unlock()
	for _, g := range k.all() {
		used := g.used.Load()
		if used == g.told.Load() {
			continue
		}
		if err := k.put(ctx, g); err != nil {
			k.log.Warn("last use not stored", "err", err)
			return
		}
		g.told.Store(used)
	}
}

// all are the grants of now. The slice is not changed any more.
func (k *Keeper) all() []*grant {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.grants
}

func (k *Keeper) named(kind, name string) *grant {
	for _, g := range k.all() {
		if g.kind == kind && g.name == name {
			return g
		}
	}
	return nil
}

// find returns the grant of a secret, nil for none, and whether the secret is the one before a rotation. It compares with
// all there are, each in constant time.
func (k *Keeper) find(kind, prefix, secret string) (found *grant, before bool) {
	if !wellFormed(prefix, secret) {
		return nil, false
	}
	sum := digestOf(secret)
	for _, g := range k.all() {
		if g.kind != kind {
			continue
		}
		if g.Sum.is(sum) {
			found, before = g, false
		}
		if g.Before != nil && g.Before.is(sum) {
			found, before = g, true
		}
	}
	return found, before
}

// The methods below are called with change held.

// add stores a grant and lets it in, in the place of the one that it replaces, where that is not nil.
func (k *Keeper) add(ctx context.Context, g, instead *grant) error {
	if err := k.put(ctx, g); err != nil {
		return err
	}
	k.swap(instead, g)
	return nil
}

func (k *Keeper) put(ctx context.Context, g *grant) error {
	body, err := g.body()
	if err == nil {
		err = k.store.PutGrant(ctx, g.kind, g.name, body)
	}
	return err
}

// drop ends a grant, at once for all who use it, and removes it from the store. That goes on where whoever ordered it is
// gone: it may be the grant's own holder, whose context ends with it.
func (k *Keeper) drop(ctx context.Context, g *grant) error {
	k.swap(g, nil)
	g.over()
	if err := k.store.DropGrant(context.WithoutCancel(ctx), g.kind, g.name); err != nil {
		return fmt.Errorf("%s %s is ended, but that is not stored, and a restart would bring it back: %w", g.kind, g.name, err)
	}
	return nil
}

// swap puts a grant in the place of another; either may be nil.
func (k *Keeper) swap(old, next *grant) {
	k.mu.Lock()
	defer k.mu.Unlock()
	all := slices.DeleteFunc(slices.Clone(k.grants), func(g *grant) bool { return g == old })
	if next != nil {
		all = append(all, next)
	}
	k.grants = all
}

func (k *Keeper) count(kind string) int {
	n := 0
	for _, g := range k.all() {
		if g.kind == kind {
			n++
		}
	}
	return n
}
