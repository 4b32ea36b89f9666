// Package identity decides which reports are about the same device.
//
// Resolve is a pure function: the configuration, the state so far and the snapshots of one instant give the new
// bindings of (source, ref) to devices, each with its reason, and the events to record. The order of the snapshots
// and of the observations in them does not matter. Across instants bindings are sticky, so history may matter.
//
// A State has one writer, who calls Apply after the outcome is durable. Between two Apply calls any number of
// readers may use Find, Fill, Fields and Resolve at once. The package knows no clock, no storage and no votes.
package identity
