package reach

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// headStart is what the port that answered last time has before the others are tried too.
const headStart = 150 * time.Millisecond

// dialer connects from one address and says nothing on the connection.
type dialer struct{ source netip.Addr }

// connect returns nil when the device took the connection. It is reset, so that nothing is left of it on either side.
func (d dialer) connect(ctx context.Context, to netip.AddrPort) error {
	nd := net.Dialer{KeepAlive: -1}
	if d.source.IsValid() && d.source.Is4() == to.Addr().Is4() {
		nd.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(d.source, 0))
	}
	conn, err := nd.DialContext(ctx, "tcp", to.String())
	if err != nil {
		return err
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a device is no less there where this fails
	}
	_ = conn.Close()
	return nil
}

// tryPorts connects to the ports until one answers. The port of the last time goes first, so that an unchanged device costs one
// connection and is described in the same words.
func (k *looker) tryPorts(ctx context.Context, to netip.Addr, ports []uint16, last uint16) outcome {
	if i := slices.Index(ports, last); i > 0 {
		ports = slices.Insert(slices.Delete(slices.Clone(ports), i, i+1), 0, last)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make(chan outcome, len(ports))
	for i, p := range ports {
		go func() {
			if i > 0 && sleep(ctx, headStart) != nil {
				results <- fault(context.Canceled)
				return
			}
			results <- k.tryPort(ctx, to, p)
		}()
	}
	var best outcome
	heard := false
	for range ports {
		o := <-results
		switch {
		case best.kind == answered:
		case o.kind == answered:
			best = o
			cancel() // the others are waited for all the same
		case o.kind == silent:
			best, heard = o, true
		case !heard:
			best = o
		}
	}
	if best.kind == silent {
		best.words = "tcp " + list(ports) + ": no answer"
	}
	return best
}

func (k *looker) tryPort(ctx context.Context, to netip.Addr, port uint16) outcome {
	select {
	case k.dials <- struct{}{}:
		defer func() { <-k.dials }()
	case <-ctx.Done():
		return fault(ctx.Err())
	}
	if err := k.pace.wait(ctx, k.urgent); err != nil {
		return fault(err)
	}
	ctx, cancel := context.WithTimeout(ctx, k.set.timeout)
	defer cancel()
	began := time.Now()
	err := k.connect(ctx, netip.AddrPortFrom(to, port))
	o := outcome{kind: answered, took: time.Since(began), port: port, words: "tcp " + strconv.Itoa(int(port)) + ": answers"}
	if err != nil {
		if o.kind = kindOf(err); o.kind == ownFault {
			return fault(err)
		}
		o.words = "tcp " + strconv.Itoa(int(port)) + ": refused"
	}
	return o
}

// list writes ports in their numerical order, so that the words do not change with the order in which they were tried.
func list(ports []uint16) string {
	var all []string
	for _, p := range slices.Sorted(slices.Values(ports)) {
		all = append(all, strconv.Itoa(int(p)))
	}
	return strings.Join(all, ",")
}
