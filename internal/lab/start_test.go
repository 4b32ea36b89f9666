package lab

import (
	"net/http"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"
)

func start(t *testing.T) *Running {
	t.Helper()
	r, err := Start(t.Context(), Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// get reads one SNMP object, and asks again and again for it.
func get(t *testing.T, address, oid string) any {
	t.Helper()
	for range 300 {
		if v := getOnce(t, address, oid); v != nil {
			return v
		}
	}
	return nil
}

// getOnce asks for one SNMP object once: nil where nobody answers.
func getOnce(t *testing.T, address, oid string) any {
	t.Helper()
	at := netip.MustParseAddrPort(address)
	g := &gosnmp.GoSNMP{Target: at.Addr().String(), Port: at.Port(), Community: demoCommunity, Version: gosnmp.Version2c,
		Timeout: 200 * time.Millisecond, Context: t.Context()}
	if err := g.Connect(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = g.Conn.Close() }()
	p, err := g.Get([]string{oid})
	if err != nil {
		return nil
	}
	if b, ok := p.Variables[0].Value.([]byte); ok {
		return string(b)
	}
	return p.Variables[0].Value
}

func TestStart(t *testing.T) {
	r := start(t)
	for _, target := range []string{r.Env[EnvLibreNMS] + "/up", r.Env[EnvPRTG] + "/"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %v", target, resp.StatusCode, err)
		}
	}
	const sysName, fan, uptime = "1.3.6.1.2.1.1.5.0", "1.3.6.1.4.1.11.2.14.11.5.1.54.2.1.1.4.1", "1.3.6.1.2.1.1.3.0"
	at := r.Agents.Addresses()
	if len(at) != 8 {
		t.Errorf("%d SNMP agents, want 8", len(at))
	}
	for name, address := range at {
		d, _ := r.World.Device(name)
		want := orElse(strings.TrimSuffix(d.HostName, ".example.net"), name)
		if got, _ := get(t, address, sysName).(string); strings.TrimSuffix(got, ".example.net") != want {
			t.Errorf("%s calls itself %q", name, got)
		}
	}
	before, _ := get(t, at[coreSwitch], uptime).(uint32)
	if err := r.World.Kill(coreSwitch); err != nil {
		t.Fatal(err)
	}
	if getOnce(t, at[coreSwitch], sysName) != nil || getOnce(t, at["nas-4"], sysName) != nil || get(t, at["nas-1"], sysName) == nil {
		t.Error("the switch and what hangs behind it must be silent, and nothing else")
	}
	if err := r.World.Revive(coreSwitch); err != nil {
		t.Fatal(err)
	}
	if after, _ := get(t, at[coreSwitch], uptime).(uint32); after >= before {
		t.Errorf("uptime %d, then %d: the switch has not started again", before, after)
	}
	if err := r.World.Break(coreSwitch, "fan:1", "critical"); err != nil {
		t.Fatal(err)
	}
	if got := get(t, at[coreSwitch], fan); got != 3 {
		t.Errorf("a broken fan reads %v", got)
	}
	if err := r.World.Break(coreSwitch, "fan:1", "ok"); err != nil {
		t.Fatal(err)
	}
	if got := get(t, at[coreSwitch], fan); got != 5 {
		t.Errorf("a mended fan reads %v", got)
	}
}

// The configuration of the demo reads exactly the variables that a running lab sets.
func TestEnvFitsDemo(t *testing.T) {
	text, err := os.ReadFile("../../examples/hcl/demo.hcl")
	if err != nil {
		t.Fatal(err)
	}
	r := start(t)
	var read []string
	for _, m := range regexp.MustCompile(`env\("([A-Z0-9_]+)"\)`).FindAllStringSubmatch(string(text), -1) {
		read = append(read, m[1])
		if r.Env[m[1]] == "" {
			t.Errorf("demo.hcl reads %s, which nobody sets", m[1])
		}
	}
	for name := range r.Env {
		if !slices.Contains(read, name) {
			t.Errorf("%s is set and demo.hcl does not read it", name)
		}
	}
	for _, d := range r.World.Devices() {
		pinned := strings.Contains(string(text), `device "`+d.Name+`"`)
		if pinned != (d.Parent != "" || d.Name == coreSwitch) {
			t.Errorf("device %q: a block %t, behind the switch or the switch itself %t", d.Name, pinned, !pinned)
		}
		if pinned && !strings.Contains(string(text), `"`+d.Address.String()+`"`) {
			t.Errorf("device %q has another address in demo.hcl", d.Name)
		}
	}
}
