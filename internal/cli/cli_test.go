package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quorate/quorate/agent"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/sdk"
	"github.com/quorate/quorate/sdk/sourcetest"
)

// tiny is a built-in source with one device, or the failure that its settings name.
type tiny struct{ fail string }

func (*tiny) Info() sdk.Info {
	return sdk.Info{Type: "tiny", Version: "1", Config: sdk.Schema{Attributes: []sdk.Attribute{
		{Name: "fail", Type: sdk.TypeString}, {Name: "token", Type: sdk.TypeString, Sensitive: true},
	}}}
}

func (s *tiny) Configure(_ context.Context, config []byte) error {
	var c struct{ Fail string }
	if err := json.Unmarshal(config, &c); err != nil {
		return err
	}
	if c.Fail == "configure" {
		return errors.New(`"fail": the plugin does not like it`)
	}
	s.fail = c.Fail
	return nil
}

func (s *tiny) Poll(_ context.Context, emit func(device.Observation) error) error {
	if s.fail != "" {
		return errors.New(s.fail)
	}
	return emit(device.Observation{
		Identity: device.Identity{Ref: "1", Name: "nas1", Addresses: []string{"192.0.2.10"}},
		Claims:   []device.Claim{{Facet: device.FacetReach, State: device.StateUp}},
	})
}

var builtin = map[string]func() sdk.Source{"tiny": func() sdk.Source { return &tiny{} }}

func TestMain(m *testing.M) { sourcetest.Main(m, builtin) }

type result struct {
	code        int
	out, errOut string
}

// run runs the command line in this process.
func run(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	path := filepath.Join(t.TempDir(), "stdin")
	if err := os.WriteFile(path, []byte(stdin), 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	var out, errOut bytes.Buffer
	p := &Program{Builtin: builtin, Stdin: in, Stdout: &out, Stderr: &errOut}
	code := p.Run(t.Context(), args)
	return result{code, out.String(), errOut.String()}
}

func (r result) want(t *testing.T, code int, out, errOut string) {
	t.Helper()
	if r.code != code || !strings.Contains(r.out, out) || !strings.Contains(r.errOut, errOut) {
		t.Errorf("exit code %d, want %d with %q and %q\n--- stdout\n%s--- stderr\n%s", r.code, code, out, errOut, r.out, r.errOut)
	}
}

// home makes a folder with these files the current one.
func home(t *testing.T, files map[string]string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "q") // a short path, for a socket in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("QUORATE_CONFIG", "")
	t.Chdir(dir)
	return dir
}

const (
	good    = "agent {\n  data_dir = \"data\"\n}\nsource \"tiny\" \"a\" {\n}\n"
	failing = "agent {\n  data_dir = \"data\"\n}\nsource \"tiny\" \"a\" {\n  config {\n    fail = \"list devices: 401 Unauthorized\"\n  }\n}\n"
	refused = "source \"tiny\" \"a\" {\n  config {\n    fail = \"configure\"\n  }\n}\n"
)

