package snmpdirect

import (
	"cmp"
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
	defaultPort    = 161
	defaultTimeout = 2 * time.Second
	defaultRetries = 2
	maxRetries     = 10

	defaultDevice = 20 * time.Second
	defaultTable  = 10 * time.Second
	defaultRows   = 20_000
	maxRows       = 1_000_000
)

// Config is the body of the config block of a source "snmp-direct".
type Config struct {
	Credentials    []Credential    `json:"credential"`
	Targets        []Target        `json:"target"`
	RequestTimeout device.Duration `json:"request_timeout"`
	Retries        *int            `json:"retries"`
	SlowInterval   device.Duration `json:"slow_interval"`
	DeviceTimeout  device.Duration `json:"device_timeout"`
	TableTimeout   device.Duration `json:"table_timeout"`
	MaxRows        *int            `json:"max_rows"`
	ProfilesDir    string          `json:"profiles_dir"`
	Discover       []Discover      `json:"discover"`
	Traps          []Traps         `json:"traps"`
}

// Target is one device to ask. Its name is the ref of its observations.
type Target struct {
	Name        string   `json:"name"`
	Address     string   `json:"address"`
	Credentials []string `json:"credentials"`
	Profile     string   `json:"profile"`
	Transport   string   `json:"transport"`
	AnswersFrom []string `json:"answers_from"`
}

