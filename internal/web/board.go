package web

import (
	"cmp"
	"net/http"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view"
)

// board is the jury board: a row a device, a column a source.
type board struct {
	Sources  []device.SourceStatus
	Rows     []row
	Sections []section // the rows as they are shown
	Groups   []string
	Summary  summary
	Notices  []notice
	Scores   []score
	Total    int
	Shown    int
	Asked    asked
	Columns  []column
	Now      time.Time

	Incidents []device.Incident
}

type score struct {
	Name string
	N    int
	Own  bool
}

func sourceNames(sources []device.SourceStatus) []string {
	names := make([]string, len(sources))
	for i, s := range sources {
		names[i] = s.Name
	}
	return names
}

// known is what a board is made of.
type known struct {
	devices   []device.Current
	sources   []device.SourceStatus
	incidents []device.Incident
	scores    device.Scoreboard
	groups    []view.Group
	changes   []view.Change
}

func buildBoard(k known, now time.Time) *board {
	b := &board{Sources: k.sources, Incidents: k.incidents, Total: len(k.devices), Now: now, Summary: summarize(k, now)}
	names := sourceNames(k.sources)
	strips := drawStrips(k.changes, now)
	for _, d := range k.devices {
		r := buildRow(d, names)
		r.Strip = strips.of(d)
		b.Rows = append(b.Rows, r)
	}
	b.assign(k.groups)
	for _, s := range k.sources {
		if text := noticeOf(s, contradictors(s.Name, k.devices)); text != "" {
			b.Notices = append(b.Notices, notice{s.Name, string(s.Health), text})
		}
		b.Scores = append(b.Scores, score{Name: s.Name, N: k.scores.Sources[s.Name]})
	}
	b.Scores = append(b.Scores, score{Name: "Quorate", N: k.scores.Own, Own: true})
	return b
}

// assign gives each row the first group that its device is in.
func (b *board) assign(groups []view.Group) {
	of := map[device.ID]string{}
	for _, g := range groups {
		b.Groups = append(b.Groups, g.Name)
		for _, d := range g.Devices {
			of[d.ID] = cmp.Or(of[d.ID], g.Name)
		}
	}
	for i := range b.Rows {
		b.Rows[i].Group = of[b.Rows[i].ID]
	}
}

func (s *Site) boardPage(w http.ResponseWriter, r *http.Request) {
	now := s.opt.Now()
	changes, err := s.opt.Read.Changes(r.Context(), stripFrom(now))
	if err != nil {
		// The board matters more than its past: it is shown without strips.
		s.opt.Log.Error("the last day of the board not read", "err", err)
	}
	k := known{
		devices: s.opt.Read.Devices(now), sources: s.opt.Read.Sources(now), incidents: s.opt.Read.Incidents(),
		scores: s.opt.Read.Scores(), groups: s.opt.Read.Groups(), changes: changes,
	}
	b := buildBoard(k, now)
	b.arrange(readAsked(r.URL.Query()))
	s.render(w, r, http.StatusOK, "board", &frame{Title: "Jury board", Here: "/", Content: b, devices: k.devices})
}

// byNeed orders rows by who needs a person first, and then by name.
func byNeed(x, y row) int {
	return cmp.Or(cmp.Compare(x.rank, y.rank), device.CompareNames(x.Name, y.Name))
}
