package blogsink

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/leakcheck"
)

func TestNewChecksItsConfiguration(t *testing.T) {
	dir := t.TempDir()
	good := Options{
		History: &story{}, Registry: func(context.Context) (map[string][]string, error) { return nil, nil }, Aliases: &aliases{},
		Key: []byte("the key of a test and of no home"), PrivateDir: filepath.Join(dir, "private"),
	}
	for _, tt := range []struct {
		name string
		cfg  Config
		opts func(*Options)
		want string
	}{
		{"no dir", Config{}, nil, "dir is missing"},
		{"another flavor", Config{Dir: dir + "/blog", Flavor: "hugo"}, nil, "only \"jekyll\" is written yet"},
		{"no history", Config{Dir: dir + "/blog"}, func(o *Options) { o.History = nil }, "are needed"},
		{"short key", Config{Dir: dir + "/blog"}, func(o *Options) { o.Key = []byte("short") }, "site key"},
		{"private folder in the blog", Config{Dir: dir + "/blog"}, func(o *Options) { o.PrivateDir = dir + "/blog/private" }, "inside the blog"},
		{"private folder is the blog", Config{Dir: dir + "/blog"}, func(o *Options) { o.PrivateDir = dir + "/blog" }, "inside the blog"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := good
			if tt.opts != nil {
				tt.opts(&o)
			}
			if _, err := New(tt.cfg, o); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}

func TestSameRecordSameBytes(t *testing.T) {
	one, two := newHome(t, labDay(), nil), newHome(t, labDay(), nil)
	one.ownersNotes(t, "notes")
	two.ownersNotes(t, "notes")
	a, b := one.draft(t), two.draft(t)
	if a != b {
		t.Error("the same record gave other bytes")
	}
	if again := one.draft(t); again != a {
		t.Error("a second draft of the same record gave other bytes")
	}
}

func TestDraftWithoutEvents(t *testing.T) {
	h := newHome(t, &story{}, nil)
	if _, err := h.sink.Draft(t.Context()); !errors.Is(err, ErrNothing) {
		t.Errorf("got %v, want %v", err, ErrNothing)
	}
}

func TestDraftGrowsWithTheRecord(t *testing.T) {
	s := labDay()
	all := s.events
	s.events = all[:len(all)-1]
	h := newHome(t, s, nil)
	if text := h.draft(t); !strings.Contains(text, "went blind, and every poll has failed from then on.") {
		t.Error("the open blindness is not told as lasting")
	}
	s.events = all
	if text := h.draft(t); !strings.Contains(text, "went blind: its polls failed for 6 minutes.") {
		t.Error("the end of the blindness is not told")
	}
	if len(h.events) != 1 || h.events[0].Type != device.EventMilestoneDrafted {
		t.Errorf("events %v: want one milestone.drafted, for the first draft", h.events)
	}
}

func TestOwnEventsChangeNothing(t *testing.T) {
	s := labDay()
	h := newHome(t, s, nil)
	before := h.draft(t)
	s.add(time.Hour, device.Event{Type: device.EventMilestoneDrafted, Text: "a draft of milestone 1 is written"})
	if after := h.draft(t); after != before {
		t.Error("the sink's own event changed the draft")
	}
}

func TestDeliverWaitsAndCovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := labDay()
		h := newHome(t, s, func(_ *Config, o *Options) { o.Debounce = 5 * time.Second })
		start := time.Now()
		if _, err := h.sink.Deliver(t.Context(), s.events[:10]); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("the first batch took %s, want the debounce", took)
		}
		// The draft read on to the end of the record: later batches of the backlog have nothing to add.
		start = time.Now()
		if _, err := h.sink.Deliver(t.Context(), s.events[10:]); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("a batch that is in the draft already took %s", took)
		}
		if _, err := h.sink.Deliver(t.Context(), []device.Event{{Seq: 10_000, Type: device.EventMilestoneDrafted}}); err != nil || time.Since(start) != 0 {
			t.Errorf("the sink's own event was waited for (%v)", err)
		}
	})
}

func TestDeliverEndsWithItsContext(t *testing.T) {
	h := newHome(t, labDay(), func(_ *Config, o *Options) { o.Debounce = time.Hour })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.sink.Deliver(ctx, labDay().events); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's end", err)
	}
}

