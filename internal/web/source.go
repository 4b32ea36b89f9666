package web

import (
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/chart"
	"github.com/quorate/quorate/internal/view"
)

// sourcePage is one source: how it does, what it was like over the last day, and where it stands alone.
type sourcePage struct {
	Card sourceCard
	// Plugin is its program, nil where nothing is known of it; Config are its settings.
	Plugin *view.Plugin
	Config string
	Polls  pollSum
	Strip  template.HTML
	Hours  []pollHour
	// Alone are the devices that no other source knows; Against are those where it says otherwise than what is held.
	Alone   []device.Name
	Against []contradiction
	Pairs   []view.AgreementPair
	Score   *view.AgreementScore
	Since   time.Time // of pairs and score
}

// contradiction is a device where a source says otherwise than what is held.
type contradiction struct {
	Device device.Name
	Says   string
	Held   string
	Why    string // its vote does not count, and why
}

// pollSum is what the polls of a day add up to. The times are of those that succeeded; half of them, and 95 in 100, took
// no longer.
type pollSum struct {
	N, Failed, Rejected int
	Half, Most          time.Duration
}

// pollHour is one hour of polls.
type pollHour struct {
	At time.Time
	pollSum
	Err string // of the last that failed
}

// mostPolls bounds the polls of one picture: one in nine seconds for a day.
const mostPolls = 10_000

func sumPolls(polls []view.Polled) pollSum {
	var sum pollSum
	var took []time.Duration
	for _, p := range polls {
		sum.N++
		sum.Rejected += p.Rejected
		if p.Err != "" {
			sum.Failed++
		} else if p.Took > 0 {
			took = append(took, p.Took)
		}
	}
	slices.Sort(took)
	if n := len(took); n > 0 {
		sum.Half, sum.Most = took[n/2], took[n*95/100]
	}
	return sum
}

// pollHours are the hours in which there were polls, the newest first.
func pollHours(polls []view.Polled) []pollHour {
	var out []pollHour
	for len(polls) > 0 {
		hour := polls[0].At.UTC().Truncate(time.Hour)
		n := slices.IndexFunc(polls, func(p view.Polled) bool { return !p.At.UTC().Truncate(time.Hour).Equal(hour) })
		if n < 0 {
			n = len(polls)
		}
		h := pollHour{At: hour, pollSum: sumPolls(polls[:n])}
		for _, p := range polls[:n] {
			if p.Err != "" {
				h.Err = p.Err
			}
		}
		out, polls = append(out, h), polls[n:]
	}
	slices.Reverse(out)
	return out
}

// pollStrip draws which polls succeeded. A poll speaks for the time up to the next one, and for two intervals at most:
// what follows is a gap, in which the source was not asked.
func pollStrip(source string, polls []view.Polled, interval time.Duration, from, to time.Time) template.HTML {
	row := chart.Row{Label: source}
	for i, p := range polls {
		span := chart.Span{From: p.At, To: to, State: chart.Up}
		if i+1 < len(polls) {
			span.To = polls[i+1].At
		}
		if interval > 0 && span.To.Sub(p.At) > 2*interval {
			span.To = p.At.Add(2 * interval)
		}
		if p.Err != "" {
			span.State = chart.Blind
		}
		row.Spans = append(row.Spans, span)
	}
	strip := chart.Strip{
		Head: chart.Head{ID: "polls-picture", Title: "Polls of the last 24 hours", Desc: "Whether the polls of this source succeeded.", Bare: true},
		From: from, To: to, Rows: []chart.Row{row},
	}
	return template.HTML(strip.SVG())
}

func (s *Site) sourcePage(w http.ResponseWriter, r *http.Request) {
	now, name := s.opt.Now(), r.PathValue("source")
	all := s.opt.Read.Sources(now)
	i := slices.IndexFunc(all, func(x device.SourceStatus) bool { return x.Name == name })
	if i < 0 {
		s.render(w, r, http.StatusNotFound, "missing", &frame{Title: "No such source", Here: "/sources"})
		return
	}
	from := now.Add(-24 * time.Hour)
	polls, err := s.opt.Read.PollsOf(r.Context(), name, from, mostPolls)
	if err != nil {
		s.unreadable(w, "source", err)
		return
	}
	agreed, err := s.opt.Read.Agreement(r.Context(), now.Add(-7*24*time.Hour))
	if err != nil {
		s.unreadable(w, "source", err)
		return
	}
	page := sourcePage{Card: cardOf(all[i], now), Polls: sumPolls(polls), Hours: pollHours(polls), Since: agreed.From}
	if len(polls) > 0 {
		page.Card.Took = polls[len(polls)-1].Took
		if polls[0].At.After(from) { // a young journal fills the picture too
			from = polls[0].At
		}
		page.Strip = pollStrip(name, polls, time.Duration(all[i].Interval), from, now)
	}
	for _, p := range agreed.Pairs {
		if p.A == name || p.B == name {
			page.Pairs = append(page.Pairs, p)
		}
	}
	if k := slices.IndexFunc(agreed.Sources, func(x view.AgreementScore) bool { return x.Source == name }); k >= 0 {
		page.Score = &agreed.Sources[k]
	}
	page.stand(name, s.opt.Read.Devices(now))
	if err := page.program(s.opt.Read, name, now); err != nil {
		s.unreadable(w, "source", err)
		return
	}
	s.render(w, r, http.StatusOK, "source", &frame{Title: clean(name), Here: "/sources", Content: &page})
}

// program says what runs for the source, and with which settings.
func (p *sourcePage) program(read view.Reader, name string, now time.Time) error {
	plugins := read.Plugins(now)
	if i := slices.IndexFunc(plugins, func(x view.Plugin) bool { return x.Source == name }); i >= 0 {
		p.Plugin = &plugins[i]
	}
	c, err := read.Configuration()
	for _, b := range c.Blocks {
		if b.Type == "source" && slices.Contains(b.Labels, name) {
			p.Config = configText(nil, []view.ConfigBlock{b})
		}
	}
	return err
}

// stand finds where the source is alone, and where it says otherwise than what is held.
func (p *sourcePage) stand(name string, devices []device.Current) {
	for i := range devices {
		d := &devices[i]
		mine := slices.ContainsFunc(d.Bindings, func(b device.Binding) bool { return b.Source == name })
		if mine && !slices.ContainsFunc(d.Bindings, func(b device.Binding) bool { return b.Source != name && !b.Weak }) {
			p.Alone = append(p.Alone, device.Name{ID: d.ID, Name: d.Name})
		}
		held := device.StateUp
		switch d.Status {
		case device.StatusDown:
			held = device.StateDown
		case device.StatusUnknown:
			continue
		}
		for _, v := range d.Votes {
			if v.Source == name && v.Facet == device.FacetReach && (v.State == device.StateUp || v.State == device.StateDown) && v.State != held {
				p.Against = append(p.Against, contradiction{
					Device: device.Name{ID: d.ID, Name: d.Name}, Says: string(v.State), Held: string(held), Why: strings.ReplaceAll(string(v.Abstain), "_", " "),
				})
				break
			}
		}
	}
}
