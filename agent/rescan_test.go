package agent

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate/device"
)

// A post that shows what is known to be private is told of: once as an event, and as a limit until it is mended.
func TestLeaksAreTold(t *testing.T) {
	s := newStage(t, strings.Replace(blogBlock, "{\n", "{\n  title = \"Lab\"\n", 1), nil)
	s.until("a device", func() bool { return len(s.Devices()) == 1 })
	post := filepath.Join(s.dir, "blog", "_posts", "2026-01-01-first.md")
	if err := os.MkdirAll(filepath.Dir(post), 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(post, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("All is well.\n\nzorbelina hums.\n")
	rescan := func(want int) {
		t.Helper()
		answer, err := s.commandRescan(t.Context(), struct{}{})
		if err != nil || len(answer.Leaks) != want {
			t.Fatalf("%+v, %v", answer, err)
		}
	}
	rescan(0)
	before := `data_dir = "data"`
	s.rewrite(replacing(before, before+"\n  domains = [\"zorbelina\"]"))
	s.reloadNow()
	rescan(1)
	rescan(1)
	e := s.event("the leak", ofType(device.EventPublishLeaked, ""))
	if e.Sink != "lab" || !strings.Contains(e.Text, "_posts/2026-01-01-first.md, line 3") || strings.Contains(e.Text, "zorbelina") {
		t.Errorf("told as %+v", e)
	}
	state := func() []device.Limit {
		return slices.DeleteFunc(slices.Clone((&reader{s.Agent}).Status(now()).Limits), func(l device.Limit) bool { return l.Limit != device.LimitPostLeaks })
	}
	if at := state(); len(at) != 1 || at[0].Subject != "lab" || !strings.Contains(at[0].Text, "line 3") || at[0].Advice == "" {
		t.Errorf("limits: %+v", at)
	}
	write("All is well.\n")
	rescan(0)
	s.until("the limit is left", func() bool { return len(state()) == 0 })
	write("Again: zorbelina hums.\n")
	s.checkAgain()
	s.event("the leak anew, by itself", func(e device.Event) bool {
		return e.Type == device.EventPublishLeaked && strings.Contains(e.Text, "line 1")
	})
	all, err := s.store.Events(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, e := range all {
		if e.Type == device.EventPublishLeaked {
			n++
		}
	}
	if n != 2 {
		t.Errorf("told %d times, want twice", n)
	}
}
