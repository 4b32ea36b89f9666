package agent

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/store"
)

const blogBlock = "sink \"blog\" \"lab\" {\n  dir = \"blog\"\n  notes = \"notes\"\n}\n"

// wantMistake wants an answer for the person who asked, with these words in it.
func wantMistake(t *testing.T, err error, words ...string) {
	t.Helper()
	if _, ok := errors.AsType[*mistake](err); !ok {
		t.Errorf("no mistake of a person: %v", err)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}

// One milestone is open at a time, from the end of the one before; what is in the way says what to do.
func TestMilestones(t *testing.T) {
	s := newStage(t, blogBlock, nil)
	s.until("a device", func() bool { return len(s.Devices()) == 1 })
	ctx := t.Context()
	list := func() []device.Milestone {
		t.Helper()
		all, err := (&reader{s.Agent}).Milestones(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if all := list(); len(all) != 1 || all[0].Number != 1 || !all[0].OpenedAt.IsZero() {
		t.Errorf("before any is opened: %+v", all)
	}
	answer, err := s.commandOpen(ctx, MilestoneOrder{Number: 3, Title: "  Milestone 3: No more\u00a0cables ", Subtitle: "All by air."})
	if err != nil || answer.Milestone.Title != "No more cables" || answer.Already || answer.Draft == "" {
		t.Fatalf("%+v, %v", answer, err)
	}
	e := s.event("it is told", ofType(device.EventMilestoneOpened, ""))
	if e.To != "3" || !strings.Contains(e.Text, "No more cables") {
		t.Errorf("told as %+v", e)
	}
	b, err := os.ReadFile(answer.Draft)
	if err != nil || !strings.Contains(string(b), "Milestone 3: No more cables") || !strings.Contains(string(b), "All by air.") {
		t.Errorf("the draft: %v\n%s", err, b)
	}
	if answer, err = s.commandOpen(ctx, MilestoneOrder{Number: 3, Title: "No more cables", Subtitle: "All by air."}); err != nil || !answer.Already {
		t.Errorf("again: %+v, %v", answer, err)
	}
	for _, c := range []struct {
		order MilestoneOrder
		words []string
	}{
		{MilestoneOrder{Number: 4, Title: "Next"}, []string{"milestone 3", "not published", "post publish", "--instead"}},
		{MilestoneOrder{Number: 3, Title: "Other words"}, []string{"open already", "--instead"}},
		{MilestoneOrder{Number: 0, Title: "Nothing"}, []string{"1 to 9999"}},
		{MilestoneOrder{Number: 4, Title: " Milestone 4: "}, []string{"needs a title"}},
		{MilestoneOrder{Number: 4, Title: "two\nlines"}, []string{"one line"}},
		{MilestoneOrder{Number: 4, Title: strings.Repeat("x", 121)}, []string{"121 characters"}},
	} {
		_, err := s.commandOpen(ctx, c.order)
		wantMistake(t, err, c.words...)
	}
	if answer, err = s.commandOpen(ctx, MilestoneOrder{Number: 4, Title: "Fewer cables", Instead: true}); err != nil || answer.Milestone.Number != 4 {
		t.Fatalf("%+v, %v", answer, err)
	}
	s.event("the other name is told", func(e device.Event) bool {
		return e.Type == device.EventMilestoneOpened && e.From == "3" && e.To == "4"
	})
	if all := list(); len(all) != 1 || all[0].Number != 4 || all[0].State != device.MilestoneDrafted || all[0].Edited {
		t.Errorf("renumbered: %+v", all)
	}

	m := store.Milestone{Number: 4, Title: "Fewer cables", OpenedAt: now(), PublishedAt: now(), Ended: 7}
	post := "_posts/2026-01-02-fewer-cables.md"
	if err := s.store.PutPublished(ctx, store.Published{Blog: "lab", File: post, Slug: "s", Milestone: 4, At: now(), Files: []store.FileSum{{Name: post, SHA256: "other"}}}, &m); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.MkdirAll(filepath.Join(s.dir, "blog/_posts"), 0o755),
		os.WriteFile(filepath.Join(s.dir, "blog", post), []byte("---\ntitle: \"x\"\nmilestone: 4\n---\n\nText.\n"), 0o600),
		os.WriteFile(filepath.Join(s.dir, "blog/_posts/2026-01-01-by-hand.md"), []byte("---\ntitle: \"by hand\"\nmilestone: 6\n---\n\nText.\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		number int
		words  []string
	}{{4, []string{"published since", "the next one is 7"}}, {6, []string{"2026-01-01-by-hand.md", "the next one is 7"}}, {2, []string{"too late"}}} {
		_, err := s.commandOpen(ctx, MilestoneOrder{Number: c.number, Title: "T"})
		wantMistake(t, err, c.words...)
	}
	if open, err := s.openMilestone(ctx); err != nil || open.Number != 5 || open.After != 7 {
		t.Errorf("behind a publication: %+v, %v", open, err)
	}
	if answer, err = s.commandOpen(ctx, MilestoneOrder{Number: 7, Title: "Air"}); err != nil || answer.Milestone.After != 7 {
		t.Errorf("the next: %+v, %v", answer, err)
	}
	at := m.PublishedAt.Truncate(time.Microsecond)
	all := list()
	if len(all) != 3 || all[0].State != device.MilestonePublished || !all[0].PublishedAt.Equal(at) || all[0].File != post || !all[0].Edited || all[0].Until != 7 {
		t.Errorf("the published one: %+v", all)
	}
}

func TestNoBlogNoMilestone(t *testing.T) {
	s := newStage(t, "", nil)
	_, err := s.commandOpen(t.Context(), MilestoneOrder{Number: 1, Title: "T"})
	wantMistake(t, err, `sink "blog"`, "quorate reload")
	if all, err := (&reader{s.Agent}).Milestones(t.Context()); err != nil || len(all) > 0 {
		t.Errorf("%+v, %v", all, err)
	}
}
