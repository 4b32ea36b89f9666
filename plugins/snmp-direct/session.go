package snmpdirect

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/gosnmp/gosnmp"
)

// access is how a device is asked.
type access struct {
	host        string
	port        uint16
	transport   string // udp, udp4, udp6 or tcp
	credential  Credential
	answersFrom []netip.AddrPort
	timeout     time.Duration
	retries     int
	limits      limits
}

// limits bound what one device may take. Zero is no limit.
type limits struct {
	device, table time.Duration
	rows          int
}

// session asks one device with one credential. One goroutine uses it.
type session struct {
	ctx    context.Context // of the poll that opened the session and closes it
	way    access
	peer   *peer
	socket socket
	at     netip.AddrPort
	codec  *gosnmp.GoSNMP
	usm    *usm // of v3
	buffer *[maxDatagram]byte
	stop   func() bool
	turn   *turn

	began time.Time
	until time.Time // when the rest of what is read waits for another poll; zero is never
	end   time.Time // when the device's time is over; zero is never
	short bool      // end is the poll's and not the device's own limit
	heard bool      // something was answered
	past  [8]asked  // earlier questions, for late and double answers
	next  int
}

// maxDatagram is what UDP can carry.
const maxDatagram = 1<<16 - 1

// buffers keeps what sessions receive into: one a session that is open, however many devices there are.
var buffers = sync.Pool{New: func() any { return new([maxDatagram]byte) }}

// open opens the socket; turn may be nil. It sends nothing but a name query where the host is a name. Close ends the session.
func open(ctx context.Context, a access, p *peer, turn *turn) (*session, error) {
	s := &session{ctx: ctx, way: a, peer: p, turn: turn, began: time.Now()}
	s.codec = &gosnmp.GoSNMP{Version: a.credential.snmpVersion(), Community: a.credential.Community.Reveal()}
	if s.codec.Version == gosnmp.Version3 {
		s.usm = newUSM(&a.credential, s.codec)
	}
	if a.limits.device > 0 {
		s.end = s.began.Add(a.limits.device)
	}
	end := pollEnd(ctx)
	if turn != nil {
		end = turn.lanes.end
	}
	if !end.IsZero() && (s.end.IsZero() || end.Before(s.end)) {
		s.end, s.short = end, true
	}
	var err error
	if s.socket, s.at, err = dial(ctx, &a); err != nil {
		if over(ctx) {
			return nil, context.Cause(ctx)
		}
		return nil, &failure{class: dialClass(err)}
	}
	s.buffer = buffers.Get().(*[maxDatagram]byte)
	// A read does not hear of an ended context by itself.
	s.stop = context.AfterFunc(ctx, s.socket.close)
	return s, nil
}

func (s *session) close() {
	s.stop()
	s.socket.close()
	buffers.Put(s.buffer)
	s.buffer = nil
}

// remote is the address that is asked, as an IP without port.
func (s *session) remote() string { return s.at.Addr().String() }

// engineID is what a v3 device calls its engine; "" of v1 and v2c.
func (s *session) engineID() string {
	if s.usm == nil {
		return ""
	}
	return octets([]byte(s.usm.engine.id))
}

// over reports whether the poll's time is up. A socket's deadline, which is taken from the context, may fire before the
// context itself knows that it has ended: what looks like a device's silence is ours then.
func over(ctx context.Context) bool {
	if ctx.Err() != nil {
		return true
	}
	const early = 5 * time.Millisecond
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < early {
		<-ctx.Done()
		return true
	}
	return false
}
