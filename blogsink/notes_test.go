package blogsink

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

func TestNotesThatCannotBeRead(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"no front matter", "just text", `no front matter`},
		{"no end", "---\nkind: lesson\ntext", "does not end"},
		{"no kind", "---\nweight: 1\n---\nx", `want one of milestone, built`},
		{"another kind", "---\nkind: poem\n---\nx", `kind "poem"`},
		{"an unknown field", "---\nkind: lesson\ncolour: red\n---\nx", `unknown field "colour"`},
		{"a value of the wrong kind", "---\nkind: lesson\nweight: " + "hunter2\n---\nx", "line 2: a value of the wrong kind"},
		{"not YAML", "---\nkind: [\n---\nx", "front matter"},
		{"too long", "---\nkind: lesson\n---\n" + strings.Repeat("x", maxNote), "at most"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHome(t, labDay(), nil)
			h.note(t, "one.md", tt.text)
			_, err := h.sink.Draft(t.Context())
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "one.md") {
				t.Errorf("got %v, want one.md and %q", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Error("the error repeats a value")
			}
		})
	}
}

func TestNotesOrderAndMilestone(t *testing.T) {
	h := newHome(t, labDay(), nil)
	h.note(t, "b.md", "---\nkind: lesson\nweight: 2\n---\nsecond\n")
	h.note(t, "a.md", "---\nkind: lesson\nweight: 3\n---\nthird\n")
	h.note(t, "deep/z.md", "\ufeff---\r\nkind: lesson\r\nweight: 1\r\n---\r\nfirst\r\n")
	h.note(t, "old.md", "---\nkind: lesson\nmilestone: 7\n---\nof another milestone\n")
	h.note(t, "README.md", "no note")
	h.note(t, ".hidden.md", "no note")
	h.note(t, "picture.svg", "no note")
	h.note(t, "d.md", "---\nkind: decision\nwhat: SQLite it is.\nwhy: One file, and it survives a power cut.\n---\n")
	h.note(t, "n.md", "---\nkind: did_not_work\nwhat: Counting heads.\n---\nTwo monitors on one host are one witness.\n")
	h.note(t, "x.md", "---\nkind: next\ndone: true\n---\nsleep\n")
	text := h.draft(t)
	one, two, three := strings.Index(text, "- first"), strings.Index(text, "- second"), strings.Index(text, "- third")
	if one < 0 || two < one || three < two {
		t.Errorf("lessons stand at %d, %d, %d", one, two, three)
	}
	for _, want := range []string{"- **SQLite it is.** One file, and it survives a power cut.", "- **Counting heads.** Two monitors on one host are one witness.", "- [x] sleep"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in the draft", want)
		}
	}
	if strings.Contains(text, "another milestone") || strings.Contains(text, "no note") {
		t.Error("a note of another milestone, or a file that is none, is in the draft")
	}
}

func TestMilestoneFromTheRecordAndFromPosts(t *testing.T) {
	s := labDay()
	h := newHome(t, s, nil)
	put(t, filepath.Join(h.dir, "_posts", "2026-01-01-one.md"), "---\ntitle: One\nmilestone: 4\n---\n")
	put(t, filepath.Join(h.dir, "_posts", "no-date.md"), "---\ntitle: Ignored\nmilestone: 40\n---\n")
	put(t, filepath.Join(h.dir, "_posts", "2026-01-02-not-of-the-series.md"), "---\ntitle: Cats\n---\n")
	put(t, filepath.Join(h.dir, "_posts", "2026-01-03-Bad--Slug.md"), "---\ntitle: Bad\nmilestone: 3\n---\n")
	put(t, filepath.Join(h.dir, "_posts", "2026-01-04-broken.md"), "---\ntitle: [\n---\n")
	text := h.draft(t)
	if !strings.Contains(text, "milestone: 5\n") || !strings.Contains(text, "[One]({% post_url 2026-01-01-one %})") || strings.Contains(text, "Cats") || strings.Contains(text, "Ignored") || strings.Contains(text, "Bad") {
		t.Errorf("the series is not read from the posts:\n%s", text[strings.Index(text, "## Project Series"):])
	}
	// The record knows of an open milestone, and where it begins.
	s.milestone = Milestone{Number: 9, Title: "Second half", Phase: "Phase 2", After: s.events[79].Seq}
	text = h.draft(t)
	for _, want := range []string{`title: "Homelab Milestone 9: Second half"`, `phase: "Phase 2"`, "## Phase 2\n", "from events 81 to"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in the draft", want)
		}
	}
	if strings.Contains(text, "Devices that came in") {
		t.Error("events of the milestone before are counted")
	}
}