// TestRefusedDraft leaves something in that only the gate knows: the registry grew while the post was made.
func TestRefusedDraft(t *testing.T) {
	word := "tele" + "phus"
	s := labDay()
	calls := 0
	verify := func(_ context.Context, registry string, files []string) ([]leakcheck.Finding, error) {
		calls++
		reg, err := leakcheck.LoadRegistry(registry)
		if err != nil {
			return nil, err
		}
		reg.Merge(leakcheck.Registry{"words": {word}})
		b, err := os.ReadFile(files[0])
		return leakcheck.New(reg).Check(files[0], b), err
	}
	h := newHome(t, s, func(_ *Config, o *Options) { o.Verify = verify })
	h.draft(t)
	good, err := os.ReadFile(onlyDraft(t, h))
	if err != nil {
		t.Fatal(err)
	}
	h.note(t, "10-lesson.md", "---\nkind: lesson\n---\nNever trust "+word+" again.\n")
	_, err = h.sink.Draft(t.Context())
	var refused *RefusedError
	if !errors.As(err, &refused) || len(refused.Findings) != 1 || refused.Findings[0].Kind != "word" {
		t.Fatalf("got %v, want a refusal with one word", err)
	}
	if strings.Contains(err.Error(), word) {
		t.Error("the refusal names the value")
	}
	if b, err := os.ReadFile(onlyDraft(t, h)); err != nil || !bytes.Equal(b, good) {
		t.Error("the refused draft replaced the good one")
	}
	// Deliver does not fail, and a refusal for the same reason is told once.
	for range 2 {
		s.add(time.Hour, device.Event{Type: device.EventFacetChanged})
		h.sink.opts.Debounce = time.Nanosecond
		if _, err := h.sink.Deliver(t.Context(), s.events[len(s.events)-1:]); err != nil {
			t.Fatal(err)
		}
	}
	var kinds []string
	for _, e := range h.events {
		kinds = append(kinds, string(e.Type))
		if strings.Contains(e.Text, word) {
			t.Error("an event names the value")
		}
	}
	if got := fmt.Sprint(kinds); got != "[milestone.drafted publish.refused]" {
		t.Errorf("events %s", got)
	}
	if calls != 4 {
		t.Errorf("verified %d times, want 4", calls)
	}
}

