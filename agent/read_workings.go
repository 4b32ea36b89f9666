package agent

import (
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view"
	"github.com/quorate/quorate/sdk"
)

// Plugins are told of by what the source is configured to be and what its process said of itself.
func (r *reader) Plugins(at time.Time) []view.Plugin {
	g := r.a.generation()
	out := []view.Plugin{}
	for _, s := range r.Sources(at) {
		c, _ := g.cfg.Source(s.Name)
		p := view.Plugin{Source: s.Name, Type: c.Type, Builtin: c.Command == "", SHA256: c.SHA256, PluginStatus: *s.Plugin, Capabilities: []string{}}
		if info, known := g.infos[s.Name]; known {
			p.Version, p.Protocol = info.Version, sdk.ProtocolVersion
			for _, can := range info.Capabilities {
				p.Capabilities = append(p.Capabilities, string(can))
			}
		}
		if !s.LastSuccess.IsZero() {
			lag := max(0, at.Sub(s.LastSuccess)).Seconds()
			p.Lag = &lag
		}
		p.Hint = hint(&s)
		out = append(out, p)
	}
	return out
}

// hint says what to do about a source that does not do well.
func hint(s *device.SourceStatus) string {
	switch s.Plugin.State {
	case device.PluginRefused:
		return "It does not run with this configuration: the error says what to change. Change it, then run \"quorate reload\"."
	case device.PluginQuarantined:
		return "It ended too often and is left alone for a while. The agent's log has its last words; mend it, then run \"quorate reload\", or wait."
	case device.PluginWaiting:
		return "It ended and is started again by itself. Should that go on, the agent's log has its last words."
	case device.PluginEnding:
		return "It was told to end and is not gone yet. Look with ps whether its process waits for a disk or a network."
	}
	if s.Failures > 0 {
		return "It runs, and its polls fail: \"quorate source check " + s.Name + "\" asks the monitor step by step and says which one fails."
	}
	return ""
}

// Groups say which of their members there are.
func (r *reader) Groups() []view.Group {
	cfg := r.a.generation().cfg
	known := map[string]device.Name{}
	for _, d := range r.a.pipe.Devices(now()) {
		known[d.Name] = device.Name{ID: d.ID, Name: d.Name}
	}
	out := []view.Group{}
	for _, g := range cfg.Groups {
		one := view.Group{Name: g.Name, Tags: append([]string{}, g.Tags...), Devices: []device.Name{}}
		for _, name := range cfg.members(g) {
			if d, ok := known[name]; ok {
				one.Devices = append(one.Devices, d)
			} else {
				one.Unknown = append(one.Unknown, name)
			}
		}
		one.Devices = sorted(one.Devices)
		out = append(out, one)
	}
	return out
}
