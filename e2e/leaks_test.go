package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate/internal/leaktext"
)

// leakCase is a text, and what of it must be found; nothing must be in one without secrets.
type leakCase struct {
	ID, Kind, Text string
	Secrets        []string
}

// verifyAlone has `quorate post verify` read each text as a file of its own, in one process, and returns the cases that
// fail by kind, and how many there are.
func verifyAlone(t *testing.T, cases []leakCase, args ...string) (failed map[string][]string, total map[string]int) {
	t.Helper()
	dir := t.TempDir()
	args = append([]string{"post", "verify", "--only-registry", "--json"}, args...)
	for i, c := range cases {
		args = append(args, write(t, filepath.Join(dir, fmt.Sprintf("%d.md", i)), c.Text))
	}
	got := command{dir: dir}.run(t, args...)
	if got.code != 5 {
		t.Fatalf("exit %d, want 5: %s", got.code, got.stderr)
	}
	type finding struct {
		File           string
		Offset, Length int
		Kind           string
	}
	found := map[string][]finding{}
	for lines := bufio.NewScanner(strings.NewReader(got.stdout)); lines.Scan(); {
		var f finding
		if err := json.Unmarshal(lines.Bytes(), &f); err != nil {
			t.Fatal(err)
		}
		found[filepath.Base(f.File)] = append(found[filepath.Base(f.File)], f)
	}
	failed, total = map[string][]string{}, map[string]int{}
	for i, c := range cases {
		rest, findings := []byte(c.Text), found[fmt.Sprintf("%d.md", i)]
		for _, f := range slices.Backward(findings) {
			rest = slices.Concat(rest[:f.Offset], []byte{0}, rest[f.Offset+f.Length:])
		}
		ok := (len(c.Secrets) > 0) == (len(findings) > 0)
		for _, s := range c.Secrets {
			ok = ok && !bytes.Contains(bytes.ToLower(rest), []byte(strings.ToLower(s)))
		}
		total[c.Kind]++
		if !ok {
			failed[c.Kind] = append(failed[c.Kind], c.ID)
		}
	}
	return failed, total
}

// leaksData reads labelled texts that lie beside the project.
func leaksData(t *testing.T, name string) []leakCase {
	t.Helper()
	path := filepath.Join("..", "..", "shared", "data", "leaks", name)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("SKIPPED: the labelled texts are not beside the project (%s)", path)
	}
	var out []leakCase
	for lines := bufio.NewScanner(bytes.NewReader(b)); lines.Scan(); {
		var c struct {
			ID, Kind, Text string
			Secret         any
			Redact         bool `json:"should_redact"`
		}
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		one := leakCase{ID: c.ID, Kind: c.Kind, Text: c.Text}
		switch s := c.Secret.(type) {
		case string:
			if c.Redact {
				one.Secrets = []string{s}
			}
		case []any:
			for _, v := range s {
				one.Secrets = append(one.Secrets, v.(string))
			}
		}
		out = append(out, one)
	}
	return out
}

// TestPostVerifyAlone asks the process that stands before a publication, and nothing else of the program: every known value
// in any spelling, every structured kind without a registry, and hardly a false alarm.
func TestPostVerifyAlone(t *testing.T) {
	t.Run("labelled, with a registry", func(t *testing.T) {
		cases := leaksData(t, "registry_cases.jsonl")
		registry, err := filepath.Abs(filepath.Join("..", "..", "shared", "data", "leaks", "registry.json"))
		if err != nil {
			t.Fatal(err)
		}
		failed, _ := verifyAlone(t, cases, "--registry", registry)
		if len(failed) > 0 {
			t.Errorf("failed of %d: %v", len(cases), failed)
		}
	})
	t.Run("labelled, without", func(t *testing.T) { holds(t, leaksData(t, "cases.jsonl")) })
	t.Run("drawn", func(t *testing.T) {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		r := rand.New(rand.NewPCG(seed, 9))
		var cases []leakCase
		for i, c := range leaktext.Generate(r, 50) {
			cases = append(cases, leakCase{ID: fmt.Sprint(i, " ", c.Text), Kind: c.Kind, Text: c.Text, Secrets: []string{c.Secret}})
		}
		for i, line := range append(leaktext.Plain(r, 400), leaktext.Harmless()...) {
			cases = append(cases, leakCase{ID: fmt.Sprint(i, " ", line), Kind: "benign", Text: line})
		}
		holds(t, cases)
	})
}

// holds checks the figures: all of the structured kinds, 98 % of the others, 2 % of the harmless ones at most.
func holds(t *testing.T, cases []leakCase) {
	t.Helper()
	failed, total := verifyAlone(t, cases)
	missed, secrets, alarms, harmless := 0, 0, 0, 0
	for kind, n := range total {
		if strings.HasPrefix(kind, "benign") {
			alarms, harmless = alarms+len(failed[kind]), harmless+n
			continue
		}
		missed, secrets = missed+len(failed[kind]), secrets+n
		switch kind {
		case "ipv4", "ipv6", "mac", "fqdn", "email", "url_credentials", "snmp_community", "jwt":
			if len(failed[kind]) > 0 {
				t.Errorf("%s: %d of %d missed", kind, len(failed[kind]), n)
			}
		}
	}
	t.Logf("%d of %d missed, %d false alarms in %d", missed, secrets, alarms, harmless)
	if missed*50 > secrets || alarms*50 > harmless {
		t.Errorf("%d of %d missed, %d false alarms in %d: %v", missed, secrets, alarms, harmless, failed)
	}
}
