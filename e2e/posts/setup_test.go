package posts

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quorate/quorate/agent"
	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/internal/host"
	"github.com/quorate/quorate/internal/lab/seeded"
	"github.com/quorate/quorate/pipeline"
	librenmssource "github.com/quorate/quorate/plugins/librenms"
	prtgsource "github.com/quorate/quorate/plugins/prtg"
	snmpdirect "github.com/quorate/quorate/plugins/snmp-direct"
	"github.com/quorate/quorate/sdk"
)

// describer knows the plugins without starting them.
type describer struct{}

// pluginTypes are those that are built in.
var pluginTypes = []string{"librenms", "prtg", "snmp-direct"}

// Describe implements agent.Describer. Any other type is a program of the owner's own.
func (describer) Describe(_ context.Context, s host.Spec) (sdk.Info, error) {
	switch s.Type {
	case "librenms":
		return librenmssource.New().Info(), nil
	case "prtg":
		return prtgsource.New().Info(), nil
	case "snmp-direct":
		return snmpdirect.New().Info(), nil
	}
	return sdk.Info{Type: s.Type, Version: "1", Capabilities: []sdk.Capability{sdk.CapabilityPoll}, Config: sdk.Schema{Attributes: []sdk.Attribute{
		{Name: "place", Type: sdk.TypeString}, {Name: "key", Type: sdk.TypeString, Sensitive: true}, {Name: "headers", Type: sdk.TypeMap},
	}}}, nil
}

// configured is a configuration as the agent decodes it.
func configured(t testing.TB, path string, lookup func(string) (string, bool)) (pipeline.Config, blogsink.Setup) {
	t.Helper()
	cfg, err := agent.Load([]string{path}, agent.LoadOptions{Lookup: lookup})
	if err != nil {
		t.Fatal(err)
	}
	infos, settings, err := cfg.Settings(t.Context(), describer{}, pluginTypes)
	if err != nil {
		t.Fatal(err)
	}
	setup, err := cfg.Setup(infos, settings)
	if err != nil {
		t.Fatal(err)
	}
	return pipeline.Config{Identity: cfg.IdentityConfig(""), Consensus: cfg.ConsensusConfig(infos)}, setup
}

// setup writes what the owner of a lab has configured, with a canary wherever a value can stand, and loads it. The names
// of variables are canaries too. What an agent takes from its configuration into its registry is added to known.
func (d *disguise) setup(t testing.TB, lab *seeded.Lab) blogsink.Setup {
	t.Helper()
	m := d.mint
	dir := t.TempDir()
	env := map[string]string{}
	secret := func() string {
		name, value := strings.ToUpper(m.word()), m.token()
		env[name] = value
		d.known["tokens"] = append(d.known["tokens"], value)
		return fmt.Sprintf("env(%q)", name)
	}
	kept := func() string { // in a file
		name, value := m.word(), m.token()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(value), 0o600); err != nil {
			t.Fatal(err)
		}
		d.known["tokens"] = append(d.known["tokens"], value)
		return fmt.Sprintf("file(%q)", name)
	}
	server := func() string { return d.host("server " + m.letters()) }
	var b strings.Builder
	fmt.Fprintf(&b, "agent {\n  name = %q\n  data_dir = %q\n  domains = [%q]\n}\n", m.word(), "/srv/"+m.word(), d.domain)
	for _, mon := range lab.Monitors {
		kind := map[seeded.Sort]string{seeded.LibreNMS: "librenms", seeded.PRTG: "prtg", seeded.SNMP: "snmp-direct", seeded.Kuma: m.word()}[mon.Sort]
		fmt.Fprintf(&b, "source %q %q {\n  interval = %q\n", kind, d.source(mon.Name), mon.Poll)
		if mon.Domain != "" {
			fmt.Fprintf(&b, "  fault_domain = %q\n", d.words("domain", mon.Domain))
		}
		config := ""
		switch mon.Sort {
		case seeded.LibreNMS:
			config = fmt.Sprintf("    url = %q\n    token = %s\n", "https://"+server()+"/"+m.word(), secret())
			fmt.Fprintf(&b, "  anchors = [%q]\n", d.name(lab.Devices[0].Name))
		case seeded.PRTG:
			config = fmt.Sprintf("    url = %q\n    username = %q\n    passhash = %s\n", "https://"+d.address("prtg")+":8443", m.word(), kept())
		case seeded.SNMP:
			credential := m.word()
			config = fmt.Sprintf("    credential \"v2c\" %q {\n      community = %s\n    }\n", credential, secret())
			for _, dev := range mon.Watches {
				config += fmt.Sprintf("    target %q {\n      address = %q\n      credentials = [%q]\n    }\n", d.name(lab.Devices[dev].Name), d.address(fmt.Sprint("target ", dev)), credential)
			}
		default:
			fmt.Fprintf(&b, "  command = %q\n  sha256 = %q\n", "/opt/"+m.word()+"/source", strings.Repeat("0", 64))
			config = fmt.Sprintf("    place = %q\n    key = %s\n    headers = { %q = %q }\n", m.word()+" "+m.ipv4(), secret(), m.word(), m.token())
		}
		fmt.Fprintf(&b, "  config {\n%s  }\n}\n", config)
	}
	var names []string
	for i, dev := range lab.Devices {
		names = append(names, fmt.Sprintf("%q", d.name(dev.Name)))
		if i%5 > 0 && dev.Parent < 0 {
			continue
		}
		fmt.Fprintf(&b, "device %q {\n  match {\n    address = %q\n    hostname = %q\n    mac = %q\n    serial = %q\n    refs = { %s = [%q] }\n  }\n  tags = [%q]\n",
			d.name(dev.Name), d.address(fmt.Sprint("pin ", i)), d.host(fmt.Sprint("pin ", i)), d.swap("mac", fmt.Sprint("pin ", i), m.mac),
			d.swap("serials", fmt.Sprint("pin ", i), m.serial), d.source(lab.Monitors[0].Name), m.word(), m.word())
		if dev.Parent >= 0 {
			fmt.Fprintf(&b, "  parents = [%q]\n", d.name(lab.Devices[dev.Parent].Name))
		}
		b.WriteString("}\n")
	}
	fmt.Fprintf(&b, "group %q {\n  devices = [%s]\n  tags = [%q]\n}\n", m.word(), strings.Join(names[:3], ", "), m.word())
	fmt.Fprintf(&b, "maintenance %q {\n  devices = [%s]\n  schedule = \"0 2 * * SUN\"\n  duration = \"2h\"\n  reason = %q\n}\n", m.word(), names[0], m.word())
	fmt.Fprintf(&b, "never_merge = [[%s, %s]]\nshared_addresses = [%q]\n", names[1], names[2], d.address("shared"))
	fmt.Fprintf(&b, "sink \"webhook\" %q {\n  url = %q\n  secret = %s\n}\n", m.word(), "https://"+server()+"/"+m.token(), secret())
	path := filepath.Join(dir, "quorate.hcl")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	_, setup := configured(t, path, func(name string) (string, bool) { v, ok := env[name]; return v, ok })
	return setup
}
