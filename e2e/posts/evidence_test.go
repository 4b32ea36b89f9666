package posts

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/internal/leakcheck"
)

// figure is a number of a post as its context tells it.
type figure struct {
	ID    string
	Value float64
	Shown []string
	Query string
}

func figures(t testing.TB, context []byte) []figure {
	t.Helper()
	var c struct{ Figures []figure }
	if err := json.Unmarshal(context, &c); err != nil || len(c.Figures) == 0 {
		t.Fatalf("%d figures in the context, %v", len(c.Figures), err)
	}
	return c.Figures
}

// ask asks the record every query of a context, as a reader would: from outside, and without writing.
func (h *home) ask(t testing.TB, context []byte) map[string]float64 {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(filepath.Dir(h.blog), "data", "quorate.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	answers := map[string]float64{}
	for _, f := range figures(t, context) {
		var v float64
		if err := db.QueryRowContext(t.Context(), f.Query).Scan(&v); err != nil {
			t.Fatalf("%s: %v\n%s", f.ID, err, f.Query)
		}
		answers[f.ID] = v
	}
	return answers
}

var (
	fenced  = regexp.MustCompile("(?ms)^ *(`{3,})[^\n]*\n.*?^ *`{3,} *$")
	liquid  = regexp.MustCompile(`\{%.*?%\}`)
	number  = regexp.MustCompile(`\d[\d,.:]*`)
	numeral = regexp.MustCompile(`(?i)\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b`)
	hash    = regexp.MustCompile(`sha256 [0-9a-f]+`)
)

// generated are the sections in which no word is a person's: every number in them is a figure.
var generated = []string{"The Numbers", "Timeline", "Where the Monitors Disagreed", "Agreement", "Availability", "Charts"}

// sections cuts a post at its headings; "" is what stands before the first.
func sections(post string) map[string]string {
	_, body, _ := strings.Cut(post, "\n---\n")
	out := map[string]string{}
	name := ""
	fence := false
	for line := range strings.Lines(body) {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fence = !fence
		}
		if h, ok := strings.CutPrefix(line, "## "); ok && !fence {
			name = strings.TrimSpace(h)
			out[name] = ""
			continue
		}
		out[name] += line
	}
	return out
}

// figuresHold asks where each number of a post comes from: from a figure of the context whose query gave it again, from
// what the sanitizer counted, or from the owner's notes.
func figuresHold(t *testing.T, p example) {
	known := map[string]bool{}
	know := func(text string) {
		for _, n := range numbers(text) {
			known[n] = true
		}
	}
	for _, f := range figures(t, p.context) {
		if got := p.answers[f.ID]; got != f.Value {
			t.Errorf("%s is %v, and its query gives %v:\n%s", f.ID, f.Value, got, f.Query)
		}
		for _, s := range f.Shown {
			know(s)
		}
	}
	// In a section that no person wrote every number is a figure; the others may have those of the notes too.
	noted := map[string]bool{}
	for _, n := range numbers(p.notes) {
		noted[n] = true
	}
	var c struct {
		Facts struct{ Security map[string]int }
	}
	if err := json.Unmarshal(p.context, &c); err != nil {
		t.Fatal(err)
	}
	for _, n := range c.Facts.Security {
		noted[fmt.Sprint(n)] = true
		if n >= 0 && n < len(words) {
			noted[words[n]] = true
		}
	}
	for name, text := range sections(p.text) {
		text = fenced.ReplaceAllString(text, "")
		for _, cut := range []*regexp.Regexp{liquid, aliased, linked, structure, hash, code} {
			text = cut.ReplaceAllString(text, "")
		}
		for _, n := range numbers(text) {
			if !known[n] && !settled(n) && (slices.Contains(generated, name) || !noted[n]) {
				t.Errorf("section %q: the number %q is neither a figure of the context nor of the notes:\n%s", name, n, text)
			}
		}
	}
}

// words are numbers in letters.
var words = []string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"}

// numbers are those of a text, in digits and in letters.
func numbers(text string) []string {
	var out []string
	for _, n := range slices.Concat(number.FindAllString(text, -1), numeral.FindAllString(text, -1)) {
		out = append(out, strings.ToLower(strings.TrimRight(n, ".,:")))
	}
	return out
}

