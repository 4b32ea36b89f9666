package agent

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	_ "time/tzdata" // a small machine may have none

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/internal/host"
	"github.com/quorate/quorate/sdk"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// environment is what env() finds in these tests.
var environment = map[string]string{"TOKEN": "value-of-token", "EMPTY": "", "LISTEN": "127.0.0.1:9999", "SLOW": "value-of-slow",
	"PUSH": "push-token-0123456789", "OTHER_PUSH": "push-token-9876543210", "SAME_PUSH": "push-token-0123456789", "UNFIT_PUSH": "push/token-0123456789",
	"SINK": "secret-of-the-sink-0", "OLD_SINK": "secret-of-the-sink-1", "BASE64_SINK": "whsec_not*base64*at*all", "LISTEN_URL": "https://192.0.2.1/x"}

func lookup(name string) (string, bool) { v, ok := environment[name]; return v, ok }

// schemas is a Describer with one plugin that has everything a schema can say.
type schemas struct{}

var kitchen = sdk.Schema{
	Attributes: []sdk.Attribute{
		{Name: "url", Type: sdk.TypeString, Required: true},
		{Name: "token", Type: sdk.TypeString, Sensitive: true},
		{Name: "more_secrets", Type: sdk.TypeStrings, Sensitive: true},
		{Name: "step", Type: sdk.TypeDuration, Default: `"300s"`},
		{Name: "count", Type: sdk.TypeNumber, Default: `5`},
		{Name: "fast", Type: sdk.TypeBool, Default: `true`},
		{Name: "methods", Type: sdk.TypeStrings, Default: `["icmp", "tcp"]`},
		{Name: "headers", Type: sdk.TypeMap},
		{Name: "format", Type: sdk.TypeString, OneOf: []string{"observations", "nagios"}, Default: `"observations"`},
		{Name: "ca_file", Type: sdk.TypeString},
	},
	Blocks: []sdk.Block{
		{Name: "credential", Labels: []string{"version", "name"}, Schema: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "community", Type: sdk.TypeString, Sensitive: true}, {Name: "user", Type: sdk.TypeString},
		}}},
		{Name: "target", Labels: []string{"name"}, Max: 2, Schema: sdk.Schema{
			Attributes: []sdk.Attribute{
				{Name: "address", Type: sdk.TypeString, Required: true}, {Name: "credentials", Type: sdk.TypeStrings},
				{Name: "timeout", Type: sdk.TypeDuration, Default: `"2s"`},
			},
			Blocks: []sdk.Block{{Name: "part", Schema: sdk.Schema{Attributes: []sdk.Attribute{{Name: "key", Type: sdk.TypeString, Sensitive: true}}}}},
		}},
	},
}

func (schemas) Describe(_ context.Context, s host.Spec) (sdk.Info, error) {
	switch s.Type {
	case "kitchen":
		return sdk.Info{Type: s.Type, Version: "1", Capabilities: []sdk.Capability{sdk.CapabilityPoll, sdk.CapabilityReceive}, Config: kitchen}, nil
	case "bad-default":
		return sdk.Info{Type: s.Type, Config: sdk.Schema{Attributes: []sdk.Attribute{{Name: "n", Type: sdk.TypeNumber, Default: `"many"`}}}}, nil
	}
	return sdk.Info{}, fmt.Errorf("source %q: the plugin does not start", s.Name)
}

var types = []string{"bad-default", "broken", "kitchen"}

