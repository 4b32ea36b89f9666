package access

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	// DefaultLife is how long a token lasts where nothing else was said.
	DefaultLife = 90 * 24 * time.Hour
	// maxLife bounds it where it is not forever, and maxGrace how long a rotated secret is still taken.
	maxLife, maxGrace = 10 * 366 * 24 * time.Hour, 30 * 24 * time.Hour
)

var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// Token is what may be told of a token: all but its secret, which nobody holds.
type Token struct {
	Name    string
	AI      bool
	Scopes  []Scope
	Created time.Time
	Expires time.Time // zero for never
	Expired bool
	Used    time.Time // zero for never; exact to a second, and to a minute after a restart
	// RotatedUntil is until when the secret before the latest rotation is taken, zero where there is none.
	RotatedUntil time.Time
}

// NewToken is what a token is to be.
type NewToken struct {
	Name   string
	Scopes []Scope
	// Life is how long it lasts, 0 for DefaultLife.
	Life time.Duration
	// Forever says that it never expires.
	Forever bool
	// AI says that it is for a program that proposes: it can hold neither approve nor admin.
	AI bool
}

// CreateToken makes a token and returns its secret, which is nowhere else. A *Mistake says what cannot be.
func (k *Keeper) CreateToken(ctx context.Context, n NewToken) (secret string, _ Token, err error) {
	if err := n.check(); err != nil {
		return "", Token{}, err
	}
	k.change.Lock()
	defer k.change.Unlock()
	if k.named(kindToken, n.Name) != nil {
		return "", Token{}, &Mistake{fmt.Sprintf("there is a token %q already: revoke or rotate it, or choose another name", n.Name)}
	}
	if k.count(kindToken) >= maxGrants {
		return "", Token{}, &Mistake{fmt.Sprintf("there are %d tokens, which is the most: revoke some", maxGrants)}
	}
	now := k.now().UTC().Truncate(time.Second)
	secret = newSecret(tokenPrefix)
	s := stored{Sum: digestOf(secret), AI: n.AI, Scopes: inOrder(n.Scopes), Created: now}
	if !n.Forever {
		s.Expires = now.Add(n.Life)
	}
	g := newGrant(kindToken, n.Name, s)
	if err := k.add(ctx, g, nil); err != nil {
		return "", Token{}, err
	}
	k.note(Change{What: "created", Token: g.name, Scopes: g.Scopes, AI: g.AI})
	return secret, g.token(now), nil
}

// check also puts the default life in.
func (n *NewToken) check() error {
	if !nameForm.MatchString(n.Name) {
		return &Mistake{fmt.Sprintf("%q is no name of a token: it has up to 64 letters, digits, dots, dashes and underscores, and begins with a letter or digit", short(n.Name))}
	}
	// Whoever mixes up name and secret would have the secret listed.
	if strings.HasPrefix(n.Name, tokenPrefix) {
		return &Mistake{"a name does not begin like a token: choose what it is for, such as grafana"}
	}
	if len(n.Scopes) == 0 {
		return &Mistake{"a token needs a scope at least: " + joined(Scopes())}
	}
	for _, s := range n.Scopes {
		switch {
		case s == Open || !Known(s):
			return &Mistake{fmt.Sprintf("there is no scope %q; there are %s", short(string(s)), joined(Scopes()))}
		case n.AI && !forAI(s):
			return &Mistake{fmt.Sprintf("the token of an AI cannot hold %q: what it proposes, a person approves", s)}
		}
	}
	if n.Forever {
		return nil
	}
	if n.Life == 0 {
		n.Life = DefaultLife
	}
	if n.Life < time.Minute || n.Life > maxLife {
		return &Mistake{"a token lasts between a minute and ten years, or for ever if you say \"never\""}
	}
	return nil
}

// RevokeToken ends a token at once, with the sessions and streams that hang on it.
func (k *Keeper) RevokeToken(ctx context.Context, name string) error {
	k.change.Lock()
	defer k.change.Unlock()
	g := k.named(kindToken, name)
	if g == nil {
		return noToken(name)
	}
	err := k.drop(ctx, g)
	if of := k.endSessionsOf(ctx, name); err == nil {
		err = of
	}
	k.note(Change{What: "revoked", Token: name, Scopes: g.Scopes, AI: g.AI})
	return err
}

func noToken(name string) error {
	return &Missing{fmt.Sprintf("there is no token %q; \"quorate token list\" lists them", short(name))}
}

// Missing is an order about something that there is not; its text is for the person who gave it.
type Missing struct{ text string }

func (e *Missing) Error() string { return e.text }

// RotateToken gives a token another secret, which it returns. The one before is taken for the grace time, 0 for none. One
// that was still taken after an earlier rotation ends now. The token lasts as long again as it was made for. Without grace
// the sessions that were opened with the token end as well.
func (k *Keeper) RotateToken(ctx context.Context, name string, grace time.Duration) (secret string, _ Token, err error) {
	if grace < 0 || grace > maxGrace {
		return "", Token{}, &Mistake{"the token before can be taken for 30 days more at the most"}
	}
	k.change.Lock()
	defer k.change.Unlock()
	old := k.named(kindToken, name)
	if old == nil {
		return "", Token{}, noToken(name)
	}
	now := k.now().UTC().Truncate(time.Second)
	secret = newSecret(tokenPrefix)
	s := old.stored
	s.Sum, s.Used, s.Before, s.BeforeUntil = digestOf(secret), old.lastUsed(), nil, time.Time{}
	if grace > 0 && !old.expired(now) {
		s.Before, s.BeforeUntil = &old.Sum, now.Add(grace)
	}
	if !s.Expires.IsZero() {
		s.Created, s.Expires = now, now.Add(old.Expires.Sub(old.Created))
	}
	g := newGrant(kindToken, name, s)
	if s.Before != nil {
		g.before = &old.life // who listens with it goes on until then
	}
	if err := k.add(ctx, g, old); err != nil {
		return "", Token{}, err
	}
	if old.before != nil {
		old.before.end(errEnded)
	}
	if s.Before == nil {
		old.life.end(errEnded)
		// Whoever has the secret may have logged in with it.
		err = k.endSessionsOf(ctx, name)
	}
	k.note(Change{What: "rotated", Token: name, Scopes: g.Scopes, AI: g.AI})
	return secret, g.token(now), err
}

// Tokens lists them by name, the expired ones as well.
func (k *Keeper) Tokens() []Token {
	now := k.now()
	out := []Token{}
	for _, g := range k.all() {
		if g.kind == kindToken {
			out = append(out, g.token(now))
		}
	}
	slices.SortFunc(out, func(a, b Token) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func (g *grant) token(now time.Time) Token {
	t := Token{Name: g.name, AI: g.AI, Scopes: g.held(), Created: g.Created, Expires: g.Expires, Expired: g.expired(now), Used: g.lastUsed()}
	if g.Before != nil && now.Before(g.BeforeUntil) {
		t.RotatedUntil = g.BeforeUntil
	}
	return t
}