var (
	aliased = regexp.MustCompile(`[a-z]+(-[a-z]+)*-\d+`) // nas-1
	linked  = regexp.MustCompile(`\]\([^)]*\)`)
	// structure is what counts parts of the post and of the series, and the program's version.
	structure = regexp.MustCompile(`(?m)^### \d+\.|^\d+\. |\bMilestone \d+|\bmilestone \d+|\bPhase \d+|Quorate \d+\.\d+\.\d+|95 of 100`)
	code      = regexp.MustCompile("`[^`]*`")
)

// settled are words that name no figure: "one incident", "by one alone", "two monitors or more".
func settled(n string) bool { return n == "one" || n == "two" }

// configurationLoads wants what the post shows as its configuration to be one.
func configurationLoads(t *testing.T, p example) {
	shown := sections(p.text)["Configuration"]
	if strings.Contains(shown, "Nothing changed since [") {
		return // the post that it links to shows it
	}
	_, hcl, ok := strings.Cut(shown, "```hcl\n")
	hcl, _, closed := strings.Cut(hcl, "\n```")
	if !ok || !closed {
		t.Fatalf("no configuration in the post:\n%s", shown)
	}
	path := filepath.Join(t.TempDir(), "quorate.hcl")
	if err := os.WriteFile(path, []byte(hcl+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	configured(t, path, func(string) (string, bool) { return "a value that is long enough", true })
}

var sentence = regexp.MustCompile(`[^.!?\n]+[.!?]`)

// proseReads wants no section without text, no heading twice, and no sentence twice.
func proseReads(t *testing.T, p example) {
	seen := map[string]int{}
	for name, text := range sections(p.text) {
		if len(strings.Fields(strings.Trim(text, "-\n "))) < 3 {
			t.Errorf("section %q is empty: %q", name, text)
		}
		for _, s := range sentence.FindAllString(fenced.ReplaceAllString(text, ""), -1) {
			if s = strings.ToLower(strings.Trim(s, " -*>|1234567890.")); len(strings.Fields(s)) > 3 {
				if seen[s]++; seen[s] == 2 {
					t.Errorf("twice in the post: %q", s)
				}
			}
		}
	}
	for _, h := range regexp.MustCompile(`(?m)^#+ .*$`).FindAllString(fenced.ReplaceAllString(p.text, ""), -1) {
		if strings.Count(p.text, "\n"+h+"\n") > 1 {
			t.Errorf("the heading %q stands twice", h)
		}
	}
	for _, never := range []string{"TODO", "coming soon", "Coming soon", "()", "[]", "  |  ", "<no value>", "Phase: Phase", "?:", ".."} {
		if strings.Contains(fenced.ReplaceAllString(p.text, ""), never) {
			t.Errorf("the post holds %q", never)
		}
	}
}

// lints wants nothing to be said of a post, not even a word of advice.
func lints(t *testing.T, h *home, p example) {
	o := blogsink.LintOptions{Name: filepath.Base(p.file), Now: h.view.LastInstant()}
	if err := o.Beside(h.blog); err != nil {
		t.Fatal(err)
	}
	for _, f := range blogsink.Lint([]byte(p.text), o) {
		t.Errorf("line %d: %s: %s", f.Line, f.Rule, f.Text)
	}
}

// nothingLeaks has the leak check and the finder of these tests read what was published.
func nothingLeaks(t *testing.T, h *home, p example) {
	values := registryOf(h)
	reg := leakcheck.Registry{}
	reg.Merge(values)
	for _, f := range leakcheck.New(reg).Check(p.file, []byte(p.text)) {
		t.Errorf("%s at byte %d: %.80q", f.Kind, f.Offset, p.text[max(0, f.Offset):])
	}
	for path, text := range filesIn(t, h.blog) {
		for _, d := range h.view.Devices(h.view.LastInstant()) {
			// Names of the lab are those that roles have too, such as nas-1; the switch's and the pve's are not.
			for _, v := range append([]string{d.Serial}, d.MACs...) {
				if v != "" && strings.Contains(text, v) {
					t.Errorf("%s holds %q", path, v)
				}
			}
		}
		for _, v := range []string{"core-switch", "pve1", "media.example.net", "camera-", "198.51.100.1", "203.0.113.13", "the value of", os.Getenv("HOME") + "/"} {
			if strings.Contains(text, v) {
				t.Errorf("%s holds %q", path, v)
			}
		}
	}
}
