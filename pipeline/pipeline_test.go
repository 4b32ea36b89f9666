package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
)

func testConfig(sources ...string) Config {
	cfg := Config{Consensus: consensus.Config{Sources: map[string]consensus.Source{}, Hash: "h"}}
	for _, s := range sources {
		cfg.Consensus.Sources[s] = consensus.Source{Name: s, Interval: time.Minute}
	}
	return cfg
}

// observed is one device that answers, seen just now.
func observed(ref string, state device.State) device.Observation {
	return device.Observation{
		Identity: device.Identity{Ref: ref, Name: "dev" + ref, Addresses: []string{"192.0.2." + ref}},
		Claims:   []device.Claim{{Facet: device.FacetReach, State: state}},
	}
}

func snapshot(source string, state device.State, refs ...string) device.Snapshot {
	s := device.Snapshot{Source: source}
	for _, r := range refs {
		s.Observations = append(s.Observations, observed(r, state))
	}
	return s
}

// running is a pipeline in a synctest bubble.
type running struct {
	*Pipeline
	t    *testing.T
	stop context.CancelFunc
	done chan error

	flips int
}

func run(t *testing.T, j Journal, cfg Config, change ...func(*Pipeline)) *running {
	t.Helper()
	p, err := New(cfg, Options{Journal: j})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range change {
		f(p)
	}
	ctx, stop := context.WithCancel(t.Context())
	r := &running{Pipeline: p, t: t, stop: stop, done: make(chan error, 1)}
	go func() { r.done <- p.Run(ctx) }()
	select {
	case <-p.Ready():
	case err := <-r.done:
		t.Fatalf("run: %v", err)
	}
	return r
}

// end stops the pipeline and waits for it. A goroutine that is left over fails the bubble.
func (r *running) end() {
	r.t.Helper()
	r.stop()
	if err := <-r.done; err != nil {
		r.t.Errorf("run: %v", err)
	}
}

func (r *running) publish(s device.Snapshot) {
	r.t.Helper()
	if err := r.Publish(r.t.Context(), s); err != nil {
		r.t.Fatalf("publish: %v", err)
	}
}

func TestPublishIsDurable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &MemJournal{Salt: "s"}
		r := run(t, j, testConfig("librenms", "prtg"))
		r.publish(snapshot("librenms", device.StateUp, "1", "2"))
		records := j.Records()
		if len(records) != 1 || len(records[0].Polls) != 1 || len(records[0].Observations) != 2 {
			t.Fatalf("committed when Publish returned: %d records", len(records))
		}
		for _, o := range records[0].Observations {
			if o.Novelty != FirstSeen || o.Print == 0 || o.Device == "" || strings.Contains(string(o.Body), "readings") {
				t.Errorf("row %+v %s", o, o.Body)
			}
		}
		if got := r.LastSeq(); got != int64(len(records[0].Events)) || got == 0 {
			t.Errorf("last seq %d", got)
		}
		devices := r.Devices(time.Now())
		if len(devices) != 2 || devices[0].Name != "dev1" || len(devices[0].Bindings) != 1 || devices[0].Status != device.StatusUp {
			t.Errorf("devices %+v", devices)
		}
		if c, ok := r.Device("192.0.2.2", time.Now()); !ok || c.Name != "dev2" {
			t.Errorf("by address: %v %+v", ok, c)
		}
		// Nothing new: a mark each, no row. A reading does not make it new.
		time.Sleep(time.Minute)
		again := snapshot("librenms", device.StateUp, "1", "2")
		again.Observations[0].Readings = []device.Reading{{Quantity: "load", Value: 3, Unit: "%"}}
		r.publish(again)
		last := j.Records()[len(j.Records())-1]
		if len(last.Observations) != 0 || len(last.Polls[0].Marks) != 2 || len(last.Readings) != 1 {
			t.Errorf("a repetition: %d rows, %d marks, %d readings", len(last.Observations), len(last.Polls[0].Marks), len(last.Readings))
		}
		r.end()
	})
}

func TestNoveltyHasAReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &MemJournal{}
		r := run(t, j, testConfig("librenms"))
		want := func(o device.Observation, novelty Novelty) {
			t.Helper()
			time.Sleep(time.Minute)
			r.publish(device.Snapshot{Source: "librenms", Observations: []device.Observation{o}})
			rows := j.Records()[len(j.Records())-1].Observations
			got := Repeat
			if len(rows) > 0 {
				got = rows[0].Novelty
			}
			if got != novelty {
				t.Errorf("novelty %q, want %q", got, novelty)
			}
		}
		o := observed("1", device.StateUp)
		o.ObservedAt = time.Now()
		want(o, FirstSeen)
		want(o, Repeat)
		o.Claims = []device.Claim{{Facet: device.FacetMgmt, State: device.StateUp}, {Facet: device.FacetReach, State: device.StateUp}}
		want(o, ClaimChanged)
		slices.Reverse(o.Claims)
		want(o, Repeat)
		o.Links = []device.Link{{Component: "port:1", MAC: "00:00:5e:00:53:01", Kind: "fdb"}}
		want(o, Repeat)
		o.Location = "rack 2"
		want(o, IdentityChanged)
		o.Abstain, o.Claims = device.AbstainPaused, nil
		want(o, ClaimChanged)
		o.Alerts = []device.Alert{{Ref: "7", Text: "port down"}}
		want(o, ClaimChanged)
		late := observed("1", device.StateUp)
		late.ObservedAt = o.ObservedAt.Add(-time.Hour)
		late.Addresses = []string{"192.0.2.99"}
		want(late, Late)
		want(late, Repeat)
		o.ObservedAt = time.Now()
		want(o, Repeat)
		if c, _ := r.Device("dev1", time.Now()); !slices.Equal(c.Addresses, []string{"192.0.2.1"}) {
			t.Errorf("history has moved the device to %v", c.Addresses)
		}
		r.end()
	})
}

// While a commit runs, what comes waits and becomes one batch: one instant, one commit. A second snapshot of one source
// is an instant of its own.
func TestGroupCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		block := make(chan struct{})
		j := &MemJournal{Fail: func(*Record) error { <-block; return nil }}
		r := run(t, j, testConfig("a", "b", "c", "d"))
		var wg sync.WaitGroup
		send := func(source string) {
			wg.Go(func() { r.publish(snapshot(source, device.StateUp, "1")) })
			synctest.Wait()
		}
		send("a") // is committing
		send("b") // waits in the queue
		send("c") // waits in the handler
		send("d") // waits in the batcher, with the next ones
		send("a")
		send("b")
		send("b")
		close(block)
		wg.Wait()
		var got []string
		var last time.Time
		for _, rec := range j.Records() {
			var sources []string
			for _, p := range rec.Polls {
				sources = append(sources, p.Source)
			}
			got = append(got, strings.Join(sources, " "))
			if !rec.Instants[0].After(last) {
				t.Errorf("instant %v does not follow %v", rec.Instants[0], last)
			}
			last = rec.Instants[0]
		}
		if want := []string{"a", "b", "c", "a b d", "b"}; !slices.Equal(got, want) {
			t.Errorf("commits %q, want %q", got, want)
		}
		r.end()
	})
}

func TestFailingCommitIsRetriedAndNothingIsRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		failing, tries := true, 0
		j := &MemJournal{Fail: func(r *Record) error {
			mu.Lock()
			defer mu.Unlock()
			if failing {
				tries++
				return errors.New("disk full")
			}
			return nil
		}}
		r := run(t, j, testConfig("librenms"))
		nudge, end := r.Subscribe()
		defer end()
		published := make(chan error, 1)
		go func() { published <- r.Publish(t.Context(), snapshot("librenms", device.StateUp, "1")) }()
		time.Sleep(time.Minute)
		select {
		case err := <-published:
			t.Fatalf("Publish returned %v before anything was stored", err)
		case <-nudge:
			t.Fatal("a nudge for what is not stored")
		default:
		}
		if n := len(r.Devices(time.Now())); n != 0 || r.LastSeq() != 0 {
			t.Errorf("the view knows %d devices, seq %d", n, r.LastSeq())
		}
		mu.Lock()
		if tries < 5 || tries > 100 {
			t.Errorf("%d tries in a minute", tries)
		}
		failing = false
		mu.Unlock()
		room := time.Now()
		if err := <-published; err != nil {
			t.Error(err)
		}
		if d := time.Since(room); d > 5*time.Second { // of the bubble's clock
			t.Errorf("it went on %s after there was room again", d)
		}
		if n := len(r.Devices(time.Now())); n != 1 {
			t.Errorf("%d devices", n)
		}
		if seq := <-nudge; seq != r.LastSeq() {
			t.Errorf("nudge %d, want %d", seq, r.LastSeq())
		}
		r.end()
	})
}

