package librenms

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"net/netip"
	"runtime/debug"
	"time"

	"github.com/quorate/quorate/device"
)

// Poll emits what LibreNMS says of each device. Nothing is emitted before the devices were read and believed, and
// everything else was read or given up: what a poll can do without costs it nothing but itself.
func (s *Source) Poll(ctx context.Context, emit func(device.Observation) error) error {
	if s.api.http == nil {
		return errNotConfigured
	}
	defer s.api.http.Close()
	l, err := s.look(ctx)
	if err != nil {
		return err
	}
	if s.readDetails(ctx, l) || len(l.devices) >= manyDevices {
		// Long lists leave several times of what is kept of them behind, and the next poll is a minute away.
		defer debug.FreeOSMemory()
	}
	if ctx.Err() != nil {
		return fmt.Errorf("read the details: %w", context.Cause(ctx))
	}
	for i := range l.devices {
		// Made one at a time and let go: all of them at once take more memory than what they are made of.
		if err := emit(s.observe(l, i)); err != nil {
			return err
		}
	}
	return nil
}

// LibreNMS also answers so when its database fails, or when the user may not see any device.
var errNoDevice = errors.New("list devices: LibreNMS answers without an error and with no device at all: its database may be failing (run validate.php), or the token's user may see nothing (give it global-read)")

// manyDevices is from how many on a poll leaves enough behind to be worth giving back to the system.
const manyDevices = 1000

// looked is what one poll found out about the devices.
type looked struct {
	round
	devices []seen
	words   []said // one a device
	index   map[string]int
	owner   map[netip.Addr]string // which device is polled at an address, "" where several are
}

// said is what the source says of a device's facets: claims, or the reason for none.
type said struct {
	claims  []device.Claim
	abstain device.Abstention
}

// known finds a device, nil where there is none of that id.
func (l *looked) known(id string) *seen {
	if i, ok := l.index[id]; ok {
		return &l.devices[i]
	}
	return nil
}

// look reads the devices and judges them.
func (s *Source) look(ctx context.Context) (*looked, error) {
	rows, dropped, err := s.api.devices(ctx)
	if err != nil {
		return nil, fmt.Errorf("list devices: %w", advise(err))
	}
	if dropped != s.dropped {
		slog.Warn("rows of the device list are no devices and were left out", "rows", dropped)
		s.dropped = dropped
	}
	if len(rows) == 0 {
		return nil, errNoDevice
	}
	l := &looked{round: round{now: s.theirNow(), step: time.Duration(s.config.Step)}}
	devices, err := s.date(ctx, rows, &l.round)
	if err != nil {
		return nil, err
	}
	s.watchLone(devices, l.now)
	l.answersSNMP = func(d seen) bool {
		since, ok := s.loneSince[d.id]
		return ok && l.now.Sub(since) > l.step+time.Minute && s.triesBoth(ctx)
	}
	if l.devices, err = s.choose(ctx, devices); err != nil {
		return nil, err
	}
	l.words, l.index, l.owner = make([]said, len(l.devices)), make(map[string]int, len(l.devices)), polledBy(l.devices)
	for i, d := range l.devices {
		l.words[i].claims, l.words[i].abstain = l.says(d)
		l.index[d.id] = i
	}
	s.pushes.know(l.devices)
	return l, s.askMaintenance(ctx, l)
}

// readDetails reads all that the poll can do without, each in its own interval, the cheap and telling ones first. A
// quarter of the time is left for handing over what was read. It reports whether one of the long lists was read.
func (s *Source) readDetails(ctx context.Context, l *looked) bool {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(deadline)*3/4)
		defer cancel()
	}
	now := s.now()
	s.alerts.refresh(ctx, s.api, now, l.round, s.zone)
	s.events.refresh(ctx, s.api, now, l.round, s.zone, l.known)
	s.faults.refresh(ctx, s.api, now, l.round, &s.alerts)
	measured := s.sensors.refresh(ctx, s.api, now, l.round, l.devices)
	moved := s.ports.refresh(ctx, s.api, now, l.round, l.devices)
	if s.ports.read.IsZero() {
		return measured // Addresses and neighbours belong to a port, and a port to a device.
	}
	if sum := l.addressSum(); sum != s.polledAt {
		s.addresses.again()
		s.polledAt = sum
	}
	if s.addresses.refresh(ctx, s.api, now, &s.ports, l.owner) || moved {
		s.plates = nameplates(&s.ports, s.addresses.seen)
	}
	s.links.refresh(ctx, s.api, now, &s.ports)
	return measured || moved
}

// addressSum changes when a device has another address, or another device is there.
func (l *looked) addressSum() uint64 {
	var sum uint64
	for _, d := range l.devices {
		h := fnv.New64a()
		_, _ = h.Write([]byte(d.id))
		for _, a := range d.addresses {
			b := a.As16()
			_, _ = h.Write(b[:])
		}
		sum += h.Sum64() // The order of the list says nothing.
	}
	return sum
}

// observe makes the observation of a device.
func (s *Source) observe(l *looked, i int) device.Observation {
	d := l.devices[i]
	o := device.Observation{Identity: identity(d), Claims: l.words[i].claims, Abstain: l.words[i].abstain}
	for _, a := range s.addresses.more(d, l.owner) {
		o.Addresses = append(o.Addresses, a.String())
	}
	o.MACs = s.plates[d.id].macs(d)
	for _, c := range o.Claims {
		o.ObservedAt = later(o.ObservedAt, c.ObservedAt)
	}
	b := newBudget()
	ups := d.row.Type.String() == "power"
	s.alerts.add(&o, &s.faults, ups)
	s.events.add(&o, d)
	b.alerts(&o)
	if o.Abstain == "" {
		b.readings(&o, l.readings(d))
	}
	if o.Abstain == "" && l.managed(d) {
		of := s.sensors.of[d.id]
		b.claims(&o, of.claims(l.step))
		b.readings(&o, of.readings(l.round))
		b.readings(&o, s.ports.readings(d.id, l.round))
	}
	b.links(&o, s.links.of(d.id, l.known, s.plates))
	return o
}
