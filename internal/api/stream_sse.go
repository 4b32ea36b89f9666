package api

import (
	"bytes"
	"fmt"
	"net/http"
	"time"

	"github.com/quorate/quorate/internal/live"
)

// streamPing is how often a client hears something even if nothing happens.
const streamPing = 15 * time.Second

// stream sends recorded events as server-sent events. A client resumes by Last-Event-ID or ?after=; it gets every
// event behind that number, from the record, and then what comes: no gap and no double, however slow it is.
func (s *Server) stream(w http.ResponseWriter, r *http.Request) {
	want, wrong := s.wanted(r)
	if wrong != nil {
		problem(w, wrong.status, wrong.code, wrong.detail)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	if r.Method == http.MethodHead {
		return
	}
	leave, full := s.places.take(addressOf(r))
	if full != nil {
		h.Del("X-Accel-Buffering")
		h.Set("Retry-After", "5")
		problem(w, full.status, full.code, full.detail)
		return
	}
	defer leave()
	l, err := s.feed.Follow(r.Context(), want.after, want.filter)
	if err != nil {
		s.log.Error("stream not begun", "err", err)
		problem(w, http.StatusInternalServerError, "internal", "The record could not be read; the agent's log says why.")
		return
	}
	defer l.Close()
	s.meter.Clients(kindSSE, 1)
	defer s.meter.Clients(kindSSE, -1)
	listenerOf(r.Context()).boundBuffer(r)

	out := &sse{w: w, rc: http.NewResponseController(w)}
	ping := time.NewTicker(streamPing)
	defer ping.Stop()
	if out.begin(l.Position()) != nil {
		return
	}
	reason := s.carry(r.Context(), l, out, ping.C)
	out.end(reason, l.Position())
	s.dropped(r, kindSSE, reason)
}

// kindSSE and kindWS are the transports as metrics name them.
const (
	kindSSE = "sse"
	kindWS  = "websocket"
)

// sse writes server-sent events to one client, each with a deadline of its own.
type sse struct {
	w  http.ResponseWriter
	rc *http.ResponseController
	b  bytes.Buffer
}

// begin says where the stream begins: a client whose connection breaks before the first event resumes there. A message
// with an id alone sets a browser's Last-Event-ID and calls nobody.
func (s *sse) begin(position int64) error {
	fmt.Fprintf(&s.b, "retry: 3000\nid: %d\n\n", position)
	return s.flush(s.write())
}

func (s *sse) send(b live.Batch, _ int64) error {
	if b.Reset != nil {
		fmt.Fprintf(&s.b, "id: %d\nevent: reset\ndata: {\"type\":\"reset\",\"seq\":%d,\"reason\":%q}\n\n", b.Reset.Seq, b.Reset.Seq, b.Reset.Reason)
		if err := s.write(); err != nil {
			return err
		}
	}
	for _, e := range b.Events {
		fmt.Fprintf(&s.b, "id: %d\nevent: %s\ndata: %s\n\n", e.Seq, e.Type, e.JSON)
		if err := s.write(); err != nil {
			return err
		}
	}
	return s.flush(nil)
}

func (s *sse) beat(position int64) error {
	if position == 0 {
		s.b.WriteString(": ping\n\n")
	} else {
		fmt.Fprintf(&s.b, "id: %d\nevent: position\ndata: {\"type\":\"position\",\"seq\":%d}\n\n", position, position)
	}
	return s.flush(s.write())
}

func (s *sse) end(reason dropReason, position int64) {
	if reason == "" {
		return
	}
	s.b.Reset()
	fmt.Fprintf(&s.b, "id: %d\nevent: dropped\ndata: {\"type\":\"dropped\",\"seq\":%d,\"reason\":%q}\n\n", position, position, reason)
	_ = s.rc.SetWriteDeadline(time.Now().Add(slowWrite)) // of goodbyes none is waited for
	if _, err := s.w.Write(s.b.Bytes()); err == nil {
		_ = s.rc.Flush()
	}
}

// write takes one message out of the buffer.
func (s *sse) write() error {
	defer s.b.Reset()
	if err := s.rc.SetWriteDeadline(time.Now().Add(streamTimeout)); err != nil {
		return err
	}
	_, err := s.w.Write(s.b.Bytes())
	return err
}

func (s *sse) flush(err error) error {
	if err != nil {
		return err
	}
	return s.rc.Flush()
}
