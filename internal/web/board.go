package web

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// board is the jury board: a row a device, a column a source.
type board struct {
	Sources   []device.SourceStatus
	Rows      []row
	Counts    []count
	Notices   []notice
	Scores    []score
	Incidents []device.Incident
	Total     int
	Query     string
	Show      string
	Now       time.Time
}

type count struct {
	Word string
	N    int
}

// notice is one sentence about a source that is not believed or not heard.
type notice struct{ Source, Kind, Text string }

type score struct {
	Name string
	N    int
	Own  bool
}

// row is one device on the board.
type row struct {
	device.Current
	Sign, Word string
	Kind       string // the class that colours the row: status, or "disputed", "unreachable", "pending"
	Cells      []cell
	Agreement  string // share of the voting sources that agree with the verdict; "" where nobody votes
	Note       string
	rank       int
}

// cell is one source's word on one device: a sign, a word and an age, so that colour is never alone.
type cell struct {
	Source     string
	Sign, Word string
	Kind       string
	Age        string
	At         time.Time
	Detail     string
}

func sourceNames(sources []device.SourceStatus) []string {
	names := make([]string, len(sources))
	for i, s := range sources {
		names[i] = s.Name
	}
	return names
}

func buildBoard(devices []device.Current, sources []device.SourceStatus, incidents []device.Incident, scores device.Scoreboard, now time.Time) *board {
	b := &board{Sources: sources, Incidents: incidents, Total: len(devices), Now: now}
	names := sourceNames(sources)
	n := map[string]int{}
	for _, d := range devices {
		r := buildRow(d, names, now)
		b.Rows = append(b.Rows, r)
		n[string(d.Status)]++
		if d.Standing == device.StandingDisputed {
			n["disputed"]++
		}
	}
	slices.SortStableFunc(b.Rows, func(x, y row) int {
		return cmp.Or(cmp.Compare(x.rank, y.rank), device.CompareNames(x.Name, y.Name))
	})
	for _, w := range []string{"down", "disputed", "unknown", "degraded", "up"} {
		b.Counts = append(b.Counts, count{w, n[w]})
	}
	for _, s := range sources {
		if text := noticeOf(s, contradictors(s.Name, devices)); text != "" {
			b.Notices = append(b.Notices, notice{s.Name, string(s.Health), text})
		}
		b.Scores = append(b.Scores, score{Name: s.Name, N: scores.Sources[s.Name]})
	}
	b.Scores = append(b.Scores, score{Name: "Quorate", N: scores.Own, Own: true})
	return b
}

// problems counts the devices that need a person: not those behind another that is down, and not those of which somebody
// knows.
func problems(devices []device.Current) int {
	n := 0
	for _, d := range devices {
		known := slices.ContainsFunc(d.Overlays, func(o device.OverlayKind) bool {
			return o == device.OverlayMaintenance || o == device.OverlayAcknowledged || o == device.OverlayUnreachable && d.Standing != device.StandingDisputed
		})
		if known {
			continue
		}
		if d.Status != device.StatusUp || d.Standing == device.StandingDisputed {
			n++
		}
	}
	return n
}

// noticeOf says in one sentence why a source is not believed or not heard.
func noticeOf(s device.SourceStatus, others []string) string {
	switch s.Health {
	case device.HealthSuspect:
		if s.Contradicted > 0 {
			return fmt.Sprintf("%s is not believed: %d downs contradicted by %s", s.Name, s.Contradicted, cmp.Or(enumerate(others), "others"))
		}
		return s.Name + " is not believed until its polls agree with the others again"
	case device.HealthBlind:
		text := fmt.Sprintf("%s is blind: %d polls in a row failed", s.Name, s.Failures)
		if s.LastError != "" {
			text += ": " + clean(s.LastError)
		}
		return text
	}
	return ""
}

