// Package stdout prints events on the agent's standard output: as JSON, one a line, or as short text.
//
// Whoever reads may be slow, stop reading or go away: then the sink waits, at most as long as a delivery may take, and never
// in a write that nothing could end. What comes from devices and monitors reaches no terminal as it is: control
// characters and those that change the direction of writing are escaped in JSON and left out of text.
//
// A Sink starts no goroutine.
package stdout
