package snmpdirect

import (
	"context"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab/snmpagent"
)

// handmade is a device of few objects, sorted as snmpsim wants it.
const handmade = `1.3.6.1.2.1.1.1.0|4|HP J9775A 2530-48G Switch, revision YA.16.11.0012, ROM YA.15.20
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.11.2.3.7.11.139
1.3.6.1.2.1.1.3.0|67|4242
1.3.6.1.2.1.1.5.0|4|switch.example.net
1.3.6.1.2.1.1.6.0|4|rack 7
1.3.6.1.2.1.2.2.1.2.1|4|1
1.3.6.1.2.1.2.2.1.2.2|4|2
1.3.6.1.2.1.2.2.1.3.1|2|6
1.3.6.1.2.1.2.2.1.3.2|2|6
1.3.6.1.2.1.2.2.1.6.1|4x|00005e005301
1.3.6.1.2.1.2.2.1.6.2|4x|00005e005302
1.3.6.1.2.1.2.2.1.7.1|2|1
1.3.6.1.2.1.2.2.1.7.2|2|1
1.3.6.1.2.1.2.2.1.8.1|2|1
1.3.6.1.2.1.2.2.1.8.2|2|2
1.3.6.1.2.1.31.1.1.1.6.1|70|18446744073709551615
1.3.6.1.2.1.31.1.1.1.6.2|70|0
1.3.6.1.4.1.11.2.14.11.5.1.54.2.1.1.4.1|2|5
1.3.6.1.4.1.11.2.14.11.5.1.54.2.1.1.4.2|2|3
`

// snmpsim runs Debian's snmpsimd over a folder of recordings until the test ends, and returns its address. The name of a
// recording is its community, and the context of the v3 user "simulator".
func snmpsim(t *testing.T, recordings map[string][]byte) string {
	t.Helper()
	path, err := exec.LookPath("snmpsimd")
	if err != nil {
		const why = "SKIPPED: needs snmpsimd (Debian package snmpsim): the source is not compared over an agent of another make"
		if os.Getenv("QUORATE_CI") == "1" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	dir := t.TempDir()
	for _, d := range []string{"data", "cache"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range recordings {
		if err := os.WriteFile(filepath.Join(dir, "data", name+".snmprec"), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	conn, err := net.ListenPacket("udp", "127.0.0.66:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := conn.LocalAddr().String()
	_ = conn.Close()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	group, err := user.LookupGroupId(me.Gid)
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.Background(), path, "--data-dir="+filepath.Join(dir, "data"), "--cache-dir="+filepath.Join(dir, "cache"),
		"--agent-udpv4-endpoint="+addr, "--process-user="+me.Username, "--process-group="+group.Name)
	cmd.Env = append(os.Environ(), "HOME="+dir)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(5 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
		_ = log.Close()
	})
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		select {
		case <-ended:
			b, _ := os.ReadFile(log.Name())
			t.Fatalf("snmpsimd has ended: %.2000s", b)
		case <-time.After(50 * time.Millisecond):
		}
		for name := range recordings {
			s := v3Source(t, newClock(), addr, Credential{Version: "v2c", Community: device.Secret(name)})
			if o, _ := one(t, s); facets(o) == "reach=up mgmt=up" {
				return addr
			}
			break
		}
	}
	t.Fatal("snmpsimd does not answer")
	return ""
}

// sameOverSnmpsim polls each recording through snmpsimd and through the lab's own agent and compares what is said.
func sameOverSnmpsim(t *testing.T, recordings map[string][]byte, credential func(name string) Credential) {
	t.Helper()
	addr := snmpsim(t, recordings)
	for name, content := range recordings {
		t.Run(name, func(t *testing.T) {
			rec, err := snmpagent.Load(strings.NewReader(string(content)))
			if err != nil {
				t.Fatal(err)
			}
			clock := newClock()
			ours := snmpagent.New(rec, snmpagent.Options{Clock: clock.now, Community: name})
			at, err := ours.Start()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = ours.Close() }()
			observe := func(addr string, c Credential) device.Observation {
				all := poll(t, v3Source(t, clock, addr, c))
				o := all[0]
				o.Addresses, o.EngineID = nil, "" // those of this machine and of snmpsim's own engine
				return o
			}
			theirs := observe(addr, credential(name))
			want := observe(at, Credential{Version: "v2c", Community: device.Secret(name)})
			if got := facets(want); got != "reach=up mgmt=up" {
				t.Fatal(got)
			}
			// snmpsim strips blanks from the ends of strings.
			if d := cmp.Diff(want, theirs, cmpopts.EquateEmpty(), cmp.Transformer("trimmed", strings.TrimSpace)); d != "" {
				t.Errorf("-own agent +snmpsim\n%s", d)
			}
		})
	}
}

// TestSnmpsim serves a hand-made recording, by v2c and to a v3 user with a context.
func TestSnmpsim(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"v2c", "v3"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			sameOverSnmpsim(t, map[string][]byte{"handmade": []byte(handmade)}, func(name string) Credential {
				if version == "v2c" {
					return Credential{Version: "v2c", Community: device.Secret(name)}
				}
				return Credential{User: "simulator", AuthProtocol: "MD5", AuthPassword: "auctoritas", PrivProtocol: "DES", PrivPassword: "privatus", Context: name}
			})
		})
	}
}

// TestSnmpsimRecordings serves recordings of real devices.
func TestSnmpsimRecordings(t *testing.T) {
	t.Parallel()
	all, err := filepath.Glob("../../../shared/data/snmprec/*.snmprec")
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Skip("SKIPPED: needs ../shared/data/snmprec: recordings are not compared over snmpsim")
	}
	recordings := map[string][]byte{}
	for _, f := range all {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		recordings[strings.TrimSuffix(filepath.Base(f), ".snmprec")] = b
	}
	sameOverSnmpsim(t, recordings, func(name string) Credential { return Credential{Version: "v2c", Community: device.Secret(name)} })
}
