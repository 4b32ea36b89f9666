package agent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"

	"github.com/hashicorp/hcl/v2"

	"github.com/quorate/quorate/internal/host"
	"github.com/quorate/quorate/pipeline"
	"github.com/quorate/quorate/sdk"
)

// succession is one generation about to take another's place, with everything tried out and opened that can fail.
type succession struct {
	from, to *generation
	changes  []Change
	// ending and starting are sources, kept the new terms of those that go on.
	ending, starting []*source
	kept             map[string]*terms
	door             *entrance // where the page is to move to, nil where it stays
}

// changed reports whether there is anything to put in force. Where only remarks in the files are other ones, verdicts
// still name the new configuration.
func (s *succession) changed() bool { return s.to != s.from }

// abandon gives back what was opened.
func (s *succession) abandon() error {
	return errors.Join(s.door.close(), closeSinks(s.to.sinks, s.from.sinks))
}

// prepare reads the configuration and tries it out. Nothing is changed yet, and after an error nothing is left open.
func (a *Agent) prepare(ctx context.Context) (*succession, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, prepareWithin, fmt.Errorf("its plugins took longer than %s", prepareWithin))
	defer cancel()
	cfg, err := a.opt.Load()
	if err != nil {
		return nil, err
	}
	from := a.generation()
	s := &succession{from: from, kept: map[string]*terms{}, to: &generation{
		number: from.number + 1, cfg: cfg, home: from.home, loadedAt: now(), plan: cfg.MaintenancePlan(), sources: map[string]*source{},
	}}
	if err := a.tryAll(ctx, s); err != nil {
		return nil, errors.Join(err, s.abandon())
	}
	s.changes = append(s.changes, from.cfg.differences(cfg)...)
	if len(s.changes) == 0 && cfg.Hash == from.cfg.Hash {
		s.to = from
	}
	return s, nil
}

// tryAll does everything of a succession that can fail. What it has opened by then is in s, also where it fails.
func (a *Agent) tryAll(ctx context.Context, s *succession) (err error) {
	cfg := s.to.cfg
	if err := a.fixed(cfg); err != nil {
		return err
	}
	if err := a.prepareSources(ctx, s); err != nil {
		return err
	}
	judging := s.to.judging()
	if err := judging.Consensus.Validate(); err != nil {
		return err
	}
	if err := a.prepareSinks(s); err != nil {
		return err
	}
	s.to.private = newRegistry(cfg, s.to.settings, s.from.private)
	s.to.private.addSinks(s.to.sinks)
	s.door, err = a.page.openAnew(a, cfg)
	return err
}

// fixed is the mistake of a configuration that changes what an agent cannot change while it runs, or nil.
func (a *Agent) fixed(cfg *Config) error {
	if len(cfg.Sources) == 0 {
		return errNoSources
	}
	if cfg.DataDir == a.dataDir {
		return nil
	}
	const summary = "Needs a restart"
	detail := fmt.Sprintf("\"data_dir\" cannot change while the agent runs: restart it, or leave the record in %s.", a.dataDir)
	if cfg.dataDir.Empty() {
		return errors.New(detail)
	}
	return problems(cfg.files, hcl.Diagnostics{problem(cfg.dataDir, summary, detail)})
}

// prepareSources decides what becomes of each source, and has the plugins of those that begin try their settings.
func (a *Agent) prepareSources(ctx context.Context, s *succession) error {
	cfg, from := s.to.cfg, s.from
	known := map[plugin]sdk.Info{}
	for name, info := range from.infos {
		if c, ok := from.cfg.Source(name); ok {
			known[c.plugin()] = info
		}
	}
	infos, settings, broken, err := cfg.settings(ctx, a.host, sourceTypes(a.opt.Builtin), known)
	if err != nil {
		return err
	}
	s.to.infos, s.to.settings = infos, settings
	var errs []error
	for _, c := range cfg.Sources {
		old, next := from.sources[c.Name], &terms{c, settings[c.Name]}
		why, action := "", "added"
		if old != nil {
			why, action = a.mustRestart(old, next), "restarted"
		}
		switch err := broken[c.Name]; {
		case err != nil && old != nil && old.broken != nil && old.terms.Load().plugin() == c.plugin():
			// No worse than before: it does not stand in the way of the others.
			s.to.sources[c.Name], s.kept[c.Name] = old, next
		case err != nil:
			errs = append(errs, err)
		case old != nil && why == "":
			s.to.sources[c.Name], s.kept[c.Name] = old, next
			if what := differ(field{"push limits", old.terms.Load().settings.Push, next.settings.Push}); len(what) > 0 {
				s.changes = append(s.changes, Change{Kind: "source", Name: c.Name, Action: "changed", What: what})
			}
		default:
			begins := newSource(a, c, next.settings, nil)
			begins.follows = old
			if old != nil {
				s.ending = append(s.ending, old)
			}
			s.to.sources[c.Name], s.starting = begins, append(s.starting, begins)
			s.changes = append(s.changes, Change{Kind: "source", Name: c.Name, Action: action, What: differ(field{why, "", why})})
		}
	}
	for _, c := range from.cfg.Sources {
		if _, ok := cfg.Source(c.Name); !ok {
			s.ending = append(s.ending, from.sources[c.Name])
			s.changes = append(s.changes, Change{Kind: "source", Name: c.Name, Action: "removed"})
		}
	}
	if err := joinProblems(errs...); err != nil {
		return err
	}
	return a.tryOut(ctx, cfg, s.starting)
}

