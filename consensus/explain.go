package consensus

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// Explain says in one sentence why a verdict was given, from its stored record alone.
func Explain(v device.Verdict) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s is %s", v.Device.Name, v.To)
	if !v.Since.IsZero() {
		fmt.Fprintf(&b, " since %s", v.Since.UTC().Format(time.DateTime))
	}
	facet, component := cause(&v)
	if v.From != "" {
		fmt.Fprintf(&b, " (it was %s)", v.From)
	}
	fmt.Fprintf(&b, ": %s", because(&v, facet, component))
	if t := tallyOf(&v, facet, component); t != nil {
		if t.Up > 0 && t.Down > 0 {
			fmt.Fprintf(&b, "; the votes stood %.2f to %.2f", t.Up, t.Down)
		}
		if t.Counted > 1 {
			fmt.Fprintf(&b, "; %d measurements confirmed it", t.Counted)
		}
	}
	if dissent := voices(&v, facet, component, func(o *device.Vote) bool { return o.Abstain == "" && opposes(o, &v, facet, component) }); len(dissent) > 0 {
		fmt.Fprintf(&b, "; %s said otherwise", list(dissent))
	}
	if silent := silents(&v, facet, component); len(silent) > 0 && (v.To != device.StatusUnknown || v.Reason == string(device.AbstainStale)) {
		fmt.Fprintf(&b, "; %s", strings.Join(silent, ", "))
	}
	if t := tallyOf(&v, device.FacetReach, ""); t != nil {
		switch {
		case v.RedundancyLost && v.Reason != reasonNoQuorum:
			fmt.Fprintf(&b, "; only one of %d witnesses speaks", t.Enrolled)
		case t.Enrolled == 1 && v.To != device.StatusUnknown:
			b.WriteString("; it has no second witness")
		}
	}
	if v.Because != "" {
		fmt.Fprintf(&b, "; it is behind %s, which is down", v.Because)
	}
	b.WriteByte('.')
	return b.String()
}

// headline is the text of a verdict.changed event.
func headline(v *device.Verdict) string {
	facet, component := cause(v)
	return fmt.Sprintf("%s is %s: %s", v.Device.Name, v.To, because(v, facet, component))
}

// cause is the question that decided the status: mgmt or the first ailing component where reach is up, else reach.
func cause(v *device.Verdict) (device.Facet, string) {
	if v.To != device.StatusDegraded {
		return device.FacetReach, ""
	}
	component, worst := "", 0
	for i := range v.Tallies {
		t := &v.Tallies[i]
		if t.Facet == device.FacetMgmt && t.State == device.StateDown {
			return device.FacetMgmt, ""
		}
		if t.Facet == device.FacetHealth && severity(t.State) > worst {
			component, worst = t.Component, severity(t.State)
		}
	}
	if worst == 0 {
		return device.FacetReach, ""
	}
	return device.FacetHealth, component
}

func tallyOf(v *device.Verdict, facet device.Facet, component string) *device.Tally {
	for i := range v.Tallies {
		if t := &v.Tallies[i]; t.Facet == facet && t.Component == component {
			return t
		}
	}
	return nil
}

// because is the reason of a verdict in words.
func because(v *device.Verdict, facet device.Facet, component string) string {
	if v.To == device.StatusUnknown {
		return whyUnknown(v)
	}
	if t := tallyOf(v, facet, component); t != nil && t.Proposal == string(Contested) {
		return fmt.Sprintf("the sources disagree and nobody settled it, so that it counts as %s", t.State)
	}
	say := voices(v, facet, component, func(o *device.Vote) bool { return o.Abstain == "" && sideOf(o.State) == sideFor(v, facet, component) })
	what := ""
	switch facet {
	case device.FacetMgmt:
		what = "its management agent does not answer, "
	case device.FacetHealth:
		name := component
		if name == "" {
			name = "the device itself"
		}
		what = fmt.Sprintf("%s is %s, ", name, tallyOf(v, facet, component).State)
	}
	switch len(say) {
	case 0:
		return what + "nobody contradicts"
	case 1:
		return what + say[0] + " says so"
	}
	if domain := oneDomain(v, facet, component, say); domain != "" {
		return fmt.Sprintf("%s%s agree, who fail together (%s) and are one witness", what, list(say), domain)
	}
	return what + list(say) + " agree"
}

