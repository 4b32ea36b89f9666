package web

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// summary is the board in a sentence and a few figures. What nobody knows is never counted as well.
type summary struct {
	Kind   string // how it is drawn: "up", "warn", "down", "unknown"
	Text   string
	Counts []count
}

// count is how many devices are what a word says, and what shows them.
type count struct {
	Word string
	N    int
	Show string
}

// notice is one sentence about a source that is not believed or not heard.
type notice struct{ Source, Kind, Text string }

func summarize(k known, now time.Time) summary {
	n := map[string]int{}
	for _, d := range k.devices {
		switch {
		case slices.Contains(d.Overlays, device.OverlayUnreachable):
			n["unreachable"]++
		default:
			n[string(d.Status)]++
		}
		if d.Standing == device.StandingDisputed {
			n["disputed"]++
		}
		if slices.Contains(d.Overlays, device.OverlayMaintenance) {
			n["maintenance"]++
		}
	}
	var s summary
	for _, w := range []string{"disputed", "down", "unreachable", "unknown", "degraded", "maintenance", "up"} {
		if n[w] > 0 || w != "unreachable" && w != "maintenance" {
			s.Counts = append(s.Counts, count{Word: w, N: n[w], Show: w})
		}
	}
	s.Kind, s.Text = sentence(k, n, now)
	return s
}

// sentence says how the lab is, and how much of that is known now.
func sentence(k known, n map[string]int, now time.Time) (kind, text string) {
	heard := 0
	var newest time.Time
	for _, s := range k.sources {
		if s.Health != device.HealthBlind && !s.LastSuccess.IsZero() {
			heard++
		}
		if s.LastSuccess.After(newest) {
			newest = s.LastSuccess
		}
	}
	all := len(k.sources)
	switch {
	case all == 0:
		return "unknown", "No source is configured: nothing is known."
	case heard == 0 && newest.IsZero():
		return "unknown", fmt.Sprintf("Nothing is known yet: none of %s has answered.", many(all, "source"))
	case heard == 0:
		return "down", fmt.Sprintf("Nobody looks: none of %s is heard, the last word is %s old. What is shown is what was known then.", many(all, "source"), age(now.Sub(newest)))
	case len(k.devices) == 0:
		return "unknown", "No device is known yet."
	}
	var parts []string
	for _, w := range []string{"disputed", "down", "unreachable", "unknown", "degraded"} {
		if n[w] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[w], w))
		}
	}
	kind = "up"
	switch {
	case n["down"]+n["disputed"] > 0:
		kind = "down"
	case len(parts) > 0:
		kind = "warn"
	}
	text = enumerate(parts)
	if len(parts) == 0 {
		text = "All " + many(len(k.devices), "device") + " are up"
		if len(k.devices) == 1 {
			text = "The one device is up"
		}
	} else {
		text += fmt.Sprintf(" of %s", many(len(k.devices), "device"))
	}
	switch m := n["maintenance"]; {
	case m == len(k.devices):
		kind, text = cmp.Or(map[bool]string{true: "warn"}[kind == "up"], kind), text+"; all are in maintenance, and nobody is told of anything"
	case m > 0:
		text += fmt.Sprintf("; %d in maintenance", m)
	}
	if heard < all {
		if kind == "up" {
			kind = "warn"
		}
		text += fmt.Sprintf("; %d of %d sources heard", heard, all)
	}
	return kind, text + "."
}

func many(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// problems counts the devices that need a person: not those behind another that is down, and not those of which somebody
// knows.
func problems(devices []device.Current) int {
	n := 0
	for _, d := range devices {
		known := slices.ContainsFunc(d.Overlays, func(o device.OverlayKind) bool {
			return o == device.OverlayMaintenance || o == device.OverlayAcknowledged || o == device.OverlayUnreachable && d.Standing != device.StandingDisputed
		})
		if known {
			continue
		}
		if d.Status != device.StatusUp || d.Standing == device.StandingDisputed {
			n++
		}
	}
	return n
}

// noticeOf says in one sentence why a source is not believed or not heard.
func noticeOf(s device.SourceStatus, others []string) string {
	switch s.Health {
	case device.HealthSuspect:
		if s.Contradicted > 0 {
			return fmt.Sprintf("%s is not believed: %d downs contradicted by %s", s.Name, s.Contradicted, cmp.Or(enumerate(others), "others"))
		}
		return s.Name + " is not believed until its polls agree with the others again"
	case device.HealthBlind:
		text := fmt.Sprintf("%s is blind: %d polls in a row failed", s.Name, s.Failures)
		if s.LastError != "" {
			text += ": " + clean(s.LastError)
		}
		return text
	}
	return ""
}

// contradictors are the sources that call up what a disbelieved one calls down, the busiest first.
func contradictors(source string, devices []device.Current) []string {
	n := map[string]int{}
	for _, d := range devices {
		denied := slices.ContainsFunc(d.Votes, func(v device.Vote) bool {
			return v.Source == source && v.Facet == device.FacetReach && v.State == device.StateDown && v.Abstain == device.AbstainSourceSuspect
		})
		for _, v := range d.Votes {
			if denied && v.Facet == device.FacetReach && v.State == device.StateUp && v.Abstain == "" {
				n[v.Source]++
			}
		}
	}
	return slices.SortedFunc(maps.Keys(n), func(a, b string) int { return cmp.Or(cmp.Compare(n[b], n[a]), cmp.Compare(a, b)) })
}

// enumerate says a list as a person does: "a, b and c".
func enumerate(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
