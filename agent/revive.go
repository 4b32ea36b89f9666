package agent

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

// reviveEvery is how often sources are tried again whose plugin could not even say what it is: after a power cut, say,
// when it lies on a disk that comes later, or when everything starts at once.
const reviveEvery = time.Minute

// reviveAll tries every such source again. Nothing else of the configuration is touched, and it is not read anew.
func (a *Agent) reviveAll(c *crew) {
	g := a.generation()
	for _, name := range slices.Sorted(maps.Keys(g.sources)) {
		if g.sources[name].broken != nil && c.ctx.Err() == nil {
			a.revive(c, name)
		}
	}
}

// revive puts a source that has begun in the place of one that could not, where that is possible now.
func (a *Agent) revive(c *crew, name string) {
	from := a.generation()
	old := from.sources[name]
	info, settings, err := a.askAgain(c.ctx, old.terms.Load().SourceConfig)
	if err != nil {
		a.log.Debug("source cannot be started yet", "source", name, "err", err)
		return
	}
	to := *from
	to.infos, to.settings, to.sources = maps.Clone(from.infos), maps.Clone(from.settings), maps.Clone(from.sources)
	begins := newSource(a, old.terms.Load().SourceConfig, settings, nil)
	to.infos[name], to.settings[name], to.sources[name] = info, settings, begins
	to.private = newRegistry(to.cfg, to.settings, from.private)
	to.private.addSinks(to.sinks)
	a.succeed(c, &succession{from: from, to: &to, ending: []*source{old}, starting: []*source{begins}})
	a.log.Info("source could be started after all", "source", name)
	a.record(c.ctx, device.Event{Type: device.EventSourceRestarted, Source: name, Text: fmt.Sprintf("the plugin of %s, which could not be started before, runs now", name)})
}

// askAgain asks a source's plugin what it is, and reads the source's settings by its answer.
func (a *Agent) askAgain(ctx context.Context, s SourceConfig) (sdk.Info, Settings, error) {
	info, err := a.host.Describe(ctx, s.spec(Settings{}))
	if err != nil {
		return sdk.Info{}, Settings{}, err // names the source
	}
	one, err := a.generation().cfg.Only(s.Name)
	if err != nil {
		return sdk.Info{}, Settings{}, err
	}
	_, all, _, err := one.settings(ctx, a.host, sourceTypes(a.opt.Builtin), map[plugin]sdk.Info{s.plugin(): info})
	return info, all[s.Name], err
}
