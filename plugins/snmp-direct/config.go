package snmpdirect

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

const (
	defaultPort    = 161
	defaultTimeout = 2 * time.Second
	defaultRetries = 2
	maxRetries     = 10
)

// Config is the body of the config block of a source "snmp-direct".
type Config struct {
	Credentials    []Credential    `json:"credential"`
	Targets        []Target        `json:"target"`
	RequestTimeout device.Duration `json:"request_timeout"`
	Retries        *int            `json:"retries"`
	SlowInterval   device.Duration `json:"slow_interval"`
	ProfilesDir    string          `json:"profiles_dir"`
	Discover       []Discover      `json:"discover"`
}

// Credential is one way to be let in, by version and name.
type Credential struct {
	Version      string        `json:"version"`
	Name         string        `json:"name"`
	Community    device.Secret `json:"community"`
	User         string        `json:"user"`
	AuthProtocol string        `json:"auth_protocol"`
	AuthPassword device.Secret `json:"auth_password"`
	PrivProtocol string        `json:"priv_protocol"`
	PrivPassword device.Secret `json:"priv_password"`
	Context      string        `json:"context"`
}

// Target is one device to ask. Its name is the ref of its observations.
type Target struct {
	Name        string   `json:"name"`
	Address     string   `json:"address"`
	Credentials []string `json:"credentials"`
	Profile     string   `json:"profile"`
	Transport   string   `json:"transport"`
}

// Discover is where to look for devices.
type Discover struct {
	Ranges []string `json:"ranges"`
}

// schema is what the agent checks the block against, with file and line, before Configure sees it.
func schema() sdk.Schema {
	auth := []string{"MD5", "SHA", "SHA-224", "SHA-256", "SHA-384", "SHA-512"}
	priv := []string{"DES", "AES-128", "AES-192", "AES-256", "AES-192-C", "AES-256-C"}
	return sdk.Schema{
		Attributes: []sdk.Attribute{
			{Name: "request_timeout", Type: sdk.TypeDuration, Default: `"2s"`, Doc: "How long one request waits for its answer"},
			{Name: "retries", Type: sdk.TypeNumber, Default: "2", Doc: "How often a request without an answer is sent again before the device counts as silent"},
			{Name: "slow_interval", Type: sdk.TypeDuration, Default: `"5m"`, Doc: "How often what hardly changes is read: addresses, names, VLANs, neighbours, forwarding tables"},
			{Name: "profiles_dir", Type: sdk.TypeString, Doc: "Folder with own device profiles, one YAML file each; they come before the built-in ones"},
		},
		Blocks: []sdk.Block{
			{Name: "credential", Labels: []string{"version", "name"}, Doc: "A way to be let in: version \"v1\" or \"v2c\" (\"v3\": not yet), and a name for it",
				Schema: sdk.Schema{Attributes: []sdk.Attribute{
					{Name: "community", Type: sdk.TypeString, Sensitive: true, Doc: "Community of a v1 or v2c agent"},
					{Name: "user", Type: sdk.TypeString, Doc: "User name of a v3 agent"},
					{Name: "auth_protocol", Type: sdk.TypeString, OneOf: auth, Doc: "How a v3 agent checks who asks"},
					{Name: "auth_password", Type: sdk.TypeString, Sensitive: true, Doc: "Password that goes with auth_protocol"},
					{Name: "priv_protocol", Type: sdk.TypeString, OneOf: priv, Doc: "How a v3 agent encrypts; -C is Cisco's extension"},
					{Name: "priv_password", Type: sdk.TypeString, Sensitive: true, Doc: "Password that goes with priv_protocol"},
					{Name: "context", Type: sdk.TypeString, Doc: "Context of a v3 agent"},
				}}},
			{Name: "target", Labels: []string{"name"}, Doc: "A device to ask; its name is how this source refers to it",
				Schema: sdk.Schema{Attributes: []sdk.Attribute{
					{Name: "address", Type: sdk.TypeString, Required: true, Doc: "Host or host:port; the port is 161 if it is absent"},
					{Name: "credentials", Type: sdk.TypeStrings, Doc: "Names of the credentials to try, in this order; all of them if absent"},
					{Name: "profile", Type: sdk.TypeString, Doc: "Kind of device, where it is not recognised by itself"},
					{Name: "transport", Type: sdk.TypeString, Default: `"udp"`, OneOf: []string{"udp", "udp4", "udp6", "tcp"}, Doc: "How the requests travel"},
				}}},
			{Name: "discover", Max: 1, Doc: "Look for devices (not yet)",
				Schema: sdk.Schema{Attributes: []sdk.Attribute{
					{Name: "ranges", Type: sdk.TypeStrings, Doc: "Address ranges such as 192.0.2.0/24"},
				}}},
		},
	}
}

