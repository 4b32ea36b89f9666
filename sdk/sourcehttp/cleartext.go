package sourcehttp

import (
	"net/netip"
	"strings"
)

// Encrypted is the address to configure in place of Base where what the client sends travels to another machine in clear
// text: that of the same host with https at its usual port. It is "" where nothing is to be changed.
func (c *Client) Encrypted() string {
	host := c.base.Hostname()
	if c.base.Scheme != "http" || host == "localhost" {
		return ""
	}
	if a, err := netip.ParseAddr(host); err == nil && a.IsLoopback() {
		return ""
	}
	u := *c.base
	u.Scheme, u.Host = "https", host
	if strings.Contains(host, ":") {
		u.Host = "[" + host + "]"
	}
	return u.String()
}
