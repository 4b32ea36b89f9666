package sanitize

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// memory is a store of aliases for tests.
type memory struct{ rows []Row }

func (m *memory) Aliases(_ context.Context) ([]Row, error) { return slices.Clone(m.rows), nil }

func (m *memory) PutAlias(_ context.Context, r Row) error {
	m.rows = append(m.rows, r)
	return nil
}

func newTable(t testing.TB, store Store) *Table {
	t.Helper()
	table, err := NewTable([]byte("a site key of a test, not of a home"), store, TableOptions{Pick: func(int) int { return 0 }})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

type labelled struct {
	ID     string `json:"id"`
	Kind   string `json:"kind"`
	Text   string `json:"text"`
	Secret any    `json:"secret"`
	Redact bool   `json:"should_redact"`
}

func (c labelled) secrets() []string {
	switch s := c.Secret.(type) {
	case string:
		return []string{s}
	case []any:
		var out []string
		for _, v := range s {
			out = append(out, v.(string))
		}
		return out
	}
	return nil
}

// runShared cleans every labelled text and returns passed and total, for secret and for harmless ones.
func runShared(t *testing.T, name string, known []Known) (found, secret, quiet, harmless int) {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "data", "leaks")
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Skipf("SKIPPED: the labelled texts are not beside the project (%s); the project's own cases ran", dir)
	}
	defer f.Close()
	c := NewCleaner(newTable(t, &memory{}), known)
	failed := map[string][]string{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var l labelled
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		var r Report
		got, err := c.Text(t.Context(), l.Text, &r)
		if err != nil {
			t.Fatal(err)
		}
		if !l.Redact {
			harmless++
			if got == l.Text {
				quiet++
			} else {
				failed[l.Kind] = append(failed[l.Kind], l.ID)
			}
			continue
		}
		secret++
		ok := got != l.Text
		for _, s := range l.secrets() {
			ok = ok && !strings.Contains(strings.ToLower(got), strings.ToLower(s))
		}
		if ok {
			found++
		} else {
			failed[l.Kind] = append(failed[l.Kind], l.ID)
		}
	}
	t.Logf("%s: secrets replaced %d of %d, harmless left alone %d of %d; failed %v", name, found, secret, quiet, harmless, failed)
	return found, secret, quiet, harmless
}

func TestSharedWithoutRegistry(t *testing.T) {
	found, secret, quiet, harmless := runShared(t, "cases.jsonl", nil)
	if found*100 < secret*98 || (harmless-quiet)*100 > harmless*2 {
		t.Errorf("want 98 %% replaced and at most 2 %% false alarms")
	}
}

func TestSharedWithRegistry(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "leaks", "registry.json"))
	if err != nil {
		t.Skip("SKIPPED: the labelled texts are not beside the project")
	}
	var reg map[string]any
	if err := json.Unmarshal(b, &reg); err != nil {
		t.Fatal(err)
	}
	var known []Known
	for kind, values := range reg {
		list, _ := values.([]any)
		for _, v := range list {
			known = append(known, Known{Kind: KindOf(kind), Value: v.(string)})
		}
	}
	found, secret, quiet, harmless := runShared(t, "registry_cases.jsonl", known)
	if found != secret || quiet != harmless {
		t.Errorf("want all replaced and no false alarm")
	}
}
