package e2e

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab"
)

// flags are init's, for all three monitors of the lab. The page takes any free port, so that tests do not meet.
func (s *site) flags(monitors ...string) []string {
	all := map[string][]string{
		"librenms": {"--librenms-url", s.Env[lab.EnvLibreNMS], "--librenms-token", s.Env[lab.EnvLibreNMSToken]},
		"prtg":     {"--prtg-url", s.Env[lab.EnvPRTG], "--prtg-access", s.Env[lab.EnvPRTGToken]},
		"snmp":     {"--snmp-address", s.Env[lab.EnvAgent+"NAS_1"], "--snmp-community", s.Env[lab.EnvCommunity]},
	}
	flags := []string{"--listen", "127.0.0.1:0"}
	for _, m := range monitors {
		flags = append(flags, all[m]...)
	}
	return flags
}

// TestInitByFlags writes a configuration without a terminal; the agent is the next command.
func TestInitByFlags(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		monitors []string
		sees     string
		devices  int
		twice    int
	}{
		{"all", []string{"librenms", "prtg", "snmp"}, "68 devices, 11 seen twice, 57 once", 68, 11},
		{"librenms alone", []string{"librenms"}, "11 devices, 0 seen twice, 11 once", 11, 0},
		{"prtg alone", []string{"prtg"}, "68 devices, 0 seen twice, 68 once", 68, 0},
		{"snmp alone", []string{"snmp"}, "1 device, 0 seen twice, 1 once", 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, "")
			dir := t.TempDir()
			r := command{dir: dir}.run(t, append([]string{"init", "home"}, s.flags(c.monitors...)...)...)
			if r.code != 0 {
				t.Fatalf("exit %d\n%s%s", r.code, r.stdout, r.stderr)
			}
			for _, want := range []string{c.sees, "Next: quorate agent --config home/quorate.hcl"} {
				if !strings.Contains(r.stdout, want) {
					t.Errorf("init does not say %q:\n%s", want, r.stdout)
				}
			}
			checkWritten(t, filepath.Join(dir, "home"), len(c.monitors))
			noSecret(t, r.stdout+r.stderr)
			checkNext(t, dir, r.stdout, c.devices, c.twice)
		})
	}
}

// checkWritten looks at what init has left: a configuration in its canonical form, and secrets for their owner alone.
func checkWritten(t *testing.T, dir string, secrets int) {
	t.Helper()
	config := read(t, filepath.Join(dir, "quorate.hcl"))
	noSecret(t, config)
	found := 0
	err := filepath.WalkDir(filepath.Join(dir, "secrets"), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %o", path, info.Mode().Perm())
		}
		if d.Type().IsRegular() {
			found++
			if !strings.Contains(read(t, path), lab.Canary) {
				t.Errorf("%s does not hold the secret", path)
			}
		}
		return nil
	})
	if err != nil || found != secrets {
		t.Errorf("%d files of secrets, want %d; %v", found, secrets, err)
	}
	if r := (command{dir: dir}).run(t, "fmt", "--check", "quorate.hcl"); r.code != 0 {
		t.Errorf("the written configuration is not in its canonical form:\n%s", config)
	}
	if r := (command{dir: dir}).run(t, "validate", "quorate.hcl"); r.code != 0 || r.stdout+r.stderr != "" {
		t.Errorf("validate: exit %d: %s%s", r.code, r.stdout, r.stderr)
	}
}

func noSecret(t *testing.T, text string) {
	t.Helper()
	if strings.Contains(text, lab.Canary) {
		t.Errorf("a secret is shown:\n%s", text)
	}
}

