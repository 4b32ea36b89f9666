package blogsink

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/quorate/quorate/device"
)

// notesOf is the folder of a home's notes.
func (h *home) notesOf() string { return filepath.Join(filepath.Dir(h.dir), "notes") }

func (h *home) add(t testing.TB, n NewNote) device.Note {
	t.Helper()
	added, err := h.sink.AddNote(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return added
}

// Whatever a note says, its file says the same and nothing else: front matter, Liquid, lines of hyphens, control
// characters and long texts are data.
func TestNotesKeepEveryText(t *testing.T) {
	hostile := []string{
		"---\nkind: milestone\nnumber: 9\n---", "\n---\n", "--- ", "{{ site.title }}", "{% include x %}", "{% raw %}", "&a [*b]", "!!python/object", "key: value",
		"\x00\x01\x1b[31m\x7f\u0085\u2028\u2029\u202e\ufeff", "\t\ttabs", "'\"\\", "# h", "- [x] done", "<script>", "```\ncode\n```", "    indented\n  less", "null", "~", "1e3", "2026-01-01",
		strings.Repeat("long ", 200), "\r", "a\r\nb", "é\u0301\u200d👩‍🚀",
	}
	rapid.Check(t, func(rt *rapid.T) {
		part := rapid.OneOf(rapid.SampledFrom(hostile), rapid.String())
		text := strings.Join(rapid.SliceOfN(part, 1, 4).Draw(rt, "parts"), rapid.SampledFrom([]string{"", "\n", "\n\n", " "}).Draw(rt, "between"))
		n := NewNote{
			Kind: rapid.SampledFrom([]string{"lesson", "challenge", "snippet", "built", "next", "failed", "decision"}).Draw(rt, "kind"), Text: text, Milestone: 3,
			Title: rapid.OneOf(rapid.Just(""), rapid.SampledFrom(hostile), rapid.StringN(0, 40, -1)).Draw(rt, "title"), Language: "go",
			Evidence: rapid.SliceOfN(rapid.Int64Range(1, 1<<40), 0, 4).Draw(rt, "events"), Hours: float64(rapid.IntRange(0, 40).Draw(rt, "quarters")) / 4,
		}
		made, err := n.note(nil, noon)
		if _, refused := errors.AsType[*NoteError](err); refused {
			rt.Skip("no note")
		}
		if err != nil {
			rt.Fatal(err)
		}
		b, err := made.bytes()
		if err != nil {
			rt.Fatal(err)
		}
		got, err := parseNote(b)
		if err != nil {
			rt.Fatalf("%v\n%q", err, b)
		}
		if d := cmp.Diff(made, got, cmp.AllowUnexported(note{})); d != "" {
			rt.Fatalf("(-noted +read):\n%s\n%q", d, b)
		}
		if all := strings.Join([]string{made.Title, made.body}, "\n"); n.Title == "" && !made.headlined() && made.body != trimText(lineEnds.Replace(text)) {
			rt.Fatalf("%q became %q", text, all)
		}
		if name := made.words(); name == "" || len(name) > longestName || name != device.Slug(name) {
			rt.Fatalf("%q is no name", name)
		}
	})
}

// What failed and what worked find their challenge: the newest that waits, or the one that is named.
func TestNotesArePaired(t *testing.T) {
	at := noon
	h := newHome(t, labDay(), func(_ *Config, o *Options) { o.Clock = func() time.Time { at = at.Add(time.Minute); return at } })
	if _, err := h.sink.AddNote(t.Context(), NewNote{Kind: "solution", Text: "Turned it off and on."}); err == nil || !strings.Contains(err.Error(), "note the challenge first") {
		t.Errorf("a solution of nothing: %v", err)
	}
	if lone := h.add(t, NewNote{Kind: "failed", Text: "Asking around. Nobody knew."}); lone.For != "" || lone.Title != "Asking around. Nobody knew" {
		t.Errorf("%+v", lone)
	}
	loop := h.add(t, NewNote{Kind: "challenge", Text: "A loop in the cellar\n\nThe switch blinked all night.", Evidence: []int64{5, 2, 5}})
	dust := h.add(t, NewNote{Kind: "challenge", Text: "Dust in the fan"})
	if loop.Title != "A loop in the cellar" || loop.Text != "The switch blinked all night." || loop.File != "2026-02-03-a-loop-in-the-cellar.md" && !strings.HasSuffix(loop.File, "-a-loop-in-the-cellar.md") {
		t.Errorf("%+v", loop)
	}
	for _, c := range []struct {
		note NewNote
		want string
	}{
		{NewNote{Kind: "failed", Text: "Blew into it."}, dust.File},
		{NewNote{Kind: "failed", Text: "Pulled a cable.", For: "cellar", Hours: 1.5, Evidence: []int64{7}}, loop.File},
		{NewNote{Kind: "solution", Text: "A new fan."}, dust.File},
		{NewNote{Kind: "solution", Text: "Spanning tree is on now.", Hours: 0.5, Evidence: []int64{9}}, loop.File},
		{NewNote{Kind: "solution", Text: "And a label on the cable.", For: strings.TrimSuffix(loop.File, ".md")}, loop.File},
	} {
		if got := h.add(t, c.note); got.For != c.want {
			t.Errorf("%q belongs to %q, want %q", c.note.Text, got.For, c.want)
		}
	}
	for _, c := range []struct {
		note NewNote
		want string
	}{
		{NewNote{Kind: "solution", Text: "x"}, "no challenge that waits"},
		{NewNote{Kind: "solution", Text: "x", For: "nothing such"}, "there is no challenge"},
		{NewNote{Kind: "failed", Text: "x", For: "-"}, "give more of its name"},
		{NewNote{Kind: "lesson", Text: "x", For: "cellar"}, "stands alone"},
		{NewNote{Kind: "poem", Text: "x"}, "one of challenge, solution, failed"},
		{NewNote{Kind: "lesson", Text: " \n\t"}, "no text"},
		{NewNote{Kind: "lesson", Text: "\xff"}, "UTF-8"},
		{NewNote{Kind: "lesson", Text: strings.Repeat("x", MaxNoteText+1)}, "at most"},
		{NewNote{Kind: "lesson", Text: "x", Title: strings.Repeat("t", 121)}, "121 characters"},
		{NewNote{Kind: "time", Text: "x"}, "--hours"},
		{NewNote{Kind: "time", Text: "x", Hours: -1}, "more than 0"},
		{NewNote{Kind: "snippet", Text: "x", Language: "go\n"}, "one word"},
		{NewNote{Kind: "lesson", Text: "x", Milestone: -1}, "1 to 9999"},
	} {
		_, err := h.sink.AddNote(t.Context(), c.note)
		if _, ok := errors.AsType[*NoteError](err); !ok || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.note, err, c.want)
		}
	}

	all, err := readNotes(h.notesOf())
	if err != nil {
		t.Fatal(err)
	}
	pairs := troubles(all, 1)
	if len(pairs) != 2 {
		t.Fatalf("%d challenges", len(pairs))
	}
	if p := pairs[0]; p.headline() != "A loop in the cellar" || len(p.failed) != 1 || p.fixed() != "Spanning tree is on now.\n\nAnd a label on the cable." || !cmp.Equal(p.seqs, []int64{2, 5, 7, 9}) {
		t.Errorf("%+v", p)
	}
	if lone := alone(all, noteNotWork, 1); len(lone) != 1 || lone[0].Title != "Asking around. Nobody knew" {
		t.Errorf("alone: %+v", lone)
	}
	text := h.draft(t)
	problem, tried, worked := strings.Index(text, "The switch blinked all night."), strings.Index(text, "- Pulled a cable."), strings.Index(text, "Spanning tree is on now.")
	if !strings.Contains(text, "It cost 2 hours.") || problem < 0 || tried < problem || worked < tried || strings.Count(text, "Pulled a cable") != 1 {
		t.Errorf("problem, attempt and solution at %d, %d, %d of\n%s", problem, tried, worked, text)
	}
}

