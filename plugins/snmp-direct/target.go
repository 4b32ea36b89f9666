package snmpdirect

import (
	"cmp"
	"context"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/quorate/quorate/device"
)

// shortest is the time between two samples below which rates would be noise.
const shortest = time.Second

// target is one device and what is remembered of it.
type target struct {
	name, host string
	ways       []way
	profiles   []*profile
	forced     *profile // by configuration
	now        func() time.Time

	slow atomic.Bool   // it took long in the last poll
	turn chan struct{} // holds one token while the device is asked; it guards what follows

	good    int   // the way that worked last, or came closest to it; -1 before the first
	sweep   pause // until the other ways are tried again
	peer    peer
	memory  *memory
	remote  string // the address that answered last
	system  *system
	profile *profile
	fitted  string // what the profile was chosen by

	readAt    time.Time // when the last poll that was answered began to read
	tables    []held    // of the profile's tables; the last holds the single objects
	parts     []*part   // made of tables
	sensors   []*part
	entities  *entities      // names of sensors; nil while they are to be read
	resources []*part        // processors, memory and volumes
	ticks     *cpuTicks      // of the processors, at the last poll
	joined    map[string]any // what the profile's tables need of other tables, by full name

	ifaces    []*iface
	before    *sample
	schedule  *schedule
	hints     hints
	addresses map[netip.Addr]string
	chassis   chassis
	vlans     []device.VLAN
	powered   []*part         // of Power over Ethernet
	delivered map[string]bool // ports that have delivered power since this source runs

	neighbourhood *neighbourhood
	neighbours    []device.Link
	learnt        map[string]learnt
	behind        []device.Link // made of learnt, for the neighbourhood of linkedAt
	linked        bool
	linkedAt      int

	// problems are the groups that could not be read, with the reason.
	problems map[string]string
}

// held is what a table held when it was read last.
type held struct {
	columns [][]cell
	values  []gosnmp.SnmpPDU // of single objects
	at      time.Time
}

// newTarget returns a device that was never asked. Slow groups are read every slow interval.
func newTarget(name, host string, profiles []*profile, slow time.Duration, now func() time.Time) *target {
	return &target{
		schedule: newSchedule(name, slow), hints: hints{}, delivered: map[string]bool{}, neighbourhood: newNeighbourhood(nil),
		name: name, host: host, profiles: profiles, now: now, good: -1, peer: peer{now: now},
		turn: make(chan struct{}, 1), memory: newMemory(), learnt: map[string]learnt{}, problems: map[string]string{},
	}
}

// poll asks the device; slow groups are begun before the instant slowUntil only, or if they were never read. The only
// errors are that of an ended context and errCut. A nil turn is of a device that is asked alone.
func (t *target) poll(ctx context.Context, slowUntil time.Time, turn *turn) (device.Observation, error) {
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return device.Observation{}, context.Cause(ctx)
	}
	defer t.timed(time.Now())
	s, sys, err := t.connect(ctx, turn)
	if ended(err) {
		return device.Observation{}, err
	}
	if err != nil {
		f := asFailure(err)
		if f.cut {
			return t.notAsked(), errCut
		}
		return t.unanswered(f), nil
	}
	defer s.close()
	t.remote, t.system = s.remote(), sys
	r := &round{target: t, session: s, slowUntil: slowUntil}
	if err := r.read(); err != nil {
		return device.Observation{}, err
	}
	return t.answered(r.readings), nil
}

// detect chooses the profile again whenever the device describes itself differently.
func (t *target) detect(s *session) error {
	fits := t.system.object + "\n" + t.system.rawDescr
	if t.profile != nil && t.fitted == fits {
		return nil
	}
	if t.profile == nil {
		t.use(t.profiles[len(t.profiles)-1])
	}
	p := t.forced
	if p == nil {
		var err error
		if p, err = detect(s, t.system, t.profiles); err != nil {
			return err
		}
	}
	if p != t.profile {
		t.use(p)
	}
	t.fitted = fits
	t.schedule.hasten()
	return nil
}

// use makes p the device's profile. What another profile read means nothing to it.
func (t *target) use(p *profile) {
	t.profile, t.tables = p, make([]held, len(p.Tables)+1)
	t.parts, t.sensors, t.resources, t.ticks, t.entities = nil, nil, nil, nil, nil
	t.joined = map[string]any{}
	t.problems = map[string]string{}
	t.peer.bulk.never = p.GetNext
}

// readIdentity reads what hardly changes: addresses, and the names that the profile or ENTITY-MIB knows.
func (t *target) readIdentity(s *session) error {
	addresses, err := readAddresses(s)
	if err != nil {
		return err
	}
	t.addresses, t.entities = addresses, nil
	t.joined = map[string]any{} // names are read again with the next poll
	found, err := t.profile.Identity.read(s, t.system.object)
	if err != nil {
		return err
	}
	if placeholder(found.serial) {
		entity, err := readChassis(s)
		if err != nil {
			return err
		}
		found.serial = entity.serial
		found.model = cmp.Or(found.model, entity.model)
	}
	t.chassis = found
	return nil
}

func (t *target) uptime() []device.Reading {
	up, ok := t.system.hostUptime, t.system.hasHostUptime
	if !ok {
		up, ok = t.system.uptime, t.system.hasUptime
	}
	if !ok {
		return nil
	}
	return []device.Reading{{Quantity: "uptime", Value: up.Seconds(), Unit: "s"}}
}
