package store

import (
	"context"
	"fmt"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/crashpoint"
	"github.com/quorate/quorate/pipeline"
)

// lastCommit is what the next record must follow.
type lastCommit struct {
	batch uint64
	seq   int64
	at    time.Time
}

// Commit makes r durable in one transaction, or stores nothing of it. A record whose batch is the last one stored is
// taken as done. ErrFull says that there was no room; an error that a repetition cannot cure is marked as Permanent.
func (s *Store) Commit(ctx context.Context, r *pipeline.Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := s.w.update(func() error {
		err := s.commit(r)
		crashpoint.Here(crashpoint.BeforeCommit)
		return err
	})
	if err != nil {
		return lasting(fmt.Errorf("commit batch %d: %w", r.Batch, err))
	}
	return nil
}

func (s *Store) commit(r *pipeline.Record) error {
	last, given, err := s.lastGiven()
	if err != nil {
		return err
	}
	if r.Batch == last.batch && r.Batch != 0 {
		return nil
	}
	if r.Batch <= last.batch {
		return fmt.Errorf("it does not follow batch %d", last.batch)
	}
	for i := range r.Events {
		if want := last.seq + 1 + int64(i); r.Events[i].Seq != want {
			return fmt.Errorf("event %d does not follow: want %d", r.Events[i].Seq, want)
		}
	}
	if err := s.storeRows(func(e *encoder) { e.record(r, given) }); err != nil {
		return err
	}
	if err := s.removeRows(r); err != nil {
		return err
	}
	last.batch, last.seq = r.Batch, last.seq+int64(len(r.Events))
	if n := len(r.Instants); n > 0 {
		last.at = r.Instants[n-1]
	}
	if err := s.storeSettings(r, last.at); err != nil {
		return err
	}
	return s.storeLast(last)
}

// storeSettings keeps the settings that r brings, if it does: few records do.
func (s *Store) storeSettings(r *pipeline.Record, at time.Time) error {
	if r.Settings == nil {
		return nil
	}
	v, err := s.w.values("SELECT coalesce(max(id), 0) + 1 FROM settings")
	if err != nil {
		return err
	}
	return s.w.put(s.t.settings, columns(v).int(0), micros(at), r.ConfigHash, r.Settings)
}

// storeRows stores what fill makes, while it makes it.
func (s *Store) storeRows(fill func(*encoder)) error {
	rows, free, stop := make(chan *chunk, 2), make(chan *chunk, 4), make(chan struct{})
	e := &encoder{t: s.t, out: rows, free: free, stop: stop, json: &s.json}
	go e.run(fill)
	var err error
	for c := range rows { // ends when the encoder has ended
		if err != nil {
			continue
		}
		if err = c.err; err == nil {
			err = s.w.store(c)
		}
		if err != nil {
			close(stop)
			continue
		}
		select {
		case free <- c:
		default:
		}
	}
	return err
}

func (s *Store) removeRows(r *pipeline.Record) error {
	for _, id := range r.IdentityRemoved {
		if err := s.w.do("DELETE FROM identity_device WHERE device = ?", string(id)); err != nil {
			return err
		}
	}
	for _, number := range r.Settled {
		if err := s.w.do("DELETE FROM rejected WHERE id = ?", number); err != nil {
			return err
		}
	}
	for _, id := range r.Removed {
		if err := s.w.do("DELETE FROM consensus_device WHERE device = ?", string(id)); err != nil {
			return err
		}
	}
	return nil
}

// lastGiven returns the last commit and the last id of each table whose ids we give.
func (s *Store) lastGiven() (lastCommit, ids, error) {
	v, err := s.w.values(`SELECT batch, seq, at, crc,
		(SELECT max(id) FROM instant), (SELECT max(id) FROM poll), (SELECT max(id) FROM observation), (SELECT max(id) FROM rejected)
		FROM (SELECT 1) LEFT JOIN last ON only = 1`)
	if err != nil {
		return lastCommit{}, ids{}, err
	}
	c := columns(v)
	given := ids{instant: c.int(4), poll: c.int(5), observation: c.int(6), rejected: c.int(7)}
	if v[0] == nil {
		return lastCommit{}, given, nil
	}
	if err := s.t.last.verify(&summer{}, []any{int64(1), v[0], v[1], v[2], v[3]}); err != nil {
		return lastCommit{}, ids{}, err
	}
	return lastCommit{batch: uint64(c.int(0)), seq: c.int(1), at: c.time(2)}, given, nil
}

func (s *Store) storeLast(l lastCommit) error {
	return s.w.put(s.t.last, int64(1), int64(l.batch), l.seq, micros(l.at))
}

// Reject records what could not be processed.
func (s *Store) Reject(ctx context.Context, at time.Time, rs []device.Rejection) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := s.w.update(func() error {
		_, given, err := s.lastGiven()
		if err != nil {
			return err
		}
		return s.storeRows(func(e *encoder) { e.rejected(at, rs, given.rejected) })
	})
	if err != nil {
		return lasting(fmt.Errorf("record %d rejections: %w", len(rs), err))
	}
	return nil
}
