package consensus

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/quorate/quorate/device"
)

var t0 = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// lab drives the package as the pipeline does: an instant at a time, each outcome applied. Every instant is judged
// three times: as it is, with the snapshots shuffled, and from a state that went through JSON. All must agree.
type lab struct {
	t      tb
	cfg    *Config
	state  *State
	at     time.Time
	events []device.Event // of all instants
	last   []device.Event // of the latest
	all    []VerdictOf
	probes []ProbeRequest
	late   map[device.SourceRef]bool
	rand   *rand.Rand
}

// tb is what *testing.T and *rapid.T have in common, as far as the lab needs it.
type tb interface {
	Helper()
	Errorf(string, ...any)
	Fatalf(string, ...any)
	Fatal(...any)
}

// newLab has librenms, prtg and snmp, each polling every 60 s, each a domain of its own.
func newLab(t tb, change ...func(*Config)) *lab {
	t.Helper()
	cfg := &Config{Sources: map[string]Source{}, Hash: "test", Overrides: map[string]Override{}, Parents: map[string][]string{}}
	for _, name := range []string{"librenms", "prtg", "snmp"} {
		cfg.Sources[name] = Source{Name: name, Interval: time.Minute, CanProbe: name == "snmp"}
	}
	for _, f := range change {
		f(cfg)
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	return &lab{t: t, cfg: cfg, state: NewState(), at: t0, rand: rand.New(rand.NewPCG(1, 2))}
}

func source(name string, f func(*Source)) func(*Config) {
	return func(c *Config) {
		s := c.Sources[name]
		f(&s)
		c.Sources[name] = s
	}
}

// judge runs one instant at l.at.
func (l *lab) judge(in Instant) {
	l.t.Helper()
	in.At = l.at
	before := l.dump(l.state)
	o := Judge(l.cfg, l.state, in)
	if after := l.dump(l.state); after != before {
		l.t.Fatalf("%s: Judge changed the state it was given:\n%s", l.clock(), cmp.Diff(before, after))
	}
	shuffled := in
	shuffled.Snapshots = slices.Clone(in.Snapshots)
	l.rand.Shuffle(len(shuffled.Snapshots), func(a, b int) {
		shuffled.Snapshots[a], shuffled.Snapshots[b] = shuffled.Snapshots[b], shuffled.Snapshots[a]
	})
	l.equal("in another order", o, Judge(l.cfg, l.state, shuffled))
	l.equal("from a stored state", o, Judge(l.cfg, l.restore(before), in))
	l.state.Apply(o)
	l.events = append(l.events, o.Events...)
	l.last, l.probes, l.late = o.Events, o.Probe, o.Late
	l.all = append(l.all, o.Verdicts...)
	for _, v := range o.Verdicts {
		if o.Events[v.Event].Type != device.EventVerdictChanged {
			l.t.Fatalf("%s: verdict %d points at a %s", l.clock(), v.Event, o.Events[v.Event].Type)
		}
	}
	for _, e := range o.Events {
		if e.Text == "" {
			l.t.Errorf("%s: %s has no text", l.clock(), e.Type)
		}
	}
}

// equal compares outcomes.
func (l *lab) equal(what string, a, b Outcome) {
	l.t.Helper()
	if maps.Equal(a.Late, b.Late) && l.encode(a) == l.encode(b) {
		return
	}
	l.t.Fatalf("%s: the instant judged %s differs:\n%s", l.clock(), what,
		cmp.Diff(a, b, cmpopts.IgnoreUnexported(Outcome{}), cmpopts.EquateEmpty()))
}

func (l *lab) encode(o Outcome) string {
	l.t.Helper()
	b, err := json.Marshal([]any{o.whole(), o.Removed, o.Sources, o.Global, o.Events, o.Verdicts, o.Probe})
	if err != nil {
		l.t.Fatal(err)
	}
	return string(b)
}

func (l *lab) restore(stored string) *State {
	l.t.Helper()
	s := NewState()
	if err := json.Unmarshal([]byte(stored), s); err != nil {
		l.t.Fatal(err)
	}
	return s
}

func (l *lab) dump(s *State) string {
	l.t.Helper()
	b, err := json.Marshal(s)
	if err != nil {
		l.t.Fatal(err)
	}
	return string(b)
}

func (l *lab) clock() string { return "+" + l.at.Sub(t0).String() }

func (l *lab) wait(d time.Duration) { l.at = l.at.Add(d) }

// tick is an instant without news.
func (l *lab) tick() { l.t.Helper(); l.judge(Instant{}) }

// say is an instant at which sources speak, each as snapshot reads it.
func (l *lab) say(words ...string) {
	l.t.Helper()
	var in Instant
	for _, w := range words {
		in.Snapshots = append(in.Snapshots, l.snapshot(w))
	}
	l.judge(in)
}

// snapshot reads "source words [age] [partial]": words are the claims or the abstention on nas1, as observation reads
// them, or for dev01, dev02 and so on where each part ends in a count: "down*3+up*8". "fail" is a failed poll.
func (l *lab) snapshot(w string) Snapshot {
	l.t.Helper()
	f := strings.Fields(w)
	sn := Snapshot{Source: f[0], At: l.at}
	if f[1] == "fail" {
		sn.Err = "timeout"
		return sn
	}
	var age time.Duration
	for _, option := range f[2:] {
		if option == "partial" {
			sn.Partial = true
			continue
		}
		var err error
		if age, err = time.ParseDuration(option); err != nil {
			l.t.Fatal(err)
		}
	}
	add := func(name, word string) {
		o := observation(l.t, "r-"+name, word)
		if age != 0 {
			o.ObservedAt = l.at.Add(-age)
		}
		sn.Observations = append(sn.Observations, Bound{Device: id(name), Observation: o})
	}
	if !strings.Contains(f[1], "*") {
		add("nas1", f[1])
		return sn
	}
	for part := range strings.SplitSeq(f[1], "+") {
		word, count, _ := strings.Cut(part, "*")
		n := 0
		if _, err := fmt.Sscan(count, &n); err != nil {
			l.t.Fatal(err)
		}
		for range n {
			add(fmt.Sprintf("dev%02d", len(sn.Observations)+1), word)
		}
	}
	return sn
}

func id(name string) device.ID { return device.ID("d_" + name) }

// observation makes the observation of words like "up", "mgmt=down", "down@0.5", "paused", "disk:1=warning", "down~300s".
func observation(t tb, ref, words string) *device.Observation {
	t.Helper()
	o := &device.Observation{Identity: device.Identity{Ref: ref, Name: strings.TrimPrefix(ref, "r-")}}
	for w := range strings.SplitSeq(words, ",") {
		if w == "none" {
			continue
		}
		if device.Abstention(w).BySource() {
			o.Abstain = device.Abstention(w)
			continue
		}
		c := device.Claim{Facet: device.FacetReach, Raw: "said " + w}
		w, every, slow := strings.Cut(w, "~")
		if slow {
			d, err := time.ParseDuration(every)
			if err != nil {
				t.Fatal(err)
			}
			c.Interval = device.Duration(d)
		}
		w, sure, unsure := strings.Cut(w, "@")
		if unsure {
			var v float64
			if _, err := fmt.Sscan(sure, &v); err != nil {
				t.Fatal(err)
			}
			c.Confidence = &v
		}
		if what, state, ok := strings.Cut(w, "="); ok {
			w = state
			c.Facet = device.FacetMgmt
			if what != "mgmt" {
				c.Facet, c.Component = device.FacetHealth, what
			}
		}
		c.State = device.State(w)
		o.Claims = append(o.Claims, c)
	}
	return o
}

// want compares nas1, or the named device, with "status standing [reason] [redundancy_lost] [overlay...]".
func (l *lab) want(name, words string) {
	l.t.Helper()
	c := Describe(l.cfg, l.state, id(name), l.at)
	got := []string{string(c.Status), string(c.Standing)}
	if c.Reason != "" {
		got = append(got, c.Reason)
	}
	if c.RedundancyLost {
		got = append(got, "redundancy_lost")
	}
	for _, o := range c.Overlays {
		got = append(got, string(o))
	}
	if d := cmp.Diff(words, strings.Join(got, " ")); d != "" {
		l.t.Errorf("%s: %s (-want +got):\n%s", l.clock(), name, d)
	}
}

// count is the number of events of a type so far.
func (l *lab) count(types ...device.EventType) int {
	n := 0
	for _, e := range l.events {
		if slices.Contains(types, e.Type) {
			n++
		}
	}
	return n
}

// told lists the events of the latest instant as "type subject from->to".
func (l *lab) told() []string {
	out := []string{}
	for _, e := range l.last {
		s := string(e.Type)
		if e.Device != nil {
			s += " " + e.Device.Name
		}
		if e.Source != "" {
			s += " " + e.Source
		}
		if e.Facet != "" {
			s += " " + strings.TrimSuffix(string(e.Facet)+"/"+e.Component, "/")
		}
		if e.From != "" || e.To != "" {
			s += " " + e.From + "->" + e.To
		}
		if e.Winner != "" {
			s += " winner " + e.Winner
		}
		out = append(out, s)
	}
	return out
}

func (l *lab) wantTold(want ...string) {
	l.t.Helper()
	if d := cmp.Diff(want, l.told(), cmpopts.EquateEmpty()); d != "" {
		l.t.Errorf("%s: events (-want +got):\n%s", l.clock(), d)
	}
}

func (l *lab) health(source string) device.Health {
	return DescribeSource(l.cfg, l.state, source, l.at).Health
}

func (l *lab) statuses() map[device.Status]int {
	n := map[device.Status]int{}
	for _, k := range slices.Sorted(maps.Keys(l.state.Devices)) {
		n[l.state.Devices[k].Status]++
	}
	return n
}
