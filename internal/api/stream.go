package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

const (
	streamBatch   = 200
	streamPing    = 15 * time.Second
	streamTimeout = 10 * time.Second // for one write: a client that reads nothing is dropped
	// maxStreams is how many clients are served at once: each holds no more than a batch of events.
	maxStreams = 64
)

// stream sends recorded events as server-sent events. A client resumes by Last-Event-ID or ?after=; it gets every
// event behind that number, from the record, and then what comes: no gap and no double, however slow it is.
func (s *Server) stream(w http.ResponseWriter, r *http.Request) {
	after, ok := resumeAt(r, s.read.LastSeq())
	if !ok {
		problem(w, http.StatusBadRequest, "bad_position", "\"after\" and Last-Event-ID take a sequence number.")
		return
	}
	if s.streams.Add(1) > maxStreams {
		s.streams.Add(-1)
		w.Header().Set("Retry-After", "5")
		problem(w, http.StatusServiceUnavailable, "too_many_streams", "As many clients as may listen at once do so already.")
		return
	}
	defer s.streams.Add(-1)
	nudge, unsubscribe := s.sub()
	defer unsubscribe()

	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	out := &sse{w: w, rc: http.NewResponseController(w)}
	if out.send([]byte("retry: 3000\n\n")) != nil {
		return
	}
	ping := time.NewTicker(streamPing)
	defer ping.Stop()
	for {
		for {
			events, err := s.read.Events(r.Context(), after, streamBatch)
			if err != nil {
				if r.Context().Err() == nil {
					s.log.Error("stream ended", "err", err)
				}
				return
			}
			var b bytes.Buffer
			for _, e := range events {
				data, err := json.Marshal(e)
				if err != nil {
					s.log.Error("stream ended", "seq", e.Seq, "err", err)
					return
				}
				fmt.Fprintf(&b, "id: %d\nevent: %s\ndata: %s\n\n", e.Seq, e.Type, data)
				after = e.Seq
			}
			if b.Len() > 0 && out.send(b.Bytes()) != nil {
				return
			}
			if len(events) < streamBatch {
				break
			}
		}
		select {
		case <-r.Context().Done():
			return
		case <-nudge:
		case <-ping.C:
			if out.send([]byte(": ping\n\n")) != nil {
				return
			}
		}
	}
}

// resumeAt says behind which number the client wants to go on; without a wish it is the newest.
func resumeAt(r *http.Request, newest int64) (int64, bool) {
	want := r.Header.Get("Last-Event-ID")
	if q := r.URL.Query().Get("after"); want == "" {
		want = q
	}
	if want == "" {
		return newest, true
	}
	n, err := strconv.ParseInt(want, 10, 64)
	return n, err == nil && n >= 0
}

// sse writes to one client with a deadline for each write.
type sse struct {
	w  http.ResponseWriter
	rc *http.ResponseController
}

func (s *sse) send(b []byte) error {
	if err := s.rc.SetWriteDeadline(time.Now().Add(streamTimeout)); err != nil {
		return err
	}
	if _, err := s.w.Write(b); err != nil {
		return err
	}
	return s.rc.Flush()
}
