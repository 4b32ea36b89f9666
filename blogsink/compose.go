package blogsink

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/leakcheck"
	"github.com/quorate/quorate/internal/sanitize"
)

// ErrNothing says that there is no event to write about.
var ErrNothing = errors.New("nothing has been recorded since the post before, or at all")

// composer makes facts of a record. Its aliases and its report are what the private original is made with.
type composer struct {
	table   *sanitize.Table
	cleaner *sanitize.Cleaner
	report  sanitize.Report
	figures *figures
	devices map[device.ID]*device.Current
	sources map[string]device.SourceStatus
}

// pageSize is how many events are read at once.
const pageSize = 500

// compose reads what is new in the record and makes the post.
func (s *Sink) compose(ctx context.Context) (*document, error) {
	open, err := s.opts.History.Milestone(ctx)
	if err != nil {
		return nil, fmt.Errorf("milestone: %w", err)
	}
	if s.rec == nil || s.rec.after != open.After {
		s.rec = newRecord(open.After)
		s.rec.zone, s.rec.round = s.zone, roundings[s.cfg.RoundTimes]
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
		return nil, ErrNothing
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
	c := &composer{table: s.table, figures: newFigures(s.rec.after, s.rec.told), devices: map[device.ID]*device.Current{}, sources: map[string]device.SourceStatus{}}
	for i := range devices {
		c.devices[devices[i].ID] = &devices[i]
	}
	for _, src := range sources {
		c.sources[src.Name] = src
	}
	c.cleaner = sanitize.NewCleaner(s.table, sanitize.KnownValues(registry, devices))
	facts, err := s.facts(ctx, c, open, devices, sources, scores, notes, posts)
	if err != nil {
		return nil, err
	}
	if facts.Security, err = s.security(facts, c.report.Swaps()); err != nil {
		return nil, err
	}
	context, err := contextOf(facts, c.figures)
	if err != nil {
		return nil, err
	}
	facts.Provenance.Context = sha256.Sum256(context)
	doc := &document{
		number: int(facts.Milestone), slug: slug(facts), covers: s.rec.last, registry: registry, swaps: c.report.Swaps(),
		context: context, facts: facts, pages: s.pages,
	}
	if doc.head, doc.sections, err = s.pages.render(facts); err != nil {
		return nil, err
	}
	doc.assets = pictures(facts)
	doc.private = privateOriginal(doc.final(), doc.swaps)
	return doc, nil
}

// security counts what was replaced and stands in the post now, by what it was: a device of the configuration that there
// was no room for is not in it.
func (s *Sink) security(f *Facts, swaps []sanitize.Swap) (Security, error) {
	head, sections, err := s.pages.render(f)
	if err != nil {
		return Security{}, err
	}
	bodies := [][]byte{head}
	for _, part := range sections {
		bodies = append(bodies, part.body)
	}
	for _, picture := range pictures(f) {
		bodies = append(bodies, picture.body)
	}
	text := string(bytes.Join(bodies, []byte("\n")))
	var told sanitize.Report
	for _, swap := range swaps {
		if swap.Fiction != "" && occurrences(text, swap.Fiction) > 0 {
			told.Add(swap.Kind, swap.Real, swap.Fiction)
		}
	}
	return Security{
		Devices:   Count(told.Count(sanitize.KindDevice)),
		Names:     Count(told.Count(sanitize.KindHost, sanitize.KindWord, sanitize.KindSSID)),
		Addresses: Count(told.Count(sanitize.KindIPv4, sanitize.KindIPv6, sanitize.KindMAC)),
		People:    Count(told.Count(sanitize.KindUser, sanitize.KindEmail)),
		Secrets:   Count(told.Count(sanitize.KindSecret)),
		Places:    Count(told.Count(sanitize.KindLocation)),
		Other:     Count(told.Count(sanitize.KindSerial, sanitize.KindPath)),
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
