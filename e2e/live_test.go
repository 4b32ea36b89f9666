package e2e

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// program asks a running agent as a program does.
type program struct {
	t          *testing.T
	url, token string
}

// ask returns the body of an answer that is as wanted.
func (p program) ask(method, path string, want int) string {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+p.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil || resp.StatusCode != want {
		p.t.Fatalf("%s %s: %d %v\n%s", method, path, resp.StatusCode, err, body)
	}
	return string(body)
}

// subscribe opens a WebSocket with a ticket, since a browser cannot send a token with one, and asks for all events.
func (p program) subscribe(ctx context.Context, ticket string) (*websocket.Conn, error) {
	c, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(p.url, "http")+"/api/v1/ws", &websocket.DialOptions{Subprotocols: []string{"quorate.v1", ticket}})
	if err != nil {
		return nil, err
	}
	return c, wsjson.Write(ctx, c, map[string]any{"type": "subscribe", "after": 0})
}

// TestProgramsFollowTheRecord: where a token is demanded, a program scrapes the metrics and follows the record by a
// WebSocket that it opens with a ticket. The ticket is good for one, and the WebSocket ends with the token.
func TestProgramsFollowTheRecord(t *testing.T) {
	t.Parallel()
	agent, c := listening(t, "  listen = \"127.0.0.1:0\"\n  require_tokens = true\n")
	p := program{t, agent.address(), regexp.MustCompile(`qtk_[0-9A-Za-z_]+`).FindString(c.ok(t, "token", "create", "follower", "--scope", "read"))}
	p.ask(http.MethodGet, "/api/v1/devices", http.StatusOK)
	program{t, p.url, "nothing"}.ask(http.MethodGet, "/metrics", http.StatusUnauthorized)
	if metrics := p.ask(http.MethodGet, "/metrics", http.StatusOK); !strings.Contains(metrics, `quorate_source_up{source="lab"}`) {
		t.Errorf("the metrics do not speak of the source:\n%.2000s", metrics)
	}

	var ticket struct{ Protocol string }
	if err := json.Unmarshal([]byte(p.ask(http.MethodPost, "/api/v1/tickets", http.StatusCreated)), &ticket); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ws, err := p.subscribe(ctx, ticket.Protocol)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ws.CloseNow() }()
	for next, up := int64(1), false; !up; {
		var m struct {
			Type, Text string
			Seq        int64
		}
		if err := wsjson.Read(ctx, ws, &m); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(m.Type, ".") {
			continue // it is about the stream, not on record
		}
		if m.Seq != next {
			t.Fatalf("event %d after %d", m.Seq, next-1)
		}
		next, up = next+1, strings.Contains(m.Text, "nas1 is up")
	}
	if again, err := p.subscribe(ctx, ticket.Protocol); err == nil {
		_ = again.CloseNow()
		t.Error("a ticket opened a second WebSocket")
	}
	c.ok(t, "token", "revoke", "follower")
	for err = nil; err == nil; { // events that were on their way may still come
		_, _, err = ws.Read(ctx)
	}
	if ctx.Err() != nil {
		t.Errorf("the WebSocket goes on without its token: %v", err)
	}
	p.ask(http.MethodGet, "/api/v1/devices", http.StatusUnauthorized)
	agent.stop(t, 0)
	if strings.Contains(agent.output(), p.token) || strings.Contains(agent.output(), ticket.Protocol) {
		t.Error("a secret is in what the agent has printed")
	}
}
