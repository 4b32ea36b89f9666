package agent

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/api"
	"github.com/quorate/quorate/internal/cert"
)

// entrance is an address that the page is served at, with what holds there.
type entrance struct {
	cfg      *Config
	listener net.Listener
	keys     *cert.Keeper // nil where plain HTTP is spoken
}

// newEntrance gets the certificate of an entrance, which has no listener yet.
func (a *Agent) newEntrance(cfg *Config) (*entrance, error) {
	e := &entrance{cfg: cfg}
	if !cfg.Door.TLS {
		return e, nil
	}
	var err error
	e.keys, err = cert.Open(cert.Options{
		CertFile: cfg.Door.CertFile, KeyFile: cfg.Door.KeyFile, Dir: filepath.Join(a.dataDir, "tls"), Names: certificateNames(cfg), Log: a.log,
	})
	return e, cfg.badCertificate(err)
}

func (e *entrance) door() api.Door {
	d := api.Door{Hosts: e.cfg.Door.Hosts, Proxies: e.cfg.Door.Proxies, RequireTokens: e.cfg.Door.RequireTokens}
	if e.keys != nil {
		d.TLS = e.keys.TLS()
	}
	return d
}

// close gives back what nobody is served at.
func (e *entrance) close() error {
	if e == nil || e.listener == nil {
		return nil
	}
	return e.listener.Close()
}

// certificateNames are the names and addresses by which others ask for the agent: a certificate that it makes is for them.
func certificateNames(cfg *Config) []string {
	names := append([]string{"localhost", "127.0.0.1", "::1"}, cfg.Door.Hosts...)
	if own, err := os.Hostname(); err == nil && hostForm.MatchString(own) && own != "localhost" {
		names = append(names, strings.ToLower(own))
	}
	host, _, _ := net.SplitHostPort(cfg.Listen)
	at, err := netip.ParseAddr(host)
	switch {
	case err != nil || at.IsLoopback():
	case !at.IsUnspecified():
		names = append(names, at.Unmap().WithZone("").String())
	default:
		addresses, _ := net.InterfaceAddrs() // without them the certificate is for fewer names
		for _, a := range addresses {
			if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().IsGlobalUnicast() {
				names = append(names, p.Addr().Unmap().String())
			}
		}
	}
	return names
}

// Entrance is where people and programs reach the agent.
type Entrance struct {
	// URL is what a browser takes. Where the agent listens at every address it has the first of the configured hosts, or
	// this machine's name.
	URL string
	// Fingerprint is the SHA-256 of a certificate that the agent made itself, "" where there is none.
	Fingerprint string
}

// Entrance is where the agent is reached now. It may be called once OnReady was.
func (a *Agent) Entrance() Entrance {
	e := a.page.at.Load()
	out := Entrance{URL: e.url()}
	if e.keys != nil && e.keys.Own() {
		out.Fingerprint = e.keys.Fingerprint()
	}
	return out
}

// url is what a browser asks for the page.
func (e *entrance) url() string {
	scheme := "http"
	if e.keys != nil {
		scheme = "https"
	}
	at := e.listener.Addr().String()
	if host, port, err := net.SplitHostPort(at); err == nil {
		if ip, err := netip.ParseAddr(host); err == nil && ip.IsUnspecified() {
			own, _ := os.Hostname()
			names := append(slices.Clone(e.cfg.Door.Hosts), own, "localhost")
			at = net.JoinHostPort(cmp.Or(names...), port)
		}
	}
	return scheme + "://" + at
}

// certificateSoon is how long before a certificate expires the agent is at that limit.
const certificateSoon = 14 * 24 * time.Hour

// lookAtCertificate tells whether the certificate is about to expire.
func (a *Agent) lookAtCertificate(now time.Time) {
	at, ok := a.certificateExpires()
	a.limits.is(ok && at.Sub(now) < certificateSoon, device.LimitCertificate, "", fmt.Sprintf("the certificate of the page expires at %s", utc(at)))
}

// certificateExpires is when the certificate that is served does; false where there is none.
func (a *Agent) certificateExpires() (time.Time, bool) {
	if a.page == nil {
		return time.Time{}, false
	}
	e := a.page.at.Load()
	if e == nil || e.keys == nil {
		return time.Time{}, false
	}
	return e.keys.Expires(), true
}