// checkNext runs the very command that init names, in the folder where init was run, and asks for the devices.
func checkNext(t *testing.T, dir, said string, devices, twice int) {
	t.Helper()
	_, next, ok := strings.Cut(strings.ReplaceAll(said, "\r", ""), "\nNext: quorate ")
	if !ok {
		t.Fatalf("no next command:\n%s", said)
	}
	next, _, _ = strings.Cut(next, "\n")
	p := start(t, nil, dir, strings.Fields(next)...)
	p.waitFor("quorate: http://")
	config := next[strings.LastIndexByte(next, ' ')+1:]
	var all []device.Current
	eventually(t, "the first merged devices, all up", func() bool {
		r := command{dir: dir}.run(t, "devices", "--config", config, "--json")
		if r.code != 0 {
			t.Fatalf("devices: exit %d: %s", r.code, r.stderr)
		}
		if err := json.Unmarshal([]byte(r.stdout), &all); err != nil {
			t.Fatal(err)
		}
		up, several := 0, 0
		for _, d := range all {
			if d.Status == device.StatusUp {
				up++
			}
			if d.Witnesses.Enrolled >= 2 {
				several++
			}
		}
		return len(all) == devices && up == devices && several == twice
	})
	p.stop(t, 0)
	noSecret(t, p.output())
}

// TestInitOnTerminal answers at most six questions.
func TestInitOnTerminal(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	dir := t.TempDir()
	x := onTerminal(t, nil, dir, "init", "--listen", "127.0.0.1:0")
	x.answer("LibreNMS address", s.Env[lab.EnvLibreNMS])
	x.answer("LibreNMS API token (not shown): ", s.Env[lab.EnvLibreNMSToken])
	x.sees("librenms answers: 11 devices.")
	x.answer("PRTG address", s.Env[lab.EnvPRTG])
	x.answer("PRTG API key", s.Env[lab.EnvPRTGToken])
	x.sees("prtg answers: 68 devices.")
	x.answer("SNMP address", s.Env[lab.EnvAgent+"CORE_SWITCH"])
	x.answer("community (not shown): ", s.Env[lab.EnvCommunity])
	x.sees("snmp answers: 1 device.")
	x.sees("68 devices, 11 seen twice, 57 once.")
	if code := x.wait(); code != 0 {
		t.Fatalf("exit %d:\n%s", code, x.shown())
	}
	if x.answers > 6 {
		t.Errorf("%d answers, want 6 at most", x.answers)
	}
	noSecret(t, x.shown())
	checkWritten(t, dir, 3)
	checkNext(t, dir, x.shown(), 68, 11)
}

// TestInitSkipsOnTerminal: Enter leaves a monitor out, and a token that does not fit is said at once.
func TestInitSkipsOnTerminal(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	dir := t.TempDir()
	x := onTerminal(t, nil, dir, "init")
	x.answer("LibreNMS address", "")
	x.answer("PRTG address", s.Env[lab.EnvPRTG])
	x.answer("PRTG API key", lab.Canary+"-wrong")
	x.sees("401")
	x.answer("Keep it all the same", "n")
	if code := x.wait(); code != 1 {
		t.Errorf("exit %d, want 1", code)
	}
	noSecret(t, x.shown())
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("something was written: %v, %v", left, err)
	}
}

