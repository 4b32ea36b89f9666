package api

import (
	"cmp"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/quorate/quorate/internal/access"
)

// Door is what holds at one listener. The zero value is that of plain HTTP on loopback.
type Door struct {
	// TLS is nil where plain HTTP is spoken.
	TLS *tls.Config
	// Hosts are the names that it answers to, besides those of loopback and the address that was reached. They are names
	// or addresses without a port.
	Hosts []string
	// Proxies are believed when they say for whom they ask, and by which name and protocol.
	Proxies []netip.Prefix
	// RequireTokens says that programs and people of this machine need a token as well.
	RequireTokens bool
}

// opened is a listener as the door has it: a bounded number of connections, and TLS where that is spoken.
func (d Door) opened(l net.Listener) net.Listener {
	l = newCrowd(l, d.believes)
	if d.TLS == nil {
		return l
	}
	return tls.NewListener(httpsOnly{l}, d.TLS)
}

// lets puts who asks into the context, and the name that was asked for into the request. What a proxy says counts only
// where its address is a believed one; through a proxy nobody is local.
func (d Door) lets(listen net.Addr, next http.Handler) http.Handler {
	loopback := loopbackAddr(listen)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from := addrOf(r.RemoteAddr)
		peer := access.Peer{Addr: from, Secure: r.TLS != nil, Local: loopback && from.IsLoopback() && !d.RequireTokens && !forwarded(r.Header)}
		host := r.Host
		if d.believes(from) {
			peer.Local, peer.Addr = false, d.client(r.Header, from)
			if p := last(r.Header, "X-Forwarded-Proto"); p != "" {
				peer.Secure = strings.EqualFold(p, "https")
			}
			host = cmp.Or(last(r.Header, "X-Forwarded-Host"), host)
		}
		r = r.WithContext(access.WithPeer(r.Context(), peer))
		r.Host = host
		next.ServeHTTP(w, r)
	})
}

func (d Door) believes(a netip.Addr) bool {
	return slices.ContainsFunc(d.Proxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

// client is for whom a believed proxy asks: the last address of X-Forwarded-For that is no believed proxy itself. What
// stands before it may be made up.
func (d Door) client(h http.Header, proxy netip.Addr) netip.Addr {
	hops := strings.Split(strings.Join(h.Values("X-Forwarded-For"), ","), ",")
	client := proxy
	for _, hop := range slices.Backward(hops) {
		a := addrOf(strings.TrimSpace(hop))
		if !a.IsValid() {
			break
		}
		client = a
		if !d.believes(a) {
			break
		}
	}
	return client
}

// forwarded reports whether a proxy has passed the request on. One that nobody has named is not believed, but who comes
// through it is not of this machine.
func forwarded(h http.Header) bool {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via"} {
		if len(h.Values(name)) > 0 {
			return true
		}
	}
	return false
}

// last is the last entry of a header's list: what the nearest proxy has set.
func last(h http.Header, name string) string {
	all := strings.Join(h.Values(name), ",")
	return strings.TrimSpace(all[strings.LastIndexByte(all, ',')+1:])
}

// addrOf is the address of "192.0.2.1:80", "[2001:db8::1]:80", "192.0.2.1" or "2001:db8::1", the zero value of anything
// else.
func addrOf(s string) netip.Addr {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone("")
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}

func loopbackAddr(a net.Addr) bool { return addrOf(a.String()).IsLoopback() }

// answersTo reports whether the host that a request names is one of this listener's: a name of loopback, one of Hosts, or
// the address that the connection was made to. Any other name may have been made to lead here by somebody else, to have
// the browser of a visitor read what is behind it.
func (d Door) answersTo(ctx context.Context, hostport string) bool {
	host := hostName(hostport)
	if host == "localhost" || slices.ContainsFunc(d.Hosts, func(own string) bool { return host == hostName(own) }) {
		return true
	}
	a := addrOf(host)
	if !a.IsValid() || a.IsLoopback() {
		return a.IsLoopback()
	}
	reached, ok := ctx.Value(http.LocalAddrContextKey).(net.Addr)
	return ok && addrOf(reached.String()) == a
}

// hostName is a host without its port, as names are compared.
func hostName(hostport string) string {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	return strings.TrimSuffix(strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")), ".")
}
