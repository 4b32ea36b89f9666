package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/pipeline"
)

// lab is a home lab of chance with a running pipeline: all that can happen to one happens to it. It lives in a synctest
// bubble.
type lab struct {
	t       *testing.T
	rnd     *rand.Rand
	dir     string
	cfg     pipeline.Config
	sources []string
	devices int
	// truth is by device; moved counts its changes of address.
	truth, moved []int
	last         map[string]device.Snapshot

	store *store.Store
	pipe  *pipeline.Pipeline
	end   func()
	// states are the stored states at the instants at which the lab looked.
	states map[time.Time]string
}

func newLab(t *testing.T, seed uint64) *lab {
	l := &lab{
		t: t, rnd: rand.New(rand.NewPCG(seed, 1)), dir: t.TempDir(), last: map[string]device.Snapshot{}, states: map[time.Time]string{},
	}
	l.devices = 1 + l.rnd.IntN(8)
	l.truth, l.moved = make([]int, l.devices), make([]int, l.devices)
	for i := range 1 + l.rnd.IntN(4) {
		l.sources = append(l.sources, fmt.Sprintf("mon%d", i))
	}
	l.cfg = l.config()
	l.start()
	return l
}

// config is one of chance.
func (l *lab) config() pipeline.Config {
	r := l.rnd
	cfg := pipeline.Config{Consensus: consensus.Config{
		Sources: map[string]consensus.Source{}, Overrides: map[string]consensus.Override{}, Hash: fmt.Sprintf("%08x", r.Uint32()),
	}}
	for _, name := range l.sources {
		s := consensus.Source{Name: name, Interval: time.Duration(20+r.IntN(100)) * time.Second, CanProbe: r.IntN(2) == 0}
		if r.IntN(3) == 0 {
			s.FaultDomain = "rack"
		}
		if r.IntN(3) == 0 {
			s.Trust = 0.25 + r.Float64()
		}
		if r.IntN(6) == 0 {
			s.Anchors = []string{"dev0"}
		}
		cfg.Consensus.Sources[name] = s
	}
	d := &cfg.Consensus.Defaults
	d.Confirm, d.Quorum = 1+r.IntN(4), 1+r.IntN(5)/4
	d.DisputeTimeout = time.Duration(1+r.IntN(600)) * time.Second
	d.OnDispute = []device.State{device.StateUnknown, device.StateUp, device.StateDown}[r.IntN(3)]
	if r.IntN(3) == 0 {
		d.RetireAfter = 10 * time.Minute
	}
	if r.IntN(3) == 0 {
		d.SkewAfter = time.Minute
	}
	if r.IntN(3) == 0 {
		trust := 0.0
		cfg.Consensus.Overrides["dev1"] = consensus.Override{Trust: map[string]float64{"mon0": trust}, Confirm: &d.Confirm}
	}
	if r.IntN(3) == 0 {
		cfg.Consensus.Parents = map[string][]string{"dev2": {"dev0"}}
	}
	if r.IntN(3) == 0 {
		cfg.Identity.Pins = []identity.Pin{{Name: "dev0", Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.1")}, Tags: []string{"core"}}}
		cfg.Identity.Domains = []string{"example.net"}
		cfg.Identity.SharedAddresses = []netip.Addr{netip.MustParseAddr("192.0.2.3")}
		cfg.Identity.Prefer = map[string][]string{"model": {"mon1", "mon0"}}
	}
	return cfg
}

func (l *lab) start() {
	l.t.Helper()
	s, err := store.Open(context.Background(), l.dir, store.Options{Temporary: true})
	if err != nil {
		l.t.Fatal(err)
	}
	var p *pipeline.Pipeline
	p, err = pipeline.New(l.cfg, pipeline.Options{Journal: s, OnProbe: func(ctx context.Context, r consensus.ProbeRequest) {
		for _, ref := range r.Sources {
			_ = p.PublishProbe(ctx, device.Snapshot{Source: ref.Source, Observations: []device.Observation{{
				Identity: device.Identity{Ref: ref.Ref}, Claims: []device.Claim{{Facet: device.FacetReach, State: device.StateUp}},
			}}})
		}
	}})
	if err != nil {
		l.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	<-p.Ready()
	l.store, l.pipe = s, p
	l.end = func() {
		stop()
		if err := errors.Join(<-ended, s.Close()); err != nil {
			l.t.Error(err)
		}
	}
}

// live lets one thing happen.
func (l *lab) live() {
	r := l.rnd
	if d := r.IntN(l.devices); r.IntN(6) == 0 {
		l.truth[d] = 1 - l.truth[d]
	}
	switch n := r.IntN(40); {
	case n == 0:
		l.end()
		time.Sleep(time.Duration(r.IntN(90)) * time.Second)
		l.start()
	case n == 1:
		l.cfg = l.config()
		if err := l.pipe.Reconfigure(l.cfg); err != nil {
			l.t.Fatal(err)
		}
	case n == 2:
		err := l.pipe.AddEvents(context.Background(), []device.Event{{Type: device.EventSourceCrashed, Source: "mon0", Text: "crashed"}})
		if err != nil {
			l.t.Fatal(err)
		}
	case n < 7:
		l.order()
	case n == 7:
		l.moved[r.IntN(l.devices)]++
	case n < 12:
		time.Sleep(time.Duration(r.IntN(5*60*1000)) * time.Millisecond)
	case n == 12:
		time.Sleep(time.Duration(r.IntN(3600)) * time.Second)
	case n < 16:
		l.look()
	default:
		l.polls()
		time.Sleep(time.Duration(r.IntN(40*1000*1000)) * time.Microsecond)
	}
}

// polls publishes the polls of one or all sources, those of all at once.
func (l *lab) polls() {
	sources := []string{l.sources[l.rnd.IntN(len(l.sources))]}
	if l.rnd.IntN(3) == 0 {
		sources = l.sources
	}
	var wg sync.WaitGroup
	for _, name := range sources {
		s := l.snapshot(name)
		publish := l.pipe.Publish
		if l.rnd.IntN(15) == 0 {
			publish = l.pipe.PublishProbe
		}
		wg.Go(func() {
			if err := publish(context.Background(), s); err != nil {
				l.t.Error(err)
			}
		})
	}
	wg.Wait()
}

func (l *lab) snapshot(source string) device.Snapshot {
	r := l.rnd
	s := device.Snapshot{Source: source, Partial: r.IntN(8) == 0, Poll: 7, Started: time.Now()}
	if r.IntN(10) == 0 {
		s.Err = "timeout"
		return s
	}
	if r.IntN(10) == 0 && l.last[source].Source != "" {
		return l.last[source] // word by word
	}
	if r.IntN(5) == 0 {
		s.SourceClock = time.Now().Add(time.Duration(r.IntN(600)-300) * time.Second / 3)
	}
	for d := range l.devices {
		if r.IntN(12) == 0 || d%3 == 1 && source == "mon1" {
			continue
		}
		s.Observations = append(s.Observations, l.observation(source, d))
		if r.IntN(25) == 0 { // twice, and contradicting itself
			s.Observations = append(s.Observations, l.observation(source, d))
		}
	}
	if r.IntN(4) == 0 {
		r.Shuffle(len(s.Observations), func(i, j int) { s.Observations[i], s.Observations[j] = s.Observations[j], s.Observations[i] })
	}
	if r.IntN(30) == 0 {
		s.Observations = nil
	}
	l.last[source] = s
	return s
}

func (l *lab) observation(source string, d int) device.Observation {
	r := l.rnd
	o := device.Observation{Identity: device.Identity{
		Ref: fmt.Sprintf("%s-%d", source[3:], d), Name: fmt.Sprintf("dev%d", d), Hostnames: []string{fmt.Sprintf("dev%d.example.net", d)},
		Addresses: []string{fmt.Sprintf("192.0.2.%d", 1+(d+5*l.moved[d])%20)},
	}}
	if r.IntN(10) == 0 {
		o.Hostnames, o.Addresses = []string{fmt.Sprintf("dev%d", r.IntN(l.devices))}, nil
	}
	if r.IntN(4) == 0 {
		o.Serial, o.Model = fmt.Sprintf("S%d", r.IntN(l.devices)), fmt.Sprintf("m%d", r.IntN(3))
	}
	if r.IntN(5) == 0 && d > 0 {
		o.Parents = []string{fmt.Sprintf("%s-%d", source[3:], r.IntN(l.devices))}
	}
	o.ObservedAt = l.time()
	if r.IntN(12) == 0 {
		o.Abstain = device.AbstainPaused
		if r.IntN(2) == 0 {
			return o
		}
	}
	states := []device.State{device.StateUp, device.StateDown, device.StateSplit}
	state := func() device.State {
		if r.IntN(10) == 0 {
			return states[r.IntN(3)]
		}
		return states[l.truth[d]]
	}
	claim := func(f device.Facet, component string, s device.State) {
		c := device.Claim{Facet: f, Component: component, State: s}
		if r.IntN(8) == 0 {
			c.Raw = fmt.Sprintf("status=%d", r.IntN(3))
		}
		if r.IntN(8) == 0 {
			sure := float64(r.IntN(5)) / 4
			c.Confidence = &sure
		}
		if r.IntN(5) == 0 {
			c.ObservedAt = l.time()
		}
		if r.IntN(8) == 0 {
			c.Interval = device.Duration(300 * time.Second)
		}
		o.Claims = append(o.Claims, c)
	}
	for range 1 + r.IntN(8)/7 {
		claim(device.FacetReach, "", state())
	}
	if r.IntN(2) == 0 {
		claim(device.FacetMgmt, "", state())
	}
	for n := range r.IntN(3) {
		health := []device.State{device.StateOK, device.StateWarning, device.StateCritical}
		claim(device.FacetHealth, fmt.Sprintf("disk:Disk %d", n), health[r.IntN(12)/5])
	}
	if r.IntN(3) == 0 {
		r.Shuffle(len(o.Claims), func(i, j int) { o.Claims[i], o.Claims[j] = o.Claims[j], o.Claims[i] })
	}
	if r.IntN(4) == 0 {
		o.Readings = []device.Reading{{Quantity: "load", Value: r.Float64()}}
		for n := range 1 + r.IntN(3) {
			o.Alerts = append(o.Alerts, device.Alert{
				Ref: fmt.Sprint(n), Severity: []string{"", "warning", "critical"}[r.IntN(3)], State: []string{"firing", "acknowledged", "logged"}[r.IntN(8)/3],
				Since: l.time(), Text: fmt.Sprintf("port %d down\n", r.IntN(2)),
			})
		}
		o.Links = []device.Link{{Component: "port:1", Kind: []string{"fdb", "lldp"}[r.IntN(2)], Name: fmt.Sprint(r.IntN(2))}}
	}
	return o
}

// time is none, of late, long ago, or ahead, and as fine as clocks are.
func (l *lab) time() time.Time {
	now, r := time.Now(), l.rnd
	switch r.IntN(12) {
	case 0, 1, 2, 3:
		return time.Time{}
	case 4:
		return now.Add(-time.Duration(r.IntN(7200)) * time.Second)
	case 5:
		return now.Add(time.Duration(r.IntN(120)) * time.Second)
	case 6:
		return now.Add(-time.Duration(r.Int64N(int64(time.Minute)))).In(time.FixedZone("", 3600))
	}
	return now.Add(-time.Duration(r.IntN(60)) * time.Second).Truncate(time.Second)
}

func (l *lab) order() {
	r := l.rnd
	devices := l.pipe.Devices(time.Now())
	if len(devices) == 0 {
		return
	}
	some := func() device.Current { return devices[r.IntN(len(devices))] }
	var o pipeline.Orders
	switch r.IntN(8) {
	case 0, 1:
		o.Mutes = []consensus.Mute{{Device: some().ID, Kind: device.OverlayMaintenance, On: true, Reason: "disk", Until: time.Now().Add(time.Duration(r.IntN(900)) * time.Second)}}
	case 2:
		o.Mutes = []consensus.Mute{{Device: some().ID, Kind: device.OverlayMaintenance}}
	case 3:
		o.Mutes = []consensus.Mute{{Device: some().ID, Kind: device.OverlayAcknowledged, On: true}}
	case 4:
		o.Believe = []string{l.sources[r.IntN(len(l.sources))]}
	case 5:
		o.Identity = []identity.Order{{Kind: identity.OrderMerge, Device: some().ID, Other: some().ID}}
	case 6:
		o.Identity = []identity.Order{{Kind: identity.OrderRename, Device: some().ID, Name: fmt.Sprintf("box%d", r.IntN(3))}}
		if d := some(); r.IntN(2) == 0 && len(d.Bindings) > 1 {
			o.Identity = []identity.Order{{Kind: identity.OrderSplit, Device: d.ID, Refs: []device.SourceRef{{Source: d.Bindings[0].Source, Ref: d.Bindings[0].Ref}}}}
		}
	case 7:
		o.Identity = []identity.Order{{Kind: identity.OrderUndo}}
		if r.IntN(3) == 0 {
			o.Identity = []identity.Order{{Kind: identity.OrderForget, Device: some().ID}}
		}
	}
	err := l.pipe.Order(context.Background(), o)
	if _, refused := errors.AsType[*pipeline.Refused](err); err != nil && !refused {
		l.t.Error(err)
	}
}

// look keeps a checkpoint and, to compare with, the state of the same instant as it is loaded.
func (l *lab) look() {
	synctest.Wait() // for tie-breakers on their way
	at, err := l.store.Checkpoint(context.Background())
	if err != nil {
		l.t.Fatal(err)
	}
	loaded, err := l.store.Load(context.Background())
	if err != nil {
		l.t.Fatal(err)
	}
	if !at.IsZero() {
		l.states[at] = stateText(l.t, loaded.Identity, loaded.Consensus)
	}
}

func stateText(t *testing.T, who *identity.State, truth *consensus.State) string {
	t.Helper()
	b, err := json.MarshalIndent([]any{who, truth}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// story is what a record tells of its instants: events but for those of the agent's own, verdicts.
type story map[time.Time][]string

func (s story) tell(t *testing.T, at time.Time, v any) {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	s[at] = append(s[at], string(b))
}

func (s story) event(t *testing.T, e device.Event) {
	if e.Type == device.EventSourceCrashed {
		return
	}
	e.Seq, e.ID = 0, ""
	s.tell(t, e.At, e)
}

func (s story) verdict(t *testing.T, v device.Verdict) {
	v.Seq = 0
	s.tell(t, v.DecidedAt, v)
}

// told is the story on record.
func told(t *testing.T, r *store.Reader) story {
	t.Helper()
	s := story{}
	ctx := context.Background()
	events, err := r.Events(ctx, 0, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	var verdicts []device.Verdict
	ids := map[device.ID]bool{}
	for _, e := range events {
		s.event(t, e)
		if e.Device != nil {
			ids[e.Device.ID] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		vs, err := r.Verdicts(ctx, id, time.Time{}, time.Time{}, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		verdicts = append(verdicts, vs...)
	}
	slices.SortFunc(verdicts, func(a, b device.Verdict) int { return int(a.Seq - b.Seq) })
	for _, v := range verdicts {
		s.verdict(t, v)
	}
	return s
}
