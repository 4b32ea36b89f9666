package live

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/quorate/quorate/pipeline"
)

// maxBatch is how many events a reader is handed at once: as many as may wait for it.
const maxBatch = 256

// Newest as a position means: only what comes from now on.
const Newest int64 = -1

// ResetReason says why a reader cannot go on where it wanted to.
type ResetReason string

// The reasons.
const (
	// ResetAhead: the record does not reach that far; a backup was restored.
	ResetAhead ResetReason = "ahead"
	// ResetPruned: what follows is no longer kept.
	ResetPruned ResetReason = "pruned"
	// ResetDamaged: what follows cannot be read and never will be.
	ResetDamaged ResetReason = "damaged"
)

// Reset tells a reader that what it knows may be wrong or has a gap: it asks for the state of now, and goes on behind Seq.
type Reset struct {
	Seq    int64
	Reason ResetReason
}

// Batch is what a reader is handed at once. Without a Reset and events it is a sign of life.
type Batch struct {
	// Reset comes before the events.
	Reset  *Reset
	Events []*Event
}

// Follower follows the record for one reader. One goroutine uses it, and calls Close.
type Follower struct {
	feed   *Feed
	filter Filter
	nudge  <-chan int64
	end    func()
	at     int64 // everything up to here was handed over or is not wanted
	caught bool  // it was at the head once
	reset  *Reset
}

// Follow begins behind the event with the sequence number after; Newest begins with what comes. A Reset that is due at
// once comes with the first batch, and Position is behind it already. The error is the record's.
func (f *Feed) Follow(ctx context.Context, after int64, filter Filter) (*Follower, error) {
	l := &Follower{feed: f, filter: filter, at: after}
	// First the subscription, then the look: what is committed in between is found by the one or the other.
	l.nudge, l.end = f.subscribe()
	f.enter()
	if err := l.begin(ctx); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

func (l *Follower) begin(ctx context.Context) error {
	newest := l.feed.Newest()
	if l.at == Newest {
		l.at = newest
	}
	if l.at > newest {
		// A commit is on record a moment before it is the newest one: somebody may have been told of it already.
		if known, err := l.feed.read(ctx, l.at-1); err != nil || len(known) == 0 {
			if _, damaged := errors.AsType[*pipeline.Damaged](err); err != nil && !damaged {
				return fmt.Errorf("look for event %d: %w", l.at, err)
			}
			l.reset = &Reset{newest, ResetAhead}
			l.at = newest
		}
	}
	return l.feed.advance(ctx)
}

// Close ends the subscription.
func (l *Follower) Close() {
	l.end()
	l.feed.leave()
}

// Position is the sequence number behind which a reader that leaves now would go on: up to there nothing is left out
// but what it does not want.
func (l *Follower) Position() int64 { return l.at }

// Behind is how many events are on record behind the position, wanted or not.
func (l *Follower) Behind() int64 { return max(0, l.feed.Newest()-l.at) }

// Caught reports whether the position was at the head before: what comes later is news, not history.
func (l *Follower) Caught() bool { return l.caught }

// Next waits for the next wanted events. It returns an empty batch when tick fires first, and the first time that the
// head is reached without any. The error is the record's, or ctx's.
func (l *Follower) Next(ctx context.Context, tick <-chan time.Time) (Batch, error) {
	for {
		if ctx.Err() != nil {
			return Batch{}, ctx.Err()
		}
		b, err := l.step(ctx)
		switch {
		case err != nil || b.Reset != nil || len(b.Events) > 0:
			return b, err
		case l.at < l.feed.known():
			select {
			case <-tick: // a long stretch of what is not wanted is no silence
				return Batch{}, nil
			default:
			}
			continue
		case !l.caught:
			l.caught = true
			return Batch{}, nil
		}
		select {
		case <-l.nudge:
			if err := l.feed.advance(ctx); err != nil {
				return Batch{}, err
			}
		case <-tick:
			return Batch{}, nil
		case <-ctx.Done():
			return Batch{}, ctx.Err()
		}
	}
}

// known is up to where the feed has read.
func (f *Feed) known() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.head
}

// step takes what is there behind the position, without waiting for more.
func (l *Follower) step(ctx context.Context) (Batch, error) {
	b := Batch{Reset: l.reset}
	l.reset = nil
	if b.Reset != nil {
		return b, nil
	}
	events, older := l.feed.after(l.at, maxBatch)
	if older {
		var err error
		events, err = l.feed.read(ctx, l.at)
		if damaged, ok := errors.AsType[*pipeline.Damaged](err); ok {
			return l.over(ctx, damaged.Seq)
		}
		if err != nil {
			return b, err
		}
		if len(events) == 0 {
			return b, fmt.Errorf("read behind event %d: nothing is there, but there was", l.at)
		}
	}
	for _, e := range events {
		if l.filter.Match(&e.Event) {
			b.Events = append(b.Events, e)
		}
		l.at = e.Seq
	}
	return b, nil
}

// over goes on behind what cannot be had.
func (l *Follower) over(ctx context.Context, seq int64) (Batch, error) {
	oldest, err := l.feed.record.OldestSeq(ctx)
	if err != nil {
		return Batch{}, err
	}
	r := Reset{seq, ResetDamaged}
	if oldest > seq {
		r = Reset{oldest - 1, ResetPruned}
	}
	l.at = r.Seq
	return Batch{Reset: &r}, nil
}
