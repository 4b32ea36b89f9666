package snmpdirect

import "time"

// Answers to GETBULK are aimed at by their size in octets: how many rows fit depends on the table. The size starts
// moderate, grows while answers are whole and quick, and stays within one Ethernet frame.
const (
	firstSize      = 1000
	largestSize    = 1400
	usualVarbind   = 24 // octets, before the first answer
	maxRepetitions = 50
	// retryBulk is when an agent that choked on GETBULK, or a size that failed, is tried again.
	retryBulk = 24 * time.Hour
	// thinAnswers in a row, each with less than one row, are worse than GETNEXT.
	thinAnswers = 3
)

// bulkMemory is what is known of a device's GETBULK, kept between polls.
type bulkMemory struct {
	never   bool      // by the device's profile
	given   time.Time // when GETBULK was given up for GETNEXT; zero while it is in use
	proven  bool
	size    int       // of the answers to aim for; 0 is firstSize
	failed  int       // the smallest size that failed last
	ceiling int       // what size stays below; 0 is none
	raised  time.Time // when ceiling was set
	columns int       // asked side by side; 0 is maxColumns
	thin    int
}

// use reports whether to ask by GETBULK. Once a day what failed is tried again.
func (b *bulkMemory) use(now time.Time) bool {
	if b.never {
		return false
	}
	if !b.given.IsZero() && now.Sub(b.given) >= retryBulk {
		b.given, b.proven, b.thin = time.Time{}, false, 0
	}
	if !b.raised.IsZero() && now.Sub(b.raised) >= retryBulk {
		b.ceiling, b.failed, b.columns, b.raised = 0, 0, 0, time.Time{}
	}
	return b.given.IsZero()
}

func (b *bulkMemory) giveUp(now time.Time) { b.given = now }

func (b *bulkMemory) width() int {
	if b.columns == 0 {
		return maxColumns
	}
	return b.columns
}

func (b *bulkMemory) target() int {
	if b.size == 0 {
		return firstSize
	}
	return b.size
}

// repetitions are the rows to ask for, of so many columns whose values take so many octets each.
func (b *bulkMemory) repetitions(columns, octets int) int {
	return min(max(b.target()/(max(octets, 1)*columns), 1), maxRepetitions)
}

// whole takes note of an answer that held all it was asked for, in time.
func (b *bulkMemory) whole() {
	size := min(b.target()*5/4, largestSize)
	if b.ceiling > 0 {
		size = min(size, b.ceiling)
	}
	b.size = max(size, b.size)
}

// lost takes note of an answer of about so many octets that did not arrive, where a smaller one did. One loss says
// little; a second one near the same size is a limit.
func (b *bulkMemory) lost(size int, now time.Time) {
	if b.failed > 0 && size >= b.failed*4/5 {
		b.limit(min(size, b.failed), now)
		return
	}
	b.failed = size
	b.size = max(size/2, 1)
}

// limit takes note of a size that the agent says is too big.
func (b *bulkMemory) limit(size int, now time.Time) {
	b.ceiling, b.raised = max(size*3/4, 1), now
	b.size = max(size/2, 1)
}
