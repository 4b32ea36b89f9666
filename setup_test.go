package main

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/quorate/quorate/agent"
	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/internal/cli"
	"github.com/quorate/quorate/internal/leakcheck"
	"github.com/quorate/quorate/internal/sanitize"
)

type memory struct{ rows []sanitize.Row }

func (m *memory) Aliases(context.Context) ([]sanitize.Row, error) { return m.rows, nil }
func (m *memory) PutAlias(_ context.Context, r sanitize.Row) error {
	m.rows = append(m.rows, r)
	return nil
}

// load loads a configuration; variables are those of its secrets.
func load(t testing.TB, path string, variable func(name string) string) *agent.Config {
	t.Helper()
	cfg, err := agent.Load([]string{path}, agent.LoadOptions{Lookup: func(name string) (string, bool) { return variable(name), true }})
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// listed makes the listing of a configuration.
func listed(t testing.TB, cfg *agent.Config, table *sanitize.Table, most int) *blogsink.Listing {
	t.Helper()
	infos, settings, err := cfg.Settings(t.Context(), described{}, []string{"exec", "librenms", "prtg", "reach", "snmp-direct"})
	if err != nil {
		t.Fatal(err)
	}
	setup, err := cfg.Setup(infos, settings)
	if err != nil {
		t.Fatal(err)
	}
	l, err := blogsink.NewListing(t.Context(), setup, blogsink.ListingOptions{Table: table, Most: most})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func newTable(t testing.TB) *sanitize.Table {
	t.Helper()
	table, err := sanitize.NewTable([]byte(strings.Repeat("k", 32)), &memory{}, sanitize.TableOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// secretOf is what a reader sets: each variable has a value of its own that its place takes.
func secretOf(name string) string {
	if strings.HasPrefix(name, "NOTIFY_URL") {
		return "ntfy://ntfy.example.net/" + strings.ToLower(name)
	}
	return "a-secret-for-" + strings.ReplaceAll(name, "_", "-")
}

// TestConfigurationOfPosts rebuilds every example as a post shows it: a reader who sets the variables has a
// configuration that is valid and, but for the names, the same.
func TestConfigurationOfPosts(t *testing.T) {
	paths, err := filepath.Glob("examples/hcl/*.hcl")
	if err != nil || len(paths) < 5 {
		t.Fatalf("%d examples: %v", len(paths), err)
	}
	demo := map[string]string{"DEMO_DATA_DIR": "data", "DEMO_BLOG_DIR": "blog", "DEMO_LISTEN": "127.0.0.1:8600", "DEMO_LIBRENMS_URL": "http://127.0.0.1:8001", "DEMO_PRTG_URL": "http://127.0.0.1:8002"}
	tried := map[string]bool{}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			cfg := load(t, put(t, string(b)), func(name string) string {
				if v, ok := demo[name]; ok {
					return v
				}
				if strings.HasPrefix(name, "DEMO_SNMP_") && name != "DEMO_SNMP_COMMUNITY" {
					return "127.0.0.1:16161"
				}
				return secretOf(name)
			})
			table := newTable(t)
			whole := listed(t, cfg, table, 0)
			same(t, whole, cfg, table)
			// Loading it has said already what "validate" would: its processes take time, so it runs where a kind of source or
			// sink comes for the first time.
			fresh := false
			for _, kind := range kindOfBlock.FindAllString(whole.HCL(), -1) {
				fresh = fresh || !tried[kind]
				tried[kind] = true
			}
			short := listed(t, cfg, table, 3)
			if fresh {
				valid(t, whole)
			}
			if short.HCL() != whole.HCL() {
				valid(t, short)
			}
			if found := leakcheck.New(nil).Check("post.md", []byte(whole.Code())); len(found) > 0 {
				t.Errorf("the gate finds %v in\n%s", found, whole.HCL())
			}
		})
	}
}

var kindOfBlock = regexp.MustCompile(`(?m)^(source|sink) "[^"]+"`)

// same loads a listing and compares.
func same(t testing.TB, l *blogsink.Listing, cfg *agent.Config, table *sanitize.Table) {
	t.Helper()
	again := load(t, put(t, l.HCL()), secretOf)
	want, got := flat(t, cfg, fiction(t, table, cfg)), flat(t, again, nil)
	if !slices.Equal(want, got) {
		t.Errorf("the settings differ\nwant %s\ngot  %s\n%s", strings.Join(want, "\n     "), strings.Join(got, "\n     "), l.HCL())
	}
}

// valid runs "quorate validate" and "quorate fmt" on a listing.
func valid(t testing.TB, l *blogsink.Listing) {
	t.Helper()
	for _, v := range l.Variables {
		t.(*testing.T).Setenv(v.String(), secretOf(v.String()))
	}
	path := put(t, l.HCL())
	for _, args := range [][]string{{"validate", path}, {"fmt", "--check", path}} {
		var said strings.Builder
		p := &cli.Program{Builtin: builtin(), Stdout: &said, Stderr: &said}
		if code := p.Run(t.Context(), args); code != 0 {
			t.Errorf("%s: exit %d: %s\n%s", args[0], code, said.String(), l.HCL())
		}
	}
}

func put(t testing.TB, text string) string {
	t.Helper()
	dir, err := os.MkdirTemp(t.(interface{ TempDir() string }).TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "quorate.hcl")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestConfigurationHoldsNothingPrivate makes configurations at random, with a canary in every text that may hold one.
func TestConfigurationHoldsNothingPrivate(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		g := &generator{t: rt, secrets: map[string]string{}}
		text := g.config()
		path := filepath.Join(dir, fmt.Sprintf("%d.hcl", n%8))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			rt.Fatal(err)
		}
		cfg, err := agent.Load([]string{path}, agent.LoadOptions{Lookup: func(name string) (string, bool) { v, ok := g.secrets[name]; return v, ok }})
		if err != nil {
			rt.Fatalf("the generator: %v\n%s", err, text)
		}
		table := newTable(t)
		l := listed(t, cfg, table, 0)
		out := l.HCL()
		low := strings.ToLower(out)
		for _, c := range g.canaries {
			for _, form := range []string{c, hex.EncodeToString([]byte(c)), base64.RawStdEncoding.EncodeToString([]byte(c))} {
				if strings.Contains(low, strings.ToLower(form)) {
					rt.Fatalf("%q is in\n%s\nof\n%s", c, out, text)
				}
			}
		}
		if err := os.WriteFile(path, []byte(out), 0o600); err != nil {
			rt.Fatal(err)
		}
		again, err := agent.Load([]string{path}, agent.LoadOptions{Lookup: func(name string) (string, bool) { return secretOf(name), true }})
		if err != nil {
			rt.Fatalf("%v\n%s\nof\n%s", err, out, text)
		}
		want, got := flat(t, cfg, fiction(t, table, cfg)), flat(t, again, nil)
		if !slices.Equal(want, got) {
			rt.Fatalf("the settings differ\nwant %s\ngot  %s\n%s", strings.Join(want, "\n     "), strings.Join(got, "\n     "), out)
		}
	})
}

// TestSettingWordsAreThoseOfTheSchemas holds the closed list of names against what the built-in sources know.
func TestSettingWordsAreThoseOfTheSchemas(t *testing.T) {
	table := newTable(t)
	knows := func(kind, word string) {
		setup := blogsink.Setup{Attributes: []blogsink.SetupAttribute{{Name: word, Value: blogsink.SetupValue{Number: 1}}}}
		if l, err := blogsink.NewListing(t.Context(), setup, blogsink.ListingOptions{Table: table}); err != nil || l.Left > 0 {
			t.Errorf("source %q: %q is not in blogsink's list of words (%v)", kind, word, err)
		}
	}
	for kind, open := range builtin() {
		s := open().Info().Config
		for _, a := range s.Attributes {
			knows(kind, a.Name)
		}
		for _, b := range s.Blocks {
			knows(kind, b.Name)
			for _, a := range b.Schema.Attributes {
				for _, w := range append([]string{a.Name}, a.OneOf...) {
					knows(kind, w)
				}
			}
		}
	}
}
