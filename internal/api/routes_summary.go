package api

import (
	"context"
	"maps"
	"math"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view"
)

// SummaryState is all of it in a word.
type SummaryState string

// The states of a summary, the one that needs somebody most urgently last.
const (
	SummaryEmpty    SummaryState = "empty"    // no device is known: nothing is watched
	SummaryOK       SummaryState = "ok"       // every device is up, every source is believed, and somebody would be told if it were not so
	SummaryDegraded SummaryState = "degraded" // nothing is down, and something is not as it should be, or not known
	SummaryProblem  SummaryState = "problem"  // a device is down
	SummaryBlind    SummaryState = "blind"    // no source is believed: what is shown is old, whatever it says
)

// Summary is one flat object, for dashboards that know nothing of us. What is not known is absent or counted apart: it
// never looks healthy.
type Summary struct {
	State SummaryState `json:"state" doc:"ok, degraded, problem, blind (no source is believed) or empty (no device is known)."`
	// Every device counts once among these four.
	Up       int `json:"up"`
	Degraded int `json:"degraded"`
	Down     int `json:"down"`
	Unknown  int `json:"unknown"`
	Devices  int `json:"devices"`
	// These count devices that are among the four as well.
	Disputed     int `json:"disputed"`
	Maintenance  int `json:"maintenance"`
	Acknowledged int `json:"acknowledged"`
	Unreachable  int `json:"unreachable" doc:"Devices that are down because what they hang on is."`

	Uptime    *float64 `json:"uptime,omitempty" doc:"How much of the known time of the 24 hours before the devices were up, in percent; absent where nothing is known."`
	Agreement *float64 `json:"agreement,omitempty" doc:"How much of the time of the last 24 hours two sources said the same of a device, in percent; absent where no two spoke."`

	SourcesOK     int            `json:"sources_ok"`
	SourcesTotal  int            `json:"sources_total"`
	OpenIncidents int            `json:"open_incidents"`
	FalseAlarms   map[string]int `json:"false_alarms"`
	LastSeq       int64          `json:"last_seq"`
	Updated       time.Time      `json:"updated" doc:"The time that it is of."`
	At            time.Time      `json:"at,omitzero" doc:"The time that was asked for, where it was another than now."`
}

// summarySpan is the time that uptime and agreement are of.
const summarySpan = 24 * time.Hour

func (s *Server) summary(ctx context.Context, in *AtInput) (*body[Summary], error) {
	state, at, err := s.look(ctx, *in)
	if err != nil {
		return nil, err
	}
	out := summarize(state, at)
	out.At = in.At
	ups, err := s.uptimesSince(ctx, summarySpan, *in)
	if err != nil {
		return nil, err
	}
	var all view.Uptime
	for _, u := range ups {
		all.Up, all.Down = all.Up+u.Up, all.Down+u.Down
	}
	if p, known := all.Percent(); known {
		out.Uptime = rounded(p)
	}
	if in.At.IsZero() {
		agreement, err := s.read.Agreement(ctx, at.Add(-summarySpan))
		if err != nil {
			return nil, err
		}
		if agreement.Percent != nil {
			out.Agreement = rounded(*agreement.Percent)
		}
	}
	return &body[Summary]{out}, nil
}

// rounded cuts a share in percent to two digits. It never rounds up to 100: only all of it is.
func rounded(p float64) *float64 {
	p = math.Floor(p*100) / 100
	return &p
}

// summarize counts what is held.
func summarize(state view.State, at time.Time) Summary {
	out := Summary{LastSeq: state.LastSeq(), Updated: at.UTC(), OpenIncidents: len(state.Incidents()), FalseAlarms: map[string]int{}}
	for _, d := range state.Devices(at) {
		out.Devices++
		switch d.Status {
		case device.StatusUp:
			out.Up++
		case device.StatusDegraded:
			out.Degraded++
		case device.StatusDown:
			out.Down++
		default:
			out.Unknown++
		}
		if d.Standing == device.StandingDisputed {
			out.Disputed++
		}
		for _, o := range d.Overlays {
			switch o {
			case device.OverlayMaintenance:
				out.Maintenance++
			case device.OverlayAcknowledged:
				out.Acknowledged++
			case device.OverlayUnreachable:
				out.Unreachable++
			}
		}
	}
	for _, src := range state.Sources(at) {
		out.SourcesTotal++
		if src.Health == device.HealthUp {
			out.SourcesOK++
		}
	}
	scores := state.Scores()
	maps.Copy(out.FalseAlarms, scores.Sources)
	out.FalseAlarms["quorate"] = scores.Own
	switch {
	case out.SourcesOK == 0:
		out.State = SummaryBlind
	case out.Devices == 0:
		out.State = SummaryEmpty
	case out.Down > 0:
		out.State = SummaryProblem
	case out.Up < out.Devices || out.Disputed > 0 || out.SourcesOK < out.SourcesTotal || out.OpenIncidents > 0 || out.Maintenance == out.Devices:
		out.State = SummaryDegraded
	default:
		out.State = SummaryOK
	}
	return out
}
