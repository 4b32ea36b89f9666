package truth

import (
	"context"
	"fmt"
	"strings"
)

// Plan is which labs a report is made from.
type Plan struct {
	Labs Labs
	// Scales are the other rates of faults that the short table is repeated with, each on so many labs.
	Scales []float64
	Each   int
}

// FullPlan is what `make truth` runs.
func FullPlan() Plan {
	return Plan{Labs: Labs{First: 1, Count: 1000, Scale: 1}, Scales: []float64{0.5, 2, 4}, Each: 75}
}

// Count is the number of labs in all.
func (p Plan) Count() int { return p.Labs.Count + len(p.Scales)*p.Each }

// Report runs the labs of a plan and writes what came out as Markdown. The same plan gives the same bytes. After each
// lab done gets the number of labs that are finished.
func (p Plan) Report(ctx context.Context, processors int, done func(finished int)) (string, error) {
	scores, err := p.Labs.Run(ctx, processors, done)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s, of %s each.\n\n", p.Labs, days(p.Labs))
	fmt.Fprintf(&b, "### Devices with two or more witnesses\n\n%s\n%s\n", scores.Brief(Two), scores.Full(Two))
	fmt.Fprintf(&b, "Against the goals, and against each source on the devices that it watches:\n\n%s\n%s\n", scores.Goals(), scores.Times())
	fmt.Fprintf(&b, "What fooled them, when an alarm out of nothing began; minutes for each 1,000 device days:\n\n%s\n", scores.Causes(Two))
	fmt.Fprintf(&b, "### Devices with one witness\n\n%s\n", scores.Full(One))
	fmt.Fprintf(&b, "### All devices\n\n%s\n", scores.Full(Everything))
	for i, scale := range p.Scales {
		l := Labs{First: p.Labs.First, Count: p.Each, Scale: scale, Length: p.Labs.Length}
		before := p.Labs.Count + i*p.Each
		scores, err := l.Run(ctx, processors, func(n int) { done(before + n) })
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "### Faults %g times as often\n\n%s. Devices with two or more witnesses:\n\n%s\n", scale, l, scores.Brief(Two))
	}
	return strings.TrimRight(b.String(), "\n") + "\n", nil
}

// String names the labs.
func (l Labs) String() string {
	return fmt.Sprintf("%d labs, seeds %d to %d", l.Count, l.First, l.First+uint64(l.Count)-1)
}

func days(l Labs) string {
	if l.Length == 0 {
		return "a day"
	}
	return l.Length.String()
}
