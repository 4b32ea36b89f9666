package blogsink

import (
	"slices"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/chart"
)

// course is what devices and sources were at each time of a milestone, by the events about them.
type course struct {
	begin   time.Time
	devices map[device.ID]*track
	sources map[string]*track
}

func newCourse() *course {
	return &course{devices: map[device.ID]*track{}, sources: map[string]*track{}}
}

// track is what one of them was, stretch after stretch. The last one lasts on.
type track struct {
	began time.Time // when it came to be known, or the period began
	fresh bool      // it was discovered, and has no verdict yet
	sums  map[chart.State]time.Duration
	past  []stretch
	state chart.State
	from  time.Time
	// A source may be blind and not believed at once: when each began, zero where it is not so.
	blind, suspect time.Time
	dark           []stretch // the times in which it was blind
}

// stretch is a time in one state.
type stretch struct {
	from, to time.Time
	state    chart.State
}

// maxStretches bounds what is kept of one track for pictures. Neighbours are taken together then, as the worse of the
// two; the sums stay exact.
const maxStretches = 1000

func newTrack(at time.Time, s chart.State) *track {
	return &track{began: at, from: at, state: s, sums: map[chart.State]time.Duration{}}
}

// turn ends the stretch that lasts and begins the next.
func (t *track) turn(at time.Time, s chart.State) {
	if s == t.state {
		return
	}
	if at.After(t.from) {
		t.sums[t.state] += at.Sub(t.from)
		t.past = append(t.past, stretch{t.from, at, t.state})
	}
	t.state, t.from = s, at
	if len(t.past) > maxStretches {
		half := t.past[:0]
		for i := 0; i+1 < len(t.past); i += 2 {
			half = append(half, stretch{t.past[i].from, t.past[i+1].to, max(t.past[i].state, t.past[i+1].state)})
		}
		if len(t.past)%2 == 1 {
			half = append(half, t.past[len(t.past)-1])
		}
		t.past = half
	}
}

// until are all stretches, the last one up to end.
func (t *track) until(end time.Time) []stretch {
	if !end.After(t.from) {
		return t.past
	}
	return append(slices.Clip(t.past), stretch{t.from, end, t.state})
}

// sum is how long it was in a state up to end.
func (t *track) sum(s chart.State, end time.Time) time.Duration {
	d := t.sums[s]
	if t.state == s && end.After(t.from) {
		d += end.Sub(t.from)
	}
	return d
}

// statusState is how a device's status is drawn and counted. A degraded device answers: it is up.
func statusState(s device.Status) chart.State {
	switch s {
	case device.StatusUp:
		return chart.Up
	case device.StatusDegraded:
		return chart.Degraded
	case device.StatusDown:
		return chart.Down
	}
	return chart.Unknown
}

func (c *course) add(e *device.Event) {
	if c.begin.IsZero() {
		c.begin = e.At
	}
	switch e.Type {
	case device.EventDeviceDiscovered:
		if e.Device != nil && c.devices[e.Device.ID] == nil {
			t := newTrack(e.At, chart.Unknown)
			t.fresh = true
			c.devices[e.Device.ID] = t
		}
	case device.EventVerdictChanged:
		if e.Device == nil {
			return
		}
		t := c.devices[e.Device.ID]
		if t == nil {
			t = newTrack(c.begin, statusState(device.Status(e.From)))
			c.devices[e.Device.ID] = t
		}
		if s := statusState(device.Status(e.To)); t.fresh && s != chart.Unknown {
			t.began, t.from, t.state = e.At, e.At, s // it is known from its first verdict on
		} else {
			t.turn(e.At, s)
		}
		t.fresh = false
	case device.EventSourceBlind, device.EventSourceSuspect, device.EventSourceRecovered, device.EventSourceUp:
		c.source(e)
	}
}

func (c *course) source(e *device.Event) {
	t := c.sources[e.Source]
	if t == nil {
		t = newTrack(c.begin, chart.Up)
		c.sources[e.Source] = t
	}
	switch e.Type {
	case device.EventSourceBlind:
		if t.blind.IsZero() {
			t.blind = e.At
		}
	case device.EventSourceSuspect:
		if t.suspect.IsZero() {
			t.suspect = e.At
		}
	default:
		if e.From != string(device.HealthSuspect) && !t.blind.IsZero() {
			t.dark = append(t.dark, stretch{t.blind, e.At, chart.Blind})
			t.blind = time.Time{}
		}
		if e.From != string(device.HealthBlind) {
			t.suspect = time.Time{}
		}
	}
	switch {
	case !t.suspect.IsZero():
		t.turn(e.At, chart.Suspect)
	case !t.blind.IsZero():
		t.turn(e.At, chart.Blind)
	default:
		t.turn(e.At, chart.Up)
	}
}

// darkness are the times up to end in which a source was blind.
func (c *course) darkness(source string, end time.Time) []stretch {
	t := c.sources[source]
	if t == nil {
		return nil
	}
	if t.blind.IsZero() {
		return t.dark
	}
	return append(slices.Clip(t.dark), stretch{t.blind, end, chart.Blind})
}

// device is the track of one that is watched now: from when it was known on, or over the whole period.
func (c *course) device(d *device.Current) *track {
	if t := c.devices[d.ID]; t != nil {
		return t
	}
	return newTrack(c.begin, statusState(d.Status))
}