// contradictors are the sources that call up what a disbelieved one calls down, the busiest first.
func contradictors(source string, devices []device.Current) []string {
	n := map[string]int{}
	for _, d := range devices {
		denied := slices.ContainsFunc(d.Votes, func(v device.Vote) bool {
			return v.Source == source && v.Facet == device.FacetReach && v.State == device.StateDown && v.Abstain == device.AbstainSourceSuspect
		})
		for _, v := range d.Votes {
			if denied && v.Facet == device.FacetReach && v.State == device.StateUp && v.Abstain == "" {
				n[v.Source]++
			}
		}
	}
	return slices.SortedFunc(maps.Keys(n), func(a, b string) int { return cmp.Or(cmp.Compare(n[b], n[a]), cmp.Compare(a, b)) })
}

// enumerate says a list as a person does: "a, b and c".
func enumerate(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
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

func buildRow(d device.Current, sources []string, now time.Time) row {
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
			r.Note = string(o)
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
	r.Cells = buildCells(d, sources, now)
	if d.RedundancyLost || slices.ContainsFunc(r.Cells, func(c cell) bool { return c.Kind == "disbelieved" }) {
		r.rank = min(r.rank, rankQuestioned)
	}
	r.Agreement = agreement(d)
	return r
}

// buildCells takes a source's word on reach; what it says of the other facets is the cell's detail.
func buildCells(d device.Current, sources []string, now time.Time) []cell {
	cells := make([]cell, len(sources))
	for i, name := range sources {
		c := cell{Source: name, Sign: "–", Word: "", Kind: "absent", Detail: "does not know this device"}
		for _, b := range d.Bindings {
			if b.Source == name {
				c.Word, c.Kind, c.Detail = "no word", "silent", "knows this device and says nothing of its reach"
			}
		}
		var details []string
		for _, v := range d.Votes {
			if v.Source != name {
				continue
			}
			if v.Facet == device.FacetReach || c.Kind == "silent" {
				c.setVote(v, now)
			}
			details = append(details, voteDetail(v))
		}
		if len(details) > 0 {
			c.Detail = strings.Join(details, "; ")
		}
		cells[i] = c
	}
	return cells
}

func (c *cell) setVote(v device.Vote, now time.Time) {
	c.At = v.ObservedAt
	if !v.ObservedAt.IsZero() {
		c.Age = age(now.Sub(v.ObservedAt))
	}
	switch {
	case v.Abstain == device.AbstainPaused, v.Abstain == device.AbstainMaintenance, v.Abstain == device.AbstainExcluded:
		c.Sign, c.Kind = "‖", "abstain"
	case v.Abstain != "":
		c.Sign, c.Kind = "◌", "abstain"
	case v.State == device.StateUp, v.State == device.StateOK:
		c.Sign, c.Kind = "▲", "up"
	case v.State == device.StateDown:
		c.Sign, c.Kind = "▼", "down"
	default:
		c.Sign, c.Kind = "◆", "split"
	}
	c.Word = string(v.State)
	if v.Abstain != "" {
		c.Word = strings.ReplaceAll(string(v.Abstain), "_", " ")
		// A silenced down is the very thing to see: a monitor says so and is not believed.
		if v.State == device.StateDown && (v.Abstain == device.AbstainSourceSuspect || v.Abstain == device.AbstainSourceBlind) {
			c.Sign, c.Word, c.Kind = "▽", "down, not believed", "disbelieved"
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

// agreement is the share of the voting sources whose word on reach is the one held.
func agreement(d device.Current) string {
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
		return ""
	}
	return fmt.Sprintf("%d %%", 100*agree/voting)
}

// filter keeps the rows that the address asks for: a part of a name or address, and a kind of row.
func (b *board) filter(query, show string) {
	b.Query, b.Show = clean(query), show
	if query == "" && show == "" {
		return
	}
	q := strings.ToLower(query)
	b.Rows = slices.DeleteFunc(b.Rows, func(r row) bool {
		text := strings.ToLower(r.Name + " " + strings.Join(r.Addresses, " ") + " " + strings.Join(r.Hostnames, " "))
		wanted := show == "" || show == "problems" && r.rank < rankUp || show == string(r.Status) ||
			show == "disputed" && r.Standing == device.StandingDisputed || show == "redundant" && r.Witnesses.Enrolled >= 2
		return !wanted || !strings.Contains(text, q)
	})
}
