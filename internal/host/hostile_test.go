package host

import (
	"context"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
	"github.com/quorate/quorate/sdk/sourcepb"
)

// hostile is a plugin that keeps to the handshake and to nothing else. What it answers a poll is the mode in its
// environment.
type hostile struct {
	plugin.NetRPCUnsupportedPlugin
	sourcepb.UnimplementedSourceServer
}

const hostileMode = "HOSTILE_MODE"

func hostilePlugin() {
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig:  sdk.Handshake(),
		VersionedPlugins: map[int]plugin.PluginSet{sdk.ProtocolVersion: {sdk.PluginName: &hostile{}}},
		GRPCServer: func(o []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(o, grpc.ForceServerCodecV2(rawCodec{encoding.GetCodecV2("proto")}))...)
		},
		Logger: hclog.New(&hclog.LoggerOptions{Level: hclog.Off}),
	})
}

// strangersPlugin is one of another program's.
func strangersPlugin() {
	plugin.Serve(&plugin.ServeConfig{HandshakeConfig: plugin.HandshakeConfig{MagicCookieKey: "ANOTHER_PROGRAM", MagicCookieValue: "x"}})
}

// raw are bytes that are sent as they are.
type raw []byte

// rawCodec sends raw bytes raw.
type rawCodec struct{ encoding.CodecV2 }

func (c rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	if b, ok := v.(raw); ok {
		return mem.BufferSlice{mem.SliceBuffer(b)}, nil
	}
	return c.CodecV2.Marshal(v)
}

func (h *hostile) GRPCServer(_ *plugin.GRPCBroker, g *grpc.Server) error {
	sourcepb.RegisterSourceServer(g, h)
	return nil
}

func (h *hostile) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, fmt.Errorf("this end asks for nothing")
}

func (h *hostile) Describe(context.Context, *sourcepb.DescribeRequest) (*sourcepb.DescribeResponse, error) {
	return &sourcepb.DescribeResponse{Type: "hostile", Version: "1", Config: &sourcepb.Schema{}}, nil
}

func (h *hostile) Configure(context.Context, *sourcepb.ConfigureRequest) (*sourcepb.ConfigureResponse, error) {
	return &sourcepb.ConfigureResponse{}, nil
}

func observation(n int) *sourcepb.Observation {
	return &sourcepb.Observation{Identity: &sourcepb.Identity{Ref: fmt.Sprint(n)}}
}

func (h *hostile) Poll(_ *sourcepb.PollRequest, s grpc.ServerStreamingServer[sourcepb.PollResponse]) error {
	claim := func(c *sourcepb.Claim) *sourcepb.PollResponse {
		return &sourcepb.PollResponse{Observations: []*sourcepb.Observation{{Identity: &sourcepb.Identity{Ref: "x"}, Claims: []*sourcepb.Claim{c}}, observation(1), observation(2)}}
	}
	switch mode, _, _ := strings.Cut(os.Getenv(hostileMode), " "); mode {
	case "garbage":
		return s.SendMsg(raw("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"))
	case "utf8":
		return s.SendMsg(raw("\x0a\x05\x0a\x03\x0a\x01\xff"))
	case "large":
		return s.SendMsg(raw(make([]byte, 5<<20)))
	case "elements":
		// An observation of empty claims: 2 bytes each on the wire.
		b := []byte(strings.Repeat("\x1a\x00", 1<<20))
		m, err := proto.Marshal(&sourcepb.PollResponse{Observations: []*sourcepb.Observation{observation(1)}})
		if err != nil {
			return err
		}
		m = append(m, 0x0a)
		for n := len(b); ; n >>= 7 {
			if n < 0x80 {
				m = append(m, byte(n))
				break
			}
			m = append(m, byte(n)|0x80)
		}
		return s.SendMsg(raw(append(m, b...)))
	case "nan":
		nan := math.NaN()
		return s.Send(claim(&sourcepb.Claim{Facet: "reach", State: "up", Confidence: &nan}))
	case "year":
		return s.Send(claim(&sourcepb.Claim{Facet: "reach", State: "up", ObservedAtUs: math.MaxInt64}))
	case "past":
		return s.Send(claim(&sourcepb.Claim{Facet: "reach", State: "up", ObservedAtUs: 1}))
	case "interval":
		return s.Send(claim(&sourcepb.Claim{Facet: "reach", State: "up", IntervalUs: math.MinInt64}))
	case "many":
		return many(s, 1_000_000, func(m *sourcepb.PollResponse, n int) { m.Observations = append(m.Observations, observation(n)) })
	case "rejections":
		return many(s, 500_000, func(m *sourcepb.PollResponse, _ int) {
			m.Rejected = append(m.Rejected, &sourcepb.Rejection{Reason: "because"})
		})
	case "unacceptable":
		return many(s, 100_000, func(m *sourcepb.PollResponse, _ int) {
			m.Observations = append(m.Observations, &sourcepb.Observation{})
		})
	case "empty":
		for {
			if err := s.Send(&sourcepb.PollResponse{}); err != nil {
				return err
			}
		}
	case "trickle":
		for n := 0; ; n++ {
			if err := s.Send(&sourcepb.PollResponse{Observations: []*sourcepb.Observation{observation(n)}}); err != nil {
				return err
			}
			<-time.After(20 * time.Millisecond)
		}
	}
	return s.Send(&sourcepb.PollResponse{Observations: []*sourcepb.Observation{observation(1), observation(2)}})
}

