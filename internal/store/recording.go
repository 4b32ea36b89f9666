package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/pipeline"
)

// ErrNoBasis means that the record holds no state from which its polls could be judged again.
var ErrNoBasis = errors.New("the record holds no state to judge its polls again from")

// ErrPruned means that rows went while they were being read.
var ErrPruned = errors.New("the record was pruned meanwhile: try again")

// How many rows a query of a Recording reads. A poll may have marks for 10,000 devices.
const (
	instantPage     = 1000
	pollPage        = 64
	observationPage = 500
)

// Recording reads the journal back into the instants that were judged, in order, a page of rows at a time: beside a
// running agent, up to the commit that was the last when it began. It is for one goroutine.
type Recording struct {
	r *Reader
	// Basis is the state before the first instant; whoever takes it owns it.
	Basis pipeline.Loaded
	// Settings are those in force before the first instant; nil where nobody knows.
	Settings *pipeline.Config
	// Last is the instant that it ends with.
	Last time.Time

	end          int64 // the id of that instant
	instant      int64 // the last one returned
	poll         int64
	observation  int64
	input        int64
	settings     int64
	instants     page
	polls        page
	observations page
	inputs       page
	allSettings  page
	words        map[device.SourceRef]*words
}

// words is what a ref said last: in time, and late.
type words struct{ said, late *spoken }

// spoken is one observation without times, and its claims in the order in which marks have their times.
type spoken struct {
	observation device.Observation
	order       []int
}

// Recording begins with the newest state that is kept from before since: that of a checkpoint, or nothing where the
// record is whole. Where all that is kept is newer, it begins with the oldest. ErrNoBasis says that there is none.
func (r *Reader) Recording(ctx context.Context, since time.Time) (*Recording, error) {
	x := &Recording{r: r, words: map[device.SourceRef]*words{}}
	if err := x.begin(ctx, since); err != nil {
		return nil, fmt.Errorf("read the journal back: %w", err)
	}
	return x, nil
}

func (x *Recording) begin(ctx context.Context, since time.Time) error {
	r := x.r
	var salt string
	err := r.each(ctx, r.t.meta, r.t.meta.selectAll("WHERE key = 'salt'"), nil, func(c columns) error {
		salt = c.text(1)
		return nil
	})
	if err != nil {
		return err
	}
	err = r.each(ctx, r.t.instant, r.t.instant.selectAll("ORDER BY id DESC LIMIT 1"), nil, func(c columns) error {
		x.end, x.Last = c.int(0), c.time(1)
		return nil
	})
	if err != nil {
		return err
	}
	if x.end == 0 {
		return fmt.Errorf("%w: nothing was judged yet", ErrNoBasis)
	}
	found, err := x.checkpoint(ctx, "WHERE at <= ? ORDER BY id DESC LIMIT 1", since.UnixMicro())
	if err == nil && !found {
		if found, err = x.whole(ctx); err == nil && !found {
			found, err = x.checkpoint(ctx, "WHERE at > ? ORDER BY id LIMIT 1", since.UnixMicro())
		}
	}
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("%w yet: a running agent keeps one within the hour", ErrNoBasis)
	}
	x.Basis.Salt = salt
	return x.before(ctx)
}

// checkpoint begins with the state of a checkpoint; false where there is none.
func (x *Recording) checkpoint(ctx context.Context, where string, arg int64) (bool, error) {
	found := false
	err := x.r.each(ctx, x.r.t.checkpoint, x.r.t.checkpoint.selectAll(where), []any{arg}, func(c columns) error {
		l, err := x.r.unpackState(c.blob(7))
		if err != nil {
			return err
		}
		found = true
		l.LastInstant, l.LastBatch, l.LastSeq = c.time(1), uint64(c.int(2)), c.int(3)
		x.Basis = l
		x.instant, x.poll, x.observation = c.int(4), c.int(5), c.int(6)
		return nil
	})
	if err == nil && found {
		err = x.reported(ctx)
	}
	return found, err
}

// reported finds what the sources reported before the first instant.
func (x *Recording) reported(ctx context.Context) error {
	return x.r.each(ctx, x.r.t.observation, queryPrints, []any{x.observation}, func(c columns) error {
		if c.int(7) == 1 {
			return nil
		}
		return takeAlerts(&x.Basis, device.SourceRef{Source: c.text(1), Ref: c.text(2)}, c.blob(9))
	})
}

