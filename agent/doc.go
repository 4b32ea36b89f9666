// Package agent is the daemon: it reads the configuration, launches the sources, polls them on schedule, hands their
// snapshots to the pipeline and serves what came of it.
//
// Load reads the frame of the configuration; a plugin's own settings stay HCL until the plugin has given its schema.
// Agent.Run owns every goroutine of the daemon: one a source, the pipeline's, the API's. It returns when all have
// ended, with everything that was accepted committed. HCL is imported here and nowhere else.
package agent
