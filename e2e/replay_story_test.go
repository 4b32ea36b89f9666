package e2e

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

// tell writes a scenario down for a person to review: its title, what each source says at each instant and what comes
// of it, and how everything stands at the end.
func tell(t *testing.T, s scenario, r replayed) string {
	t.Helper()
	n := narrator{keys: map[string]string{}, clock: "15:04:05"}
	for line := range strings.Lines(read(t, s.config)) {
		words, comment := strings.CutPrefix(line, "# ")
		if !comment {
			break
		}
		n.b.WriteString(words)
	}
	n.b.WriteByte('\n')
	instants := inputs(t, s)
	if first, last := instants[0][0].At, instants[len(instants)-1][0].At; first.YearDay() != last.YearDay() {
		n.clock = "Jan 02 15:04:05"
	}
	events := r.Events
	for _, snapshots := range instants {
		at := snapshots[0].At
		i := slices.IndexFunc(events, func(e device.Event) bool { return e.At.After(at) })
		if i < 0 {
			i = len(events)
		}
		n.instant(snapshots, events[:i])
		events = events[i:]
	}
	n.repeated()
	n.b.WriteString("\nin the end\n" + n.end(r))
	return n.b.String()
}

// inputs reads the snapshots of a scenario, those of one instant together, by source.
func inputs(t *testing.T, s scenario) [][]device.Snapshot {
	t.Helper()
	var all [][]device.Snapshot
	for line := range bytes.Lines([]byte(read(t, s.file))) {
		in, err := device.DecodeSnapshot(line)
		if err != nil {
			t.Fatalf("%s: %v", s.file, err)
		}
		if len(all) == 0 || !in.At.Equal(all[len(all)-1][0].At) {
			all = append(all, nil)
		}
		all[len(all)-1] = append(all[len(all)-1], in)
	}
	for _, instant := range all {
		slices.SortStableFunc(instant, func(a, b device.Snapshot) int { return strings.Compare(a.Source, b.Source) })
	}
	return all
}

// narrator writes instant by instant. Instants that bring nothing new are counted.
type narrator struct {
	b     strings.Builder
	clock string
	keys  map[string]string // by source and ref, as told last

	last     string // what was said at the last instant
	again    int    // for how many instants since it was said again
	from, to time.Time
}

func (n *narrator) time(t time.Time) string { return t.UTC().Format(n.clock) }

func (n *narrator) instant(snapshots []device.Snapshot, events []device.Event) {
	at := snapshots[0].At
	var said, who []string
	for i := range snapshots {
		said = append(said, n.said(&snapshots[i]))
		who = append(who, n.who(&snapshots[i])...)
	}
	if len(who) > 12 {
		who = []string{fmt.Sprintf("(%d refs with keys of their own: see scenario.jsonl)", len(who))}
	}
	words := strings.Join(said, "\n")
	if words == n.last && len(who) == 0 && len(events) == 0 {
		if n.again == 0 {
			n.from = at
		}
		n.again, n.to = n.again+1, at
		return
	}
	n.repeated()
	n.last = words
	margin := n.time(at)
	line := func(s string) {
		fmt.Fprintf(&n.b, "%-*s  %s\n", len(n.clock), margin, s)
		margin = ""
	}
	for _, s := range slices.Concat(said, who, whatHappens(events)) {
		line(s)
	}
}

// repeated tells of the instants that were only counted.
func (n *narrator) repeated() {
	switch n.again {
	case 0:
	case 1:
		fmt.Fprintf(&n.b, "%s  the same\n", n.time(n.from))
	default:
		fmt.Fprintf(&n.b, "%s  the same, and so on until %s\n", n.time(n.from), n.time(n.to))
	}
	n.again = 0
}

// whatHappens are the events as replay prints them. What happens to several devices alike is told of the first.
func whatHappens(events []device.Event) []string {
	var out []string
	for len(events) > 0 {
		e := &events[0]
		alike := 1
		for alike < len(events) && events[alike].Type == e.Type && unnamed(&events[alike]) == unnamed(e) {
			alike++
		}
		text := e.Text
		if alike > 3 {
			text += fmt.Sprintf(" (and so are %d more)", alike-1)
		} else {
			alike = 1
		}
		out = append(out, fmt.Sprintf("-> %-19s  %s", e.Type, text))
		events = events[alike:]
	}
	return out
}

// unnamed is the text of an event without the name of its device.
func unnamed(e *device.Event) string {
	if e.Device == nil {
		return e.Text
	}
	return strings.ReplaceAll(e.Text, e.Device.Name, "")
}

// said is a snapshot in words: "librenms: nas1, nas2 up; nas3 down (0.5)".
func (n *narrator) said(s *device.Snapshot) string {
	switch {
	case s.Source == "":
		return "(the clock)"
	case s.Err != "":
		return s.Source + " fails: " + s.Err
	}
	head := s.Source
	if s.Partial {
		head += ", in part"
	}
	if !s.SourceClock.IsZero() {
		head += ", its clock at " + n.time(s.SourceClock)
	}
	var groups []string
	names := map[string][]string{}
	for i := range s.Observations {
		o := &s.Observations[i]
		words := n.words(o, s.At)
		if names[words] == nil {
			groups = append(groups, words)
		}
		name := o.Name
		if name == "" {
			name = "ref " + o.Ref
		}
		names[words] = append(names[words], name)
	}
	for i, words := range groups {
		who := names[words]
		list := strings.Join(who, ", ")
		if len(who) > 6 {
			list = fmt.Sprintf("%s ... %s (%d)", who[0], who[len(who)-1], len(who))
		}
		groups[i] = list + " " + words
	}
	if len(groups) == 0 {
		groups = append(groups, "no device")
	}
	if len(s.Rejected) > 0 {
		groups = append(groups, fmt.Sprintf("%d rejected", len(s.Rejected)))
	}
	return head + ": " + strings.Join(groups, "; ")
}