func TestExitCodes(t *testing.T) {
	home(t, map[string]string{
		"quorate.hcl": good, "failing.hcl": failing, "refused.hcl": refused, "broken.hcl": "agent {", "typo.hcl": good + "agnet {\n}\n",
		"literal.hcl": "source \"tiny\" \"a\" {\n  config {\n    token = \"very-secret\"\n  }\n}\n", "text": "nothing private\n",
		"data-is-a-file.hcl": "agent {\n  data_dir = \"text\"\n}\nsource \"tiny\" \"a\" {\n}\n",
	})
	tests := []struct {
		name   string
		args   []string
		code   int
		out    string
		errOut string
	}{
		{"no arguments", nil, exitOK, "Usage: quorate", ""},
		{"help", []string{"--help"}, exitOK, "Usage: quorate", ""},
		{"help of a command", []string{"devices", "--help"}, exitOK, "--config", ""},
		{"unknown command", []string{"devcies"}, exitUsage, "", "devices"},
		{"unknown flag", []string{"devices", "--jsno"}, exitUsage, "", "--jsno"},
		{"missing argument", []string{"explain"}, exitUsage, "", "device"},
		{"bad flag value", []string{"agent", "--log-level", "loud"}, exitUsage, "", "debug"},
		{"version", []string{"version"}, exitOK, "quorate ", ""},
		{"plugin unknown", []string{"plugin", "tinny"}, exitUsage, "", `no built-in source "tinny"`},
		{"validate", []string{"validate", "quorate.hcl"}, exitOK, "", ""},
		{"validate typo", []string{"validate", "typo.hcl"}, exitFailed, "", `Did you mean "agent"?`},
		{"validate broken", []string{"validate", "broken.hcl"}, exitFailed, "", "broken.hcl line 1"},
		{"validate absent", []string{"validate", "absent.hcl"}, exitFailed, "", "absent.hcl: no such file"},
		{"validate what the plugin refuses", []string{"validate", "refused.hcl"}, exitFailed, "", "the plugin does not like it"},
		{"validate a literal secret", []string{"validate", "literal.hcl"}, exitFailed, "", `file("PATH")`},
		{"check", []string{"agent", "--check"}, exitOK, "nas1", ""},
		{"check failing", []string{"agent", "--check", "--config", "failing.hcl"}, exitFailed, "", "a: list devices: 401 Unauthorized"},
		{"agent without a data folder", []string{"agent", "--config", "data-is-a-file.hcl"}, exitData, "", "text"},
		{"agent typo", []string{"agent", "--config", "typo.hcl"}, exitFailed, "", "Error: Unsupported block type"},
		{"source poll", []string{"source", "poll", "a"}, exitOK, "192.0.2.10", ""},
		{"source poll json", []string{"source", "poll", "a", "--json"}, exitOK, `"ref":"1"`, ""},
		{"source poll failing", []string{"source", "poll", "a", "--config", "failing.hcl"}, exitFailed, "", "401 Unauthorized"},
		{"source poll unknown", []string{"source", "poll", "b"}, exitUsage, "", `no source "b"`},
		{"devices without an agent", []string{"devices"}, exitFailed, "", "the agent does not run"},
		{"sources without an agent", []string{"sources"}, exitFailed, "", "start it with: quorate agent"},
		{"events without an agent", []string{"events"}, exitFailed, "", "the agent does not run"},
		{"events limit", []string{"events", "--limit", "-1"}, exitUsage, "", "--limit"},
		{"draft without an agent", []string{"post", "draft"}, exitFailed, "", "the agent does not run"},
		{"explain without a record", []string{"explain", "nas1"}, exitData, "", ""},
		{"explain at nonsense", []string{"explain", "nas1", "--at", "noon"}, exitUsage, "", "RFC 3339"},
		{"post verify", []string{"post", "verify", "text"}, exitOK, "", ""},
		{"post verify absent", []string{"post", "verify", "absent"}, exitRefused, "", "absent"},
		{"replay without a configuration", []string{"replay", "text"}, exitUsage, "", "--config"},
		{"replay absent", []string{"replay", "--config", "quorate.hcl", "absent"}, exitUsage, "", "open the scenario"},
		{"init where one is", []string{"init"}, exitFailed, "", "not overwritten"},
		{"init with nothing", []string{"init", "elsewhere"}, exitUsage, "", "no monitor was given"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := run(t, "", test.args...)
			r.want(t, test.code, test.out, test.errOut)
			if strings.Contains(r.out+r.errOut, "very-secret") {
				t.Errorf("a secret is shown\n%s%s", r.out, r.errOut)
			}
		})
	}
	if _, err := os.Stat("elsewhere"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("init left something behind: %v", err)
	}
}

func TestDataErrors(t *testing.T) {
	other := errors.New("other")
	tests := []struct {
		name string
		err  error
		code int
	}{
		{"newer", &agent.DataError{Err: store.ErrNewer}, exitNewer},
		{"locked", &agent.DataError{Err: other}, exitData},
		{"other", other, exitFailed},
		{"none", nil, exitOK},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := &Program{Stderr: io.Discard}
			if got := p.report(dataError(test.err)); got != test.code {
				t.Errorf("got %d, want %d", got, test.code)
			}
		})
	}
}

