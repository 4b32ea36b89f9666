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
	orders   *Orders // live there are no snapshots beside them
	refused  error   // why orders cannot be carried out
	rejected []device.Rejection

	who    identity.Outcome
	truth  consensus.Outcome
	alerts []device.Event // of what the sources themselves report
	// missed are the refs whose alerts ended since an answer came without their device, forgotten those whose device a
	// person had forgotten.
	missed, forgotten []*seen
	record            *Record
	failed            error   // why a stage gave up
	mem               *memory // read only
}

// snap is one snapshot. The lists are by observation.
type snap struct {
	device.Snapshot
	probe bool

	// twice are the refs that the instant has more than once; nil means none.
	twice map[string]bool

	obs      []*device.Observation
	times    []time.Time // of measurement, in the agent's clock
	seen     []*seen     // nil at the first contact
	prints   []uint64
	said     []uint64 // fingerprints of the claims alone
	assigned []identity.Assignment
	novelty  []Novelty
	// links is, by the place of an observation, what hangs on its device, of those that have said so.
	links map[int][]consensus.Link
	// aside counts the observations that were left out: what they follow is not there.
	aside int
	// alerts is, by the place of an observation, what its ref reports from now on; nil means all as before.
	alerts map[int][]device.Alert
}

// newInstant prepares snapshots for the stages. Sources that are not configured are rejected.
func newInstant(at time.Time, restart bool, snapshots []submitted, cfg *Config, mem *memory) *instant {
	in := &instant{at: at, restart: restart, mem: mem}
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
		sn.whole()
		sn.repeatAlerts(mem)
		sn.date(mem.source(sn.Source), cfg.Consensus.ClockSlack())
		in.snaps = append(in.snaps, sn)
	}
	slices.SortStableFunc(in.snaps, func(a, b snap) int { return cmp.Compare(a.Source, b.Source) })
	in.findTwice(mem)
	return in
}

// whole cuts times to whole microseconds, as they are stored: what is judged is what is recorded. The publisher's own
// observations stay as they are.
func (s *snap) whole() {
	s.SourceClock = s.SourceClock.Truncate(time.Microsecond)
	owned := false
	for i := range s.Observations {
		o := &s.Observations[i]
		odd := o.ObservedAt.Nanosecond() % int(time.Microsecond)
		for c := range o.Claims {
			odd |= o.Claims[c].ObservedAt.Nanosecond() % int(time.Microsecond)
		}
		if odd == 0 {
			continue
		}
		if !owned {
			s.Observations, owned = slices.Clone(s.Observations), true
			o = &s.Observations[i]
		}
		o.ObservedAt = o.ObservedAt.Truncate(time.Microsecond)
		o.Claims = slices.Clone(o.Claims)
		for c := range o.Claims {
			o.Claims[c].ObservedAt = o.Claims[c].ObservedAt.Truncate(time.Microsecond)
		}
	}
}

// repeatAlerts lets a tie-breaker's word, and that of a poll which covers only a part, say again what it leaves out of
// what its ref had reported: it ends nothing, and it is the word that a restart goes on from.
func (s *snap) repeatAlerts(mem *memory) {
	if !s.Partial && !s.probe || len(mem.alerts) == 0 {
		return
	}
	owned := false
	for i := range s.Observations {
		had := mem.open(mem.sources[s.Source].of(s.Observations[i].Ref))
		if len(had) == 0 {
			continue
		}
		if !owned {
			s.Observations, owned = slices.Clone(s.Observations), true
		}
		o := &s.Observations[i]
		o.Alerts = slices.Clone(o.Alerts)
		for _, a := range had {
			if !slices.ContainsFunc(o.Alerts, func(b device.Alert) bool { return b.Ref == a.Ref }) {
				o.Alerts = append(o.Alerts, a)
			}
		}
	}
}

// date finds what is known of each ref and puts the measurements on the agent's clock.
func (s *snap) date(mem *sourceMemory, slack time.Duration) {
	n := len(s.Observations)
	var shift time.Duration
	if !s.SourceClock.IsZero() {
		if d := s.At.Sub(s.SourceClock); d.Abs() > slack {
			shift = d
		}
	}
	s.obs, s.times, s.seen = make([]*device.Observation, n), make([]time.Time, n), make([]*seen, n)
	s.prints, s.said, s.novelty = make([]uint64, n), make([]uint64, n), make([]Novelty, n)
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

// behind marks the observations that are older than what is held of their refs; nil means none. A date that nothing is
// held of any more is forgotten.
func (s *snap) behind(held *consensus.State) []bool {
	var late []bool
	for i, t := range s.times {
		known := s.seen[i]
		if known == nil || !t.Before(known.newest) {
			continue
		}
		if t.Before(held.Newest(device.SourceRef{Source: s.Source, Ref: known.ref})) {
			if late == nil {
				late = make([]bool, len(s.times))
			}
			late[i] = true
		}
	}
	return late
}
