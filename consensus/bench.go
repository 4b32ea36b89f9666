package consensus

import (
	"maps"
	"math"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// bench is what a vote is weighed with at one instant: the numbers in force and how far each source is believed.
type bench struct {
	cfg    *Config
	rules  Rules
	at     time.Time
	seats  []*seat  // of the configured sources, in the order of their names
	seated []string // their names

	ballots []ballot // scratch, valid until the next tally
}

// seat is a configured source with how far it is believed at this instant.
type seat struct {
	name     string
	domain   string
	interval time.Duration
	trust    float64
	anchors  []string
	canProbe bool
	// first says that it is asked before others.
	first bool

	mass  bool // suspect for a mass change: its downs and not-oks abstain
	short bool // suspect for a short snapshot: its downs abstain
	lost  bool // has lost its own network: its downs abstain
	alone bool // may have lost it, while mass changes are being judged
}

func newBench(cfg *Config, at time.Time, source func(string) *SourceState) bench {
	b := bench{
		cfg: cfg, rules: cfg.Defaults.orDefaults(), at: at,
		seats: make([]*seat, 0, len(cfg.Sources)), seated: slices.Sorted(maps.Keys(cfg.Sources)),
	}
	for _, name := range b.seated {
		c := cfg.Sources[name]
		s := &seat{
			name: name, domain: c.FaultDomain, interval: c.Interval, trust: c.Trust, anchors: c.Anchors,
			canProbe: c.CanProbe, first: c.ProbeFirst,
		}
		or(&s.domain, name)
		or(&s.trust, 1)
		s.believe(source(name))
		b.seats = append(b.seats, s)
	}
	return b
}

// believe takes over from st how far the source is believed.
func (s *seat) believe(st *SourceState) {
	s.mass = st.Mass != nil && st.Mass.Suspect
	s.short = st.Short > 0
	s.lost = st.Lost
}

// seat returns the seat of a source, or nil if it is not configured. There are a handful: looking at each is the
// fastest.
func (b *bench) seat(name string) *seat {
	for _, s := range b.seats {
		if s.name == name {
			return s
		}
	}
	return nil
}

// terms are the numbers that a device may have of its own.
type terms struct {
	quorum, confirm int
	disputeTimeout  time.Duration
	onDispute       device.State
	trust           map[string]float64
}

func (b *bench) terms(name string) terms {
	r := &b.rules
	t := terms{quorum: r.Quorum, confirm: r.Confirm, disputeTimeout: r.DisputeTimeout, onDispute: r.OnDispute}
	if len(b.cfg.Overrides) == 0 {
		return t
	}
	o, ok := b.cfg.Overrides[name]
	if !ok {
		return t
	}
	if o.Quorum != nil {
		t.quorum = *o.Quorum
	}
	if o.Confirm != nil {
		t.confirm = *o.Confirm
	}
	if o.DisputeTimeout != nil {
		t.disputeTimeout = *o.DisputeTimeout
	}
	if o.OnDispute != nil {
		t.onDispute = *o.OnDispute
	}
	t.trust = o.Trust
	return t
}

// intervals is f times a duration.
func intervals(f float64, d time.Duration) time.Duration {
	if x := f * float64(d); x < math.MaxInt64 {
		return time.Duration(x)
	}
	return math.MaxInt64
}

// maxInterval bounds the measuring interval of a claim. Nobody measures less often than once a year, and sums of it
// stay far from the end of what a time.Duration holds.
const maxInterval = 365 * 24 * time.Hour
