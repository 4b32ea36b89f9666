package agent

import (
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/quorate/quorate/internal/cert"
)

// DoorConfig is how the place is guarded where the page and the API are served.
type DoorConfig struct {
	// Hosts are names and addresses that the agent answers to, besides those of loopback and the one it listens at.
	Hosts []string
	// Proxies are the addresses of reverse proxies that are believed.
	Proxies []netip.Prefix
	// RequireTokens asks tokens of this machine as well.
	RequireTokens bool
	// TLS says that HTTPS is spoken: with the owner's certificate, or where both are "" with one that the agent makes.
	TLS               bool
	CertFile, KeyFile string
}

// listenAttributes reads where the agent listens, and what it asks of those who come.
func (l *loader) listenAttributes(a attrs, blocks hcl.Blocks) {
	l.cfg.Listen = a.str("listen", l.cfg.Listen)
	d := &l.cfg.Door
	if attr, ok := a.set["listen"]; ok {
		d.TLS = l.checkListen(a, attr.Expr.Range())
	}
	d.Hosts, d.Proxies = l.hosts(a), l.proxies(a)
	if r, ok := a.into("require_tokens", cty.Bool, &d.RequireTokens); ok && !d.RequireTokens && d.TLS {
		l.fail(r, "Tokens are needed", "\"require_tokens\" cannot be false here: others than this machine reach the agent at \"listen\", and they need a token.")
	}
	for i, b := range blocks {
		if i > 0 {
			l.fail(b.DefRange, "Duplicate block", "The agent has one tls block.")
			continue
		}
		l.tls(b)
	}
}

// checkListen reports whether the address is reached by others than this machine.
func (l *loader) checkListen(a attrs, r hcl.Range) bool {
	host, port, err := net.SplitHostPort(l.cfg.Listen)
	n, bad := strconv.ParseUint(port, 10, 16)
	ip, unknown := netip.ParseAddr(host)
	switch {
	case err != nil || bad != nil:
		l.fail(r, "Not an address to listen on", "\"listen\" is %s; it takes an address and a port, such as %q.", a.given("listen", l.cfg.Listen), DefaultListen)
	case host == "localhost":
	case host == "":
		l.fail(r, "Not an address to listen on", "\"listen\" names no address: write \"0.0.0.0:%d\" for all of IPv4, \"[::]:%d\" for all, or %q for this machine alone.", n, n, DefaultListen)
	case unknown != nil:
		l.fail(r, "Not an address to listen on", "\"listen\" is %s; it takes an address, not a name: the names by which others ask go into \"hosts\".", a.given("listen", l.cfg.Listen))
	default:
		return !ip.Unmap().IsLoopback()
	}
	return false
}

var hostForm = regexp.MustCompile(`^(?i)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$`)

func (l *loader) hosts(a attrs) []string {
	var all []string
	for _, h := range a.strs("hosts") {
		_, err := netip.ParseAddr(h)
		if err != nil && (!hostForm.MatchString(h) || len(h) > 253) {
			l.fail(a.set["hosts"].Expr.Range(), "Not a host", "\"hosts\" holds %s; it takes names and addresses as they stand in a browser's address, without \"https://\" and without a port.", a.given("hosts", h))
			continue
		}
		all = append(all, strings.ToLower(h))
	}
	return all
}

func (l *loader) proxies(a attrs) []netip.Prefix {
	var all []netip.Prefix
	for _, s := range a.strs("behind_proxy") {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			var ip netip.Addr
			if ip, err = netip.ParseAddr(s); err == nil {
				p = netip.PrefixFrom(ip.Unmap(), ip.Unmap().BitLen())
			}
		}
		switch {
		case err != nil:
			l.fail(a.set["behind_proxy"].Expr.Range(), "Not an address", "\"behind_proxy\" holds %s; it takes addresses of proxies, such as \"127.0.0.1\" or \"192.0.2.0/28\".", a.given("behind_proxy", s))
		case p.Bits() == 0:
			l.fail(a.set["behind_proxy"].Expr.Range(), "Everybody is believed", "\"behind_proxy\" holds %s, which is every address: whoever asks could name any other as his own. Name the proxies.", a.given("behind_proxy", s))
		default:
			all = append(all, p.Masked())
		}
	}
	return all
}

func (l *loader) tls(b *hcl.Block) {
	a, _ := l.content(b, "tls")
	d := &l.cfg.Door
	d.TLS, d.CertFile, d.KeyFile = true, l.path(a.str("cert_file", "")), l.path(a.str("key_file", ""))
	l.cfg.certificate = b.DefRange
	if attr, ok := a.set["cert_file"]; ok {
		l.cfg.certificate = attr.Expr.Range()
	}
	if (d.CertFile == "") != (d.KeyFile == "") {
		l.fail(b.DefRange, "Missing attribute", "A tls block takes \"cert_file\" and \"key_file\", or neither: then the agent makes a certificate itself.")
	}
}

// checkCertificate says what is wrong with the owner's certificate at a time, as a mistake of the configuration.
func (c *Config) checkCertificate(at time.Time) error {
	if c.Door.CertFile == "" {
		return nil
	}
	return c.badCertificate(cert.Check(c.Door.CertFile, c.Door.KeyFile, at))
}

func (c *Config) badCertificate(err error) error {
	switch {
	case err == nil:
		return nil
	case c.Door.CertFile == "":
		return fmt.Errorf("%w: \"data_dir\" in the agent block chooses another folder, \"tls\" your own certificate", err)
	}
	text := err.Error()
	return problems(c.files, hcl.Diagnostics{problem(c.certificate, "Unusable certificate", strings.ToUpper(text[:1])+text[1:]+".")})
}
