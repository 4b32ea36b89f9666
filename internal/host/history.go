package host

import (
	"fmt"
	"time"

	"github.com/quorate/quorate/device"
)

// history is what the supervisor remembers of the plugin's failures.
type history struct {
	failures  int         // in a row: the delay doubles with each
	crashes   []time.Time // of the last while
	probation bool        // it was quarantined and has not been well since: one more crash is enough
	told      string      // what was logged last of a plugin that cannot be started
	fell      string      // how it failed last, where that was told as an event and its return was not
}

// next counts a failure in and returns how long to wait, and whether that is a quarantine.
func (h *history) next(now time.Time, l limits, crashed bool) (time.Duration, bool) {
	delay := l.restart
	for range h.failures {
		if delay *= 2; delay >= l.restartMax {
			delay = l.restartMax
			break
		}
	}
	h.failures++
	if !crashed {
		return delay, false
	}
	h.crashes = append(recent(h.crashes, now, l.crashWindow), now)
	if len(h.crashes) < l.crashes && !h.probation {
		return delay, false
	}
	h.probation = true
	return l.quarantine, true
}

// well is called when the plugin has run for long enough: the delays begin anew.
func (h *history) well() { h.failures, h.probation = 0, false }

// recent returns those of crashes that are younger than window, in a new list.
func recent(crashes []time.Time, now time.Time, window time.Duration) []time.Time {
	var out []time.Time
	for _, c := range crashes {
		if now.Sub(c) < window {
			out = append(out, c)
		}
	}
	return out
}

// The most events that a source's plugin may cause in an hour. Those of a quarantine come besides; by their nature they
// are few.
const maxTold = 20

// tell says in the log and, not too often, in an event what became of the plugin.
func (s *Source) tell(h *history, failed *failure, text string, delay time.Duration, tooMany bool) {
	shown := delay.Round(100 * time.Millisecond)
	name := s.spec.Name
	switch {
	case tooMany:
		s.log.Error("plugin quarantined", "err", text, "retry_in", shown)
		s.host.onEvent(name, device.EventSourceQuarantined,
			fmt.Sprintf("the plugin of %s fails again and again and is left alone for %v: %s", name, delay.Round(time.Second), text))
		h.fell = failed.did()
	case failed.kind != "":
		s.log.Warn("plugin failed", "how", failed.did(), "err", text, "retry_in", shown)
		if h.fell = ""; s.told.take(time.Now()) {
			h.fell = failed.did()
			s.host.onEvent(name, failed.kind, fmt.Sprintf("the plugin of %s %s and starts again in %v: %s", name, failed.did(), shown, text))
		}
	case h.told != text:
		s.log.Warn("plugin cannot be started", "err", text)
	}
	h.told = text
}

// restarted tells that a plugin runs again whose failure was told.
func (s *Source) restarted(h *history) {
	if h.fell == "" {
		return
	}
	s.host.onEvent(s.spec.Name, device.EventSourceRestarted, fmt.Sprintf("the plugin of %s, which %s, runs again", s.spec.Name, h.fell))
	h.fell = ""
}
