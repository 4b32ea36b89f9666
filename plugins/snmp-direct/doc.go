// Package snmpdirect is the source "snmp-direct": it asks devices itself, by SNMP.
//
// Every target of the configuration is one device, and its name is the ref. A poll reads the system group, decides by
// it which profile fits (profiles/*.yaml: what kind of device this is and where it keeps the state of its parts), and
// reads interfaces, parts, storage and neighbours. A device that is silent is an observation, not a failed poll: reach
// down at half confidence and management down, with everything that was read before at its old time.
//
// A target's state lives between polls and is guarded by its mutex, since a probe may come while a poll runs. A poll
// starts a bounded number of goroutines and returns after all of them; each uses a session of its own. gosnmp is
// the codec and nothing else: sockets, retries, engines of SNMPv3, what counts as an answer, and walks, which in gosnmp
// report a table that an error cut short as complete, are ours. No text of its errors leaves the package: it may hold the
// stacks of all goroutines.
//
// Watch hears traps (traps*.go, agenda.go) and, where it may adopt them, looks for devices (discover*.go); all of its
// goroutines end before it returns. A trap is only a reason to ask. Nothing is sent outside of targets and given ranges.
package snmpdirect
