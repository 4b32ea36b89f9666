package snmpdirect

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

const (
	// maxRange is how many addresses all ranges may have together: those of a /16.
	maxRange        = 1 << 16
	maxPorts        = 8
	defaultRate     = 20
	maxRate         = 200
	defaultInterval = 24 * time.Hour
	leastInterval   = 10 * time.Minute
)

// Discover is where to look for devices, and what to do with those that are found.
type Discover struct {
	Ranges      []string        `json:"ranges"`
	Exclude     []string        `json:"exclude"`
	Credentials []string        `json:"credentials"`
	Ports       []string        `json:"ports"`
	Rate        *int            `json:"rate"`
	Interval    device.Duration `json:"interval"`
	Adopt       bool            `json:"adopt"`
}

func discoverSchema() sdk.Block {
	return sdk.Block{Name: "discover", Max: 1, Doc: "Look for devices: \"quorate source check\" says which there are, and adopt = true polls them",
		Schema: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "ranges", Type: sdk.TypeStrings, Required: true, Doc: "Where to look, such as 192.0.2.0/24: 65,536 addresses at most in all, and never outside of them"},
			{Name: "exclude", Type: sdk.TypeStrings, Doc: "Addresses and ranges within them that are left alone"},
			{Name: "credentials", Type: sdk.TypeStrings, Doc: "Names of the credentials to try, in this order; all of them if absent. Communities are sent to every address, in clear text"},
			{Name: "ports", Type: sdk.TypeStrings, Default: `["161"]`, Doc: "UDP ports to try"},
			{Name: "rate", Type: sdk.TypeNumber, Default: "20", Doc: "How many datagrams a second are sent, 200 at most"},
			{Name: "interval", Type: sdk.TypeDuration, Default: `"24h"`, Doc: "With adopt: how long to wait before the ranges are gone through again"},
			{Name: "adopt", Type: sdk.TypeBool, Default: "false", Doc: "Poll the devices that are found as if they were targets"},
		}}}
}

// search is a block "discover" that has been checked.
type search struct {
	ranges, exclude []netip.Prefix
	ports           []uint16
	credentials     []Credential // in the order in which they are tried
	rate            int
	timeout         time.Duration // how long an answer is waited for
	interval        time.Duration
	adopt           bool
}

// search is what the block of the configuration says; nil where there is none. It comes after check.
func (c *Config) search() (*search, error) {
	if len(c.Discover) == 0 {
		return nil, nil
	}
	cfg := c.Discover[0]
	wrong := func(format string, args ...any) (*search, error) {
		return nil, fmt.Errorf(`"discover": %w`, fmt.Errorf(format, args...))
	}
	s := &search{rate: defaultRate, timeout: time.Duration(c.RequestTimeout), interval: time.Duration(cfg.Interval), adopt: cfg.Adopt}
	var err error
	if s.ranges, err = prefixes(cfg.Ranges); err != nil {
		return wrong(`"ranges": %w`, err)
	}
	if s.exclude, err = prefixes(cfg.Exclude); err != nil {
		return wrong(`"exclude": %w`, err)
	}
	if len(s.ranges) == 0 {
		return wrong(`"ranges" is empty: name a network, such as 192.0.2.0/24`)
	}
	total := 0
	for _, p := range s.ranges {
		if a := p.Addr(); a.IsMulticast() || a.IsUnspecified() || a.IsLinkLocalUnicast() {
			return wrong(`"ranges": %s is no network of devices`, p)
		}
		bits := min(p.Addr().BitLen()-p.Bits(), 17) // of a larger one the rest does not matter
		if total += 1 << bits; total > maxRange {
			return wrong(`"ranges" hold more than %d addresses in all: name smaller networks, those where devices are`, maxRange)
		}
	}
	if len(cfg.Ports) > maxPorts {
		return wrong(`"ports" are more than %d`, maxPorts)
	}
	for _, text := range cfg.Ports {
		n, err := strconv.ParseUint(text, 10, 16)
		if err != nil || n == 0 {
			return wrong(`"ports": %.20q is no port`, text)
		}
		s.ports = append(s.ports, uint16(n))
	}
	if len(s.ports) == 0 {
		s.ports = []uint16{defaultPort}
	}
	if cfg.Rate != nil {
		s.rate = *cfg.Rate
	}
	if s.rate < 1 || s.rate > maxRate {
		return wrong(`"rate" is %d: set it between 1 and %d`, s.rate, maxRate)
	}
	if s.interval == 0 {
		s.interval = defaultInterval
	}
	if s.interval < leastInterval {
		return wrong(`"interval" is %s: set it to %s or more`, s.interval, leastInterval)
	}
	return s, s.choose(c.Credentials, cfg.Credentials)
}

// choose takes the credentials by name, or all.
func (s *search) choose(all []Credential, names []string) error {
	if len(names) == 0 {
		s.credentials = all
		return nil
	}
	for _, name := range names {
		i := slices.IndexFunc(all, func(c Credential) bool { return c.Name == name })
		if i < 0 {
			return fmt.Errorf(`"discover": "credentials": there is no credential %.60q`, name)
		}
		s.credentials = append(s.credentials, all[i])
	}
	return nil
}

// prefixes reads networks, and addresses as networks of one.
func prefixes(texts []string) ([]netip.Prefix, error) {
	all := make([]netip.Prefix, 0, len(texts))
	for _, text := range texts {
		p, err := netip.ParsePrefix(text)
		if a, single := netip.ParseAddr(text); single == nil {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil || p.Addr().Is4In6() || p.Addr().Zone() != "" {
			return nil, fmt.Errorf("%.60q is neither a network such as 192.0.2.0/24 nor an address", text)
		}
		all = append(all, p.Masked())
	}
	return all, nil
}

// found makes targets of devices that discovery finds, with this configuration's timeouts and limits.
func (c *Config) found(profiles []*profile, now func() time.Time) func(string, netip.AddrPort, []string) (*target, error) {
	return func(name string, at netip.AddrPort, credentials []string) (*target, error) {
		one := *c
		one.Targets = []Target{{Name: name, Address: at.String(), Credentials: credentials}}
		all, err := one.targets(profiles, now)
		if err != nil {
			return nil, err
		}
		return all[0], nil
	}
}
