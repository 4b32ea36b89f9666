package consensus

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// ExplainStand says how a device stands at a time, beside the verdict that is in force: who speaks now, what is contested
// or waits, and what mutes it. It is one sentence, or empty where the verdict's own says it all. Disputes are those of the
// device at that time.
func ExplainStand(v device.Verdict, c device.Current, disputes []device.Dispute, at time.Time) string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if len(c.WaitsFor) > 0 {
		add("the agent has lost time and waits for the next poll of %s before any verdict changes", list(c.WaitsFor))
	}
	now := ofCurrent(&c)
	for i := range disputes {
		add("%s", stillContested(&disputes[i]))
	}
	for i := range c.Tallies {
		if t := &c.Tallies[i]; t.Needed > 0 && t.Proposal != string(Contested) {
			who := voices(&now, t.Facet, t.Component, func(o *device.Vote) bool {
				return o.Abstain == "" && sideOf(o.State) == sideOf(device.State(t.Proposal))
			})
			add("%s may be %s, as %s; %d of %s so far", question(t.Facet, t.Component), t.Proposal, says(who), t.Counted, plural(t.Needed, "measurement"))
		}
	}
	facet, component := cause(&now)
	if t := tallyOf(&now, facet, component); len(disputes) == 0 && (t == nil || t.Needed == 0) {
		if by := byNow(&v, &now, facet, component); by != "" {
			add("%s", by)
		}
	}
	if c.RedundancyLost && !v.RedundancyLost {
		if t := tallyOf(&now, device.FacetReach, ""); t != nil {
			add("only one of %d witnesses speaks", t.Enrolled)
		}
	}
	if c.Because != "" && c.Because != v.Because {
		add("it is behind %s, which is down", c.Because)
	}
	if slices.Contains(c.Overlays, device.OverlayFlapping) {
		add("it is flapping")
	}
	if m := muted(c.Mutes, device.OverlayMaintenance); m != nil {
		add("it is in maintenance%s", window(m))
	}
	if m := muted(c.Mutes, device.OverlayAcknowledged); m != nil {
		add("somebody knows of it%s", window(m))
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("At %s: %s.", at.UTC().Format(time.DateTime), strings.Join(parts, "; "))
}

// AsVerdict is a device as it stands in the form of a verdict: for one on which none was ever given.
func AsVerdict(c device.Current) device.Verdict { return ofCurrent(&c) }

func ofCurrent(c *device.Current) device.Verdict {
	return device.Verdict{
		Device: device.Name{ID: c.ID, Name: c.Name}, To: c.Status, Since: c.Since, Standing: c.Standing, Reason: c.Reason,
		RedundancyLost: c.RedundancyLost, Because: c.Because, Witnesses: c.Witnesses, Tallies: c.Tallies, Votes: c.Votes,
	}
}

// stillContested says what a dispute is about, and what comes of it.
func stillContested(d *device.Dispute) string {
	_, text, _ := strings.Cut(d.Text, ": ")
	switch {
	case d.OpenedAt.IsZero():
		return text
	case d.EndsAt.IsZero():
		return fmt.Sprintf("the dispute about %s of %s is still open", question(d.Facet, d.Component), d.OpenedAt.UTC().Format(time.DateTime))
	case d.Then == d.Held || d.Facet == device.FacetHealth:
		return fmt.Sprintf("%s, since %s; it counts as %s meanwhile", text, d.OpenedAt.UTC().Format(time.DateTime), d.Held)
	}
	return fmt.Sprintf("%s, since %s; it counts as %s until %s, and then as %s", text, d.OpenedAt.UTC().Format(time.DateTime),
		d.Held, d.EndsAt.UTC().Format(time.DateTime), d.Then)
}

// byNow says who speaks now, where it is not who spoke when the verdict was given, and who does not.
func byNow(v, now *device.Verdict, facet device.Facet, component string) string {
	was, wasOn := cause(v)
	same := v.To == now.To && was == facet && wasOn == component
	if now.To == device.StatusUnknown {
		if same && v.Reason == now.Reason {
			return ""
		}
		return whyUnknown(now)
	}
	supporting := func(x *device.Verdict) []string {
		return voices(x, facet, component, func(o *device.Vote) bool { return o.Abstain == "" && sideOf(o.State) == sideFor(x, facet, component) })
	}
	opposing := func(x *device.Verdict) []string {
		return voices(x, facet, component, func(o *device.Vote) bool { return o.Abstain == "" && opposes(o, x, facet, component) })
	}
	if same && slices.Equal(supporting(v), supporting(now)) && slices.Equal(opposing(v), opposing(now)) && slices.Equal(silents(v, facet, component), silents(now, facet, component)) {
		return ""
	}
	text := because(now, facet, component)
	if dissent := opposing(now); len(dissent) > 0 {
		text += fmt.Sprintf(", %s otherwise", says(dissent))
	}
	if silent := silents(now, facet, component); len(silent) > 0 {
		text += ", " + strings.Join(silent, ", ")
	}
	return "by now " + text
}

func says(names []string) string {
	if len(names) == 1 {
		return names[0] + " says"
	}
	return list(names) + " say"
}
