package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/pipeline"
)

// LastSeq returns the sequence number of the newest event, 0 where there is none.
func (r *Reader) LastSeq(ctx context.Context) (int64, error) {
	var seq int64
	if err := r.db.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM event").Scan(&seq); err != nil {
		return 0, fmt.Errorf("last event: %w", classify(err))
	}
	return seq, nil
}

const queryEvents = "WHERE seq > ? ORDER BY seq LIMIT ?"

// Events returns at most limit events with a sequence number above after, in order. A gap among them is ErrCorrupt:
// sequence numbers rise by one. It is a pipeline.Damaged where the first of them cannot be read.
func (r *Reader) Events(ctx context.Context, after int64, limit int) ([]device.Event, error) {
	events, err := r.events(ctx, queryEvents, after, limit)
	for i := range events {
		if want := after + 1 + int64(i); events[i].Seq != want {
			events, err = events[:i], r.told(&CorruptError{Table: r.t.event.name, Row: fmt.Sprint(want), Cause: "it is missing"})
			break
		}
	}
	if len(events) == 0 && errors.Is(err, ErrCorrupt) {
		return nil, &pipeline.Damaged{Seq: after + 1, Err: err}
	}
	if err != nil {
		return nil, err
	}
	return events, nil
}

const queryEventsBetween = "WHERE at >= ? AND at < ? ORDER BY at, seq"

// EventsBetween returns the events of the instants from from (included) to to (not included), in order.
func (r *Reader) EventsBetween(ctx context.Context, from, to time.Time) ([]device.Event, error) {
	return r.events(ctx, queryEventsBetween, from.UnixMicro(), to.UnixMicro())
}

const queryEventsOf = "WHERE device = ? ORDER BY seq DESC LIMIT ?"

// EventsOf returns the newest events of one device, at most limit, in order.
func (r *Reader) EventsOf(ctx context.Context, id device.ID, limit int) ([]device.Event, error) {
	events, err := r.events(ctx, queryEventsOf, string(id), limit)
	slices.Reverse(events)
	return events, err
}

func (r *Reader) events(ctx context.Context, where string, args ...any) ([]device.Event, error) {
	var events []device.Event
	err := r.each(ctx, r.t.event, r.t.event.selectAll(where), args, func(c columns) error {
		var e device.Event
		if err := json.Unmarshal(c.blob(5), &e); err != nil {
			return err
		}
		events = append(events, e)
		return nil
	})
	return events, err
}

// A device's verdicts are among its events, which have the index.
const (
	verdictsOf = `SELECT verdict.seq, verdict.device, decided_at, verdict.body, verdict.crc
		FROM event CROSS JOIN verdict ON verdict.seq = event.seq WHERE event.device = ?`
	queryVerdicts = verdictsOf + " ORDER BY event.seq DESC"
)

// VerdictAt returns the verdict that held for a device at at; false where there was none yet.
func (r *Reader) VerdictAt(ctx context.Context, id device.ID, at time.Time) (device.Verdict, bool, error) {
	vs, err := r.verdicts(ctx, id, math.MinInt64, at.UnixMicro(), 1)
	if err != nil || len(vs) == 0 {
		return device.Verdict{}, false, err
	}
	return vs[0], true, nil
}

// Verdicts returns the newest verdicts of one device that were decided from since (included) to until (not included;
// zero means now), at most limit, in order.
func (r *Reader) Verdicts(ctx context.Context, id device.ID, since, until time.Time, limit int) ([]device.Verdict, error) {
	vs, err := r.verdicts(ctx, id, from(since), to(until)-1, limit)
	slices.Reverse(vs)
	return vs, err
}

// verdicts returns those that were decided from first to last, both included, newest first.
func (r *Reader) verdicts(ctx context.Context, id device.ID, first, last int64, limit int) ([]device.Verdict, error) {
	var vs []device.Verdict
	err := r.each(ctx, r.t.verdict, queryVerdicts, []any{string(id)}, func(c columns) error {
		switch at := c.int(2); {
		case c.text(1) != string(id):
			return errOther
		case at < first || len(vs) == limit:
			return errEnough
		case at > last:
			return nil
		}
		var v device.Verdict
		err := json.Unmarshal(c.blob(3), &v)
		vs = append(vs, v)
		return err
	})
	return vs, err
}

// The index says which rows, and the table what is in them: SQLite would take source and ref from the index as well, and
// nobody would see that the row has others.
const queryObservations = `SELECT observation.id, observation.source, observation.ref, observation.device, observation.observed_at,
	observation.recorded_at, observation.novelty, observation.late, observation.print, observation.body, observation.crc
	FROM observation AS o CROSS JOIN observation ON observation.id = o.id WHERE o.source = ? AND o.ref = ? AND o.id <= ? ORDER BY o.id DESC`

// Observations returns the newest recorded observations of one ref before until (zero means now), at most limit, in
// the order of their recording; late ones are among them.
func (r *Reader) Observations(ctx context.Context, ref device.SourceRef, until time.Time, limit int) ([]pipeline.ObservationRow, error) {
	var rows []pipeline.ObservationRow
	args := []any{ref.Source, ref.Ref, int64(math.MaxInt64)}
	err := r.each(ctx, r.t.observation, queryObservations, args, func(c columns) error {
		switch {
		case len(rows) == limit:
			return errEnough
		case c.int(5) < to(until):
			rows = append(rows, observationOf(c))
		}
		return nil
	})
	slices.Reverse(rows)
	return rows, err
}