// A stop does not hang on a journal that stays broken: Publish says that nobody knows.
func TestStopWithBrokenJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &MemJournal{Fail: func(*Record) error { return errors.New("disk full") }}
		r := run(t, j, testConfig("librenms"))
		published := make(chan error, 1)
		go func() { published <- r.Publish(context.Background(), snapshot("librenms", device.StateUp, "1")) }()
		synctest.Wait()
		r.end()
		if err := <-published; err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Errorf("published: %v", err)
		}
		if err := r.Publish(t.Context(), snapshot("librenms", device.StateUp, "1")); !errors.Is(err, ErrStopped) {
			t.Errorf("after the stop: %v", err)
		}
	})
}

// What was taken is committed before Run returns.
func TestStopDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		block := make(chan struct{})
		j := &MemJournal{Fail: func(*Record) error { <-block; return nil }}
		r := run(t, j, testConfig("a", "b", "c", "d", "e"))
		errs := make(chan error, 5)
		for _, s := range []string{"a", "b", "c", "d", "e"} {
			go func() { errs <- r.Publish(context.Background(), snapshot(s, device.StateUp, "1")) }()
			synctest.Wait()
		}
		r.stop()
		synctest.Wait()
		close(block)
		r.end()
		for range 5 {
			if err := <-errs; err != nil {
				t.Errorf("published: %v", err)
			}
		}
		polls := 0
		for _, rec := range j.Records() {
			polls += len(rec.Polls)
		}
		if polls != 5 {
			t.Errorf("%d polls of 5 are stored", polls)
		}
	})
}

func TestPanics(t *testing.T) {
	t.Run("a handler's goes to rejected, without a hot loop", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			j := &MemJournal{}
			calls := 0
			r := run(t, j, testConfig("librenms", "prtg"), func(p *Pipeline) {
				good := p.accept
				p.accept = func(ctx context.Context, b *batch) error {
					if b.items[0].snapshot.Source == "prtg" {
						calls++
						panic("boom with a\nsecond line")
					}
					return good(ctx, b)
				}
			})
			r.publish(snapshot("prtg", device.StateUp, "1"))
			r.publish(snapshot("librenms", device.StateUp, "1"))
			if calls != 1+handlerRetries {
				t.Errorf("the handler ran %d times", calls)
			}
			got := j.Rejected()
			if len(got) != 1 || got[0].Source != "prtg" || !strings.Contains(got[0].Reason, "boom") || strings.Contains(got[0].Reason, "\n") || len(got[0].Body) == 0 {
				t.Errorf("rejected: %+v", got)
			}
			r.end()
		})
	})
	t.Run("a stage's costs the snapshot that met it", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			block := make(chan struct{})
			j := &MemJournal{Fail: func(*Record) error { <-block; return nil }}
			r := run(t, j, testConfig("a", "b", "c"), func(p *Pipeline) {
				p.stages = append(p.stages, stage{"test", func(_ *View, in *instant) {
					for _, s := range in.snaps {
						if s.Source == "b" && s.Err == "" {
							panic("boom")
						}
					}
				}})
			})
			var wg sync.WaitGroup
			for _, s := range []string{"c", "c", "c", "c", "a", "b"} {
				wg.Go(func() { r.publish(snapshot(s, device.StateUp, "1")) })
				synctest.Wait()
			}
			wg.Go(func() {
				if err := r.AddEvents(t.Context(), []device.Event{{Type: device.EventConfigReloaded}}); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
			close(block)
			wg.Wait()
			sources := map[string]int{}
			for _, rec := range j.Records() {
				for _, p := range rec.Polls {
					sources[p.Source]++
				}
			}
			if diff := cmp.Diff(map[string]int{"a": 1, "c": 4}, sources); diff != "" {
				t.Errorf("polls stored (-want +got):\n%s", diff)
			}
			if got := j.Rejected(); len(got) != 1 || got[0].Source != "b" || got[0].Reason != "stage test: boom" {
				t.Errorf("rejected: %+v", got)
			}
			r.end()
		})
	})
}

