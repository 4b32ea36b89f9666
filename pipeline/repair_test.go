package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
)

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// failer is what *testing.T and *rapid.T have in common, as far as a desk needs it.
type failer interface {
	Helper()
	Fatalf(string, ...any)
}

// desk takes instants through the stages without a goroutine; keeps says to keep a record, restarts to load it anew
// before each.
type desk struct {
	*committer
	t        failer
	cfg      Config
	mem      *MemJournal
	keeps    bool
	restarts bool
}

func newDesk(t failer, cfg Config, keeps, restarts bool) *desk {
	d := &desk{t: t, cfg: cfg, mem: &MemJournal{}, keeps: keeps || restarts, restarts: restarts}
	d.start()
	return d
}

// start loads what the journal holds.
func (d *desk) start() {
	d.t.Helper()
	l, err := d.mem.Load(context.Background())
	if err != nil {
		d.t.Fatalf("load: %v", err)
	}
	v := newView(d.cfg)
	v.load(l)
	journal := Journal(blank{})
	if d.keeps {
		journal = d.mem
	}
	d.committer = &committer{journal: journal, log: slog.New(slog.DiscardHandler), view: v, mem: newMemory(l.Prints, l.Alerts, l.Consensus), stages: stages()}
}

// instant judges what arrived at at; nothing means that only time has passed.
func (d *desk) instant(at time.Time, items ...submitted) *instant {
	d.t.Helper()
	if d.restarts {
		d.start()
	}
	if len(items) == 0 {
		items = []submitted{{}}
	}
	in, err := d.process(context.Background(), at, false, items)
	if err != nil {
		d.t.Fatalf("%s: %v", at.Format(time.TimeOnly), err)
	}
	return in
}

// order carries out a decision of a person.
func (d *desk) order(at time.Time, o identity.Order) *instant {
	d.t.Helper()
	return d.instant(at, submitted{orders: &Orders{Identity: []identity.Order{o}}})
}

func (d *desk) find(name string) device.ID {
	d.t.Helper()
	id, ok := d.view.identity.Find(name)
	if !ok {
		d.t.Fatalf("there is no %q", name)
	}
	return id
}

// truth is all that is held of devices, sources and incidents. What is left out is how often somebody was wrong: what is
// judged while two devices are one is counted, and stays so.
func (d *desk) truth() string {
	d.t.Helper()
	global := *d.view.consensus.Global
	global.Own = 0
	s := consensus.State{Devices: d.view.consensus.Devices, Sources: map[string]*consensus.SourceState{}, Global: &global}
	for name, src := range d.view.consensus.Sources {
		c := *src
		c.FalseAlarms = 0
		s.Sources[name] = &c
	}
	b, err := json.MarshalIndent(&s, "", " ")
	if err != nil {
		d.t.Fatalf("%v", err)
	}
	return string(b)
}

