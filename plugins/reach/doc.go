// Package reach is the source "reach": it looks from this machine whether devices answer, by ICMP echo and by TCP connect.
//
// It looks at targets of its own configuration and at every device that other sources report, and shares no server,
// database or poller with any of them. Any answer is up: an echo, an accepted connection, a refused one. Silence by two
// methods is down, silence by one is down at half confidence. What went wrong on this machine (no route, not permitted, too
// many files) is no word on a device: it abstains, and where that is all there is the poll fails.
//
// All echoes of an address family leave by one socket, which is open while a poll or a probe runs; a goroutine reads it
// and ends with it. Every packet waits for its turn at the configured rate. Nothing is sent to an address that is neither
// configured nor reported, and nothing to one that is not a single host's.
package reach
