package journaltest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
	"github.com/quorate/quorate/pipeline"
)

// Subject is a kind of journal. Open returns a fresh one with nothing in it; Reopen ends j and returns a journal over
// the same record, as after a restart. Both end what they open by t.Cleanup.
type Subject struct {
	Open   func(t *testing.T) pipeline.Journal
	Reopen func(t *testing.T, j pipeline.Journal) pipeline.Journal
}

// Run runs every check.
func Run(t *testing.T, s Subject) {
	for _, c := range []struct {
		name  string
		check func(*testing.T, Subject)
	}{
		{"a fresh record is empty", fresh},
		{"what is committed is there after a restart", durable},
		{"a repeated commit counts once", repeated},
		{"a record that cannot be stored leaves nothing", atomic},
		{"later values replace earlier ones", replaced},
		{"the newest print of a ref, late ones aside", prints},
		{"what the newest word of a ref reports", alerts},
		{"the newest settings", settings},
		{"events come in order and in pages", events},
		{"cursors are kept apart and never go back", cursors},
		{"a ledger moves with its cursor", ledgers},
		{"rejections can be listed at any time", rejected},
		{"a clock instant alone is kept", clockInstant},
		{"readers do not disturb commits", concurrent},
		{"dates that moved are there after a restart", dates},
		{"the caller's record is its own", ownership},
	} {
		t.Run(c.name, func(t *testing.T) { c.check(t, s) })
	}
}

func fresh(t *testing.T, s Subject) {
	l := mustLoad(t, s.Open(t))
	if !l.Fresh || l.LastSeq != 0 || l.LastBatch != 0 || !l.LastInstant.IsZero() || len(l.Prints)+len(l.Identity.Devices)+len(l.Consensus.Devices) > 0 {
		t.Errorf("not empty: %+v", l)
	}
	if l.Consensus.Global == nil {
		t.Error("the consensus state is not a NewState")
	}
}

func durable(t *testing.T, s Subject) {
	j := s.Open(t)
	salt := mustLoad(t, j).Salt
	rs := []*pipeline.Record{record(1), record(2), record(3)}
	mustCommit(t, j, rs...)
	wantState(t, mustLoad(t, j), rs...)
	j = s.Reopen(t, j)
	l := mustLoad(t, j)
	wantState(t, l, rs...)
	if l.Salt != salt {
		t.Errorf("the salt has changed: %q, was %q", l.Salt, salt)
	}
	wantEvents(t, j, 0, 100, rs...)
}

func settings(t *testing.T, s Subject) {
	j := s.Open(t)
	want := func(j pipeline.Journal, text string) {
		t.Helper()
		if got := mustLoad(t, j).Settings; string(got) != text {
			t.Errorf("settings %q, want %q", got, text)
		}
	}
	want(j, "")
	first, second := record(1), record(3)
	first.Settings, second.Settings = []byte(`{"a":1}`), []byte(`{"a":2}`)
	mustCommit(t, j, first, record(2))
	want(j, `{"a":1}`)
	mustCommit(t, j, second)
	want(s.Reopen(t, j), `{"a":2}`)
}

func repeated(t *testing.T, s Subject) {
	j := s.Open(t)
	mustCommit(t, j, record(1), record(2), record(2), record(3))
	wantEvents(t, j, 0, 100, record(1), record(2), record(3))
	wantState(t, mustLoad(t, j), record(1), record(2), record(3))
}

func atomic(t *testing.T, s Subject) {
	j := s.Open(t)
	mustCommit(t, j, record(1))
	bad := record(2)
	bad.Events[1].Seq = 1 // taken
	if err := j.Commit(t.Context(), bad); err == nil {
		t.Fatal("a second event with one number was taken")
	}
	wantState(t, mustLoad(t, j), record(1))
	wantEvents(t, j, 0, 100, record(1))
	mustCommit(t, j, record(2))
	wantState(t, mustLoad(t, j), record(1), record(2))
}