// TestInitRefuses: what is there stays as it is, and what does not answer is not written down.
func TestInitRefuses(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	t.Run("overwrites nothing", func(t *testing.T) {
		for _, there := range []string{"quorate.hcl", "secrets/librenms-token"} {
			dir := t.TempDir()
			path := write(t, filepath.Join(dir, there), "mine\n")
			r := command{dir: dir}.run(t, append([]string{"init", "."}, s.flags("librenms")...)...)
			if r.code == 0 || !strings.Contains(r.stderr, "not overwritten") {
				t.Errorf("%s: exit %d: %s", there, r.code, r.stderr)
			}
			if read(t, path) != "mine\n" {
				t.Errorf("%s was overwritten", there)
			}
		}
	})
	for _, c := range []struct {
		name  string
		flags []string
		says  []string
	}{
		{"wrong librenms token", []string{"--librenms-url", s.Env[lab.EnvLibreNMS], "--librenms-token", lab.Canary + "-wrong"}, []string{"401", "token", "nothing was written"}},
		{"wrong prtg key", []string{"--prtg-url", s.Env[lab.EnvPRTG], "--prtg-access", lab.Canary + "-wrong"}, []string{"401", "API key", "nothing was written"}},
		{"wrong community", []string{"--snmp-address", s.Env[lab.EnvAgent+"NAS_1"], "--snmp-community", lab.Canary + "-wrong"}, []string{"snmp: no answer (snmp: timeout)", "community", "nothing was written"}},
		{"nobody listens", []string{"--librenms-url", "http://127.0.0.1:1", "--librenms-token", lab.Canary}, []string{"127.0.0.1:1", "refused", "nothing was written"}},
		{"no address", []string{"--librenms-url", "http://", "--librenms-token", lab.Canary}, []string{"address"}},
		{"no monitor", nil, []string{"--librenms-url"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			r := command{dir: dir}.run(t, append([]string{"init", "home"}, c.flags...)...)
			if r.code == 0 {
				t.Errorf("exit 0:\n%s%s", r.stdout, r.stderr)
			}
			for _, want := range c.says {
				if !strings.Contains(r.stderr, want) {
					t.Errorf("it does not say %q:\n%s", want, r.stderr)
				}
			}
			noSecret(t, r.stdout+r.stderr)
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Errorf("something was written: %v, %v", left, err)
			}
		})
	}
}

// TestInitSecretFromFile: with @FILE no secret stands in the list of processes.
func TestInitSecretFromFile(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	dir := t.TempDir()
	token := write(t, filepath.Join(dir, "token"), s.Env[lab.EnvLibreNMSToken]+"\n")
	r := command{dir: dir}.run(t, "init", "home", "--librenms-url", s.Env[lab.EnvLibreNMS], "--librenms-token", "@"+token)
	if r.code != 0 || !strings.Contains(r.stdout, "librenms answers: 11 devices.") {
		t.Fatalf("exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	checkWritten(t, filepath.Join(dir, "home"), 1)
}

// TestCheck is agent --check over the lab: the table and 0, or 1 with a line for each source that failed.
func TestCheck(t *testing.T) {
	t.Parallel()
	s := newSite(t, patient(t))
	if out := s.command().ok(t, "agent", "--check", "--config", s.config); !strings.Contains(out, "core-switch") || !strings.Contains(out, "68 devices: ") {
		t.Errorf("the table:\n%s", out)
	}
	s.PRTG.SetFault(lab.Fault{Kind: lab.FaultUnauthorized})
	r := s.command().run(t, "agent", "--check", "--config", s.config)
	if r.code != 1 || !strings.Contains(r.stdout, "11 devices: ") || strings.Count(r.stderr, "\n") != 1 || !strings.HasPrefix(r.stderr, "prtg: ") {
		t.Errorf("one source fails: exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	noSecret(t, r.stdout+r.stderr)
	r = s.command().run(t, "source", "poll", "prtg", "--config", s.config)
	if r.code != 1 || r.stdout != "" || !strings.Contains(r.stderr, "401") {
		t.Errorf("source poll: exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	out := s.command().ok(t, "source", "poll", "librenms", "--config", s.config, "--json")
	n := 0
	for line := range strings.Lines(out) {
		var o device.Observation
		decodeLine(t, line, &o)
		if err := o.Validate(); err != nil {
			t.Errorf("%v: %s", err, line)
		}
		n++
	}
	if n != 11 {
		t.Errorf("%d observations, want 11", n)
	}
	noSecret(t, out)
	if r := s.command().run(t, "source", "poll", "librenm", "--config", s.config); r.code != 2 || !strings.Contains(r.stderr, `"librenms"`) {
		t.Errorf("an unknown source: exit %d, %s", r.code, r.stderr)
	}
}
