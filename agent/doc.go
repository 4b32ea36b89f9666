// Package agent is the daemon: it reads the configuration, launches the sources, polls them on schedule, hands their
// snapshots to the pipeline and serves what came of it.
//
// Load reads the frame of the configuration; a plugin's own settings stay HCL until the plugin has given its schema.
// Agent.Run owns every goroutine of the daemon: one a source, the pipeline's, the API's. It returns when all have
// ended, with everything that was accepted committed. HCL is imported here and nowhere else.
//
// What is worked out of a configuration is a generation, which never changes. A reload makes the next one, tries
// everything in it that can fail, and then puts it in the place of the one before: sources and sinks that nothing changes
// about are the same values in both and notice nothing. One goroutine does that, followReloads; readers keep the generation
// that their question began with.
package agent
