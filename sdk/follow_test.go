package sdk

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/grpc"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk/sourcepb"
)

// follower keeps the list that it was told last.
type follower struct {
	fake
	told []Followed
	err  error
}

func (f *follower) Follow(_ context.Context, devices []Followed) error {
	f.told = devices
	return f.err
}

func followed(n int) []Followed {
	var devices []Followed
	for i := range n {
		devices = append(devices, Followed{
			Device: fmt.Sprintf("dev_%d", i), Name: fmt.Sprintf("host %d", i),
			Addresses: []netip.Addr{netip.AddrFrom4([4]byte{198, 51, byte(i >> 8), byte(i)}), netip.MustParseAddr("2001:db8::1")},
		})
	}
	return devices
}

func TestFollowTellsTheWholeList(t *testing.T) {
	f := &follower{}
	client := remote(t, f)
	for _, n := range []int{1, followChunk, followChunk + 1, MaxFollowed, 3, 0} {
		want := followed(n)
		if err := client.Follow(t.Context(), want); err != nil {
			t.Fatalf("%d devices: %v", n, err)
		}
		if len(f.told) != n || n > 0 && !reflect.DeepEqual(want, f.told) {
			t.Errorf("told %d devices of %d, or others", len(f.told), n)
		}
	}
	f.err = errors.New("no room\nfor them")
	if err := client.Follow(t.Context(), followed(1)); err == nil || err.Error() != "no room for them" {
		t.Errorf("error %v", err)
	}
}

func TestHostileNamesAreFollowed(t *testing.T) {
	f := &follower{}
	client := remote(t, f)
	for _, name := range []string{"", "\x1b[31m\x00\n", "{{ site.title }}", strings.Repeat("ü", device.MaxName), "\u202egnp.exe"} {
		if err := client.Follow(t.Context(), []Followed{{Device: "d", Name: name}}); err != nil || f.told[0].Name != name {
			t.Errorf("name %q: %v, told %q", name, err, f.told[0].Name)
		}
	}
}

func TestFollowLimits(t *testing.T) {
	addr := netip.MustParseAddr
	for _, c := range []struct {
		name    string
		devices []Followed
		want    string
	}{
		{"too many", followed(MaxFollowed + 1), "more than 20000"},
		{"no id", []Followed{{Name: "x"}}, "id is empty"},
		{"long id", []Followed{{Device: strings.Repeat("x", 257)}}, "id is longer than 256 characters"},
		{"long name", []Followed{{Device: "d", Name: strings.Repeat("ü", 257)}}, "name is longer than 256 characters"},
		{"many addresses", []Followed{{Device: "d", Addresses: make([]netip.Addr, 9)}}, "9 addresses, more than 8"},
		{"no address", []Followed{{Device: "d", Addresses: []netip.Addr{{}}}}, "is no plain address"},
		{"a zone", []Followed{{Device: "d", Addresses: []netip.Addr{addr("2001:db8::1%eth0")}}}, "is no plain address"},
		{"mapped", []Followed{{Device: "d", Addresses: []netip.Addr{addr("::ffff:192.0.2.1")}}}, "is no plain address"},
		{"loopback", []Followed{{Device: "d", Addresses: []netip.Addr{addr("127.0.0.1")}}}, "no device's alone"},
		{"link-local", []Followed{{Device: "d", Addresses: []netip.Addr{addr("fe80::1")}}}, "no device's alone"},
		{"multicast", []Followed{{Device: "d", Addresses: []netip.Addr{addr("224.0.0.1")}}}, "no device's alone"},
		{"broadcast", []Followed{{Device: "d", Addresses: []netip.Addr{addr("255.255.255.255")}}}, "no device's alone"},
		{"unspecified", []Followed{{Device: "d", Addresses: []netip.Addr{addr("::")}}}, "no device's alone"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &follower{}
			err := remote(t, f).Follow(t.Context(), c.devices)
			if err == nil || !strings.Contains(err.Error(), c.want) || f.told != nil {
				t.Errorf("error %v, told %d devices", err, len(f.told))
			}
		})
	}
}

// What comes from an agent that breaks the contract never reaches the source.
func TestFollowRefusesOnItsOwn(t *testing.T) {
	for _, c := range []struct {
		name     string
		messages []*sourcepb.FollowRequest
		want     string
	}{
		{"an empty message", []*sourcepb.FollowRequest{{}}, "a message of 0 devices"},
		{"a large message", []*sourcepb.FollowRequest{{Devices: make([]*sourcepb.Followed, followChunk+1)}}, "a message of 501 devices"},
		{"no address", []*sourcepb.FollowRequest{{Devices: []*sourcepb.Followed{{Device: "d", Addresses: []string{"printer.example.net"}}}}}, "is no plain address"},
		{"no id", []*sourcepb.FollowRequest{{Devices: []*sourcepb.Followed{{}}}}, "id is empty"},
		{"twice", []*sourcepb.FollowRequest{{Devices: []*sourcepb.Followed{{Device: "d"}}}, {Devices: []*sourcepb.Followed{{Device: "d"}}}}, "comes twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &follower{}
			s := newServer(f)
			err := s.Follow(&followStream{ctx: t.Context(), messages: c.messages})
			if err == nil || !strings.Contains(err.Error(), c.want) || f.told != nil {
				t.Errorf("error %v, told %d devices", err, len(f.told))
			}
		})
	}
}

// followStream is the agent's end, which says messages and hangs up.
type followStream struct {
	grpc.ClientStreamingServer[sourcepb.FollowRequest, sourcepb.FollowResponse]
	ctx      context.Context
	messages []*sourcepb.FollowRequest
}

func (s *followStream) Context() context.Context { return s.ctx }

func (s *followStream) Recv() (*sourcepb.FollowRequest, error) {
	if len(s.messages) == 0 {
		return nil, errors.New("gone")
	}
	m := s.messages[0]
	s.messages = s.messages[1:]
	return m, nil
}
