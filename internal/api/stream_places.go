package api

import (
	"net"
	"net/http"
	"net/netip"
	"sync"

	"github.com/quorate/quorate/internal/access"
)

const (
	// maxStreams is how many clients are served at once, over both transports.
	maxStreams = 64
	// maxStreamsOf is how many of them one other machine may have, so that there are places left for the others.
	maxStreamsOf = 32
)

// places counts the clients of the live streams. It is safe for concurrent use.
type places struct {
	mu  sync.Mutex
	all int
	of  map[string]int // by address, of other machines
}

// take takes a place for a client at that address, and returns what gives it back, or why there is none.
func (p *places) take(address string) (leave func(), full *mistaken) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all >= maxStreams {
		return nil, &mistaken{http.StatusServiceUnavailable, "too_many_streams", "As many clients as may listen at once do so already."}
	}
	if p.of[address] >= maxStreamsOf {
		return nil, &mistaken{http.StatusServiceUnavailable, "too_many_streams", "As many clients as may listen at once from one address do so already."}
	}
	p.all++
	if address != "" {
		if p.of == nil {
			p.of = map[string]int{}
		}
		p.of[address]++
	}
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.all--
		if p.of[address] > 1 {
			p.of[address]--
			return
		}
		delete(p.of, address)
	}, nil
}

// addressOf is the address that a request comes from, or the household's where it is one of IPv6; "" for this machine's
// own. What a believed proxy passes on is of whom it asks for.
func addressOf(r *http.Request) string {
	if p, ok := access.PeerOf(r.Context()); ok {
		switch {
		case !p.Addr.IsValid() || p.Addr.IsLoopback():
			return ""
		case p.Addr.Is4():
			return p.Addr.String()
		}
		return network(p.Addr).String()
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsLoopback() {
		return ""
	}
	return host
}