// schema is what the agent checks the block against, with file and line, before Configure sees it.
func schema() sdk.Schema {
	return sdk.Schema{
		Attributes: []sdk.Attribute{
			{Name: "request_timeout", Type: sdk.TypeDuration, Default: `"2s"`, Doc: "How long one attempt waits for its answer, on average: a request waits this long times (retries + 1), the first attempt shorter, the last longer"},
			{Name: "retries", Type: sdk.TypeNumber, Default: "2", Doc: "How often a request without an answer is sent again before the device counts as silent"},
			{Name: "slow_interval", Type: sdk.TypeDuration, Default: `"5m"`, Doc: "How often what hardly changes is read: addresses, names, VLANs, neighbours, forwarding tables"},
			{Name: "device_timeout", Type: sdk.TypeDuration, Default: `"20s"`, Doc: "How long one device may take in all of a poll; what was not read by then keeps its old values"},
			{Name: "table_timeout", Type: sdk.TypeDuration, Default: `"10s"`, Doc: "How long the reading of one table may take"},
			{Name: "max_rows", Type: sdk.TypeNumber, Default: "20000", Doc: "How many rows a table may have; a longer one is not read"},
			{Name: "profiles_dir", Type: sdk.TypeString, Doc: "Folder with own device profiles, one YAML file each; they come before the built-in ones"},
		},
		Blocks: []sdk.Block{
			{Name: "credential", Labels: []string{"version", "name"}, Doc: "A way to be let in: version \"v1\", \"v2c\" or \"v3\", and a name for it",
				Schema: sdk.Schema{Attributes: []sdk.Attribute{
					{Name: "community", Type: sdk.TypeString, Sensitive: true, Doc: "Community of a v1 or v2c agent"},
					{Name: "user", Type: sdk.TypeString, Doc: "User name of a v3 agent"},
					{Name: "auth_protocol", Type: sdk.TypeString, OneOf: authNames, Doc: "How a v3 agent checks who asks"},
					{Name: "auth_password", Type: sdk.TypeString, Sensitive: true, Doc: "Password that goes with auth_protocol"},
					{Name: "priv_protocol", Type: sdk.TypeString, OneOf: privNames, Doc: "How a v3 agent encrypts; -C is for agents that lengthen keys as Cisco's do"},
					{Name: "priv_password", Type: sdk.TypeString, Sensitive: true, Doc: "Password that goes with priv_protocol"},
					{Name: "context", Type: sdk.TypeString, Doc: "Context of a v3 agent"},
				}}},
			{Name: "target", Labels: []string{"name"}, Doc: "A device to ask; its name is how this source refers to it",
				Schema: sdk.Schema{Attributes: []sdk.Attribute{
					{Name: "address", Type: sdk.TypeString, Required: true, Doc: "Host or host:port; the port is 161 if it is absent"},
					{Name: "credentials", Type: sdk.TypeStrings, Doc: "Names of the credentials to try, in this order; all of them if absent"},
					{Name: "profile", Type: sdk.TypeString, Doc: "Kind of device, where it is not recognised by itself"},
					{Name: "transport", Type: sdk.TypeString, Default: `"udp"`, OneOf: []string{"udp", "udp4", "udp6", "tcp"}, Doc: "How the requests travel"},
					{Name: "answers_from", Type: sdk.TypeStrings, Doc: "Further addresses whose answers are this device's, with :port where only one may answer"},
				}}},
			trapsSchema(),
			discoverSchema(),
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
	c.DeviceTimeout = cmp.Or(c.DeviceTimeout, device.Duration(defaultDevice))
	c.TableTimeout = cmp.Or(c.TableTimeout, device.Duration(defaultTable))
	if c.MaxRows == nil {
		n := defaultRows
		c.MaxRows = &n
	}
	timeout, slow := time.Duration(c.RequestTimeout), time.Duration(c.SlowInterval)
	request := timeout * time.Duration(1+*c.Retries)
	switch {
	case timeout < 10*time.Millisecond || timeout > time.Minute:
		return fmt.Errorf(`"request_timeout" is %s: set it between 10ms and 1m`, timeout)
	case slow < leastSlow || slow > mostSlow:
		return fmt.Errorf(`"slow_interval" is %s: set it between %s and %s`, slow, leastSlow, mostSlow)
	case *c.Retries < 0 || *c.Retries > maxRetries:
		return fmt.Errorf(`"retries" is %d: set it between 0 and %d`, *c.Retries, maxRetries)
	case time.Duration(c.DeviceTimeout) < request:
		return fmt.Errorf(`"device_timeout" is %s, and one request with its retries takes up to %s: raise it, or lower "request_timeout" or "retries"`, time.Duration(c.DeviceTimeout), request)
	case c.TableTimeout < 0:
		return errors.New(`"table_timeout" is negative`)
	case *c.MaxRows < 1 || *c.MaxRows > maxRows:
		return fmt.Errorf(`"max_rows" is %d: set it between 1 and %d`, *c.MaxRows, maxRows)
	case len(c.Credentials) == 0:
		return errors.New(`"credential" is missing: add a block such as credential "v2c" "lab" { community = env("SNMP_COMMUNITY") }`)
	case len(c.Targets) == 0 && len(c.Discover) == 0:
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
		from, err := senders(cfg.AnswersFrom)
		if err != nil {
			return nil, wrong("%w", err)
		}
		for _, name := range names {
			i := slices.IndexFunc(c.Credentials, func(cred Credential) bool { return cred.Name == name })
			if i < 0 {
				return nil, wrong(`"credentials": there is no credential %.60q`, name)
			}
			t.ways = append(t.ways, way{access: access{
				host: host, port: uint16(n), transport: transport, credential: c.Credentials[i], answersFrom: from,
				timeout: time.Duration(c.RequestTimeout), retries: *c.Retries,
				limits: limits{device: time.Duration(c.DeviceTimeout), table: time.Duration(c.TableTimeout), rows: *c.MaxRows},
			}})
		}
		all = append(all, t)
	}
	return all, nil
}

// senders reads the addresses of answers_from. A port of 0 is any.
func senders(addresses []string) ([]netip.AddrPort, error) {
	var all []netip.AddrPort
	for _, text := range addresses {
		host, port := splitPort(text)
		a, err := netip.ParseAddr(host)
		n := uint64(0)
		if err == nil && port != "" {
			n, err = strconv.ParseUint(port, 10, 16)
		}
		if err != nil {
			return nil, fmt.Errorf(`"answers_from" holds %.60q: write IP addresses, with :port where only one may answer`, text)
		}
		all = append(all, netip.AddrPortFrom(a.Unmap(), uint16(n)))
	}
	return all, nil
}

// splitPort reads "host", "host:port", "[v6]:port" and a bare IPv6 address.
func splitPort(address string) (host, port string) {
	if h, p, err := net.SplitHostPort(address); err == nil {
		return h, p
	}
	return strings.Trim(address, "[]"), ""
}
