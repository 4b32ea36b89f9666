package store

import (
	"context"
	"fmt"
	"math"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/pipeline"
)

// Load returns the state of the last commit. Damage in it is ErrCorrupt: an agent must not go on from half a state.
func (s *Store) Load(ctx context.Context) (pipeline.Loaded, error) {
	l := empty()
	l.Salt = s.salt
	var last lastCommit
	err := s.w.use(func() error {
		var err error
		last, _, err = s.lastGiven()
		return err
	})
	if err != nil {
		return l, fmt.Errorf("load: %w", err)
	}
	l.Fresh, l.LastBatch, l.LastSeq, l.LastInstant = last.batch == 0, last.batch, last.seq, last.at
	for _, t := range s.t.state() {
		if err := s.each(ctx, t.table, t.ordered(), nil, func(c columns) error { return t.take(c, &l) }); err != nil {
			return l, fmt.Errorf("load: %w", err)
		}
	}
	for _, load := range []func(context.Context, *pipeline.Loaded) error{s.loadSettings, s.loadPrints, s.checkEnd} {
		if err := load(ctx, &l); err != nil {
			return l, fmt.Errorf("load: %w", err)
		}
	}
	return l, nil
}

// loadSettings finds the settings that are in force.
func (s *Store) loadSettings(ctx context.Context, l *pipeline.Loaded) error {
	return s.each(ctx, s.t.settings, s.t.settings.selectAll("ORDER BY id DESC LIMIT 1"), nil, func(c columns) error {
		l.Settings = c.blob(3)
		return nil
	})
}

// queryPrints finds the newest observation of every ref up to a row, late ones aside. It steps from ref to ref by the index: the
// journal may be long. Late rows that are newer than it come as well: one could be it, with a flipped bit.
const queryPrints = `WITH RECURSIVE refs (source, ref) AS (
	SELECT * FROM (SELECT source, ref FROM observation ORDER BY source, ref LIMIT 1)
	UNION ALL
	SELECT next.source, next.ref FROM refs CROSS JOIN observation AS next ON next.id = coalesce(
		(SELECT id FROM observation WHERE source = refs.source AND ref > refs.ref ORDER BY ref LIMIT 1),
		(SELECT id FROM observation WHERE source > refs.source ORDER BY source, ref LIMIT 1))
)
SELECT o.id, o.source, o.ref, o.device, o.observed_at, o.recorded_at, o.novelty, o.late, o.print, o.body, o.crc
FROM refs CROSS JOIN observation AS o ON o.source = refs.source AND o.ref = refs.ref AND o.id <= ?1 AND o.id >= coalesce(
	(SELECT id FROM observation WHERE source = refs.source AND ref = refs.ref AND late = 0 AND id <= ?1 ORDER BY id DESC LIMIT 1), 0)`

func (s *Store) loadPrints(ctx context.Context, l *pipeline.Loaded) error {
	return s.each(ctx, s.t.observation, queryPrints, []any{int64(math.MaxInt64)}, func(c columns) error {
		if c.int(7) == 1 {
			return nil
		}
		ref := device.SourceRef{Source: c.text(1), Ref: c.text(2)}
		l.Prints[ref] = uint64(c.int(8))
		return takeAlerts(l, ref, c.blob(9))
	})
}

// takeAlerts keeps what a ref reports in the body of its newest row.
func takeAlerts(l *pipeline.Loaded, ref device.SourceRef, body []byte) error {
	alerts, err := pipeline.ReportedIn(body)
	if len(alerts) > 0 {
		l.Alerts[ref] = alerts
	}
	return err
}

// checkEnd makes sure that the journal has the events of the last commit: cursors count on it.
func (s *Store) checkEnd(ctx context.Context, l *pipeline.Loaded) error {
	seq, err := s.LastSeq(ctx)
	if err != nil {
		return err
	}
	if seq != l.LastSeq {
		return &CorruptError{Table: "event", Row: fmt.Sprint(l.LastSeq), Cause: fmt.Sprintf("the newest event is %d", seq)}
	}
	return nil
}
