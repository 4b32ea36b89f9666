package sdk

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk/sourcepb"
)

// serving connects a client to a server in this process, over gRPC.
func serving(t *testing.T, register func(*grpc.Server)) *Client {
	t.Helper()
	l := bufconn.Listen(1 << 20)
	g := grpc.NewServer()
	register(g)
	done := make(chan error, 1)
	go func() { done <- g.Serve(l) }()
	conn, err := grpc.NewClient("passthrough:///test", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		g.Stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return NewClient(conn)
}

func remote(t *testing.T, src Source) *Client {
	t.Helper()
	return serving(t, newServer(src).register)
}

// fake is a source of functions; it can poll alone.
type fake struct {
	configure func([]byte) error
	poll      func(context.Context, func(device.Observation) error) error
}

func (f *fake) Info() Info { return Info{Type: "fake", Version: "1"} }

func (f *fake) Configure(_ context.Context, b []byte) error {
	if f.configure == nil {
		return nil
	}
	return f.configure(b)
}

func (f *fake) Poll(ctx context.Context, emit func(device.Observation) error) error {
	return f.poll(ctx, emit)
}

// able is a source that can do everything.
type able struct {
	fake
	committed chan uint64
}

func (a *able) Committed(_ context.Context, n uint64) { a.committed <- n }

func (a *able) Probe(_ context.Context, ref string) (device.Observation, error) {
	switch ref {
	case "none":
		return device.Observation{}, errors.New("no such device")
	case "another":
		ref = "not " + ref
	case "broken":
		return device.Observation{Identity: device.Identity{Ref: ref, Name: "\xff"}}, nil
	}
	return device.Observation{Identity: device.Identity{Ref: ref}}, nil
}

func (a *able) Watch(context.Context, func(device.Observation) error) error { return nil }

func (a *able) Follow(context.Context, []Followed) error { return nil }

func (a *able) Receive(_ context.Context, p Push) ([]string, error) {
	return []string{p.ContentType, string(p.Body)}, nil
}

func (a *able) Check(context.Context) ([]Finding, error) {
	return []Finding{
		{Topic: "server", Level: LevelOK, Value: "1.2", Text: "version 1.2\x1b[31m\xff"},
		{Topic: "time\nzone", Level: "of the future", HCL: "step = \"1s\"\r\n\t# why\n"},
	}, nil
}

func (a *able) Rejected() []device.Rejection {
	return []device.Rejection{{Ref: "r", Reason: "line 7: nonsense\nand more", Body: []byte("nonsense")}}
}

func emitN(n int) func(context.Context, func(device.Observation) error) error {
	return func(_ context.Context, emit func(device.Observation) error) error {
		for i := range n {
			if err := emit(device.Observation{Identity: device.Identity{Ref: fmt.Sprint(i)}}); err != nil {
				return err
			}
		}
		return nil
	}
}

func TestPollKeepsOrderAndCount(t *testing.T) {
	for _, n := range []int{0, 1, batchCount, batchCount + 1, 1234} {
		p, err := remote(t, &fake{poll: emitN(n)}).Poll(t.Context(), 1)
		if err != nil || len(p.Observations) != n {
			t.Fatalf("%d of %d observations, %v", len(p.Observations), n, err)
		}
		for i, o := range p.Observations {
			if o.Ref != fmt.Sprint(i) {
				t.Fatalf("observation %d has ref %q", i, o.Ref)
			}
		}
	}
}

func TestLargeObservationsFitIntoMessages(t *testing.T) {
	const each = 900 << 10
	p, err := remote(t, &fake{poll: func(_ context.Context, emit func(device.Observation) error) error {
		for i := range 20 {
			if err := emit(device.Observation{Identity: device.Identity{Ref: fmt.Sprint(i)}, Claims: []device.Claim{{
				Facet: device.FacetReach, State: device.StateUp, Raw: strings.Repeat("x", each),
			}}}); err != nil {
				return err
			}
		}
		return nil
	}}).Poll(t.Context(), 1)
	if err != nil || len(p.Observations) != 20 {
		t.Errorf("%d observations, %v", len(p.Observations), err)
	}
}

func TestPollLimits(t *testing.T) {
	_, err := remote(t, &fake{poll: emitN(MaxPollObservations + 1)}).Poll(t.Context(), 1)
	if err == nil || !strings.Contains(err.Error(), "more than 20000 observations") {
		t.Errorf("too many: %v", err)
	}
	_, err = remote(t, &fake{poll: func(ctx context.Context, emit func(device.Observation) error) error {
		o := device.Observation{Claims: []device.Claim{{Facet: device.FacetReach, State: device.StateUp, Raw: strings.Repeat("x", 1<<20-200)}}}
		for i := 0; ; i++ {
			o.Ref = fmt.Sprint(i)
			if err := emit(o); err != nil {
				return err
			}
		}
	}}).Poll(t.Context(), 1)
	if err == nil || !strings.Contains(err.Error(), "larger than 64 MiB") {
		t.Errorf("too much: %v", err)
	}
}

func TestManyRejectionsAreCounted(t *testing.T) {
	p, err := remote(t, &fake{poll: func(_ context.Context, emit func(device.Observation) error) error {
		for range 1000 {
			if err := emit(device.Observation{}); err != nil {
				return err
			}
		}
		return emit(device.Observation{Identity: device.Identity{Ref: "1"}})
	}}).Poll(t.Context(), 1)
	if err != nil || len(p.Observations) != 1 || len(p.Rejected) != maxRejected+1 || p.Rejected[maxRejected].Reason != "900 more were rejected" {
		t.Errorf("%d observations, %d rejected, %v", len(p.Observations), len(p.Rejected), err)
	}
}

func TestSameRefTwice(t *testing.T) {
	p, err := remote(t, &fake{poll: func(_ context.Context, emit func(device.Observation) error) error {
		for _, name := range []string{"first", "second"} {
			if err := emit(device.Observation{Identity: device.Identity{Ref: "1", Name: name}}); err != nil {
				return err
			}
		}
		return nil
	}}).Poll(t.Context(), 1)
	if err != nil || len(p.Observations) != 1 || p.Observations[0].Name != "first" || len(p.Rejected) != 1 || p.Rejected[0].Reason != "ref was already in this poll" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestErrorsCrossTheWire(t *testing.T) {
	for _, c := range []struct {
		name      string
		err       error
		want      string
		permanent bool
	}{
		{"plain", errors.New("list devices: 500"), "list devices: 500", false},
		{"permanent", Permanent(errors.New("401")), "401", true},
		{"wrapped", fmt.Errorf("list devices: %w", Permanent(errors.New("401"))), "list devices: 401", true},
		{"many lines", errors.New("a\nb\x00\xff"), "a b ?", false},
		{"long", errors.New(strings.Repeat("x", 1<<20)), strings.Repeat("x", maxMessage) + "...", false},
		{"its own deadline", fmt.Errorf("get: %w", context.DeadlineExceeded), "get: context deadline exceeded", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := remote(t, &fake{poll: func(context.Context, func(device.Observation) error) error { return c.err }})
			_, err := client.Poll(t.Context(), 1)
			if err == nil || err.Error() != c.want || IsPermanent(err) != c.permanent {
				t.Errorf("error %.100v, permanent %v", err, IsPermanent(err))
			}
		})
	}
}

func TestConfigureErrorIsPermanent(t *testing.T) {
	client := remote(t, &fake{configure: func(b []byte) error { return fmt.Errorf("url: %s", b) }})
	if err := client.Configure(t.Context(), "lab", []byte("{}")); !IsPermanent(err) || err.Error() != "url: {}" {
		t.Errorf("error %v", err)
	}
}

func TestPollKnowsItsNumberAndItsEnd(t *testing.T) {
	var late func(device.Observation) error
	var number uint64
	client := remote(t, &fake{poll: func(ctx context.Context, emit func(device.Observation) error) error {
		late, number = emit, PollNumber(ctx)
		return nil
	}})
	if _, err := client.Poll(t.Context(), 42); err != nil {
		t.Fatal(err)
	}
	if err := late(device.Observation{Identity: device.Identity{Ref: "1"}}); number != 42 || !errors.Is(err, errPollOver) {
		t.Errorf("number %d, emit after the end: %v", number, err)
	}
}

// A source that takes a cancelled context for a good end has not said all.
func TestCutOffIsNotComplete(t *testing.T) {
	s := newServer(&fake{poll: func(ctx context.Context, _ func(device.Observation) error) error {
		<-ctx.Done()
		return nil
	}})
	client := serving(t, s.register)
	done := make(chan error, 1)
	go func() {
		_, err := client.Poll(context.Background(), 1)
		done <- err
	}()
	for s.calls.wait(canceled()) == nil {
	}
	s.calls.stop()
	if err := <-done; !errors.Is(err, ErrUnavailable) {
		t.Errorf("error %v", err)
	}
}

// A call that waits for its turn when the plugin stops is told that, and not that another call is in its way.
func TestStopWhileACallWaits(t *testing.T) {
	s := newServer(&fake{})
	s.turn <- struct{}{}
	s.calls.stop()
	if _, _, err := s.alone(t.Context()); status.Code(err) != codes.Canceled || !strings.Contains(err.Error(), errStopping.Error()) {
		t.Errorf("error %v", err)
	}
}

func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func TestDeadlineKeepsItsCause(t *testing.T) {
	why := errors.New("poll timeout 10ms")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 10*time.Millisecond, why)
	defer cancel()
	client := remote(t, &fake{poll: func(ctx context.Context, _ func(device.Observation) error) error {
		<-ctx.Done()
		return ctx.Err()
	}})
	if _, err := client.Poll(ctx, 1); !errors.Is(err, why) {
		t.Errorf("error %v", err)
	}
	if err := client.Drain(t.Context()); err != nil {
		t.Errorf("drain: %v", err)
	}
}

