package agent

import (
	"context"
	"fmt"
	"net"
	"os/user"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/quorate/quorate/internal/access"
)

// peerKey is where the context of a request has the connection that it came by.
type peerKey struct{}

// withPeer remembers the connection for peer.
func withPeer(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, peerKey{}, c)
}

// peer is who gives an order: by the socket the user of the operating system at its other end, by the kernel's word and by
// name where it has one; else the token or the session.
func peer(ctx context.Context) string {
	if c, ok := access.CallerOf(ctx); ok && c.Kind != access.CallerSocket {
		return strings.TrimSpace(string(c.Kind) + " " + c.Name)
	}
	c, ok := ctx.Value(peerKey{}).(*net.UnixConn)
	if !ok {
		return "unknown"
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return "unknown"
	}
	name := "unknown"
	_ = raw.Control(func(fd uintptr) {
		cred, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
		if err != nil {
			return
		}
		uid := strconv.FormatUint(uint64(cred.Uid), 10)
		name = fmt.Sprintf("uid %s", uid)
		if u, err := user.LookupId(uid); err == nil {
			name = u.Username
		}
	}) // a connection that is closed meanwhile has nobody at its end
	return name
}
