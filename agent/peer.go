package agent

import (
	"context"
	"fmt"
	"net"
	"os/user"
	"strconv"

	"golang.org/x/sys/unix"
)

// peerKey is where the context of a request has the connection that it came by.
type peerKey struct{}

// withPeer remembers the connection for peer.
func withPeer(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, peerKey{}, c)
}

// peer is the user of the operating system at the other end of the socket, by the kernel's word: by name where it has one.
func peer(ctx context.Context) string {
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
