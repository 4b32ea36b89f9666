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
	return host.Spec{Name: s.Name, Type: s.Type, Command: s.Command, SHA256: s.SHA256, Config: settings.JSON, Secrets: settings.Secrets}
}

// Settings asks every plugin for its schema and decodes every source's settings against it; both are by source name.
// Types are the built-in ones. The error holds the mistakes of all sources.
func (c *Config) Settings(ctx context.Context, d Describer, types []string) (map[string]sdk.Info, map[string]Settings, error) {
	infos, all, broken, err := c.settings(ctx, d, types)
	errs := []error{err}
	for _, s := range c.Sources {
		errs = append(errs, broken[s.Name])
	}
	return infos, all, joinProblems(errs...)
}

// settings is Settings for an agent, which runs without the sources whose plugin is broken: those errors come by
// source. Err holds the mistakes in the configuration.
func (c *Config) settings(ctx context.Context, d Describer, types []string) (infos map[string]sdk.Info, all map[string]Settings, broken map[string]error, err error) {
	type kind struct{ kind, command, sha256 string }
	asked := map[kind]sdk.Info{}
	infos, all, broken = map[string]sdk.Info{}, map[string]Settings{}, map[string]error{}
	var errs []error
	for _, s := range c.Sources {
		if s.Command == "" && !slices.Contains(types, s.Type) {
			errs = append(errs, c.problem(s, "Unknown type", fmt.Sprintf("There is no built-in source of type %q, only %q; any other needs \"command\" and \"sha256\".%s",
				s.Type, types, suggestion(s.Type, types))))
			continue
		}
		k := kind{s.Type, s.Command, s.SHA256}
		info, known := asked[k]
		if !known {
			var err error
			if info, err = d.Describe(ctx, s.spec(Settings{})); err != nil {
				broken[s.Name] = err // names the source
				continue
			}
			asked[k] = info
		}
		settings, err := c.decodeSettings(s, info.Config)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		infos[s.Name], all[s.Name] = info, settings
	}
	return infos, all, broken, joinProblems(errs...)
}

// problem is a mistake of one source as a whole.
func (c *Config) problem(s SourceConfig, summary, detail string) *Problems {
	return problems(c.files, hcl.Diagnostics{problem(s.settings.block, summary, detail)})
}

// Only returns the configuration with one source alone.
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
	one.Sources = []SourceConfig{s}
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