// whole begins with nothing; false where the journal no longer has its beginning, or was begun by a version that kept
// less of a poll.
func (x *Recording) whole(ctx context.Context) (bool, error) {
	var instant, poll sql.NullInt64
	var marks []byte
	err := x.r.db.QueryRowContext(ctx, `SELECT (SELECT min(id) FROM instant), (SELECT min(id) FROM poll),
		(SELECT coalesce(marks, x'01') FROM poll WHERE count > 0 ORDER BY id LIMIT 1)`).Scan(&instant, &poll, &marks)
	if err != nil {
		return false, classify(err)
	}
	if instant.Int64 != 1 || poll.Valid && poll.Int64 != 1 || len(marks) > 0 && marks[0] == marksOld {
		return false, nil
	}
	x.Basis = empty()
	x.Basis.Fresh = true
	return true, nil
}

// before finds the settings in force and the last input before the first instant.
func (x *Recording) before(ctx context.Context) error {
	x.input = x.instant
	return x.r.each(ctx, x.r.t.settings, x.r.t.settings.selectAll("WHERE at <= ? ORDER BY id DESC LIMIT 1"), []any{from(x.Basis.LastInstant)}, func(c columns) error {
		cfg, err := pipeline.ParseSettings(c.blob(3))
		x.Settings, x.settings = &cfg, c.int(0)
		x.Basis.Settings = c.blob(3)
		return err
	})
}

// Next returns the next instant, and io.EOF after the last.
func (x *Recording) Next(ctx context.Context) (pipeline.Recorded, error) {
	in, err := x.next(ctx)
	if err != nil && !errors.Is(err, io.EOF) {
		return in, fmt.Errorf("read the journal back: %w", err)
	}
	return in, err
}

func (x *Recording) next(ctx context.Context) (pipeline.Recorded, error) {
	if x.instant >= x.end {
		return pipeline.Recorded{}, io.EOF
	}
	c, err := x.instants.peek(ctx, x.r, x.r.t.instant, x.instant, instantPage)
	if err != nil {
		return pipeline.Recorded{}, err
	}
	if c == nil || c.int(0) != x.instant+1 {
		return pipeline.Recorded{}, ErrPruned
	}
	x.instant = c.int(0)
	x.instants.drop()
	in := pipeline.Recorded{At: c.time(1), ConfigHash: c.text(2)}
	for _, take := range []func(context.Context, *pipeline.Recorded) error{x.takeInput, x.takeSettings, x.takePolls} {
		if err := take(ctx, &in); err != nil {
			return in, err
		}
	}
	return in, nil
}

func (x *Recording) takeInput(ctx context.Context, in *pipeline.Recorded) error {
	c, err := x.inputs.peek(ctx, x.r, x.r.t.input, x.input, instantPage)
	if c == nil || c.int(0) != x.instant || err != nil {
		return err
	}
	x.input = c.int(0)
	x.inputs.drop()
	i, err := inputOf(c)
	in.Restart, in.Orders = i.Restart, i.Orders
	return err
}

func (x *Recording) takeSettings(ctx context.Context, in *pipeline.Recorded) error {
	c, err := x.allSettings.peek(ctx, x.r, x.r.t.settings, x.settings, instantPage)
	if c == nil || c.time(1).After(in.At) || err != nil {
		return err
	}
	x.settings = c.int(0)
	x.allSettings.drop()
	cfg, err := pipeline.ParseSettings(c.blob(3))
	in.Settings = &cfg
	return err
}

func (x *Recording) takePolls(ctx context.Context, in *pipeline.Recorded) error {
	rows, err := x.rowsOf(ctx, in.At)
	if err != nil {
		return err
	}
	for {
		c, err := x.polls.peek(ctx, x.r, x.r.t.poll, x.poll, pollPage)
		if c == nil || c.time(5).After(in.At) || err != nil {
			return err
		}
		if !c.time(5).Equal(in.At) || c.int(0) != x.poll+1 {
			return ErrPruned
		}
		x.poll = c.int(0)
		x.polls.drop()
		p, err := pollOf(c)
		if err != nil {
			return x.r.t.poll.corrupt(c, err.Error())
		}
		s, err := x.snapshot(ctx, &p, rows)
		if err != nil {
			return x.r.t.poll.corrupt(c, err.Error())
		}
		in.Polls = append(in.Polls, pipeline.RecordedPoll{Snapshot: s, Probe: p.Probe})
	}
}

