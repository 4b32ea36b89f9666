package api

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
)

var noon = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)

// lab is a View over values that a test sets.
type lab struct {
	mu        sync.Mutex
	devices   []device.Current
	sources   []device.SourceStatus
	sinks     []device.SinkStatus
	incidents []device.Incident
	scores    device.Scoreboard
	events    []device.Event
	verdicts  map[device.ID][]device.Verdict
	nudges    map[chan int64]bool

	maintenance []device.Maintenance
	disputes    []device.Dispute
	alerts      []device.ReportedAlert
	coverage    consensus.CoverageReport
	limits      []device.Limit
}

func (l *lab) Devices(time.Time) []device.Current {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.devices)
}

func (l *lab) Device(name string, _ time.Time) (device.Current, bool) {
	for _, d := range l.Devices(noon) {
		if d.Name == name || string(d.ID) == name {
			return d, true
		}
	}
	return device.Current{}, false
}

func (l *lab) Profile(id device.ID) (device.Profile, bool) {
	d, ok := l.Device(string(id), noon)
	return device.Profile{ID: d.ID, Name: d.Name, Fields: []device.Field{{Name: "name", Value: d.Name, Source: "librenms"}}}, ok
}

func (l *lab) Sinks() []device.SinkStatus              { return l.sinks }
func (l *lab) Sources(time.Time) []device.SourceStatus { return l.sources }
func (l *lab) Status(time.Time) device.AgentStatus {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := device.AgentStatus{Name: "home", Version: "test", State: device.AgentOK, Since: noon.Add(-time.Hour), Started: noon.Add(-time.Hour), Limits: slices.Clone(l.limits)}
	if len(l.limits) > 0 {
		s.State, s.Since = device.AgentDegraded, l.limits[0].Since
	}
	return s
}
func (l *lab) Scores() device.Scoreboard                  { return l.scores }
func (l *lab) Incidents() []device.Incident               { return l.incidents }
func (l *lab) Maintenance(time.Time) []device.Maintenance { return l.maintenance }
func (l *lab) Milestones(context.Context) ([]device.Milestone, error) {
	return []device.Milestone{{Number: 3, Title: "No more cables", State: device.MilestoneDrafted, OpenedAt: noon, After: 41}}, nil
}

func (l *lab) Notes(context.Context) ([]device.Note, error) {
	return []device.Note{{File: "2026-01-15-loop.md", Kind: "challenge", Title: "A loop", Evidence: []int64{1}}}, nil
}
func (l *lab) Disputes(time.Time) []device.Dispute         { return l.disputes }
func (l *lab) Coverage(time.Time) consensus.CoverageReport { return l.coverage }
func (l *lab) LastSeq() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int64(len(l.events))
}

func (l *lab) Events(_ context.Context, after int64, limit int) ([]device.Event, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	rest := l.events[min(int(after), len(l.events)):]
	return slices.Clone(rest[:min(limit, len(rest))]), nil
}

func (l *lab) EventsOf(context.Context, device.ID, int) ([]device.Event, error) { return nil, nil }
func (l *lab) Verdicts(_ context.Context, id device.ID, limit int) ([]device.Verdict, error) {
	vs := l.verdicts[id]
	return vs[:min(limit, len(vs))], nil
}

func (l *lab) VerdictAt(_ context.Context, id device.ID, at time.Time) (device.Verdict, bool, error) {
	for _, v := range l.verdicts[id] {
		if !v.DecidedAt.After(at) {
			return v, true, nil
		}
	}
	return device.Verdict{}, false, nil
}
func (l *lab) Alerts(context.Context) ([]device.ReportedAlert, error) { return l.alerts, nil }
func (l *lab) Explain(_ device.ID, v *device.Verdict, now time.Time) device.Explanation {
	if v == nil {
		return device.Explanation{Text: "nobody has said enough"}
	}
	e := device.Explanation{Text: string(v.To) + " because the votes say so", Verdict: *v, At: now}
	if !now.IsZero() {
		e.Now = "It is still so."
	}
	return e
}

// record adds an event and nudges, as a commit does.
func (l *lab) record(e device.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.Seq = int64(len(l.events) + 1)
	e.ID = device.NewEventID("", e.Seq, e.At)
	l.events = append(l.events, e)
	for c := range l.nudges {
		select {
		case c <- e.Seq:
		default:
		}
	}
}

func (l *lab) subscribe() (<-chan int64, func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := make(chan int64, 1)
	if l.nudges == nil {
		l.nudges = map[chan int64]bool{}
	}
	l.nudges[c] = true
	return c, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.nudges, c)
	}
}

func vote(source string, state device.State, ago time.Duration, abstain device.Abstention) device.Vote {
	return device.Vote{
		Source: source, Ref: source + "-1", Facet: device.FacetReach, State: state, Confidence: 1, Freshness: 1, Weight: 1,
		Age: device.Duration(ago), ObservedAt: noon.Add(-ago), Domain: source, Abstain: abstain, Raw: "as it said",
	}
}