func observationOf(c columns) pipeline.ObservationRow {
	return pipeline.ObservationRow{
		Source: c.text(1), Ref: c.text(2), Device: device.ID(c.text(3)), ObservedAt: c.time(4), RecordedAt: c.time(5),
		Novelty: pipeline.Novelty(c.text(6)), Late: c.int(7) == 1, Print: uint64(c.int(8)), Body: c.blob(9),
	}
}

const queryPolls = "WHERE source = ? AND at >= ? ORDER BY at DESC, id DESC LIMIT ?"

// Polls returns the newest polls of one source since since, at most limit, in order.
func (r *Reader) Polls(ctx context.Context, source string, since time.Time, limit int) ([]pipeline.Poll, error) {
	var polls []pipeline.Poll
	args := []any{source, from(since), limit}
	err := r.each(ctx, r.t.poll, r.t.poll.selectAll(queryPolls), args, func(c columns) error {
		p, err := pollOf(c)
		polls = append(polls, p)
		return err
	})
	slices.Reverse(polls)
	return polls, err
}

func pollOf(c columns) (pipeline.Poll, error) {
	marks, probe, err := decodeMarks(c.blob(11))
	return pipeline.Poll{
		Source: c.text(1), Number: uint64(c.int(2)), Started: c.time(3), Ended: c.time(4), At: c.time(5), SourceClock: c.time(6),
		Err: c.text(7), Partial: c.int(8) == 1, Count: int(c.int(9)), Rejected: int(c.int(10)), Marks: marks, Probe: probe,
	}, err
}

// Instants returns the instants that were judged from since (included) to until (not included; zero means now).
func (r *Reader) Instants(ctx context.Context, since, until time.Time) ([]time.Time, error) {
	var instants []time.Time
	err := r.between(ctx, r.t.instant, 1, since, until, func(c columns) error {
		instants = append(instants, c.time(1))
		return nil
	})
	return instants, err
}

// Inputs returns what instants took beside polls, from since (included) to until (not included; zero means now).
func (r *Reader) Inputs(ctx context.Context, since, until time.Time) ([]pipeline.Input, error) {
	var inputs []pipeline.Input
	err := r.between(ctx, r.t.input, 1, since, until, func(c columns) error {
		in, err := inputOf(c)
		inputs = append(inputs, in)
		return err
	})
	return inputs, err
}

// errOther is what an index says of a row that says otherwise.
var errOther = errors.New("its index has it as another's")

func inputOf(c columns) (pipeline.Input, error) {
	in := pipeline.Input{At: c.time(1), Restart: c.int(2) == 1}
	if body := c.blob(3); body != nil {
		in.Orders = new(pipeline.Orders)
		if err := json.Unmarshal(body, in.Orders); err != nil {
			return in, err
		}
	}
	return in, nil
}

// between hands on the rows of a table whose ids rise with the time in column at, from since (included) to until (not
// included; zero means now).
func (r *Reader) between(ctx context.Context, t *table, at int, since, until time.Time, take func(columns) error) error {
	first, err := r.firstAt(ctx, t, at, since)
	if err != nil {
		return err
	}
	return r.each(ctx, t, t.selectAll("WHERE rowid >= ? ORDER BY rowid"), []any{first}, func(c columns) error {
		if c.int(at) >= to(until) {
			return errEnough
		}
		return take(c)
	})
}

// firstAt returns where the rows of a table begin that are not older than since: no row with a smaller id is, as ids rise
// with the time in column at. It halves the table instead of trusting a column that no index has.
func (r *Reader) firstAt(ctx context.Context, t *table, at int, since time.Time) (int64, error) {
	if since.IsZero() {
		return 0, nil
	}
	var low, high int64 // the first is in (low, high]
	err := r.db.QueryRowContext(ctx, "SELECT coalesce(min(rowid), 1) - 1, coalesce(max(rowid), 0) + 1 FROM "+t.name).Scan(&low, &high)
	if err != nil {
		return 0, fmt.Errorf("read table %s: %w", t.name, classify(err))
	}
	for high-low > 1 {
		id, older := low+(high-low)/2, false
		err := r.each(ctx, t, t.selectAll("WHERE rowid >= ? ORDER BY rowid LIMIT 1"), []any{id}, func(c columns) error {
			if older = c.int(at) < since.UnixMicro(); older {
				id = c.int(0)
			}
			return nil
		})
		if err != nil {
			return 0, err
		}
		if older {
			low = id
		} else {
			high = id
		}
	}
	return high, nil
}

// from is the stored form of the beginning of a span; a zero time is the beginning of all.
func from(t time.Time) int64 {
	if t.IsZero() {
		return math.MinInt64
	}
	return t.UnixMicro()
}

// to is the stored form of the end of a span; a zero time is the end of all.
func to(t time.Time) int64 {
	if t.IsZero() {
		return math.MaxInt64
	}
	return t.UnixMicro()
}
