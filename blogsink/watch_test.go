package blogsink

import (
	"strings"
	"testing"
)

func TestFollowNotes(t *testing.T) {
	h := newHome(t, labDay(), nil)
	follow := func() {
		t.Helper()
		for range 2 { // a change counts once it has stood
			if err := h.sink.FollowNotes(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	follow()
	path := onlyDraft(t, h)
	h.note(t, "10.md", "---\nkind: lesson\n---\nLook twice.\n")
	if err := h.sink.FollowNotes(t.Context()); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(readManuscript(t, path).published()), "Look twice.") {
		t.Error("a note that was just written is in the draft already")
	}
	follow()
	if !strings.Contains(string(readManuscript(t, path).published()), "Look twice.") {
		t.Error("the note is not in the draft")
	}
	before := readManuscript(t, path)
	put(t, path, string(before.bytes())+"\nMine.\n")
	follow()
	if got := string(readManuscript(t, path).bytes()); got != string(before.bytes())+"\nMine.\n" {
		t.Error("the draft was written although no note changed")
	}
	h.note(t, "20.md", "no note at all")
	if err := h.sink.FollowNotes(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := h.sink.FollowNotes(t.Context()); err == nil || !strings.Contains(err.Error(), "20.md") {
		t.Errorf("a note that cannot be read: %v", err)
	}
}
