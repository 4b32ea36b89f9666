package agent

import (
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/internal/view"
	"github.com/quorate/quorate/pipeline"
)

// readerOfChance is a reader over a record of chance that ends a minute ago, and its words.
func readerOfChance(t *testing.T, seed uint64, minutes int) (*reader, pipeline.Config, []device.Snapshot) {
	t.Helper()
	cfg, all := wordsOfChance(seed, minutes)
	shift := time.Now().Add(-time.Minute).Truncate(10 * time.Second).Sub(all[len(all)-1].At)
	for i := range all {
		all[i].At = all[i].At.Add(shift)
		if !all[i].Started.IsZero() {
			all[i].Started = all[i].Started.Add(shift)
		}
	}
	return readerOver(t, cfg, all), cfg, all
}

func readerOver(t *testing.T, cfg pipeline.Config, all []device.Snapshot) *reader {
	t.Helper()
	s, v, _ := recordOf(t, cfg, all)
	a := &Agent{store: s, pipe: &pipeline.Pipeline{View: v}}
	g := &generation{cfg: &Config{}, sources: map[string]*source{}}
	for name, x := range cfg.Consensus.Sources {
		g.cfg.Sources = append(g.cfg.Sources, SourceConfig{Name: name, Interval: x.Interval})
		g.sources[name] = &source{}
	}
	slices.SortFunc(g.cfg.Sources, func(a, b SourceConfig) int { return device.CompareNames(a.Name, b.Name) })
	a.current.Store(g)
	return &reader{a}
}

// allEvents are those of a record.
func allEvents(t *testing.T, s *store.Store) []device.Event {
	t.Helper()
	var all []device.Event
	for {
		page, err := s.Events(t.Context(), int64(len(all)), 500)
		if err != nil {
			t.Fatal(err)
		}
		if all = append(all, page...); len(page) == 0 {
			return all
		}
	}
}

// TestIncidentsThatAreOver compares what is listed with the events themselves.
func TestIncidentsThatAreOver(t *testing.T) {
	t.Parallel()
	r, _, _ := readerOfChance(t, 3, 600)
	type life struct {
		Opened, Closed int64
		Lasted         time.Duration
		Everyone       map[device.ID]bool
	}
	want, order := map[string]*life{}, []string{}
	for _, e := range allEvents(t, r.a.store) {
		switch e.Type {
		case device.EventIncidentOpened:
			want[e.Incident] = &life{Opened: e.Seq, Everyone: map[device.ID]bool{}}
		case device.EventIncidentClosed:
			want[e.Incident].Closed, want[e.Incident].Lasted = e.Seq, e.At.Sub(e.Since)
			order = append([]string{e.Incident}, order...)
		}
		if e.Incident != "" {
			for _, n := range e.Devices {
				want[e.Incident].Everyone[n.ID] = true
			}
		}
	}
	if len(order) < 8 {
		t.Fatalf("%d incidents are over: the record does not test enough", len(order))
	}
	var got []string
	for before := int64(math.MaxInt64); ; {
		page, err := r.ClosedIncidents(t.Context(), before, 3)
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range page {
			w := want[in.ID]
			has := life{in.Opened, in.Closed, time.Duration(in.Lasted * float64(time.Second)).Round(time.Millisecond), map[device.ID]bool{}}
			for _, n := range in.Everyone {
				has.Everyone[n.ID] = true
			}
			if d := cmp.Diff(*w, has); d != "" {
				t.Errorf("%s (-events +listed):\n%s", in.ID, d)
			}
			if in.Kind == "down" && in.Everyone[0].ID != in.Root.ID {
				t.Errorf("%s: the root is not the first of %v", in.ID, in.Everyone)
			}
			got, before = append(got, in.ID), in.Closed
		}
		if len(page) < 3 {
			break
		}
	}
	if d := cmp.Diff(order, got); d != "" {
		t.Errorf("in pages of three (-events +listed):\n%s", d)
	}
}

func TestOneIncident(t *testing.T) {
	t.Parallel()
	r, _, _ := readerOfChance(t, 3, 600)
	closed, err := r.ClosedIncidents(t.Context(), math.MaxInt64, 50)
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range closed {
		report, ok, err := r.Incident(t.Context(), in.ID)
		if err != nil || !ok {
			t.Fatalf("%s: %v, %v", in.ID, ok, err)
		}
		if d := cmp.Diff(in, report.Incident); d != "" {
			t.Errorf("%s (-listed +by itself):\n%s", in.ID, d)
		}
		seqs := []int64{}
		fell := in.Kind != "down"
		for _, e := range report.Timeline {
			seqs = append(seqs, e.Seq)
			fell = fell || e.Type == device.EventVerdictChanged && e.To == "down" && e.Device.ID == in.Root.ID
		}
		if !slices.IsSorted(seqs) || !slices.Contains(seqs, in.Opened) || !slices.Contains(seqs, in.Closed) || seqs[len(seqs)-1] > in.Closed || !fell {
			t.Errorf("%s from %d to %d: its timeline is %v, with the verdict: %v", in.ID, in.Opened, in.Closed, seqs, fell)
		}
	}
	for _, in := range r.Incidents() {
		if report, ok, err := r.Incident(t.Context(), in.ID); err != nil || !ok || report.Closed != 0 || !cmp.Equal(report.Devices, in.Devices) {
			t.Errorf("an open one: %+v, %v, %v", report, ok, err)
		}
	}
	if _, ok, err := r.Incident(t.Context(), "i_nothing"); ok || err != nil {
		t.Errorf("one that there is not: %v, %v", ok, err)
	}
}

