package snmpdirect

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// snmpd finds Debian's agent, which lies outside of an ordinary user's PATH.
func snmpd(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"snmpd", "/usr/sbin/snmpd"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const why = "SKIPPED: needs snmpd (Debian package snmpd): the source is not tried on a real agent"
	if os.Getenv("QUORATE_CI") == "1" {
		t.Fatal(why)
	}
	t.Skip(why)
	return ""
}

// realAgent runs snmpd on a loopback port of its own until the test ends.
func realAgent(t *testing.T, config string) string {
	t.Helper()
	path := snmpd(t)
	dir := t.TempDir()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := conn.LocalAddr().String()
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "lab.conf")
	if err := os.WriteFile(file, []byte("agentaddress udp:"+addr+"\n"+config), 0o600); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(dir, "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, path, "-f", "-C", "-c", file, "-Lf", filepath.Join(dir, "snmpd.log"), "-p", filepath.Join(dir, "snmpd.pid"), "-I", "-smux")
	cmd.Env = append(os.Environ(), "SNMP_PERSISTENT_DIR="+dir, "HOME="+dir)
	cmd.Stderr = log
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
		_ = log.Close()
		if t.Failed() {
			for _, name := range []string{"stderr", "snmpd.log"} {
				if b, err := os.ReadFile(filepath.Join(dir, name)); err == nil && len(b) > 0 {
					t.Logf("%s:\n%s", name, b)
				}
			}
		}
	})
	return addr
}

// TestRealAgent polls Debian's snmpd: an agent that nobody here wrote.
func TestRealAgent(t *testing.T) {
	addr := realAgent(t, `rocommunity quoratelab 127.0.0.1
sysName snmpd.example.net
sysLocation rack 7
disk / 5%
`)
	configure := func(community string, retries int) *Source {
		t.Helper()
		s := newSource(time.Now)
		config := fmt.Sprintf(`{"request_timeout": "500ms", "retries": %d, "credential": [{"version": "v2c", "name": "lab", "community": %q}, {"version": "v1", "name": "old", "community": %q}],
			"target": [{"name": "real", "address": %q, "credentials": ["lab"]}, {"name": "real-v1", "address": %q, "credentials": ["old"]}]}`,
			retries, community, community, addr, addr)
		if err := s.Configure(t.Context(), []byte(config)); err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := configure("quoratelab", 10) // snmpd takes a moment to listen
	if all := poll(t, s); facets(all[0]) != "reach=up mgmt=up" {
		// Refused at once while nobody listens: the retries do not wait.
		deadline := time.Now().Add(20 * time.Second)
		for facets(all[0]) != "reach=up mgmt=up" && time.Now().Before(deadline) {
			all = poll(t, s)
		}
	}
	for _, o := range poll(t, s) {
		if got := facets(o); got != "reach=up mgmt=up" {
			t.Fatalf("%s: %s", o.Ref, got)
		}
		if o.Name != "snmpd.example.net" || o.Location != "rack 7" || !strings.HasPrefix(o.OS, "Linux ") || o.Type != "server" {
			t.Errorf("%s: %+v", o.Ref, o.Identity)
		}
		if o.EngineID == "" {
			t.Errorf("%s: no engine id", o.Ref)
		}
		if len(o.Alerts) > 0 {
			t.Errorf("%s: %+v", o.Ref, o.Alerts)
		}
		if up, ok := reading(o, "", "uptime"); !ok || up <= 0 {
			t.Errorf("%s: uptime %v %v", o.Ref, up, ok)
		}
		if size, ok := reading(o, "memory:Physical memory", "size"); !ok || size < 1<<20 {
			t.Errorf("%s: memory %v %v", o.Ref, size, ok)
		}
	}
	// snmpd answers a wrong community with silence.
	for _, o := range poll(t, configure("wrong-community", 0)) {
		if got := facets(o); got != "reach=down/0.5 mgmt=down" {
			t.Errorf("wrong community, %s: %s", o.Ref, got)
		}
	}
}
