// Package librenms is the source for LibreNMS: what its pollers found out, read through its API v0.
//
// One poll is one call for all devices, now and then one for all sensors, and a few more where a device would be
// called down or the server's time zone has to be learnt. Nothing is emitted before everything was read and believed:
// an answer that is empty, broken or older than three of LibreNMS' own rounds fails the poll and says nothing about
// any device. The claims are dated by LibreNMS' own measurements.
//
// client.go knows the API and nothing of ours, map.go turns its words into claims, health.go and states.go do so for
// sensors, zone.go dates the API's times, which have no zone. A Source starts no goroutine and keeps no global state.
package librenms
