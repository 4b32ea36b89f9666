// Package viewtest has a view.Reader over values that a test sets, for the tests of whatever shows them.
package viewtest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view"
)

// Noon is the time of the lab.
var Noon = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)

// Lab is a view.Reader over values that a test sets. Whoever changes one while it is read holds Mu.
type Lab struct {
	Mu           sync.Mutex
	AllDevices   []device.Current
	AllSources   []device.SourceStatus
	AllSinks     []device.SinkStatus
	AllIncidents []device.Incident
	Board        device.Scoreboard
	Certificate  time.Time      // when that of the page expires
	AllEvents    []device.Event // by Record
	Pruned       int64          // that many of the first events are no longer kept
	Damaged      map[int64]bool // events that cannot be read
	ByDevice     map[device.ID][]device.Verdict
	Windows      []device.Maintenance
	AllDisputes  []device.Dispute
	AllAlerts    []device.ReportedAlert
	Report       consensus.CoverageReport
	Limits       []device.Limit
	AllPolls     map[string][]view.Polled // by source
	ByLane       map[device.ID]view.Lanes

	PastRecord
	Inside
	Story

	nudges map[chan int64]bool
}

// Devices returns a copy of AllDevices.
func (l *Lab) Devices(time.Time) []device.Current {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	return slices.Clone(l.AllDevices)
}

// Device finds one of AllDevices by its name or id.
func (l *Lab) Device(name string, _ time.Time) (device.Current, bool) {
	for _, d := range l.Devices(Noon) {
		if d.Name == name || string(d.ID) == name {
			return d, true
		}
	}
	return device.Current{}, false
}

// Profile has the name of one of AllDevices, by librenms.
func (l *Lab) Profile(id device.ID) (device.Profile, bool) {
	d, ok := l.Device(string(id), Noon)
	return device.Profile{ID: d.ID, Name: d.Name, Fields: []device.Field{{Name: "name", Value: d.Name, Source: "librenms"}}}, ok
}

// Sinks returns AllSinks.
func (l *Lab) Sinks() []device.SinkStatus { return l.AllSinks }

// Sources returns AllSources.
func (l *Lab) Sources(time.Time) []device.SourceStatus { return l.AllSources }

// Status is that of an agent which is at Limits.
func (l *Lab) Status(time.Time) device.AgentStatus {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	s := device.AgentStatus{Name: "home", Version: "test", State: device.AgentOK, Since: Noon.Add(-time.Hour), Started: Noon.Add(-time.Hour), Limits: slices.Clone(l.Limits)}
	if len(l.Limits) > 0 {
		s.State, s.Since = device.AgentDegraded, l.Limits[0].Since
	}
	return s
}

// Scores returns Board.
func (l *Lab) Scores() device.Scoreboard { return l.Board }

// Incidents returns AllIncidents.
func (l *Lab) Incidents() []device.Incident { return l.AllIncidents }

// Maintenance returns Windows.
func (l *Lab) Maintenance(time.Time) []device.Maintenance { return l.Windows }

// Milestones has one with a draft.
func (l *Lab) Milestones(context.Context) ([]device.Milestone, error) {
	return []device.Milestone{{Number: 3, Title: "No more cables", State: device.MilestoneDrafted, OpenedAt: Noon, After: 41}}, nil
}

// Notes has one challenge.
func (l *Lab) Notes(context.Context) ([]device.Note, error) {
	return []device.Note{{File: "2026-01-15-loop.md", Kind: "challenge", Title: "A loop", Evidence: []int64{1}}}, nil
}

// Disputes returns AllDisputes.
func (l *Lab) Disputes(time.Time) []device.Dispute { return l.AllDisputes }

// Coverage returns Report.
func (l *Lab) Coverage(time.Time) consensus.CoverageReport { return l.Report }

// LastSeq is the number of what was recorded.
func (l *Lab) LastSeq() int64 {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	return int64(len(l.AllEvents))
}

// Events returns what was recorded.
func (l *Lab) Events(_ context.Context, after int64, limit int) ([]device.Event, error) {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	return l.kept(after, limit)
}

