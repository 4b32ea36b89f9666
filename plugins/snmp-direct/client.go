package snmpdirect

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/quorate/quorate/device"
)

const (
	maxObjects = 20 // in one GET; many agents answer no more
	maxGets    = 4  // attempts to shrink a GET that is too big
)

// access is how a device is asked.
type access struct {
	host      string
	port      uint16
	transport string
	version   gosnmp.SnmpVersion
	community device.Secret
	timeout   time.Duration
	retries   int
}

// session is one handle for one device, used by one goroutine.
type session struct {
	ctx  context.Context // of the poll that opened the session and closes it
	g    *gosnmp.GoSNMP
	conn *watched
	stop func() bool
	bulk *bulkMemory
	// until, unless it is zero, is when the rest of what is read waits for another poll.
	until time.Time
}

// bulkMemory is what is known of a device's GETBULK, kept between polls.
type bulkMemory struct {
	proven, never bool
}

// open opens the socket. It sends nothing but a name query where the host is a name. Close ends the session.
func open(ctx context.Context, a access, bulk *bulkMemory) (*session, error) {
	g := &gosnmp.GoSNMP{
		Context: ctx, Target: a.host, Port: a.port, Transport: a.transport, Community: a.community.Reveal(), Version: a.version,
		Timeout: a.timeout, Retries: a.retries, MaxOids: 2 * maxColumns,
	}
	if err := g.Connect(); err != nil {
		if over(ctx) {
			return nil, context.Cause(ctx)
		}
		return nil, &failure{class: dialClass(err)}
	}
	s := &session{ctx: ctx, g: g, conn: &watched{Conn: g.Conn}, bulk: bulk}
	g.Conn = s.conn
	// A read does not hear of an ended context by itself. The socket is closed and not the handle, whose Close races with
	// requests.
	s.stop = context.AfterFunc(ctx, func() { _ = s.conn.Close() })
	return s, nil
}

func (s *session) close() {
	s.stop()
	_ = s.conn.Close()
}

// remote is the address that answers, as an IP without port.
func (s *session) remote() string {
	host, _, err := net.SplitHostPort(s.conn.RemoteAddr().String())
	if err != nil {
		return ""
	}
	return host
}

// watched notes what a socket met. gosnmp reports the last attempt's error only: a refusal followed by a timeout, as
// hosts that limit their ICMP cause it, would look like silence. It hides that the socket is a packet one, so that
// gosnmp reads from the connected peer. The fields belong to the goroutine that uses the session.
type watched struct {
	net.Conn
	received int
	worst    class
}

func (w *watched) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	if err == nil {
		w.received++
		return n, nil
	}
	w.note(err)
	return n, err
}

func (w *watched) Write(b []byte) (int, error) {
	n, err := w.Conn.Write(b)
	if err != nil {
		w.note(err)
	}
	return n, err
}

func (w *watched) note(err error) {
	if c := networkClass(err); c != classTimeout && c != classLocal {
		w.worst = c
	}
}

// exchange runs one request of gosnmp and gives its error a class. A reply that gosnmp accepts and that cannot be the
// answer is malformed.
func (s *session) exchange(request func() (*gosnmp.SnmpPacket, error)) (*gosnmp.SnmpPacket, error) {
	if !s.until.IsZero() && time.Now().After(s.until) {
		return nil, &failure{class: classPutOff}
	}
	s.conn.received, s.conn.worst = 0, ""
	p, err := request()
	switch {
	case err != nil && over(s.ctx):
		return nil, context.Cause(s.ctx)
	case err == nil:
		// gosnmp takes request id 0 for the answer to any request.
		if p == nil || p.PDUType != gosnmp.GetResponse || p.RequestID == 0 {
			return nil, &failure{class: classMalformed}
		}
		return p, nil
	}
	switch {
	case s.conn.received > 0:
		// Something came back, but not an answer: broken, or the late answer to an earlier request.
		return nil, &failure{class: classMalformed}
	case s.conn.worst != "":
		return nil, &failure{class: s.conn.worst}
	case isTimeout(err):
		return nil, &failure{class: classTimeout}
	}
	return nil, &failure{class: networkClass(err)}
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

// get reads objects by their dotted names, leading dot included. The result is in the same order; what the device does
// not have is of type NoSuchInstance or NoSuchObject.
func (s *session) get(names []string) ([]gosnmp.SnmpPDU, error) {
	all := make([]gosnmp.SnmpPDU, 0, len(names))
	for len(names) > 0 {
		n := min(maxObjects, len(names))
		part, err := s.getPart(names[:n])
		if err != nil {
			return nil, err
		}
		all = append(all, part...)
		names = names[n:]
	}
	return all, nil
}

func (s *session) getPart(names []string) ([]gosnmp.SnmpPDU, error) {
	missing := map[string]bool{} // objects that a v1 agent refused the whole request for
	for {
		asked := make([]string, 0, len(names))
		for _, n := range names {
			if !missing[n] {
				asked = append(asked, n)
			}
		}
		var got []gosnmp.SnmpPDU
		if len(asked) > 0 {
			p, err := s.exchange(func() (*gosnmp.SnmpPacket, error) { return s.g.Get(asked) })
			if err != nil {
				return nil, err
			}
			switch i := int(p.ErrorIndex) - 1; {
			case p.Error == gosnmp.NoSuchName && i >= 0 && i < len(asked):
				missing[asked[i]] = true
				continue
			case p.Error == gosnmp.TooBig && len(asked) > 1:
				return s.getHalves(names)
			case p.Error != gosnmp.NoError:
				return nil, &failure{class: classStatus, status: p.Error}
			case len(p.Variables) != len(asked):
				return nil, &failure{class: classMalformed}
			}
			got = p.Variables
		}
		all := make([]gosnmp.SnmpPDU, 0, len(names))
		for _, n := range names {
			if missing[n] {
				all = append(all, gosnmp.SnmpPDU{Name: n, Type: gosnmp.NoSuchInstance})
				continue
			}
			if got[0].Name != n {
				return nil, &failure{class: classMalformed}
			}
			all, got = append(all, got[0]), got[1:]
		}
		return all, nil
	}
}

func (s *session) getHalves(names []string) ([]gosnmp.SnmpPDU, error) {
	first, err := s.getPart(names[:len(names)/2])
	if err != nil {
		return nil, err
	}
	second, err := s.getPart(names[len(names)/2:])
	return append(first, second...), err
}

// ended reports whether err is the end of the poll's context rather than something about the device.
func ended(err error) bool {
	if err == nil {
		return false
	}
	_, isFailure := errors.AsType[*failure](err)
	return !isFailure
}

// splitPort reads "host", "host:port", "[v6]:port" and a bare IPv6 address.
func splitPort(address string) (host, port string) {
	if h, p, err := net.SplitHostPort(address); err == nil {
		return h, p
	}
	return strings.Trim(address, "[]"), ""
}