func TestTimelineOverSeveralDays(t *testing.T) {
	s := labDay()
	core := device.Name{ID: s.devices[1].ID, Name: s.devices[1].Name}
	for day := 1; day < 5; day++ {
		at := time.Duration(day) * 24 * time.Hour
		for i := range 8 {
			s.outage(at+time.Duration(i)*time.Minute, 30*time.Second, device.Name{ID: s.devices[20+i].ID, Name: s.devices[20+i].Name})
		}
		s.outage(at+time.Hour, 2*time.Hour, core)
	}
	s.add(100*time.Hour, device.Event{Type: device.EventSourceSuspect, Source: "prtg", Reason: "shrunk", Text: "prtg lists 3 devices instead of 68"})
	s.add(101*time.Hour, device.Event{Type: device.EventDisputeOpened, Device: &core})
	s.add(102*time.Hour, device.Event{Type: device.EventSourceCrashed, Source: "prtg"})
	h := newHome(t, s, nil)
	text := h.draft(t)
	lines := strings.Count(text[strings.Index(text, "## Timeline"):strings.Index(text, "## Where")], "\n- **")
	if lines != longestTimeline {
		t.Errorf("%d lines in the timeline, want %d", lines, longestTimeline)
	}
	for _, want := range []string{
		"\n\n### 7 March 2026\n\n- **12:03**", "\n\n### 11 March 2026\n\n", "switch-1 dropped out and was back after 2 hours.", "18 smaller events are left out.", "PRTG lost sight of most of its devices and is still doubted.",
		"From 7 March 2026 to 11 March 2026:", "All times are UTC.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text[strings.Index(text, "## The Numbers"):])
		}
	}
	html := page(t, h.jekyll(t, ""), "milestone-1.html")
	count(t, html, "<h3", 7)
	count(t, html, "<h1", 1)
}

func TestADraftThatCannotBeWritten(t *testing.T) {
	h := newHome(t, labDay(), func(_ *Config, o *Options) { o.Debounce = time.Nanosecond })
	h.draft(t)
	if err := os.RemoveAll(filepath.Join(h.dir, "_drafts")); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(h.dir, "_drafts"), "a file where the folder should be")
	if _, err := h.sink.Draft(t.Context()); err == nil || !strings.Contains(err.Error(), "the draft: open ") {
		t.Errorf("got %v, want an error of writing", err)
	}
	if n, err := h.sink.Deliver(t.Context(), []device.Event{{Seq: 99999, Type: device.EventSourceUp}}); err == nil || n != 0 {
		t.Error("a draft that cannot be written is no error to the sink's runner")
	}
}

// TestNoEmptySections draws every mix of notes and looks for a heading with nothing under it.
func TestNoEmptySections(t *testing.T) {
	kinds := []string{
		"---\nkind: milestone\nnumber: 1\nphase: Phase 2\n---\n", "---\nkind: built\n---\na board\n", "---\nkind: challenge\ntitle: a problem\n---\n",
		"---\nkind: lesson\n---\nlisten\n", "---\nkind: next\n---\nsleep\n", "---\nkind: snippet\n---\na = 1\n", "---\nkind: decision\nwhat: This.\nwhy: That.\n---\n",
	}
	all := 1<<len(kinds) - 1
	mixes := []int{0, all}
	for i := range kinds { // one kind alone, and all but one: a section is there or not whatever the others are
		mixes = append(mixes, 1<<i, all&^(1<<i))
	}
	for _, mix := range mixes {
		h := newHome(t, labDay(), nil)
		for i, text := range kinds {
			if mix&(1<<i) != 0 {
				h.note(t, string(rune('a'+i))+".md", text)
			}
		}
		text := h.draft(t)
		lines := strings.Split(text, "\n")
		last := ""
		for _, line := range lines {
			switch {
			case line == "":
			case strings.HasPrefix(line, "#"):
				// A heading may be followed by one that is deeper.
				if level := strings.Index(line, " "); last != "" && level <= strings.Index(last, " ") {
					t.Fatalf("mix %b: nothing under %q", mix, last)
				}
				last = line
			case line == "---":
				if last != "" {
					t.Fatalf("mix %b: nothing under %q", mix, last)
				}
			default:
				last = ""
			}
		}
		if last != "" {
			t.Fatalf("mix %b: nothing under %q", mix, last)
		}
	}
}
