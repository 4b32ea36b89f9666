package agent

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/device"
)

// A note is kept, shows in the list and in the draft at once, and names only events that there are.
func TestNotesAreTaken(t *testing.T) {
	s := newStage(t, blogBlock, nil)
	s.until("a device", func() bool { return len(s.Devices()) == 1 })
	ctx := t.Context()
	if _, err := s.commandOpen(ctx, MilestoneOrder{Number: 2, Title: "Fewer cables"}); err != nil {
		t.Fatal(err)
	}
	first, err := s.commandNote(ctx, blogsink.NewNote{Kind: "challenge", Text: "A loop in the cellar\n\nIt blinked all night.", Evidence: []int64{1}})
	if err != nil || first.Note.Milestone != 2 || first.Draft == "" {
		t.Fatalf("%+v, %v", first, err)
	}
	second, err := s.commandNote(ctx, blogsink.NewNote{Kind: "solution", Text: "Spanning tree is on."})
	if err != nil || second.Note.For != first.Note.File {
		t.Fatalf("%+v, %v", second, err)
	}
	b, err := os.ReadFile(second.Draft)
	if err != nil || !strings.Contains(string(b), "It blinked all night.") || !strings.Contains(string(b), "Spanning tree is on.") {
		t.Errorf("%v\n%s", err, b)
	}
	if lint, err := s.commandLint(ctx, struct{}{}); err != nil || lint.File != second.Draft || len(lint.Findings) > 0 {
		t.Errorf("the draft's lint: %+v, %v", lint, err)
	}
	for _, seq := range []int64{0, -1, 1 << 40} {
		_, err := s.commandNote(ctx, blogsink.NewNote{Kind: "lesson", Text: "x", Evidence: []int64{seq}})
		wantMistake(t, err, "there is no event", "quorate events")
	}
	_, err = s.commandNote(ctx, blogsink.NewNote{Kind: "lesson"})
	wantMistake(t, err, "no text")
	if _, err := s.commandOpen(ctx, MilestoneOrder{Number: 3, Title: "Fewer cables", Instead: true}); err != nil {
		t.Fatal(err)
	}
	all, err := (&reader{s.Agent}).Notes(ctx)
	if err != nil || len(all) != 2 || all[0].Milestone != 3 || all[1].Milestone != 3 {
		t.Errorf("behind another number: %+v, %v", all, err)
	}
	if _, err := os.Stat(filepath.Join(s.dir, "notes", first.Note.File)); err != nil {
		t.Error(err)
	}
}

func TestNoBlogNoNote(t *testing.T) {
	s := newStage(t, "", nil)
	_, err := s.commandNote(t.Context(), blogsink.NewNote{Kind: "lesson", Text: "x"})
	wantMistake(t, err, `sink "blog"`, "quorate reload")
	var none []device.Note
	if none, err = (&reader{s.Agent}).Notes(t.Context()); err != nil || len(none) > 0 {
		t.Errorf("%+v, %v", none, err)
	}
}