// EventsOf has none.
func (l *Lab) EventsOf(context.Context, device.ID, int) ([]device.Event, error) { return nil, nil }

// Verdicts returns those of ByDevice.
func (l *Lab) Verdicts(_ context.Context, id device.ID, limit int) ([]device.Verdict, error) {
	vs := l.ByDevice[id]
	return vs[:min(limit, len(vs))], nil
}

// VerdictAt finds one of ByDevice.
func (l *Lab) VerdictAt(_ context.Context, id device.ID, at time.Time) (device.Verdict, bool, error) {
	for _, v := range l.ByDevice[id] {
		if !v.DecidedAt.After(at) {
			return v, true, nil
		}
	}
	return device.Verdict{}, false, nil
}

// Alerts returns AllAlerts.
func (l *Lab) Alerts(context.Context) ([]device.ReportedAlert, error) { return l.AllAlerts, nil }

// Explain says a verdict in a few words.
func (l *Lab) Explain(_ device.ID, v *device.Verdict, now time.Time) device.Explanation {
	if v == nil {
		return device.Explanation{Text: "nobody has said enough"}
	}
	e := device.Explanation{Text: string(v.To) + " because the votes say so", Verdict: *v, At: now}
	if !now.IsZero() {
		e.Now = "It is still so."
	}
	return e
}

// Record adds an event and nudges, as a commit does.
func (l *Lab) Record(e device.Event) {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	e.Seq = int64(len(l.AllEvents) + 1)
	e.ID = device.NewEventID("", e.Seq, e.At)
	l.AllEvents = append(l.AllEvents, e)
	for c := range l.nudges {
		select {
		case c <- e.Seq:
		default:
		}
	}
}

// Subscribe nudges at each Record.
func (l *Lab) Subscribe() (<-chan int64, func()) {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	c := make(chan int64, 1)
	if l.nudges == nil {
		l.nudges = map[chan int64]bool{}
	}
	l.nudges[c] = true
	return c, func() {
		l.Mu.Lock()
		defer l.Mu.Unlock()
		delete(l.nudges, c)
	}
}

func vote(source string, state device.State, ago time.Duration, abstain device.Abstention) device.Vote {
	return device.Vote{
		Source: source, Ref: source + "-1", Facet: device.FacetReach, State: state, Confidence: 1, Freshness: 1, Weight: 1,
		Age: device.Duration(ago), ObservedAt: Noon.Add(-ago), Domain: source, Abstain: abstain, Raw: "as it said",
	}
}

