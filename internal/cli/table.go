package cli

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/quorate/quorate/device"
)

// printable makes a text from outside safe for a terminal: control and formatting characters are dropped, so that a
// device's name cannot move the cursor or recolour the screen, and it stays on its line.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t', unicode.In(r, unicode.Zl, unicode.Zp):
			return ' '
		case unicode.IsControl(r), unicode.In(r, unicode.Cf):
			return -1
		}
		return r
	}, s)
}

// saying puts who says it before a message, unless the message does so itself.
func saying(source, message string) string {
	message = printable(message)
	if strings.HasPrefix(message, source+": ") {
		return message
	}
	return printable(source) + ": " + message
}

// plural says a count with its noun.
func plural(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "s"):
		return fmt.Sprintf("%d %ses", n, noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// age is a duration as a person says it: two units at most.
func age(d time.Duration) string {
	d = max(d, 0).Round(time.Second)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm %02ds", d/time.Minute, d%time.Minute/time.Second)
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh %02dm", d/time.Hour, d%time.Hour/time.Minute)
	}
	return fmt.Sprintf("%dd %02dh", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
}

func (p *Program) table(header string, rows func(w *tabwriter.Writer)) {
	w := p.columns(p.Stdout)
	fmt.Fprintln(w, header)
	rows(w)
	_ = w.Flush() // a broken pipe ends the command anyway
}

func (p *Program) printDevices(devices []device.Current, now time.Time) {
	p.table("DEVICE\tVERDICT\tSTANDING\tSINCE\tVOTES", func(w *tabwriter.Writer) {
		for _, d := range devices {
			since := "-"
			if !d.Since.IsZero() {
				since = age(now.Sub(d.Since))
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", printable(d.Name), verdictWord(d), d.Standing, since, reachVotes(d))
		}
	})
	counts := map[device.Status]int{}
	for _, d := range devices {
		counts[d.Status]++
	}
	var parts []string
	for _, s := range []device.Status{device.StatusDown, device.StatusDegraded, device.StatusUnknown, device.StatusUp} {
		if counts[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[s], s))
		}
	}
	fmt.Fprintf(p.Stdout, "%d devices: %s\n", len(devices), strings.Join(parts, ", "))
}

func verdictWord(d device.Current) string {
	word := string(d.Status)
	if d.Reason != "" {
		word += " (" + d.Reason + ")"
	}
	for _, o := range d.Overlays {
		word = fmt.Sprintf("%s +%s", word, o)
	}
	return printable(word)
}