// TestUptimesAreTheVerdictsOfTheTime looks the verdict up every ten seconds, which is how often one can change there.
func TestUptimesAreTheVerdictsOfTheTime(t *testing.T) {
	t.Parallel()
	r, _, all := readerOfChance(t, 5, 120)
	first, last := all[0].At, all[len(all)-1].At
	downs := time.Duration(0)
	for _, from := range []time.Time{first.Add(-time.Hour), first.Add(40 * time.Minute), last.Add(-10 * time.Minute)} {
		got, err := r.Uptimes(t.Context(), from, last)
		if err != nil || len(got) != 9 {
			t.Fatalf("%d devices, %v", len(got), err)
		}
		for _, u := range got {
			want := view.Uptime{Device: u.Device}
			for at := from; at.Before(last); at = at.Add(10 * time.Second) {
				v, ok, err := r.a.store.VerdictAt(t.Context(), u.Device.ID, at)
				switch {
				case err != nil:
					t.Fatal(err)
				case !ok:
				case v.To == device.StatusUp || v.To == device.StatusDegraded:
					want.Up += 10 * time.Second
				case v.To == device.StatusDown:
					want.Down += 10 * time.Second
				default:
					want.Unknown += 10 * time.Second
				}
			}
			downs += want.Down
			if u != want {
				t.Errorf("%s from %s: %+v, the verdicts say %+v", u.Device.Name, from, u, want)
			}
		}
	}
	if downs == 0 {
		t.Error("nothing was down: the record does not test enough")
	}
}

// TestAgreementIsThatOfPosts compares the figures with those that a post over the same record has.
func TestAgreementIsThatOfPosts(t *testing.T) {
	t.Parallel()
	r, _, all := readerOfChance(t, 2, 300)
	got, err := r.agreement(t.Context(), time.Time{}, all[len(all)-1].At)
	if err != nil {
		t.Fatal(err)
	}
	decided := 0
	for _, p := range got.Pairs {
		decided += p.RightA + p.RightB
		if p.A >= p.B || p.Percent == nil || *p.Percent <= 0 || *p.Percent > 100 || p.Open < 0 {
			t.Errorf("%+v", p)
		}
	}
	scored := 0
	for _, s := range got.Sources {
		scored += s.Right
	}
	if len(got.Pairs) != 3 || len(got.Sources) != 3 || decided == 0 || scored != decided || got.Percent == nil {
		t.Errorf("%d decided, %d scored: %+v", decided, scored, got)
	}
	again, err := r.agreement(t.Context(), time.Time{}, all[len(all)-1].At)
	if err != nil || !cmp.Equal(got, again) {
		t.Errorf("asked again: %v\n%s", err, cmp.Diff(got, again))
	}
	// A later begin compares less.
	part, err := r.agreement(t.Context(), all[len(all)/2].At, all[len(all)-1].At)
	if err != nil || part.Pairs[0].ComparedSeconds >= got.Pairs[0].ComparedSeconds || part.Pairs[0].ComparedSeconds <= 0 {
		t.Errorf("half of it: %v, %+v", err, part)
	}
}

