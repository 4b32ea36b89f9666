package main

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// generator writes configurations with a canary in every text.
type generator struct {
	t        *rapid.T
	canaries []string
	secrets  map[string]string
	b        strings.Builder
	devices  []string
	sources  []string
	groups   []string
	tags     []string
}

func (g *generator) canary() string {
	c := fmt.Sprintf("zq%03dk%s", len(g.canaries), rapid.StringMatching(`[a-z]{4}[0-9]{2}`).Draw(g.t, "canary"))
	g.canaries = append(g.canaries, c)
	return c
}

func (g *generator) maybe() bool { return rapid.Bool().Draw(g.t, "maybe") }

func (g *generator) number(lo, hi int) int { return rapid.IntRange(lo, hi).Draw(g.t, "number") }

func (g *generator) of(list []string) string { return rapid.SampledFrom(list).Draw(g.t, "of") }

func (g *generator) p(format string, args ...any) { fmt.Fprintf(&g.b, format+"\n", args...) }

// secret is a reference to a variable with a canary for a name and another for its value.
func (g *generator) secret() string {
	name := strings.ToUpper(g.canary())
	g.secrets[name] = g.canary() + "-" + g.canary()
	return fmt.Sprintf("env(%q)", name)
}

func (g *generator) address() string {
	a := fmt.Sprintf("10.%d.%d.%d", g.number(200, 250), g.number(200, 250), g.number(100, 250))
	g.canaries = append(g.canaries, a)
	return a
}

func (g *generator) host() string {
	if g.maybe() {
		return g.address()
	}
	return g.canary() + "." + g.canary() + ".lan"
}

func (g *generator) url() string {
	u := "https://" + g.host()
	if g.maybe() {
		u += fmt.Sprintf(":%d", g.number(1024, 65535))
	}
	if g.maybe() {
		u += "/" + g.canary()
	}
	return u
}

func (g *generator) config() string {
	if g.maybe() {
		g.p("agent {\n name = %q\n domains = [%q, %q]\n data_dir = %q\n listen = %q\n}", g.canary(), g.canary()+".lan", g.canary()+".home.arpa", "/srv/"+g.canary(), g.of([]string{"127.0.0.1:0", "127.0.0.5:8601", "[::1]:9000"}))
	}
	for range g.number(1, 4) {
		g.devices = append(g.devices, g.canary())
	}
	g.tags = []string{g.canary(), "core", g.canary()}
	for range g.number(1, 4) {
		g.source()
	}
	g.p("consensus {\n quorum = %d\n fresh_for = %v\n dispute_timeout = \"%dm\"\n on_dispute = %q\n}", g.number(1, 3), float64(g.number(10, 30))/10, g.number(5, 90), g.of([]string{"up", "down", "unknown"}))
	for _, d := range g.devices {
		g.device(d)
	}
	for range g.number(0, 2) {
		name := g.canary()
		g.groups = append(g.groups, name)
		g.p("group %q {\n devices = [%q]\n tags = [%q]\n confirm = %d\n}", name, g.of(g.devices), g.of(g.tags), g.number(1, 9))
	}
	if len(g.groups) > 0 && g.maybe() {
		g.p("maintenance %q {\n groups = [%q]\n schedule = \"%d 2 * * SUN\"\n duration = \"2h\"\n reason = %q\n timezone = \"Asia/Tokyo\"\n}", g.canary(), g.of(g.groups), g.number(0, 59), g.canary())
		g.canaries = append(g.canaries, "Tokyo")
	}
	if g.maybe() {
		g.p("maintenance %q {\n devices = [%q]\n start = \"2031-03-07T01:00:00Z\"\n duration = \"2h\"\n}", g.canary(), g.of(g.devices))
	}
	if g.maybe() {
		g.p("prefer {\n name = [%q]\n}", g.of(g.sources))
	}
	if g.maybe() {
		g.p("shared_addresses = [%q]\nnever_merge = [[%q, %q]]", g.address(), g.canary(), g.canary())
	}
	g.sinks()
	return g.b.String()
}

