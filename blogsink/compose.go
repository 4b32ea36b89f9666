package blogsink

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/leakcheck"
	"github.com/quorate/quorate/internal/sanitize"
)

// draft is a post that is ready for the gate.
type draft struct {
	number   int
	slug     string
	body     []byte
	private  []byte
	registry leakcheck.Registry
}

// errNothing says that there is no event to write about.
var errNothing = errors.New("nothing is recorded yet")

// composer makes facts of a record. Its aliases and its report are what the private original is made with.
type composer struct {
	table   *sanitize.Table
	cleaner *sanitize.Cleaner
	report  sanitize.Report
	devices map[device.ID]*device.Current
	sources map[string]device.SourceStatus
}

// pageSize is how many events are read at once.
const pageSize = 500

// compose reads what is new in the record and makes the post.
func (s *Sink) compose(ctx context.Context) (*draft, error) {
	open, err := s.opts.History.Milestone(ctx)
	if err != nil {
		return nil, fmt.Errorf("milestone: %w", err)
	}
	if s.rec == nil || s.rec.after != open.After {
		s.rec = newRecord(open.After)
	}
	for {
		events, err := s.opts.History.Events(ctx, s.rec.last, pageSize)
		if err != nil {
			return nil, fmt.Errorf("events: %w", err)
		}
		for i := range events {
			s.rec.add(&events[i])
		}
		if len(events) == 0 {
			break
		}
	}
	if s.rec.events == 0 {
		return nil, errNothing
	}
	devices, err := s.opts.History.Devices(ctx)
	if err != nil {
		return nil, fmt.Errorf("devices: %w", err)
	}
	sources, err := s.opts.History.Sources(ctx)
	if err != nil {
		return nil, fmt.Errorf("sources: %w", err)
	}
	scores, err := s.opts.History.Scores(ctx)
	if err != nil {
		return nil, fmt.Errorf("scores: %w", err)
	}
	registry, err := s.registry(ctx, devices)
	if err != nil {
		return nil, err
	}
	notes, err := readNotes(s.cfg.Notes)
	if err != nil {
		return nil, err
	}
	posts, err := readPosts(s.cfg.Dir)
	if err != nil {
		return nil, err
	}
	c := &composer{table: s.table, devices: map[device.ID]*device.Current{}, sources: map[string]device.SourceStatus{}}
	for i := range devices {
		c.devices[devices[i].ID] = &devices[i]
	}
	for _, src := range sources {
		c.sources[src.Name] = src
	}
	c.cleaner = sanitize.NewCleaner(s.table, known(registry, devices))
	facts, err := s.facts(ctx, c, open, devices, sources, scores, notes, posts)
	if err != nil {
		return nil, err
	}
	body, err := render(facts)
	if err != nil {
		return nil, err
	}
	return &draft{
		number: int(facts.Milestone), slug: slug(facts), body: body,
		private: privateOriginal(body, c.report.Swaps()), registry: registry,
	}, nil
}

func slug(f *Facts) string {
	if s := f.Title.Slug(); s != "" && len(s) <= 100 {
		return s
	}
	return fmt.Sprintf("milestone-%d", int(f.Milestone))
}

// registry is what the agent gave, and what the inventory of now holds.
func (s *Sink) registry(ctx context.Context, devices []device.Current) (leakcheck.Registry, error) {
	given, err := s.opts.Registry(ctx)
	if err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	reg := leakcheck.Registry{}
	reg.Merge(given)
	for i := range devices {
		d := &devices[i]
		reg.Merge(leakcheck.Registry{
			"hostnames": append(slices.Clone(d.Hostnames), d.Name), "ipv4": d.Addresses, "mac": d.MACs,
			"serials": present(d.Serial), "locations": present(d.Location),
		})
	}
	return reg, nil
}