func replaced(t *testing.T, s Subject) {
	j := s.Open(t)
	mustCommit(t, j, record(1))
	r := record(2)
	one := device.ID("d_0000000001")
	r.IdentityDevices[one] = &identity.Device{ID: one, Name: "other", Created: start, MergedInto: "d_0000000002"}
	r.Bindings[ref("librenms", "1")] = &identity.Binding{Source: "librenms", Ref: "1", Device: "d_0000000002", By: identity.ByMerge, Since: start}
	r.Removed = []device.ID{one}
	r.Global = nil
	mustCommit(t, j, r)
	l := mustLoad(t, s.Reopen(t, j))
	if got := l.Identity.Devices[one]; got == nil || got.Name != "other" || got.MergedInto != "d_0000000002" {
		t.Errorf("device: %+v", got)
	}
	if got := l.Identity.Bindings[ref("librenms", "1")]; got == nil || got.By != identity.ByMerge {
		t.Errorf("binding: %+v", got)
	}
	if got := l.Consensus.Devices[one]; got != nil {
		t.Errorf("the removed device is there: %+v", got)
	}
	if !l.Consensus.Global.LastInstant.Equal(record(1).Instants[0]) {
		t.Errorf("a nil Global replaced the old one: %+v", l.Consensus.Global)
	}
	r = record(3)
	r.IdentityRemoved = []device.ID{one}
	mustCommit(t, j, r)
	if got := mustLoad(t, j).Identity.Devices[one]; got != nil {
		t.Errorf("the forgotten device is there: %+v", got)
	}
}