func TestRejected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &MemJournal{}
		r := run(t, j, testConfig("librenms"))
		s := snapshot("librenms", device.StateUp, "1")
		s.Rejected = []device.Rejection{{Source: "librenms", Ref: "2", Reason: "ref is empty"}}
		r.publish(s)
		r.publish(snapshot("stranger", device.StateUp, "1"))
		want := []device.Rejection{{Source: "librenms", Ref: "2", Reason: "ref is empty"}, {Source: "stranger", Reason: "the source is not configured"}}
		if diff := cmp.Diff(want, j.Rejected()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if n := len(r.Devices(time.Now())); n != 1 {
			t.Errorf("%d devices", n)
		}
		r.end()
	})
}

// A record that can never be stored is set aside, and the next one flows.
func TestPermanentFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &MemJournal{Fail: func(r *Record) error {
			if len(r.Polls) > 0 && r.Polls[0].Source == "prtg" {
				return Permanent(errors.New("a time that JSON cannot hold"))
			}
			return nil
		}}
		r := run(t, j, testConfig("librenms", "prtg"))
		r.publish(snapshot("prtg", device.StateUp, "1"))
		r.publish(snapshot("librenms", device.StateUp, "1"))
		if got := j.Rejected(); len(got) != 1 || got[0].Source != "prtg" || !strings.Contains(got[0].Reason, "JSON cannot hold") {
			t.Errorf("rejected: %+v", got)
		}
		if recs := j.Records(); len(recs) != 1 || recs[0].Polls[0].Source != "librenms" {
			t.Errorf("%d records", len(recs))
		}
		r.end()
	})
}

func TestClockInstants(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &MemJournal{}
		r := run(t, j, testConfig("librenms"))
		r.publish(snapshot("librenms", device.StateUp, "1"))
		time.Sleep(65 * time.Second)
		synctest.Wait()
		records := j.Records()
		if len(records) != 7 {
			t.Fatalf("%d records after a minute", len(records))
		}
		for i, rec := range records[1:] {
			if d := rec.Instants[0].Sub(records[i].Instants[0]); d != ClockInterval {
				t.Errorf("instant %d comes %v after the one before", i+1, d)
			}
		}
		if got := r.LastInstant(); !got.Equal(records[6].Instants[0]) {
			t.Errorf("last instant %v", got)
		}
		r.end()
	})
}

func TestInstants(t *testing.T) {
	base := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	steps := func(c *instants, now *time.Time, moves ...time.Duration) (out []string) {
		for _, m := range moves {
			*now = now.Add(m)
			at, lost := c.next()
			out = append(out, fmt.Sprintf("%v %v", at.Sub(base), lost))
		}
		return out
	}
	now := base
	fresh := &instants{clock: func() time.Time { return now }}
	got := steps(fresh, &now, 0, 0, 10*time.Second, 30*time.Second, 31*time.Second, -time.Minute, time.Second, -29*time.Second)
	want := []string{"0s false", "1µs false", "10s false", "40s false", "1m11s true", "1m11.000001s true", "1m12.000001s false", "1m12.000002s false"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fresh (-want +got):\n%s", diff)
	}
	now = base
	again := &instants{clock: func() time.Time { return now }, last: base.Add(time.Hour), lost: true}
	got = steps(again, &now, 0, time.Second)
	want = []string{"1h0m0.000001s true", "1h0m1.000001s false"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("restart (-want +got):\n%s", diff)
	}
}

