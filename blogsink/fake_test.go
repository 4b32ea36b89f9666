package blogsink

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/sanitize"
)

// Private values are put together when the test runs: none stands in the repository.
var (
	privateNet = strings.Join([]string{"192", "168", "40"}, ".")
	homeDomain = "weber." + "lan"
)

var noon = time.Date(2026, 3, 7, 12, 0, 0, 0, time.UTC)

// story is a history of a test: the simulated lab's day.
type story struct {
	events    []device.Event
	devices   []device.Current
	sources   []device.SourceStatus
	scores    device.Scoreboard
	milestone Milestone
	setup     Setup
	words     []Word
	polls     []Poll
	kept      time.Time
}

func (s *story) Events(_ context.Context, after int64, limit int) ([]device.Event, error) {
	i, _ := slices.BinarySearchFunc(s.events, after+1, func(e device.Event, seq int64) int { return int(e.Seq - seq) })
	return s.events[i:min(len(s.events), i+limit)], nil
}
func (s *story) Devices(context.Context) ([]device.Current, error)      { return s.devices, nil }
func (s *story) Sources(context.Context) ([]device.SourceStatus, error) { return s.sources, nil }
func (s *story) Scores(context.Context) (device.Scoreboard, error)      { return s.scores, nil }
func (s *story) Milestone(context.Context) (Milestone, error)           { return s.milestone, nil }
func (s *story) Setup(context.Context) (Setup, error)                   { return s.setup, nil }

func (s *story) Words(_ context.Context, after int64, limit int) ([]Word, error) {
	from := min(int(after), len(s.words))
	return s.words[from:min(len(s.words), from+limit)], nil
}

func (s *story) Polls(_ context.Context, after int64, limit int) ([]Poll, error) {
	from := min(int(after), len(s.polls))
	return s.polls[from:min(len(s.polls), from+limit)], nil
}
func (s *story) Kept(context.Context) (time.Time, error) { return s.kept, nil }

func (s *story) add(after time.Duration, e device.Event) {
	e.Seq = int64(len(s.events) + 1)
	e.At = noon.Add(after)
	s.events = append(s.events, e)
}

// outage adds a device that is down for itself, and is back after that time.
func (s *story) outage(at, lasted time.Duration, d device.Name) {
	e := device.Event{Device: &d, Because: &d, Incident: fmt.Sprintf("i%d", len(s.events)), Reason: "down", Devices: []device.Name{d}}
	s.add(at, device.Event{Type: device.EventVerdictChanged, Device: &d, From: "up", To: "down"})
	e.Type, e.Text = device.EventIncidentOpened, d.Name+" is down"
	s.add(at, e)
	s.add(at+lasted, device.Event{Type: device.EventVerdictChanged, Device: &d, From: "down", To: "up"})
	e.Type, e.Devices, e.Text = device.EventIncidentClosed, nil, "the incident is over after "+lasted.String()+": "+d.Name+" is up again"
	s.add(at+lasted, e)
}

func (s *story) device(id, name, kind, vendor string, witnesses int) device.Name {
	n := device.Name{ID: device.ID("d_" + id), Name: name}
	s.devices = append(s.devices, device.Current{
		ID: n.ID, Name: name, Type: kind, Vendor: vendor, Hostnames: []string{name + "." + homeDomain},
		Addresses: []string{fmt.Sprintf("%s.%d", privateNet, 1+len(s.devices))},
		Witnesses: device.Witnesses{Enrolled: witnesses, Voting: witnesses}, Status: device.StatusUp, Bindings: bindings(witnesses),
	})
	return n
}

// bindings are of as many sources.
func bindings(n int) []device.Binding {
	var all []device.Binding
	for _, source := range []string{"prtg", "librenms", "wires"}[:n] {
		all = append(all, device.Binding{Source: source, Ref: "1"})
	}
	return all
}

