package api

import (
	"bytes"
	fifo "container/list"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/quorate/quorate/internal/access"
)

const (
	repeatFor   = 24 * time.Hour
	maxRepeats  = 1000    // answers kept
	maxRepeated = 8 << 20 // bytes of them
	maxKey      = 128
)

func idempotencyParam() *huma.Param {
	most := maxKey
	return &huma.Param{
		Name: "Idempotency-Key", In: "header", Schema: &huma.Schema{Type: huma.TypeString, MaxLength: &most},
		Description: "A word of the client's own for this order. The same order sent again with it within 24 hours is not carried out again: it gets the first answer, with the header Idempotency-Replayed.",
	}
}

// repeats keeps the answers to orders that carry an Idempotency-Key, in memory: an agent that starts anew has none.
type repeats struct {
	now func() time.Time

	mu    sync.Mutex
	byKey map[[32]byte]*fifo.Element // of *answered
	order *fifo.List                 // the oldest first
	bytes int
}

// answered is one order and what was answered; status is 0 while it is being carried out.
type answered struct {
	key, body [32]byte
	at        time.Time
	status    int
	kind      string // its Content-Type
	answer    []byte
}

func newRepeats(now func() time.Time) *repeats {
	return &repeats{now: now, byKey: map[[32]byte]*fifo.Element{}, order: fifo.New()}
}

// serve carries an order out, or repeats the answer that it got before.
func (x *repeats) serve(d dressed, w *kept, r *http.Request) *Problem {
	key := r.Header.Get("Idempotency-Key")
	if key == "" {
		d.next.ServeHTTP(w, r)
		return nil
	}
	if len(key) > maxKey {
		return newProblem("invalid", "The Idempotency-Key is longer than 128 bytes.", Fault{"header.Idempotency-Key", "too long"})
	}
	if d.Secret {
		return newProblem("invalid", "The answer to this order is shown once, so it cannot be repeated: send it without an Idempotency-Key.", Fault{"header.Idempotency-Key", "not taken here"})
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return newProblem("too_large", "The body is larger than 1 MiB.")
	}
	if err != nil {
		return newProblem("malformed", "The body could not be read to its end.")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	caller, _ := access.CallerOf(r.Context())
	id := sumOf(string(caller.Kind), caller.Name, r.URL.Path, key)
	before, mine := x.begin(id, sumOf(r.URL.RawQuery, string(body)))
	switch {
	case mine:
		defer func() { x.end(id, w) }()
		d.next.ServeHTTP(w, r)
		return nil
	case before.body != sumOf(r.URL.RawQuery, string(body)):
		return newProblem("idempotency_reused", "This Idempotency-Key was sent with another order before: take a new one.")
	case before.status == 0:
		return newProblem("in_progress", "The order with this Idempotency-Key is still being carried out: ask again.")
	}
	w.header.Set("Content-Type", before.kind)
	w.header.Set("Idempotency-Replayed", "true")
	w.WriteHeader(before.status)
	_, _ = w.Write(before.answer)
	return nil
}

func sumOf(parts ...string) [32]byte {
	h := sha256.New()
	for _, p := range parts {
		one := sha256.Sum256([]byte(p))
		_, _ = h.Write(one[:])
	}
	return [32]byte(h.Sum(nil))
}

// begin says what came of the order before, or that it is this caller's to carry out.
func (x *repeats) begin(id, body [32]byte) (answered, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	now := x.now()
	for e := x.order.Front(); e != nil && now.Sub(e.Value.(*answered).at) >= repeatFor; e = x.order.Front() {
		x.forget(e)
	}
	if e := x.byKey[id]; e != nil {
		return *e.Value.(*answered), false
	}
	x.byKey[id] = x.order.PushBack(&answered{key: id, body: body, at: now})
	return answered{}, true
}

// end keeps the answer. What failed in the agent, or was not let in, may be tried again.
func (x *repeats) end(id [32]byte, w *kept) {
	x.mu.Lock()
	defer x.mu.Unlock()
	e := x.byKey[id]
	if e == nil {
		return
	}
	if w.status == 0 || w.status >= http.StatusInternalServerError || w.status == http.StatusTooManyRequests {
		x.forget(e)
		return
	}
	a := e.Value.(*answered)
	a.status, a.kind, a.answer = w.status, w.header.Get("Content-Type"), bytes.Clone(w.body.Bytes())
	x.bytes += len(a.answer)
	for x.order.Len() > maxRepeats || x.bytes > maxRepeated {
		x.forget(x.order.Front())
	}
}

func (x *repeats) forget(e *fifo.Element) {
	a := x.order.Remove(e).(*answered)
	delete(x.byKey, a.key)
	x.bytes -= len(a.answer)
}