// A restart continues: ids, numbers, bindings and what is known to be nothing new.
func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &MemJournal{Salt: "s"}
		r := run(t, j, testConfig("librenms"))
		r.publish(snapshot("librenms", device.StateUp, "1", "2"))
		before := r.Devices(time.Now())
		r.end()
		time.Sleep(20 * time.Second)
		r = run(t, j, testConfig("librenms"))
		r.publish(snapshot("librenms", device.StateUp, "1", "2"))
		last := j.Records()[len(j.Records())-1]
		if len(last.Observations) != 0 || len(last.Polls[0].Marks) != 2 {
			t.Errorf("after the restart %d rows, %d marks", len(last.Observations), len(last.Polls[0].Marks))
		}
		after := r.Devices(time.Now())
		if len(after) != 2 || after[0].ID != before[0].ID || after[1].ID != before[1].ID {
			t.Errorf("devices before %v, after %v", before, after)
		}
		r.end()
	})
}

func TestAddEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &MemJournal{Salt: "s"}
		r := run(t, j, testConfig("librenms"))
		r.publish(snapshot("librenms", device.StateUp, "1"))
		seq := r.LastSeq()
		if err := r.AddEvents(t.Context(), []device.Event{{Type: device.EventSourceCrashed, Source: "librenms", Text: "x"}, {Type: device.EventConfigReloaded}}); err != nil {
			t.Fatal(err)
		}
		got, err := j.Events(t.Context(), seq, 10)
		if err != nil || len(got) != 2 || got[0].Seq != seq+1 || got[0].Type != device.EventSourceCrashed || got[1].Seq != seq+2 ||
			got[0].At.IsZero() || got[0].ID != device.NewEventID("s", seq+1, got[0].At) {
			t.Errorf("%v %+v", err, got)
		}
		r.end()
	})
}

func TestReconfigure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &MemJournal{}
		r := run(t, j, testConfig("librenms"))
		r.publish(snapshot("librenms", device.StateUp, "1"))
		cfg := testConfig("librenms")
		cfg.Consensus.Hash = "h2"
		cfg.Identity.Pins = []identity.Pin{{Name: "box", Refs: map[string][]string{"librenms": {"1"}}}}
		if err := r.Reconfigure(cfg); err != nil {
			t.Fatal(err)
		}
		r.publish(snapshot("librenms", device.StateUp, "1"))
		if c, ok := r.Device("box", time.Now()); !ok || c.Name != "box" {
			t.Errorf("the pin is not in force: %v %+v", ok, c)
		}
		if recs := j.Records(); recs[len(recs)-1].ConfigHash != "h2" {
			t.Errorf("hash %q", recs[len(recs)-1].ConfigHash)
		}
		cfg.Consensus.Sources["bad"] = consensus.Source{Name: "bad"}
		if err := r.Reconfigure(cfg); err == nil {
			t.Error("a source without an interval was accepted")
		}
		r.end()
	})
}

func TestProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &MemJournal{}
		cfg := testConfig("librenms", "prtg", "snmp")
		cfg.Consensus.Sources["snmp"] = consensus.Source{Name: "snmp", Interval: time.Minute, CanProbe: true}
		var mu sync.Mutex
		var asked []consensus.ProbeRequest
		r := run(t, j, cfg, func(p *Pipeline) {
			p.opt.OnProbe = func(ctx context.Context, req consensus.ProbeRequest) {
				mu.Lock()
				asked = append(asked, req)
				mu.Unlock()
				if err := p.PublishProbe(ctx, snapshot("snmp", device.StateDown, "1")); err != nil {
					t.Errorf("probe: %v", err)
				}
			}
		})
		for _, s := range []string{"librenms", "prtg", "snmp"} {
			r.publish(snapshot(s, device.StateUp, "1", "2"))
		}
		time.Sleep(time.Minute)
		down := snapshot("prtg", device.StateUp, "1", "2")
		down.Observations[0].Claims[0].State = device.StateDown
		r.publish(down)
		half := snapshot("snmp", device.StateUp, "1", "2")
		half.Observations[0].Abstain, half.Observations[0].Claims = device.AbstainPaused, nil
		r.publish(half)
		synctest.Wait()
		mu.Lock()
		if len(asked) == 0 || len(asked[0].Sources) == 0 || asked[0].Sources[0].Source != "snmp" {
			t.Errorf("asked %+v", asked)
		}
		mu.Unlock()
		r.end()
	})
}

