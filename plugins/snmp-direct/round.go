package snmpdirect

import (
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// The slow groups, as alerts call them.
const (
	groupMarks      = "marks of change"
	groupNames      = "interface names"
	groupIdentity   = "identity"
	groupAddresses  = "addresses of others"
	groupPower      = "power over Ethernet"
	groupVLANs      = "VLANs"
	groupNeighbours = "neighbours"
	groupForwarding = "forwarding"
)

// round is one reading of a device that answers: one group after the other. A group that cannot be read keeps what was
// read before, and is told as a problem; once the device falls silent the rest is not asked for.
type round struct {
	*target
	session   *session
	slowUntil time.Time // slow groups are begun before it
	readings  []device.Reading
	stop      error // an ended context
	silent    bool
}

// read reads what is due: status and counters, and then what hardly changes. The only error is that of an ended context.
func (r *round) read() error {
	t, s := r.target, r.session
	t.readAt = t.now()
	r.step("kind of device", func() error { return t.detect(s) })
	r.slow(groupMarks, "", func() error { return t.hints.read(s) })
	collects := func(what string) bool { return slices.Contains(t.profile.Collect, what) }
	t.readParts(s, r.step)
	if collects(collectSensors) {
		r.step("sensors", func() error { return t.readSensors(s) })
	}
	if collects(collectInterfaces) {
		r.step("interfaces", func() error {
			all, err := t.readInterfaces(s)
			r.readings = append(r.readings, all...)
			return err
		})
	}
	if collects(collectStorage) {
		r.step("storage", func() error {
			parts, after, err := readHost(s, t.ticks, t.readAt)
			if err == nil {
				t.resources, t.ticks = parts, after
			}
			return err
		})
	}
	if len(t.powered) > 0 {
		r.step(groupPower, func() error { return t.readPoE(s) })
	}
	s.until = r.between()
	r.slow(groupIdentity, markEntity, func() error { return t.readIdentity(s) })
	if collects(collectInterfaces) {
		r.slow(groupAddresses, "", func() error {
			addresses, err := readARP(s, t.ifaces)
			if err == nil {
				t.neighbourhood.learn(t.name, macs(t.ifaces), addresses, t.readAt)
			}
			return err
		})
	}
	if collects(collectForwarding) {
		if len(t.powered) == 0 {
			r.slow(groupPower, "", func() error { return t.readPoE(s) })
		}
		r.slow(groupVLANs, markVLANs, func() error {
			vlans, err := readVLANs(s, t.ifaces)
			if err == nil {
				t.vlans = vlans
			}
			return err
		})
		r.slow(groupForwarding, "", func() error {
			t.linked = false
			return readForwarding(s, t.ifaces, t.learnt, t.readAt)
		})
	}
	if collects(collectNeighbours) {
		r.slow(groupNeighbours, markNeighbours, func() error {
			links, err := readNeighbours(s, t.ifaces)
			if err == nil {
				t.neighbours = links
			}
			return err
		})
	}
	r.readings = append(r.readings, t.measured()...)
	r.readings = append(r.readings, t.uptime()...)
	return r.stop
}

// allParts are the parts by what they were read from, in the order in which they are believed.
func (t *target) allParts() [][]*part { return [][]*part{t.parts, t.sensors, t.resources, t.powered} }

// measured are the readings of the parts that were read in this poll. Where two tables measure the same, the profile's
// goes first.
func (t *target) measured() []device.Reading {
	type measured struct{ component, quantity string }
	seen := map[measured]bool{}
	var list []device.Reading
	for _, parts := range t.allParts() {
		var these []device.Reading
		for _, p := range parts {
			if !p.at.Equal(t.readAt) {
				continue
			}
			for _, m := range p.readings {
				if !seen[measured{m.Component, m.Quantity}] {
					these = append(these, m)
				}
			}
		}
		for _, m := range these {
			seen[measured{m.Component, m.Quantity}] = true
		}
		list = append(list, these...)
	}
	return list
}

// readPoE reads Power over Ethernet: with each poll where there is any.
func (t *target) readPoE(s *session) error {
	parts, err := readPoE(s, t.ifaces, t.delivered, t.readAt)
	if err == nil {
		t.powered = parts
	}
	return err
}

// step reads one group.
func (r *round) step(what string, read func() error) {
	if r.stop != nil || r.silent {
		return
	}
	err := read()
	switch {
	case err == nil:
		delete(r.problems, what)
	case ended(err):
		r.stop = err
	default:
		f := asFailure(err)
		r.problems[what] = f.Error()
		r.silent = !f.answered()
	}
}

// slow reads one group that hardly changes, if it is due and the poll has time for it. What there was no time for is read
// in a later poll; once it has waited for an interval that is told as a problem.
func (r *round) slow(what, mark string, read func() error) {
	now, hint := r.readAt, r.hints[mark]
	if r.stop != nil || r.silent || !r.schedule.due(what, now, hint) {
		return
	}
	err := error(&failure{class: classPutOff})
	if time.Now().Before(r.slowUntil) || r.schedule.fresh(what) {
		err = read()
	}
	if err != nil && !ended(err) && asFailure(err).class == classPutOff {
		r.schedule.putOff(what, now)
		if r.schedule.overdue(what, now) {
			r.problems[what] = string(classPutOff) + " nor in those before it: give the source a longer timeout"
		}
		return
	}
	r.step(what, func() error { return err })
	switch {
	case err == nil:
		r.schedule.done(what, now, hint)
	case !ended(err):
		r.schedule.failed(what, now)
	}
}

// between is the instant halfway from slowUntil to the end of the poll: a slow group that is not done by then waits, so
// that what was read in this poll can still be handed over. It is zero where the poll has no end.
func (r *round) between() time.Time {
	deadline, ok := r.session.ctx.Deadline()
	if !ok {
		return time.Time{}
	}
	from := time.Now()
	if r.slowUntil.After(from) {
		from = r.slowUntil
	}
	return from.Add(deadline.Sub(from) / 2)
}
