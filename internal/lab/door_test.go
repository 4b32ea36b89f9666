package lab_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"github.com/quorate/quorate/internal/lab"
)

func TestDoor(t *testing.T) {
	t.Parallel()
	door, err := lab.OpenDoor(netip.MustParseAddrPort("127.0.7.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = door.Close() }()
	knock := func(patience time.Duration) error {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		var d net.Dialer
		c, err := d.DialContext(ctx, "tcp", door.Address().String())
		if err == nil {
			_ = c.Close()
		}
		return err
	}
	for round := range 3 {
		if err := knock(time.Minute); err != nil {
			t.Fatalf("round %d: an open door: %v", round, err)
		}
		if err := door.Silence(); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			var timeout net.Error
			if err := knock(100 * time.Millisecond); !errors.As(err, &timeout) || !timeout.Timeout() {
				t.Fatalf("round %d: a silent door: %v", round, err)
			}
		}
		if round == 1 {
			if err := door.Refuse(); err != nil {
				t.Fatal(err)
			}
			if err := knock(time.Minute); !errors.Is(err, syscall.ECONNREFUSED) {
				t.Fatalf("a door that refuses: %v", err)
			}
		}
		if err := door.Answer(); err != nil {
			t.Fatal(err)
		}
	}
}