// labDay is the demo's story: one monitor lies, the switch dies, another monitor goes blind, all recover.
func labDay() *story {
	s := &story{}
	gateway := s.device("gateway", "janus", "firewall", "Deciso", 2)
	core := s.device("switch", "hydra", "network", "HP ProCurve", 3)
	nas := []device.Name{}
	for i := range 7 {
		nas = append(nas, s.device(fmt.Sprintf("nas%d", i), fmt.Sprintf("vault%d", i+1), "storage", "Synology", 3))
	}
	s.device("pve", "colibri", "server", "Supermicro", 2)
	s.device("ap0", "beacon1", "wireless", "Ruckus", 2)
	for i := range 4 {
		s.device(fmt.Sprintf("ap%d", i+1), fmt.Sprintf("beacon%d", i+2), "wireless", "Ruckus", 1)
	}
	for i := range 53 {
		s.device(fmt.Sprintf("x%d", i), fmt.Sprintf("gadget%d", i+1), "", "", 1)
	}
	for _, d := range s.devices {
		s.add(time.Second, device.Event{Type: device.EventDeviceDiscovered, Device: &device.Name{ID: d.ID, Name: d.Name}, Text: d.Name + " is new"})
	}
	for _, d := range s.devices {
		s.add(2*time.Second, device.Event{Type: device.EventVerdictChanged, Device: &device.Name{ID: d.ID, Name: d.Name}, From: "unknown", To: "up"})
	}
	s.add(3*time.Minute, device.Event{Type: device.EventSourceSuspect, Source: "librenms", Text: "librenms is not believed: 11 downs contradicted by prtg"})
	s.add(9*time.Minute, device.Event{Type: device.EventSourceRecovered, Source: "librenms", Text: "librenms is believed again"})
	// An access point is found down a moment before the switch that it hangs on.
	beacon := device.Name{ID: "d_ap0", Name: "beacon1"}
	s.add(12*time.Minute-10*time.Second, device.Event{Type: device.EventVerdictChanged, Device: &beacon, From: "up", To: "down", Since: noon.Add(11 * time.Minute)})
	s.add(12*time.Minute, device.Event{
		Type: device.EventVerdictChanged, Device: &core, From: "up", To: "down", Since: noon.Add(11 * time.Minute), Text: "hydra is down: librenms and prtg agree",
	})
	down := []device.Name{core, beacon}
	for _, d := range s.devices[2:15] {
		if d.ID != beacon.ID {
			down = append(down, device.Name{ID: d.ID, Name: d.Name})
		}
	}
	down = append(down, device.Name{ID: s.devices[15].ID, Name: s.devices[15].Name})
	incident := device.Event{Device: &core, Because: &core, Incident: "i1", Reason: "down"}
	incident.Type, incident.Devices, incident.Text = device.EventIncidentOpened, down, "hydra is down, 14 devices behind it are unreachable"
	s.add(12*time.Minute, incident)
	for i := range 4 {
		s.add(12*time.Minute+10*time.Second, device.Event{Type: device.EventVerdictChanged, Device: &nas[i], Because: &core, From: "up", To: "down", Since: noon.Add(11 * time.Minute)})
	}
	s.add(18*time.Minute, device.Event{Type: device.EventVerdictChanged, Device: &core, From: "down", To: "up"})
	s.add(18*time.Minute, device.Event{Type: device.EventVerdictChanged, Device: &beacon, From: "down", To: "up"})
	incident.Type, incident.Devices, incident.Text = device.EventIncidentChanged, down[1:5], "hydra is up again, 4 devices behind it not yet"
	s.add(18*time.Minute, incident)
	for i := range 4 {
		s.add(18*time.Minute, device.Event{Type: device.EventVerdictChanged, Device: &nas[i], From: "down", To: "up"})
	}
	incident.Type, incident.Devices, incident.Text = device.EventIncidentClosed, nil, "the incident is over after 6m: hydra is up again"
	s.add(18*time.Minute, incident)
	s.add(21*time.Minute, device.Event{Type: device.EventDisputeOpened, Device: &gateway, Facet: device.FacetReach})
	s.add(24*time.Minute, device.Event{Type: device.EventDisputeClosed, Device: &gateway, Facet: device.FacetReach, Winner: "up"})
	s.add(25*time.Minute, device.Event{Type: device.EventSourceBlind, Source: "prtg", Text: "prtg is blind: 2 polls in a row failed: timeout"})
	for i := range 57 {
		d := s.devices[len(s.devices)-57+i]
		s.add(29*time.Minute, device.Event{Type: device.EventVerdictChanged, Device: &device.Name{ID: d.ID, Name: d.Name}, From: "up", To: "unknown", Reason: "stale"})
	}
	s.add(31*time.Minute, device.Event{Type: device.EventSourceRecovered, Source: "prtg", From: "blind"})
	s.sources = []device.SourceStatus{
		{Name: "librenms", Type: "librenms", Devices: 11, Health: device.HealthUp},
		{Name: "prtg", Type: "prtg", Devices: 68, Health: device.HealthUp},
		{Name: "wires", Type: "snmp-direct", Devices: 8, Health: device.HealthUp},
	}
	s.journal()
	s.scores = device.Scoreboard{Sources: map[string]int{"librenms": 11, "prtg": 0, "wires": 0}}
	return s
}

