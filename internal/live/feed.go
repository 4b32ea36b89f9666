package live

import (
	"context"
	"errors"
	"sync"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/pipeline"
)

const (
	// ringEvents and ringBytes bound what is kept for those at the head. The bytes are those of the JSON, which is about
	// half of what an event takes.
	ringEvents = 256
	ringBytes  = 1 << 20
	// readEvents is how many events one query reads.
	readEvents = 64
	// readers is how many of those that are behind read the record at the same time.
	readers = 4
)

// Record is what is followed. Sequence numbers are gapless; Events returns a *pipeline.Damaged where the first of them
// cannot be read.
type Record interface {
	LastSeq() int64
	// OldestSeq is the sequence number of the oldest event that is kept, 0 where there is none.
	OldestSeq(ctx context.Context) (int64, error)
	Events(ctx context.Context, after int64, limit int) ([]device.Event, error)
}

// Feed hands the events of a record to those who follow it. It is safe for concurrent use.
type Feed struct {
	record    Record
	subscribe func() (<-chan int64, func())
	turns     chan struct{} // holds one while somebody reads on for all
	behind    chan struct{} // holds one for each who reads for itself

	mu    sync.Mutex
	head  int64 // the newest event that was read, or where reading begins
	ring  []*Event
	bytes int
	open  int // who follows
}

// New returns a Feed of the record. Subscribe returns a channel that carries the newest sequence number after each commit,
// or a later one in its place, and a function that ends the subscription.
func New(record Record, subscribe func() (<-chan int64, func())) *Feed {
	return &Feed{record: record, subscribe: subscribe, turns: make(chan struct{}, 1), behind: make(chan struct{}, readers), head: -1}
}

// enter counts one more who follows. The first begins at the newest event: nobody has read on for it.
func (f *Feed) enter() {
	last := f.record.LastSeq()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.open++; f.open == 1 && f.head < last {
		f.head, f.ring, f.bytes = last, nil, 0
	}
}

func (f *Feed) leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open--
}

// Newest is the sequence number of the newest event.
func (f *Feed) Newest() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return max(f.head, f.record.LastSeq())
}

// after returns what is kept behind seq, at most limit events, and whether the record must be asked because what follows
// seq is no longer kept.
func (f *Feed) after(seq int64, limit int) (events []*Event, older bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if seq >= f.head {
		return nil, false
	}
	first := f.head - int64(len(f.ring)) + 1
	if seq+1 < first {
		return nil, true
	}
	rest := f.ring[seq+1-first:]
	// A copy: the ring moves on while the events are written to somebody.
	return append([]*Event(nil), rest[:min(limit, len(rest))]...), false
}

// advance reads what was committed since, once for all who wait for it.
func (f *Feed) advance(ctx context.Context) error {
	select {
	case f.turns <- struct{}{}:
		defer func() { <-f.turns }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for {
		last := f.record.LastSeq()
		f.mu.Lock()
		if f.head < last-ringEvents {
			// What would not be kept is not read: whoever needs it reads it for itself.
			f.head, f.ring, f.bytes = last-ringEvents, nil, 0
		}
		head := f.head
		f.mu.Unlock()
		if head >= last {
			return nil
		}
		events, err := f.record.Events(ctx, head, readEvents)
		if damaged, ok := errors.AsType[*pipeline.Damaged](err); ok {
			// Whoever needs it asks the record, and is told by it.
			f.skip(damaged.Seq)
			continue
		}
		if err != nil {
			return err
		}
		if len(events) == 0 {
			return nil
		}
		encoded, err := encode(events)
		if err != nil {
			return err
		}
		f.keep(encoded)
	}
}

func (f *Feed) skip(seq int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.head, f.ring, f.bytes = seq, nil, 0
}

func (f *Feed) keep(events []*Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range events {
		f.ring = append(f.ring, e)
		f.bytes += len(e.JSON)
		f.head = e.Seq
	}
	drop := 0
	for n := len(f.ring); n-drop > ringEvents || f.bytes > ringBytes && drop < n-1; drop++ {
		f.bytes -= len(f.ring[drop].JSON)
		f.ring[drop] = nil
	}
	f.ring = f.ring[drop:]
}

// read reads the record for one who is behind.
func (f *Feed) read(ctx context.Context, after int64) ([]*Event, error) {
	select {
	case f.behind <- struct{}{}:
		defer func() { <-f.behind }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	events, err := f.record.Events(ctx, after, readEvents)
	if err != nil {
		return nil, err
	}
	return encode(events)
}
