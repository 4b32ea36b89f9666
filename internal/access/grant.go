package access

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"
	"time"
)

// What a grant is: the words stand in the record.
const (
	kindToken   = "token"
	kindSession = "session"
)

// grant is a token or a session: somebody's right to ask, as long as it lasts. What is not atomic never changes: a
// change is another grant in its place.
type grant struct {
	kind, name string
	stored
	used atomic.Int64 // when it was last used, in seconds of Unix time; 0 for never
	told atomic.Int64 // what of it is stored

	// life ends when the grant does: revoked, logged out, expired. Before is that of the secret before, nil where there
	// is none.
	life   life
	before *life
}

// life is how long those may ask who came with a secret.
type life struct {
	context.Context
	end context.CancelCauseFunc
}

func newLife() life {
	ctx, end := context.WithCancelCause(context.Background())
	return life{ctx, end}
}

// stored is what the record holds of a grant.
type stored struct {
	Sum     digest    `json:"sum"`
	AI      bool      `json:"ai,omitempty"`
	Scopes  []Scope   `json:"scopes"`
	Token   string    `json:"token,omitempty"` // of a session: the token that it was opened with and ends with
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"` // zero for never
	Used    time.Time `json:"used,omitzero"`
	// Of a rotated token: the sum of the secret before, and until when it is taken.
	Before      *digest   `json:"before,omitempty"`
	BeforeUntil time.Time `json:"before_until,omitzero"`
}

func newGrant(kind, name string, s stored) *grant {
	g := &grant{kind: kind, name: name, stored: s}
	g.life = newLife()
	if s.Before != nil {
		before := newLife()
		g.before = &before
	}
	if !s.Used.IsZero() {
		g.used.Store(s.Used.Unix())
		g.told.Store(s.Used.Unix())
	}
	return g
}

// over ends whoever asks with it.
func (g *grant) over() {
	g.life.end(errEnded)
	if g.before != nil {
		g.before.end(errEnded)
	}
}

func decodeGrant(kind, name string, body []byte) (*grant, error) {
	var s stored
	if err := json.Unmarshal(body, &s); err != nil {
		return nil, fmt.Errorf("%s %q: %w", kind, name, err)
	}
	return newGrant(kind, name, s), nil
}

// body is what the record holds of it.
func (g *grant) body() ([]byte, error) {
	s := g.stored
	s.Used = g.lastUsed()
	return json.Marshal(s)
}

func (g *grant) lastUsed() time.Time {
	if at := g.used.Load(); at > 0 {
		return time.Unix(at, 0).UTC()
	}
	return time.Time{}
}

// until is when it ends by itself, zero for never: a session also ends when nobody used it for long.
func (g *grant) until() time.Time {
	if g.kind != kindSession {
		return g.Expires
	}
	last := g.Created
	if used := g.lastUsed(); used.After(last) {
		last = used
	}
	return last.Add(sessionIdle)
}

func (g *grant) expired(now time.Time) bool {
	until := g.until()
	return !until.IsZero() && !now.Before(until)
}

// held are the scopes that it gives. That no AI may approve does not hang on the order that made the token alone.
func (g *grant) held() []Scope {
	if !g.AI {
		return g.Scopes
	}
	return slices.DeleteFunc(slices.Clone(g.Scopes), func(s Scope) bool { return !forAI(s) })
}

// forAI reports whether the token of an AI may hold the scope: what it proposes, a person approves.
func forAI(s Scope) bool { return s != Approve && s != Admin }
