package agent

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/user"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// registry collects everything private that the agent knows: what no post may show. Its kinds are those of the leak
// check's registry file.
type registry struct {
	cfg      *Config
	settings map[string]Settings
}

func newRegistry(cfg *Config, settings map[string]Settings) *registry {
	return &registry{cfg: cfg, settings: settings}
}

// values returns the private values by kind, each list sorted and without doubles.
func (r *registry) values(_ context.Context, devices []device.Current) (map[string][]string, error) {
	out := map[string][]string{}
	add := func(kind string, values ...string) {
		for _, v := range values {
			if v != "" && !slices.Contains(out[kind], v) {
				out[kind] = append(out[kind], v)
			}
		}
	}
	if err := r.machine(add); err != nil {
		return nil, err
	}
	add("domains", r.cfg.Domains...)
	for _, d := range r.cfg.Devices {
		add("hostnames", d.Name)
		add("fqdn", d.Hostnames...)
		add("mac", d.MACs...)
		add("serials", d.Serials...)
		for _, a := range d.Addresses {
			add(addressKind(a.String()), a.String())
		}
	}
	for _, s := range r.settings {
		for _, secret := range s.Secrets {
			addText(add, secret.Reveal(), "tokens")
		}
		for _, text := range s.Private {
			addText(add, text, "")
		}
	}
	for _, d := range devices {
		add("hostnames", d.Name)
		for _, a := range d.Addresses {
			add(addressKind(a), a)
		}
		add("fqdn", d.Hostnames...)
		add("mac", d.MACs...)
		add("serials", d.Serial)
		add("locations", d.Location)
	}
	for kind := range out {
		slices.Sort(out[kind])
	}
	return out, nil
}

// machine adds what the machine of the agent is called and who runs it.
func (r *registry) machine(add func(kind string, values ...string)) error {
	host, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("the name of this machine: %w", err)
	}
	add("hostnames", host)
	if u, err := user.Current(); err == nil {
		add("usernames", u.Username)
		add("paths", u.HomeDir)
	}
	add("paths", r.cfg.DataDir)
	return nil
}

// addText adds a text of a configuration by what it is: an address, the host of a URL, or as the fallback kind. A text
// that is neither and has no fallback is a word of the configuration, such as a protocol's name, and not private.
func addText(add func(kind string, values ...string), text, fallback string) {
	host := text
	if u, err := url.Parse(text); err == nil && u.Host != "" {
		host = u.Hostname()
	} else if h, _, err := net.SplitHostPort(text); err == nil {
		host = h
	}
	switch {
	case net.ParseIP(host) != nil:
		add(addressKind(host), host)
	case host != text:
		add("fqdn", host)
	case fallback != "":
		add(fallback, text)
	}
}

func addressKind(a string) string {
	if ip := net.ParseIP(a); ip != nil && ip.To4() == nil {
		return "ipv6"
	}
	return "ipv4"
}

// now is the clock of the parts of the agent that judge nothing.
func now() time.Time { return time.Now().UTC() }
