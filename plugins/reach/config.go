package reach

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

const (
	methodICMP = "icmp"
	methodTCP  = "tcp"

	defaultTimeout = 2 * time.Second
	minTimeout     = 50 * time.Millisecond
	maxTimeout     = 30 * time.Second
	defaultRate    = 200 // packets a second
	maxRate        = 100_000
	maxPorts       = 16
)

// Config is the body of the config block of a source "reach".
type Config struct {
	Methods       []string          `json:"methods"`
	Ports         []string          `json:"ports"`
	Timeout       device.Duration   `json:"timeout"`
	Rate          *float64          `json:"rate"`
	SourceAddress string            `json:"source_address"`
	Follow        *bool             `json:"follow"`
	Exclude       []string          `json:"exclude"`
	NAT           map[string]string `json:"nat"`
	Targets       []Target          `json:"target"`
}

// Target is one device of the configuration. Its name is the ref of its observations.
type Target struct {
	Name    string `json:"name"`
	Address string `json:"address"`
}

// schema is what the agent checks the block against, with file and line, before Configure sees it.
func schema() sdk.Schema {
	return sdk.Schema{
		Attributes: []sdk.Attribute{
			{Name: "methods", Type: sdk.TypeStrings, Default: `["icmp", "tcp"]`, Doc: "How to look, in this order: \"icmp\" (an echo request), \"tcp\" (a connection). The second is tried where the first is silent"},
			{Name: "ports", Type: sdk.TypeStrings, Default: `["22", "80", "443", "445"]`, Doc: "Ports to connect to, at most 16; a port that refuses is an answer as good as one that accepts"},
			{Name: "timeout", Type: sdk.TypeDuration, Default: `"2s"`, Doc: "How long each method waits for an answer, 50ms to 30s; up to three echoes are sent meanwhile"},
			{Name: "rate", Type: sdk.TypeNumber, Default: "200", Doc: "Packets a second over all devices, 1 to 100000"},
			{Name: "source_address", Type: sdk.TypeString, Doc: "Address of this machine to send from; it applies to devices of its family"},
			{Name: "follow", Type: sdk.TypeBool, Default: "true", Doc: "Look at every device that other sources report, too"},
			{Name: "exclude", Type: sdk.TypeStrings, Doc: "What not to follow: addresses, prefixes such as 192.0.2.0/24, names of devices"},
			{Name: "nat", Type: sdk.TypeMap, Doc: "Prefixes as they are reported or configured, and as they are seen from here, one to one"},
		},
		Blocks: []sdk.Block{
			{Name: "target", Labels: []string{"name"}, Doc: "A device to look at; its name is how this source refers to it",
				Schema: sdk.Schema{Attributes: []sdk.Attribute{
					{Name: "address", Type: sdk.TypeString, Required: true, Doc: "Host, or host:port to connect to that port alone"},
				}}},
		},
	}
}

// settings is a configuration that has been checked.
type settings struct {
	icmp, tcp bool
	first     string // the method that is tried first
	ports     []uint16
	timeout   time.Duration
	rate      float64
	source    netip.Addr // not valid where the system chooses
	follow    bool
	exclude   exclusions
	nat       translations
	targets   []target
}

// target is one device of the configuration: an address, or a host whose name is to be resolved.
type target struct {
	name, host string
	address    netip.Addr
	ports      []uint16
}

