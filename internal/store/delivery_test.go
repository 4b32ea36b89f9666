package store_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/pipeline"
)

// patience is how long a test waits for what is to come. Nothing is measured by it.
const patience = time.Minute

// noLeaks looks, after all else has ended, whether a goroutine is left over.
func noLeaks(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
}

// inbox is a receiver's list of what came, in order.
type inbox struct {
	mu     sync.Mutex
	bodies []string
	keys   []string
}

func (b *inbox) add(key string, body []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.keys, b.bodies = append(b.keys, key), append(b.bodies, string(body))
}

func (b *inbox) all() (keys, bodies []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.keys), slices.Clone(b.bodies)
}

// postSink posts each event by itself.
type postSink struct {
	name, url string
	client    *http.Client
}

func (s *postSink) Name() string { return s.name }

func (s *postSink) Deliver(ctx context.Context, events []device.Event) (int, error) {
	for i := range events {
		if err := s.post(ctx, &events[i]); err != nil {
			return i, err
		}
	}
	return len(events), nil
}

func (s *postSink) post(ctx context.Context, e *device.Event) error {
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(b))
	if err != nil {
		return err
	}
	req.Header.Set("Idempotency-Key", e.ID)
	res, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode == http.StatusRequestEntityTooLarge:
		return pipeline.Permanent(errors.New(res.Status))
	case res.StatusCode != http.StatusNoContent:
		return errors.New(res.Status)
	}
	return nil
}

// receiver is an HTTP server that takes what answer lets through.
func receiver(t *testing.T, name string, answer func(body []byte) int) (*inbox, *postSink) {
	t.Helper()
	in := &inbox{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		code := http.StatusBadRequest
		if err == nil {
			code = answer(b)
		}
		if code == http.StatusNoContent {
			in.add(r.Header.Get("Idempotency-Key"), b)
		}
		w.WriteHeader(code)
	}))
	t.Cleanup(srv.Close)
	return in, &postSink{name: name, url: srv.URL, client: srv.Client()}
}

// trickle is a receiver that reads a byte a second and answers when it has a line: never in time.
func trickle(t *testing.T) (address string, bytesRead *atomic.Int64) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	bytesRead = &atomic.Int64{}
	var wg sync.WaitGroup
	stop := make(chan struct{})
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer func() { _ = c.Close() }()
				tick := time.NewTicker(time.Second)
				defer tick.Stop()
				for one := make([]byte, 1); ; {
					if _, err := c.Read(one); err != nil {
						return
					}
					bytesRead.Add(1)
					select {
					case <-tick.C:
					case <-stop:
						return
					}
				}
			})
		}
	})
	t.Cleanup(func() {
		close(stop)
		_ = l.Close()
		wg.Wait()
	})
	return l.Addr().String(), bytesRead
}

// lineSink sends lines over a connection and waits for an answer to each.
type lineSink struct {
	address string
	calls   atomic.Int64
	out     atomic.Int64
	beside  atomic.Bool // two calls at once
}

func (s *lineSink) Name() string { return "trickle" }

func (s *lineSink) Deliver(ctx context.Context, events []device.Event) (int, error) {
	s.calls.Add(1)
	if s.out.Add(1) > 1 {
		s.beside.Store(true)
	}
	defer s.out.Add(-1)
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.address)
	if err != nil {
		return 0, err
	}
	defer func() { _ = c.Close() }()
	defer context.AfterFunc(ctx, func() { _ = c.Close() })()
	for i := range events {
		if err := json.NewEncoder(c).Encode(&events[i]); err != nil {
			return i, err
		}
		if _, err := c.Read(make([]byte, 1)); err != nil {
			return i, err
		}
	}
	return len(events), nil
}

// oddSink panics, or never returns, until it is well.
type oddSink struct {
	name string
	well atomic.Bool
	free chan struct{} // where not nil, a call waits for it
	got  inbox
}

func (s *oddSink) Name() string { return s.name }

func (s *oddSink) Deliver(_ context.Context, events []device.Event) (int, error) {
	if s.free != nil {
		<-s.free
	}
	if s.free == nil && !s.well.Load() {
		panic("a mistake of mine")
	}
	for i := range events {
		b, err := json.Marshal(&events[i])
		if err != nil {
			return i, err
		}
		s.got.add(events[i].ID, b)
	}
	return len(events), nil
}

// agentOf is a running pipeline on a real store.
type agentOf struct {
	*pipeline.Pipeline
	store *store.Store
	end   func()
}

