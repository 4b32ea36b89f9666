package blogsink

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/quorate/quorate/device"
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

// TestNobodyWaitsForAFullDisk: while a draft cannot be recorded, whoever looks after the notes, delivers or asks can still be
// called off.
func TestNobodyWaitsForAFullDisk(t *testing.T) {
	emitting, room := make(chan struct{}), make(chan struct{})
	h := newHome(t, labDay(), func(_ *Config, o *Options) {
		o.Emit = func(context.Context, device.Event) error {
			close(emitting)
			<-room
			return nil
		}
	})
	drafted := make(chan error, 1)
	go func() {
		_, err := h.sink.Draft(context.WithoutCancel(t.Context()))
		drafted <- err
	}()
	<-emitting
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for name, call := range map[string]func() error{
		"FollowNotes": func() error { return h.sink.FollowNotes(stopped) },
		"Deliver":     func() error { _, err := h.sink.Deliver(stopped, []device.Event{{Seq: 1 << 40}}); return err },
		"Draft":       func() error { _, err := h.sink.Draft(stopped); return err },
		"Context":     func() error { _, err := h.sink.Context(stopped, 0); return err },
		"Incident":    func() error { _, err := h.sink.Incident(stopped, IncidentOrder{}); return err },
		"Preview":     func() error { _, err := h.sink.Preview(stopped, nil, false); return err },
		"Prepare":     func() error { _, err := h.sink.Prepare(stopped, nil); return err },
		"Approve":     func() error { _, err := h.sink.Approve(stopped, "0123456789", "owner"); return err },
		"Publish":     func() error { _, err := h.sink.Publish(stopped); return err },
	} {
		if err := call(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want that it was called off", name, err)
		}
	}
	close(room)
	if err := <-drafted; err != nil {
		t.Fatal(err)
	}
}
