package blogsink

import (
	"cmp"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/chart"
)

// Two monitors are compared over each device that both know, for as long as both have a word on whether it answers: a
// monitor has none while it abstains or is blind. They contradict each other where one says up and the other down. A
// contradiction that was over before the slower of the two had looked again is passed over: it is counted neither for
// them nor against them. Who was right is who the other came round to.

// pairSum is what two sources add up to.
type pairSum struct {
	a, b             string
	compared, agreed time.Duration
	contradictions   int
	rightA, rightB   int // of them; the rest is open, or nobody came round
	devices          int // that both had a word on
	patience         time.Duration
}

// held is a word of a ref: how long it held, and what came after it. Next is empty where that was no word.
type held struct {
	from, to time.Time
	state    device.State
	next     device.State
}

// looked is after how many intervals a source is sure to have looked again.
const looked = 1.5

// patience is how long two sources may contradict each other without anything to be made of it.
func (j *journal) patience(a, b device.SourceStatus) time.Duration {
	one := func(s device.SourceStatus) time.Duration { return time.Duration(s.Interval) + j.intervals[s.Name] }
	return time.Duration(looked * float64(max(one(a), one(b))))
}

// spells are the words of a ref from since to end, without the times in which its source was blind.
func (j *journal) spells(ref device.SourceRef, dark []stretch, end time.Time) []held {
	words := slices.Clone(j.refs[ref])
	at := func(t time.Time) device.State {
		i, _ := slices.BinarySearchFunc(j.refs[ref], t, func(c change, t time.Time) int {
			if c.at.After(t) {
				return 1
			}
			return -1
		})
		if i == 0 {
			return ""
		}
		return j.refs[ref][i-1].state
	}
	var extra []change
	for _, d := range dark {
		extra = append(extra, change{at: d.from})
		if d.to.Before(end) {
			extra = append(extra, change{d.to, at(d.to)})
		}
	}
	// Where both are of one instant, the source's own word is the later one.
	words = append(extra, words...)
	slices.SortStableFunc(words, func(a, b change) int { return a.at.Compare(b.at) })
	var out []held
	since := j.since()
	var last device.State
	for i, w := range words {
		if i > 0 && w.state == last || i == 0 && w.state == "" {
			continue
		}
		if n := len(out); n > 0 && out[n-1].to.IsZero() {
			out[n-1].to, out[n-1].next = w.at, w.state
		}
		if last = w.state; w.state != "" {
			out = append(out, held{from: w.at, state: w.state})
		}
	}
	if n := len(out); n > 0 && out[n-1].to.IsZero() {
		out[n-1].to = end
	}
	inside := out[:0]
	for _, s := range out {
		if s.from.Before(since) {
			s.from = since
		}
		if s.from.Before(s.to) {
			inside = append(inside, s)
		}
	}
	return inside
}

// spoken are the spells of all sources on all devices.
type spoken map[device.ID]map[string][][]held

// spoken collects what was said of the devices that are watched now, by the refs that count for them.
func (j *journal) spoken(c *course, devices []device.Current, end time.Time) spoken {
	all := spoken{}
	for i := range devices {
		for _, b := range devices[i].Bindings {
			if b.Weak {
				continue
			}
			list := j.spells(device.SourceRef{Source: b.Source, Ref: b.Ref}, c.darkness(b.Source, end), end)
			if len(list) == 0 {
				continue
			}
			if all[devices[i].ID] == nil {
				all[devices[i].ID] = map[string][][]held{}
			}
			all[devices[i].ID][b.Source] = append(all[devices[i].ID][b.Source], list)
		}
	}
	return all
}

// pairs compares all sources with each other, in the order of their names.
func (j *journal) pairs(all spoken, sources []device.SourceStatus) []pairSum {
	sorted := slices.SortedFunc(slices.Values(sources), func(a, b device.SourceStatus) int { return cmp.Compare(a.Name, b.Name) })
	var out []pairSum
	for i, b := range sorted {
		for _, a := range sorted[:i] {
			p := pairSum{a: a.Name, b: b.Name, patience: j.patience(a, b)}
			for _, by := range all {
				met := false
				for _, x := range by[a.Name] {
					for _, y := range by[b.Name] {
						met = p.compare(x, y) || met
					}
				}
				if met {
					p.devices++
				}
			}
			if p.compared > 0 {
				out = append(out, p)
			}
		}
	}
	return out
}

// compare adds what two refs said of one device, and reports whether they ever spoke at the same time.
func (p *pairSum) compare(xs, ys []held) bool {
	met := false
	for len(xs) > 0 && len(ys) > 0 {
		x, y := xs[0], ys[0]
		from, to := x.from, x.to
		if y.from.After(from) {
			from = y.from
		}
		if y.to.Before(to) {
			to = y.to
		}
		if took := to.Sub(from); took > 0 {
			met = true
			switch {
			case x.state == y.state:
				p.compared, p.agreed = p.compared+took, p.agreed+took
			case took > p.patience:
				p.compared += took
				p.contradictions++
				switch {
				case x.to.Before(y.to) && x.next == y.state:
					p.rightB++
				case y.to.Before(x.to) && y.next == x.state:
					p.rightA++
				}
			}
		}
		// Of two that end together both are done with.
		if !x.to.After(to) {
			xs = xs[1:]
		}
		if !y.to.After(to) {
			ys = ys[1:]
		}
	}
	return met
}

// missed counts for each source the outages, from the verdict to its end, during which it said up all the time, though
// they were long enough for it to look.
func (j *journal) missed(all spoken, c *course, sources []device.SourceStatus, end time.Time) map[string]int {
	since := j.since()
	out := map[string]int{}
	for _, s := range sources {
		patience := j.patience(s, s)
		for id, by := range all {
			t := c.devices[id]
			if t == nil {
				continue
			}
			for _, down := range t.until(end) {
				if down.state != chart.Down || down.from.Before(since) || down.to.Sub(down.from) <= patience {
					continue
				}
				said := func(list []held) bool {
					return slices.ContainsFunc(list, func(w held) bool {
						return w.state == device.StateUp && !w.from.After(down.from) && !w.to.Before(down.to)
					})
				}
				if slices.ContainsFunc(by[s.Name], said) {
					out[s.Name]++
				}
			}
		}
	}
	return out
}
