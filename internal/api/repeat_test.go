package api

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/quorate/quorate/internal/access"
	"github.com/quorate/quorate/internal/view"
	"github.com/quorate/quorate/internal/view/viewtest"
)

type orderBody struct {
	Word string `json:"word"`
}

// orders is a server with a route that counts what it is ordered.
type orders struct {
	now  time.Time
	done int
	http.Handler
}

func newOrders(t *testing.T) *orders {
	t.Helper()
	x := &orders{now: viewtest.Noon}
	s := newServer(t, viewtest.NewLab())
	s.repeats = newRepeats(func() time.Time { return x.now })
	mux := http.NewServeMux()
	api := registry{humago.New(mux, documentConfig("test")), s, mux}
	type in struct{ Body orderBody }
	order := func(_ context.Context, in *in) (*body[orderBody], error) {
		x.done++
		switch in.Body.Word {
		case "conflict":
			return nil, &view.Refused{Conflict: true, Text: "not now"}
		case "refused":
			return nil, &view.Refused{Text: "never"}
		case "broken":
			return nil, fmt.Errorf("open /srv/secret: SELECT 1")
		}
		return &body[orderBody]{orderBody{fmt.Sprint(in.Body.Word, x.done)}}, nil
	}
	example := orderBody{"a"}
	post(api, op{ID: "test-order", Path: "/api/v1/test-order", Summary: "A test.", Scope: access.Admin, Errors: []string{"conflict", "refused"}, Example: example, Sent: example}, order)
	post(api, op{ID: "test-secret", Path: "/api/v1/test-secret", Summary: "A test.", Scope: access.Admin, Secret: true, Example: example, Sent: example}, order)
	x.Handler = s.Handler()
	return x
}

func (x *orders) send(path, key, word string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(`{"word":"`+word+`"}`))
	r.Header.Set("Content-Type", "application/json")
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	w := httptest.NewRecorder()
	x.ServeHTTP(w, r)
	return w
}

func TestOrdersAreRepeated(t *testing.T) {
	x := newOrders(t)
	const path = "/api/v1/test-order"
	first := x.send(path, "k", "a")
	again := x.send(path, "k", "a")
	if first.Code != 200 || again.Code != 200 || x.done != 1 || first.Body.String() != again.Body.String() || again.Header().Get("Idempotency-Replayed") != "true" {
		t.Errorf("sent twice: %d %s, then %d %s; carried out %d times", first.Code, first.Body, again.Code, again.Body, x.done)
	}
	if w := x.send(path, "k", "b"); w.Code != 422 || !strings.Contains(w.Body.String(), `"code":"idempotency_reused"`) {
		t.Errorf("with another body: %d %s", w.Code, w.Body)
	}
	x.send(path, "", "a")
	x.send(path, "other", "a")
	if x.done != 3 {
		t.Errorf("without a key and with another: carried out %d times, want 3", x.done)
	}
	x.now = x.now.Add(repeatFor)
	if x.send(path, "k", "b"); x.done != 4 {
		t.Error("a key is kept for more than its time")
	}
	for word, want := range map[string]string{"conflict": `"code":"conflict","detail":"not now"`, "refused": `"code":"refused","detail":"never"`} {
		w := x.send(path, word, word)
		n := x.done
		if again := x.send(path, word, word); !strings.Contains(w.Body.String(), want) || again.Code != w.Code || x.done != n {
			t.Errorf("%s: %d %s, then %d", word, w.Code, w.Body, again.Code)
		}
	}
	// What failed in the agent may be tried again, and says nothing of why.
	w := x.send(path, "broken", "broken")
	n := x.done
	if x.send(path, "broken", "broken"); w.Code != 500 || strings.Contains(w.Body.String(), "secret") || strings.Contains(w.Body.String(), "SELECT") || x.done != n+1 {
		t.Errorf("broken: %d %s, carried out %d times more", w.Code, w.Body, x.done-n)
	}
	if w := x.send("/api/v1/test-secret", "k", "a"); w.Code != 422 {
		t.Errorf("a key where the answer is a secret: %d %s", w.Code, w.Body)
	}
}

// TestRepeatsAreBounded is that answers are not kept without end.
func TestRepeatsAreBounded(t *testing.T) {
	x := newRepeats(func() time.Time { return viewtest.Noon })
	big := strings.Repeat("x", maxRepeated/4)
	for i := range 3 * maxRepeats {
		id := sumOf(fmt.Sprint(i))
		if _, mine := x.begin(id, id); !mine {
			t.Fatal("a new key is known")
		}
		w := &kept{header: http.Header{}, status: 200}
		if i%100 == 0 {
			w.body.WriteString(big)
		}
		x.end(id, w)
		if x.order.Len() > maxRepeats || x.bytes > maxRepeated || len(x.byKey) != x.order.Len() {
			t.Fatalf("%d answers with %d bytes are kept", x.order.Len(), x.bytes)
		}
	}
}
