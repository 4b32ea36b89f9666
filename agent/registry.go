package agent

import (
	"context"
	"maps"
	"net"
	"net/netip"
	"net/url"
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
	settings map[string]Settings // of sources
	sinks    []*sink
	// former holds what earlier configurations of this agent knew: the record still speaks of it.
	former map[string][]string
}

// newRegistry makes the registry of a configuration that takes the place of another, or of none.
func newRegistry(cfg *Config, settings map[string]Settings, before *registry) *registry {
	r := &registry{cfg: cfg, settings: settings}
	if before != nil {
		r.former = map[string][]string{}
		before.configured(adder(r.former))
	}
	return r
}

// addSinks adds what the configuration says of sinks: where events go to, and the secrets of who gets them.
func (r *registry) addSinks(sinks []*sink) { r.sinks = sinks }

// adder returns what adds values to a list by kind, each once.
func adder(out map[string][]string) func(kind string, values ...string) {
	type entry struct{ kind, value string }
	known := map[entry]bool{}
	for kind, values := range out {
		for _, v := range values {
			known[entry{kind, v}] = true
		}
	}
	return func(kind string, values ...string) {
		for _, v := range values {
			if v != "" && !known[entry{kind, v}] {
				known[entry{kind, v}] = true
				out[kind] = append(out[kind], v)
			}
		}
	}
}

// privateValues is everything private that this agent has ever known, by kind.
func (a *Agent) privateValues(ctx context.Context) (map[string][]string, error) {
	current, err := a.generation().private.values(ctx, a.Devices())
	if err != nil {
		return nil, err
	}
	return a.known.learn(ctx, current, now())
}

// values returns the private values of now by kind, each list sorted and without doubles.
func (r *registry) values(_ context.Context, devices []device.Current) (map[string][]string, error) {
	out := map[string][]string{}
	add := adder(out)
	if err := machine(add); err != nil {
		return nil, err
	}
	r.configured(add)
	for _, d := range devices {
		addName(add, d.Name)
		for _, a := range d.Addresses {
			add(addressKind(a), a)
		}
		addNames(add, d.Hostnames...)
		add("mac", d.MACs...)
		add("serials", d.Serial)
		add("locations", d.Location)
	}
	for kind := range out {
		slices.Sort(out[kind])
	}
	return out, nil
}

// configured adds what this configuration and those before it say.
func (r *registry) configured(add func(kind string, values ...string)) {
	for kind, values := range r.former {
		add(kind, values...)
	}
	add("domains", r.cfg.Domains...)
	add("paths", r.cfg.DataDir, r.cfg.Door.CertFile, r.cfg.Door.KeyFile)
	for _, h := range r.cfg.Door.Hosts {
		if h != "quorate" && h != "localhost" && !loopbackText(h) { // neither tells anything of a home
			addName(add, h)
		}
	}
	for _, p := range r.cfg.Door.Proxies {
		if !p.Addr().IsLoopback() {
			addName(add, p.Addr().String())
		}
	}
	r.cfg.words(add)
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
	all := slices.Collect(maps.Values(r.settings))
	for _, s := range r.sinks {
		all = append(all, s.settings)
	}
	for _, s := range all {
		for _, secret := range s.Secrets {
			add("tokens", secret.Reveal())
		}
		for _, text := range s.Texts {
			addText(add, text)
		}
	}
}

func loopbackText(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.IsLoopback()
}

// isAddress reports an IP address.
func isAddress(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
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