// rowsOf takes the observations that were recorded at at, by ref.
func (x *Recording) rowsOf(ctx context.Context, at time.Time) (map[device.SourceRef][]device.Observation, error) {
	var rows map[device.SourceRef][]device.Observation
	for {
		c, err := x.observations.peek(ctx, x.r, x.r.t.observation, x.observation, observationPage)
		if c == nil || c.time(5).After(at) || err != nil {
			return rows, err
		}
		if !c.time(5).Equal(at) {
			return rows, ErrPruned
		}
		x.observation = c.int(0)
		x.observations.drop()
		o := observationOf(c)
		var full device.Observation
		if err := json.Unmarshal(o.Body, &full); err != nil {
			return rows, x.r.t.observation.corrupt(c, err.Error())
		}
		ref := device.SourceRef{Source: o.Source, Ref: o.Ref}
		x.heard(ref, full, o.Late)
		if rows == nil {
			rows = map[device.SourceRef][]device.Observation{}
		}
		rows[ref] = append(rows[ref], full)
	}
}

// snapshot puts a poll together from its marks, the rows of its instant and what was said before.
func (x *Recording) snapshot(ctx context.Context, p *pipeline.Poll, rows map[device.SourceRef][]device.Observation) (device.Snapshot, error) {
	s := device.Snapshot{
		At: p.At, Source: p.Source, SourceClock: p.SourceClock, Partial: p.Partial, Err: p.Err, Started: p.Started, Poll: p.Number,
	}
	if len(p.Marks) != p.Count {
		return s, fmt.Errorf("it has %d marks for %d observations", len(p.Marks), p.Count)
	}
	s.Observations = make([]device.Observation, 0, len(p.Marks))
	for i := range p.Marks {
		m := &p.Marks[i]
		ref := device.SourceRef{Source: p.Source, Ref: m.Ref}
		if m.Says == pipeline.InRow {
			full := rows[ref]
			if len(full) == 0 {
				return s, fmt.Errorf("the row of %q is missing", m.Ref)
			}
			s.Observations, rows[ref] = append(s.Observations, full[0]), full[1:]
			continue
		}
		o, err := x.repeated(ctx, ref, m)
		if err != nil {
			return s, err
		}
		s.Observations = append(s.Observations, o)
	}
	return s, nil
}

// repeated is what a ref had said before, at the times of m.
func (x *Recording) repeated(ctx context.Context, ref device.SourceRef, m *pipeline.Mark) (device.Observation, error) {
	late := m.Says == pipeline.AsLate
	w := x.words[ref]
	if w == nil || !late && w.said == nil || late && w.late == nil {
		if err := x.look(ctx, ref, late); err != nil {
			return device.Observation{}, err
		}
		w = x.words[ref]
	}
	said := w.said
	if late {
		said = w.late
	}
	o := said.observation
	o.ObservedAt = m.ObservedAt
	if m.Claims == nil {
		return o, nil
	}
	if said.order == nil {
		said.order = pipeline.SortedClaims(o.Claims)
	}
	if len(m.Claims) != len(said.order) {
		return o, fmt.Errorf("%q has %d claims, and times for %d", m.Ref, len(said.order), len(m.Claims))
	}
	o.Claims = slices.Clone(o.Claims)
	for i, place := range said.order {
		o.Claims[place].ObservedAt = m.Claims[i]
	}
	return o, nil
}

// look finds what a ref said before the first instant.
func (x *Recording) look(ctx context.Context, ref device.SourceRef, late bool) error {
	found := false
	args := []any{ref.Source, ref.Ref, x.observation}
	err := x.r.each(ctx, x.r.t.observation, queryObservations, args, func(c columns) error {
		if c.int(7) != flag(late) {
			return nil
		}
		var full device.Observation
		found = true
		if err := json.Unmarshal(c.blob(9), &full); err != nil {
			return err
		}
		x.heard(ref, full, late)
		return errEnough
	})
	if err == nil && !found {
		return fmt.Errorf("what %q said before is missing", ref.Ref)
	}
	return err
}

func (x *Recording) heard(ref device.SourceRef, o device.Observation, late bool) {
	o.ObservedAt = time.Time{}
	o.Claims = slices.Clone(o.Claims)
	for i := range o.Claims {
		o.Claims[i].ObservedAt = time.Time{}
	}
	w := x.words[ref]
	if w == nil {
		w = &words{}
		x.words[ref] = w
	}
	if late {
		w.late = &spoken{observation: o}
	} else {
		w.said = &spoken{observation: o}
	}
}
