package prtg

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk/sourcehttp"
)

// identity is all that PRTG knows about who a device is: its name and what was typed as its host. Lonely reports of a
// bare label whether no other device has the same.
func identity(d *node, lonely func(string) bool) device.Identity {
	id := device.Identity{Ref: d.ref(), Name: d.name, Location: d.location}
	host := hostOf(d.host)
	if a, err := netip.ParseAddr(host); err == nil {
		if a = a.Unmap().WithZone(""); !a.IsLoopback() && !a.IsUnspecified() {
			id.Addresses = []string{a.String()}
		}
		return id
	}
	if host == "" || host == "localhost" || strings.HasPrefix(host, "localhost.") || strings.ContainsAny(host, " \t") || !strings.Contains(host, ".") && !lonely(host) {
		return id
	}
	id.Hostnames = []string{sourcehttp.Clean(host)}
	return id
}

// ref is the number by which PRTG knows the device: it stays when the device is renamed or moved.
func (d *node) ref() string { return strconv.FormatInt(d.id, 10) }

// hostOf is the host part of what was typed: an address, a name, either with a port, or a URL.
func hostOf(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if strings.Contains(s, "://") {
		u, err := url.Parse(s)
		if err != nil {
			return ""
		}
		return strings.TrimSuffix(u.Hostname(), ".")
	}
	if a, err := netip.ParseAddrPort(s); err == nil {
		return a.Addr().String()
	}
	s, _, _ = strings.Cut(s, "/")
	if _, err := netip.ParseAddr(s); err != nil {
		if host, port, ok := strings.Cut(s, ":"); ok && strings.Trim(port, "0123456789") == "" {
			s = host
		}
	}
	return strings.TrimSuffix(strings.Trim(s, "[]"), ".")
}
