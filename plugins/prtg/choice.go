package prtg

import (
	"time"
)

// remeasure is how long a measurement of the two ways to read PRTG holds, and how long the tree is left alone after it
// could not be used.
const remeasure = 24 * time.Hour

// choice decides which way a poll reads PRTG: by the tables, or by the tree in one call. Both say the same, so the one
// with the smaller answers is used; the tables come first, since they alone are always good.
type choice struct {
	tables, tree measurement
	avoid        time.Time // the tree is not asked for before
	strange      int       // trees in a row with other devices or sensors than the tables
}

// measurement is what reading PRTG one way cost.
type measurement struct {
	bytes int64
	at    time.Time // zero where it was never done
}

// useTree reports whether the poll at now tries the tree.
func (c *choice) useTree(now time.Time) bool {
	switch {
	case c.tables.at.IsZero(), now.Before(c.avoid):
		return false
	case c.tree.at.IsZero():
		return true
	case c.tree.bytes < c.tables.bytes:
		return now.Sub(c.tables.at) < remeasure
	}
	return now.Sub(c.tree.at) >= remeasure
}

func (c *choice) tookTables(bytes int64, now time.Time) { c.tables = measurement{bytes, now} }

func (c *choice) tookTree(bytes int64, now time.Time) {
	c.tree, c.strange = measurement{bytes, now}, 0
}

// failed leaves the tree alone for a while.
func (c *choice) failed(now time.Time) { c.avoid, c.strange = now.Add(remeasure), 0 }

// differs notes that the tree holds other devices or sensors than the tables did when they were last read. Once that is
// one that came or went in between.
func (c *choice) differs(now time.Time) {
	if c.strange++; c.strange > 1 {
		c.failed(now)
	}
}
