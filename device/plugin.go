package device

import "time"

// PluginState is where the process of a source's plugin stands.
type PluginState string

// The states of a plugin.
const (
	PluginStarting    PluginState = "starting"
	PluginRunning     PluginState = "running"
	PluginWaiting     PluginState = "waiting"     // to be started again after a failure
	PluginQuarantined PluginState = "quarantined" // left alone for a long while, because it kept failing
	PluginRefused     PluginState = "refused"     // it will not run with this configuration, or must not
	PluginEnding      PluginState = "ending"      // killed, and its process is not gone yet
	PluginStopped     PluginState = "stopped"
)

// PluginStatus is the process of a source's plugin and what the agent had to do about it. All counts are since the
// source began in the running agent.
type PluginStatus struct {
	State PluginState `json:"state"`
	// Until is when it is started again, of waiting and quarantined; Since is when the process started.
	Until time.Time `json:"until,omitzero"`
	Since time.Time `json:"since,omitzero"`
	PID   int       `json:"pid,omitempty"`
	// Memory is what the plugin and the processes that it started hold, resident, in bytes; Processes is their number.
	Memory    int64 `json:"memory_bytes,omitempty"`
	Processes int   `json:"processes,omitempty"`

	Restarts int `json:"restarts"`
	// Crashes of the last ten minutes: too many of them are a quarantine. A plugin that is replaced because it hangs or
	// is over a limit counts too.
	Crashes int `json:"recent_crashes"`
	// LastError is why a process ended or could not be started, the last time.
	LastError string `json:"last_error,omitempty"`

	// What was taken from it and thrown away: lines on stderr beyond the rate, bytes on stdout, where nothing belongs
	// after the handshake, observations that could not be accepted, and polls that broke a limit of the wire.
	LogDropped    int64 `json:"log_lines_dropped"`
	StdoutDropped int64 `json:"stdout_bytes_dropped"`
	Rejected      int64 `json:"observations_rejected"`
	RefusedPolls  int64 `json:"polls_refused"`
}
