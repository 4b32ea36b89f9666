package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/quorate/quorate/internal/live"
)

const (
	// wsProtocol is the subprotocol that is spoken. A browser that brings a ticket offers this one beside it.
	wsProtocol = "quorate.v1"
	// wsReadLimit is how long a client's message may be, in bytes.
	wsReadLimit = 4 << 10
	// wsFirst is how long the first message may take, wsPing how often a client is asked whether it is there, and wsMissed
	// how many answers in a row may be missing.
	wsFirst  = 10 * time.Second
	wsPing   = 30 * time.Second
	wsMissed = 2
	// wsGoodbye is how long a client has to take leave.
	wsGoodbye = time.Second
)

// socket sends recorded events over a WebSocket to whoever subscribes by its first message.
func (s *Server) socket(w http.ResponseWriter, r *http.Request) {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Connection", "Upgrade")
		problem(w, http.StatusUpgradeRequired, "upgrade_needed", "This address is asked with a WebSocket; /api/v1/stream needs none.")
		return
	}
	if !sameOrigin(r) {
		problem(w, http.StatusForbidden, "cross_site", "Requests from other sites are refused.")
		return
	}
	leave, full := s.places.take(addressOf(r))
	if full != nil {
		w.Header().Set("Retry-After", "5")
		problem(w, full.status, full.code, full.detail)
		return
	}
	defer leave()
	// The HTTP server forgets the connection: whoever stops it waits for this one here.
	defer listenerOf(r.Context()).upgrade()()
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{wsProtocol}, InsecureSkipVerify: true}) // the origin was looked at above
	if err != nil {
		return // answered
	}
	defer func() { _ = conn.CloseNow() }()
	listenerOf(r.Context()).boundBuffer(r)
	conn.SetReadLimit(wsReadLimit)
	s.meter.Clients(kindWS, 1)
	defer s.meter.Clients(kindWS, -1)
	s.dropped(r, kindWS, s.converse(r.Context(), conn))
}

// converse reads what the client wants and carries it to it, and returns why it was dropped.
func (s *Server) converse(ctx context.Context, conn *websocket.Conn) dropReason {
	out := &ws{conn: conn}
	want, wrong, err := s.subscription(ctx, conn)
	switch {
	case wrong != "":
		out.close(websocket.StatusPolicyViolation, wrong)
		return dropProtocol
	case err != nil && ctx.Err() != nil:
		reason := s.ended(ctx, err)
		out.end(reason, 0)
		return reason
	case errors.Is(err, context.DeadlineExceeded):
		return dropProtocol // it said nothing: the library has closed the connection
	case err != nil:
		return protocolOf(err)
	}
	l, err := s.feed.Follow(ctx, want.after, want.filter)
	if err != nil {
		reason := s.ended(ctx, err)
		out.end(reason, 0)
		return reason
	}
	defer l.Close()
	// From here on a client says nothing any more; whoever does is closed by the library with 1008. What ends the
	// conversation must not end reading and writing at once, for the library would cut the connection without a word.
	reading := conn.CloseRead(context.WithoutCancel(ctx))
	talking, stop := context.WithCancel(ctx)
	defer context.AfterFunc(reading, stop)()
	if out.begin(s.feed.Newest()) != nil {
		stop()
		return ""
	}
	silent := make(chan struct{})
	var beating sync.WaitGroup
	beating.Go(func() {
		if missed(talking, conn, s.ping) {
			close(silent)
			_ = conn.CloseNow()
		}
	})
	defer beating.Wait()
	defer stop()
	beat := time.NewTicker(s.ping)
	defer beat.Stop()
	reason := s.carry(talking, l, out, beat.C)
	select {
	case <-silent:
		reason = dropSilent
	default:
	}
	out.end(reason, l.Position())
	return reason
}

// missed pings at every interval until ctx ends, and reports whether too many answers were missing.
func missed(ctx context.Context, conn *websocket.Conn, every time.Duration) bool {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for n := 0; ; {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
		wait, cancel := context.WithTimeout(ctx, every-every/30)
		err := conn.Ping(wait)
		cancel()
		switch {
		case ctx.Err() != nil:
			return false
		case err == nil:
			n = 0
		default:
			if n++; n >= wsMissed {
				return true
			}
		}
	}
}

// sameOrigin reports whether the page that opens a WebSocket is one of the host that is asked: browsers let any page open
// one. A program sends no origin.
func sameOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

// protocolOf is why a client is dropped whose first message could not be read: "" where it left.
func protocolOf(err error) dropReason {
	if websocket.CloseStatus(err) != -1 || !strings.Contains(err.Error(), "limit") {
		return ""
	}
	return dropProtocol
}

// ws writes to one client, each message with a deadline of its own.
type ws struct{ conn *websocket.Conn }

func (o *ws) begin(newest int64) error { return o.write(note("hello", newest, "")) }

func (o *ws) send(b live.Batch, _ int64) error {
	if b.Reset != nil {
		if err := o.write(note("reset", b.Reset.Seq, string(b.Reset.Reason))); err != nil {
			return err
		}
	}
	for _, e := range b.Events {
		if err := o.write(e.JSON); err != nil {
			return err
		}
	}
	return nil
}

func (o *ws) beat(position int64) error {
	if position == 0 {
		return nil // pings are sent beside
	}
	return o.write(note("position", position, ""))
}

// write sends one message. One that does not go out in time breaks the connection.
func (o *ws) write(text []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), streamTimeout)
	defer cancel()
	err := o.conn.Write(ctx, websocket.MessageText, text)
	if err != nil && ctx.Err() != nil {
		return context.DeadlineExceeded
	}
	return err
}

// end closes with a code that says why.
func (o *ws) end(reason dropReason, position int64) {
	switch reason {
	case dropShutdown:
		o.close(websocket.StatusGoingAway, "the agent stops")
	case dropSlow:
		o.close(websocket.StatusTryAgainLater, "too slow: subscribe again after "+itoa(position))
	case dropAccess:
		o.close(websocket.StatusPolicyViolation, "the token or session is over")
	case dropRecord:
		o.close(websocket.StatusInternalError, "the record could not be read; the agent's log says why")
	default:
		_ = o.conn.CloseNow()
	}
}

// close says goodbye and waits for the answer no longer than wsGoodbye.
func (o *ws) close(code websocket.StatusCode, reason string) {
	late := time.AfterFunc(wsGoodbye, func() { _ = o.conn.CloseNow() })
	defer late.Stop()
	_ = o.conn.Close(code, reason)
}
