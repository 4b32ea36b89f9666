package sdk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk/sourcepb"
)

// watcher is a source that watches by a function.
type watcher struct {
	fake
	watch func(context.Context, func(device.Observation) error) error
}

func (w *watcher) Watch(ctx context.Context, emit func(device.Observation) error) error {
	return w.watch(ctx, emit)
}

func TestWatchWaitsForTheCommit(t *testing.T) {
	returned := make(chan int, 3)
	client := remote(t, &watcher{watch: func(ctx context.Context, emit func(device.Observation) error) error {
		for n := range 3 {
			if err := emit(device.Observation{Identity: device.Identity{Ref: fmt.Sprint(n)}}); err != nil {
				return err
			}
			returned <- n
		}
		<-ctx.Done()
		return context.Cause(ctx)
	}})
	ctx, cancel := context.WithCancel(t.Context())
	var refs []string
	err := client.Watch(ctx, func(h Heard) error {
		if n := len(returned); n > len(refs) {
			t.Errorf("emit returned %d times, %d observations are stored", n, len(refs))
		}
		for _, o := range h.Observations {
			refs = append(refs, o.Ref)
		}
		if len(refs) == 3 {
			cancel()
		}
		return nil
	})
	if d := cmp.Diff([]string{"0", "1", "2"}, refs); d != "" || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %s", err, d)
	}
}

func TestWhatIsNotStoredIsNotAcknowledged(t *testing.T) {
	emitted := make(chan error, 1)
	client := remote(t, &watcher{watch: func(_ context.Context, emit func(device.Observation) error) error {
		err := emit(device.Observation{Identity: device.Identity{Ref: "1"}})
		emitted <- err
		return err
	}})
	full := errors.New("disk full")
	if err := client.Watch(t.Context(), func(Heard) error { return full }); !errors.Is(err, full) {
		t.Errorf("error %v", err)
	}
	if err := <-emitted; err == nil {
		t.Error("emit says that it is stored")
	}
}

func TestWatchSetsAsideWhatIsNotValid(t *testing.T) {
	client := remote(t, &watcher{watch: func(_ context.Context, emit func(device.Observation) error) error {
		for _, o := range []device.Observation{
			{Identity: device.Identity{Ref: "bad"}, Claims: []device.Claim{{Facet: "mood", State: device.StateUp}}},
			{Identity: device.Identity{Ref: "good"}},
		} {
			if err := emit(o); err != nil {
				return err
			}
		}
		return nil
	}})
	var all Heard
	err := client.Watch(t.Context(), func(h Heard) error {
		all.Observations, all.Rejected = append(all.Observations, h.Observations...), append(all.Rejected, h.Rejected...)
		return nil
	})
	if err != nil || len(all.Observations) != 1 || all.Observations[0].Ref != "good" || len(all.Rejected) != 1 || all.Rejected[0].Ref != "bad" ||
		all.Rejected[0].Reason != `claims[0]: unknown facet "mood"` || len(all.Rejected[0].Body) == 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestEmitFromSeveralGoroutines(t *testing.T) {
	const n = 50
	client := remote(t, &watcher{watch: func(_ context.Context, emit func(device.Observation) error) error {
		var wg sync.WaitGroup
		errs := make([]error, n)
		for i := range n {
			wg.Go(func() { errs[i] = emit(device.Observation{Identity: device.Identity{Ref: fmt.Sprint(i)}}) })
		}
		wg.Wait()
		return errors.Join(errs...)
	}})
	refs := map[string]bool{}
	err := client.Watch(t.Context(), func(h Heard) error {
		for _, o := range h.Observations {
			refs[o.Ref] = true
		}
		return nil
	})
	if err != nil || len(refs) != n {
		t.Errorf("%d refs, %v", len(refs), err)
	}
}

// Drain is asked after a poll that overran: a watch has nothing to do with that, and ends with the process.
func TestDrainDoesNotWaitForWatch(t *testing.T) {
	began, ended := make(chan struct{}), make(chan struct{})
	s := newServer(&watcher{watch: func(ctx context.Context, _ func(device.Observation) error) error {
		close(began)
		<-ctx.Done()
		close(ended)
		return context.Cause(ctx)
	}})
	client := serving(t, s.register)
	done := make(chan error, 1)
	go func() { done <- client.Watch(t.Context(), func(Heard) error { return nil }) }()
	<-began
	if err := client.Drain(t.Context()); err != nil {
		t.Errorf("drain: %v", err)
	}
	s.finish()
	<-ended
	if err := <-done; !errors.Is(err, ErrUnavailable) {
		t.Errorf("the watch of a plugin that ends: %v", err)
	}
}

// babbler watches as one would who does not know the contract.
type babbler struct {
	sourcepb.UnimplementedSourceServer
	says []*sourcepb.WatchResponse
}

func (b *babbler) Watch(s grpc.BidiStreamingServer[sourcepb.WatchRequest, sourcepb.WatchResponse]) error {
	for _, m := range b.says {
		if err := s.Send(m); err != nil {
			return err
		}
	}
	return nil
}

func TestForeignWatchIsNotTrusted(t *testing.T) {
	one := func(ref string) *sourcepb.Observation {
		return &sourcepb.Observation{Identity: &sourcepb.Identity{Ref: ref}}
	}
	for _, c := range []struct {
		name string
		says []*sourcepb.WatchResponse
		err  string
		want string // accepted and rejected
	}{
		{"good", []*sourcepb.WatchResponse{{Number: 1, Observations: []*sourcepb.Observation{one("1"), one("2")}}}, "", "1 2 |"},
		{"nothing", []*sourcepb.WatchResponse{{Number: 1}}, "", "|"},
		{"a ref twice", []*sourcepb.WatchResponse{{Number: 1, Observations: []*sourcepb.Observation{one("1"), one("1")}}}, "", "1 | ref was already in this message"},
		{"no identity", []*sourcepb.WatchResponse{{Number: 1, Observations: []*sourcepb.Observation{{}, one("1")}}}, "", "1 | ref is empty"},
		{"rejected there", []*sourcepb.WatchResponse{{Number: 1, Rejected: []*sourcepb.Rejection{{Ref: "1", Reason: "a\nb"}}}}, "", "| a b"},
		{"without a number", []*sourcepb.WatchResponse{{Observations: []*sourcepb.Observation{one("1")}}}, "message 0 of the watch follows number 0", "|"},
		{"a number twice", []*sourcepb.WatchResponse{{Number: 1}, {Number: 1}}, "message 1 of the watch follows number 1", "|"},
		{"a number left out", []*sourcepb.WatchResponse{{Number: 1}, {Number: 3}}, "message 3 of the watch follows number 1", "|"},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := serving(t, func(g *grpc.Server) { sourcepb.RegisterSourceServer(g, &babbler{says: c.says}) })
			var accepted, rejected strings.Builder
			err := client.Watch(t.Context(), func(h Heard) error {
				for _, o := range h.Observations {
					accepted.WriteString(o.Ref + " ")
				}
				for _, r := range h.Rejected {
					rejected.WriteString(" " + r.Reason)
				}
				return nil
			})
			if c.err == "" && err != nil || c.err != "" && (!errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), c.err)) {
				t.Errorf("error %v", err)
			}
			if got := accepted.String() + "|" + rejected.String(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
