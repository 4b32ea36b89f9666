package pipeline

import "time"

// instants gives each commit its instant: never backwards, two never the same, whole microseconds as they are stored.
// Where the clock was set back they go on from the last one, as fast as time passes, until the clock has caught up.
type instants struct {
	clock func() time.Time
	// read is the clock's last reading, with its monotonic part where it has one.
	read time.Time
	last time.Time
	// lost says that time was lost before the next instant: a restart on an existing record.
	lost bool
	// wall is the clock's latest reading where the instant is ahead of it by more than a second, else zero.
	wall time.Time
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
	passed := time.Duration(0)
	if !c.read.IsZero() {
		passed = now.Sub(c.read).Truncate(time.Microsecond) // of the monotonic clock
	}
	c.read, c.lost, c.wall = now, false, time.Time{}
	at = now.UTC().Round(0).Truncate(time.Microsecond)
	if !at.After(c.last) {
		wall := at
		at = c.last.Add(max(passed, time.Microsecond))
		if at.Sub(wall) > time.Second {
			c.wall = wall
		}
	}
	c.last = at
	return at, lost
}

// dated gives the snapshots of an instant that is ahead of the clock, and whose source says nothing of its own clock, the
// clock's reading as that: their measurements are dated by a clock that is set like ours, and would be history for as long
// as ours was set back.
func (c *instants) dated(items []submitted) {
	if c.wall.IsZero() {
		return
	}
	for i := range items {
		if s := &items[i].snapshot; s.Source != "" && s.SourceClock.IsZero() {
			s.SourceClock = c.wall
		}
	}
}
