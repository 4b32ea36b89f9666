package access

import "context"

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
