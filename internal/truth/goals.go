package truth

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/quorate/quorate/internal/lab/seeded"
)

// goalFewer is how many times fewer false alarms than the best single source Quorate is to have.
const goalFewer = 10

// Goals compares Quorate with what it is to reach on devices with two or more witnesses. Against a source both are
// scored on the devices that the source watches.
func (s Scores) Goals() string {
	var b strings.Builder
	b.WriteString("| on devices with two or more witnesses | goal | here | reached |\n|---|---|---|---|\n")
	row := func(what, goal, here string, reached bool) {
		answer := "**no**"
		if reached {
			answer = "yes"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", what, goal, here, answer)
	}

	all := func(v *Score) float64 { return v.perDays(v.False) }
	nothing := func(v *Score) float64 { return v.perDays(v.False - v.After) }
	for _, f := range []struct {
		what string
		of   func(*Score) float64
	}{{"minutes of false alarm", all}, {"the same without aftermath", nothing}} {
		if m, ok := s.best(f.of); ok {
			theirs, ours := f.of(s[Key{Group: Two, Judge: m}]), f.of(s[Key{Group: Two, Judge: Quorate, On: m}])
			times := theirs / ours
			row(f.what, fmt.Sprintf("%d times fewer than the best single source (%s)", goalFewer, names(m)),
				fmt.Sprintf("%.1f times fewer (%.0f against %.0f)", times, ours, theirs), times >= goalFewer)
		}
	}
	for _, f := range []struct {
		what string
		of   func(*Score) *Calls
	}{{"missed, as watched", watching}, {"missed, as seen", seen}} {
		m, ok := s.misses(f.of)
		if !ok {
			continue
		}
		theirs, ours := f.of(s[Key{Group: Two, Judge: m}]), f.of(s[Key{Group: Two, Judge: Quorate, On: m}])
		row(f.what, fmt.Sprintf("no more than the better source (%s)", names(m)),
			fmt.Sprintf("%s against %s", missed(ours), missed(theirs)), ours.Missed <= theirs.Missed)
	}
	delays := func(what string, k Key) {
		v := s[k]
		if v == nil {
			return
		}
		took, intervals, ok := v.Seen.Median()
		here := "-"
		if ok {
			here = fmt.Sprintf("%.2f intervals, %s", intervals, took.Round(time.Second))
		}
		row(what, "one interval of the slowest witness that saw it", here, ok && intervals <= 1)
	}
	delays("median delay", Key{Group: Two, Judge: Quorate})
	for _, m := range []seeded.Sort{seeded.LibreNMS, seeded.Kuma} {
		delays("the same where there is "+strings.TrimSuffix(names(Judge(m)), " alone"), Key{Group: Two, Judge: Quorate, On: Judge(m)})
	}
	return b.String()
}

func watching(v *Score) *Calls { return &v.Watching }
func seen(v *Score) *Calls     { return &v.Seen }

// misses is the monitor that Quorate compares worst with: which misses least of what Quorate misses on its devices.
func (s Scores) misses(of func(*Score) *Calls) (Judge, bool) {
	most, found := math.MinInt, Judge("")
	for _, m := range monitors() {
		theirs, ours := s[Key{Group: Two, Judge: m}], s[Key{Group: Two, Judge: Quorate, On: m}]
		if theirs == nil || ours == nil {
			continue
		}
		if more := of(ours).Missed - of(theirs).Missed; more > most {
			most, found = more, m
		}
	}
	return found, found != ""
}

// best is the monitor with the least of something.
func (s Scores) best(of func(*Score) float64) (Judge, bool) {
	least, found := math.Inf(1), Judge("")
	for _, m := range monitors() {
		v := s[Key{Group: Two, Judge: m}]
		if v == nil || v.Watched == 0 {
			continue
		}
		if x := of(v); x < least {
			least, found = x, m
		}
	}
	return found, found != ""
}

// Times is the table of how many times fewer minutes of false alarm Quorate has than each source, on its devices.
func (s Scores) Times() string {
	var b strings.Builder
	b.WriteString("| fewer than | all | without aftermath |\n|---|--:|--:|\n")
	for _, m := range monitors() {
		theirs, ours := s[Key{Group: Two, Judge: m}], s[Key{Group: Two, Judge: Quorate, On: m}]
		if theirs == nil || ours == nil {
			continue
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", names(m), times(theirs.perDays(theirs.False), ours.perDays(ours.False)),
			times(theirs.perDays(theirs.False-theirs.After), ours.perDays(ours.False-ours.After)))
	}
	return b.String()
}

func times(theirs, ours float64) string {
	if ours == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f times", theirs/ours)
}
