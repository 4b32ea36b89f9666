package truth

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/internal/lab/seeded"
)

// names are how the tables call the monitors.
func names(j Judge) string {
	switch seeded.Sort(j) {
	case seeded.LibreNMS:
		return "LibreNMS alone"
	case seeded.PRTG:
		return "PRTG alone"
	case seeded.SNMP:
		return "direct SNMP alone"
	case seeded.Kuma:
		return "Uptime Kuma alone"
	}
	return string(j)
}

// monitors are the judges that are one source.
func monitors() []Judge {
	return []Judge{Judge(seeded.PRTG), Judge(seeded.LibreNMS), Judge(seeded.Kuma), Judge(seeded.SNMP)}
}

// Judges are everybody who is scored, in the order of the tables.
func judges() []Judge { return append(append([]Judge{Quorate}, monitors()...), Any, All, Majority) }

// Brief is the short table, of one group of devices.
func (s Scores) Brief(g Group) string {
	var b strings.Builder
	b.WriteString("| who says so | false alarm, min | missed | median delay | silent |\n|---|--:|--:|--:|--:|\n")
	for _, j := range judges() {
		v := s[Key{Group: g, Judge: j}]
		if v == nil || v.Watched == 0 {
			continue
		}
		fmt.Fprintf(&b, "| %s | %.0f | %s | %s | %s |\n", names(j), v.perDays(v.False), missed(&v.Watching), delay(&v.Watching),
			percent(v.UnknownUp+v.UnknownDown, v.Watched))
	}
	return b.String()
}

// Full is the long table, of one group of devices.
func (s Scores) Full(g Group) string {
	var b strings.Builder
	b.WriteString("| who says so | device days | false alarm, min | of it in the aftermath | alarms | missed, as seen | delay, as seen | missed, as watched | delay, as watched | silent while up | silent while down | disputes |\n")
	b.WriteString("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	row := func(name string, v *Score) {
		if v == nil || v.Watched == 0 {
			return
		}
		disputes := "" // nobody else has any
		if strings.HasPrefix(name, string(Quorate)) {
			disputes = fmt.Sprintf("%.1f", float64(v.Disputes)/v.days()*1000)
		}
		fmt.Fprintf(&b, "| %s | %.0f | %.1f | %.1f | %.1f | %s | %s | %s | %s | %s | %s | %s |\n", name, v.days(), v.perDays(v.False), v.perDays(v.After),
			float64(v.Alarms)/v.days()*1000, missed(&v.Seen), inIntervals(&v.Seen), missed(&v.Watching), inIntervals(&v.Watching),
			percent(v.UnknownUp, v.Watched), percent(v.UnknownDown, v.Watched), disputes)
	}
	for _, j := range judges() {
		row(names(j), s[Key{Group: g, Judge: j}])
	}
	for _, m := range monitors() {
		row("Quorate, where there is "+strings.TrimSuffix(names(m), " alone"), s[Key{Group: g, Judge: Quorate, On: m}])
	}
	for _, where := range []Where{TwoHosts, OneDeclared, OneHost, Elsewhere, Inside, TakenForOne, TakenForTwo} {
		row("Quorate, "+string(where), s[Key{Group: g, Judge: Quorate, Where: where}])
	}
	return b.String()
}

// Causes is the table of what fooled whom, of one group of devices.
func (s Scores) Causes(g Group) string {
	var b strings.Builder
	b.WriteString("| what was wrong |")
	for _, j := range judges() {
		fmt.Fprintf(&b, " %s |", names(j))
	}
	b.WriteString("\n|---|" + strings.Repeat("--:|", len(judges())) + "\n")
	faults := []seeded.Fault{Several, Stale}
	for _, r := range slices.Backward(seeded.Rates()) {
		faults = append(faults, r.Fault)
	}
	for _, f := range slices.Backward(faults) {
		line, any := fmt.Sprintf("| %s |", f), false
		for _, j := range judges() {
			v := s[Key{Group: g, Judge: j}]
			if v == nil || v.Causes[f] == 0 {
				line += "  |"
				continue
			}
			line += fmt.Sprintf(" %.1f |", v.perDays(v.Causes[f]))
			any = true
		}
		if any {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

func missed(c *Calls) string { return fmt.Sprintf("%d of %d", c.Missed, c.Outages) }

func delay(c *Calls) string {
	took, _, ok := c.Median()
	if !ok {
		return "-"
	}
	return took.Round(time.Second).String()
}

func inIntervals(c *Calls) string {
	_, intervals, ok := c.Median()
	if !ok {
		return "-"
	}
	return fmt.Sprintf("%s, %.2f", delay(c), intervals)
}

func percent(part, of time.Duration) string {
	return fmt.Sprintf("%.2f %%", 100*float64(part)/float64(of))
}