// words is what an observation says of the state of a device.
func (n *narrator) words(o *device.Observation, at time.Time) string {
	var out []string
	if o.Abstain != "" {
		out = append(out, "("+string(o.Abstain)+")")
	}
	for i := range o.Claims {
		c := &o.Claims[i]
		w := string(c.State)
		switch {
		case c.Component != "":
			w = c.Component + " " + w
		case c.Facet != device.FacetReach:
			w = string(c.Facet) + " " + w
		}
		if sure := c.Sure(); sure != 1 {
			w += fmt.Sprintf(" (%g)", sure)
		}
		if c.Interval != 0 {
			w += fmt.Sprintf(" every %s", time.Duration(c.Interval))
		}
		if !c.ObservedAt.IsZero() && !c.ObservedAt.Equal(at) {
			w += " as of " + n.time(c.ObservedAt)
		}
		out = append(out, w)
	}
	if len(out) == 0 {
		out = append(out, "(nothing)")
	}
	if len(o.Parents) > 0 {
		out = append(out, "behind "+strings.Join(o.Parents, " and "))
	}
	if !o.ObservedAt.IsZero() && !o.ObservedAt.Equal(at) {
		out = append(out, "all as of "+n.time(o.ObservedAt))
	}
	return strings.Join(out, ", ")
}

// who is what a source says of who its devices are, where it says it for the first time or says something new.
func (n *narrator) who(s *device.Snapshot) []string {
	var out []string
	for i := range s.Observations {
		o := &s.Observations[i]
		keys := slices.Concat(o.Addresses, o.Hostnames, o.MACs)
		for _, more := range [][2]string{{"serial", o.Serial}, {"engine id", o.EngineID}, {"vendor", o.Vendor}, {"model", o.Model}, {"location", o.Location}} {
			if more[1] != "" {
				keys = append(keys, more[0]+" "+more[1])
			}
		}
		ref := s.Source + "/" + o.Ref
		words := strings.Join(keys, ", ")
		if words == "" {
			words = "no key"
		}
		if o.Name != "" {
			words = o.Name + ": " + words
		}
		if n.keys[ref] != words {
			out = append(out, ref+" is "+words)
		}
		n.keys[ref] = words
	}
	return out
}

// end is how devices and sources stand at the end of the file. Devices that stand alike are told together.
func (n *narrator) end(r replayed) string {
	var b strings.Builder
	var order []string
	alike := map[string][]device.Current{}
	for _, d := range r.Devices {
		body := n.standing(d)
		if alike[body] == nil {
			order = append(order, body)
		}
		alike[body] = append(alike[body], d)
	}
	for _, body := range order {
		group := alike[body]
		var names []string
		for _, d := range group {
			names = append(names, d.Name)
		}
		head, votes, _ := strings.Cut(body, "\n")
		fmt.Fprintf(&b, "%s: %s", strings.Join(names, ", "), head)
		if len(group) == 1 {
			fmt.Fprintf(&b, " (%s)", refsOf(group[0]))
		}
		b.WriteString("\n" + votes)
	}
	for _, s := range r.Sources {
		last := "never"
		if !s.LastSuccess.IsZero() {
			last = n.time(s.LastSuccess)
		}
		fmt.Fprintf(&b, "source %s: %s, devices %d, last success %s", s.Name, s.Health, s.Devices, last)
		if s.FalseAlarms > 0 {
			fmt.Fprintf(&b, ", false alarms %d", s.FalseAlarms)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// standing is a device as it stands, with its votes, without its name.
func (n *narrator) standing(d device.Current) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s", d.Status, d.Standing)
	if d.Reason != "" {
		fmt.Fprintf(&b, ", reason %s", d.Reason)
	}
	if d.RedundancyLost {
		b.WriteString(", redundancy lost")
	}
	for _, o := range d.Overlays {
		fmt.Fprintf(&b, ", %s", o)
	}
	if d.Because != "" {
		fmt.Fprintf(&b, " because of %s", d.Because)
	}
	if !d.Since.IsZero() {
		fmt.Fprintf(&b, ", since %s", n.time(d.Since))
	}
	fmt.Fprintf(&b, ", %d of %d witnesses vote\n", d.Witnesses.Voting, d.Witnesses.Enrolled)
	for _, v := range d.Votes {
		what := string(v.Facet)
		if v.Component != "" {
			what = v.Component
		}
		word := fmt.Sprintf("counts %.2f", v.Weight)
		if v.Abstain != "" {
			word = "abstains: " + string(v.Abstain)
		}
		fmt.Fprintf(&b, "  %s: %s %s, %s\n", v.Source, what, v.State, word)
	}
	return b.String()
}

// refsOf lists the refs of a device; those that rest on a bare host name have a question mark.
func refsOf(d device.Current) string {
	var refs []string
	for _, b := range d.Bindings {
		ref := b.Source + "/" + b.Ref
		if b.Weak {
			ref += "?"
		}
		refs = append(refs, ref)
	}
	return strings.Join(refs, " ")
}
