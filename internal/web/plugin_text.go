package web

import (
	"fmt"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// pluginText says in a few words how a plugin's process does, and what was thrown away of what it sent.
func pluginText(p *device.PluginStatus, now time.Time) string {
	text := string(p.State)
	if !p.Until.IsZero() {
		text += " for " + age(p.Until.Sub(now))
	}
	var more []string
	for _, c := range []struct {
		n    int64
		what string
	}{
		{int64(p.Crashes), "failures in 10 min"}, {p.RefusedPolls, "polls refused"}, {p.Rejected, "observations rejected"},
		{p.LogDropped, "log lines dropped"}, {p.StdoutDropped, "bytes on stdout"},
	} {
		if c.n > 0 {
			more = append(more, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	if len(more) > 0 {
		text += " (" + strings.Join(more, ", ") + ")"
	}
	if p.LastError != "" && p.State != device.PluginRunning {
		text += ": " + p.LastError
	}
	return clean(text)
}
