package agent

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/hashicorp/hcl/v2"

	"github.com/quorate/quorate/internal/host"
	"github.com/quorate/quorate/sdk"
)

// Describer asks a plugin what it is, before it gets any configuration. *host.Host is one.
type Describer interface {
	Describe(ctx context.Context, spec host.Spec) (sdk.Info, error)
}

// spec is what the host needs to launch the source's plugin.
func (s SourceConfig) spec(settings Settings) host.Spec {
	return host.Spec{Name: s.Name, Type: s.Type, Command: s.Command, SHA256: s.SHA256, Config: settings.JSON, Secrets: settings.Secrets, Limits: s.Limits}
}

// Settings asks every plugin for its schema and decodes every source's settings against it; both are by source name.
// Types are the built-in ones. The error holds the mistakes of all sources.
func (c *Config) Settings(ctx context.Context, d Describer, types []string) (map[string]sdk.Info, map[string]Settings, error) {
	infos, all, broken, err := c.settings(ctx, d, types, nil)
	errs := []error{err}
	for _, s := range c.Sources {
		errs = append(errs, broken[s.Name])
	}
	return infos, all, joinProblems(errs...)
}

// plugin is what a source's plugin is: two of the same answer the same.
type plugin struct{ kind, command, sha256 string }

func (s SourceConfig) plugin() plugin { return plugin{s.Type, s.Command, s.SHA256} }

// settings is Settings for an agent, which runs without the sources whose plugin is broken: those errors come by
// source. Plugins in known are not asked again. Err holds the mistakes in the configuration.
func (c *Config) settings(ctx context.Context, d Describer, types []string, known map[plugin]sdk.Info) (infos map[string]sdk.Info, all map[string]Settings, broken map[string]error, err error) {
	asked := map[plugin]sdk.Info{}
	maps.Copy(asked, known)
	infos, all, broken = map[string]sdk.Info{}, map[string]Settings{}, map[string]error{}
	var errs []error
	pushes, err := c.pushes()
	errs = append(errs, err)
	for _, s := range c.Sources {
		push := pushes[s.Name]
		if s.Command == "" && !slices.Contains(types, s.Type) {
			errs = append(errs, c.problem(s, "Unknown type", fmt.Sprintf("There is no built-in source of type %q, only %q; any other needs \"command\" and \"sha256\".%s",
				s.Type, types, suggestion(s.Type, types))))
			continue
		}
		k := s.plugin()
		info, ok := asked[k]
		if !ok {
			var err error
			if info, err = d.Describe(ctx, s.spec(Settings{})); err != nil {
				broken[s.Name] = err // names the source
				all[s.Name] = push.into(Settings{JSON: []byte("{}")})
				continue
			}
			asked[k] = info
		}
		settings, err := c.decodeSettings(s.Name, s.settings, info.Config)
		if err = joinProblems(err, c.cannotReceive(s, info)); err != nil {
			errs = append(errs, err)
			continue
		}
		infos[s.Name], all[s.Name] = info, push.into(settings)
	}
	for _, s := range c.Sources {
		errs = append(errs, c.shared(s, pushes[s.Name], all))
	}
	_, err = c.sinkSettings()
	errs = append(errs, err)
	return infos, all, broken, joinProblems(errs...)
}

// problem is a mistake of one source as a whole.
func (c *Config) problem(s SourceConfig, summary, detail string) *Problems {
	return problems(c.files, hcl.Diagnostics{problem(s.settings.block, summary, detail)})
}

// Only returns the configuration with one source alone, and without sinks, whose secrets nobody needs to ask a source.
func (c *Config) Only(name string) (*Config, error) {
	s, ok := c.Source(name)
	if !ok {
		var names []string
		for _, s := range c.Sources {
			names = append(names, s.Name)
		}
		return nil, fmt.Errorf("there is no source %q in the configuration, only %q.%s", name, names, suggestion(name, names))
	}
	one := *c
	one.Sources, one.Sinks = []SourceConfig{s}, nil
	return &one, nil
}

// PollOnce starts every source of the configuration, polls each once at the same time, and ends them. A source whose
// plugin does not start gives a snapshot with its error.
func (c *Config) PollOnce(ctx context.Context, h *host.Host, types []string) ([]Polled, error) {
	_, settings, err := c.Settings(ctx, h, types)
	if err != nil {
		return nil, err
	}
	out := make([]Polled, len(c.Sources))
	var polls sync.WaitGroup
	for i, s := range c.Sources {
		polls.Go(func() { out[i] = pollOnce(ctx, h, s, settings[s.Name]) })
	}
	polls.Wait()
	return out, nil
}

// sourceTypes returns the keys of the built-in sources in order.
func sourceTypes(builtin map[string]func() sdk.Source) []string {
	return slices.Sorted(maps.Keys(builtin))
}

var errNoSources = errors.New("the configuration has no source block: there is nothing to hear")
