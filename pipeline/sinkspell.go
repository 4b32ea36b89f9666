package pipeline

import (
	"fmt"
	"time"

	"github.com/quorate/quorate/device"
)

// failingAfter is how long a sink takes nothing before that is an event: a hiccup is none.
const failingAfter = time.Minute

// spell is a stretch in which a sink fails. It lasts until the sink has everything: one that takes an event now and
// then does not fail and recover each time.
type spell struct {
	timer *time.Timer // runs while nothing is taken
	said  bool        // in the log
	stuck bool        // also that it is stuck
	told  bool        // as an event
	// mine is how many events the sink has caused itself since it last had everything. As long as nothing else waits
	// for it there is nothing to tell: telling would go on for ever.
	mine int64
	// dropped counts the events passed over; it is told at next, ten times as many, and so on.
	dropped, saidDropped, next int64
}

// minute fires when it is time to tell; nil where nothing is to be told.
func (s *spell) minute() <-chan time.Time {
	if s.timer == nil {
		return nil
	}
	return s.timer.C
}

func (s *spell) end() {
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
}

// fails notes that the sink takes nothing, for whoever looks and, the first time in a spell, in the log.
func (d *drain) fails(state device.SinkState, err error) {
	d.gauge.fails(state, err, d.clock())
	s := &d.spell
	if s.timer == nil && !s.told {
		s.timer = time.NewTimer(failingAfter)
	}
	stuck := state == device.SinkStuck
	if s.said && (s.stuck || !stuck) {
		return
	}
	s.said, s.stuck = true, s.stuck || stuck
	d.log.Warn("sink failing, trying again", "sink", d.name, "state", string(state), "err", err)
}

// works notes that the sink has taken all that it was given. The spell goes on until that was everything.
func (d *drain) works() {
	d.tries = 0
	d.spell.end()
	d.gauge.works()
}

// caughtUp notes that the sink has everything.
func (d *drain) caughtUp() {
	s := &d.spell
	if d.owes != nil || d.unsaid.Load() > 0 || d.newest() > d.at {
		return // what it has caused itself is still to come
	}
	was := *s
	s.end()
	*s = spell{next: 1}
	if was.said {
		d.log.Info("sink works again", "sink", d.name)
	}
	if was.saidDropped > 0 && was.saidDropped < was.dropped {
		d.tellDropped()
	}
	if was.told {
		d.tellOf(device.Event{Type: device.EventSinkRecovered, Text: d.name + " has taken all events that waited for it"})
	}
}

// tellFailing records that the sink has taken nothing for a while, once in a spell.
func (d *drain) tellFailing() {
	d.spell.end()
	waits := d.newest() - d.at
	if waits <= d.spell.mine && d.owes == nil {
		d.spell.timer = time.NewTimer(failingAfter)
		return
	}
	d.spell.told = true
	since := d.gauge.failingSince()
	d.tellOf(device.Event{
		Type: device.EventSinkFailing, Since: since,
		Text: fmt.Sprintf("%s has taken no event since %s: %d wait for it", d.name, since.UTC().Format("15:04:05 UTC"), waits),
	})
}

// noteDropped counts events that were passed over, and tells of the first, the tenth, the hundredth and so on.
func (d *drain) noteDropped(n int64) {
	s := &d.spell
	s.dropped += n
	if s.dropped <= s.mine || s.dropped < s.next {
		return
	}
	for s.next = max(s.next, 1); s.next <= s.dropped; s.next *= 10 {
	}
	s.saidDropped = s.dropped
	d.log.Warn("sink not given events: more wait than may", "sink", d.name, "events", s.dropped, "cap", d.route.Load().Cap)
	d.tellDropped()
}

func (d *drain) tellDropped() {
	d.tellOf(device.Event{
		Type: device.EventSinkDropped, Count: d.tally.Dropped,
		Text: fmt.Sprintf("%s is not given events: more than %d waited for it, %d were passed over so far", d.name, d.route.Load().Cap, d.tally.Dropped),
	})
}

func (d *drain) tellOf(e device.Event) {
	e.Sink = d.name
	d.unsaid.Add(1)
	if d.tell(e, func() { d.unsaid.Add(-1) }) {
		d.spell.mine++
	}
}
