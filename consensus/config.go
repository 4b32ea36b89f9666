package consensus

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// Config is what the owner of the lab decided. It does not change while it is in force: a reload makes a new one.
type Config struct {
	// Sources are the configured sources by name. A snapshot of any other source is ignored.
	Sources map[string]Source
	// Defaults are the numbers of the rules; a zero field means the default of DefaultRules.
	Defaults Rules
	// Overrides are by device name, pin and groups already merged.
	Overrides map[string]Override
	// Parents are the configured parents, device name to names. They must not form a cycle: see Validate.
	Parents map[string][]string
	// Roots are names of devices from which everything is looked at, where Home and Gateways are not to be: what hangs on
	// what is worked out from there.
	Roots []string
	// Home is what the agent's own host is known by, and Gateways the addresses through which it sees the rest.
	Home     Home
	Gateways []string
	// Hash names this configuration in every verdict.
	Hash string
}

// Home is what the agent's own host is known by in the forwarding tables and neighbours of others.
type Home struct {
	MACs      []string
	Addresses []string
}

// Source is one configured source.
type Source struct {
	Name     string
	Interval time.Duration // between its polls
	// Trust multiplies the weight of its votes; zero means 1. An Override may set a true zero.
	Trust float64
	// FaultDomain names what fails together with it; empty means the source alone.
	FaultDomain string
	// Anchors are names of devices that it must be able to see, else it has lost its own network.
	Anchors []string
	// CanProbe says that it can be asked about one device at any time.
	CanProbe bool
	// ProbeFirst says that it is asked before others that can be.
	ProbeFirst bool
}

// Rules are the numbers of the rules. A zero field means the default.
type Rules struct {
	Quorum         int           // witnesses that must vote before anything but unknown is concluded
	Confirm        int           // measurements that confirm a change
	DisputeTimeout time.Duration // an open dispute this old ends in OnDispute
	OnDispute      device.State  // unknown, up or down

	FreshFor    float64 // intervals for which a claim keeps its full weight
	StaleAfter  float64 // intervals after which a claim abstains
	DownAt      float64 // share of down votes from which the proposal is down
	UpAt        float64 // share of down votes to which the proposal is up
	ProbeEvery  time.Duration
	SkewAfter   time.Duration // a source's clock off by more is corrected for
	RetireAfter time.Duration // of complete polls without a device, until its source no longer counts for it

	BlindAfter   int     // failed polls in a row
	LostMin      int     // reach claims, all down, that look like a lost network of the source's own
	MassShare    float64 // of a source's devices turned down at once is a mass change
	MassMin      int     // and at least so many devices
	MassWindow   float64 // poll intervals that count as at once
	MassBelieve  int     // snapshots in a row without contradiction until it is believed again
	ShortMin     int     // devices a source had, from which fewer than ShortShare of them is suspicious
	ShortShare   float64
	ShortBelieve int // equal short snapshots in a row until they are believed

	FlapSize  int
	FlapMin   int // proposals in the ring before flapping can start
	FlapStart float64
	FlapEnd   float64

	GroupWait    time.Duration // a child's first notification waits at least: for whoever notifies
	GroupWaitMax time.Duration // and at most, while a parent is pending, as does an incident of the child's own
	RestartWait  float64       // intervals of a source that a restart waits for its poll
}

// DefaultRules are the numbers in force where the configuration says nothing.
func DefaultRules() Rules {
	return Rules{
		Quorum: 1, Confirm: 3, DisputeTimeout: 10 * time.Minute, OnDispute: device.StateUnknown,
		FreshFor: 1.5, StaleAfter: 4, DownAt: 5.0 / 8, UpAt: 3.0 / 8, ProbeEvery: 10 * time.Second,
		SkewAfter: 2 * time.Second, RetireAfter: 7 * 24 * time.Hour,
		BlindAfter: 2, LostMin: 3, MassShare: 0.30, MassMin: 3, MassWindow: 1.5, MassBelieve: 2,
		ShortMin: 4, ShortShare: 0.5, ShortBelieve: 3,
		FlapSize: 20, FlapMin: 10, FlapStart: 0.30, FlapEnd: 0.25,
		GroupWait: 30 * time.Second, GroupWaitMax: 5 * time.Minute, RestartWait: 2,
	}
}

// Override holds what one device or its groups set differently; nil means not at all.
type Override struct {
	Quorum         *int
	Confirm        *int
	DisputeTimeout *time.Duration
	OnDispute      *device.State
	// Trust is by source name.
	Trust map[string]float64
}

// ClockSlack is how far a source's clock may be off before its times are corrected for it.
func (c *Config) ClockSlack() time.Duration {
	return cmp.Or(c.Defaults.SkewAfter, DefaultRules().SkewAfter)
}

