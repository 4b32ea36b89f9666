// Package librenms is the source for LibreNMS: what its pollers found out, read through its API v0.
//
// A poll begins with one call for all devices, a few more where one of them would be called down or the server's time
// zone has to be learnt, and judges them: an answer that is empty, broken or older than three of LibreNMS' own rounds fails
// the poll and says nothing about any device. Then come the calls that it can do without, each a part with an interval of
// its own: alerts and the event log with every poll, sensors and ports once a step, addresses and neighbours once an hour.
// A part that fails costs itself alone. How many calls a poll makes does not depend on the number of devices.
//
// Long lists are read row by row into compact rows, and observations are made of these one at a time: a lab may have a
// hundred thousand sensors and as many ports. The claims are dated by LibreNMS' own measurements.
//
// client.go knows the API, rows.go what is read of each row, and nothing else of it is decoded: the API sends SNMP
// credentials along. map.go turns a device's status into claims; sensors.go with states.go, classes.go and limits.go those
// of its parts; zone.go dates times that have no zone; part.go is what a failed call costs. A Source starts no goroutine
// and keeps no global state.
package librenms
