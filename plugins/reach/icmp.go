package reach

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"net/netip"
	"sync"
	"time"
)

// waits is how long each request is waited for before the next, as parts of the timeout: one lost packet, or two, do not
// make a device silent.
var waits = [...]float64{0.25, 0.35, 0.4}

// pinger sends the echoes of one address family by one socket, and hands each answer to whoever waits for it.
type pinger struct {
	socket   socket
	v6       bool
	datagram bool // the kernel keeps to our id
	id       uint16
	key      []byte
	own      map[netip.Addr]bool // this machine's addresses

	mu      sync.Mutex
	seq     uint16
	waiting map[query]waiter
	counts  replies
	broken  error // the socket can no longer be read

	done chan struct{} // closed when nothing reads the socket any more
}

// replies counts what came in.
type replies struct {
	taken   uint64 // by a request that waited for it
	unasked uint64 // answers of ours that nobody waits for: twice, or late
	foreign uint64 // answers to others, from another address than the one asked, with a wrong token, and what cannot be read
}

func (r replies) plus(o replies) replies {
	return replies{r.taken + o.taken, r.unasked + o.unasked, r.foreign + o.foreign}
}

// waiter is one request on its way.
type waiter struct {
	sent    time.Time
	replies chan<- reply
}

// reply is what came back, and after how long.
type reply struct {
	kind  kind
	words string
	took  time.Duration
}

// newPinger starts to read the socket. Close ends that.
func newPinger(s socket, v6, datagram bool, own map[netip.Addr]bool) *pinger {
	p := &pinger{socket: s, v6: v6, datagram: datagram, own: own, key: make([]byte, 32), waiting: map[query]waiter{}, done: make(chan struct{})}
	_, _ = rand.Read(p.key) // it never fails
	p.id, p.seq = binary.BigEndian.Uint16(p.key), binary.BigEndian.Uint16(p.key[2:])
	go p.read()
	return p
}

// close closes the socket and returns what was counted, when nothing reads any more.
func (p *pinger) close() replies {
	_ = p.socket.Close()
	<-p.done
	return p.counts
}

func (p *pinger) read() {
	defer close(p.done)
	b := make([]byte, 1500)
	for {
		n, from, err := p.socket.ReadFrom(b)
		if err != nil {
			p.mu.Lock()
			p.broken = err
			p.mu.Unlock()
			return
		}
		p.heard(sender(from), b[:n], time.Now())
	}
}

// heard takes one message that came in.
func (p *pinger) heard(from netip.Addr, b []byte, now time.Time) {
	m, ok := parse(p.v6, b)
	p.mu.Lock()
	defer p.mu.Unlock()
	if !ok || !p.datagram && m.id != p.id {
		p.counts.foreign++
		return
	}
	q := query{from, m.seq}
	if m.unreachable {
		q.to = m.to.WithZone(from.Zone())
		if w, ok := p.waiting[q]; ok {
			w.give(p.lost(from, q.to))
		}
		return
	}
	if q.token(p.key) != m.token {
		p.counts.foreign++
		return
	}
	w, ok := p.waiting[q]
	if !ok {
		p.counts.unasked++
		return
	}
	p.counts.taken++
	delete(p.waiting, q)
	w.give(reply{kind: answered, words: "icmp: answers", took: now.Sub(w.sent)})
}

// lost is what a "destination unreachable" says. The device's own is an answer; a router's is silence, in its words; and
// this machine's says, some of the time, what silence says anyway.
func (p *pinger) lost(from, to netip.Addr) reply {
	switch {
	case from == to:
		return reply{kind: answered, words: "icmp: refused"}
	case p.own[from]:
		return reply{kind: silent, words: "icmp: no answer"}
	}
	return reply{kind: silent, words: "icmp: host unreachable"}
}

// give hands a reply over; a waiter that has heard enough is not waited for.
func (w waiter) give(r reply) {
	select {
	case w.replies <- r:
	default:
	}
}

// ping sends echoes to one address until it answers or the timeout is over. Turn returns when the next one may leave.
func (p *pinger) ping(ctx context.Context, to netip.Addr, timeout time.Duration, turn func(context.Context) error) outcome {
	replies := make(chan reply, 2*len(waits))
	silence := outcome{kind: silent, words: "icmp: no answer"}
	var sent []query
	defer func() { p.forget(sent) }()
	var failure error
	for _, part := range waits {
		if err := turn(ctx); err != nil {
			return fault(err)
		}
		q, err := p.send(to, replies)
		if err == nil {
			sent = append(sent, q)
		} else if kindOf(err) == ownFault {
			failure = err
		}
		r, err := await(ctx, replies, time.Duration(part*float64(timeout)))
		switch {
		case err != nil:
			return fault(err)
		case r.kind == answered:
			return outcome{kind: answered, words: r.words, took: r.took}
		case r.words != "":
			silence.words = r.words
		}
	}
	if len(sent) == 0 && failure != nil {
		return fault(failure)
	}
	if err := p.failed(); err != nil {
		return fault(err)
	}
	return silence
}

// await returns the first answer that comes within d, or the last word of others on the device, or nothing.
func await(ctx context.Context, replies <-chan reply, d time.Duration) (reply, error) {
	t := time.NewTimer(d)
	defer t.Stop()
	var last reply
	for {
		select {
		case r := <-replies:
			if last = r; r.kind == answered {
				return r, nil
			}
		case <-t.C:
			// What has come by now counts, whichever of the two was seen first.
			for {
				select {
				case r := <-replies:
					if last = r; r.kind == answered {
						return r, nil
					}
				default:
					return last, nil
				}
			}
		case <-ctx.Done():
			return reply{}, context.Cause(ctx)
		}
	}
}

// send sends one request. Whoever waits for its answer is entered before it leaves.
func (p *pinger) send(to netip.Addr, replies chan<- reply) (query, error) {
	p.mu.Lock()
	p.seq++
	q := query{to, p.seq}
	p.waiting[q] = waiter{time.Now(), replies}
	p.mu.Unlock()
	b, err := request(p.v6, p.id, q.seq, q.token(p.key))
	if err == nil {
		_, err = p.socket.WriteTo(b, address(to, p.datagram))
	}
	if err != nil {
		p.forget([]query{q})
		return q, err
	}
	return q, nil
}

func (p *pinger) forget(sent []query) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, q := range sent {
		delete(p.waiting, q)
	}
}

func (p *pinger) failed() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.broken
}