// A ref that a bare name binds is silent while others speak of its device, and speaks when they have fallen silent.
func TestWeakVotesAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := testConfig("librenms", "prtg")
		cfg.Identity.Domains = []string{"example.net"}
		r := run(t, &MemJournal{}, cfg)
		full := device.Observation{
			Identity: device.Identity{Ref: "1", Name: "nas", Hostnames: []string{"nas.example.net"}},
			Claims:   []device.Claim{{Facet: device.FacetReach, State: device.StateUp}},
		}
		bare := full
		bare.Ref, bare.Hostnames = "9", []string{"nas"}
		votes := func(librenms, prtg device.Abstention) {
			t.Helper()
			c, _ := r.Device("nas", time.Now())
			got := map[string]device.Abstention{}
			for _, v := range c.Votes {
				got[v.Source] = v.Abstain
			}
			if want := map[string]device.Abstention{"librenms": librenms, "prtg": prtg}; !maps.Equal(got, want) {
				t.Errorf("abstentions %v, want %v", got, want)
			}
		}
		both := func(failing bool) {
			s := device.Snapshot{Source: "librenms", Observations: []device.Observation{full}}
			if failing {
				s = device.Snapshot{Source: "librenms", Err: "timeout"}
			}
			r.publish(s)
			r.publish(device.Snapshot{Source: "prtg", Observations: []device.Observation{bare}})
			time.Sleep(time.Minute)
		}
		both(false)
		both(false)
		votes("", device.AbstainWeakIdentity)
		for range 6 {
			both(true)
		}
		votes(device.AbstainStale, "")
		both(false)
		votes("", device.AbstainWeakIdentity)
		r.end()
	})
}

