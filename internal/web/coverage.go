package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view"
)

// coveragePage has the devices that cannot be confirmed, or whose sources partly fail together, before all others.
type coveragePage struct {
	Counts      []consensus.WitnessCount
	Bar         []coverageBar
	Shared      int
	Short, Rest []coverageRow
	Groups      []groupCover
}

// coverageRow is a device with what would help it.
type coverageRow struct {
	consensus.Covered
	Help string
}

// coverageBar is one piece of the picture, in hundredths of its width.
type coverageBar struct {
	X, W    float64
	Kind    string
	Devices int
	Word    string
}

// groupCover is how a group of the configuration is covered: by how many of its devices have no witness, one, or more.
type groupCover struct {
	Name            string
	None, One, More int
	Unknown         []string
}

// witnessWord names a number of witnesses.
func witnessWord(n int) (kind, word string) {
	switch n {
	case 0:
		return "unknown", "nobody"
	case 1:
		return "degraded", "1 witness"
	}
	return "up", strconv.Itoa(n) + " witnesses"
}

// coverageBars are pieces as long as the shares are; counts come with the fewest witnesses first.
func coverageBars(counts []consensus.WitnessCount) []coverageBar {
	total := 0
	for _, c := range counts {
		total += c.Devices
	}
	var out []coverageBar
	x := 0.0
	for _, c := range counts {
		w := 100 * float64(c.Devices) / float64(total)
		kind, word := witnessWord(c.Witnesses)
		out = append(out, coverageBar{X: x, W: w, Kind: kind, Devices: c.Devices, Word: word})
		x += w
	}
	return out
}

// coverageHelp says what a person can do so that a device is confirmed. sources are all that are configured.
func coverageHelp(c *consensus.Covered, sources []string) string {
	var others []string
	for _, s := range sources {
		if !slices.Contains(c.Sources, s) {
			others = append(others, s)
		}
	}
	switch {
	case len(c.Sources) == 0:
		return "No source knows it any more: let one watch it, or retire it."
	case len(c.Witnesses) == 0:
		return "Nobody who knows it may vote. Its page says whether a weak name is to be confirmed, or a watch is paused."
	case len(c.Shared) > 0 && c.Best != device.StandingConfirmed:
		return "Let one of its sources run elsewhere: what shares a fault domain counts once."
	case c.Best == device.StandingConfirmed && len(c.Shared) > 0:
		return "It can be confirmed; one of the sources that fail together adds nothing."
	case c.Best == device.StandingConfirmed:
		return ""
	case len(others) == 1:
		return "Let " + clean(others[0]) + " watch it too."
	case len(others) > 1:
		return "Let one of " + clean(enumerate(others)) + " watch it too."
	case len(sources) == 1:
		return "Add a second source: a source \"reach\" needs no monitor, it asks the devices by itself."
	}
	return "Its page says which of its votes do not count, and why."
}

func (s *Site) coveragePage(w http.ResponseWriter, r *http.Request) {
	now := s.opt.Now()
	report := s.opt.Read.Coverage(now)
	page := coveragePage{Counts: report.Counts, Bar: coverageBars(report.Counts), Shared: len(report.Shared)}
	sources := sourceNames(s.opt.Read.Sources(now))
	witnesses := map[device.ID]int{}
	for i := range report.Devices {
		c := &report.Devices[i]
		witnesses[c.Device.ID] = len(c.Witnesses)
		row := coverageRow{*c, coverageHelp(c, sources)}
		if c.Best == device.StandingConfirmed && len(c.Shared) == 0 {
			page.Rest = append(page.Rest, row)
			continue
		}
		page.Short = append(page.Short, row)
	}
	slices.SortStableFunc(page.Short, func(a, b coverageRow) int { return cmp.Compare(len(a.Witnesses), len(b.Witnesses)) })
	page.Groups = groupCovers(s.opt.Read.Groups(), witnesses)
	s.render(w, r, http.StatusOK, "coverage", &frame{Title: "Coverage", Here: "/coverage", Content: &page})
}

// groupCovers counts the witnesses of the groups' devices.
func groupCovers(groups []view.Group, witnesses map[device.ID]int) []groupCover {
	var out []groupCover
	for _, g := range groups {
		c := groupCover{Name: g.Name, Unknown: g.Unknown}
		for _, d := range g.Devices {
			switch witnesses[d.ID] {
			case 0:
				c.None++
			case 1:
				c.One++
			default:
				c.More++
			}
		}
		out = append(out, c)
	}
	return out
}
