package pipeline_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/pipeline"
	"github.com/quorate/quorate/pipeline/journaltest"
)

// brokenEnv names, in a child of the test, how its journal breaks the contract.
const brokenEnv = "QUORATE_TEST_BROKEN_JOURNAL"

// The conformance kit passes with the tests' own journal.
func TestMemJournal(t *testing.T) {
	how := os.Getenv(brokenEnv)
	journaltest.Run(t, journaltest.Subject{
		Open: func(*testing.T) pipeline.Journal {
			j := &pipeline.MemJournal{Salt: "s"}
			if how == "" {
				return j
			}
			return &broken{MemJournal: j, how: how}
		},
		Reopen: func(_ *testing.T, j pipeline.Journal) pipeline.Journal { return j },
	})
}

// And it fails with every journal that breaks the contract.
func TestKitFindsBrokenJournals(t *testing.T) {
	for _, how := range []string{"loses removals", "loses a verdict's event", "goes back", "shares cursors", "refuses a repetition", "is never fresh", "ignores the page size", "keeps late prints", "keeps the first settings",
		"forgets what a cursor that stands still brings", "keeps what was removed", "sets aside and stays"} {
		t.Run(how, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMemJournal$")
			cmd.Env = append(os.Environ(), brokenEnv+"="+how)
			if out, err := cmd.CombinedOutput(); err == nil {
				t.Errorf("the kit passes:\n%s", out)
			}
		})
	}
}

// broken is a journal with one fault.
type broken struct {
	*pipeline.MemJournal
	how string
}

func (b *broken) Load(ctx context.Context) (pipeline.Loaded, error) {
	l, err := b.MemJournal.Load(ctx)
	if b.how == "is never fresh" {
		l.Fresh = false
	}
	return l, err
}

func (b *broken) Commit(ctx context.Context, r *pipeline.Record) error {
	c := *r
	switch b.how {
	case "loses removals":
		c.Removed, c.IdentityRemoved = nil, nil
	case "loses a verdict's event":
		c.Events = c.Events[:min(1, len(c.Events))]
	case "keeps the first settings":
		if l, err := b.Load(ctx); err == nil && l.Settings != nil {
			c.Settings = nil
		}
	case "refuses a repetition":
		if l, err := b.Load(ctx); err == nil && l.LastBatch == r.Batch {
			return errors.New("this batch is there already")
		}
	case "keeps late prints":
		c.Observations = nil
		for _, o := range r.Observations {
			o.Late = false
			c.Observations = append(c.Observations, o)
		}
	}
	return b.MemJournal.Commit(ctx, &c)
}

func (b *broken) Events(ctx context.Context, after int64, limit int) ([]device.Event, error) {
	if b.how == "ignores the page size" {
		limit = 1000
	}
	return b.MemJournal.Events(ctx, after, limit)
}

func (b *broken) Cursor(ctx context.Context, sink string) (int64, error) {
	if b.how == "shares cursors" {
		sink = "all"
	}
	return b.MemJournal.Cursor(ctx, sink)
}

func (b *broken) Advance(ctx context.Context, sink string, seq int64, entries []pipeline.Entry) error {
	switch b.how {
	case "shares cursors":
		sink = "all"
	case "goes back":
		return b.Rewind(sink, seq)
	case "forgets what a cursor that stands still brings":
		if at, err := b.MemJournal.Cursor(ctx, sink); err == nil && at >= seq {
			return nil
		}
	case "keeps what was removed":
		entries = slices.DeleteFunc(slices.Clone(entries), func(e pipeline.Entry) bool { return e.Value == nil })
	}
	return b.MemJournal.Advance(ctx, sink, seq, entries)
}

func (b *broken) SetAside(ctx context.Context, at time.Time, sink string, seq int64, entries []pipeline.Entry, what device.Rejection) error {
	if b.how == "sets aside and stays" {
		return b.Reject(ctx, at, []device.Rejection{what})
	}
	return b.MemJournal.SetAside(ctx, at, sink, seq, entries, what)
}
