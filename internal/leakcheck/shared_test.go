package leakcheck

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// labelled is a case of the shared test data: a text and what of it is secret.
type labelled struct {
	ID     string  `json:"id"`
	Kind   string  `json:"kind"`
	Text   string  `json:"text"`
	Secret secrets `json:"secret"`
	Redact bool    `json:"should_redact"`
}

// secrets is a string or a list of strings.
type secrets []string

func (s *secrets) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		if one != "" {
			*s = secrets{one}
		}
		return nil
	}
	var many []string
	err := json.Unmarshal(b, &many)
	*s = many
	return err
}

// sharedData returns the folder of labelled texts, which lies beside the project and not in it.
func sharedData(t *testing.T) string {
	dir := filepath.Join("..", "..", "..", "shared", "data", "leaks")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("SKIPPED: the labelled texts are not beside the project (%s); the project's own cases ran", dir)
	}
	return dir
}

func readCases(t *testing.T, path string) []labelled {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []labelled
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c labelled
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

// covered reports whether no secret is left when the findings are cut out of the text.
func covered(c labelled, found []Finding) bool {
	rest := []byte(c.Text)
	for _, f := range slices.Backward(found) {
		rest = slices.Concat(rest[:f.Offset], []byte("\x00"), rest[f.Offset+f.Length:])
	}
	for _, s := range c.Secret {
		if bytes.Contains(bytes.ToLower(rest), []byte(strings.ToLower(s))) {
			return false
		}
	}
	return true
}

type score struct {
	passed, total int
	failed        []string
}

func score1(t *testing.T, cases []labelled, check *Checker) (kinds map[string]*score, secretPassed, secretTotal, falseAlarms, harmless int) {
	t.Helper()
	kinds = map[string]*score{}
	for _, c := range cases {
		s := kinds[c.Kind]
		if s == nil {
			s = &score{}
			kinds[c.Kind] = s
		}
		found := check.Check("post.md", []byte(c.Text))
		ok := len(found) == 0
		if c.Redact {
			ok = len(found) > 0 && covered(c, found)
			secretTotal++
		} else {
			harmless++
		}
		s.total++
		switch {
		case ok:
			s.passed++
			if c.Redact {
				secretPassed++
			}
		default:
			s.failed = append(s.failed, c.ID)
			if !c.Redact {
				falseAlarms++
			}
		}
	}
	return kinds, secretPassed, secretTotal, falseAlarms, harmless
}

func print(t *testing.T, name string, kinds map[string]*score) {
	t.Helper()
	var b strings.Builder
	var names []string
	for k := range kinds {
		names = append(names, k)
	}
	slices.Sort(names)
	for _, k := range names {
		fmt.Fprintf(&b, "\n  %-22s %3d of %3d  %v", k, kinds[k].passed, kinds[k].total, kinds[k].failed)
	}
	t.Logf("%s:%s", name, b.String())
}

func TestSharedWithoutRegistry(t *testing.T) {
	dir := sharedData(t)
	kinds, passed, total, alarms, harmless := score1(t, readCases(t, filepath.Join(dir, "cases.jsonl")), New(nil))
	print(t, "detectors alone", kinds)
	t.Logf("secrets found %d of %d, false alarms %d of %d", passed, total, alarms, harmless)
	for _, kind := range []string{"ipv4", "ipv6", "mac", "fqdn", "email", "snmp_community", "url_credentials"} {
		if s := kinds[kind]; s != nil && s.passed != s.total {
			t.Errorf("%s: %d of %d, all are wanted", kind, s.passed, s.total)
		}
	}
	if passed*100 < total*98 || alarms*100 > harmless*2 {
		t.Errorf("found %d of %d with %d of %d false alarms; want 98 %% and at most 2 %%", passed, total, alarms, harmless)
	}
}

func TestSharedWithRegistry(t *testing.T) {
	dir := sharedData(t)
	reg, err := LoadRegistry(filepath.Join(dir, "registry.json"))
	if err != nil {
		t.Fatal(err)
	}
	kinds, passed, total, alarms, harmless := score1(t, readCases(t, filepath.Join(dir, "registry_cases.jsonl")), New(reg))
	print(t, "with the registry", kinds)
	t.Logf("secrets found %d of %d, false alarms %d of %d", passed, total, alarms, harmless)
	if passed != total || alarms != 0 {
		t.Errorf("found %d of %d with %d false alarms; want all and none", passed, total, alarms)
	}
}