// writeCase writes the files of a case: those behind lines "== name", or else one quorate.hcl. It returns what to load.
func writeCase(t *testing.T, config string) string {
	t.Helper()
	dir := t.TempDir()
	name := "quorate.hcl"
	parts := map[string]*strings.Builder{}
	for line := range strings.Lines(config) {
		if given, ok := strings.CutPrefix(line, "== "); ok {
			name = strings.TrimSpace(given)
			continue
		}
		if parts[name] == nil {
			parts[name] = &strings.Builder{}
		}
		parts[name].WriteString(line)
	}
	for name, content := range parts {
		mode := os.FileMode(0o600)
		if n, ok := strings.CutSuffix(name, " loose"); ok {
			name, mode = n, 0o664
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// outcome is what a configuration amounts to, in words that do not depend on where it lies.
func outcome(t *testing.T, dir string) string {
	t.Helper()
	t.Chdir(dir)
	cfg, err := Load([]string{"."}, LoadOptions{Lookup: lookup})
	var settings map[string]Settings
	if err == nil {
		_, settings, err = cfg.Settings(t.Context(), schemas{}, types)
	}
	if err != nil {
		return err.Error() + "\n"
	}
	return "ok\n" + strings.ReplaceAll(summary(t, cfg, settings), dir, "DIR")
}

func summary(t *testing.T, cfg *Config, settings map[string]Settings) string {
	t.Helper()
	var b strings.Builder
	put := func(name string, v any) {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if s := string(text); s != "null" && s != "{}" {
			fmt.Fprintf(&b, "%s %s\n", name, s)
		}
	}
	put("agent", []any{cfg.Name, cfg.DataDir, cfg.Listen, cfg.Domains})
	if cfg.MetricsDevices {
		put("metrics", "devices")
	}
	if !reflect.DeepEqual(cfg.Door, DoorConfig{}) {
		put("door", cfg.Door)
	}
	for _, s := range cfg.Sources {
		put("source", []any{s.Type, s.Name, s.Interval.String(), s.Timeout.String(), s.Trust, s.FaultDomain, s.Anchors, s.Command, s.SHA256})
		put("  settings", json.RawMessage(settings[s.Name].JSON))
		put("  secrets", len(settings[s.Name].Secrets))
		put("  push", settings[s.Name].Push)
	}
	for _, d := range cfg.Devices {
		put("device", d)
	}
	for _, g := range cfg.Groups {
		put("group", g)
	}
	for _, m := range cfg.Maintenance {
		put("maintenance", m)
	}
	for _, w := range cfg.MaintenancePlan() {
		put("  window of "+w.Name, w.Devices)
	}
	put("never_merge", cfg.NeverMerge)
	put("shared_addresses", cfg.SharedAddresses)
	put("prefer", cfg.Prefer)
	if d := cmp.Diff(consensus.DefaultRules(), cfg.Consensus); d != "" {
		put("consensus", cfg.Consensus)
	}
	for _, s := range cfg.Blogs {
		put("blog", s)
	}
	served, err := cfg.sinkSettings()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range cfg.Sinks {
		put("sink", s)
		put("  settings", json.RawMessage(served[s.Name].JSON))
		put("  secrets", len(served[s.Name].Secrets))
	}
	return b.String()
}

const dashes = "----\n"

// TestGolden holds a case a file: a configuration, dashes, and what came of it.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			config, want, ok := strings.Cut(string(b), dashes)
			if !ok && !*update {
				t.Fatalf("%s has no line of dashes", file)
			}
			path, err := filepath.Abs(file)
			if err != nil {
				t.Fatal(err)
			}
			got := outcome(t, writeCase(t, config))
			if *update {
				if err := os.WriteFile(path, []byte(config+dashes+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestLoadAllMistakesAtOnce(t *testing.T) {
	dir := writeCase(t, "agent {\n  nam = 1\n}\nconsensus {\n  quorum = 0\n}\nsource \"kitchen\" \"a\" {\n  trust = -1\n}\n")
	_, err := Load([]string{dir}, LoadOptions{})
	p, ok := errors.AsType[*Problems](err)
	if !ok || len(p.diags) != 3 {
		t.Fatalf("got %v, want three problems", err)
	}
}

func TestLoadMissing(t *testing.T) {
	empty := t.TempDir()
	for _, path := range []string{filepath.Join(empty, "absent.hcl"), empty} {
		if _, err := Load([]string{path}, LoadOptions{}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v, want an error that names it", path, err)
		}
	}
}

func TestLoadTwicePassesOnce(t *testing.T) {
	dir := writeCase(t, "source \"kitchen\" \"a\" {\n}\n")
	t.Chdir(dir)
	if _, err := Load([]string{"quorate.hcl", "./quorate.hcl"}, LoadOptions{}); err != nil {
		t.Error(err)
	}
}

func TestTrustModes(t *testing.T) {
	dir := writeCase(t, "== quorate.hcl loose\nsource \"kitchen\" \"a\" {\n}\n")
	if _, err := Load([]string{dir}, LoadOptions{}); err == nil || !strings.Contains(err.Error(), "chmod go-w") {
		t.Errorf("got %v, want a refusal that says what to do", err)
	}
	if _, err := Load([]string{dir}, LoadOptions{TrustModes: true}); err != nil {
		t.Error(err)
	}
}

func TestHashIsOfContentAlone(t *testing.T) {
	var hashes []string
	for _, config := range []string{"== a.hcl\nshared_addresses = []\n", "== b.hcl\nshared_addresses = []\n", "== a.hcl\nshared_addresses = [ ]\n"} {
		cfg, err := Load([]string{writeCase(t, config)}, LoadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, cfg.Hash)
	}
	if hashes[0] != hashes[1] || hashes[0] == hashes[2] {
		t.Errorf("got %q, want the first two alike and no other", hashes)
	}
}

func TestFindConfig(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("QUORATE_CONFIG", "")
	if got, err := FindConfig([]string{"x"}); err != nil || !slices.Equal(got, []string{"x"}) {
		t.Errorf("given: got %q, %v", got, err)
	}
	if err := os.WriteFile("quorate.hcl", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := FindConfig(nil); err != nil || !slices.Equal(got, []string{"quorate.hcl"}) {
		t.Errorf("here: got %q, %v", got, err)
	}
	t.Setenv("QUORATE_CONFIG", "/elsewhere")
	if got, err := FindConfig(nil); err != nil || !slices.Equal(got, []string{"/elsewhere"}) {
		t.Errorf("environment: got %q, %v", got, err)
	}
}

func FuzzLoad(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.txt")
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		config, _, _ := strings.Cut(string(b), dashes)
		f.Add(config)
	}
	f.Fuzz(func(t *testing.T, config string) {
		path := filepath.Join(t.TempDir(), "quorate.hcl")
		if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := Load([]string{path}, LoadOptions{Lookup: lookup})
		if err == nil {
			_, settings, bad := cfg.Settings(t.Context(), schemas{}, types)
			for _, s := range settings {
				if !json.Valid(s.JSON) {
					t.Errorf("settings are no JSON: %s", s.JSON)
				}
			}
			_, _, err = cfg.IdentityConfig(""), cfg.ConsensusConfig(nil), bad
		}
		if err != nil {
			err = fmt.Errorf("%w\n%s", err, brief(err)) // as an event tells it
		}
		if dir, lost := FindDataDir([]string{path}); lost == nil && !filepath.IsAbs(dir) {
			t.Errorf("the record is in %q", dir)
		}
		if err != nil && (strings.Contains(err.Error(), environment["TOKEN"]) || strings.Contains(err.Error(), environment["SLOW"])) && !strings.Contains(config, "value-of") {
			t.Errorf("a value of the environment is in %v", err)
		}
	})
}

// TestPushTokenIsReadLate: commands that only ask the agent have none of its secrets.
func TestPushTokenIsReadLate(t *testing.T) {
	dir := writeCase(t, "source \"kitchen\" \"a\" {\n  config {\n    url = \"x\"\n  }\n  push {\n    token = env(\"PUSH\")\n  }\n}\n")
	cfg, err := Load([]string{dir}, LoadOptions{Lookup: func(string) (string, bool) { return "", false }})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := cfg.Settings(t.Context(), schemas{}, types); err == nil || !strings.Contains(err.Error(), "PUSH is not set") {
		t.Errorf("got %v", err)
	}
}
