package access

import (
	"context"
	"net/netip"
)

// Peer is who is at the other end of a request over TCP, as far as the agent can know it by itself.
type Peer struct {
	// Addr is the client's address: that of the connection, or the one that a believed proxy names.
	Addr netip.Addr
	// Local says that the request comes from this machine to an address of loopback, through no proxy, and that the
	// configuration asks no token of such.
	Local bool
	// Secure says that the client speaks TLS, with the agent or with a believed proxy.
	Secure bool
}

type peerKey struct{}

// WithPeer returns a context in which p asks.
func WithPeer(ctx context.Context, p Peer) context.Context {
	return context.WithValue(ctx, peerKey{}, p)
}

// PeerOf returns who is at the other end, and false where the request came by no guarded listener: by the unix socket, or
// in a test.
func PeerOf(ctx context.Context) (Peer, bool) {
	p, ok := ctx.Value(peerKey{}).(Peer)
	return p, ok
}