// mustRestart says why a source cannot go on with its plugin, "" where it can. A reload is also another try for a
// plugin that is left alone for now.
func (a *Agent) mustRestart(s *source, next *terms) string {
	old := s.terms.Load()
	switch {
	case old.plugin() != next.plugin():
		return "another plugin"
	case s.broken != nil:
		return "it could not start before"
	case !bytes.Equal(old.settings.JSON, next.settings.JSON):
		return "other settings"
	case old.Limits != next.Limits:
		return "other limits"
	case old.settings.Files != next.settings.Files:
		return "a file that it names is another"
	case (old.settings.Push == nil) != (next.settings.Push == nil), old.settings.Push != nil && old.settings.Push.Token != next.settings.Push.Token:
		return "other pushes"
	}
	if v, ok := a.running.Load(s.name); ok {
		switch status := v.(*host.Source).Status(); {
		case status.Permanent:
			return "it had given up"
		case status.Quarantined:
			return "it was in quarantine"
		}
	}
	return ""
}

// triedAtOnce bounds the plugins that a reload starts side by side to have them try their settings.
const triedAtOnce = 4

// tryOut hands sources that are about to begin their settings: what the schema allows, the plugin may still refuse.
func (a *Agent) tryOut(ctx context.Context, cfg *Config, all []*source) error {
	errs := make([]error, len(all))
	room := make(chan struct{}, triedAtOnce)
	var wg sync.WaitGroup
	for i, s := range all {
		wg.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			t := s.terms.Load()
			if err := a.host.Check(ctx, t.spec(t.settings)); err != nil {
				errs[i] = cfg.problem(t.SourceConfig, "Refused by the plugin", err.Error())
			}
		})
	}
	wg.Wait()
	return joinProblems(errs...)
}

// prepareSinks makes the sinks that are new or other than before. Where the agent has another name they all are: what they
// send names it.
func (a *Agent) prepareSinks(s *succession) (err error) {
	from, to := s.from, s.to
	for _, c := range to.cfg.Blogs {
		i := slices.IndexFunc(from.cfg.Blogs, func(o BlogConfig) bool { return reflect.DeepEqual(o, c) })
		if i >= 0 {
			to.blogs = append(to.blogs, from.blogs[i])
			continue
		}
		b, err := a.newBlog(c)
		if err != nil {
			return fmt.Errorf("sink %q: %w", c.Name, err)
		}
		to.blogs = append(to.blogs, b)
	}
	before := from.sinks
	if from.cfg.Name != to.cfg.Name {
		before = nil
	}
	if to.sinks, err = a.newSinks(to.cfg, before); err != nil {
		return err
	}
	if err := pipeline.CheckRoutes(a.routes(to)); err != nil {
		return err
	}
	old, next := from.named(), to.named()
	for _, name := range slices.Sorted(maps.Keys(next)) {
		switch was, known := old[name]; {
		case !known:
			s.changes = append(s.changes, Change{Kind: "sink", Name: name, Action: "added"})
		case was != next[name]:
			s.changes = append(s.changes, Change{Kind: "sink", Name: name, Action: "restarted", What: []string{"other settings"}})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(old)) {
		if _, stays := next[name]; !stays {
			s.changes = append(s.changes, Change{Kind: "sink", Name: name, Action: "removed"})
		}
	}
	return nil
}

// named are the sinks of a configuration by name: the same value for one that goes on.
func (g *generation) named() map[string]any {
	all := map[string]any{}
	for _, b := range g.blogs {
		all[b.Name()] = b
	}
	for _, s := range g.sinks {
		all[s.config.Name] = s
	}
	return all
}