// aliases is a store of aliases in memory.
type aliases struct{ rows []sanitize.Row }

func (a *aliases) Aliases(context.Context) ([]sanitize.Row, error) { return slices.Clone(a.rows), nil }
func (a *aliases) PutAlias(_ context.Context, r sanitize.Row) error {
	a.rows = append(a.rows, r)
	return nil
}

// home builds a sink over a blog in a temporary folder.
type home struct {
	dir, private string
	sink         *Sink
	events       []device.Event
}

func newHome(t testing.TB, s *story, change func(*Config, *Options)) *home {
	t.Helper()
	root := t.TempDir()
	h := &home{dir: filepath.Join(root, "blog"), private: filepath.Join(root, "private")}
	cfg := Config{
		Name: "series", Dir: h.dir, Title: "Homelab", Categories: []string{"infrastructure", "homelab"}, Tags: []string{"homelab", "monitoring"},
		Notes: filepath.Join(root, "notes"),
	}
	opts := Options{
		Clock: func() time.Time { return noon }, History: s, Aliases: &aliases{}, Key: []byte("the key of a test and of no home"),
		Registry:   func(context.Context) (map[string][]string, error) { return map[string][]string{}, nil },
		PrivateDir: h.private, Version: "0.1.0", Pick: func(int) int { return 0 },
		Emit: func(_ context.Context, e device.Event) error { h.events = append(h.events, e); return nil },
	}
	if change != nil {
		change(&cfg, &opts)
	}
	var err error
	if h.sink, err = New(cfg, opts); err != nil {
		t.Fatal(err)
	}
	return h
}

// note writes a note of the owner.
func (h *home) note(t testing.TB, name, text string) {
	t.Helper()
	put(t, filepath.Join(filepath.Dir(h.dir), "notes", name), text)
}

func put(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// draft makes the draft and returns its text, as it would be published: without the marker lines.
func (h *home) draft(t testing.TB) string {
	t.Helper()
	path, err := h.sink.Draft(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return string(readManuscript(t, path).published())
}

// readManuscript takes a draft apart.
func readManuscript(t testing.TB, path string) *manuscript {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p, broken := parseManuscript(b, func(string) bool { return true })
	if broken != nil {
		t.Fatal(broken)
	}
	return p
}

// registryOf is what an agent knows in a test.
func registryOf(values map[string][]string) func(context.Context) (map[string][]string, error) {
	return func(context.Context) (map[string][]string, error) { return values, nil }
}

// mustNotHold looks for values in a text, as they are and as texts travel.
func mustNotHold(t *testing.T, where, text string, values []string) {
	t.Helper()
	low := strings.ToLower(text)
	for _, v := range values {
		for _, form := range []string{strings.ToLower(v), hex.EncodeToString([]byte(v)), strings.ToLower(base64.StdEncoding.EncodeToString([]byte(v))[:len(v)])} {
			if strings.Contains(low, form) {
				t.Errorf("%s holds a canary of %d letters", where, len(v))
			}
		}
	}
}
