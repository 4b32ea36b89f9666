package pipeline

import "time"

// instants gives each commit its instant: never backwards, two never the same, whole microseconds as they are stored.
type instants struct {
	clock func() time.Time
	// read is the clock's last reading, with its monotonic part where it has one.
	read time.Time
	last time.Time
	// lost says that time was lost before the next instant: a restart on an existing record.
	lost bool
}

// next returns the instant of now, and whether time was lost before it: a jump of the wall clock against the monotonic
// one, or a gap since the last instant.
func (c *instants) next() (at time.Time, lost bool) {
	now := c.clock()
	lost = c.lost
	if !c.read.IsZero() {
		wall := now.Round(0).Sub(c.read.Round(0))
		if jump := wall - now.Sub(c.read); jump.Abs() > JumpLimit || wall > JumpLimit || wall < -JumpLimit {
			lost = true
		}
	}
	c.read, c.lost = now, false
	at = now.UTC().Round(0).Truncate(time.Microsecond)
	if !at.After(c.last) {
		at = c.last.Add(time.Microsecond)
	}
	c.last = at
	return at, lost
}