func TestAbilities(t *testing.T) {
	a := &able{fake: fake{poll: emitN(1)}, committed: make(chan uint64, 1)}
	client := remote(t, a)
	i, err := client.Describe(t.Context())
	want := []Capability{CapabilityPoll, CapabilityAcknowledged, CapabilityProbe, CapabilityWatch, CapabilityReceive, CapabilityCheck, CapabilityFollow}
	if d := cmp.Diff(want, i.Capabilities); d != "" || err != nil {
		t.Errorf("%v, -want +got:\n%s", err, d)
	}
	if err := client.Committed(t.Context(), 7); err != nil || <-a.committed != 7 {
		t.Errorf("committed: %v", err)
	}
	for ref, want := range map[string]string{"1": "", "none": "no such device", "another": "the answer is for ref", "broken": "name is not valid UTF-8"} {
		_, err := client.Probe(t.Context(), ref)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("probe of %q: %v", ref, err)
		}
	}
	refs, err := client.Receive(t.Context(), Push{ContentType: "text/plain", Body: []byte("b")})
	if d := cmp.Diff([]string{"text/plain", "b"}, refs); d != "" || err != nil {
		t.Errorf("receive: %v, %s", err, d)
	}
	findings, err := client.Check(t.Context())
	if d := cmp.Diff([]Finding{
		{Topic: "server", Level: LevelOK, Value: "1.2", Text: "version 1.2 [31m?"},
		{Topic: "time zone", Level: LevelAdvice, HCL: "step = \"1s\"\n  # why"},
	}, findings); d != "" || err != nil {
		t.Errorf("check: %v, -want +got:\n%s", err, d)
	}
	p, err := client.Poll(t.Context(), 1)
	if d := cmp.Diff([]device.Rejection{{Ref: "r", Reason: "line 7: nonsense and more", Body: []byte("nonsense")}}, p.Rejected); d != "" || err != nil {
		t.Errorf("rejected: %v, %s", err, d)
	}
}