// who is the partition of refs, with names and how each ref is bound; what can be undone is left out.
func (d *desk) who() string {
	d.t.Helper()
	var lines []string
	for ref, b := range d.view.identity.Bindings {
		of := d.view.identity.Devices[b.Device]
		lines = append(lines, fmt.Sprintf("%s/%s %s %s by %s since %s weak %t quiet %s held %q", ref.Source, ref.Ref, of.ID, of.Name, b.By,
			b.Since, b.Weak, b.QuietSince, b.Held))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// said is what events tell, without their numbers.
func said(in *instant) string {
	var lines []string
	for _, e := range in.record.Events {
		lines = append(lines, string(e.Type)+" "+e.Text)
	}
	return strings.Join(lines, "\n")
}

func threeSources() Config { return testConfig("librenms", "prtg", "snmp") }

// polls draws what some of three sources say of three devices that are not one: a, b and c, each with two refs.
func polls(t *rapid.T, at time.Time) []submitted {
	refs := map[string][]string{"librenms": {"a", "b"}, "prtg": {"b", "c"}, "snmp": {"a", "c"}}
	var out []submitted
	for _, source := range []string{"librenms", "prtg", "snmp"} {
		switch rapid.IntRange(0, 9).Draw(t, source) {
		case 0, 1:
			continue
		case 2:
			out = append(out, submitted{snapshot: device.Snapshot{Source: source, At: at, Err: "timeout"}})
			continue
		}
		s := device.Snapshot{Source: source, At: at}
		for _, ref := range refs[source] {
			o := device.Observation{
				Identity: device.Identity{Ref: ref, Name: ref, Addresses: []string{"192.0.2." + fmt.Sprint(ref[0])}},
				Claims:   []device.Claim{{Facet: device.FacetReach, State: rapid.SampledFrom([]device.State{device.StateUp, device.StateDown}).Draw(t, ref)}},
			}
			if rapid.Bool().Draw(t, "mgmt") {
				o.Claims = append(o.Claims, device.Claim{Facet: device.FacetMgmt, State: device.StateDown},
					device.Claim{Facet: device.FacetHealth, Component: "disk:1", State: device.StateWarning})
			}
			s.Observations = append(s.Observations, o)
		}
		out = append(out, submitted{snapshot: s})
	}
	return out
}

// Merge, then undo, with nothing heard in between: nothing has happened, now and later, through restarts too. Without
// parents: the incident of a third device may open at the merge, because its parent is no longer in doubt, and stays.
func TestMergeThenUndoIsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		left, right := newDesk(t, threeSources(), false, rapid.IntRange(0, 9).Draw(t, "restarts") == 0), newDesk(t, threeSources(), false, false)
		at := noon
		next := func(what string) {
			at = at.Add(time.Minute)
			items := polls(t, at)
			x, y := left.instant(at, items...), right.instant(at, items...)
			if a, b := said(x), said(y); a != b {
				t.Fatalf("%s: other events with a merge that was undone:\n%s", what, cmp.Diff(b, a))
			}
			same(t, what, left, right)
		}
		all := polls(t, at)
		for len(all) < 3 {
			all = polls(t, at)
		}
		left.instant(at, all...)
		right.instant(at, all...)
		for range rapid.IntRange(0, 8).Draw(t, "before") {
			next("before")
		}
		if !known(left, "a") || !known(left, "b") || !known(left, "c") {
			t.Skip("not all were met")
		}
		pair := rapid.Permutation([]string{"a", "b", "c"}).Draw(t, "pair")
		// What is due by time alone comes first, so that nothing else is due between two polls.
		left.instant(at.Add(time.Second))
		right.instant(at.Add(time.Second))
		before := right.truth()
		left.order(at.Add(2*time.Second), identity.Order{Kind: identity.OrderMerge, Device: left.find(pair[0]), Other: left.find(pair[1])})
		right.instant(at.Add(2 * time.Second))
		left.order(at.Add(3*time.Second), identity.Order{Kind: identity.OrderUndo})
		right.instant(at.Add(3 * time.Second))
		clock := func(n int) string {
			return `"last_instant": "` + at.Add(time.Duration(n)*time.Second).Format(time.RFC3339)
		}
		if strings.Replace(before, clock(1), clock(3), 1) != right.truth() {
			t.Skip("time alone has changed something")
		}
		same(t, "right after", left, right)
		for range rapid.IntRange(0, 8).Draw(t, "after") {
			next("after")
		}
	})
}

func known(d *desk, name string) bool {
	_, ok := d.view.identity.Find(name)
	return ok
}

func same(t *rapid.T, what string, left, right *desk) {
	t.Helper()
	if a, b := left.who(), right.who(); a != b {
		t.Fatalf("%s: who is who differs:\n%s", what, cmp.Diff(b, a))
	}
	if a, b := left.truth(), right.truth(); a != b {
		t.Fatalf("%s: what is held differs:\n%s", what, cmp.Diff(b, a))
	}
}

