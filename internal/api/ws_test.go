package api

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view/viewtest"
)

// dial opens a WebSocket and says first, where it is not "".
func dial(t *testing.T, base, first string, opt *websocket.DialOptions) *websocket.Conn {
	t.Helper()
	c, _, err := websocket.Dial(t.Context(), base+"/api/v1/ws", opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.CloseNow() })
	if first != "" {
		if err := c.Write(t.Context(), websocket.MessageText, []byte(first)); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func hear(t *testing.T, c *websocket.Conn) device.Event {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	kind, text, err := c.Read(ctx)
	if err != nil || kind != websocket.MessageText {
		t.Fatalf("%v %v", kind, err)
	}
	var e device.Event
	if err := json.Unmarshal(text, &e); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return e
}

func TestWebSocket(t *testing.T) {
	t.Parallel()
	l := newLab(300)
	srv := httptest.NewServer(newServer(t, l).Handler())
	t.Cleanup(srv.Close)
	for _, tt := range []struct {
		name, first string
		hello       device.EventType
		seq         int64
		then        []int64 // the numbers of what comes, two events that are recorded then included
	}{
		{"only what comes", `{"type":"subscribe"}`, "hello", 300, nil},
		{"from a position", `{"type":"subscribe","after":297}`, "hello", 300, []int64{298, 299, 300}},
		{"ahead of the record", `{"type":"subscribe","after":5000}`, "hello", 300, nil},
	} {
		c := dial(t, srv.URL, tt.first, nil)
		from := l.LastSeq()
		if e := hear(t, c); e.Type != tt.hello || e.Seq != from {
			t.Errorf("%s: %s %d", tt.name, e.Type, e.Seq)
		}
		if tt.name == "ahead of the record" {
			if e := hear(t, c); e.Type != "reset" || e.Seq != from || e.Reason != "ahead" {
				t.Errorf("%s: %+v", tt.name, e)
			}
		}
		for _, want := range tt.then {
			if e := hear(t, c); e.Seq != want {
				t.Errorf("%s: event %d, want %d", tt.name, e.Seq, want)
			}
		}
	}
	only := dial(t, srv.URL, `{"type":"subscribe","types":["source.*"],"after":0}`, nil)
	if e := hear(t, only); e.Type != "hello" {
		t.Errorf("%+v", e)
	}
	if e := hear(t, only); e.Type != "position" || e.Seq != 300 {
		t.Errorf("%+v", e)
	}
	l.Record(device.Event{Type: device.EventVerdictChanged, At: viewtest.Noon})
	l.Record(device.Event{Type: device.EventSourceBlind, At: viewtest.Noon, Source: "<b>"})
	if e := hear(t, only); e.Seq != 302 || e.Source != "<b>" {
		t.Errorf("%+v", e)
	}
}

func TestWebSocketRefuses(t *testing.T) {
	t.Parallel()
	s, c := newServer(t, newLab(3)), &counts{}
	s.meter = c
	srv := httptest.NewServer(s.Handler())
	t.Cleanup(srv.Close)
	for name, tt := range map[string]struct {
		first string
		kind  websocket.MessageType
		code  websocket.StatusCode
		said  string
	}{
		"not JSON":          {`subscribe`, websocket.MessageText, websocket.StatusPolicyViolation, "subscribe"},
		"another field":     {`{"type":"subscribe","kinds":["x"]}`, websocket.MessageText, websocket.StatusPolicyViolation, "after, types, device and source"},
		"two in one":        {`{"type":"subscribe"}{}`, websocket.MessageText, websocket.StatusPolicyViolation, "more than one"},
		"another type":      {`{"type":"<script>"}`, websocket.MessageText, websocket.StatusPolicyViolation, "not of the type"},
		"null":              {`null`, websocket.MessageText, websocket.StatusPolicyViolation, "not of the type"},
		"a negative after":  {`{"type":"subscribe","after":-2}`, websocket.MessageText, websocket.StatusPolicyViolation, "sequence number"},
		"a huge after":      {`{"type":"subscribe","after":1e99}`, websocket.MessageText, websocket.StatusPolicyViolation, "subscribe"},
		"an unknown type":   {`{"type":"subscribe","types":["verdict"]}`, websocket.MessageText, websocket.StatusPolicyViolation, "no such type"},
		"an unknown device": {`{"type":"subscribe","device":"x"}`, websocket.MessageText, websocket.StatusPolicyViolation, "no device"},
		"bytes":             {`{"type":"subscribe"}`, websocket.MessageBinary, websocket.StatusPolicyViolation, "no text"},
		"too long":          {`{"type":"subscribe","device":"` + strings.Repeat("x", wsReadLimit) + `"}`, websocket.MessageText, websocket.StatusMessageTooBig, ""},
	} {
		conn := dial(t, srv.URL, "", nil)
		_ = conn.Write(t.Context(), tt.kind, []byte(tt.first))
		_, _, err := conn.Read(t.Context())
		if got := websocket.CloseStatus(err); got != tt.code || !strings.Contains(err.Error(), tt.said) {
			t.Errorf("%s: %v", name, err)
		}
	}
	talker := dial(t, srv.URL, `{"type":"subscribe"}`, nil)
	hear(t, talker)
	_ = talker.Write(t.Context(), websocket.MessageText, []byte(`{"type":"subscribe"}`))
	if _, _, err := talker.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
		t.Errorf("a second message: %v", err)
	}
	w := fetch(t, s.Handler(), "/api/v1/ws")
	if w.Code != http.StatusUpgradeRequired {
		t.Errorf("without an upgrade: %d", w.Code)
	}
	for origin, ok := range map[string]bool{"": true, srv.URL: true, "https://elsewhere.example.net": false, "null": false, "http://127.0.0.1:1": false, "::": false} {
		h := http.Header{}
		if origin != "" {
			h.Set("Origin", origin)
		}
		conn, resp, err := websocket.Dial(t.Context(), srv.URL+"/api/v1/ws", &websocket.DialOptions{HTTPHeader: h})
		if (err == nil) != ok {
			t.Errorf("origin %q: %v", origin, err)
		}
		if err != nil && resp.StatusCode != http.StatusForbidden {
			t.Errorf("origin %q: %d", origin, resp.StatusCode)
		}
		if err == nil {
			_ = conn.CloseNow()
		}
	}
}

