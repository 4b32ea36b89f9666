package web

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view"
)

// A strip is a day in columns of a quarter of an hour, each of which shows the worst that happened in it.
const (
	stripColumns = 96
	stripColumn  = 15 * time.Minute
)

// strip is how a device was during the last day.
type strip struct {
	Paths []stripPath
	Text  string // the same in words
}

// stripPath is all columns of one state.
type stripPath struct{ Kind, D string }

// stretch is a time in one state.
type stretch struct {
	from, to time.Time
	kind     int
}

// The kinds of a stretch, the worst last. Time before anything was known is none of them.
var stripKinds = []string{"", "up", "unknown", "degraded", "unreachable", "down"}

func stripKind(s device.Status, unreachable bool) int {
	kind := slices.Index(stripKinds, string(s))
	if unreachable && s == device.StatusDown {
		kind = slices.Index(stripKinds, "unreachable")
	}
	return max(kind, 0)
}

// stripEnd is the end of the column that now is in: strips move on by whole columns.
func stripEnd(now time.Time) time.Time { return now.UTC().Add(stripColumn - 1).Truncate(stripColumn) }

// stripFrom is where strips begin.
func stripFrom(now time.Time) time.Time { return stripEnd(now).Add(-stripColumns * stripColumn) }

// strips draws those of all devices.
type strips struct {
	from, now time.Time
	changes   map[device.ID][]view.Change
}

func drawStrips(changes []view.Change, now time.Time) strips {
	s := strips{from: stripFrom(now), now: now, changes: map[device.ID][]view.Change{}}
	for _, c := range changes {
		s.changes[c.Device] = append(s.changes[c.Device], c)
	}
	return s
}

// stretches are those of one device until now, in order and without gaps; the first may be later than the strip's begin.
func (s strips) stretches(d device.Current) []stretch {
	var all []stretch
	changes := s.changes[d.ID]
	at, kind := s.from, 0
	if len(changes) == 0 {
		// Nothing changed: it is what it is since before, or since it became known.
		kind = stripKind(d.Status, slices.Contains(d.Overlays, device.OverlayUnreachable))
		if d.Since.IsZero() {
			return nil
		}
		if d.Since.After(at) {
			at = d.Since
		}
	} else if first := changes[0]; first.From != "" && first.From != device.StatusUnknown {
		kind = stripKind(first.From, false)
	}
	for _, c := range changes {
		if c.At.After(at) {
			all = append(all, stretch{at, c.At, kind})
			at = c.At
		}
		kind = stripKind(c.To, c.Unreachable)
	}
	all = append(all, stretch{at, s.now, kind})
	if all[0].kind == 0 {
		all = all[1:]
	}
	return all
}

// of is the strip of one device.
func (s strips) of(d device.Current) strip {
	var worst [stripColumns]int
	spent := make([]time.Duration, len(stripKinds))
	for _, t := range s.stretches(d) {
		if !t.from.Before(t.to) {
			continue
		}
		spent[t.kind] += t.to.Sub(t.from)
		first, last := int(t.from.Sub(s.from)/stripColumn), int((t.to.Sub(s.from)-1)/stripColumn)
		for i := max(first, 0); i <= min(last, stripColumns-1); i++ {
			worst[i] = max(worst[i], t.kind)
		}
	}
	out := strip{Text: inWords(spent)}
	for kind := 1; kind < len(stripKinds); kind++ {
		var d strings.Builder
		for i := 0; i < stripColumns; i++ {
			if worst[i] != kind {
				continue
			}
			from := i
			for i+1 < stripColumns && worst[i+1] == kind {
				i++
			}
			fmt.Fprintf(&d, "M%d 7h%d", from, i+1-from)
		}
		if d.Len() > 0 {
			out.Paths = append(out.Paths, stripPath{stripKinds[kind], d.String()})
		}
	}
	return out
}

// inWords says how much of the time was spent how.
func inWords(spent []time.Duration) string {
	var total time.Duration
	for _, d := range spent {
		total += d
	}
	if total <= 0 {
		return "nothing known"
	}
	over := "24 h"
	if total < 23*time.Hour {
		over = age(total)
	}
	up := spent[slices.Index(stripKinds, "up")]
	text := "up all of " + over
	if up < total {
		text = fmt.Sprintf("up %.1f %% of %s", 100*float64(up)/float64(total), over)
		// Never rounded up to all.
		if up > 0 && float64(up)/float64(total) >= 0.9995 {
			text = "up 99.9 % of " + over
		}
	}
	for kind := len(stripKinds) - 1; kind > 1; kind-- {
		if spent[kind] > 0 {
			text += fmt.Sprintf(", %s %s", stripKinds[kind], age(spent[kind]))
		}
	}
	return text
}
