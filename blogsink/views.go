package blogsink

import (
	"context"
	"slices"

	"github.com/quorate/quorate/device"
)

// mostViews is how many doubts and disputes are told one by one.
const mostViews = 6

// views tells where the monitors disagreed, from the lines of the timeline.
func (c *composer) views(ctx context.Context, r *record, inv Inventory, scores device.Scoreboard) (Views, error) {
	v := Views{Own: Count(scores.Own), Board: slices.Clone(inv.Sources)}
	slices.SortStableFunc(v.Board, func(a, b Source) int { return int(b.FalseAlarms - a.FalseAlarms) })
	all, err := c.happenings(ctx, r)
	if err != nil {
		return v, err
	}
	all = together(all)
	slices.SortFunc(all, func(a, b Happening) int { return a.order(&b) })
	for _, h := range all {
		switch h.Kind {
		case KindSuspect:
			v.Doubts = append(v.Doubts, h)
		case KindDispute:
			v.Disputes = append(v.Disputes, h)
		}
	}
	v.Doubts, v.DoubtsLeft = newest(v.Doubts)
	v.Disputes, v.DisputesLeft = newest(v.Disputes)
	for i := range v.Doubts {
		v.Doubts[i].Turn = i % 3
		c.told(&v.Doubts[i])
	}
	for i := range v.Disputes {
		v.Disputes[i].Turn = i % 3
		c.told(&v.Disputes[i])
	}
	return v, nil
}

func newest(all []Happening) ([]Happening, Count) {
	left := max(0, len(all)-mostViews)
	return all[left:], Count(left)
}
