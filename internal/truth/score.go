package truth

import (
	"slices"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab/seeded"
)

// Score is how one judge did on a set of devices. Times are sums over the devices.
type Score struct {
	// Watched is the time scored.
	Watched time.Duration
	// False is the time called down while the device was up. After is the part of it in the aftermath of a real outage:
	// its end was not seen yet, or it was called late.
	False, After time.Duration
	// Alarms counts the stretches of false down that are not in an aftermath, Causes how long they lasted by what
	// fooled the monitors when they began.
	Alarms int
	Causes map[seeded.Fault]time.Duration
	// UnknownUp and UnknownDown are the times without a verdict.
	UnknownUp, UnknownDown time.Duration
	// Seen are the outages that lasted longer than two intervals of the slowest witness that saw them, Watching those
	// longer than two of the slowest witness that the device has.
	Seen, Watching Calls
	// Disputes were opened.
	Disputes int
}

// Calls is what became of real outages.
type Calls struct {
	Outages int
	Missed  int // never called while they lasted
	// Delays are those of the others.
	Delays []Delay
}

// Delay is how long after its beginning an outage was called, and the interval that this is measured by.
type Delay struct{ Took, Interval time.Duration }

// aftermath is how long after a real outage an alarm still belongs to it.
const aftermath = 10 * time.Minute

// terms are what a device is scored by.
type terms struct {
	truth  seeded.Spans
	window seeded.Span
	// seen is the interval of the slowest witness that saw an outage, watching that of the slowest that the device has.
	seen     func(seeded.Span) time.Duration
	watching time.Duration
}

// add scores what was held of one device within a window; why is what fooled who holds it.
func (s *Score) add(says []seeded.Word, t terms, why func(time.Time) seeded.Fault) {
	truth, window := t.truth, t.window
	s.Watched += window.Length()
	segments := stretch(says, window)
	for _, g := range segments {
		switch g.state {
		case device.StateDown:
			s.alarm(g.Span, truth, why)
		case device.StateUnknown:
			down := overlap(truth, g.Span)
			s.UnknownDown += down
			s.UnknownUp += g.Length() - down
		}
	}
	for _, o := range truth {
		if o.From.Before(window.From) {
			continue
		}
		s.Seen.add(segments, o, t.seen(o))
		s.Watching.add(segments, o, t.watching)
	}
}

// add notes whether and when an outage of more than two intervals was called.
func (c *Calls) add(segments []segment, o seeded.Span, interval time.Duration) {
	if o.Length() <= 2*interval {
		return
	}
	c.Outages++
	for _, g := range segments {
		if g.state == device.StateDown && g.From.Before(o.To) && o.From.Before(g.To) {
			c.Delays = append(c.Delays, Delay{max(0, g.From.Sub(o.From)), interval})
			return
		}
	}
	c.Missed++
}

// alarm scores a stretch of down.
func (s *Score) alarm(g seeded.Span, truth seeded.Spans, why func(time.Time) seeded.Fault) {
	from := g.From // up to here the stretch is scored
	var before time.Time
	free := func(to time.Time) {
		if !to.After(from) {
			return
		}
		s.False += to.Sub(from)
		if !before.IsZero() && from.Sub(before) < aftermath {
			s.After += to.Sub(from)
			return
		}
		s.Alarms++
		s.blame(why(from), to.Sub(from))
	}
	for _, o := range truth {
		if o.To.After(from) {
			if !o.From.Before(g.To) {
				break
			}
			free(o.From)
			from = o.To
		}
		before = o.To
	}
	free(g.To)
}

func (s *Score) blame(f seeded.Fault, d time.Duration) {
	if s.Causes == nil {
		s.Causes = map[seeded.Fault]time.Duration{}
	}
	s.Causes[f] += d
}

// segment is a stretch of time in which one thing was held.
type segment struct {
	seeded.Span
	state device.State
}

// stretch makes words the segments that fill a window; before the first word nothing is known.
func stretch(says []seeded.Word, window seeded.Span) []segment {
	out := []segment{{seeded.Span{From: window.From, To: window.To}, device.StateUnknown}}
	for _, w := range says {
		if !w.At.Before(window.To) {
			break
		}
		last := &out[len(out)-1]
		switch {
		case last.state == w.State:
		case !w.At.After(last.From):
			last.state = w.State
			if n := len(out); n > 1 && out[n-2].state == w.State {
				out[n-2].To = window.To
				out = out[:n-1]
			}
		default:
			last.To = w.At
			out = append(out, segment{seeded.Span{From: w.At, To: window.To}, w.State})
		}
	}
	return out
}

// overlap is how much of the spans lies in g.
func overlap(spans seeded.Spans, g seeded.Span) time.Duration {
	var sum time.Duration
	for _, s := range spans {
		from, to := s.From, s.To
		if from.Before(g.From) {
			from = g.From
		}
		if to.After(g.To) {
			to = g.To
		}
		if to.After(from) {
			sum += to.Sub(from)
		}
	}
	return sum
}

// merge adds the score of other devices.
func (s *Score) merge(o *Score) {
	s.Watched += o.Watched
	s.False += o.False
	s.After += o.After
	s.Alarms += o.Alarms
	for f, d := range o.Causes {
		s.blame(f, d)
	}
	s.UnknownUp += o.UnknownUp
	s.UnknownDown += o.UnknownDown
	s.Seen.merge(&o.Seen)
	s.Watching.merge(&o.Watching)
	s.Disputes += o.Disputes
}

func (c *Calls) merge(o *Calls) {
	c.Outages += o.Outages
	c.Missed += o.Missed
	c.Delays = append(c.Delays, o.Delays...)
}

// days are the device days watched.
func (s *Score) days() float64 { return s.Watched.Hours() / 24 }

// perDays is a sum of times in minutes for each thousand device days.
func (s *Score) perDays(sum time.Duration) float64 { return sum.Minutes() / s.days() * 1000 }

// Median is the median delay over all outages, a missed one being later than all others, as a time and in intervals.
// It is false where half of the outages or more were missed, and where there was none.
func (c *Calls) Median() (took time.Duration, intervals float64, ok bool) {
	k := (c.Outages - 1) / 2
	if c.Outages == 0 || k >= len(c.Delays) {
		return 0, 0, false
	}
	times := make([]time.Duration, 0, len(c.Delays))
	shares := make([]float64, 0, len(c.Delays))
	for _, d := range c.Delays {
		times = append(times, d.Took)
		shares = append(shares, float64(d.Took)/float64(d.Interval))
	}
	slices.Sort(times)
	slices.Sort(shares)
	return times[k], shares[k], true
}
