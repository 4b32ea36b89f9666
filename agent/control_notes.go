package agent

import (
	"context"
	"errors"
	"fmt"

	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/device"
)

// Notes are what the owner noted for the posts, in the order in which a post tells them.
func (r *reader) Notes(context.Context) ([]device.Note, error) {
	blogs := r.a.generation().blogs
	if len(blogs) == 0 {
		return nil, nil
	}
	return blogs[0].Notes()
}

// NoteAnswer is what was noted, and what became of the draft.
type NoteAnswer struct {
	Note device.Note `json:"note"`
	Drafted
}

// commandNote keeps a note and brings the draft up to date.
func (a *Agent) commandNote(ctx context.Context, n blogsink.NewNote) (NoteAnswer, error) {
	b, err := a.blog()
	if err != nil {
		return NoteAnswer{}, err
	}
	for _, seq := range n.Evidence {
		if err := a.checkEvidence(ctx, seq); err != nil {
			return NoteAnswer{}, err
		}
	}
	note, err := b.AddNote(ctx, n)
	if e, ok := errors.AsType[*blogsink.NoteError](err); ok {
		return NoteAnswer{}, &mistake{e.Error()}
	}
	if err != nil {
		return NoteAnswer{}, err
	}
	return NoteAnswer{Note: note, Drafted: a.redraft(ctx, b)}, nil
}

// checkEvidence refuses an event that the record does not hold: a reader will look it up.
func (a *Agent) checkEvidence(ctx context.Context, seq int64) error {
	if seq > 0 {
		events, err := a.store.Events(ctx, seq-1, 1)
		if err != nil {
			return fmt.Errorf("read event %d: %w", seq, err)
		}
		if len(events) == 1 && events[0].Seq == seq {
			return nil
		}
	}
	return &mistake{fmt.Sprintf("there is no event %d: \"quorate events\" lists them with their numbers, 1 to %d", seq, a.pipe.LastSeq())}
}