// NewLab is a lab with a device in every state that the board shows.
func NewLab() *Lab {
	l := &Lab{
		AllSinks: []device.SinkStatus{
			{Name: "series", Kind: "blog", State: device.SinkOK, Cursor: 40, Delivered: 40},
			{
				Name: "hub", Kind: "webhook", State: device.SinkFailing, Cursor: 37, Waiting: 3, OldestWaiting: Noon.Add(-time.Minute), FailingSince: Noon.Add(-time.Minute),
				Error: "POST: 503 Service Unavailable", Delivered: 37, Retried: 6, Dropped: 12, SetAside: 1,
			},
		},
		AllSources: []device.SourceStatus{
			{Name: "librenms", Type: "librenms", Health: device.HealthSuspect, Devices: 11, Contradicted: 11, LastSuccess: Noon, FalseAlarms: 11},
			{Name: "prtg", Type: "prtg", Health: device.HealthUp, Devices: 68, LastSuccess: Noon,
				Push: &device.PushStatus{Accepted: 12, Refused: 3, Unread: 1, LastAccepted: Noon.Add(-5 * time.Second), Hastened: 2}},
			{Name: "snmp", Type: "snmp-direct", Health: device.HealthBlind, Devices: 2, Failures: 3, LastError: "timeout"},
		},
		Board: device.Scoreboard{Sources: map[string]int{"librenms": 11}},
	}
	add := func(name string, status device.Status, standing device.Standing, votes ...device.Vote) *device.Current {
		d := device.Current{
			ID: device.NewID("", device.SourceRef{Source: "lab", Ref: name}, Noon), Name: name, Status: status, Standing: standing,
			Since: Noon.Add(-42 * time.Minute), Votes: votes, Addresses: []string{fmt.Sprintf("192.0.2.%d", len(l.AllDevices)+1)},
			Witnesses: device.Witnesses{Enrolled: len(votes), Voting: len(votes)},
		}
		for _, v := range votes {
			d.Bindings = append(d.Bindings, device.Binding{Source: v.Source, Ref: v.Ref})
		}
		l.AllDevices = append(l.AllDevices, d)
		return &l.AllDevices[len(l.AllDevices)-1]
	}
	add("nas-1", device.StatusUp, device.StandingDisputed, vote("librenms", device.StateUp, 40*time.Second, ""), vote("prtg", device.StateDown, 12*time.Second, ""))
	add("core-switch", device.StatusDown, device.StandingConfirmed, vote("prtg", device.StateDown, 12*time.Second, ""), vote("snmp", device.StateDown, 3*time.Second, ""))
	child := add("ap-2", device.StatusDown, device.StandingSingle, vote("prtg", device.StateDown, 12*time.Second, ""))
	child.Overlays, child.Because = []device.OverlayKind{device.OverlayUnreachable}, "core-switch"
	add("gateway", device.StatusUp, device.StandingConfirmed, vote("librenms", device.StateDown, 9*time.Second, device.AbstainSourceSuspect), vote("prtg", device.StateUp, 10*time.Second, ""))
	add("camera-3", device.StatusUnknown, device.StandingNone, vote("prtg", "", time.Hour, device.AbstainPaused)).Reason = "abstained"
	add("ups-1", device.StatusDegraded, device.StandingSingle, vote("prtg", device.StateUp, 20*time.Second, ""))
	add("printer", device.StatusUp, device.StandingSingle, vote("prtg", device.StateUp, 20*time.Second, ""))
	root := l.AllDevices[1]
	l.AllIncidents = []device.Incident{{
		ID: "i1", Kind: "down", Root: device.Name{ID: root.ID, Name: root.Name}, OpenedAt: Noon.Add(-time.Minute),
		Devices: []device.Name{{ID: root.ID, Name: root.Name}, {ID: l.AllDevices[2].ID, Name: "ap-2"}},
	}}
	gateway, printer := device.Name{ID: l.AllDevices[3].ID, Name: "gateway"}, device.Name{ID: l.AllDevices[6].ID, Name: "printer"}
	l.Report = consensus.CoverageReport{
		Counts: []consensus.WitnessCount{{Witnesses: 1, Devices: 5}, {Witnesses: 2, Devices: 2}}, Single: []device.Name{printer}, Shared: []device.Name{},
		Devices: []consensus.Covered{
			{Device: gateway, Sources: []string{"librenms", "prtg"}, Witnesses: []string{"librenms", "prtg"}, Voting: []string{"prtg"}, Best: device.StandingConfirmed},
			{Device: printer, Sources: []string{"prtg"}, Witnesses: []string{"prtg"}, Best: device.StandingSingle, Why: "only prtg speaks for it"},
		},
	}
	l.AllDisputes = []device.Dispute{{Device: device.Name{ID: l.AllDevices[0].ID, Name: "nas-1"}, Facet: device.FacetReach, Held: device.StateUp, Up: 1, Down: 1}}
	l.Windows = []device.Maintenance{{Name: "patch night", Scheduled: true, NextStart: Noon.Add(time.Hour), NextEnd: Noon.Add(2 * time.Hour)}}
	l.AllAlerts = []device.ReportedAlert{{Device: printer, Source: "prtg", SourceRef: "7", Alert: device.Alert{Ref: "71", Text: "toner low"}}}
	l.ByDevice = map[device.ID][]device.Verdict{root.ID: {{
		Seq: 3, Device: device.Name{ID: root.ID, Name: root.Name}, From: device.StatusUp, To: device.StatusDown, Since: Noon.Add(-2 * time.Minute),
		DecidedAt: Noon.Add(-time.Minute), Standing: device.StandingConfirmed, Votes: root.Votes, ConfigHash: "abc",
	}}}
	l.PastRecord, l.Inside = newRecord(l), newInside(l)
	return l
}
