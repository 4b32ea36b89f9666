package api

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view/viewtest"
)

// A client that leaves two pings in a row without an answer is dropped, and one that answers is not.
func TestWebSocketPings(t *testing.T) {
	t.Parallel()
	const pings = 4
	for name, answers := range map[string]bool{"answers": true, "silent": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(3)
			s, c := newServer(t, l), &counts{}
			s.meter, s.ping = c, 400*time.Millisecond
			srv := httptest.NewServer(s.Handler())
			t.Cleanup(srv.Close)
			asked := make(chan struct{}, 1000)
			conn := dial(t, srv.URL, `{"type":"subscribe"}`, &websocket.DialOptions{OnPingReceived: func(context.Context, []byte) bool {
				asked <- struct{}{}
				return answers
			}})
			hear(t, conn)
			if !answers {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				if _, text, err := conn.Read(ctx); err == nil || ctx.Err() != nil {
					t.Fatalf("not dropped: %s %v", text, err)
				}
				for c.dropped() == "" && ctx.Err() == nil {
					time.Sleep(time.Millisecond)
				}
				if n := len(asked); n != wsMissed {
					t.Errorf("dropped after %d pings", n)
				}
			} else {
				// An event after some pings still comes; pings are answered while one waits for it.
				go func() {
					for range pings {
						<-asked
					}
					l.Record(device.Event{Type: device.EventVerdictChanged, At: viewtest.Noon})
				}()
				if e := hear(t, conn); e.Seq != 4 {
					t.Errorf("%+v", e)
				}
			}
			if got := c.dropped(); (got == "websocket silent") == answers {
				t.Errorf("dropped %q", got)
			}
		})
	}
}

// dropped is who was dropped and why.
func (c *counts) dropped() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.drops, ", ")
}
