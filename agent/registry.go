package agent

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"os/user"
	"regexp"
	"slices"
	"strings"
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
	for _, a := range r.cfg.SharedAddresses {
		add(addressKind(a.String()), a.String())
	}
	for _, s := range r.settings {
		for _, secret := range s.Secrets {
			add("tokens", secret.Reveal())
		}
		for _, text := range s.Texts {
			addText(add, text)
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

func addressKind(a string) string {
	if ip := net.ParseIP(a); ip != nil && ip.To4() == nil {
		return "ipv6"
	}
	return "ipv4"
}

// now is the clock of the parts of the agent that judge nothing.
func now() time.Time { return time.Now().UTC() }

// addText adds a text of a plugin's settings by what it is: an address, the host of a URL, a host name. Any other text
// is a word of the configuration, such as a protocol's name, and not private, unless its attribute says so.
func addText(add func(kind string, values ...string), t Text) {
	text := t.Value.Reveal()
	host := text
	if u, err := url.Parse(text); err == nil && u.Host != "" {
		host = u.Hostname()
		add("usernames", u.User.Username())
		if password, ok := u.User.Password(); ok {
			add("passwords", password)
		}
	} else if h, _, err := net.SplitHostPort(text); err == nil {
		host = h
	}
	_, prefix := netip.ParsePrefix(text)
	switch {
	case net.ParseIP(host) != nil:
		add(addressKind(host), host)
	case prefix == nil:
		add(addressKind(strings.Split(text, "/")[0]), text)
	case t.Attribute == "username" || t.Attribute == "user":
		add("usernames", text)
	case t.Attribute == "address" || t.Attribute == "url" || host != text:
		add("fqdn", host)
	case fullName.MatchString(text):
		add("fqdn", text)
	}
}

// fullName is a host name with a domain.
var fullName = regexp.MustCompile(`^[a-zA-Z0-9_-]+(\.[a-zA-Z0-9_-]+)*\.[a-zA-Z][a-zA-Z0-9-]+$`)