func present(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// known lists private values for the cleaner: names of devices under the devices they name, the rest by kind.
func known(reg leakcheck.Registry, devices []device.Current) []sanitize.Known {
	var out []sanitize.Known
	named := map[string]bool{}
	for i := range devices {
		d := &devices[i]
		role := sanitize.RoleOf(d.Type, d.Vendor, d.Model)
		for _, name := range append([]string{d.Name}, d.Hostnames...) {
			if _, err := netip.ParseAddr(name); name == "" || err == nil || named[strings.ToLower(name)] {
				continue
			}
			named[strings.ToLower(name)] = true
			out = append(out, sanitize.Known{Kind: sanitize.KindDevice, Value: name, Device: string(d.ID), Role: role})
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(reg)) {
		for _, v := range reg[kind] {
			if !named[strings.ToLower(v)] {
				out = append(out, sanitize.Known{Kind: sanitize.KindOf(kind), Value: v})
			}
		}
	}
	return out
}

// device returns the role name of a device.
func (c *composer) device(ctx context.Context, n device.Name) (sanitize.Alias, error) {
	role := sanitize.RoleDevice
	if d := c.devices[n.ID]; d != nil {
		role = sanitize.RoleOf(d.Type, d.Vendor, d.Model)
	}
	a, err := c.table.Device(ctx, string(n.ID), role)
	c.report.Add(sanitize.KindDevice, n.Name, a.String())
	return a, err
}

// source returns what a source is called.
func (c *composer) source(ctx context.Context, name string) (sanitize.Alias, error) {
	return c.table.Source(ctx, name, sanitize.ProductOf(c.sources[name].Type, name))
}

// inventory counts what is watched.
func (c *composer) inventory(ctx context.Context, devices []device.Current, sources []device.SourceStatus, scores device.Scoreboard, r *record) (Inventory, error) {
	inv := Inventory{Devices: Count(len(devices)), Added: Count(r.discovered), Merged: Count(r.merged)}
	roles := map[sanitize.Role]int{}
	for i := range devices {
		d := &devices[i]
		switch d.Witnesses.Enrolled {
		case 0:
			inv.None++
		case 1:
			inv.One++
		default:
			inv.Several++
		}
		roles[sanitize.RoleOf(d.Type, d.Vendor, d.Model)]++
	}
	for role, n := range roles {
		inv.Roles = append(inv.Roles, RoleCount{role, Count(n)})
	}
	slices.SortFunc(inv.Roles, func(a, b RoleCount) int { return cmp.Or(int(b.N-a.N), int(a.Role-b.Role)) })
	for _, src := range sources {
		name, err := c.source(ctx, src.Name)
		if err != nil {
			return inv, err
		}
		inv.Sources = append(inv.Sources, Source{Name: name, Devices: Count(src.Devices), FalseAlarms: Count(scores.Sources[src.Name])})
	}
	slices.SortFunc(inv.Sources, func(a, b Source) int {
		return cmp.Or(int(b.Devices-a.Devices), strings.Compare(a.Name.String(), b.Name.String()))
	})
	return inv, nil
}

// numbers adds up the period.
func (r *record) numbers(scores device.Scoreboard) Numbers {
	outages := r.settled()
	n := Numbers{
		Events: Count(r.events), Outages: Count(len(outages)), Unknown: Count(r.unknown), Disputes: Count(len(r.disputes)),
		Crashes: Count(r.crashes), Flapping: Count(r.flapping), OwnFalse: Count(scores.Own),
	}
	for _, false1 := range scores.Sources {
		n.Avoided += Count(false1)
	}
	var detected []time.Duration
	for _, o := range outages {
		if o.to.IsZero() {
			n.Lasting++
		}
		n.Longest = max(n.Longest, Span(r.until(o.to).Sub(o.from)))
		if !o.since.IsZero() && !o.since.After(o.from) {
			detected = append(detected, o.from.Sub(o.since))
		}
	}
	if len(detected) > 0 {
		slices.Sort(detected)
		n.Detected = Span(detected[len(detected)/2])
	}
	for _, d := range r.doubts {
		if d.suspect {
			n.Suspect++
		} else if !d.cutOff {
			n.Blind++
		}
	}
	return n
}

// stamp tells an instant to the minute, and to the second where the whole story took a few minutes.
func (r *record) stamp(at time.Time) Stamp {
	return Stamp{at: at, seconds: r.end.Sub(r.begin) < 10*time.Minute}
}

func (r *record) oneDay() bool { return r.stamp(r.begin).Day() == r.stamp(r.end).Day() }

// until is when something ended, or the end of the record while it lasts.
func (r *record) until(to time.Time) time.Time {
	if to.IsZero() {
		return r.end
	}
	return to
}

// longestTimeline is how many lines a reader is asked to read.
const longestTimeline = 24

func (c *composer) timeline(ctx context.Context, r *record) (Timeline, error) {
	var t Timeline
	for _, o := range r.settled() {
		a, err := c.device(ctx, o.device)
		if err != nil {
			return t, err
		}
		t.Happenings = append(t.Happenings, Happening{
			At: r.stamp(o.from), Kind: KindOutage, Device: a, N: Count(o.size()), Lasted: Span(r.until(o.to).Sub(o.from)), Ongoing: o.to.IsZero(),
		})
	}
	for _, d := range r.doubts {
		a, err := c.source(ctx, d.source)
		if err != nil {
			return t, err
		}
		kind, n := KindBlind, d.unknown
		switch {
		case d.cutOff:
			kind = KindCutOff
		case d.shrunk:
			kind = KindShrunk
		case d.suspect:
			kind, n = KindSuspect, d.downs
		}
		t.Happenings = append(t.Happenings, Happening{
			At: r.stamp(d.from), Kind: kind, Source: a, N: Count(n), Lasted: Span(r.until(d.to).Sub(d.from)), Ongoing: d.to.IsZero(),
		})
	}
	for _, d := range r.disputes {
		a, err := c.device(ctx, d.device)
		if err != nil {
			return t, err
		}
		t.Happenings = append(t.Happenings, Happening{
			At: r.stamp(d.from), Kind: KindDispute, Device: a, Lasted: Span(r.until(d.to).Sub(d.from)), Ongoing: d.to.IsZero(),
			Decided: d.winner != "", Up: d.winner == device.StateUp,
		})
	}
	if extra := len(t.Happenings) - longestTimeline; extra > 0 {
		slices.SortStableFunc(t.Happenings, func(a, b Happening) int {
			return cmp.Or(a.rank()-b.rank(), int(b.N-a.N), cmp.Compare(b.Lasted, a.Lasted), a.order(&b))
		})
		t.Happenings = t.Happenings[:longestTimeline]
		t.Left = Count(extra)
	}
	slices.SortFunc(t.Happenings, func(a, b Happening) int { return a.order(&b) })
	t.OneDay = r.oneDay()
	day := ""
	for i := range t.Happenings {
		if d := t.Happenings[i].At.Day(); d != day && !t.OneDay {
			day, t.Happenings[i].NewDay = d, true
		}
	}
	return t, nil
}

// rank is how much a happening tells: an outage that took others along, a monitor that was wrong, the rest.
func (h *Happening) rank() int {
	switch {
	case h.Kind == KindOutage && h.N > 0, h.Kind == KindSuspect:
		return 0
	case h.Kind == KindBlind, h.Kind == KindShrunk, h.Kind == KindCutOff:
		return 1
	case h.Kind == KindOutage:
		return 2
	}
	return 3
}

func (h *Happening) order(o *Happening) int {
	return cmp.Or(h.At.at.Compare(o.At.at), int(h.Kind-o.Kind), strings.Compare(h.Device.String()+h.Source.String(), o.Device.String()+o.Source.String()))
}

func (c *composer) views(ctx context.Context, r *record, inv Inventory, scores device.Scoreboard) (Views, error) {
	v := Views{Own: Count(scores.Own), Board: slices.Clone(inv.Sources)}
	slices.SortStableFunc(v.Board, func(a, b Source) int { return int(b.FalseAlarms - a.FalseAlarms) })
	for _, d := range r.doubts {
		if !d.suspect || d.shrunk {
			continue
		}
		a, err := c.source(ctx, d.source)
		if err != nil {
			return v, err
		}
		v.Doubts = append(v.Doubts, Doubt{Source: a, Downs: Count(d.downs), Lasted: Span(r.until(d.to).Sub(d.from)), Ongoing: d.to.IsZero()})
	}
	for _, d := range r.disputes {
		a, err := c.device(ctx, d.device)
		if err != nil {
			return v, err
		}
		v.Disputes = append(v.Disputes, Dispute{
			Device: a, Lasted: Span(r.until(d.to).Sub(d.from)), Ongoing: d.to.IsZero(), Decided: d.winner != "", Up: d.winner == device.StateUp,
		})
	}
	const most = 6
	if len(v.Doubts) > most {
		v.Doubts = v.Doubts[len(v.Doubts)-most:]
	}
	if len(v.Disputes) > most {
		v.Disputes = v.Disputes[len(v.Disputes)-most:]
	}
	return v, nil
}