func (g *generator) source() {
	name, kind := g.canary(), g.of([]string{"librenms", "prtg", "snmp-direct"})
	g.sources = append(g.sources, name)
	g.p("source %q %q {\n interval = \"%ds\"\n trust = %v", kind, name, g.number(1, 600), float64(g.number(1, 40))/10)
	if g.maybe() {
		g.p(" fault_domain = %q\n anchors = [%q]", g.canary(), g.of(g.devices))
	}
	if g.maybe() {
		g.p(" limits {\n memory = \"%dMiB\"\n }", g.number(64, 2000))
	}
	g.p(" config {")
	switch kind {
	case "librenms":
		g.p("  url = %q\n  token = %s\n  step = \"%ds\"", g.url(), g.secret(), g.number(60, 900))
		if g.maybe() {
			g.p("  include = [%q]\n  groups = [%q]\n  ca_file = %q\n  timezone = \"Asia/Tokyo\"", g.canary(), g.canary(), "/etc/"+g.canary()+".pem")
		}
	case "prtg":
		g.p("  url = %q\n  username = %q\n  passhash = %s", g.url(), g.canary(), g.secret())
	case "snmp-direct":
		c := g.canary()
		g.p("  retries = %d\n  credential \"v2c\" %q {\n   community = %s\n  }", g.number(0, 9), c, g.secret())
		g.p("  credential \"v3\" %q {\n   user = %q\n   auth_protocol = \"SHA-256\"\n   auth_password = %s\n   context = %q\n  }", g.canary(), g.canary(), g.secret(), g.canary())
		for range g.number(1, 3) {
			g.p("  target %q {\n   address = %q\n   credentials = [%q]\n   profile = %q\n  }", g.canary(), g.host(), c, g.canary())
		}
	}
	g.p(" }")
	if kind != "snmp-direct" && g.maybe() {
		g.p(" push {\n  token = %s\n  per_minute = %d\n }", g.secret(), g.number(1, 600))
	}
	g.p("}")
}

func (g *generator) device(name string) {
	g.p("device %q {\n match {\n  address = [%q, %q]\n  hostname = %q\n  mac = \"02:00:5e:%02x:%02x:%02x\"\n  serial = %q\n  refs = { %q = [%q] }\n }", name, g.address(), g.address(),
		g.canary()+".lan", g.number(16, 255), g.number(16, 255), g.number(16, 255), g.canary(), g.of(g.sources), g.canary())
	if name != g.devices[0] {
		g.p(" parents = [%q]", g.devices[0])
	}
	g.p(" tags = [%q]\n trust = { %q = 0.5 }\n quorum = %d\n}", g.of(g.tags), g.of(g.sources), g.number(1, 3))
}

func (g *generator) sinks() {
	if g.maybe() {
		g.p("sink \"webhook\" %q {\n url = %q\n secret = %s\n headers = { %q = %s, Authorization = %s }\n on = [\"verdict.changed:down\", \"source.*\"]\n batch = %d\n}",
			g.canary(), g.url(), g.secret(), "X-"+g.canary(), g.secret(), g.secret(), g.number(1, 900))
	}
	if g.maybe() {
		g.p("sink \"file\" %q {\n path = %q\n max_size = \"%dMiB\"\n}", g.canary(), "/srv/"+g.canary()+"/events", g.number(1, 90))
	}
	if g.maybe() {
		g.p("sink \"blog\" %q {\n dir = %q\n title = %q\n tags = [%q]\n notes = %q\n link_style = \"none\"\n round_times = \"day\"\n body_title = false\n timezone = \"Asia/Tokyo\"\n}", g.canary(), "/srv/"+g.canary(), g.canary(), g.canary(), "/srv/"+g.canary())
	}
}
