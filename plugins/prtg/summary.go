package prtg

import (
	"fmt"
	"strconv"
	"strings"
)

// The places of a summary: how many sensors of a device are in which state.
const (
	inUnknown = iota
	inUp
	inWarning
	inDown
	inAcknowledged
	inUnusual
	inPaused
	inPartial
	inSummary
)

// counts are how many sensors of a device the tree holds, state by state.
type counts struct {
	all int
	by  [inSummary]int
	// collecting counts sensors that PRTG shows as up in one place and as unknown in another, odd those with a number
	// that is new.
	collecting, odd int
}

func (c *counts) add(status int) {
	c.all++
	switch status {
	case statusNone, statusUnknown, statusNoProbe:
		c.by[inUnknown]++
	case statusCollecting:
		c.collecting++
	case statusUp:
		c.by[inUp]++
	case statusWarning:
		c.by[inWarning]++
	case statusDown:
		c.by[inDown]++
	case statusAcknowledged:
		c.by[inAcknowledged]++
	case statusUnusual:
		c.by[inUnusual]++
	case statusPaused, statusDependency, statusSchedule, statusLicence, statusUntil:
		c.by[inPaused]++
	case statusPartial:
		c.by[inPartial]++
	default:
		c.odd++
	}
}

// check compares with what PRTG itself counts for the device. A tree that lost a sensor, or gave it to another device,
// shows here.
func (c *counts) check(summary string) error {
	summary = strings.TrimSpace(summary)
	if summary == "" {
		return nil
	}
	var theirs [inSummary]int
	parts := strings.Split(summary, ",")
	sum := 0
	for i, part := range parts {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || n < 0 || n > maxRows || i >= inSummary {
			return fmt.Errorf("its summary cannot be read")
		}
		theirs[i] = n
		sum += n
	}
	if sum != c.all {
		return fmt.Errorf("PRTG counts %d sensors, %d came", sum, c.all)
	}
	if len(parts) < inSummary || c.odd > 0 {
		return nil
	}
	ours := c.by
	if c.collecting > 0 {
		ours[inUp] += ours[inUnknown] + c.collecting
		theirs[inUp] += theirs[inUnknown]
		ours[inUnknown], theirs[inUnknown] = 0, 0
	}
	// Where PRTG counts partial ones, as such or as down, is not sure.
	ours[inDown] += ours[inPartial]
	theirs[inDown] += theirs[inPartial]
	ours[inPartial], theirs[inPartial] = 0, 0
	if ours != theirs {
		return fmt.Errorf("PRTG counts other states of its %d sensors than came", c.all)
	}
	return nil
}
