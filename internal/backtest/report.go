package backtest

import (
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/pipeline"
)

// Report is what a backtest found.
type Report struct {
	// Asked is the beginning that was asked for. Since and Until are the first and the last instant of the window that
	// the record has.
	Asked, Since, Until time.Time
	// Instants, polls and observations were judged again; a tie-breaker's words are no poll.
	Instants, Polls, Observations int
	// Other says that the settings in question are others than those of then, SettingsUnknown that nobody knows those.
	Other, SettingsUnknown bool

	// SameVerdicts are in both courses: same device, instant, change, since, standing and reason.
	SameVerdicts int
	Was, Would   Totals
	Differences  []Difference
	// Devices are all that were there, by name; Sources those that have false alarms in either course.
	Devices []Device
	Sources []Source
	Events  []Events
	Drift   Drift
	// Notes are what a backtest of this record cannot know, a sentence each.
	Notes []string

	views []*pipeline.View // of both courses at the end
}

// Same reports whether nothing would have been different.
func (r *Report) Same() bool {
	if len(r.Differences) > 0 || r.Drift.Inside > 0 {
		return false
	}
	for _, e := range r.Events {
		if e.Same != e.Was || e.Same != e.Would {
			return false
		}
	}
	return true
}

// Totals are those of one course.
type Totals struct {
	// Verdicts are changes of a device's status, Notifications those that no overlay mutes.
	Verdicts      int `json:"verdicts"`
	Notifications int `json:"notifications"`
	Minutes
}

// Minutes are times that devices spent, added up. Disputed and Pending lie over the others.
type Minutes struct {
	Up       device.Duration `json:"up"`
	Degraded device.Duration `json:"degraded"`
	Down     device.Duration `json:"down"`
	Unknown  device.Duration `json:"unknown"`
	Disputed device.Duration `json:"disputed"`
	Pending  device.Duration `json:"pending"`
}

func (m *Minutes) add(c condition, span time.Duration) {
	d := device.Duration(span)
	switch c.status {
	case device.StatusUp:
		m.Up += d
	case device.StatusDegraded:
		m.Degraded += d
	case device.StatusDown:
		m.Down += d
	case device.StatusUnknown:
		m.Unknown += d
	}
	if c.disputed {
		m.Disputed += d
	}
	if c.pending {
		m.Pending += d
	}
}

func (m *Minutes) sum(o Minutes) {
	m.Up += o.Up
	m.Degraded += o.Degraded
	m.Down += o.Down
	m.Unknown += o.Unknown
	m.Disputed += o.Disputed
	m.Pending += o.Pending
}

// The kinds of differences.
const (
	KindStatus  = "status"  // a device would have had another status for a time
	KindDispute = "dispute" // a dispute would have been open for a time, or would not
	KindVerdict = "verdict" // the same change of status, with another standing, reason or since
)

// Difference is one thing that would have been different, of one device from one instant to another.
type Difference struct {
	Kind   string      `json:"kind"`
	Device device.Name `json:"device"`
	From   time.Time   `json:"from"`
	// Until is the end of the window where it lasts, and From for a verdict.
	Until time.Time `json:"until"`
	// Was and Would say the status ("" for a device that is not there), "disputed" or "agreed", or the verdict.
	Was   string `json:"recorded"`
	Would string `json:"would_be"`
}

// Device is one device's share.
type Device struct {
	Device device.Name `json:"device"`
	Was    Minutes     `json:"recorded"`
	Would  Minutes     `json:"would_be"`
}

// Source is one source's share: false alarms counted within the window.
type Source struct {
	Source string `json:"source"`
	Was    int    `json:"recorded"`
	Would  int    `json:"would_be"`
}

// Events counts those of one type; Same are in both courses: same instant, subject and change.
type Events struct {
	Type  device.EventType `json:"event"`
	Was   int              `json:"recorded"`
	Would int              `json:"would_be"`
	Same  int              `json:"same"`
}