func TestFmt(t *testing.T) {
	const ugly, pretty = "agent {\nname=\"x\"\n}\n", "agent {\n  name = \"x\"\n}\n"
	home(t, map[string]string{"a.hcl": ugly, "sub/b.hcl": pretty, "c.txt": ugly, "broken/c.hcl": "agent {"})
	run(t, "", "fmt", "--check", "a.hcl", "sub").want(t, exitFailed, "a.hcl\n", "")
	if b, _ := os.ReadFile("a.hcl"); string(b) != ugly {
		t.Error("--check has changed the file")
	}
	if err := os.Chmod("a.hcl", 0o640); err != nil {
		t.Fatal(err)
	}
	if r := run(t, "", "fmt", "--list", "a.hcl", "sub"); r.code != exitOK || r.out != "a.hcl\n" {
		t.Errorf("got %+v, want the one name", r)
	}
	if b, _ := os.ReadFile("a.hcl"); string(b) != pretty {
		t.Errorf("got %q", b)
	}
	if info, err := os.Stat("a.hcl"); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the mode is now %v, %v", info.Mode(), err)
	}
	if r := run(t, "", "fmt", "--check", "a.hcl", "sub"); r.code != exitOK || r.out != "" {
		t.Errorf("formatted again: %+v", r)
	}
	run(t, "", "fmt", "broken").want(t, exitFailed, "", "broken/c.hcl line 1")
	run(t, "", "fmt", "absent").want(t, exitFailed, "", "absent")
	run(t, ugly, "fmt", "-").want(t, exitOK, pretty, "")
	run(t, ugly, "fmt", "--check", "-").want(t, exitFailed, "", "")
	run(t, pretty, "fmt", "--check", "-").want(t, exitOK, "", "")
	run(t, "a = ", "fmt", "-").want(t, exitFailed, "", "standard input line 1")
}

func TestReplayNamesTheLine(t *testing.T) {
	home(t, map[string]string{"quorate.hcl": good})
	const first = `{"source":"a","at":"2026-01-01T00:00:00Z","observations":[]}` + "\n"
	tests := []struct{ name, scenario, want string }{
		{"no JSON", first + "\n{\n", "line 3: "},
		{"unknown source", first + `{"source":"b","at":"2026-01-01T00:01:00Z","observations":[]}` + "\n", `line 2: source "b" is not in the configuration`},
		{"back in time", first + `{"source":"a","at":"2025-12-31T00:00:00Z","observations":[]}`, "line 2: goes back in time"},
		{"hostile", first + "{\"source\":\"\\u001b[31mb\",\"at\":\"2026-01-01T00:01:00Z\",\"observations\":[]}\n", "line 2: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := run(t, test.scenario, "replay", "--config", "quorate.hcl", "-")
			r.want(t, exitUsage, "", test.want)
			if strings.Contains(r.errOut, "\x1b") {
				t.Errorf("an escape reaches the terminal: %q", r.errOut)
			}
		})
	}
	run(t, first+"\n"+strings.TrimSpace(first), "replay", "--config", "quorate.hcl", "--json", "--state", "-").want(t, exitOK, `{"type":"state"`, "")
	run(t, `{"source":"a","at":"2026-01-01T00:00:00Z","observations":[{"ref":""}]}`, "replay", "--config", "quorate.hcl", "-").want(t, exitOK, "", "line 1: rejected the observation")
}

