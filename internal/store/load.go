package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
	"github.com/quorate/quorate/pipeline"
)

// Load returns the state of the last commit. Damage in it is ErrCorrupt: an agent must not go on from half a state.
func (s *Store) Load(ctx context.Context) (pipeline.Loaded, error) {
	l := pipeline.Loaded{
		Salt: s.salt, Consensus: consensus.NewState(), Prints: map[device.SourceRef]uint64{},
	}
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
	if l.Identity, err = s.Identity(ctx); err != nil {
		return l, fmt.Errorf("load: %w", err)
	}
	for _, load := range []func(context.Context, *pipeline.Loaded) error{s.loadConsensus, s.loadPrints, s.checkEnd} {
		if err := load(ctx, &l); err != nil {
			return l, fmt.Errorf("load: %w", err)
		}
	}
	return l, nil
}

// Identity returns who is who as of the last commit.
func (r *Reader) Identity(ctx context.Context) (*identity.State, error) {
	s := identity.NewState()
	err := r.each(ctx, r.t.identityDevice, r.t.identityDevice.selectAll("ORDER BY device"), nil, func(c columns) error {
		d := new(identity.Device)
		s.Devices[device.ID(c.text(0))] = d
		return json.Unmarshal(c.blob(1), d)
	})
	if err != nil {
		return nil, err
	}
	err = r.each(ctx, r.t.binding, r.t.binding.selectAll("ORDER BY source, ref"), nil, func(c columns) error {
		b := new(identity.Binding)
		s.Bindings[device.SourceRef{Source: c.text(0), Ref: c.text(1)}] = b
		return json.Unmarshal(c.blob(3), b)
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Store) loadConsensus(ctx context.Context, l *pipeline.Loaded) error {
	err := s.each(ctx, s.t.consensusDevice, s.t.consensusDevice.selectAll("ORDER BY device"), nil, func(c columns) error {
		d := new(consensus.Device)
		l.Consensus.Devices[device.ID(c.text(0))] = d
		return json.Unmarshal(c.blob(1), d)
	})
	if err != nil {
		return err
	}
	err = s.each(ctx, s.t.source, s.t.source.selectAll("ORDER BY source"), nil, func(c columns) error {
		x := new(consensus.SourceState)
		l.Consensus.Sources[c.text(0)] = x
		return json.Unmarshal(c.blob(1), x)
	})
	if err != nil {
		return err
	}
	return s.each(ctx, s.t.global, s.t.global.selectAll("ORDER BY only"), nil, func(c columns) error {
		g := new(consensus.Global)
		l.Consensus.Global = g
		return json.Unmarshal(c.blob(1), g)
	})
}

// queryPrints finds the newest observation of every ref, late ones aside. It steps from ref to ref by the index: the
// journal may be long.
const queryPrints = `WITH RECURSIVE refs (source, ref) AS (
	SELECT * FROM (SELECT source, ref FROM observation ORDER BY source, ref LIMIT 1)
	UNION ALL
	SELECT next.source, next.ref FROM refs CROSS JOIN observation AS next ON next.id = coalesce(
		(SELECT id FROM observation WHERE source = refs.source AND ref > refs.ref ORDER BY ref LIMIT 1),
		(SELECT id FROM observation WHERE source > refs.source ORDER BY source, ref LIMIT 1))
)
SELECT o.id, o.source, o.ref, o.device, o.observed_at, o.recorded_at, o.novelty, o.late, o.print, o.body, o.crc
FROM refs CROSS JOIN observation AS o ON o.id = (
	SELECT id FROM observation WHERE source = refs.source AND ref = refs.ref AND late = 0 ORDER BY id DESC LIMIT 1)`

func (s *Store) loadPrints(ctx context.Context, l *pipeline.Loaded) error {
	return s.each(ctx, s.t.observation, queryPrints, nil, func(c columns) error {
		l.Prints[device.SourceRef{Source: c.text(1), Ref: c.text(2)}] = uint64(c.int(8))
		return nil
	})
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
