package host

import (
	"time"

	"github.com/quorate/quorate/device"
)

// Plugin tells how the plugin's process does now.
func (s *Source) Plugin() device.PluginStatus {
	s.mu.Lock()
	now := time.Now()
	out := device.PluginStatus{
		State: s.phase, Restarts: s.status.Restarts, LastError: s.status.LastError,
		Crashes: len(recent(s.crashes, now, s.host.limits.crashWindow)),
	}
	if s.phase == device.PluginWaiting || s.phase == device.PluginQuarantined {
		out.Until = s.next.UTC()
	}
	p := s.proc
	if p == nil {
		p = s.ending
	}
	s.mu.Unlock()
	if p != nil {
		held := p.run.holds()
		out.PID, out.Since = p.run.pid(), p.run.since.UTC()
		out.Memory, out.Processes = held.memory, held.processes
	}
	out.LogDropped, out.StdoutDropped = s.counts.logs.Load(), s.counts.stdout.Load()
	out.Rejected, out.RefusedPolls = s.counts.rejected.Load(), s.counts.refused.Load()
	return out
}
