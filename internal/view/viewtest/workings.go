package viewtest

import (
	"context"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view"
)

// Inside is what a Lab has of the agent's own parts.
type Inside struct {
	AllPlugins  []view.Plugin
	AllGroups   []view.Group
	InForce     view.Configuration
	AllRejected []view.Rejected // newest first, with their bodies
}

// Plugins are AllPlugins.
func (l *Lab) Plugins(time.Time) []view.Plugin { return l.AllPlugins }

// Groups are AllGroups.
func (l *Lab) Groups() []view.Group { return l.AllGroups }

// Configuration is InForce.
func (l *Lab) Configuration() (view.Configuration, error) { return l.InForce, nil }

// Rejections are those of AllRejected.
func (l *Lab) Rejections(_ context.Context, source string, below int64, limit int) ([]view.Rejected, error) {
	rest := slices.DeleteFunc(slices.Clone(l.AllRejected), func(x view.Rejected) bool {
		return source != "" && x.Source != source || below > 0 && x.Number >= below
	})
	rest = rest[:min(limit, len(rest))]
	for i := range rest {
		rest[i].Body = ""
	}
	return rest, nil
}

// Rejection is one of AllRejected.
func (l *Lab) Rejection(_ context.Context, number int64) (view.Rejected, bool, error) {
	i := slices.IndexFunc(l.AllRejected, func(x view.Rejected) bool { return x.Number == number })
	if i < 0 {
		return view.Rejected{}, false, nil
	}
	return l.AllRejected[i], true, nil
}

// newInside has something of everything.
func newInside(l *Lab) Inside {
	lag := 12.0
	return Inside{
		AllPlugins: []view.Plugin{
			{Source: "prtg", Type: "prtg", Builtin: true, Version: "1", Protocol: 1, Capabilities: []string{"receive"}, Lag: &lag, PluginStatus: device.PluginStatus{State: device.PluginRunning, Since: Noon.Add(-time.Hour)}},
			{Source: "snmp", Type: "snmp-direct", Builtin: true, Capabilities: []string{}, Hint: "Mend it.", PluginStatus: device.PluginStatus{State: device.PluginQuarantined, Crashes: 5, LastError: "exit status 2"}},
		},
		AllGroups: []view.Group{{
			Name: "storage", Tags: []string{"nas"}, Devices: []device.Name{{ID: l.AllDevices[0].ID, Name: "nas-1"}}, Unknown: []string{"nas-9"},
		}},
		InForce: view.Configuration{
			ConfigStatus: device.ConfigStatus{Generation: 2, Hash: "abc", LoadedAt: Noon.Add(-time.Hour)}, Attributes: map[string]any{},
			Blocks: []view.ConfigBlock{{
				Type: "source", Labels: []string{"prtg", "prtg"}, Attributes: map[string]any{"interval": "1m0s"},
				Blocks: []view.ConfigBlock{{Type: "config", Labels: []string{}, Attributes: map[string]any{"url": "https://prtg.example.net", "api_token": "(secret)"}, Blocks: []view.ConfigBlock{}}},
			}},
		},
		AllRejected: []view.Rejected{
			{Number: 2, At: Noon, Source: "prtg", Ref: "7", Reason: "the name is longer than 255 characters", Body: `{"ref":"7"}`},
			{Number: 1, At: Noon.Add(-time.Hour), Source: "snmp", Reason: "no ref"},
		},
	}
}