func TestRefusedWhereTheCheckFails(t *testing.T) {
	for name, verify := range map[string]VerifyFunc{
		"an error":           func(context.Context, string, []string) ([]leakcheck.Finding, error) { return nil, errors.New("killed") },
		"no such program":    CommandVerify(filepath.Join(t.TempDir(), "missing")),
		"another exit code":  CommandVerify("/bin/sh", "-c", "exit 1"),
		"findings, but 0":    CommandVerify("/bin/sh", "-c", `echo '{"file":"x","offset":1,"length":2,"kind":"ipv4"}'`),
		"exit 5, no finding": CommandVerify("/bin/sh", "-c", "exit 5"),
		"not JSON":           CommandVerify("/bin/sh", "-c", "echo fine"),
		"killed":             CommandVerify("/bin/sh", "-c", "kill -9 $$"),
	} {
		t.Run(name, func(t *testing.T) {
			h := newHome(t, labDay(), func(_ *Config, o *Options) { o.Verify = verify })
			_, err := h.sink.Draft(t.Context())
			var refused *RefusedError
			if !errors.As(err, &refused) || refused.Cause == nil {
				t.Fatalf("got %v, want a refusal with a cause", err)
			}
			if _, err := os.Stat(filepath.Join(h.dir, "_drafts")); !errors.Is(err, os.ErrNotExist) {
				t.Error("a draft was written without a clean check")
			}
			if left, _ := filepath.Glob(filepath.Join(h.private, ".check-*")); left != nil {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestCommandVerify(t *testing.T) {
	clean := newHome(t, labDay(), func(_ *Config, o *Options) {
		o.Verify = CommandVerify("/bin/sh", "-c", `test "$1" = --registry && test -s "$2" && test "$3" = --json && test -s "$4"`, "verify")
	})
	clean.draft(t)
	found := newHome(t, labDay(), func(_ *Config, o *Options) {
		o.Verify = CommandVerify("/bin/sh", "-c", `echo '[{"file":"x","offset":7,"length":2,"kind":"ipv4"}]'; exit 5`)
	})
	_, err := found.sink.Draft(t.Context())
	var refused *RefusedError
	if !errors.As(err, &refused) || len(refused.Findings) != 1 || refused.Findings[0].Offset != 7 {
		t.Errorf("got %v, want the one finding", err)
	}
}

func TestRefusalSaysWhere(t *testing.T) {
	h := newHome(t, labDay(), nil)
	h.draft(t)
	path := onlyDraft(t, h)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.Replace(string(b), "## The Numbers\n", "## The Numbers\n\nOf "+privateNet+".7, that is.\n", 1) + "\nAnd of " + privateNet + ".8.\n"
	put(t, path, edited)
	_, err = h.sink.Draft(t.Context())
	lines := strings.Split(edited, "\n")
	line := func(what string) int {
		return 1 + slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, what) })
	}
	for _, want := range []string{fmt.Sprintf("(line %d, section numbers)", line("Of ")), fmt.Sprintf("(line %d, your own text)", line("And of "))} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if now, err := os.ReadFile(path); err != nil || string(now) != edited {
		t.Error("the refused draft was written")
	}
}

// onlyDraft returns the path of the one file in _drafts.
func onlyDraft(t *testing.T, h *home) string {
	t.Helper()
	files, err := os.ReadDir(filepath.Join(h.dir, "_drafts"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%d drafts (%v), want one", len(files), err)
	}
	return filepath.Join(h.dir, "_drafts", files[0].Name())
}

func TestAPersonsEditsStay(t *testing.T) {
	s := labDay()
	h := newHome(t, s, nil)
	h.draft(t)
	path := onlyDraft(t, h)
	edited := "---\nlayout: post\ntitle: \"Mine\"\n---\n\nI wrote this.\n"
	put(t, path, edited)
	s.add(time.Hour, device.Event{Type: device.EventFlappingStart})
	got, err := h.sink.Draft(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(path); string(b) != edited {
		t.Error("the person's draft was overwritten")
	}
	if proposed := h.sink.Proposal(); got != path || filepath.Dir(proposed) != h.private || !strings.HasSuffix(proposed, ".proposed.md") {
		t.Errorf("the draft is %s and the new version at %s, want a proposal in the private folder", got, proposed)
	}
	// A restarted sink knows as much.
	again := newHome(t, s, func(c *Config, o *Options) { c.Dir, o.PrivateDir = h.dir, h.private })
	if _, err := again.sink.Draft(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(path); string(b) != edited {
		t.Error("the person's draft was overwritten after a restart")
	}
}

func TestANewTitleTakesTheOldDraftAway(t *testing.T) {
	h := newHome(t, labDay(), nil)
	h.draft(t)
	old := onlyDraft(t, h)
	h.note(t, "00.md", "---\nkind: milestone\nnumber: 1\ntitle: \"Another name\"\n---\n")
	h.draft(t)
	if path := onlyDraft(t, h); path == old || !strings.HasSuffix(path, "homelab-milestone-1-another-name.md") {
		t.Errorf("the draft is %s", path)
	}
	if left, _ := filepath.Glob(filepath.Join(h.private, "*.private.md")); len(left) != 1 {
		t.Errorf("private originals: %v, want one", left)
	}
}

func TestPrivateOriginal(t *testing.T) {
	h := newHome(t, labDay(), nil)
	h.ownersNotes(t, "notes")
	public := h.draft(t)
	files, _ := filepath.Glob(filepath.Join(h.private, "*.private.md"))
	if len(files) != 1 || files[0] != h.sink.Original() {
		t.Fatalf("private originals: %v, and the sink says %q", files, h.sink.Original())
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	private := string(b)
	for _, real := range []string{"hydra went down", "disagreed about janus", "| switch-1 | hydra |"} {
		if !strings.Contains(private, real) {
			t.Errorf("the private original lacks %q", real)
		}
	}
	for _, real := range []string{"hydra", "janus", "vault3", privateNet} {
		if strings.Contains(public, real) {
			t.Errorf("the public draft holds %q", real)
		}
	}
	if strings.HasPrefix(private, "---") {
		t.Error("the private original begins with front matter: Jekyll would publish it")
	}
	if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the private original has mode %v, want 0600 (%v)", info.Mode(), err)
	}
}
