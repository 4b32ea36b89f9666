package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strconv"

	"github.com/coder/websocket"

	"github.com/quorate/quorate/internal/live"
)

// subscribe is the first message of a client, and the only one.
type subscribe struct {
	Type string `json:"type"`
	// After is where to go on; absent means with what comes.
	After  *int64   `json:"after"`
	Types  []string `json:"types"`
	Device string   `json:"device"`
	Source string   `json:"source"`
}

// subscription reads the first message. Wrong is what is wrong with it, in words for its sender that hold none of its own.
func (s *Server) subscription(ctx context.Context, conn *websocket.Conn) (w wanted, wrong string, err error) {
	ctx, cancel := context.WithTimeout(ctx, wsFirst)
	defer cancel()
	kind, text, err := conn.Read(ctx)
	if err != nil {
		return w, "", err
	}
	if kind != websocket.MessageText {
		return w, "the first message is no text", nil
	}
	w, wrong = s.understood(text)
	return w, wrong, nil
}

func (s *Server) understood(text []byte) (w wanted, wrong string) {
	var m subscribe
	in := json.NewDecoder(bytes.NewReader(text))
	in.DisallowUnknownFields()
	if in.Decode(&m) != nil {
		return w, `the first message is no {"type":"subscribe",...} with after, types, device and source`
	}
	if _, err := in.Token(); err != io.EOF { //nolint:errorlint // Token returns it bare
		return w, "the first message is more than one"
	}
	if m.Type != "subscribe" {
		return w, `the first message is not of the type "subscribe"`
	}
	w.after = live.Newest
	if m.After != nil {
		if w.after = *m.After; w.after < 0 {
			return w, `"after" takes a sequence number`
		}
	}
	filter, mistake := s.filterOf(m.Types, m.Device, m.Source)
	if mistake != nil {
		return w, mistake.detail
	}
	w.filter = filter
	return w, ""
}

// note is a message that is no event.
func note(kind string, seq int64, reason string) []byte {
	text := `{"type":"` + kind + `","seq":` + itoa(seq)
	if reason != "" {
		text += `,"reason":"` + reason + `"`
	}
	return []byte(text + "}")
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