func (r Rules) orDefaults() Rules {
	d := DefaultRules()
	or(&r.Quorum, d.Quorum)
	or(&r.Confirm, d.Confirm)
	or(&r.DisputeTimeout, d.DisputeTimeout)
	or(&r.OnDispute, d.OnDispute)
	or(&r.FreshFor, d.FreshFor)
	or(&r.StaleAfter, d.StaleAfter)
	or(&r.DownAt, d.DownAt)
	or(&r.UpAt, d.UpAt)
	or(&r.ProbeEvery, d.ProbeEvery)
	or(&r.SkewAfter, d.SkewAfter)
	or(&r.RetireAfter, d.RetireAfter)
	or(&r.BlindAfter, d.BlindAfter)
	or(&r.LostMin, d.LostMin)
	or(&r.MassShare, d.MassShare)
	or(&r.MassMin, d.MassMin)
	or(&r.MassWindow, d.MassWindow)
	or(&r.MassBelieve, d.MassBelieve)
	or(&r.ShortMin, d.ShortMin)
	or(&r.ShortShare, d.ShortShare)
	or(&r.ShortBelieve, d.ShortBelieve)
	or(&r.FlapSize, d.FlapSize)
	or(&r.FlapMin, d.FlapMin)
	or(&r.FlapStart, d.FlapStart)
	or(&r.FlapEnd, d.FlapEnd)
	or(&r.GroupWait, d.GroupWait)
	or(&r.GroupWaitMax, d.GroupWaitMax)
	or(&r.RestartWait, d.RestartWait)
	return r
}

func or[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// Validate reports what cannot be judged by: a source without an interval, a state that on_dispute cannot be, a number
// that is none, and a cycle among configured parents.
func (c *Config) Validate() error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(c.Sources)) {
		if s := c.Sources[name]; s.Interval <= 0 {
			errs = append(errs, fmt.Errorf("source %q: interval must be positive", name))
		}
	}
	check := func(where string, s device.State) {
		switch s {
		case "", device.StateUnknown, device.StateUp, device.StateDown:
		default:
			errs = append(errs, fmt.Errorf("%s: on_dispute is unknown, up or down, not %q", where, string(s)))
		}
	}
	check("consensus", c.Defaults.OnDispute)
	errs = append(errs, c.infinite()...)
	for _, name := range slices.Sorted(maps.Keys(c.Overrides)) {
		if s := c.Overrides[name].OnDispute; s != nil {
			check(fmt.Sprintf("device %q", name), *s)
		}
	}
	if cycle := c.parentCycle(); len(cycle) > 0 {
		errs = append(errs, fmt.Errorf("parents form a cycle: %s", strings.Join(cycle, " -> ")))
	}
	return errors.Join(errs...)
}

// infinite returns an error for each number that is not finite: nothing can be judged by it, and it has no recorded form.
func (c *Config) infinite() []error {
	var errs []error
	check := func(what string, v float64) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			errs = append(errs, fmt.Errorf("%s is %v: it takes a finite number", what, v))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Sources)) {
		check(fmt.Sprintf("source %q: trust", name), c.Sources[name].Trust)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Overrides)) {
		trust := c.Overrides[name].Trust
		for _, source := range slices.Sorted(maps.Keys(trust)) {
			check(fmt.Sprintf("device %q: trust of %s", name, source), trust[source])
		}
	}
	d := &c.Defaults
	for _, n := range []struct {
		name  string
		value float64
	}{
		{"fresh_for", d.FreshFor}, {"stale_after", d.StaleAfter}, {"down_at", d.DownAt}, {"up_at", d.UpAt}, {"mass_share", d.MassShare},
		{"mass_window", d.MassWindow}, {"short_share", d.ShortShare}, {"flap_start", d.FlapStart}, {"flap_end", d.FlapEnd}, {"restart_wait", d.RestartWait},
	} {
		check("consensus: "+n.name, n.value)
	}
	return errs
}

// parentCycle returns the names of one cycle among configured parents, first and last the same, or nil.
func (c *Config) parentCycle() []string {
	const (
		entered = 1
		left    = 2
	)
	mark := map[string]int{}
	var path, cycle []string
	var visit func(string) bool
	visit = func(name string) bool {
		switch mark[name] {
		case left:
			return false
		case entered:
			i := slices.Index(path, name)
			cycle = append(slices.Clone(path[i:]), name)
			return true
		}
		mark[name] = entered
		path = append(path, name)
		if slices.ContainsFunc(c.Parents[name], visit) {
			return true
		}
		path = path[:len(path)-1]
		mark[name] = left
		return false
	}
	if slices.ContainsFunc(slices.Sorted(maps.Keys(c.Parents)), visit) {
		return cycle
	}
	return nil
}
