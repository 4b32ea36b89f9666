package snmpdirect

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
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

// daemon is an snmpd on a loopback port of its own, with state in a folder of its own.
type daemon struct {
	t               *testing.T
	path, dir, addr string
	stop            func()
}

// realAgent runs snmpd until the test ends.
func realAgent(t *testing.T, config string) *daemon {
	t.Helper()
	d := &daemon{t: t, path: snmpd(t), dir: t.TempDir()}
	// On an address of its own: the port that is found free here has to stay so until snmpd listens.
	conn, err := net.ListenPacket("udp", fmt.Sprintf("127.%d.%d.%d:0", 2+rand.IntN(250), rand.IntN(256), 1+rand.IntN(250)))
	if err != nil {
		t.Fatal(err)
	}
	d.addr = conn.LocalAddr().String()
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	d.start(config)
	t.Cleanup(func() {
		d.stop()
		if t.Failed() {
			for _, name := range []string{"stderr", "snmpd.log"} {
				if b, err := os.ReadFile(filepath.Join(d.dir, name)); err == nil && len(b) > 0 {
					t.Logf("%s:\n%s", name, b)
				}
			}
		}
	})
	return d
}

// start runs the program until it answers; stop, which it sets, ends it. What snmpd keeps of its users and of how often
// it started stays in the folder.
func (d *daemon) start(config string) {
	d.t.Helper()
	file := filepath.Join(d.dir, "lab.conf")
	if err := os.WriteFile(file, []byte("agentaddress udp:"+d.addr+"\n"+config), 0o600); err != nil {
		d.t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(d.dir, "stderr"))
	if err != nil {
		d.t.Fatal(err)
	}
	// Its port may be some other process's for a moment: any that asks over UDP just then.
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		cmd := exec.CommandContext(context.Background(), d.path, "-f", "-c", file, "-Lf", filepath.Join(d.dir, "snmpd.log"), "-p", filepath.Join(d.dir, "snmpd.pid"), "-I", "-smux")
		cmd.Env = append(os.Environ(), "SNMP_PERSISTENT_DIR="+d.dir, "SNMPCONFPATH="+d.dir, "HOME="+d.dir)
		cmd.Stderr = log
		if err := cmd.Start(); err != nil {
			d.t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = cmd.Wait()
		}()
		d.stop = sync.OnceFunc(func() {
			_ = cmd.Process.Signal(syscall.SIGTERM) // so that it writes its state
			<-ended
			_ = log.Close()
		})
		if d.answers(deadline, ended) {
			return
		}
		_ = cmd.Process.Kill()
		<-ended
	}
	d.t.Fatal("snmpd does not answer")
}

// answers waits until the agent says who its engine is, or has ended.
func (d *daemon) answers(deadline time.Time, ended <-chan struct{}) bool {
	d.t.Helper()
	host, port := splitPort(d.addr)
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		d.t.Fatal(err)
	}
	a := access{host: host, port: uint16(n), transport: "udp", credential: Credential{Version: "v3", User: "nobody"}, timeout: time.Second}
	for time.Now().Before(deadline) {
		select {
		case <-ended:
			return false
		case <-time.After(5 * time.Millisecond):
		}
		s, err := open(d.t.Context(), a, &peer{}, nil)
		if err != nil {
			d.t.Fatal(err)
		}
		_, err = s.discover(1)
		s.close()
		if err == nil {
			return true
		}
	}
	return false
}

// TestRealAgent polls Debian's snmpd: an agent that nobody here wrote.
func TestRealAgent(t *testing.T) {
	agent := realAgent(t, `rocommunity quoratelab 127.0.0.1
sysName snmpd.example.net
sysLocation rack 7
disk / 5%
`)
	addr := agent.addr
	configure := func(community string, retries int) *Source {
		t.Helper()
		s := newSource(time.Now)
		config := fmt.Sprintf(`{"request_timeout": "2s", "retries": %d, "credential": [{"version": "v2c", "name": "lab", "community": %q}, {"version": "v1", "name": "old", "community": %q}],
			"target": [{"name": "real", "address": %q, "credentials": ["lab"]}, {"name": "real-v1", "address": %q, "credentials": ["old"]}]}`,
			retries, community, community, addr, addr)
		if err := s.Configure(t.Context(), []byte(config)); err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := configure("quoratelab", 2)
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