// A note never takes the place of another, and nobody else can read it.
func TestNotesAreFilesOfTheirOwn(t *testing.T) {
	h := newHome(t, labDay(), nil)
	seen := map[string]bool{}
	for i, want := range []string{"-same-words.md", "-same-words-2.md", "-same-words-3.md"} {
		n := h.add(t, NewNote{Kind: "lesson", Text: "Same words!"})
		if !strings.HasSuffix(n.File, want) || seen[n.File] || n.Milestone != 1 {
			t.Errorf("%d: %+v", i, n)
		}
		seen[n.File] = true
	}
	h.add(t, NewNote{Kind: "lesson", Text: "日本"})
	entries, err := os.ReadDir(h.notesOf())
	if err != nil || len(entries) != 4 {
		t.Fatalf("%v, %v", entries, err)
	}
	for _, e := range append(entries, nil) {
		path, want := h.notesOf(), os.FileMode(0o700)
		if e != nil {
			path, want = filepath.Join(path, e.Name()), 0o600
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, %v", path, info.Mode(), err)
		}
	}
	h.note(t, "bad.md", "no note")
	all, err := h.sink.Notes()
	if err != nil || len(all) != 5 {
		t.Fatalf("%+v, %v", all, err)
	}
	if last := all[4]; last.File != "bad.md" || !strings.Contains(last.Problem, "no front matter") {
		t.Errorf("%+v", last)
	}
	h.add(t, NewNote{Kind: "lesson", Text: "Noted beside a file that cannot be read."})

	h.sink.cfg.Notes = ""
	if _, err := h.sink.AddNote(t.Context(), NewNote{Kind: "lesson", Text: "x"}); err == nil || !strings.Contains(err.Error(), `notes = "notes"`) {
		t.Errorf("without a folder: %v", err)
	}
}

func TestNotesAreRenumbered(t *testing.T) {
	h := newHome(t, labDay(), nil)
	h.note(t, "hand.md", "---\r\nkind: lesson\r\nmilestone: 3 \r\n---\r\nmilestone: 3\r\n")
	h.note(t, "other.md", "---\nkind: lesson\nmilestone: 4\n---\nx\n")
	h.note(t, "open.md", "---\nkind: lesson\n---\nx\n")
	h.note(t, "bad.md", "milestone: 3\n")
	h.add(t, NewNote{Kind: "lesson", Text: "milestone: 3", Milestone: 3})
	if err := h.sink.RenumberNotes(3, 12); err != nil {
		t.Fatal(err)
	}
	all, err := h.sink.Notes()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, n := range all {
		name, _, _ := strings.Cut(n.File, "-")
		got[name] = n.Milestone
		if n.Milestone == 12 && n.Text != "milestone: 3" {
			t.Errorf("the text became %q", n.Text)
		}
	}
	if d := cmp.Diff(map[string]int{"hand.md": 12, "other.md": 4, "open.md": 0, "bad.md": 0, noon.Format("2006"): 12}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	h.note(t, "hand.md", "---\nkind: lesson\n\"milestone\": 3\n---\nx\n")
	if err := h.sink.RenumberNotes(3, 12); err != nil {
		t.Errorf("a number in a form of the owner's: %v", err)
	}
}
