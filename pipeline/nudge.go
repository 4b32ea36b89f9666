package pipeline

import "sync"

// nudges tells everybody who listens the newest sequence number; who is slow misses the ones in between.
type nudges struct {
	mu   sync.Mutex
	next int
	to   map[int]chan int64
}

func (n *nudges) subscribe() (<-chan int64, func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.to == nil {
		n.to = map[int]chan int64{}
	}
	id, c := n.next, make(chan int64, 1)
	n.next++
	n.to[id] = c
	return c, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.to, id)
	}
}

func (n *nudges) send(seq int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.to {
		select {
		case <-c: // the older number, not yet read
		default:
		}
		c <- seq // only send fills it, so there is room
	}
}