func prints(t *testing.T, s Subject) {
	j := s.Open(t)
	r1, r2, r3 := record(1), record(2), record(3)
	r3.Observations[0].Late, r3.Observations[0].Novelty = true, pipeline.Late
	r3.Observations = append(r3.Observations, pipeline.ObservationRow{
		Source: "prtg", Ref: "1", Device: "d_0000000001", ObservedAt: start, RecordedAt: start, Novelty: pipeline.FirstSeen, Print: 7, Body: []byte("{}"),
	})
	mustCommit(t, j, r1, r2, r3)
	want := map[device.SourceRef]uint64{ref("librenms", "1"): 1<<63 + 2, ref("prtg", "1"): 7}
	if diff := cmp.Diff(want, mustLoad(t, s.Reopen(t, j)).Prints); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// alerts are those of the newest row that is not late, and of no other.
func alerts(t *testing.T, s Subject) {
	j := s.Open(t)
	body := func(r *pipeline.Record, text string) { r.Observations[0].Body = []byte(text) }
	r1, r2, r3, r4 := record(1), record(2), record(3), record(4)
	body(r1, `{"ref":"1","alerts":[{"ref":"a","severity":"warning"}]}`)
	body(r2, `{"ref":"1","alerts":[{"ref":"b","severity":"critical","since":"2026-01-01T00:00:00Z","text":"disk failed"},{"ref":"c"}]}`)
	body(r3, `{"ref":"1","alerts":[{"ref":"d"}]}`)
	r3.Observations[0].Late = true
	body(r4, `{"ref":"1"}`)
	mustCommit(t, j, r1, r2, r3)
	j = s.Reopen(t, j)
	want := map[device.SourceRef][]device.Alert{
		ref("librenms", "1"): {{Ref: "b", Severity: "critical", Since: start, Text: "disk failed"}, {Ref: "c"}},
	}
	if diff := cmp.Diff(want, mustLoad(t, j).Alerts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	mustCommit(t, j, r4)
	if got := mustLoad(t, s.Reopen(t, j)).Alerts; len(got) > 0 {
		t.Errorf("all is well, and loaded is %v", got)
	}
}

func events(t *testing.T, s Subject) {
	j := s.Open(t)
	rs := []*pipeline.Record{record(1), record(2), record(3)}
	mustCommit(t, j, rs...)
	wantEvents(t, j, 0, 1, rs...)
	wantEvents(t, j, 1, 3, rs...)
	wantEvents(t, j, 4, 3, rs...)
	wantEvents(t, j, 6, 3)
	wantEvents(t, j, 99, 3)
}

func cursors(t *testing.T, s Subject) {
	j := s.Open(t)
	want := func(sink string, seq int64) {
		t.Helper()
		got, err := j.Cursor(t.Context(), sink)
		if err != nil {
			t.Fatal(err)
		}
		if got != seq {
			t.Errorf("cursor of %s: %d, want %d", sink, got, seq)
		}
	}
	advance := func(sink string, seq int64) {
		t.Helper()
		if err := j.Advance(t.Context(), sink, seq, nil); err != nil {
			t.Fatal(err)
		}
	}
	want("blog", 0)
	mustCommit(t, j, record(1), record(2), record(3))
	advance("blog", 3)
	advance("hub", 1)
	advance("blog", 2)
	want("blog", 3)
	want("hub", 1)
	j = s.Reopen(t, j)
	want("blog", 3)
	want("hub", 1)
	want("new", 0)
}

func ledgers(t *testing.T, s Subject) {
	j := s.Open(t)
	mustCommit(t, j, record(1), record(2), record(3))
	want := func(sink string, seq int64, entries ...pipeline.Entry) {
		t.Helper()
		at, err := j.Cursor(t.Context(), sink)
		got, reading := j.Entries(t.Context(), sink)
		if err := errors.Join(err, reading); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(entries, got, cmpopts.EquateEmpty()); diff != "" || at != seq {
			t.Errorf("cursor of %s at %d, want %d; ledger (-want +got):\n%s", sink, at, seq, diff)
		}
	}
	entry := func(key, value string) pipeline.Entry { return pipeline.Entry{Key: key, Value: []byte(value)} }
	advance := func(sink string, seq int64, entries ...pipeline.Entry) {
		t.Helper()
		if err := j.Advance(t.Context(), sink, seq, entries); err != nil {
			t.Fatal(err)
		}
	}
	want("hub", 0)
	advance("hub", 1, entry("b", "1"), entry("a", "1"), entry("", "own"))
	advance("blog", 2, entry("a", "other"))
	want("hub", 1, entry("", "own"), entry("a", "1"), entry("b", "1"))
	// What was written later holds, also within one call, and a cursor that stays or would go back loses nothing.
	advance("hub", 1, entry("b", "2"), pipeline.Entry{Key: "a"}, entry("c", "1"), entry("c", ""))
	advance("hub", 0, entry("d", "1"), pipeline.Entry{Key: "never there"})
	want("hub", 1, entry("", "own"), entry("b", "2"), entry("c", ""), entry("d", "1"))
	what := device.Rejection{Source: "sink:hub", Ref: "2", Reason: "too large", Body: []byte("{}")}
	if err := j.SetAside(t.Context(), start, "hub", 2, []pipeline.Entry{{Key: "d"}}, what); err != nil {
		t.Fatal(err)
	}
	j = s.Reopen(t, j)
	want("hub", 2, entry("", "own"), entry("b", "2"), entry("c", ""))
	want("blog", 2, entry("a", "other"))
	want("new", 0)
}

func rejected(t *testing.T, s Subject) {
	j := s.Open(t)
	for n := range 3 {
		if err := j.Reject(t.Context(), start, []device.Rejection{{Source: "prtg", Ref: fmt.Sprint(n), Reason: "because", Body: []byte("x")}, {Reason: "no source"}}); err != nil {
			t.Fatal(err)
		}
	}
	mustCommit(t, j, record(1))
}

func clockInstant(t *testing.T, s Subject) {
	j := s.Open(t)
	at := start.Add(10 * time.Second)
	mustCommit(t, j, &pipeline.Record{Batch: 1, Instants: []time.Time{at}, Global: &consensus.Global{LastInstant: at}})
	l := mustLoad(t, s.Reopen(t, j))
	if l.Fresh || !l.LastInstant.Equal(at) || l.LastBatch != 1 || l.LastSeq != 0 {
		t.Errorf("loaded %+v", l)
	}
}

func concurrent(t *testing.T, s Subject) {
	j := s.Open(t)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var once sync.Once
	var failed error
	note := func(err error) {
		if err != nil && !errors.Is(err, context.Canceled) {
			once.Do(func() { failed = err })
		}
	}
	for i := range 3 {
		wg.Go(func() {
			for n := int64(1); ctx.Err() == nil; n++ {
				got, err := j.Events(ctx, 0, 1000)
				note(err)
				for k, e := range got {
					if e.Seq != int64(k+1) {
						note(fmt.Errorf("event %d at place %d", e.Seq, k))
						return
					}
				}
				if err == nil && len(got)%2 != 0 {
					note(fmt.Errorf("half a commit was seen: %d events", len(got)))
				}
				note(j.Advance(ctx, fmt.Sprint("sink", i), n%10, []pipeline.Entry{{Key: fmt.Sprint(n % 3), Value: []byte("x")}}))
				note(j.Reject(ctx, start, []device.Rejection{{Source: "prtg", Reason: "because"}}))
			}
		})
	}
	for n := range 30 {
		mustCommit(t, j, record(n+1))
	}
	stop()
	wg.Wait()
	if failed != nil {
		t.Error(failed)
	}
}

// ownership: the pipeline reuses what a record holds.
func ownership(t *testing.T, s Subject) {
	j := s.Open(t)
	r := record(1)
	mustCommit(t, j, r)
	r.Events[0].Text = "changed"
	clear(r.Bindings)
	clear(r.Devices)
	r.Observations[0].Body[0] = 'X'
	wantState(t, mustLoad(t, j), record(1))
	wantEvents(t, j, 0, 100, record(1))
}

// dates: devices that say the same again are not in a record, and their dates are all the same.
func dates(t *testing.T, s Subject) {
	j := s.Open(t)
	cfg := &consensus.Config{Sources: map[string]consensus.Source{}}
	for _, name := range []string{"librenms", "prtg"} {
		cfg.Sources[name] = consensus.Source{Name: name, Interval: time.Minute}
	}
	live, moved := consensus.NewState(), 0
	for n := range 40 {
		in := consensus.Instant{At: start.Add(time.Duration(n) * time.Minute)}
		for _, name := range []string{"librenms", "prtg"} {
			sn := consensus.Snapshot{Source: name, At: in.At}
			for d := range 5 {
				state := device.StateUp
				if n > 25 && (n+d)%7 == 0 {
					state = device.StateDown // now and then one of them says something new
				}
				if name == "prtg" && n%4 == 3 && d == 2 {
					continue // and one is left out
				}
				sn.Observations = append(sn.Observations, consensus.Bound{Device: device.ID(fmt.Sprintf("d_%d", d)), Observation: &device.Observation{
					Identity: device.Identity{Ref: fmt.Sprint(d)}, ObservedAt: in.At.Add(-time.Duration(d) * time.Second),
					Claims: []device.Claim{{Facet: device.FacetReach, State: state}, {Facet: device.FacetMgmt, State: state, ObservedAt: in.At.Add(-time.Minute)}},
				}})
			}
			in.Snapshots = append(in.Snapshots, sn)
		}
		o := consensus.Judge(cfg, live, in)
		moved += len(o.Dates())
		mustCommit(t, j, &pipeline.Record{
			Batch: uint64(n + 1), Instants: []time.Time{in.At}, Devices: o.Devices, Removed: o.Removed, Dates: o.Dates(), Sources: o.Sources,
			Global: o.Global,
		})
		live.Apply(o)
		if n%5 == 0 {
			j = s.Reopen(t, j)
		}
		same(t, fmt.Sprintf("instant %d", n), live, mustLoad(t, j).Consensus)
	}
	if moved == 0 {
		t.Error("no dates moved: the check checks nothing")
	}
}
