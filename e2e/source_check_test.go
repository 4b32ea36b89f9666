package e2e

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/quorate/quorate/internal/lab"
)

// checked is what "source check --json" prints, as far as tests look at it.
type checked struct {
	Source, Type, Error, HCL string
	Works                    bool
	Total                    int
	Findings                 []struct{ Topic, Level, Value, Text, HCL string }
	Devices                  []struct {
		Name   string
		Refs   []string
		With   []string
		Second bool `json:"second_witness"`
	}
	Near []struct {
		Value, Reason string
	} `json:"could_be_same"`
	Failed []struct{ Source, Error string } `json:"failed_sources"`
}

func (c *checked) find(topic string) string {
	for _, f := range c.Findings {
		if f.Topic == topic {
			return f.Level + " " + f.Value + " " + f.Text
		}
	}
	return ""
}

// sourceCheck runs the command once for people and once for programs, and wants the same exit code of both.
func (s *site) sourceCheck(t *testing.T, name string, code int) (c checked, text string) {
	t.Helper()
	people := s.command().run(t, "source", "check", name)
	program := s.command().run(t, "source", "check", name, "--json")
	if people.code != code || program.code != code {
		t.Fatalf("exit %d and with --json %d, want %d\n%s%s%s", people.code, program.code, code, people.stdout, people.stderr, program.stderr)
	}
	if err := json.Unmarshal([]byte(program.stdout), &c); err != nil {
		t.Fatalf("%v: %s", err, program.stdout)
	}
	text = people.stdout + people.stderr
	if strings.Contains(text+program.stdout+program.stderr, lab.Canary) {
		t.Errorf("a secret is shown:\n%s", text)
	}
	return c, text
}

// TestSourceCheck: each monitor of the lab, on its own and beside the others.
func TestSourceCheck(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	for _, c := range []struct {
		name            string
		devices, second int
		says            []string
	}{
		{"librenms", 11, 11, []string{"librenms (librenms) works", "11 devices by librenms, of 68 in all: 11 gain a second witness by it, 0 do not"}},
		{"prtg", 68, 11, []string{"68 devices by prtg, of 68 in all: 11 gain a second witness by it, 57 do not", "without a second witness: ", "and 37 more"}},
		{"snmp", 8, 8, []string{"8 devices by snmp, of 68 in all: 8 gain a second witness by it, 0 do not"}},
	} {
		got, text := s.sourceCheck(t, c.name, 0)
		second := 0
		for _, d := range got.Devices {
			if d.Second {
				second++
			}
		}
		if !got.Works || len(got.Devices) != c.devices || second != c.second || got.Total != 68 {
			t.Errorf("%s: works %v, %d devices of %d, %d second witnesses", c.name, got.Works, len(got.Devices), got.Total, second)
		}
		for _, want := range append(c.says, "WHAT IT FOUND", "One poll brought", "poll time") {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not say %q:\n%s", c.name, want, text)
			}
		}
	}
}

// TestSourceCheckFails: what is wrong is said in one line with what to change, and another source's failure costs only
// a line.
func TestSourceCheckFails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, source string
		fault        func(s *site)
		says         []string
	}{
		{"wrong token", "librenms", func(s *site) { s.LibreNMS.SetFault(lab.Fault{Kind: lab.FaultUnauthorized}) }, []string{"401", "token"}},
		{"login page", "prtg", func(s *site) { s.PRTG.SetFault(lab.Fault{Kind: lab.FaultLoginPage}) }, []string{"log-in page", "credentials"}},
		{"out of order", "librenms", func(s *site) { s.LibreNMS.SetFault(lab.Fault{Kind: lab.FaultServerError}) }, []string{"500"}},
		{"silent", "librenms", func(s *site) { s.LibreNMS.SetFault(lab.Fault{Kind: lab.FaultSilent}) }, []string{"did not end within its timeout of 5s", "SUGGESTED", `timeout  = "`}},
		{"cut off", "prtg", func(s *site) { s.PRTG.SetFault(lab.Fault{Kind: lab.FaultCutOff}) }, []string{"FAILS"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, "")
			c.fault(s)
			got, text := s.sourceCheck(t, c.source, 1)
			if got.Works || got.Error == "" || strings.Contains(got.Error, "\n") {
				t.Errorf("works %v: %q", got.Works, got.Error)
			}
			for _, want := range c.says {
				if !strings.Contains(text, want) {
					t.Errorf("nobody says %q:\n%s", want, text)
				}
			}
			other, text := s.sourceCheck(t, "snmp", 0)
			if len(other.Failed) != 1 || other.Failed[0].Source != c.source || !strings.Contains(text, "OTHER SOURCES THAT FAIL") {
				t.Errorf("of the other source: %v\n%s", other.Failed, text)
			}
		})
	}
	t.Run("usage", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, "")
		for _, args := range [][]string{{"source", "check", "librenm"}, {"source", "check"}} {
			if r := s.command().run(t, args...); r.code != 2 {
				t.Errorf("%q: exit %d: %s", args, r.code, r.stderr)
			}
		}
	})
}

// execSource is a source that prints these observations.
func execSource(t *testing.T, name, settings string, lines ...string) string {
	t.Helper()
	path := write(t, filepath.Join(t.TempDir(), name+".jsonl"), strings.Join(lines, "\n")+"\n")
	return fmt.Sprintf("source \"exec\" %q {\n  # a note of my own\n%s  config {\n    command = [\"/bin/cat\", %q]\n  }\n}\n", name, settings, path)
}

func heard(ref, name, address string) string {
	return fmt.Sprintf(`{"ref":%q,"name":%q,"addresses":[%q],"claims":[{"facet":"reach","state":"up"}]}`, ref, name, address)
}