func TestWebSocketSpeaksItsSubprotocol(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(newServer(t, newLab(1)).Handler())
	t.Cleanup(srv.Close)
	c := dial(t, srv.URL, "", &websocket.DialOptions{Subprotocols: []string{wsProtocol, "quorate.ticket.secret"}})
	if c.Subprotocol() != wsProtocol {
		t.Errorf("%q", c.Subprotocol())
	}
}

// TestWebSocketSaysThatTheAgentStops: Serve does not return before its connections have ended.
func TestWebSocketSaysThatTheAgentStops(t *testing.T) {
	t.Parallel()
	s, c := newServer(t, newLab(2)), &counts{}
	s.meter = c
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, l) }()
	conn := dial(t, "http://"+l.Addr().String(), `{"type":"subscribe"}`, nil)
	hear(t, conn)
	stop()
	if _, _, err := conn.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("%v", err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.clients != 0 || strings.Join(c.drops, "") != "websocket shutdown" {
		t.Errorf("%d clients are left, dropped %v", c.clients, c.drops)
	}
}

func TestWebSocketEndsWithItsToken(t *testing.T) {
	t.Parallel()
	s := newServer(t, newLab(2))
	ctx, end := context.WithCancelCause(t.Context())
	srv := httptest.NewUnstartedServer(s.Handler())
	srv.Config.BaseContext = func(net.Listener) context.Context { return ctx }
	srv.Start()
	t.Cleanup(srv.Close)
	conn := dial(t, srv.URL, `{"type":"subscribe"}`, nil)
	hear(t, conn)
	end(context.DeadlineExceeded)
	if _, _, err := conn.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
		t.Errorf("%v", err)
	}
}
