// Package prtg is the source for PRTG Network Monitor, read through the classic HTTP API (v1) of its core server. It is
// tested on recorded answers, never on a live core.
//
// One poll reads the probes, and the devices with their sensors either from two tables or from the sensor tree in one
// call, whichever is cheaper (choice.go); both make the same picture (picture.go). A device's own status says only
// whether it is paused, so everything is derived from its sensors; each claim is dated by the last check of the sensors
// behind it and carries their interval. What is not complete fails the poll and says nothing about any device. A log-in
// that was refused is never repeated: PRTG slows down all log-ins of an account after failed ones.
//
// client.go, table.go and tree.go know the API and nothing of ours, paint.go makes a picture of its rows, kinds.go says
// what each kind of sensor speaks about; reach.go, health.go, alert.go and measure.go turn sensors into what is
// observed. A Source starts no goroutine and keeps no global state.
package prtg