func many(s grpc.ServerStreamingServer[sourcepb.PollResponse], n int, add func(*sourcepb.PollResponse, int)) error {
	const each = 1000
	for at := 0; at < n; at += each {
		m := &sourcepb.PollResponse{}
		for i := range each {
			add(m, at+i)
		}
		if err := s.Send(m); err != nil {
			return err
		}
	}
	return nil
}

// Whatever a plugin sends: it is refused in words and counted, whole or in part, and the plugin lives on.
func TestHostileAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mode, says        string // says is the poll's error; empty where it brings two devices
		rejected, refused int64
	}{
		{"garbage", "what the plugin sent is refused: grpc: failed to unmarshal", 0, 1},
		{"utf8", "what the plugin sent is refused: grpc: failed to unmarshal", 0, 1},
		{"large", "what the plugin sent is refused: grpc: received message larger than max", 0, 1},
		{"elements", "holds more than 100000 elements: send them in several", 0, 1},
		{"nan", "", 1, 0},
		{"year", "", 1, 0},
		{"past", "", 1, 0},
		{"interval", "", 1, 0},
		{"many", "the poll holds more than 20000 observations", 0, 1},
		{"empty", "the poll is larger than 64 MiB", 0, 1},
		{"trickle", "timeout: the poll was not complete after", 0, 0},
		{"fine", "", 0, 0},
	} {
		t.Run(c.mode, func(t *testing.T) {
			t.Parallel()
			st := newStage(t, quick())
			src := st.hostile(t, c.mode)
			// The first poll is for the start.
			patience := 2 * time.Minute
			if c.mode == "trickle" {
				eventually(t, "a running plugin", func() bool { return src.Plugin().State == device.PluginRunning })
				patience = 300 * time.Millisecond
			}
			snap := pollWithin(t, src, patience)
			if c.says == "" {
				wantDevices(t, snap)
			} else if !strings.Contains(snap.Err, c.says) || len(snap.Observations) > 0 {
				t.Errorf("error %q, want %q", snap.Err, c.says)
			}
			if p := src.Plugin(); p.Rejected != c.rejected || p.RefusedPolls != c.refused || p.State != device.PluginRunning || p.Restarts != 0 {
				t.Errorf("status %+v", p)
			}
		})
	}
}

// Half a million rejections are a number, and a hundred examples.
func TestFloodOfRejections(t *testing.T) {
	t.Parallel()
	for mode, n := range map[string]int64{"rejections": 500_000, "unacceptable": 100_000} {
		st := newStage(t, quick())
		src := st.hostile(t, mode)
		snap := pollWithin(t, src, 2*time.Minute)
		if snap.Err != "" || len(snap.Rejected) != 101 || src.Plugin().Rejected != n {
			t.Errorf("%s: error %q, %d kept, %d counted", mode, snap.Err, len(snap.Rejected), src.Plugin().Rejected)
		}
	}
}

func (s *stage) hostile(t *testing.T, mode string) *Source {
	t.Helper()
	src, err := s.Start(t.Context(), Spec{Name: "lab", Type: "hostile", Env: []string{hostileMode + "=" + mode}})
	if err != nil {
		t.Fatal(err)
	}
	return src
}
