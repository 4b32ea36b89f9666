package api

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// streamBuffer is how much of a stream the system keeps for a client that reads slowly, in bytes. Left alone it would
// be megabytes, and a client that reads nothing would be noticed minutes later.
const streamBuffer = 128 << 10

// listener is what a stream knows of where its client came in. A nil one is that of a unix socket or a test.
type listener struct {
	ended <-chan struct{} // closed when the listener is
	// upgraded are connections that the HTTP server no longer knows of: whoever stops it waits for them.
	upgraded *sync.WaitGroup
	conn     net.Conn
}

type listenerKey struct{}

// remember returns an http.Server's ConnContext for a listener that ctx ends, and what waits for the connections that
// became WebSockets.
func remember(ctx context.Context) (connContext func(context.Context, net.Conn) context.Context, wait func()) {
	var upgraded sync.WaitGroup
	return func(of context.Context, c net.Conn) context.Context {
		return context.WithValue(of, listenerKey{}, &listener{ctx.Done(), &upgraded, c})
	}, upgraded.Wait
}

func listenerOf(ctx context.Context) *listener {
	l, _ := ctx.Value(listenerKey{}).(*listener)
	return l
}

// closing reports whether the listener has ended, or the whole agent.
func (l *listener) closing() bool {
	if l == nil {
		return false
	}
	select {
	case <-l.ended:
		return true
	default:
		return false
	}
}

// upgrade counts a connection that becomes a WebSocket, until done is called.
func (l *listener) upgrade() (done func()) {
	if l == nil {
		return func() {}
	}
	l.upgraded.Add(1)
	return l.upgraded.Done
}

// boundBuffer bounds what the system keeps for the client. Over HTTP/2 the connection carries more than this stream.
func (l *listener) boundBuffer(r *http.Request) {
	if l == nil || r.ProtoMajor > 1 {
		return
	}
	c := l.conn
	for {
		wrapped, ok := c.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		c = wrapped.NetConn()
	}
	if plain, ok := c.(*net.TCPConn); ok {
		_ = plain.SetWriteBuffer(streamBuffer) // without it the stream works as well
	}
}
