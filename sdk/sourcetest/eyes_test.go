package sourcetest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
	"github.com/quorate/quorate/sdk/sourcepb"
)

// followFlaws and watchFlaws are more ways to break these promises, each with what is said of it.
func followFlaws() map[string]string {
	return map[string]string{
		"follow: dies": "the plugin died of it", "follow: asks the monitor": "was not taken within", "follow: refuses odd names": "hostile names",
		"follow: adds to the list": "which is not on the list", "follow: looks at none": "no observation follows",
	}
}

func watchFlaws() map[string]string {
	return map[string]string{
		"watch: fails": "the watch ended", "watch: hears nothing": "nothing was heard of", "watch: breaks the poll": "a poll beside the watch",
		"watch: once": "the watch ended",
	}
}

func (s *toy) Follow(ctx context.Context, devices []sdk.Followed) error {
	switch s.flaw {
	case "18 follow":
		s.followed = append(s.followed, sdk.Followed{Device: "dev_of_yesterday"})
		return nil
	case "follow: dies":
		if len(devices) > 1000 {
			panic("so many")
		}
	case "follow: asks the monitor":
		if len(devices) > 0 {
			_, err := s.get(ctx)
			return err
		}
	case "follow: refuses odd names":
		for _, d := range devices {
			if strings.ContainsAny(d.Name, "\x1b\n") {
				return fmt.Errorf("device %s: bad name", d.Device)
			}
		}
	case "follow: adds to the list":
		devices = append(s.followed, devices...)
	case "follow: looks at none":
		devices = nil
	}
	s.followed = devices
	return nil
}

// pollFollowed has a word on all that it follows.
func (s *toy) pollFollowed(emit func(device.Observation) error) error {
	for _, d := range s.followed {
		o := device.Observation{Identity: device.Identity{Ref: d.Device, Follows: d.Device}}
		if err := emit(o); err != nil {
			return err
		}
	}
	return nil
}

// Watch asks the monitor whether it was stirred, again and again.
func (s *toy) Watch(ctx context.Context, emit func(device.Observation) error) error {
	switch s.flaw {
	case "watch: fails":
		return errors.New("listen: address in use")
	case "watch: breaks the poll":
		s.closed.Store(true)
	case "watch: once":
		if s.watches.Add(1) > 1 {
			return errors.New("listen: address in use")
		}
	}
	told := -1
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		body, err := s.getPath(ctx, "/stirred")
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(body)
		if err != nil {
			return err
		}
		if told < 0 {
			told = n
		}
		for ; told < n; told++ {
			o := device.Observation{Identity: device.Identity{Ref: "2"}}
			if s.flaw == "19 watch" {
				o.Ref = ""
			}
			if s.flaw == "watch: hears nothing" {
				continue
			}
			if err := emit(o); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// hasty tells of everything at once, as it numbers it.
type hasty struct {
	sourcepb.UnimplementedSourceServer
	numbers []uint64
}

func (h *hasty) Watch(s grpc.BidiStreamingServer[sourcepb.WatchRequest, sourcepb.WatchResponse]) error {
	for _, n := range h.numbers {
		if err := s.Send(&sourcepb.WatchResponse{Number: n}); err != nil {
			return err
		}
	}
	<-s.Context().Done()
	return nil
}

// No source in Go can go on before its word is stored; one in another language can.
func TestHeldBackNotices(t *testing.T) {
	for want, numbers := range map[string][]uint64{
		"it goes on before message": {1, 2, 3, 4}, "message 1 of the watch has number 7": {7}, "message 1: nothing was heard of": {},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			l := bufconn.Listen(1 << 16)
			g := grpc.NewServer()
			sourcepb.RegisterSourceServer(g, &hasty{numbers: numbers})
			served := make(chan error, 1)
			go func() { served <- g.Serve(l) }()
			conn, err := grpc.NewClient("passthrough:///test", grpc.WithTransportCredentials(insecure.NewCredentials()),
				grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }))
			if err != nil {
				t.Fatal(err)
			}
			k := &kit{c: Case{Stir: func() {}}, timeout: time.Minute}
			if len(numbers) == 0 {
				k.timeout = time.Second // which it waits for nothing
			}
			if err := k.heldBack(t.Context(), sourcepb.NewSourceClient(conn)); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v", err)
			}
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
			g.Stop()
			if err := <-served; err != nil {
				t.Error(err)
			}
		})
	}
}
