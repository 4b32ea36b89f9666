package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab"
)

// shareCanaries are canaries: values that stand in one place each, with nothing of the program's own words in them.
type shareCanaries struct{ all []string }

// word is a canary as a name.
func (c *shareCanaries) word() string {
	w := fmt.Sprintf("zuq%02dkeplox", len(c.all))
	c.all = append(c.all, w)
	return w
}

// address is a private one.
func (c *shareCanaries) address() string {
	a := fmt.Sprintf("10.%d.%d.%d", 211, 223, 101+len(c.all))
	c.all = append(c.all, a)
	return a
}

// in returns a canary that text holds, in any dress; "" for none.
func (c *shareCanaries) in(text string) string {
	low := strings.ToLower(text)
	for _, w := range c.all {
		percent := ""
		for i := range len(w) {
			percent += fmt.Sprintf("%%%02x", w[i])
		}
		for _, form := range []string{w, percent, hex.EncodeToString([]byte(w)), base64.RawStdEncoding.EncodeToString([]byte(w))} {
			if strings.Contains(low, strings.ToLower(form)) {
				return w
			}
		}
	}
	return ""
}

// strangeLab is a configuration and a source with a canary in every text.
func strangeLab(t *testing.T, dir string, c *shareCanaries) (config string) {
	t.Helper()
	var lines []string
	for i := range 4 {
		o := device.Observation{
			Identity: device.Identity{
				Ref: c.word(), Name: c.word(), Addresses: []string{c.address()}, Hostnames: []string{c.word() + ".lan"}, MACs: []string{fmt.Sprintf("02:1c:7e:%02x:b2:a%d", 0xd0+i, i)},
				Serial: c.word(), EngineID: "80001f88" + hex.EncodeToString([]byte(c.word())), Vendor: c.word(), Model: c.word(), OS: c.word(), Version: c.word(),
				Location: c.word(), Type: c.word(), Links: []device.Link{{Component: c.word(), Name: c.word()}},
			},
			Claims: []device.Claim{
				{Facet: device.FacetReach, State: []device.State{device.StateUp, device.StateDown}[i%2], Raw: c.word() + " says " + c.word()},
				{Facet: device.FacetHealth, Component: "disk:" + c.word(), State: device.StateCritical, Raw: c.word()},
			},
			Readings: []device.Reading{{Component: c.word(), Quantity: "temperature", Value: 21, Unit: "Cel"}},
			Alerts:   []device.Alert{{Ref: c.word(), Component: c.word(), Class: c.word(), Severity: "critical", State: "firing", Text: c.word() + " has " + c.word()}},
		}
		b, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(b))
	}
	said := write(t, filepath.Join(dir, c.word()+".jsonl"), strings.Join(lines, "\n")+"\n")
	script := filepath.Join(dir, c.word()+".sh")
	if err := os.WriteFile(script, []byte("#!/bin/sh\nexec cat "+said+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	pin, group := c.word(), c.word()
	return fmt.Sprintf(`
agent {
  name     = %q
  data_dir = env("DEMO_DATA_DIR")
  listen   = env("DEMO_LISTEN")
  domains  = ["%s.lan"]
}
source "exec" %q {
  interval     = "1s"
  fault_domain = %q
  config {
    command = [%q, %q]
    env     = { %s = %q }
  }
}
source "librenms" %q {
  interval = "1s"
  config {
    url     = "http://127.0.0.1:9"
    token   = env(%q)
    exclude = [%q]
  }
}
device %q {
  match {
    address = %q
    serial  = %q
  }
  tags = [%q]
}
group %q {
  devices = [%q]
  tags    = [%q]
}
maintenance %q {
  groups   = [%q]
  schedule = "* * * * *"
  duration = "30s"
  reason   = %q
}
sink "webhook" %q {
  url    = "http://127.0.0.1:9/%s"
  secret = env(%q)
}
sink "blog" %q {
  dir   = %q
  title = %q
}
`, c.word(), c.word(), c.word(), c.word(), script, c.word(), strings.ToUpper(c.word()), c.word(), c.word(), "TOKEN_OF_THE_TEST", c.word(), pin, c.address(), c.word(), c.word(),
		group, pin, c.word(), c.word(), group, c.word(), c.word(), c.word(), "SECRET_OF_THE_TEST", c.word(), filepath.Join(dir, c.word()), c.word())
}

// TestShare asks an agent whose every text is a canary for all that may be shared: no byte of it holds one.
func TestShare(t *testing.T) {
	c := &shareCanaries{}
	dir := t.TempDir()
	s := newSite(t, strangeLab(t, dir, c))
	s.env = append(s.env, "TOKEN_OF_THE_TEST="+c.word(), "SECRET_OF_THE_TEST="+c.word()+c.word())
	a := s.agent(t)
	var devices []device.Current
	eventually(t, "the devices", func() bool { devices = items[device.Current](t, a, "/api/v1/devices"); return len(devices) >= 4 })
	eventually(t, "a dispute or an alert", func() bool { return len(items[device.ReportedAlert](t, a, "/api/v1/alerts")) >= 4 })
	name := devices[0].Name
	do := s.command()
	if r := do.run(t, "devices"); c.in(r.stdout) == "" {
		t.Fatalf("without --share there is no canary to lose: %s%s", r.stdout, r.stderr)
	}
	for _, line := range [][]string{
		{"devices"}, {"sources"}, {"sources", "--plugins"}, {"sinks"}, {"events"}, {"alerts"}, {"disputes"}, {"coverage", "--all"}, {"status"}, {"maintenance", "list"},
		{"explain", name}, {"explain", name, "--at", "-1s"}, {"device", "show", name}, {"identity", "simulate", "--map", "10.211.223.0/24=198.51.100.0/24", "--all"}, {"rejected", "list"},
		{"explain", c.word()},
	} {
		for _, more := range []string{"", "--json"} {
			if more != "" && line[len(line)-1] == "--plugins" {
				continue
			}
			args := append(append([]string{}, line...), "--share")
			if more != "" {
				args = append(args, more)
			}
			r := do.run(t, args...)
			if left := c.in(r.stdout + r.stderr); left != "" {
				t.Errorf("%q: %s is in %s%s", args[:len(line)], left, r.stdout, r.stderr)
			}
			if r.code == 5 {
				t.Errorf("%q is refused: %s", args, r.stderr)
			}
			if more != "" {
				for dec := json.NewDecoder(strings.NewReader(r.stdout)); ; {
					var v any
					if err := dec.Decode(&v); errors.Is(err, io.EOF) {
						break
					} else if err != nil {
						t.Errorf("%q: no JSON: %v", args, err)
						break
					}
				}
			}
		}
	}

	out := filepath.Join(t.TempDir(), "bundle.tar.gz")
	if r := do.run(t, "support", "--out", out); r.code != 0 {
		t.Fatalf("support: exit %d %s%s", r.code, r.stdout, r.stderr)
	}
	info, err := os.Stat(out)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the bundle has mode %v", info.Mode())
	}
	files := unpacked(t, out)
	for name, text := range files {
		if left := c.in(name + text); left != "" {
			t.Errorf("the bundle: %s is in %s:\n%s", left, name, text)
		}
	}
	for _, name := range []string{"README.md", "status.json", "configuration.hcl", "events.jsonl"} {
		if files["quorate-support/"+name] == "" {
			t.Errorf("the bundle has no %s", name)
		}
	}
	key, err := os.ReadFile(filepath.Join(s.data(), "site.key"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if strings.Contains(text, string(key)) || strings.Contains(text, hex.EncodeToString(key)) {
			t.Errorf("the site key is in %s", name)
		}
	}
	a.stop(t, 0)
	if r := do.run(t, "devices", "--share"); r.code == 0 || r.stdout != "" || !strings.Contains(r.stderr, "quorate agent") {
		t.Errorf("without an agent: exit %d %s%s", r.code, r.stdout, r.stderr)
	}
	if r := do.run(t, "support", "--out", out+".2"); r.code == 0 || !strings.Contains(r.stderr, "quorate agent") {
		t.Errorf("a bundle without an agent: exit %d %s%s", r.code, r.stdout, r.stderr)
	}
}

// unpacked are the files of a bundle.
func unpacked(t *testing.T, path string) map[string]string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for r := tar.NewReader(z); ; {
		head, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[head.Name] = string(text)
	}
}

// TestShareOfTheDemo shares what the simulated lab says, whose names and addresses are invented already: nothing of it is
// refused, and no credential of the fakes is in it.
func TestShareOfTheDemo(t *testing.T) {
	s := newSite(t, "")
	a := s.agent(t)
	eventually(t, "all devices", func() bool { return len(a.devices(t)) == 68 })
	do := s.command()
	for _, args := range [][]string{{"devices"}, {"devices", "--json"}, {"events"}, {"events", "--json"}, {"device", "show", "core-switch"}, {"explain", "nas-1", "--json"}, {"coverage"}, {"sources", "--json"}} {
		text := do.ok(t, append(args, "--share")...)
		if left := lab.Leaks(text); left != "" {
			t.Errorf("%q holds %q", args, left)
		}
	}
	a.stop(t, 0)
}