// newLab is a lab with a device in every state that the board shows.
func newLab() *lab {
	l := &lab{
		sinks: []device.SinkStatus{
			{Name: "series", Kind: "blog", State: device.SinkOK, Cursor: 40, Delivered: 40},
			{
				Name: "hub", Kind: "webhook", State: device.SinkFailing, Cursor: 37, Waiting: 3, OldestWaiting: noon.Add(-time.Minute), FailingSince: noon.Add(-time.Minute),
				Error: "POST: 503 Service Unavailable", Delivered: 37, Retried: 6, Dropped: 12, SetAside: 1,
			},
		},
		sources: []device.SourceStatus{
			{Name: "librenms", Type: "librenms", Health: device.HealthSuspect, Devices: 11, Contradicted: 11, LastSuccess: noon, FalseAlarms: 11},
			{Name: "prtg", Type: "prtg", Health: device.HealthUp, Devices: 68, LastSuccess: noon,
				Push: &device.PushStatus{Accepted: 12, Refused: 3, Unread: 1, LastAccepted: noon.Add(-5 * time.Second), Hastened: 2}},
			{Name: "snmp", Type: "snmp-direct", Health: device.HealthBlind, Devices: 2, Failures: 3, LastError: "timeout"},
		},
		scores: device.Scoreboard{Sources: map[string]int{"librenms": 11}},
	}
	add := func(name string, status device.Status, standing device.Standing, votes ...device.Vote) *device.Current {
		d := device.Current{
			ID: device.NewID("", device.SourceRef{Source: "lab", Ref: name}, noon), Name: name, Status: status, Standing: standing,
			Since: noon.Add(-42 * time.Minute), Votes: votes, Addresses: []string{fmt.Sprintf("192.0.2.%d", len(l.devices)+1)},
			Witnesses: device.Witnesses{Enrolled: len(votes), Voting: len(votes)},
		}
		for _, v := range votes {
			d.Bindings = append(d.Bindings, device.Binding{Source: v.Source, Ref: v.Ref})
		}
		l.devices = append(l.devices, d)
		return &l.devices[len(l.devices)-1]
	}
	add("nas-1", device.StatusUp, device.StandingDisputed, vote("librenms", device.StateUp, 40*time.Second, ""), vote("prtg", device.StateDown, 12*time.Second, ""))
	add("core-switch", device.StatusDown, device.StandingConfirmed, vote("prtg", device.StateDown, 12*time.Second, ""), vote("snmp", device.StateDown, 3*time.Second, ""))
	child := add("ap-2", device.StatusDown, device.StandingSingle, vote("prtg", device.StateDown, 12*time.Second, ""))
	child.Overlays, child.Because = []device.OverlayKind{device.OverlayUnreachable}, "core-switch"
	add("gateway", device.StatusUp, device.StandingConfirmed, vote("librenms", device.StateDown, 9*time.Second, device.AbstainSourceSuspect), vote("prtg", device.StateUp, 10*time.Second, ""))
	add("camera-3", device.StatusUnknown, device.StandingNone, vote("prtg", "", time.Hour, device.AbstainPaused)).Reason = "abstained"
	add("ups-1", device.StatusDegraded, device.StandingSingle, vote("prtg", device.StateUp, 20*time.Second, ""))
	add("printer", device.StatusUp, device.StandingSingle, vote("prtg", device.StateUp, 20*time.Second, ""))
	root := l.devices[1]
	l.incidents = []device.Incident{{
		ID: "i1", Kind: "down", Root: device.Name{ID: root.ID, Name: root.Name}, OpenedAt: noon.Add(-time.Minute),
		Devices: []device.Name{{ID: root.ID, Name: root.Name}, {ID: l.devices[2].ID, Name: "ap-2"}},
	}}
	gateway, printer := device.Name{ID: l.devices[3].ID, Name: "gateway"}, device.Name{ID: l.devices[6].ID, Name: "printer"}
	l.coverage = consensus.CoverageReport{
		Counts: []consensus.WitnessCount{{Witnesses: 1, Devices: 5}, {Witnesses: 2, Devices: 2}}, Single: []device.Name{printer}, Shared: []device.Name{},
		Devices: []consensus.Covered{
			{Device: gateway, Sources: []string{"librenms", "prtg"}, Witnesses: []string{"librenms", "prtg"}, Voting: []string{"prtg"}, Best: device.StandingConfirmed},
			{Device: printer, Sources: []string{"prtg"}, Witnesses: []string{"prtg"}, Best: device.StandingSingle, Why: "only prtg speaks for it"},
		},
	}
	l.disputes = []device.Dispute{{Device: device.Name{ID: l.devices[0].ID, Name: "nas-1"}, Facet: device.FacetReach, Held: device.StateUp, Up: 1, Down: 1}}
	l.maintenance = []device.Maintenance{{Name: "patch night", Scheduled: true, NextStart: noon.Add(time.Hour), NextEnd: noon.Add(2 * time.Hour)}}
	l.alerts = []device.ReportedAlert{{Device: printer, Source: "prtg", SourceRef: "7", Alert: device.Alert{Ref: "71", Text: "toner low"}}}
	l.verdicts = map[device.ID][]device.Verdict{root.ID: {{
		Seq: 3, Device: device.Name{ID: root.ID, Name: root.Name}, From: device.StatusUp, To: device.StatusDown, Since: noon.Add(-2 * time.Minute),
		DecidedAt: noon.Add(-time.Minute), Standing: device.StandingConfirmed, Votes: root.Votes, ConfigHash: "abc",
	}}}
	return l
}

func newServer(t testing.TB, l *lab) *Server {
	t.Helper()
	s, err := New(Config{AgentName: "home", Version: "test"}, Options{Read: l, Subscribe: l.subscribe, Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func fetch(t *testing.T, h http.Handler, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

func wantIn(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(text, w) {
			t.Errorf("%q is missing in\n%.3000s", w, text)
		}
	}
}
