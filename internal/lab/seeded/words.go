package seeded

import (
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// Word is what a monitor itself holds of a device from a moment on: up, down or unknown.
type Word struct {
	At    time.Time
	State device.State
	// Why is what makes a monitor hold a device down that is up; empty where the device is down.
	Why Fault
}

// Words are what a monitor held of a device that it watches, up to the last snapshot: unknown while it does not run,
// and where it says itself that it does not know.
func (p *Play) Words(monitor, dev int) []Word {
	s := p.sources[monitor]
	i := s.watches(dev)
	if i < 0 {
		return nil
	}
	sg := &s.sights[i]
	quiet := union(s.dead, sg.paused)
	switch s.Sort {
	case SNMP:
		quiet = union(quiet, p.lab.AgentDown)
	case PRTG:
		quiet = union(quiet, s.frozen) // its probe is disconnected, and it says so
	}
	return Silence(sg.words, quiet)
}

// Silence puts spans in which nothing is said over words.
func Silence(words []Word, quiet Spans) []Word {
	if len(quiet) == 0 {
		return words
	}
	var out []Word
	for _, w := range words {
		if !quiet.Has(w.At) {
			out = append(out, w)
		}
	}
	for _, q := range quiet {
		out = append(out, Word{At: q.From, State: device.StateUnknown})
		then := Word{State: device.StateUnknown}
		for _, w := range words {
			if w.At.After(q.To) {
				break
			}
			then = w
		}
		then.At = q.To
		out = append(out, then)
	}
	slices.SortStableFunc(out, func(a, b Word) int { return a.At.Compare(b.At) })
	return out
}