// Whatever is heard between a merge, a split, a renaming or a forgetting and its undoing: the refs are where they were,
// and once all sources have said the same for a while, so are the verdicts.
func TestUndoAfterAWhile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := threeSources()
		cfg.Consensus.Parents = map[string][]string{"b": {"a"}}
		left, right := newDesk(t, cfg, false, false), newDesk(t, cfg, false, false)
		at := noon
		next := func() {
			at = at.Add(time.Minute)
			items := polls(t, at)
			left.instant(at, items...)
			right.instant(at, items...)
		}
		for !known(left, "a") || !known(left, "b") || !known(left, "c") || len(left.view.identity.Bindings) < 6 {
			next()
		}
		next()
		orders := map[string]identity.Order{
			"merge":  {Kind: identity.OrderMerge, Device: left.find("a"), Other: left.find("c")},
			"split":  {Kind: identity.OrderSplit, Device: left.find("b"), Refs: []device.SourceRef{{Source: "prtg", Ref: "b"}}},
			"rename": {Kind: identity.OrderRename, Device: left.find("b"), Name: "other"},
			"forget": {Kind: identity.OrderForget, Device: left.find("b")},
		}
		at = at.Add(time.Second)
		left.order(at, orders[rapid.SampledFrom([]string{"merge", "split", "rename", "forget"}).Draw(t, "order")])
		right.instant(at)
		for range rapid.IntRange(0, 10).Draw(t, "between") {
			next()
		}
		at = at.Add(time.Second)
		left.order(at, identity.Order{Kind: identity.OrderUndo})
		right.instant(at)
		if a, b := partition(left), partition(right); a != b {
			t.Fatalf("the partition differs:\n%s", cmp.Diff(b, a))
		}
		// All say the same from here on.
		state := rapid.SampledFrom([]device.State{device.StateUp, device.StateDown}).Draw(t, "in the end")
		for range 20 {
			at = at.Add(time.Minute)
			var items []submitted
			for source, refs := range map[string][]string{"librenms": {"a", "b"}, "prtg": {"b", "c"}, "snmp": {"a", "c"}} {
				s := snapshot(source, state, refs...)
				for i := range s.Observations {
					s.Observations[i].Name, s.Observations[i].Addresses = refs[i], []string{"192.0.2." + fmt.Sprint(refs[i][0])}
				}
				items = append(items, submitted{snapshot: s})
			}
			left.instant(at, items...)
			right.instant(at, items...)
		}
		for _, d := range right.view.Devices(at) {
			got, _ := left.view.Device(d.Name, at)
			if got.Status != d.Status || got.Standing != d.Standing || got.Witnesses != d.Witnesses || len(got.Votes) != len(d.Votes) {
				t.Fatalf("%s: %s %s %v, without the orders %s %s %v", d.Name, got.Status, got.Standing, got.Witnesses, d.Status, d.Standing, d.Witnesses)
			}
		}
		checkCounts(t, left)
	})
}

