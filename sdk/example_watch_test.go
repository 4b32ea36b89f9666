package sdk_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"testing"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

// Source is the source that docs/adding/source.md shows parts of.
type Source struct {
	listen   string
	nextTrap func(net.PacketConn) (ref string, err error)
}

// Watch reports what traps say until ctx ends.
func (s *Source) Watch(ctx context.Context, emit func(device.Observation) error) error {
	if s.listen == "" {
		return nil // nothing to watch as configured: Watch is not called again
	}
	conn, err := (&net.ListenConfig{}).ListenPacket(ctx, "udp", s.listen)
	if err != nil {
		return fmt.Errorf("listen for traps: %w", err) // tried again after a while; says nothing of any device
	}
	closed := func() { _ = conn.Close() }
	defer closed()
	defer context.AfterFunc(ctx, closed)()
	for {
		ref, err := s.nextTrap(conn)
		if err != nil {
			return err
		}
		o, err := s.Probe(ctx, ref) // a trap is a reason to look
		if err != nil {
			continue // the next poll says what is the matter
		}
		if err := emit(o); err != nil {
			return err // it was not stored
		}
	}
}

var (
	_ sdk.Watcher = (*Source)(nil)
	_ sdk.Prober  = (*Source)(nil)
)

// Probe knows every device but one.
func (s *Source) Probe(_ context.Context, ref string) (device.Observation, error) {
	if ref == "gone" {
		return device.Observation{}, errors.New("it does not answer")
	}
	return observe(sdk.Followed{Device: ref}), nil
}

// observe is how a follower speaks of a device that it was told of.
func observe(followed sdk.Followed) device.Observation {
	observation := device.Observation{Identity: device.Identity{Ref: followed.Device, Follows: followed.Device}}
	return observation
}

// TestExampleSource: what the page shows hears of devices, passes over those that do not answer, and ends when it is told.
func TestExampleSource(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	said := []string{"d_one", "gone", "d_two"}
	s := &Source{listen: "127.0.0.1:0", nextTrap: func(conn net.PacketConn) (string, error) {
		if len(said) == 0 {
			cancel()
			_, _, err := conn.ReadFrom(make([]byte, 1)) // returns when the end of ctx closes conn
			return "", err
		}
		ref := said[0]
		said = said[1:]
		return ref, nil
	}}
	var heard []string
	err := s.Watch(ctx, func(o device.Observation) error {
		heard = append(heard, o.Follows)
		return nil
	})
	if !errors.Is(err, net.ErrClosed) {
		t.Errorf("it ended with %v, want that its socket was closed", err)
	}
	if want := []string{"d_one", "d_two"}; !slices.Equal(heard, want) {
		t.Errorf("heard %q, want %q", heard, want)
	}
	if err := (&Source{}).Watch(t.Context(), nil); err != nil {
		t.Errorf("nothing to listen on: %v", err)
	}
}
