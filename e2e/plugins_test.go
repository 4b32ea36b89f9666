package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/quorate/quorate/device"
)

const canary = "CANARY-literal"

// thirdParty builds the example plugin as its author would, and returns its path and checksum.
func thirdParty(t *testing.T, dir string) (path, sum string) {
	t.Helper()
	path = filepath.Join(dir, "quorate-source-tcp")
	if out, err := exec.Command("go", "build", "-o", path, "../examples/plugins/quorate-source-tcp").CombinedOutput(); err != nil {
		t.Fatalf("build the example plugin: %v\n%s", err, out)
	}
	b := sha256.Sum256([]byte(read(t, path)))
	return path, hex.EncodeToString(b[:])
}

// door listens, so that the example plugin finds somebody.
func door(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}

const tcpConfig = `agent {
  data_dir = "data"
  listen   = "127.0.0.1:0"
}

source "tcp" "doors" {
  interval = "500ms"
  timeout  = "2s"
  command  = "%s"
  sha256   = "%s"
  config {
    target "nas1" {
      address = "%s"
    }
  }
}
`

// TestThirdPartyPlugin runs a stranger's plugin: given by path and checksum, replaced when it crashes or hangs.
func TestThirdPartyPlugin(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, sum := thirdParty(t, dir)
	script, err := filepath.Abs("../examples/plugins/machine.sh")
	if err != nil {
		t.Fatal(err)
	}
	// A path that starts at the configuration's own folder.
	config := fmt.Sprintf(tcpConfig, filepath.Base(path), sum, door(t)) + fmt.Sprintf(`
source "exec" "machine" {
  interval = "500ms"
  config {
    command = ["/bin/sh", %q]
  }
}
`, script)
	s := &site{dir: dir, config: write(t, filepath.Join(dir, "quorate.hcl"), config)}
	if r := s.command().run(t, "validate", s.config); r.code != 0 || r.stdout+r.stderr != "" {
		t.Fatalf("validate: exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	a := s.agent(t)
	eventually(t, "both plugins' devices up", func() bool {
		devices := a.devices(t)
		return devices["nas1"].Status == device.StatusUp && devices[host].Status == device.StatusUp
	})
	for _, c := range []struct {
		name   string
		signal syscall.Signal
	}{{"crashes", syscall.SIGKILL}, {"hangs", syscall.SIGSTOP}} {
		t.Run(c.name, func(t *testing.T) {
			before := a.source(t, "doors")
			old := pluginOf(t, a, path)
			if err := syscall.Kill(old, c.signal); err != nil {
				t.Fatal(err)
			}
			eventually(t, "a new plugin that polls", func() bool {
				now := a.source(t, "doors")
				return now.Restarts > before.Restarts && now.LastSuccess.After(before.LastSuccess) && now.LastError == ""
			})
			if now := pluginOf(t, a, path); now == old {
				t.Error("the plugin was not replaced")
			}
			if d := a.devices(t)["nas1"]; d.Status == device.StatusDown {
				t.Errorf("the device is %s because its plugin was gone", d.Status)
			}
		})
	}
	for _, raw := range a.record(t) {
		var e device.Event
		decodeLine(t, string(raw), &e)
		if e.Type == device.EventVerdictChanged && e.To == string(device.StatusDown) {
			t.Errorf("silence was taken for down: %s", e.Text)
		}
	}
	a.stop(t, 0)
}

// pluginOf finds the process that runs the program.
func pluginOf(t *testing.T, a *agent, program string) int {
	t.Helper()
	for _, c := range a.children() {
		// A program given by checksum runs from an open file: its own link may name another place.
		line, err := os.ReadFile("/proc/" + strconv.Itoa(c.pid) + "/cmdline")
		if err == nil && strings.Contains(string(line), filepath.Base(program)) {
			return c.pid
		}
	}
	t.Fatalf("no process of %s", program)
	return 0
}

// TestPluginOtherThanItsChecksum: what does not have the checksum is not run, and the message says what to compare.
func TestPluginOtherThanItsChecksum(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	trace := filepath.Join(dir, "it-ran")
	program := write(t, filepath.Join(dir, "plugin"), "#!/bin/sh\ntouch "+trace+"\n")
	if err := os.Chmod(program, 0o700); err != nil {
		t.Fatal(err)
	}
	wrong := strings.Repeat("0123456789abcdef", 4)
	config := write(t, filepath.Join(dir, "quorate.hcl"), fmt.Sprintf(tcpConfig, program, wrong, "192.0.2.10:22"))
	check := func(who, text string) {
		t.Helper()
		for _, want := range []string{program, "sha256", wrong} {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not say %q:\n%s", who, want, text)
			}
		}
	}
	for _, args := range [][]string{{"validate", config}, {"source", "poll", "doors", "--config", config}} {
		r := command{dir: dir}.run(t, args...)
		if r.code != 1 {
			t.Errorf("quorate %s: exit %d, want 1", args[0], r.code)
		}
		check("quorate "+args[0], r.stderr)
	}
	// The agent hears its other sources, and says of this one why it does not.
	s := &site{dir: dir, config: config}
	a := s.agent(t)
	eventually(t, "a source that is blind", func() bool { return a.source(t, "doors").Health == device.HealthBlind })
	check("quorate sources", s.command().ok(t, "sources"))
	a.stop(t, 0)
	if _, err := os.Stat(trace); err == nil {
		t.Error("the program was run")
	}
}

// TestValidate: mistakes are reported with file, line and the word that was meant, and never with the secret that
// stands there.
func TestValidate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, config string
		says         []string
	}{
		{
			"typo in a config block", `source "librenms" "lan" {
  config {
    url  = "https://librenms.example.net"
    tokn = "` + canary + `"
  }
}
`, []string{"quorate.hcl line 4:", `Did you mean "token"?`, "tokn = ***"},
		},
		{
			"typo in a nested block", `source "snmp-direct" "lan" {
  config {
    credential "v2c" "x" {
      comunity = "` + canary + `"
    }
    target "switch" {
      address = "192.0.2.2"
    }
  }
}
`, []string{"quorate.hcl line 4:", `Did you mean "community"?`},
		},
		{
			"typo in a block's name", `source "snmp-direct" "lan" {
  config {
    tarket "switch" {
      address = "192.0.2.2"
    }
  }
}
`, []string{"quorate.hcl line 3:", `Did you mean "target"?`},
		},
		{
			"a literal secret", `source "librenms" "lan" {
  config {
    url   = "https://librenms.example.net"
    token = "` + canary + `"
  }
}
`, []string{"quorate.hcl line 4:", `"token" is a secret`, `env("NAME")`, `file("PATH")`},
		},
		{
			"a literal secret in an expression", `source "prtg" "lan" {
  config {
    url      = "https://prtg.example.net"
    username = "quorate"
    passhash = true ? "` + canary + `" : "x"
  }
}
`, []string{"quorate.hcl line 5:", `"passhash" is a secret`},
		},
		{
			"typo in the frame", `source "librenms" "lan" {
  intervall = "60s"
}
`, []string{"quorate.hcl line 2:", `Did you mean "interval"?`},
		},
		{
			"unknown type", `source "librenm" "lan" {
  config {
    token = "` + canary + `"
  }
}
`, []string{`"librenm"`, `"librenms"`, "command"},
		},
		{
			"a variable that is not set", `source "librenms" "lan" {
  config {
    url   = "https://librenms.example.net"
    token = env("NOT_SET_BY_ANYBODY")
  }
}
`, []string{"quorate.hcl line 4:", "NOT_SET_BY_ANYBODY is not set"},
		},
		{
			"a wrong duration", `source "librenms" "lan" {
  config {
    url   = "https://librenms.example.net"
    token = env("HOME")
    step  = "300"
  }
}
`, []string{"quorate.hcl line 5:", "Not a duration", `"60s"`},
		},
		{
			"a webhook that signs with nothing", `sink "webhook" "hub" {
  url = "https://hub.example.net/quorate"
}
source "prtg" "lan" {
  config {
    url       = "https://prtg.example.net"
    api_token = env("HOME")
  }
}
`, []string{"quorate.hcl line 1:", "\"secret\" is required"},
		},
		{
			"a window that covers nothing", `maintenance "patch night" {
  duration = "2h"
}
`, []string{"quorate.hcl line 1:", `needs "groups" or "devices"`, `such as "0 2 * * SUN"`},
		},
		{
			"all at once", `source "librenms" "lan" {
  config {
    url   = "https://librenms.example.net"
    token = "` + canary + `"
  }
}
source "prtg" "lan2" {
  config {
    ulr = "https://prtg.example.net"
  }
}
`, []string{"quorate.hcl line 4:", "quorate.hcl line 9:", `Did you mean "url"?`},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, filepath.Join(dir, "quorate.hcl"), c.config+"agent {\n  data_dir = \"data\"\n}\n")
			for _, args := range [][]string{{"validate", "quorate.hcl"}, {"agent", "--config", "quorate.hcl"}} {
				r := command{dir: dir}.run(t, args...)
				if r.code != 1 || r.stdout != "" {
					t.Errorf("quorate %s: exit %d, want 1: %s", args[0], r.code, r.stdout)
				}
				for _, want := range c.says {
					if !strings.Contains(r.stderr, want) {
						t.Errorf("quorate %s does not say %q:\n%s", args[0], want, r.stderr)
					}
				}
				if strings.Contains(r.stderr, canary) {
					t.Errorf("quorate %s prints the secret:\n%s", args[0], r.stderr)
				}
				if args[0] == "agent" {
					continue
				}
				if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
					t.Errorf("validate left %v behind, %v", entries, err)
				}
			}
		})
	}
}

// TestValidateModes: who can change the configuration can run commands, and who can read a secret has it.
func TestValidateModes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	config := write(t, filepath.Join(dir, "quorate.hcl"), `source "librenms" "lan" {
  config {
    url   = "https://librenms.example.net"
    token = file("token")
  }
}
`)
	token := write(t, filepath.Join(dir, "token"), canary+"\n")
	if r := (command{}).run(t, "validate", config); r.code != 0 || r.stdout+r.stderr != "" {
		t.Fatalf("exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	for _, c := range []struct {
		path string
		mode os.FileMode
		says string
	}{{token, 0o640, "chmod 600"}, {config, 0o620, "chmod go-w"}} {
		if err := os.Chmod(c.path, c.mode); err != nil {
			t.Fatal(err)
		}
		r := command{}.run(t, "validate", config)
		if r.code != 1 || !strings.Contains(r.stderr, c.says) || strings.Contains(r.stderr, canary) {
			t.Errorf("%s with mode %o: exit %d, want 1 and %q\n%s", filepath.Base(c.path), c.mode, r.code, c.says, r.stderr)
		}
		if err := os.Chmod(c.path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