// reachVotes names what each source says of the device's reach.
func reachVotes(d device.Current) string {
	var words []string
	for _, v := range d.Votes {
		if v.Facet != device.FacetReach {
			continue
		}
		word := string(v.State)
		if v.Abstain != "" {
			word = "(" + string(v.Abstain) + ")"
		}
		words = append(words, printable(v.Source)+"="+word)
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

func (p *Program) printObservations(observations []device.Observation) {
	p.table("REF\tNAME\tADDRESS\tSAYS", func(w *tabwriter.Writer) {
		for _, o := range observations {
			var says []string
			if o.Abstain != "" {
				says = append(says, "("+string(o.Abstain)+")")
			}
			for _, c := range o.Claims {
				if c.Facet != device.FacetHealth || c.State != device.StateOK {
					says = append(says, strings.TrimSuffix(fmt.Sprintf("%s=%s %s", c.Facet, c.State, c.Component), " "))
				}
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", printable(o.Ref), printable(o.Name), printable(strings.Join(o.Addresses, " ")), printable(strings.Join(says, " ")))
		}
	})
}

// printSources ends each line with what is wrong: why its last poll failed, else what nobody else confirms. Pushes are
// shown where a source takes any. Below stands what the plugins' processes did that a person should know, and what came of
// their watches.
func (p *Program) printSources(sources []device.SourceStatus, devices []device.Current, now time.Time) {
	doubts := contradicted(devices)
	pushes := slices.ContainsFunc(sources, func(s device.SourceStatus) bool { return s.Push != nil })
	head := "SOURCE\tTYPE\tHEALTH\tDEVICES\tLAST SUCCESS\tRESTARTS\t"
	if pushes {
		head += "PUSHES\t"
	}
	p.table(head+"WHAT IS WRONG", func(w *tabwriter.Writer) {
		for _, s := range sources {
			last := "never"
			if !s.LastSuccess.IsZero() {
				last = age(now.Sub(s.LastSuccess)) + " ago"
			}
			wrong := s.LastError
			if wrong == "" {
				wrong = doubts[s.Name]
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%d\t", printable(s.Name), s.Type, s.Health, s.Devices, last, s.Restarts)
			if pushes {
				fmt.Fprintf(w, "%s\t", pushed(s.Push, now))
			}
			fmt.Fprintln(w, printable(wrong))
		}
	})
	for _, s := range sources {
		if text := pluginTrouble(s.Plugin, now); text != "" {
			fmt.Fprintf(p.Stdout, "%s: its plugin %s\n", printable(s.Name), printable(text))
		}
		if text := watchTold(s.Watch, now); text != "" {
			fmt.Fprintf(p.Stdout, "%s: its watch %s\n", printable(s.Name), printable(text))
		}
	}
}

// pushed says in a few words what came of a source's pushes.
func pushed(s *device.PushStatus, now time.Time) string {
	if s == nil {
		return "-"
	}
	text := "none yet"
	if s.Accepted > 0 {
		text = fmt.Sprintf("%d, last %s ago", s.Accepted, age(now.Sub(s.LastAccepted)))
	}
	for _, n := range []struct {
		n    int
		what string
	}{{s.Refused, "refused"}, {s.Unread, "unread"}} {
		if n.n > 0 {
			text += fmt.Sprintf(", %d %s", n.n, n.what)
		}
	}
	return text
}

// watchTold says what came of a source's watch, "" where there is nothing to tell.
func watchTold(s *device.WatchStatus, now time.Time) string {
	if s == nil {
		return ""
	}
	var parts []string
	if s.State == device.WatchFailing {
		parts = append(parts, "fails: "+s.LastError)
	}
	if s.Heard > 0 {
		parts = append(parts, fmt.Sprintf("has heard %d observations, the last %s ago", s.Heard, age(now.Sub(s.LastHeard))))
	}
	if s.Rejected > 0 {
		parts = append(parts, fmt.Sprintf("brought %d that could not be accepted", s.Rejected))
	}
	return strings.Join(parts, "; ")
}

// contradicted says for each source which devices it calls down that are held up, and in its own words why.
func contradicted(devices []device.Current) map[string]string {
	type doubt struct {
		device, words string
		more          int
	}
	doubts := map[string]*doubt{}
	for _, d := range devices {
		counted := map[string]bool{}
		for _, v := range d.Votes {
			if v.State != device.StateDown || counted[v.Source] || !heldUp(d, v.Facet) {
				continue
			}
			counted[v.Source] = true
			if first := doubts[v.Source]; first != nil {
				first.more++
				continue
			}
			doubts[v.Source] = &doubt{device: d.Name, words: v.Raw}
		}
	}
	out := map[string]string{}
	for source, d := range doubts {
		text := "calls " + d.device
		if d.more > 0 {
			text += fmt.Sprintf(" and %d more", d.more)
		}
		out[source] = text + " down, others do not"
		if d.words != "" {
			out[source] += " (" + d.words + ")"
		}
	}
	return out
}

// heldUp reports whether the verdict on a facet of the device is up.
func heldUp(d device.Current, f device.Facet) bool {
	return slices.ContainsFunc(d.Tallies, func(t device.Tally) bool { return t.Facet == f && t.Component == "" && t.State == device.StateUp })
}
