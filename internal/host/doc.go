// Package host runs source plugins as processes and keeps them running.
//
// Built-in sources are the agent's own binary, started again as `quorate plugin TYPE`; a third party's plugin is a
// program that is checked, hashed and executed through one open descriptor. Both take the same path: go-plugin over
// gRPC with mutual TLS, a runner of our own (process group, allow-listed environment, life pipe, death with the
// agent), stdout drained, stderr read by us into slog at a limited rate.
//
// Each Source owns one goroutine, its supervisor: it starts the plugin, configures it, watches its health, replaces it
// when it ends or hangs, backs off and gives up for a while when it keeps crashing. Poll never returns an error: what
// goes wrong is in the snapshot, and a source that is silent says nothing about any device. Close returns when every
// process and goroutine has ended. The package knows nothing of schedules, of HCL and of what is done with snapshots.
package host