// partition is who is with whom, by name.
func partition(d *desk) string {
	var lines []string
	for ref, b := range d.view.identity.Bindings {
		lines = append(lines, d.view.identity.Devices[b.Device].Name+" "+ref.Source+"/"+ref.Ref)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// checkCounts compares what sources remember of their devices with what there is.
func checkCounts(t *rapid.T, d *desk) {
	t.Helper()
	devices, refs := map[string]int{}, map[string]int{}
	for id, x := range d.view.consensus.Devices {
		if d.view.identity.Devices[id] == nil || d.view.identity.Devices[id].Gone() {
			t.Fatalf("%s is held, and gone", x.Name)
		}
		last := ""
		for i := range x.Reports {
			refs[x.Reports[i].Source]++
			if x.Reports[i].Source != last {
				devices[x.Reports[i].Source]++
			}
			last = x.Reports[i].Source
		}
	}
	for name, s := range d.view.consensus.Sources {
		if s.Devices != devices[name] || s.Refs != refs[name] {
			t.Fatalf("%s counts %d devices and %d refs, there are %d and %d", name, s.Devices, s.Refs, devices[name], refs[name])
		}
	}
}

// A preview says what the order then does, and changes nothing.
func TestPreviewIsWhatHappens(t *testing.T) {
	d := newDesk(t, threeSources(), true, false)
	for i := range 4 {
		d.instant(noon.Add(time.Duration(i)*time.Minute), submitted{snapshot: snapshot("librenms", device.StateUp, "1", "2")},
			submitted{snapshot: snapshot("prtg", device.StateDown, "3")})
	}
	at := noon.Add(3*time.Minute + time.Microsecond)
	orders := &Orders{Identity: []identity.Order{{Kind: identity.OrderMerge, Device: d.find("dev1"), Other: d.find("dev3")}}}
	before := d.truth() + d.who()
	var p Preview
	if err := d.preview(noon, &submitted{orders: orders, preview: &p}); err != nil {
		t.Fatal(err)
	}
	if d.truth()+d.who() != before {
		t.Fatal("the preview has changed something")
	}
	if len(p.Before) != 2 || len(p.After) != 1 || len(p.After[0].Bindings) != 2 || p.After[0].Witnesses.Voting != 2 || len(p.Incidents) != 1 ||
		p.Incidents[0].Before == nil || p.Incidents[0].After != nil {
		t.Errorf("preview %+v", p)
	}
	in := d.instant(at, submitted{orders: orders})
	var told []string
	for _, e := range p.Events {
		told = append(told, string(e.Type)+" "+e.Text)
	}
	if diff := cmp.Diff(strings.Split(said(in), "\n"), told); diff != "" {
		t.Errorf("what it said and what happened (-done +preview):\n%s", diff)
	}
	orders.Identity[0].Other = "d_nobody"
	err := d.preview(at, &submitted{orders: orders, preview: &p})
	if _, refused := errors.AsType[*Refused](err); !refused {
		t.Errorf("got %v", err)
	}
}

// A merge at which votes of the other device change the verdict: undone at once, the verdict is as it was, and that is on
// record.
func TestUndoTellsTheVerdictThatReturns(t *testing.T) {
	d := newDesk(t, threeSources(), true, false)
	at := noon
	for range 5 {
		at = at.Add(time.Minute)
		d.instant(at, submitted{snapshot: snapshot("librenms", device.StateDown, "1")},
			submitted{snapshot: snapshot("prtg", device.StateUp, "3")}, submitted{snapshot: snapshot("snmp", device.StateUp, "3")})
	}
	at = at.Add(time.Second)
	in := d.order(at, identity.Order{Kind: identity.OrderMerge, Device: d.find("dev1"), Other: d.find("dev3")})
	for !strings.Contains(said(in), "verdict.changed") {
		at = at.Add(time.Minute)
		if at.Sub(noon) > time.Hour {
			t.Fatal("the verdict does not change")
		}
		in = d.instant(at)
	}
	at = at.Add(time.Second)
	in = d.order(at, identity.Order{Kind: identity.OrderUndo})
	var verdicts []string
	for _, v := range in.record.Verdicts {
		verdicts = append(verdicts, fmt.Sprintf("%s %s %s", v.Device.Name, v.From, v.To))
	}
	for _, c := range d.view.Devices(at) {
		if v := last(d.mem, c.ID); v.To != c.Status {
			t.Errorf("%s is %s, and on record as %s (%v)", c.Name, c.Status, v.To, verdicts)
		}
	}
}

// last is the newest verdict on record of a device.
func last(j *MemJournal, id device.ID) device.Verdict {
	var out device.Verdict
	for _, r := range j.Records() {
		for _, v := range r.Verdicts {
			if v.Device.ID == id {
				out = v
			}
		}
	}
	return out
}
