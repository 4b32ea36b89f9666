package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// score is what one agent made of the outages, in durations of the lab.
type score struct {
	down, up       []time.Duration
	missed, unseen int // outages never called down, ends never seen
	alarms         int // down that no outage was the reason of
}

func (p plan) score(outages []event, events []device.Event) score {
	var s score
	for _, o := range outages {
		var down, up time.Duration
		for _, e := range events {
			if e.Type != device.EventVerdictChanged || e.Device == nil || !strings.HasPrefix(e.Device.Name, o.name) {
				continue
			}
			switch {
			case e.To == string(device.StatusDown) && e.At.After(o.off) && e.At.Before(o.back) && down == 0:
				down = e.At.Sub(o.off)
			case e.To == string(device.StatusDown):
				s.alarms++
			case e.From == string(device.StatusDown) && e.At.After(o.back) && up == 0:
				up = e.At.Sub(o.back) // or degraded, until its agent has been seen too
			}
		}
		switch {
		case down == 0:
			s.missed++
		case up == 0:
			s.down, s.unseen = append(s.down, p.there(down)), s.unseen+1
		default:
			s.down, s.up = append(s.down, p.there(down)), append(s.up, p.there(up))
		}
	}
	slices.Sort(s.down)
	slices.Sort(s.up)
	return s
}

// there is how much of the lab's time has passed.
func (p plan) there(d time.Duration) time.Duration { return time.Duration(float64(d) * p.scale) }

// quantile is the nearest rank.
func quantile(sorted []time.Duration, q float64) string {
	if len(sorted) == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f s", sorted[min(int(q*float64(len(sorted))), len(sorted)-1)].Seconds())
}

func (m measured) markdown(p plan) string {
	before, after := p.score(m.outages, m.before), p.score(m.outages, m.after)
	var b strings.Builder
	fmt.Fprintf(&b, "%d outages of %v, %g %% of the measurements lost, %g times as fast as a lab, seed %d\n\n", len(m.outages), outage, 100*p.loss, p.scale, p.seed)
	b.WriteString("| from the event record | LibreNMS and PRTG | with `reach` |\n|---|---|---|\n")
	row := func(what string, of func(s score) string) {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", what, of(before), of(after))
	}
	row("outage to \"down\", median", func(s score) string { return quantile(s.down, 0.5) })
	row("outage to \"down\", 9 in 10 within", func(s score) string { return quantile(s.down, 0.9) })
	row("outage to \"down\", longest", func(s score) string { return quantile(s.down, 1) })
	row("outages missed", func(s score) string { return fmt.Sprint(s.missed) })
	row("return to \"not down\", median", func(s score) string { return quantile(s.up, 0.5) })
	row("return to \"not down\", 9 in 10 within", func(s score) string { return quantile(s.up, 0.9) })
	row("returns not seen within "+outage.String(), func(s score) string { return fmt.Sprint(s.unseen) })
	row("false alarms", func(s score) string { return fmt.Sprint(s.alarms) })
	return b.String()
}