// oneDomain is the fault domain that the votes of these sources on a question have in common; empty where there are
// several.
func oneDomain(v *device.Verdict, facet device.Facet, component string, sources []string) string {
	domain := ""
	for i := range v.Votes {
		o := &v.Votes[i]
		if o.Facet != facet || o.Component != component || o.Abstain != "" || !slices.Contains(sources, o.Source) {
			continue
		}
		if domain != "" && domain != o.Domain {
			return ""
		}
		domain = o.Domain
	}
	return domain
}

func sideFor(v *device.Verdict, facet device.Facet, component string) side {
	t := tallyOf(v, facet, component)
	if t == nil {
		return sideSplit
	}
	return sideOf(t.State)
}

func opposes(o *device.Vote, v *device.Verdict, facet device.Facet, component string) bool {
	return sideFor(v, facet, component) != sideSplit && sideOf(o.State) != sideFor(v, facet, component)
}

// voices are the sources whose votes on a question are of a kind, in order.
func voices(v *device.Verdict, facet device.Facet, component string, kind func(*device.Vote) bool) []string {
	var names []string
	for i := range v.Votes {
		if o := &v.Votes[i]; o.Facet == facet && o.Component == component && kind(o) {
			names = append(names, o.Source)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// whyUnknown says why nothing is known.
func whyUnknown(v *device.Verdict) string {
	abstaining := func(a ...device.Abstention) []string {
		return voices(v, device.FacetReach, "", func(o *device.Vote) bool { return slices.Contains(a, o.Abstain) })
	}
	voting := voices(v, device.FacetReach, "", func(o *device.Vote) bool { return o.Abstain == "" })
	switch v.Reason {
	case reasonDisputed:
		return list(voting) + " disagree, and nobody settled it"
	case reasonNoQuorum:
		quorum := 0
		if t := tallyOf(v, device.FacetReach, ""); t != nil {
			quorum = t.Quorum
		}
		return fmt.Sprintf("it takes %s, and only %s speaks", plural(quorum, "witness"), list(voting))
	case string(device.AbstainSourceSuspect):
		return verb(abstaining(device.AbstainSourceSuspect), "is", "are") + " not believed and nobody else speaks"
	case string(device.AbstainSourceBlind):
		return verb(abstaining(device.AbstainSourceBlind), "has lost its", "have lost their") + " own network and nobody else speaks"
	case string(device.AbstainStale):
		return "the last word of " + list(abstaining(device.AbstainStale)) + " is too old"
	case reasonNeverSeen:
		return "nobody has said anything of it"
	}
	silent := silents(v, device.FacetReach, "")
	switch {
	case len(voting) > 0:
		return "nothing is confirmed yet"
	case len(silent) == 0:
		return "nobody speaks"
	}
	return strings.Join(silent, ", ")
}

// verb puts names before a verb of their number.
func verb(names []string, one, many string) string {
	if len(names) > 1 {
		return list(names) + " " + many
	}
	return list(names) + " " + one
}

// abstentionWords say of a source what its abstention means.
var abstentionWords = map[device.Abstention]string{
	device.AbstainPaused:            "has paused it",
	device.AbstainExcluded:          "leaves it out",
	device.AbstainMaintenance:       "has it in maintenance",
	device.AbstainNeverPolled:       "has never polled it",
	device.AbstainUnknown:           "does not know",
	device.AbstainProbeDisconnected: "has lost its probe",
	device.AbstainStale:             "has not looked for too long",
	device.AbstainSourceBlind:       "has lost its own network",
	device.AbstainSourceSuspect:     "is not believed",
	device.AbstainWeakIdentity:      "may mean another device",
	device.AbstainConflict:          "may mean another device",
}

// silents say of each source that abstains on a question why it does.
func silents(v *device.Verdict, facet device.Facet, component string) []string {
	var out []string
	for i := range v.Votes {
		if o := &v.Votes[i]; o.Facet == facet && o.Component == component && o.Abstain != "" {
			word := abstentionWords[o.Abstain]
			switch {
			case o.Abstain == device.AbstainStale && !o.ObservedAt.IsZero():
				word = "has not looked since " + o.ObservedAt.UTC().Format(time.DateTime)
			case o.Abstain == device.AbstainSourceSuspect && o.State != "":
				word = fmt.Sprintf("says %s and is not believed", o.State)
			case o.Abstain == device.AbstainSourceBlind && o.State != "":
				word = fmt.Sprintf("says %s, but has lost its own network", o.State)
			}
			out = append(out, o.Source+" "+word)
		}
	}
	return slices.Compact(out)
}

// pendingText is the reason and the text of a verdict.pending event.
func pendingText(name string, n *note) (reason, text string) {
	if n.waitsFor != "" {
		reason = fmt.Sprintf("waiting for %s, due %s", n.waitsFor, n.due.UTC().Format("15:04"))
		return reason, fmt.Sprintf("%s: the votes on %s are contested, %s", name, question(n.facet, n.key), reason)
	}
	if n.to == "" {
		return "contested", fmt.Sprintf("%s: the votes on %s are contested", name, question(n.facet, n.key))
	}
	return "", fmt.Sprintf("%s: %s may be %s, %d of %s so far", name, question(n.facet, n.key), n.to, n.counted, plural(n.needs, "measurement"))
}

// question names a facet or component in a sentence.
func question(facet device.Facet, key string) string {
	if facet == device.FacetHealth && key != "" {
		return key
	}
	return string(facet)
}

func facetText(name string, n *note, reason string) string {
	if n.to == device.StateUnknown && reason != "" {
		return fmt.Sprintf("%s: %s is unknown (%s), it was %s", name, question(n.facet, n.key), reason, n.from)
	}
	return fmt.Sprintf("%s: %s is %s, it was %s", name, question(n.facet, n.key), n.to, n.from)
}

func disputeText(name string, n *note, votes []device.Vote) string {
	says := func(s side) string {
		var names []string
		for i := range votes {
			if v := &votes[i]; v.Abstain == "" && sideOf(v.State) == s {
				names = append(names, v.Source)
			}
		}
		slices.Sort(names)
		return list(slices.Compact(names))
	}
	yes, no := "up", "down"
	if n.facet == device.FacetHealth {
		yes, no = "ok", "not ok"
	}
	about := fmt.Sprintf("%s: the dispute about %s", name, question(n.facet, n.key))
	switch {
	case n.kind == device.EventDisputeOpened:
		return fmt.Sprintf("%s: sources disagree about %s: %s for %s, %s for %s", name, question(n.facet, n.key), says(sideUp), yes, says(sideDown), no)
	case n.winner == "":
		return fmt.Sprintf("%s ended in silence (%s)", about, n.reason)
	}
	return fmt.Sprintf("%s is over: %s carried the vote for %s", about, says(sideOf(n.winner)), n.winner)
}

func overlayText(d *Device, n *note) string {
	switch n.kind {
	case device.EventFlappingStart:
		return d.Name + " is flapping"
	case device.EventFlappingEnd:
		return fmt.Sprintf("%s has stopped flapping and is %s", d.Name, d.Status)
	case device.EventMaintenanceStarted:
		return d.Name + " is in maintenance" + window(n.mute)
	case device.EventMaintenanceEnded:
		return fmt.Sprintf("maintenance of %s is over, and it is %s", d.Name, d.Status)
	case device.EventAcknowledged:
		return fmt.Sprintf("somebody knows that %s is %s%s", d.Name, d.Status, window(n.mute))
	}
	return fmt.Sprintf("%s is no longer acknowledged, and it is %s", d.Name, d.Status)
}

// window says until when a mute lasts and what it is for.
func window(m *device.Mute) string {
	text := ""
	if !m.Until.IsZero() {
		text = " until " + m.Until.UTC().Format(time.DateTime)
	}
	switch {
	case m.Name != "" && m.Reason != "":
		return fmt.Sprintf("%s: %s (%s)", text, m.Name, m.Reason)
	case m.Name+m.Reason != "":
		return text + ": " + m.Name + m.Reason
	}
	return text
}