var sourceBlock = regexp.MustCompile(`(?ms)^source "exec" "a" \{\n.*?^\}\n`)

// TestSourceCheckSuggests: what is suggested loads when it is pasted, and does what it says.
func TestSourceCheckSuggests(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name           string
		before         string
		a, b           []string
		suggests, then []string
	}{
		{
			name: "a name in common", a: []string{heard("1", "NAS-1.example.net", "192.0.2.1"), heard("2", "ap${1}", "192.0.2.2")},
			b:        []string{heard("x", "nas-1", "127.0.0.1"), heard("y", "pi", "127.0.0.1")},
			suggests: []string{`device "NAS-1.example.net" {`, `a = ["1"]`, `b = ["x"]`, `anchors = ["NAS-1.example.net", "ap$${1}"]`, "a name alone binds nothing"},
			then:     []string{"NAS-1.example.net"},
		},
		{
			name: "an address of several", before: "shared_addresses = [\"198.51.100.1\"]\n",
			a:        []string{heard("1", "web", "192.0.2.1"), heard("2", "db", "192.0.2.2"), heard("3", "pi", "192.0.2.3")},
			b:        []string{heard("x", "fw1", "192.0.2.1"), heard("y", "fw2", "192.0.2.1")},
			suggests: []string{`# In place of shared_addresses: shared_addresses = ["198.51.100.1", "192.0.2.1"]`, "has the address 192.0.2.1 at 2 devices"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			config := c.before + "agent {\n  data_dir = \"data\"\n}\n" + execSource(t, "a", "", c.a...) + execSource(t, "b", "", c.b...)
			path := write(t, filepath.Join(dir, "quorate.hcl"), config)
			cmd := command{dir: dir}
			text := cmd.ok(t, "source", "check", "a", "--config", path)
			_, hcl, found := strings.Cut(text, "\nSUGGESTED\n")
			if !found {
				t.Fatalf("nothing is suggested:\n%s", text)
			}
			for _, want := range c.suggests {
				if !strings.Contains(text, want) {
					t.Errorf("not suggested: %s\n%s", want, text)
				}
			}
			if strings.Contains(hcl, "note of my own") {
				t.Errorf("what somebody wrote for themselves is shown:\n%s", hcl)
			}
			if sourceBlock.MatchString(hcl) {
				config = sourceBlock.ReplaceAllString(config, "")
			}
			write(t, path, config+hcl)
			if r := cmd.run(t, "validate", path); r.code != 0 {
				t.Fatalf("what is suggested does not load: %s\n%s", r.stderr, hcl)
			}
			var again checked
			decodeLine(t, cmd.ok(t, "source", "check", "a", "--config", path, "--json"), &again)
			for _, d := range again.Devices {
				for _, name := range c.then {
					if d.Name == name && !d.Second {
						t.Errorf("%s has no second witness after all", name)
					}
				}
			}
			if again.find("anchors") != "" {
				t.Error("anchors are advised again")
			}
		})
	}
}

// TestSourceCheckOfAccess: the ways to log in at PRTG, right and wrong.
func TestSourceCheckOfAccess(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	secrets := map[string]string{"PASSHASH": "1234567890", "PASSWORD": lab.Canary + "-password", "KEY": s.Env[lab.EnvPRTGToken]}
	for name, value := range secrets {
		s.env = append(s.env, name+"="+value)
	}
	for _, c := range []struct {
		name, access string
		code         int
		says         string
	}{
		{"an API key", `api_token = env("KEY")`, 0, "68 devices"},
		{"a passhash", "username = \"quorate\"\n    passhash = env(\"PASSHASH\")", 0, "68 devices"},
		{"a password", "username = \"quorate\"\n    password = env(\"PASSWORD\")", 0, "68 devices"},
		{"a passhash without its user", `passhash = env("PASSHASH")`, 1, `"username" is not`},
		{"a passhash for an API key", `api_token = env("PASSHASH")`, 1, `use "username" and "passhash"`},
		{"an API key for a passhash", "username = \"quorate\"\n    passhash = env(\"KEY\")", 1, `use "api_token"`},
		{"a password for a passhash", "username = \"quorate\"\n    passhash = env(\"PASSWORD\")", 1, `password given as passhash`},
	} {
		write(t, s.config, fmt.Sprintf("agent {\n  data_dir = \"data\"\n}\nsource \"prtg\" \"prtg\" {\n  config {\n    url = env(%q)\n    %s\n  }\n}\n", lab.EnvPRTG, c.access))
		got, text := s.sourceCheck(t, "prtg", c.code)
		if got.Works != (c.code == 0) || !strings.Contains(text, c.says) {
			t.Errorf("%s: works %v, want %q in\n%s", c.name, got.Works, c.says, text)
		}
	}
}

// TestSourceCheckOfAnOldServer: a LibreNMS of years ago works, and its version is told where the plugin asks for it.
func TestSourceCheckOfAnOldServer(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	old := httptest.NewServer(lab.NewLibreNMS(s.World, lab.LibreNMSOptions{Token: lab.Canary + "-old", Version: "21.11.0", OldTypes: true}))
	defer old.Close()
	s.env = append(s.env, "OLD_URL="+old.URL, "OLD_TOKEN="+lab.Canary+"-old")
	write(t, s.config, "agent {\n  data_dir = \"data\"\n}\nsource \"librenms\" \"librenms\" {\n  config {\n    url = env(\"OLD_URL\")\n    token = env(\"OLD_TOKEN\")\n  }\n}\n")
	if got, text := s.sourceCheck(t, "librenms", 0); len(got.Devices) != 11 {
		t.Errorf("%d devices:\n%s", len(got.Devices), text)
	}
}
