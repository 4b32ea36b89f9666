package access

import (
	"context"
	"time"
)

// CallerKind is how somebody came in.
type CallerKind string

// The ways in.
const (
	CallerSocket  CallerKind = "socket"  // by the unix socket, which the operating system guards
	CallerLocal   CallerKind = "local"   // from this machine, without a token
	CallerToken   CallerKind = "token"   // with a token
	CallerSession CallerKind = "session" // with the cookie of the page
)

// Caller is who asks.
type Caller struct {
	Kind CallerKind
	// Name is that of the token, or of the session's; "" of the others.
	Name   string
	Scopes []Scope
	// Masked says that everything private is to be replaced in the answer: the caller may share, and not read.
	Masked bool
	// AI says that a program asks whose proposals a person approves.
	AI bool
	// Secure says that nobody on the way reads along: the request came encrypted.
	Secure bool

	grant *grant // of a token or a session
	life  life   // of its secret
}

// May reports whether the caller holds the scope.
func (c Caller) May(s Scope) bool { return Held(c.Scopes, s) }

// lasts reports whether what the caller came with is still good at now.
func (c Caller) lasts(now time.Time) bool {
	return c.grant == nil || c.life.Err() == nil && !c.grant.expired(now)
}

// Bound returns a context that ends with ctx, and within a second when the caller may no longer ask: revoked, expired,
// logged out. A stream works in it. Cancel frees it.
func (c Caller) Bound(ctx context.Context) (_ context.Context, cancel context.CancelFunc) {
	if c.grant == nil {
		return ctx, func() {}
	}
	bound, end := context.WithCancelCause(ctx)
	stop := context.AfterFunc(c.life, func() { end(errEnded) })
	return bound, func() { stop(); end(nil) }
}

type callerKey struct{}

// WithCaller returns a context in which c asks.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// CallerOf returns who asks, and false where nobody is known.
func CallerOf(ctx context.Context) (Caller, bool) {
	c, ok := ctx.Value(callerKey{}).(Caller)
	return c, ok
}
