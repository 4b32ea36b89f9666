package truth

import (
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/internal/lab/seeded"
)

var update = flag.Bool("update", false, "rewrite the golden table")

// TestTwelveLabs compares the score of a dozen labs, in which everything goes wrong four times as often, with what it
// was: whoever changes what verdicts come out sees here
// for better or worse.
func TestTwelveLabs(t *testing.T) {
	plan := Plan{Labs: Labs{First: 1, Count: 12, Scale: 4, Length: 12 * time.Hour}}
	got, err := plan.Report(t.Context(), runtime.NumCPU(), func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "twelve.md")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the verdicts are others than before: look why, then go test ./internal/truth -update, and make truth for docs/truth.md\ngot\n%s\nwant\n%s", got, want)
	}
}

// TestOrderOfLabs: how many labs run at once changes nothing.
func TestOrderOfLabs(t *testing.T) {
	plan := Plan{Labs: Labs{First: 3, Count: 3, Scale: 2, Length: 2 * time.Hour}}
	one, err := plan.Report(t.Context(), 1, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	three, err := plan.Report(t.Context(), 3, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	if one != three {
		t.Errorf("one at a time\n%s\nthree at a time\n%s", one, three)
	}
}

// TestDocuments holds docs/truth.md to the rates in the code, and the README's table to that of docs/truth.md.
func TestDocuments(t *testing.T) {
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	doc, readme := read("docs/truth.md"), read("README.md")
	if !strings.Contains(doc, seeded.Table()) {
		t.Errorf("docs/truth.md does not hold the table of rates as it is in internal/lab/seeded/rates.go:\n%s", seeded.Table())
	}
	section, ok := after(readme, "## The truth score")
	if !ok {
		t.Fatal(`README.md has no section "The truth score"`)
	}
	table := tableIn(section)
	if block, ok := after(doc, "### Devices with two or more witnesses"); table == "" || !ok || tableIn(block) != table {
		t.Errorf("README.md and docs/truth.md differ:\n%s\n%s", table, tableIn(block))
	}
}

func after(text, heading string) (string, bool) {
	_, rest, ok := strings.Cut(text, heading+"\n")
	return rest, ok
}

// tableIn returns the first table of a text.
func tableIn(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		switch {
		case strings.HasPrefix(line, "|"):
			b.WriteString(line)
		case b.Len() > 0:
			return b.String()
		}
	}
	return b.String()
}