// check finds what the schema cannot, and fills defaults.
func (c Config) check() (settings, error) {
	s := settings{timeout: time.Duration(c.Timeout), rate: defaultRate, follow: c.Follow == nil || *c.Follow}
	if err := s.methods(c.Methods); err != nil {
		return s, err
	}
	if c.Ports == nil {
		c.Ports = []string{"22", "80", "443", "445"}
	}
	if len(c.Ports) == 0 || len(c.Ports) > maxPorts {
		return s, fmt.Errorf("\"ports\": want 1 to %d ports, such as [22, 443]", maxPorts)
	}
	for _, p := range c.Ports {
		n, err := port(p)
		if err != nil {
			return s, fmt.Errorf("\"ports\": %w", err)
		}
		if !slices.Contains(s.ports, n) {
			s.ports = append(s.ports, n)
		}
	}
	if c.Timeout == 0 {
		s.timeout = defaultTimeout
	}
	if s.timeout < minTimeout || s.timeout > maxTimeout {
		return s, fmt.Errorf("\"timeout\": %v is out of range: want %v to %v", s.timeout, minTimeout, maxTimeout)
	}
	if c.Rate != nil {
		s.rate = *c.Rate
	}
	if !(s.rate >= 1 && s.rate <= maxRate) {
		return s, fmt.Errorf("\"rate\": %v is out of range: want 1 to %d packets a second", s.rate, maxRate)
	}
	var err error
	if c.SourceAddress != "" {
		if s.source, err = netip.ParseAddr(c.SourceAddress); err != nil {
			return s, fmt.Errorf("\"source_address\": %.60q is no address of this machine", c.SourceAddress)
		}
	}
	if s.exclude, err = parseExclusions(c.Exclude); err != nil {
		return s, err
	}
	if s.nat, err = parseTranslations(c.NAT); err != nil {
		return s, err
	}
	if s.targets, err = c.ownTargets(s.ports); err != nil {
		return s, err
	}
	if len(s.targets) == 0 && !s.follow {
		return s, errors.New("nothing to look at: name a \"target\", or leave \"follow\" on")
	}
	return s, nil
}

func (s *settings) methods(names []string) error {
	if names == nil {
		names = []string{methodICMP, methodTCP}
	}
	for _, m := range names {
		switch m {
		case methodICMP:
			s.icmp = true
		case methodTCP:
			s.tcp = true
		default:
			return fmt.Errorf("\"methods\": %.40q is unknown: want \"icmp\", \"tcp\"", m)
		}
	}
	if len(names) == 0 {
		return errors.New("\"methods\": want at least one of \"icmp\", \"tcp\"")
	}
	s.first = names[0]
	return nil
}

func (c Config) ownTargets(ports []uint16) ([]target, error) {
	all := make([]target, 0, len(c.Targets))
	seen := make(map[string]bool, len(c.Targets))
	for _, t := range c.Targets {
		if t.Name == "" || seen[t.Name] {
			return nil, fmt.Errorf("\"target\": the name %.60q is empty or given twice", t.Name)
		}
		seen[t.Name] = true
		own, err := parseTarget(t, ports)
		if err != nil {
			return nil, fmt.Errorf("\"address\" of target %.60q: %w", t.Name, err)
		}
		all = append(all, own)
	}
	return all, nil
}

// parseTarget reads "192.0.2.1", "192.0.2.1:22", "2001:db8::1", "[2001:db8::1]:22", "nas1.example.net" and "nas1.example.net:22".
func parseTarget(t Target, ports []uint16) (target, error) {
	own := target{name: t.Name, host: t.Address, ports: ports}
	if host, p, err := net.SplitHostPort(t.Address); err == nil {
		n, err := port(p)
		if err != nil {
			return own, err
		}
		own.host, own.ports = host, []uint16{n}
	}
	if a, err := netip.ParseAddr(strings.Trim(own.host, "[]")); err == nil {
		own.host, own.address = "", a.Unmap()
		if !single(own.address) {
			return own, fmt.Errorf("%s is not the address of a single host", a)
		}
		return own, nil
	}
	// A digit at the end is a mistyped address, which no server of names should be asked for.
	if h := strings.TrimSuffix(own.host, "."); h == "" || len(h) > 253 || strings.ContainsAny(h, " /:@[]\\\"'") || h[len(h)-1] >= '0' && h[len(h)-1] <= '9' && strings.Count(h, ".") == 3 {
		return own, fmt.Errorf("%.80q is no host or host:port", t.Address)
	}
	return own, nil
}

func port(s string) (uint16, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%.20q is no port: want 1 to 65535", s)
	}
	return uint16(n), nil
}
