package reach

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"

	"github.com/quorate/quorate/sdk"
)

// TestCheck: what is permitted, and what to do where it is not.
func TestCheck(t *testing.T) {
	t.Parallel()
	quiet := func() *fakeSocket { return newFakeSocket(func(packet, int) []packet { return nil }) }
	for _, c := range []struct {
		name    string
		methods []string
		open    func(v6 bool, _ netip.Addr) (socket, bool, error)
		want    string
	}{
		{"datagram", nil, func(bool, netip.Addr) (socket, bool, error) { return quiet(), true, nil }, "icmp ok datagram socket, icmp6 ok datagram socket, tcp ok 22,80,443,445, targets ok 1"},
		{"raw, no IPv6", nil, func(v6 bool, _ netip.Addr) (socket, bool, error) {
			if v6 {
				return nil, false, errors.New("address family not supported by protocol")
			}
			return quiet(), false, nil
		}, "icmp ok raw socket, icmp6 advice , tcp ok 22,80,443,445, targets ok 1"},
		{"not permitted", nil, func(bool, netip.Addr) (socket, bool, error) { return nil, false, errNotPermitted }, "icmp advice , icmp6 advice , tcp ok 22,80,443,445, targets ok 1"},
		{"nothing is", []string{"icmp"}, func(bool, netip.Addr) (socket, bool, error) { return nil, false, errNotPermitted }, "icmp problem , icmp6 problem , targets ok 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSource()
			s.open = c.open
			config := map[string]any{"target": targets(host)}
			if c.methods != nil {
				config["methods"] = c.methods
			}
			configure(t, s, config)
			found, err := s.Check(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range found {
				got = append(got, fmt.Sprintf("%s %s %s", f.Topic, f.Level, f.Value))
				if f.Level != sdk.LevelOK && c.name != "raw, no IPv6" && !strings.Contains(f.Text, "ping_group_range") {
					t.Errorf("%s does not say what to do: %s", f.Topic, f.Text)
				}
			}
			if strings.Join(got, ", ") != c.want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), c.want)
			}
		})
	}
}

// TestPermissionIsToldOnce: the log says that ICMP is not to be had when that begins, and when it ends. It is no parallel
// test, since it takes slog's default.
func TestPermissionIsToldOnce(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)
	s := onFake(t, nil, map[string]any{"timeout": "50ms", "target": targets(host)})
	permitted := false
	s.open = func(bool, netip.Addr) (socket, bool, error) {
		if !permitted {
			return nil, false, errNotPermitted
		}
		return newFakeSocket(func(r packet, _ int) []packet { return []packet{echoed(r)} }), false, nil
	}
	for range 3 {
		poll(t, s)
	}
	permitted = true
	for range 3 {
		poll(t, s)
	}
	if got := log.String(); strings.Count(got, "ICMP is not permitted") != 2 || strings.Count(got, "can be used again") != 2 { // of each family
		t.Errorf("the log:\n%s", got)
	}
}
