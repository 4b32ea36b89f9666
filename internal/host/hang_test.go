package host

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/quorate/quorate/device"
)

// TestWhatHasEndedDoesNotHang: health checks of a process that has ended go unanswered, for as long as it takes to end what
// it left. It has crashed all the same; one that lives and does not answer hangs.
func TestWhatHasEndedDoesNotHang(t *testing.T) {
	t.Parallel()
	for want, ended := range map[device.EventType]bool{device.EventSourceCrashed: true, device.EventSourceHung: false} {
		l := limits{healthEvery: time.Millisecond, healthRetry: time.Millisecond, healthTimeout: time.Minute, healthy: time.Hour, missed: 3}
		var checks atomic.Int64
		conn, err := grpc.NewClient("passthrough:///nobody", grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithUnaryInterceptor(func(context.Context, string, any, any, *grpc.ClientConn, grpc.UnaryInvoker, ...grpc.CallOption) error {
				checks.Add(1)
				return status.Error(codes.Unavailable, "gone")
			}))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		s := newSource(&Host{log: discard(), limits: l}, Spec{Name: "lab"}, func() {})
		logs := newLogs(discard(), newTexts(nil), &atomic.Int64{})
		p := &process{conn: conn, limits: l, run: newRun(&program{}, s.host, Limits{}.orDefault(), nil, logs, &atomic.Int64{})}
		if ended {
			close(p.run.fallen)
		}
		result := make(chan error, 1)
		go func() { result <- s.watch(t.Context(), p, &history{}) }()
		if ended {
			eventually(t, "many checks are unanswered", func() bool { return checks.Load() > 10 })
			close(p.run.exited)
		}
		f, ok := errors.AsType[*failure](<-result)
		if !ok || f.kind != want {
			t.Errorf("ended %v: %v, want %s", ended, f, want)
		}
	}
}
