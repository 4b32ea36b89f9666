package access

import (
	"cmp"
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"
)

// sessionIdle is how long a session lasts that nobody uses.
const sessionIdle = 30 * 24 * time.Hour

// Session is what may be told of a session of the page.
type Session struct {
	Name    string
	Scopes  []Scope
	Token   string // the token that it was opened with and ends with; "" for a login link
	Created time.Time
	Used    time.Time
	Expires time.Time // where nobody uses it any more
}

// LoginLink returns a secret that opens one session with these scopes, once, and until when. It is good for ten minutes.
func (k *Keeper) LoginLink(scopes []Scope) (secret string, until time.Time, err error) {
	if len(scopes) == 0 || slices.ContainsFunc(scopes, func(s Scope) bool { return s == Open || !Known(s) }) {
		return "", time.Time{}, &Mistake{"a login needs scopes: " + joined(Scopes())}
	}
	secret, until = k.links.give(Caller{Scopes: inOrder(scopes)})
	return secret, until, nil
}

// openSession makes a session with the scopes, of a token where that is not nil, and returns its secret. Where there are
// as many as may be, the one that was not used for longest ends.
func (k *Keeper) openSession(ctx context.Context, scopes []Scope, token *grant) (secret string, _ *grant, err error) {
	k.change.Lock()
	defer k.change.Unlock()
	if k.count(kindSession) >= maxGrants {
		if err := k.drop(ctx, k.idlest()); err != nil {
			return "", nil, err
		}
	}
	now := k.now().UTC().Truncate(time.Second)
	secret = newSecret(sessionPrefix)
	s := stored{Sum: digestOf(secret), Scopes: scopes, Created: now, Used: now}
	if token != nil {
		// It may have ended since it was looked at.
		if k.named(kindToken, token.name) != token {
			return "", nil, errEnded
		}
		s.Token, s.AI = token.name, token.AI
	}
	g := newGrant(kindSession, "s-"+strings.ToLower(rand.Text()[:10]), s)
	return secret, g, k.add(ctx, g, nil)
}

func (k *Keeper) idlest() *grant {
	var found *grant
	for _, g := range k.all() {
		if g.kind == kindSession && (found == nil || g.used.Load() < found.used.Load()) {
			found = g
		}
	}
	return found
}

// endSessionsOf ends the sessions of a token. It is called with change held.
func (k *Keeper) endSessionsOf(ctx context.Context, token string) error {
	var failed error
	for _, g := range k.all() {
		if g.kind == kindSession && g.Token == token {
			failed = cmp.Or(failed, k.drop(ctx, g))
		}
	}
	return failed
}

// EndSession ends a session at once, with its streams.
func (k *Keeper) EndSession(ctx context.Context, name string) error {
	k.change.Lock()
	defer k.change.Unlock()
	g := k.named(kindSession, name)
	if g == nil {
		return &Missing{"there is no such session; \"quorate login --list\" lists them"}
	}
	return k.drop(ctx, g)
}

// Sessions lists them, the one that was used last first.
func (k *Keeper) Sessions() []Session {
	now := k.now()
	out := []Session{}
	for _, g := range k.all() {
		if g.kind == kindSession && !g.expired(now) {
			out = append(out, Session{g.name, g.held(), g.Token, g.Created, g.lastUsed(), g.until()})
		}
	}
	slices.SortFunc(out, func(a, b Session) int { return cmp.Or(b.Used.Compare(a.Used), strings.Compare(a.Name, b.Name)) })
	return out
}

// Empty reports whether nobody was ever let in, or everybody was ended.
func (k *Keeper) Empty() bool { return len(k.all()) == 0 }
