package agent

import (
	"context"
	"fmt"
	"time"

	"github.com/quorate/quorate/internal/api"
	"github.com/quorate/quorate/internal/maintenance"
	"github.com/quorate/quorate/pipeline"
	"github.com/quorate/quorate/sdk"
)

// generation is one configuration in force, with all that was worked out from it. It never changes: a reload puts
// another one in its place, and whoever answers a question keeps the one that the question began with.
type generation struct {
	number   int // from 1, the configuration that the agent started with
	cfg      *Config
	loadedAt time.Time
	infos    map[string]sdk.Info // by source, of those whose plugin could say what it is
	settings map[string]Settings // by source
	private  *registry
	home     place // of the agent, as it was found at its start
	plan     maintenance.Plan
	// sources are by name, blogs and the other sinks in the order of the configuration. Where nothing about one changes,
	// the next generation has the same.
	sources map[string]*source
	blogs   []*blog
	sinks   []*sink
}

// generation returns the one in force.
func (a *Agent) generation() *generation { return a.current.Load() }

// judging is what the configuration says of identity and consensus.
func (g *generation) judging() pipeline.Config {
	rules := g.cfg.ConsensusConfig(g.infos)
	rules.Home, rules.Gateways = g.home.Home, g.home.gateways
	return pipeline.Config{Identity: g.cfg.IdentityConfig(""), Consensus: rules}
}

// hooks are where the monitors of sources push to.
func (g *generation) hooks() []api.Hook {
	var all []api.Hook
	for _, c := range g.cfg.Sources {
		if s := g.sources[c.Name]; s.pushes != nil {
			all = append(all, s.pushes.hook(g.settings[c.Name].Push))
		}
	}
	return all
}

func (a *Agent) firstGeneration(ctx context.Context) (*generation, error) {
	cfg := a.generation().cfg
	infos, settings, broken, err := cfg.settings(ctx, a.host, sourceTypes(a.opt.Builtin), nil)
	if err != nil {
		return nil, err
	}
	g := &generation{
		number: 1, cfg: cfg, loadedAt: now(), infos: infos, settings: settings, private: newRegistry(cfg, settings, nil),
		plan: cfg.MaintenancePlan(), sources: map[string]*source{}, home: findPlace(),
	}
	for _, s := range cfg.Sources {
		g.sources[s.Name] = newSource(a, s, settings[s.Name], broken[s.Name])
	}
	for _, b := range cfg.Blogs {
		s, err := a.newBlog(b)
		if err != nil {
			return nil, fmt.Errorf("sink %q: %w", b.Name, err)
		}
		g.blogs = append(g.blogs, s)
	}
	if g.sinks, err = a.newSinks(cfg, nil); err != nil {
		return nil, err
	}
	g.private.addSinks(g.sinks)
	return g, nil
}

// routes are those to the sinks of a generation, and to the agent's own.
func (a *Agent) routes(g *generation) []pipeline.Route {
	var all []pipeline.Route
	for _, b := range g.blogs {
		all = append(all, blogRoute(b))
	}
	for _, s := range g.sinks {
		all = append(all, s.routes...)
	}
	if a.tap != nil {
		all = append(all, pipeline.Route{Sink: a.tap})
	}
	return all
}
