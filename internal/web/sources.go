package web

import (
	"net/http"
	"time"

	"github.com/quorate/quorate/device"
)

// sourcesPage has what goes in and what goes out.
type sourcesPage struct {
	Sources []sourceCard
	Sinks   []device.SinkStatus
}

// sourceCard is one source as a person judges it.
type sourceCard struct {
	device.SourceStatus
	Sign, Word, Kind string
	Hint             string
	// Late is by how much its last success is older than two of its intervals, "" where it is not.
	Late string
	// Took is how long its last poll took, 0 where nobody knows.
	Took time.Duration
}

func cardOf(s device.SourceStatus, now time.Time) sourceCard {
	c := sourceCard{SourceStatus: s, Hint: sourceHint(&s)}
	switch s.Health {
	case device.HealthUp:
		c.Sign, c.Word, c.Kind = "▲", "heard", "up"
	case device.HealthBlind:
		c.Sign, c.Word, c.Kind = "◌", "blind", "unknown"
	case device.HealthSuspect:
		c.Sign, c.Word, c.Kind = "▽", "not believed", "degraded"
	default:
		c.Sign, c.Word, c.Kind = "?", clean(string(s.Health)), "unknown"
	}
	if s.Health == device.HealthUp && s.LastSuccess.IsZero() {
		c.Sign, c.Word, c.Kind = "?", "not heard yet", "unknown" // a silence never looks healthy
	}
	if over := now.Sub(s.LastSuccess) - 2*time.Duration(s.Interval); !s.LastSuccess.IsZero() && s.Interval > 0 && over > 0 {
		c.Late = age(over)
	}
	return c
}

// Every is the interval of its polls, "" where nobody knows.
func (c sourceCard) Every() string {
	if c.Interval <= 0 {
		return ""
	}
	return age(time.Duration(c.Interval))
}

func (s *Site) sourcesPage(w http.ResponseWriter, r *http.Request) {
	now := s.opt.Now()
	page := sourcesPage{Sinks: s.opt.Read.Sinks()}
	for _, status := range s.opt.Read.Sources(now) {
		c := cardOf(status, now)
		last, err := s.opt.Read.PollsOf(r.Context(), status.Name, time.Time{}, 1)
		if err != nil {
			s.unreadable(w, "sources", err)
			return
		}
		if len(last) == 1 {
			c.Took = last[0].Took
		}
		page.Sources = append(page.Sources, c)
	}
	s.render(w, r, http.StatusOK, "sources", &frame{Title: "Sources", Here: "/sources", Content: &page})
}
