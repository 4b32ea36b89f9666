package blogsink

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/chart"
	"github.com/quorate/quorate/internal/sanitize"
)

// Share is a part of a time, told in per cent. Only all is 100 and only nothing is 0.
type Share struct{ part, whole time.Duration }

func (s Share) String() string { return chart.Percent(s.part, s.whole) }

// Any reports whether it is more than nothing.
func (s Share) Any() bool { return s.part > 0 }

// Availability is how much of the period the devices of now were up. Time before a device was known is not counted, and
// time in which nobody could say is told apart and counts as neither up nor down.
type Availability struct {
	All    Available
	Groups []Available
	// Worst are the devices that were down the longest, or where none was down those that were unknown; Left are more that
	// were not up all the time, and Always were.
	Worst        []Available
	Left, Always Count
}

// Any reports whether there is anything to tell.
func (a Availability) Any() bool { return a.All.N > 0 }

// Available is one device, the devices of a role, or all.
type Available struct {
	Device            sanitize.Alias // empty where it is several
	Role              sanitize.Role  // of a group
	All               bool
	N                 Count
	Up, Down, Unknown Share
	Downtime          Span

	numbers []int // of the devices in the order of their ids, from 1
}

// Name is what a row is called.
func (a Available) Name() string {
	switch {
	case !a.Device.IsZero():
		return a.Device.String()
	case a.All:
		return "all " + a.N.Digits("device", "devices")
	case a.Role == sanitize.RoleDevice:
		return a.N.Digits("other device", "other devices")
	}
	return a.N.Digits(a.Role.Noun(), a.Role.Plural())
}

// take adds the time of a device.
func (a *Available) take(number int, t *track, end time.Time) {
	up := t.sum(chart.Up, end) + t.sum(chart.Degraded, end)
	down, unknown := t.sum(chart.Down, end), t.sum(chart.Unknown, end)
	whole := a.Up.whole + up + down + unknown
	a.Up = Share{a.Up.part + up, whole}
	a.Down = Share{a.Down.part + down, whole}
	a.Unknown = Share{a.Unknown.part + unknown, whole}
	a.Downtime = wholeSeconds(a.Down.part)
	a.N++
	a.numbers = append(a.numbers, number)
}

// mostWorst is how many devices are named.
const mostWorst = 10

// availability adds up the period.
func (c *composer) availability(ctx context.Context, r *record, devices []device.Current) (Availability, error) {
	av := Availability{All: Available{All: true}}
	sorted := slices.SortedFunc(slices.Values(devices), func(a, b device.Current) int { return cmp.Compare(a.ID, b.ID) })
	groups := map[sanitize.Role]*Available{}
	var worst []Available // without their names
	for i := range sorted {
		d := &sorted[i]
		t := r.course.device(d)
		av.All.take(i+1, t, r.end)
		role := sanitize.RoleOf(d.Type, d.Vendor, d.Model)
		if groups[role] == nil {
			groups[role] = &Available{Role: role}
		}
		groups[role].take(i+1, t, r.end)
		one := Available{}
		one.take(i+1, t, r.end)
		switch {
		case one.Up.part < one.Up.whole:
			worst = append(worst, one)
		case one.Up.whole > 0:
			av.Always++
		}
	}
	for _, g := range groups {
		av.Groups = append(av.Groups, *g)
	}
	slices.SortFunc(av.Groups, func(a, b Available) int {
		return cmp.Or(cmp.Compare(a.ratio(), b.ratio()), int(b.N-a.N), int(a.Role-b.Role))
	})
	slices.SortFunc(worst, func(a, b Available) int {
		return cmp.Or(cmp.Compare(b.Down.part, a.Down.part), cmp.Compare(a.ratio(), b.ratio()), a.numbers[0]-b.numbers[0])
	})
	n := len(worst)
	if i := slices.IndexFunc(worst, func(a Available) bool { return !a.Down.Any() }); i > 0 {
		worst = worst[:i] // where some were down, those that were not are no more than counted
	}
	worst = worst[:min(len(worst), mostWorst)]
	av.Left = Count(n - len(worst))
	for i := range worst {
		var err error
		d := &sorted[worst[i].numbers[0]-1]
		if worst[i].Device, err = c.device(ctx, device.Name{ID: d.ID, Name: d.Name}); err != nil {
			return av, err
		}
	}
	av.Worst = worst
	c.tellAvailability(&av)
	return av, nil
}

// ratio orders by how much of the time it was up.
func (a *Available) ratio() float64 {
	if a.Up.whole <= 0 {
		return 0
	}
	return float64(a.Up.part) / float64(a.Up.whole)
}

// tellAvailability names the figures and their queries.
func (c *composer) tellAvailability(av *Availability) {
	g := c.figures
	tell := func(id string, a *Available) {
		who := "n IN (" + numbersList(a.numbers) + ")"
		if a.All {
			who = "true"
		}
		g.share(id+".up", a.Up, g.stays()+" SELECT "+shareOf("status IN ('up', 'degraded')")+" FROM stay WHERE "+who)
		g.share(id+".down", a.Down, g.stays()+" SELECT "+shareOf("status = 'down'")+" FROM stay WHERE "+who)
		g.share(id+".unknown", a.Unknown, g.stays()+" SELECT "+shareOf("status NOT IN ('up', 'degraded', 'down')")+" FROM stay WHERE "+who)
		g.span(id+".downtime", time.Duration(a.Downtime), g.stays()+" SELECT "+seconds("coalesce(sum(CASE WHEN status = 'down' THEN t1 - t0 END), 0)")+" FROM stay WHERE "+who)
		g.count(id+".devices", int(a.N), "devices", periodNow, "SELECT count(*) FROM (SELECT row_number() OVER (ORDER BY device) AS n FROM consensus_device) WHERE "+who)
	}
	tell("availability.all", &av.All)
	for i := range av.Groups {
		tell("availability.role."+device.Slug(av.Groups[i].Role.Noun()), &av.Groups[i])
	}
	for i := range av.Worst {
		tell("availability.device."+device.Slug(av.Worst[i].Device.String()), &av.Worst[i])
	}
	whole := "(SELECT n FROM stay GROUP BY n HAVING sum(t1 - t0) > 0 AND sum(CASE WHEN status IN ('up', 'degraded') THEN 0 ELSE t1 - t0 END) "
	g.count("availability.always", int(av.Always), "devices", periodMilestone, g.stays()+" SELECT count(*) FROM "+whole+"= 0)")
	g.count("availability.left", int(av.Left), "devices", periodMilestone, g.stays()+fmt.Sprintf(" SELECT count(*) - %d FROM ", len(av.Worst))+whole+"> 0)")
}

func numbersList(numbers []int) string {
	var out []int64
	for _, n := range numbers {
		out = append(out, int64(n))
	}
	return list(out)
}
