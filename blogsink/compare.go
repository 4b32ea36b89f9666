package blogsink

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/quorate/quorate/device"
)

// Spoken is the part of a History that says what the sources said.
type Spoken interface {
	Events(ctx context.Context, after int64, limit int) ([]device.Event, error)
	Words(ctx context.Context, after int64, limit int) ([]Word, error)
	Kept(ctx context.Context) (time.Time, error)
}

// Comparing adds up how the sources agreed with each other by the rules of posts, for any time that the journal holds.
// It reads on from where it ended. Its methods may be called at the same time.
type Comparing struct {
	spoken Spoken

	mu      sync.Mutex
	journal *journal
	course  *course
	seq     int64 // the last event read
}

// NewComparing returns one that has read nothing yet.
func NewComparing(s Spoken) *Comparing { return &Comparing{spoken: s} }

// Comparison is how the sources agreed.
type Comparison struct {
	// Since is when the time that was compared begins: as it was asked for, or later where the journal does.
	Since time.Time
	Pairs []ComparedPair // by name
	// Missed counts by source the outages during which it said up all the time.
	Missed map[string]int
}

// ComparedPair is two sources over the devices that both know; see Pair.
type ComparedPair struct {
	A, B             string
	Devices          int
	Compared, Agreed time.Duration
	// Contradictions are those that lasted for longer than the slower of the two takes to look again; in RightA of them B
	// came round to A, in RightB A to B.
	Contradictions, RightA, RightB int
}

// rereadAfter is how much of the journal may go before what was read of it is let go as well.
const rereadAfter = 24 * time.Hour

// Compare returns how the sources agreed from one time to another, over the devices of now.
func (c *Comparing) Compare(ctx context.Context, devices []device.Current, sources []device.SourceStatus, from, to time.Time) (Comparison, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.read(ctx, to); err != nil {
		return Comparison{}, err
	}
	window := *c.journal
	window.begin = from
	spoken := window.spoken(c.course, devices, to)
	out := Comparison{Since: window.since(), Pairs: []ComparedPair{}, Missed: window.missed(spoken, c.course, sources, to)}
	for _, p := range window.pairs(spoken, sources) {
		out.Pairs = append(out.Pairs, ComparedPair{
			A: p.a, B: p.b, Devices: p.devices, Compared: p.compared, Agreed: p.agreed, Contradictions: p.contradictions, RightA: p.rightA, RightB: p.rightB,
		})
	}
	return out, nil
}

// read brings the sums up to a time.
func (c *Comparing) read(ctx context.Context, to time.Time) error {
	kept, err := c.spoken.Kept(ctx)
	if err != nil {
		return fmt.Errorf("beginning of the journal: %w", err)
	}
	if c.journal == nil || kept.Sub(c.journal.kept) > rereadAfter {
		c.journal, c.course, c.seq = newJournal(time.Time{}, kept), newCourse(), 0
	}
	j := c.journal
	if err := readOn(ctx, &j.word, to, c.spoken.Words, func(w *Word) (int64, time.Time) { return w.ID, w.At }, j.heard); err != nil {
		return fmt.Errorf("words: %w", err)
	}
	err = readOn(ctx, &c.seq, to, c.spoken.Events, func(e *device.Event) (int64, time.Time) { return e.Seq, e.At }, c.course.add)
	if err != nil {
		return fmt.Errorf("events: %w", err)
	}
	return nil
}