// TestPastIsWhatWasAnswered asks about times that are over, and gets what an agent answered that had heard nothing since.
func TestPastIsWhatWasAnswered(t *testing.T) {
	t.Parallel()
	r, cfg, all := readerOfChance(t, 7, 120)
	told := allEvents(t, r.a.store)
	asked, closed, lasting := 0, 0, 0
	for i := 0; i < len(told); i += 1 + len(told)/6 {
		at := told[i].At
		heard := slices.IndexFunc(all, func(s device.Snapshot) bool { return s.At.After(at) })
		if heard < 0 {
			continue
		}
		live := readerOver(t, cfg, all[:heard])
		state, err := r.Past(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		for _, late := range []time.Duration{0, 7 * time.Second} {
			at := at.Add(late)
			answer := func(s view.State) []any {
				var of []any
				for _, d := range s.Devices(at) {
					again, ok := s.Device(d.Name, at)
					p, _ := s.Profile(d.ID)
					of = append(of, d, again, ok, p)
				}
				return append(of, s.Disputes(at), s.Coverage(at), s.Incidents(), s.Scores(), s.LastSeq())
			}
			if d := cmp.Diff(answer(live), answer(state)); d != "" {
				t.Fatalf("at %s, event %d (-answered then +asked now):\n%.3000s", at, told[i].Seq, d)
			}
			for _, d := range live.Devices(at) {
				then, ok, err := r.ExplainAt(t.Context(), d.Name, at)
				if err != nil || !ok {
					t.Fatalf("explain %s at %s: %v, %v", d.Name, at, ok, err)
				}
				v, given, err := live.VerdictAt(t.Context(), d.ID, at)
				if err != nil {
					t.Fatal(err)
				}
				want := live.Explain(d.ID, nil, at)
				if given {
					want = live.Explain(d.ID, &v, at)
				}
				if diff := cmp.Diff(want, then); diff != "" {
					t.Fatalf("explain %s at %s (-answered then +asked now):\n%.3000s", d.Name, at, diff)
				}
			}
			told := answered(t, live, live, at)
			if d := cmp.Diff(told, answered(t, r, state, at)); d != "" {
				t.Fatalf("incidents and figures at %s (-answered then +asked now):\n%.3000s", at, d)
			}
			closed, lasting = closed+len(told.Closed), lasting+len(told.Reports)-len(told.Closed)
			asked++
		}
	}
	if asked < 8 || closed == 0 || lasting == 0 {
		t.Errorf("asked %d times, of %d incidents that were over and %d that were not: that tests too little", asked, closed, lasting)
	}
}

// answers are what is told of incidents and in figures at a time.
type answers struct {
	Closed   []view.Incident
	Reports  []view.IncidentReport // of the open ones as well
	Uptimes  []view.Uptime
	Agreed   view.Agreement
	NotBegun bool // an incident of later is told of
}

func answered(t *testing.T, r *reader, state view.State, at time.Time) answers {
	t.Helper()
	var out answers
	var err error
	if out.Closed, err = r.ClosedIncidents(t.Context(), state.LastSeq()+1, 50); err != nil {
		t.Fatal(err)
	}
	ids := []string{}
	for _, in := range state.Incidents() {
		ids = append(ids, in.ID)
	}
	for _, in := range out.Closed {
		ids = append(ids, in.ID)
	}
	for _, id := range ids {
		report, ok, err := r.IncidentAt(t.Context(), id, at)
		if !ok || err != nil {
			t.Fatalf("%s at %s: %v, %v", id, at, ok, err)
		}
		out.Reports = append(out.Reports, report)
	}
	for _, e := range allEvents(t, r.a.store) {
		if e.Type == device.EventIncidentOpened && e.At.After(at) {
			_, ok, err := r.IncidentAt(t.Context(), e.Incident, at)
			if err != nil {
				t.Fatal(err)
			}
			out.NotBegun = out.NotBegun || ok
		}
	}
	if out.Uptimes, err = r.UptimesAt(t.Context(), at.Add(-time.Hour), at); err != nil {
		t.Fatal(err)
	}
	if state == view.State(r) { // the one of then knows no other way
		up, err := r.Uptimes(t.Context(), at.Add(-time.Hour), at)
		if d := cmp.Diff(up, out.Uptimes); d != "" || err != nil {
			t.Fatalf("uptimes at %s: %v (-of now +at):\n%s", at, err, d)
		}
		if out.Agreed, err = r.agreement(t.Context(), at.Add(-time.Hour), at); err != nil {
			t.Fatal(err)
		}
	} else if out.Agreed, err = r.AgreementAt(t.Context(), at.Add(-time.Hour), at); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPastThatNobodyKnows(t *testing.T) {
	t.Parallel()
	r, _, all := readerOfChance(t, 7, 10)
	for name, tt := range map[string]struct {
		at     time.Time
		future bool
	}{"before the record": {all[0].At.Add(-time.Hour), false}, "the future": {time.Now().Add(time.Hour), true}} {
		_, err := r.Past(t.Context(), tt.at)
		if b, ok := errors.AsType[*view.Beyond](err); !ok || b.Future != tt.future || b.Text == "" {
			t.Errorf("%s: %v", name, err)
		}
		_, _, ofIncident := r.IncidentAt(t.Context(), "i_nothing", tt.at)
		_, ofAgreement := r.AgreementAt(t.Context(), tt.at.Add(-time.Hour), tt.at)
		_, ofUptimes := r.UptimesAt(t.Context(), tt.at.Add(-time.Hour), tt.at)
		for _, err := range []error{ofIncident, ofAgreement, ofUptimes} {
			if b, ok := errors.AsType[*view.Beyond](err); !ok || b.Future != tt.future {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if s, err := r.Past(t.Context(), time.Now()); err != nil || s != view.State(r) {
		t.Errorf("now: %v", err)
	}
}
