// Package prtg is the source for PRTG Network Monitor, read through the classic HTTP API (v1) of its core server. It is
// tested on recorded answers, never on a live core.
//
// One poll reads three tables: probes, devices and sensors, page by page. A device's own status says only whether it is
// paused, so everything is derived from its sensors; each claim is dated by the last check of the sensors behind it
// and carries their interval. A table that is not complete fails the poll and says nothing about any device. A
// log-in that was refused is never repeated: PRTG slows down all log-ins of an account after failed ones.
//
// client.go knows the API and nothing of ours, kinds.go what each kind of sensor speaks about, map.go turns sensors
// into claims. A Source starts no goroutine and keeps no global state.
package prtg
