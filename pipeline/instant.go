package pipeline

import (
	"cmp"
	"slices"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
)

// instant is one batch on its way through the stages: identify, dedupe, vote, record. Each reads the View of the last
// commit and writes its own part; nothing is kept until the record is committed.
type instant struct {
	at      time.Time
	restart bool
	// snaps are the snapshots of configured sources, one a source, in the order of their names; a failed one has no
	// observations.
	snaps []snap
	// extra are events of the agent's own, rejected what could not be processed.
	extra    []device.Event
	orders   *Orders // then there are no snapshots
	refused  error   // why orders cannot be carried out
	rejected []device.Rejection

	who    identity.Outcome
	truth  consensus.Outcome
	record *Record
}

// snap is one snapshot. The lists are by observation.
type snap struct {
	device.Snapshot
	probe bool

	obs      []*device.Observation
	times    []time.Time // of measurement, in the agent's clock
	seen     []*seen     // nil at the first contact
	prints   []uint64
	assigned []identity.Assignment
	novelty  []Novelty
}

// clockSlack is how far a source's clock may be off before times are corrected by it.
const clockSlack = 2 * time.Second

// newInstant prepares snapshots for the stages. Sources that are not configured are rejected.
func newInstant(at time.Time, restart bool, snapshots []submitted, cfg *Config, mem *memory) *instant {
	in := &instant{at: at, restart: restart}
	for _, s := range snapshots {
		if s.orders != nil {
			in.orders = s.orders
		}
		if s.snapshot.Source == "" {
			continue // it only moves the clock
		}
		if _, ok := cfg.Consensus.Sources[s.snapshot.Source]; !ok {
			in.rejected = append(in.rejected, device.Rejection{Source: s.snapshot.Source, Reason: "the source is not configured"})
			continue
		}
		in.rejected = append(in.rejected, s.snapshot.Rejected...)
		sn := snap{Snapshot: s.snapshot, probe: s.probe}
		sn.At = at
		if sn.Err != "" {
			sn.Observations = nil
		}
		sn.date(mem.source(sn.Source))
		in.snaps = append(in.snaps, sn)
	}
	slices.SortStableFunc(in.snaps, func(a, b snap) int { return cmp.Compare(a.Source, b.Source) })
	return in
}

// date finds what is known of each ref and puts the measurements on the agent's clock.
func (s *snap) date(mem *sourceMemory) {
	n := len(s.Observations)
	var shift time.Duration
	if !s.SourceClock.IsZero() {
		if d := s.At.Sub(s.SourceClock); d.Abs() > clockSlack {
			shift = d
		}
	}
	s.obs, s.times, s.seen = make([]*device.Observation, n), make([]time.Time, n), make([]*seen, n)
	s.prints, s.novelty = make([]uint64, n), make([]Novelty, n)
	for i := range s.Observations {
		o := &s.Observations[i]
		s.obs[i] = o
		s.seen[i] = mem.find(i, o.Ref)
		s.times[i] = s.At
		if !o.ObservedAt.IsZero() {
			if t := o.ObservedAt.Add(shift); t.Before(s.At) {
				s.times[i] = t
			}
		}
	}
}

// behind marks the observations that are older than what is known of their refs; nil means none.
func (s *snap) behind() []bool {
	var late []bool
	for i, t := range s.times {
		if known := s.seen[i]; known != nil && t.Before(known.newest) {
			if late == nil {
				late = make([]bool, len(s.times))
			}
			late[i] = true
		}
	}
	return late
}
