package web

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// row is one device on the board.
type row struct {
	device.Current
	Sign, Word string
	Kind       string // the class that colours the row: status, or "unreachable", and "disputed" beside it
	Cells      []cell
	Agreement  string // share of the voting sources that agree with the verdict; "" where nobody votes
	Note       string
	Group      string
	Under      string // the device that it hangs on, where the board shows that
	Depth      int    // how deep it hangs there
	Strip      strip
	rank       int
	agree      int // Agreement as a figure; -1 where nobody votes
}

// cell is one source's word on one device: a sign, which the style sheet puts before the word by the kind, a word and an
// age, so that colour is never alone.
type cell struct {
	Source string
	Word   string
	Kind   string
	At     time.Time
	Detail string
}

// The ranks order the board: what needs a person first.
const (
	rankDisputed = iota
	rankDown
	rankUnreachable
	rankUnknown
	rankDegraded
	rankPending
	rankQuestioned // up, but a source that is not believed says otherwise, or a witness is missing
	rankUp
)

func buildRow(d device.Current, sources []string) row {
	r := row{Current: d, Kind: string(d.Status), Word: string(d.Status)}
	switch d.Status {
	case device.StatusUp:
		r.Sign, r.rank = "▲", rankUp
	case device.StatusDown:
		r.Sign, r.rank = "▼", rankDown
	case device.StatusDegraded:
		r.Sign, r.rank = "◆", rankDegraded
	default:
		r.Sign, r.rank = "?", rankUnknown
	}
	for _, o := range d.Overlays {
		switch o {
		case device.OverlayUnreachable:
			r.Word, r.Kind, r.Sign, r.rank = "unreachable", "unreachable", "◌", rankUnreachable
			if d.Because != "" {
				r.Note = "because " + clean(d.Because) + " is down"
			}
		case device.OverlayPending:
			r.Note, r.rank = "pending", min(r.rank, rankPending)
		default:
			r.Note = strings.TrimPrefix(r.Note+", "+string(o), ", ")
		}
	}
	if d.Standing == device.StandingDisputed {
		r.rank, r.Kind = rankDisputed, r.Kind+" disputed"
	}
	if r.Note == "" && d.Reason != "" {
		r.Note = strings.ReplaceAll(d.Reason, "_", " ")
	}
	if r.Note == "" && d.RedundancyLost {
		r.Note = "redundancy lost"
	}
	r.Cells = buildCells(d, sources)
	if d.RedundancyLost || slices.ContainsFunc(r.Cells, func(c cell) bool { return c.Kind == "disbelieved" }) {
		r.rank = min(r.rank, rankQuestioned)
	}
	if r.agree = agreement(d); r.agree >= 0 {
		r.Agreement = fmt.Sprintf("%d %%", r.agree)
	}
	return r
}

// maxDetails is how many votes the title of a cell tells of; the page of the device has them all.
const maxDetails = 4

// buildCells takes a source's word on reach; what it says of the other facets is the cell's detail.
func buildCells(d device.Current, sources []string) []cell {
	cells := make([]cell, len(sources))
	for i, name := range sources {
		c := cell{Source: name, Kind: "absent", Detail: "does not know this device"}
		for _, b := range d.Bindings {
			if b.Source == name {
				c.Word, c.Kind, c.Detail = "no word", "silent", "knows this device and says nothing of its reach"
			}
		}
		var details []string
		well := 0
		for _, v := range d.Votes {
			if v.Source != name {
				continue
			}
			if v.Facet == device.FacetReach || c.Kind == "silent" {
				c.setVote(v)
			}
			if v.Facet == device.FacetHealth && v.State == device.StateOK && v.Abstain == "" {
				well++
				continue
			}
			if len(details) < maxDetails {
				details = append(details, voteDetail(v))
			}
		}
		if well > 0 {
			details = append(details, many(well, "part")+" well")
		}
		if !c.At.IsZero() {
			details = append(details, "measured "+c.At.UTC().Format("2006-01-02 15:04:05 UTC"))
		}
		if len(details) > 0 {
			c.Detail = strings.Join(details, "; ")
		}
		cells[i] = c
	}
	return cells
}

func (c *cell) setVote(v device.Vote) {
	c.At = v.ObservedAt
	switch {
	case v.Abstain == device.AbstainPaused, v.Abstain == device.AbstainMaintenance, v.Abstain == device.AbstainExcluded:
		c.Kind = "paused"
	case v.Abstain != "":
		c.Kind = "abstain"
	case v.State == device.StateUp, v.State == device.StateOK:
		c.Kind = "up"
	case v.State == device.StateDown:
		c.Kind = "down"
	default:
		c.Kind = "split"
	}
	c.Word = string(v.State)
	if v.Abstain != "" {
		c.Word = strings.ReplaceAll(string(v.Abstain), "_", " ")
		// A silenced down is the very thing to see: a monitor says so and is not believed.
		if v.State == device.StateDown && (v.Abstain == device.AbstainSourceSuspect || v.Abstain == device.AbstainSourceBlind) {
			c.Word, c.Kind = "down, not believed", "disbelieved"
		}
	}
}

func voteDetail(v device.Vote) string {
	what := string(v.Facet)
	if v.Component != "" {
		what += " " + clean(v.Component)
	}
	if v.Abstain != "" {
		return fmt.Sprintf("%s: no vote (%s)", what, strings.ReplaceAll(string(v.Abstain), "_", " "))
	}
	return fmt.Sprintf("%s: %s, weight %.2f", what, v.State, v.Weight)
}

// agreement is the share of the voting sources whose word on reach is the one held, in percent; -1 where nobody votes.
func agreement(d device.Current) int {
	held := device.StateUp
	if d.Status == device.StatusDown {
		held = device.StateDown
	}
	voting, agree := 0, 0
	for _, v := range d.Votes {
		if v.Facet != device.FacetReach || v.Abstain != "" {
			continue
		}
		voting++
		if v.State == held {
			agree++
		}
	}
	if voting == 0 || d.Status == device.StatusUnknown {
		return -1
	}
	return 100 * agree / voting
}
