package snmpdirect

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"slices"
	"time"
)

const (
	// maxTrap is the largest datagram that is read; agents send less than an Ethernet frame.
	maxTrap = 8 << 10
	// perSender and inAll bound the datagrams a second that are read further than their sender's address. As many
	// again may come at once.
	perSender = 20
	inAll     = 500
	// recentTraps are those of a sender by which a repeated one is known.
	recentTraps = 32
	// tellEvery is how often it is logged, at most, that traps are ignored.
	tellEvery = time.Minute
	// maxSenders bounds what is remembered of senders and of their engines.
	maxSenders = 10_000
)

// ear hears traps at one socket. All but the agenda belongs to the goroutine of hear.
type ear struct {
	*trapSettings
	agenda  *agenda
	now     func() time.Time
	seed    maphash.Seed
	all     bucket
	senders map[netip.Addr]*trapSender
	engines map[string]engine
	counts  map[refusal]int
	toldAt  time.Time
}

type trapSender struct {
	bucket bucket
	recent [recentTraps]uint64
	next   int
}

func newEar(s *trapSettings, a *agenda, now func() time.Time) *ear {
	return &ear{
		trapSettings: s, agenda: a, now: now, seed: maphash.MakeSeed(), all: bucket{rate: inAll},
		senders: map[netip.Addr]*trapSender{}, engines: map[string]engine{}, counts: map[refusal]int{},
	}
}

// hear reads datagrams until the socket is closed.
func (e *ear) hear(conn *net.UDPConn) error {
	buf := make([]byte, maxTrap)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buf)
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			// A port that refused an answer of ours is told by the next read.
			if networkClass(err) == classRefused {
				continue
			}
			return fmt.Errorf(`"traps": listening at %s: %s`, e.listen, networkClass(err))
		}
		reply, why := e.take(buf[:n], from.Addr().Unmap().WithZone(""))
		if why != "" {
			e.ignore(why)
		}
		if reply != nil {
			_, _ = conn.WriteToUDPAddrPort(reply, from) // what does not arrive is asked again
		}
	}
}

// take looks at one datagram: who sent it, before anything of it is read. It returns what is to be answered, and why it
// is ignored.
func (e *ear) take(datagram []byte, from netip.Addr) ([]byte, refusal) {
	now := e.now()
	if !e.all.take(now) {
		return nil, refusedRate
	}
	relay := slices.Contains(e.relays, from)
	targets := e.book.find(from)
	if len(targets) == 0 && !relay {
		return nil, refusedSender
	}
	s := e.sender(from)
	if !s.bucket.take(now) {
		return nil, refusedRate
	}
	t, why := e.reader.read(datagram)
	switch {
	case why != "":
		return nil, why
	case t.ask:
		return t.reply, ""
	case e.repeated(s, datagram), e.outdated(&t):
		return t.reply, refusedReplay
	case t.kind == trapWrongSecret:
		return t.reply, refusedLocked
	}
	if relay && t.about.IsValid() {
		targets = e.book.find(t.about)
	}
	if len(targets) == 0 {
		return t.reply, refusedSender
	}
	for _, i := range targets {
		e.agenda.hasten(i, now)
	}
	return t.reply, ""
}

func (e *ear) sender(from netip.Addr) *trapSender {
	s := e.senders[from]
	if s == nil {
		if len(e.senders) >= maxSenders {
			clear(e.senders)
		}
		s = &trapSender{bucket: bucket{rate: perSender}}
		e.senders[from] = s
	}
	return s
}

// repeated reports whether the same datagram came lately: an inform that is sent again, a copy, or a replay.
func (e *ear) repeated(s *trapSender, datagram []byte) bool {
	sum := maphash.Bytes(e.seed, datagram) | 1 // never that of an empty place
	if slices.Contains(s.recent[:], sum) {
		return true
	}
	s.recent[s.next] = sum
	s.next = (s.next + 1) % len(s.recent)
	return false
}

// outdated reports whether a signed trap is older than one that its engine has sent before.
func (e *ear) outdated(t *trap) bool {
	if t.engine.id == "" {
		return false
	}
	last, known := e.engines[t.engine.id]
	switch {
	case known && (t.engine.boots < last.boots || (t.engine.boots == last.boots && t.engine.time+timeWindow < last.time)):
		return true
	case known && t.engine.boots == last.boots && t.engine.time < last.time:
		return false
	case !known && len(e.engines) >= maxSenders:
		clear(e.engines)
	}
	e.engines[t.engine.id] = t.engine
	return false
}

// ignore counts, and tells the counts now and then.
func (e *ear) ignore(why refusal) {
	e.counts[why]++
	now := e.now()
	if !e.toldAt.IsZero() && now.Sub(e.toldAt) < tellEvery {
		return
	}
	e.toldAt = now
	attrs := make([]any, 0, 2*len(e.counts))
	for _, w := range slices.Sorted(maps.Keys(e.counts)) {
		attrs = append(attrs, string(w), e.counts[w])
	}
	slog.Info("traps were ignored", slog.Group("ignored", attrs...))
	clear(e.counts)
}

// bucket lets through so many a second, and as many at once.
type bucket struct {
	rate float64
	left float64
	at   time.Time
}

func (b *bucket) take(now time.Time) bool {
	if b.at.IsZero() {
		b.left = b.rate
	} else {
		b.left = min(b.rate, b.left+max(0, now.Sub(b.at).Seconds())*b.rate)
	}
	b.at = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}

// listenForTraps opens the socket. It closes when ctx ends.
func (s *trapSettings) listenForTraps(ctx context.Context) (*net.UDPConn, error) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(s.listen))
	if err != nil {
		return nil, fmt.Errorf(`"traps": "listen" is %s, and this machine does not let it: %w: another program may have the port, and ports below 1024 need a right`, s.listen, errors.Unwrap(err))
	}
	context.AfterFunc(ctx, func() { _ = conn.Close() })
	return conn, nil
}