func TestReplay(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(seconds int, s device.Snapshot) device.Snapshot {
		s.At = start.Add(time.Duration(seconds) * time.Second)
		return s
	}
	input := []device.Snapshot{
		at(0, snapshot("librenms", device.StateUp, "1", "2")), at(0, snapshot("prtg", device.StateUp, "1", "2")),
		at(60, snapshot("librenms", device.StateDown, "1", "2")), at(60, snapshot("prtg", device.StateDown, "1", "2")),
		at(120, snapshot("prtg", device.StateDown, "1", "2")), at(120, snapshot("librenms", device.StateDown, "1", "2")),
		at(180, device.Snapshot{}), at(180, device.Snapshot{Source: "librenms", Err: "timeout"}),
	}
	replay := func(input []device.Snapshot) ([]string, *MemJournal, *View, error) {
		j := &MemJournal{}
		var out []string
		i := 0
		v, err := Replay(t.Context(), testConfig("librenms", "prtg"), j, func() (device.Snapshot, error) {
			if i == len(input) {
				return device.Snapshot{}, io.EOF
			}
			i++
			return input[i-1], nil
		}, func(events []device.Event) error {
			for _, e := range events {
				out = append(out, fmt.Sprintf("%s %d %s %s", e.ID, e.Seq, e.Type, e.Text))
			}
			return nil
		})
		return out, j, v, err
	}
	first, j, v, err := replay(input)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(j.Records()); n != 4 {
		t.Errorf("%d instants, want 4", n)
	}
	devices := v.Devices(v.LastInstant())
	if len(devices) != 2 || devices[0].Status != device.StatusDown {
		t.Errorf("devices %+v", devices)
	}
	// The order within an instant does not matter, and two runs are the same.
	swapped := slices.Clone(input)
	for i := 0; i < len(swapped); i += 2 {
		swapped[i], swapped[i+1] = swapped[i+1], swapped[i]
	}
	second, _, _, err := replay(swapped)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("the order matters (-first +second):\n%s", diff)
	}
	if _, _, _, err := replay([]device.Snapshot{input[2], input[0]}); !errors.Is(err, ErrBackwards) {
		t.Errorf("back in time: %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	good := Options{Journal: &MemJournal{}}
	twice := good
	twice.Routes = []Route{{Sink: &listSink{name: "hub"}}, {Sink: &listSink{name: "hub"}}}
	bad := testConfig("librenms")
	bad.Consensus.Sources["librenms"] = consensus.Source{Name: "librenms"}
	for _, tt := range []struct {
		name string
		cfg  Config
		opt  Options
		want string
	}{
		{"no journal", testConfig("librenms"), Options{}, "needs a journal"},
		{"two sinks of one name", testConfig("librenms"), twice, "hub"},
		{"a source without an interval", bad, good, "interval"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := New(tt.cfg, tt.opt); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

type brokenLoad struct{ MemJournal }

func (*brokenLoad) Load(context.Context) (Loaded, error) { return Loaded{}, errors.New("damaged") }

func TestRunWithoutRecord(t *testing.T) {
	p, err := New(testConfig("librenms"), Options{Journal: &brokenLoad{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("run: %v", err)
	}
	if err := p.Publish(t.Context(), snapshot("librenms", device.StateUp, "1")); !errors.Is(err, ErrStopped) {
		t.Errorf("publish: %v", err)
	}
}

// Many sources wait for a broken journal: a stop takes stopGrace for all of them together.
func TestStopIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		names := []string{"a", "b", "c", "d", "e"}
		j := &MemJournal{Fail: func(*Record) error { return errors.New("disk full") }}
		r := run(t, j, testConfig(names...))
		errs := make(chan error, len(names))
		for _, s := range names {
			go func() { errs <- r.Publish(context.Background(), snapshot(s, device.StateUp, "1")) }()
			synctest.Wait()
		}
		start := time.Now()
		r.end()
		if took := time.Since(start); took > 2*stopGrace {
			t.Errorf("the stop took %v", took)
		}
		for range names {
			if err := <-errs; err == nil {
				t.Error("Publish says that it is stored")
			}
		}
	})
}

// The prints are stored: another value makes every observation of every record look new once.
func TestFingerprintIsStable(t *testing.T) {
	sure := 0.5
	o := &device.Observation{
		Claims: []device.Claim{
			{Facet: device.FacetReach, State: device.StateUp, Raw: "status=1 and more than eight bytes", Interval: device.Duration(time.Minute)},
			{Facet: device.FacetHealth, Component: "disk:1", State: device.StateOK, Confidence: &sure},
		},
		Alerts: []device.Alert{{Ref: "7", Since: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}},
	}
	o.Links = []device.Link{{Component: "port:1", Kind: "lldp", Name: "ap1"}}
	if got := fingerprint(o); got != 0x8f991d13b3bffaf0 {
		t.Errorf("print %#x", got)
	}
	before := fingerprint(o)
	for _, tt := range []struct {
		name   string
		change func()
	}{
		{"a claim's state", func() { o.Claims[0].State = device.StateDown }},
		{"a claim's confidence", func() { o.Claims[1].Confidence = nil }},
		{"a claim's interval", func() { o.Claims[0].Interval = 0 }},
		{"a claim's raw words", func() { o.Claims[0].Raw += "!" }},
		{"an alert", func() { o.Alerts[0].Severity = "critical" }},
		{"a neighbour", func() { o.Links[0].Name = "ap2" }},
		{"a claim less", func() { o.Claims = o.Claims[:1] }},
		{"an abstention", func() { o.Abstain = device.AbstainPaused }},
	} {
		tt.change()
		after := fingerprint(o)
		if after == before {
			t.Errorf("%s does not count", tt.name)
		}
		before = after
	}
	o.ObservedAt = time.Now()
	o.Claims[0].ObservedAt = time.Now()
	o.Readings = []device.Reading{{Quantity: "load", Value: 1}}
	o.Alerts[0].Since = time.Now()
	if fingerprint(o) != before {
		t.Error("times or readings count")
	}
}