func TestInabilitiesAreSaid(t *testing.T) {
	client := remote(t, &fake{poll: emitN(1)})
	_, probe := client.Probe(t.Context(), "1")
	_, receive := client.Receive(t.Context(), Push{})
	watch := client.Watch(t.Context(), func(Heard) error { return nil })
	_, check := client.Check(t.Context())
	for _, err := range []error{probe, receive, watch, check, client.Committed(t.Context(), 1), client.Follow(t.Context(), nil)} {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("error %v", err)
		}
	}
}

// foreign is the other end in a language without our care.
type foreign struct {
	sourcepb.UnimplementedSourceServer
	answers []*sourcepb.PollResponse
}

func (f *foreign) Poll(_ *sourcepb.PollRequest, s grpc.ServerStreamingServer[sourcepb.PollResponse]) error {
	for _, a := range f.answers {
		if err := s.Send(a); err != nil {
			return err
		}
	}
	return nil
}

func TestForeignPluginIsNotTrusted(t *testing.T) {
	client := serving(t, func(g *grpc.Server) {
		sourcepb.RegisterSourceServer(g, &foreign{answers: []*sourcepb.PollResponse{
			{Observations: []*sourcepb.Observation{{Identity: &sourcepb.Identity{Ref: "1"}}, {}, {Identity: &sourcepb.Identity{Ref: "2"}, Claims: []*sourcepb.Claim{{Facet: "mood", State: "up"}}}}},
			{Rejected: []*sourcepb.Rejection{{Reason: strings.Repeat("y", 1<<20), Body: make([]byte, 1<<20)}}, SourceClockUs: -5},
			{Observations: []*sourcepb.Observation{{Identity: &sourcepb.Identity{Ref: "3"}, ObservedAtUs: 1}}},
		}})
	})
	p, err := client.Poll(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	var reasons []string
	for _, r := range p.Rejected {
		reasons = append(reasons, fmt.Sprintf("%.60s", r.Reason))
		if len(r.Body) > maxRejectedBody {
			t.Errorf("a body of %d bytes", len(r.Body))
		}
	}
	want := []string{"ref is empty", `claims[0]: unknown facet "mood"`, strings.Repeat("y", 60), "source_clock: time is out of range", "observed_at is before the year 2000"}
	if d := cmp.Diff(want, reasons); d != "" || len(p.Observations) != 1 || !p.SourceClock.IsZero() {
		t.Errorf("%d observations, clock %v, -want +got:\n%s", len(p.Observations), p.SourceClock, d)
	}
	// What it does not implement is no obstacle to its end.
	if err := client.Drain(t.Context()); err != nil {
		t.Errorf("drain: %v", err)
	}
}

func TestMessageThatIsTooLarge(t *testing.T) {
	client := serving(t, func(g *grpc.Server) {
		sourcepb.RegisterSourceServer(g, &foreign{answers: []*sourcepb.PollResponse{{Rejected: []*sourcepb.Rejection{{Body: make([]byte, 5<<20)}}}}})
	})
	if _, err := client.Poll(t.Context(), 1); err == nil || !strings.Contains(err.Error(), "larger than max") {
		t.Errorf("error %v", err)
	}
}

func TestStatusOfAnUnknownCode(t *testing.T) {
	if err := fromStatus(t.Context(), status.Error(codes.DataLoss, "gone")); err == nil || err.Error() != "gone" || errors.Is(err, ErrUnavailable) {
		t.Errorf("error %v", err)
	}
}