func TestPostVerify(t *testing.T) {
	home(t, map[string]string{
		"post.md": "the box quuxhost-7 is fine\n", "clean.md": "the box is fine\n", "private.json": `{"hostnames": ["quuxhost-7"], "note": "x"}`,
		"bad.json": "[", "elsewhere/quorate.hcl": good,
	})
	r := run(t, "", "post", "verify", "--registry", "private.json", "clean.md", "post.md")
	r.want(t, exitRefused, "post.md: byte 8, 10 long: hostname", "")
	if strings.Contains(r.out+r.errOut, "quuxhost") {
		t.Errorf("the finding repeats the value: %s%s", r.out, r.errOut)
	}
	run(t, "", "post", "verify", "--registry", "private.json", "--json", "post.md").want(t, exitRefused, `"kind":"hostname"`, "")
	run(t, "", "post", "verify", "--registry", "private.json", "clean.md").want(t, exitOK, "", "")
	if err := os.WriteFile("model.md", []byte("The model is Q7731X-9, bought in spring."), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "", "post", "verify", "model.md").want(t, exitOK, "", "")
	run(t, "", "post", "verify", "--post", "model.md").want(t, exitRefused, "model.md: byte 13, 8 long: unknown_token", "")
	run(t, "", "post", "verify", "--post", "--allow", "Q7731X-9", "model.md").want(t, exitOK, "", "")
	run(t, "", "post", "verify", "--registry", "bad.json", "clean.md").want(t, exitRefused, "", "bad.json")
	run(t, "", "post", "verify", "--registry", "absent.json", "clean.md").want(t, exitRefused, "", "absent.json")
	// Who names a configuration wants its agent's registry: without it nothing passes.
	run(t, "", "post", "verify", "--config", "elsewhere/quorate.hcl", "clean.md").want(t, exitRefused, "", "the agent does not run")
}

// answer serves h as the agent's socket of the configuration in the current folder.
func answer(t *testing.T, dir string, h http.Handler) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(dir, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, "data", agent.SocketName))
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: h}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	t.Cleanup(func() {
		_ = s.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
}

func TestClient(t *testing.T) {
	dir := home(t, map[string]string{"quorate.hcl": good, "clean.md": "fine\n", "post.md": "see quuxhost-7\n"})
	var asked []string
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/devices/{device}/explain", func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.PathValue("device"))
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"title":"Not Found","detail":"no device of that \u001b[31mname"}`)
	})
	mux.HandleFunc("GET /api/v1/version", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"last_seq":500}`) })
	mux.HandleFunc("GET /api/v1/events", func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.RawQuery)
		_, _ = io.WriteString(w, `{"items":[]}`)
	})
	mux.HandleFunc("GET /api/v1/devices", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"items":"many"}`) })
	mux.HandleFunc("GET /control/registry", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"hostnames":["quuxhost-7"]}`) })
	mux.HandleFunc("POST /control/post/draft", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"post":"/srv/x.md","original":"/srv/y.md"}`)
	})
	answer(t, dir, mux)

	for _, name := range []string{"nas1", "my nas", "librenms/7", "a%2Fb", "ä?#"} {
		run(t, "", "explain", name).want(t, exitFailed, "", "quorate: no device of that [31mname\n")
		if got := asked[len(asked)-1]; got != name {
			t.Errorf("explain %q asks for %q", name, got)
		}
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"events"}, "after=450&limit=200"},
		{[]string{"events", "--limit", "10"}, "after=490&limit=10"},
		{[]string{"events", "--after", "7"}, "after=7&limit=200"},
		{[]string{"events", "--after", "7", "--limit", "10"}, "after=7&limit=10"},
		{[]string{"events", "--json"}, "after=0&limit=200"},
	} {
		run(t, "", test.args...).want(t, exitOK, "", "")
		if got := asked[len(asked)-1]; got != test.want {
			t.Errorf("%q asks %q, want %q", test.args, got, test.want)
		}
	}
	run(t, "", "devices").want(t, exitFailed, "", "read the agent's answer")
	run(t, "", "sources").want(t, exitFailed, "", "404")
	run(t, "", "post", "draft").want(t, exitOK, "draft: /srv/x.md", "")
	run(t, "", "post", "verify", "clean.md").want(t, exitOK, "", "")
	run(t, "", "post", "verify", "post.md").want(t, exitRefused, "hostname", "")
}
