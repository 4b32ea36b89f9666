package metrics

import (
	"github.com/quorate/quorate/device"
)

// sources says how each does. One that is blind or suspect, and one that was never polled, is not up.
func (b *batch) sources(all []device.SourceStatus, scores device.Scoreboard) {
	for i := range all {
		s := &all[i]
		b.gauge("source_up", "Whether the source is believed: it answers, and is not contradicted by the others.", yes(s.Health == device.HealthUp), "source", s.Name)
		for _, h := range []device.Health{device.HealthUp, device.HealthBlind, device.HealthSuspect} {
			b.gauge("source_health", "How far the source is believed.", yes(s.Health == h), "source", s.Name, "health", string(h))
		}
		b.at("source_last_success_timestamp_seconds", "When the source's last poll that succeeded was.", s.LastSuccess, "source", s.Name)
		b.gauge("source_failed_polls", "Polls of the source that failed in a row, up to now.", float64(s.Failures), "source", s.Name)
		b.gauge("source_interval_seconds", "How far apart the source's polls are by configuration.", float64(s.Interval)/1e9, "source", s.Name)
		b.gauge("source_devices", "Devices that the source knows.", float64(s.Devices), "source", s.Name)
		b.gauge("source_contradicted", "Downs of the source that other witnesses contradict now.", float64(s.Contradicted), "source", s.Name)
		b.counter("source_false_alarms_total", "Downs of the source that never became a verdict and proved wrong.", float64(s.FalseAlarms), "source", s.Name)
		if p := s.Plugin; p != nil {
			b.counter("plugin_restarts_total", "Restarts of the source's plugin since the agent's start.", float64(p.Restarts), "source", s.Name)
			b.gauge("plugin_running", "Whether the source's plugin runs.", yes(p.State == device.PluginRunning), "source", s.Name)
			b.gauge("plugin_memory_bytes", "What the source's plugin holds of the memory.", float64(p.Memory), "source", s.Name)
		}
		if p := s.Push; p != nil {
			for result, n := range map[string]int{"accepted": p.Accepted, "refused": p.Refused, "dropped": p.Dropped, "unread": p.Unread} {
				b.counter("source_pushes_total", "Pushes of the source's monitor since the agent's start.", float64(n), "source", s.Name, "result", result)
			}
		}
	}
	b.counter("false_alarms_total", "Down verdicts of the agent that proved wrong.", float64(scores.Own))
}

// sinks says how far each has come, and all of them together as the pipeline's last stage.
func (b *batch) sinks(all []device.SinkStatus) {
	results := map[string]int64{"delivered": 0, "retried": 0, "dropped": 0, "set_aside": 0}
	for i := range all {
		s := &all[i]
		b.gauge("sink_up", "Whether the sink takes what it is given.", yes(s.State == device.SinkOK || s.State == device.SinkBehind), "sink", s.Name)
		b.gauge("sink_lag_events", "Events that wait for the sink.", float64(s.Waiting), "sink", s.Name)
		b.at("sink_oldest_waiting_timestamp_seconds", "When the first event happened that waits for the sink.", s.OldestWaiting, "sink", s.Name)
		for result, n := range map[string]int64{"delivered": s.Delivered, "retried": s.Retried, "dropped": s.Dropped, "set_aside": s.SetAside} {
			b.counter("sink_events_total", "Events of the sink by what became of them, and deliveries that were retried.", float64(n), "sink", s.Name, "result", result)
			results[result] += n
		}
	}
	for result, n := range results {
		b.stage("deliver", result, n)
	}
}
