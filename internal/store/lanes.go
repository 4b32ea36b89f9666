package store

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/pipeline"
)

// Heard is one poll of a source as far as one ref goes.
type Heard struct {
	// At is the instant that judged it, SourceClock the source's own clock, zero where it gave none.
	At, SourceClock time.Time
	Failed          bool
	// Probe says that it is what a tie-breaker saw or a watch heard, and no poll of the source.
	Probe bool
	// Marks are what it had of the ref: none where it did not have it.
	Marks []pipeline.Mark
}

const queryHeard = "WHERE source = ? AND at >= ? AND at < ? ORDER BY at DESC, id DESC LIMIT ?"

// Heard returns the newest polls of a ref's source from since (included) to until (not included), at most limit, in order.
func (r *Reader) Heard(ctx context.Context, ref device.SourceRef, since, until time.Time, limit int) ([]Heard, error) {
	var out []Heard
	args := []any{ref.Source, from(since), to(until), limit}
	err := r.each(ctx, r.t.poll, r.t.poll.selectAll(queryHeard), args, func(c columns) error {
		h := Heard{At: c.time(5), SourceClock: c.time(6), Failed: c.text(7) != ""}
		var err error
		h.Marks, h.Probe, err = decodeMarksOf(c.blob(11), &ref.Ref)
		out = append(out, h)
		return err
	})
	slices.Reverse(out)
	return out, err
}

// SaidSince returns what a ref newly said from since (included) to until (not included), the newest limit rows, in the order of
// their recording, and before them the last that is not late from before since, which still held then. Late ones are among them.
func (r *Reader) SaidSince(ctx context.Context, ref device.SourceRef, since, until time.Time, limit int) ([]pipeline.ObservationRow, error) {
	var rows []pipeline.ObservationRow
	args := []any{ref.Source, ref.Ref, int64(1<<63 - 1)}
	err := r.each(ctx, r.t.observation, queryObservations, args, func(c columns) error {
		before := c.int(5) < from(since)
		switch {
		case len(rows) >= limit:
			return errEnough
		case c.int(5) >= to(until), before && c.int(7) == 1:
			return nil
		}
		rows = append(rows, observationOf(c))
		if before {
			return errEnough
		}
		return nil
	})
	slices.Reverse(rows)
	return rows, err
}

const queryOfSince = "WHERE device = ? ORDER BY seq DESC"

// EventsOfSince returns the events of one device from since (included) to until (not included; zero means now), the newest limit, in order.
func (r *Reader) EventsOfSince(ctx context.Context, id device.ID, since, until time.Time, limit int) ([]device.Event, error) {
	var events []device.Event
	err := r.each(ctx, r.t.event, r.t.event.selectAll(queryOfSince), []any{string(id)}, func(c columns) error {
		switch at := c.int(3); {
		case at < from(since), len(events) >= limit:
			return errEnough
		case at >= to(until):
			return nil
		}
		var e device.Event
		err := json.Unmarshal(c.blob(5), &e)
		events = append(events, e)
		return err
	})
	slices.Reverse(events)
	return events, err
}

// OfSources returns the events from since on that say how far sources are believed, in order; at most limit rows are looked at,
// the newest.
func (r *Reader) OfSources(ctx context.Context, since time.Time, limit int) ([]device.Event, error) {
	var events []device.Event
	err := r.each(ctx, r.t.event, r.t.event.selectAll("ORDER BY seq DESC LIMIT ?"), []any{limit}, func(c columns) error {
		if c.int(3) < from(since) {
			return errEnough
		}
		switch device.EventType(c.text(2)) {
		case device.EventSourceBlind, device.EventSourceSuspect, device.EventSourceRecovered:
			var e device.Event
			err := json.Unmarshal(c.blob(5), &e)
			events = append(events, e)
			return err
		}
		return nil
	})
	slices.Reverse(events)
	return events, err
}
