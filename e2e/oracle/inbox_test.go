package oracle

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/quorate/quorate/device"
)

// inbox notes what one sink brings: in which order, how often, and byte for byte.
type inbox struct {
	name string

	mu      sync.Mutex
	last    int64 // every event up to this one has come
	arrived map[int64]arrival
	opened  map[uint64]bool // the observations that were told of
	// again counts events that came once more, told those that came at all.
	again, told int
	odd         []string
}

// arrival is one event as it came first: its id, and a digest of all its bytes and of the event alone.
type arrival struct {
	id         string
	raw, event digest
}

func newInbox(name string) *inbox {
	return &inbox{name: name, arrived: map[int64]arrival{}, opened: map[uint64]bool{}}
}

// take notes one event as it came: key is what its delivery calls it, if it calls it anything, raw all its bytes, data the event's own.
func (in *inbox) take(key string, raw, data []byte) {
	in.mu.Lock()
	defer in.mu.Unlock()
	var e device.Event
	if err := json.Unmarshal(data, &e); err != nil {
		in.odd = append(in.odd, fmt.Sprintf("%s: %v in %.200q", in.name, err, data))
		return
	}
	in.told++
	if key != "" && key != e.ID {
		in.odd = append(in.odd, fmt.Sprintf("%s: event %d has the id %s and came under %s", in.name, e.Seq, e.ID, key))
	}
	if id, ok := number(&e); ok && e.Type == device.EventAlertOpened {
		in.opened[id] = true
	}
	is := arrival{e.ID, sha256.Sum256(raw), sha256.Sum256(data)}
	was, again := in.arrived[e.Seq]
	switch {
	case again && was != is:
		in.odd = append(in.odd, fmt.Sprintf("%s: event %d came again as another one: it was %s, now %s", in.name, e.Seq, was.id, raw))
	case again:
		in.again++
	case e.Seq != in.last+1:
		in.odd = append(in.odd, fmt.Sprintf("%s: event %d came after %d", in.name, e.Seq, in.last))
		fallthrough
	default:
		in.arrived[e.Seq] = is
		in.last = max(in.last, e.Seq)
	}
}

// lacks returns one of the observations that has not been told of, and how many there are.
func (in *inbox) lacks(ids []uint64) (one uint64, n int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, id := range ids {
		if !in.opened[id] {
			one = id
			n++
		}
	}
	return one, n
}

// upTo is the number of the last event that has come.
func (in *inbox) upTo() int64 {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.last
}

// compare returns what was not as it is on record, and everything odd that was seen before.
func (in *inbox) compare(record []digest) []string {
	in.mu.Lock()
	defer in.mu.Unlock()
	odd := in.odd
	for seq, a := range in.arrived {
		if seq < 1 || seq > int64(len(record)) {
			odd = append(odd, fmt.Sprintf("%s: event %d, %s, was told and is not on record", in.name, seq, a.id))
			continue
		}
		if record[seq-1] != a.event {
			odd = append(odd, fmt.Sprintf("%s: event %d, %s, was told as another one than is on record", in.name, seq, a.id))
		}
	}
	return odd
}