func startAgent(t *testing.T, dir string, routes ...pipeline.Route) *agentOf {
	t.Helper()
	s, err := store.Open(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range routes {
		r := &routes[i]
		if r.Timeout == 0 {
			r.Timeout = 10 * time.Second
		}
		r.First, r.Most = 5*time.Millisecond, 50*time.Millisecond
	}
	cfg := pipeline.Config{Consensus: consensus.Config{Sources: map[string]consensus.Source{"mon0": {Name: "mon0", Interval: time.Minute}}}}
	p, err := pipeline.New(cfg, pipeline.Options{Journal: s, Routes: routes})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	<-p.Ready()
	a := &agentOf{Pipeline: p, store: s}
	a.end = sync.OnceFunc(func() {
		stop()
		if err := errors.Join(<-ended, s.Close()); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(a.end)
	return a
}

// happen records n events, a few a commit.
func (a *agentOf) happen(t *testing.T, n int) {
	t.Helper()
	for n > 0 {
		events := make([]device.Event, min(n, 7))
		for i := range events {
			events[i] = device.Event{Type: device.EventSourceCrashed, Source: "mon0", Text: fmt.Sprint("crash ", n-i)}
		}
		if err := a.AddEvents(t.Context(), events); err != nil {
			t.Fatal(err)
		}
		n -= len(events)
	}
}

// await waits until what is so.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func (a *agentOf) status(name string) device.SinkStatus {
	for _, s := range a.SinkStatus() {
		if s.Name == name {
			return s
		}
	}
	return device.SinkStatus{}
}

// wantAll compares what came with the record: all of it, in order, with its ids, and what came again byte for byte.
func (a *agentOf) wantAll(t *testing.T, who string, in *inbox, except ...int64) {
	t.Helper()
	events, err := a.store.Events(context.Background(), 0, 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	keys, bodies := in.all()
	next := 0
	for i := range events {
		e := &events[i]
		if slices.Contains(except, e.Seq) {
			continue
		}
		b, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if next == len(keys) || keys[next] != e.ID || bodies[next] != string(b) {
			t.Fatalf("%s: at place %d of %d there is not event %d", who, next, len(keys), e.Seq)
		}
		for next++; next < len(keys) && keys[next] == e.ID; next++ {
			if bodies[next] != string(b) {
				t.Errorf("%s: event %d came again with other bytes", who, e.Seq)
			}
		}
	}
	if next != len(keys) {
		t.Errorf("%s: %d more came than there are", who, len(keys)-next)
	}
}

// One sink is well and has bad company: refused connections, a byte a second, panics, a call that never ends, an event
// that can never be taken. It has everything in order all the while, and each of the others once it is well.
func TestSinkInBadCompany(t *testing.T) {
	noLeaks(t)
	const n = 300
	ok := func([]byte) int { return http.StatusNoContent }
	var up atomic.Bool
	live, liveSink := receiver(t, "live", ok)
	dead, deadSink := receiver(t, "dead", func([]byte) int {
		if up.Load() {
			return http.StatusNoContent
		}
		return http.StatusServiceUnavailable
	})
	picky, pickySink := receiver(t, "picky", func(b []byte) int {
		var e device.Event
		if json.Unmarshal(b, &e) != nil || e.Seq == 7 {
			return http.StatusRequestEntityTooLarge
		}
		return http.StatusNoContent
	})
	address, read := trickle(t)
	slow := &lineSink{address: address}
	panics, stuck := &oddSink{name: "panics"}, &oddSink{name: "stuck", free: make(chan struct{})}
	a := startAgent(t, t.TempDir()+"/data", pipeline.Route{Sink: deadSink}, pipeline.Route{Sink: slow, Timeout: 300 * time.Millisecond}, pipeline.Route{Sink: panics},
		pipeline.Route{Sink: stuck, Timeout: 50 * time.Millisecond}, pipeline.Route{Sink: pickySink, Batch: 16}, pipeline.Route{Sink: liveSink})
	a.happen(t, n)
	for _, name := range []string{"live", "picky"} {
		await(t, name+" has everything", func() bool { return a.status(name).Waiting == 0 })
	}
	a.wantAll(t, "live", live)
	a.wantAll(t, "picky", picky, 7)
	await(t, "the others are seen to fail", func() bool {
		return a.status("dead").State == device.SinkFailing && a.status("trickle").Error != "" && a.status("stuck").State == device.SinkStuck && read.Load() > 0
	})
	if s := a.status("dead"); s.Waiting != a.LastSeq() || s.Delivered != 0 || s.Error != "503 Service Unavailable" {
		t.Errorf("dead: %+v", s)
	}
	if s := a.status("picky"); s.SetAside != 1 {
		t.Errorf("picky: %+v", s)
	}
	// The panics were taken for the event's fault once, and no more.
	if s := a.status("panics"); s.SetAside > 1 || s.Delivered != 0 {
		t.Errorf("panics: %+v", s)
	}
	up.Store(true)
	panics.well.Store(true)
	close(stuck.free)
	for _, name := range []string{"dead", "panics", "stuck"} {
		await(t, name+" has everything", func() bool { return a.status(name).Waiting == 0 })
	}
	a.wantAll(t, "dead", dead)
	a.wantAll(t, "stuck", &stuck.got)
	var aside []int64
	if a.status("panics").SetAside == 1 {
		aside = []int64{1}
		if err := a.Redeliver(t.Context(), "panics", 1); err != nil {
			t.Errorf("handed over again: %v", err)
		}
		panics.got.mu.Lock()
		last := len(panics.got.keys) - 1
		panics.got.keys, panics.got.bodies = panics.got.keys[:last], panics.got.bodies[:last]
		panics.got.mu.Unlock()
	}
	a.wantAll(t, "panics", &panics.got, aside...)
	if s := a.status("trickle"); s.Delivered != 0 || s.Waiting != a.LastSeq() || slow.beside.Load() {
		t.Errorf("trickle: %+v, two calls at once: %v", s, slow.beside.Load())
	}
	a.end()
}

// Sinks come and go, and others take the place of those of their names, while events are recorded without a pause.
func TestRoutesChangeUnderLoad(t *testing.T) {
	noLeaks(t)
	ok := func([]byte) int { return http.StatusNoContent }
	stays, staysSink := receiver(t, "stays", ok)
	hub, hubSink := receiver(t, "hub", ok)
	again := func() pipeline.Route {
		s := *hubSink // another value of the same name
		return pipeline.Route{Sink: &s}
	}
	a := startAgent(t, t.TempDir()+"/data", pipeline.Route{Sink: staysSink}, again())
	var wg sync.WaitGroup
	wg.Go(func() { a.happen(t, 700) })
	for i := range 50 { // the last one has both
		routes := []pipeline.Route{{Sink: staysSink}, again(), {Sink: &oddSink{name: fmt.Sprint("short-lived ", i)}}}
		if i%3 == 0 {
			routes = routes[:1]
		}
		if err := a.SetRoutes(routes); err != nil {
			t.Fatal(err)
		}
	}
	wg.Wait()
	for _, name := range []string{"stays", "hub"} {
		await(t, name+" has everything", func() bool { return a.status(name).Waiting == 0 })
	}
	a.wantAll(t, "stays", stays)
	a.wantAll(t, "hub", hub)
	a.end()
}

// At the cap the count is exact to the event, over a restart in the middle of it.
func TestDroppedExactly(t *testing.T) {
	noLeaks(t)
	const limit = 40
	var up atomic.Bool
	in, sink := receiver(t, "hub", func([]byte) int {
		if up.Load() {
			return http.StatusNoContent
		}
		return http.StatusBadGateway
	})
	dir := t.TempDir() + "/data"
	var a *agentOf
	for range 3 {
		a = startAgent(t, dir, pipeline.Route{Sink: sink, Cap: limit, AtCap: pipeline.DropOldest})
		a.happen(t, 100)
		a.end()
	}
	a = startAgent(t, dir, pipeline.Route{Sink: sink, Cap: limit, AtCap: pipeline.DropOldest})
	await(t, "the cap is kept", func() bool {
		s := a.status("hub")
		return s.Waiting == limit && s.Dropped == a.LastSeq()-limit
	})
	up.Store(true)
	await(t, "it has what waited", func() bool { s := a.status("hub"); return s.Waiting == 0 && s.State == device.SinkOK })
	s := a.status("hub")
	events, err := a.store.Events(t.Context(), s.Dropped, 1000)
	if err != nil {
		t.Fatal(err)
	}
	keys, _ := in.all()
	var want []string
	for _, e := range events {
		want = append(want, e.ID)
	}
	if !slices.Equal(keys[:min(len(keys), len(want))], want[:min(len(keys), len(want))]) || int64(len(keys))+s.Dropped < 300 {
		t.Errorf("%d came and %d were dropped of %d", len(keys), s.Dropped, a.LastSeq())
	}
	a.end()
}