// check fills defaults and finds what the schema cannot.
func (c *Config) check() error {
	if c.RequestTimeout == 0 {
		c.RequestTimeout = device.Duration(defaultTimeout)
	}
	if c.Retries == nil {
		n := defaultRetries
		c.Retries = &n
	}
	if c.SlowInterval == 0 {
		c.SlowInterval = device.Duration(defaultSlow)
	}
	switch timeout, slow := time.Duration(c.RequestTimeout), time.Duration(c.SlowInterval); {
	case len(c.Discover) > 0:
		return errors.New(`"discover": discovery is not supported yet: remove the block and name each device by a "target" block`)
	case timeout < 10*time.Millisecond || timeout > time.Minute:
		return fmt.Errorf(`"request_timeout" is %s: set it between 10ms and 1m`, timeout)
	case slow < leastSlow || slow > mostSlow:
		return fmt.Errorf(`"slow_interval" is %s: set it between %s and %s`, slow, leastSlow, mostSlow)
	case *c.Retries < 0 || *c.Retries > maxRetries:
		return fmt.Errorf(`"retries" is %d: set it between 0 and %d`, *c.Retries, maxRetries)
	case len(c.Credentials) == 0:
		return errors.New(`"credential" is missing: add a block such as credential "v2c" "lab" { community = env("SNMP_COMMUNITY") }`)
	case len(c.Targets) == 0:
		return errors.New(`"target" is missing: add a block such as target "switch" { address = "192.0.2.2" }`)
	}
	for i := range c.Credentials {
		if err := c.Credentials[i].check(); err != nil {
			return err
		}
		if slices.ContainsFunc(c.Credentials[:i], func(o Credential) bool { return o.Name == c.Credentials[i].Name }) {
			return fmt.Errorf(`credential %.60q: the name is taken by an earlier credential`, c.Credentials[i].Name)
		}
	}
	return nil
}

func (c *Credential) check() error {
	switch c.Version {
	case "v3":
		return fmt.Errorf(`credential "v3" %.60q: SNMPv3 is not supported yet: use a "v2c" credential until it is`, c.Name)
	case "v1", "v2c":
	default:
		return fmt.Errorf(`credential %.60q %.60q: there is no such version: write "v2c" or "v1"`, c.Version, c.Name)
	}
	switch {
	case c.Name == "":
		return fmt.Errorf(`credential %q: the name is empty`, c.Version)
	case c.Community == "":
		return fmt.Errorf(`credential %q %.60q: "community" is missing`, c.Version, c.Name)
	case len(c.Community) > 127:
		return fmt.Errorf(`credential %q %.60q: "community" is longer than 127 octets`, c.Version, c.Name)
	case c.User != "" || c.AuthProtocol != "" || c.AuthPassword != "" || c.PrivProtocol != "" || c.PrivPassword != "" || c.Context != "":
		return fmt.Errorf(`credential %q %.60q: only "community" belongs to version %s`, c.Version, c.Name, c.Version)
	}
	return nil
}

func (c *Credential) snmpVersion() gosnmp.SnmpVersion {
	if c.Version == "v1" {
		return gosnmp.Version1
	}
	return gosnmp.Version2c
}

// targets makes the state of each configured device.
func (c *Config) targets(profiles []*profile, now func() time.Time) ([]*target, error) {
	all := make([]*target, 0, len(c.Targets))
	taken := map[string]bool{}
	around := newNeighbourhood(localMACs())
	for _, cfg := range c.Targets {
		wrong := func(format string, args ...any) error {
			return fmt.Errorf("target %.60q: %w", cfg.Name, fmt.Errorf(format, args...))
		}
		if cfg.Name == "" || len(cfg.Name) > device.MaxName {
			return nil, fmt.Errorf(`target %.60q: the name is empty or longer than %d octets`, cfg.Name, device.MaxName)
		}
		if taken[cfg.Name] {
			return nil, wrong("the name is taken by an earlier target")
		}
		taken[cfg.Name] = true
		host, port := splitPort(cfg.Address)
		n := uint64(defaultPort)
		if port != "" {
			var err error
			if n, err = strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
				return nil, wrong(`"address" has no valid port: write host or host:port`)
			}
		}
		if host == "" || strings.ContainsAny(host, "/ ") {
			return nil, wrong(`"address" is %.60q: write a host name or an IP address, with :port where it is not 161`, cfg.Address)
		}
		t := newTarget(cfg.Name, host, profiles, time.Duration(c.SlowInterval), now)
		t.neighbourhood = around
		if cfg.Profile != "" {
			i := slices.IndexFunc(profiles, func(p *profile) bool { return p.Name == cfg.Profile })
			if i < 0 {
				return nil, wrong(`"profile": there is no %.60q: the profiles are %s`, cfg.Profile, profileNames(profiles))
			}
			t.forced = profiles[i]
		}
		names := cfg.Credentials
		if len(names) == 0 {
			for _, cred := range c.Credentials {
				names = append(names, cred.Name)
			}
		}
		transport := cfg.Transport
		if transport == "" {
			transport = "udp"
		}
		if !slices.Contains([]string{"udp", "udp4", "udp6", "tcp"}, transport) {
			return nil, wrong(`"transport" is %.20q: write udp, udp4, udp6 or tcp`, transport)
		}
		for _, name := range names {
			i := slices.IndexFunc(c.Credentials, func(cred Credential) bool { return cred.Name == name })
			if i < 0 {
				return nil, wrong(`"credentials": there is no credential %.60q`, name)
			}
			t.ways = append(t.ways, access{
				host: host, port: uint16(n), transport: transport, version: c.Credentials[i].snmpVersion(),
				community: c.Credentials[i].Community, timeout: time.Duration(c.RequestTimeout), retries: *c.Retries,
			})
		}
		all = append(all, t)
	}
	return all, nil
}
