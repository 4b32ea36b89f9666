package sdk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"unicode/utf8"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk/sourcepb"
)

// Limits of the list that Follow tells.
const (
	MaxFollowed          = 20_000 // devices
	MaxFollowedAddresses = 8      // of one device
)

// A message of the list holds this many devices.
const followChunk = 500

var broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// check reports what the list may not hold.
func (f *Followed) check() error {
	switch {
	case f.Device == "":
		return errors.New("its id is empty")
	case utf8.RuneCountInString(f.Device) > device.MaxName:
		return fmt.Errorf("its id is longer than %d characters", device.MaxName)
	case utf8.RuneCountInString(f.Name) > device.MaxName:
		return fmt.Errorf("its name is longer than %d characters", device.MaxName)
	case len(f.Addresses) > MaxFollowedAddresses:
		return fmt.Errorf("it has %d addresses, more than %d", len(f.Addresses), MaxFollowedAddresses)
	}
	for _, a := range f.Addresses {
		if !a.IsValid() || a.Zone() != "" || a.Is4In6() {
			return fmt.Errorf("%q is no plain address", a)
		}
		if a.IsUnspecified() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsMulticast() || a == broadcast {
			return fmt.Errorf("address %s is no device's alone", a)
		}
	}
	return nil
}

// Follow tells which devices the other sources report, none included. A list that breaks the limits is not sent.
func (c *Client) Follow(ctx context.Context, devices []Followed) error {
	if len(devices) > MaxFollowed {
		return fmt.Errorf("follow: %d devices, more than %d", len(devices), MaxFollowed)
	}
	// Ends the stream also where a message cannot be sent.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.rpc.Follow(ctx)
	if err != nil {
		return fromStatus(ctx, err)
	}
	for chunk := range slices.Chunk(devices, followChunk) {
		m, err := toFollowed(chunk)
		if err != nil {
			return fmt.Errorf("follow: %w", err)
		}
		if err := stream.Send(m); errors.Is(err, io.EOF) {
			break // the answer says why
		} else if err != nil {
			return fromStatus(ctx, err)
		}
	}
	_, err = stream.CloseAndRecv()
	return fromStatus(ctx, err)
}

func toFollowed(devices []Followed) (*sourcepb.FollowRequest, error) {
	m := &sourcepb.FollowRequest{}
	for i := range devices {
		d := &devices[i]
		if err := d.check(); err != nil {
			return nil, fmt.Errorf("device %.80q: %w", d.Device, err)
		}
		p := &sourcepb.Followed{Device: d.Device, Name: d.Name}
		for _, a := range d.Addresses {
			p.Addresses = append(p.Addresses, a.String())
		}
		m.Devices = append(m.Devices, p)
	}
	return m, nil
}

// Follow implements the contract.
func (s *server) Follow(stream grpc.ClientStreamingServer[sourcepb.FollowRequest, sourcepb.FollowResponse]) error {
	f, ok := s.src.(Follower)
	if !ok {
		return s.UnimplementedSourceServer.Follow(stream)
	}
	ctx, done, err := s.alone(stream.Context())
	if err != nil {
		return err
	}
	defer done()
	devices, err := receiveFollowed(stream.Recv)
	if err != nil {
		return err
	}
	if err := f.Follow(ctx, devices); err != nil {
		return toStatus(ctx, err, codes.Unknown)
	}
	return stream.SendAndClose(&sourcepb.FollowResponse{})
}

// receiveFollowed reads a whole list. One that is not as the contract says is refused, all of it.
func receiveFollowed(recv func() (*sourcepb.FollowRequest, error)) ([]Followed, error) {
	refuse := func(format string, args ...any) ([]Followed, error) {
		return nil, status.Error(codes.OutOfRange, clean(fmt.Sprintf(format, args...), maxMessage))
	}
	var devices []Followed
	seen := map[string]bool{}
	for {
		m, err := recv()
		if errors.Is(err, io.EOF) {
			return devices, nil
		}
		if err != nil {
			return nil, err
		}
		if n := len(m.GetDevices()); n == 0 || n > followChunk {
			return refuse("follow: a message of %d devices, want 1 to %d", n, followChunk)
		}
		if len(devices)+len(m.GetDevices()) > MaxFollowed {
			return refuse("follow: more than %d devices", MaxFollowed)
		}
		for _, p := range m.GetDevices() {
			d := Followed{Device: p.GetDevice(), Name: p.GetName()}
			for _, text := range p.GetAddresses() {
				// What is no address stays an invalid one.
				a, _ := netip.ParseAddr(text)
				d.Addresses = append(d.Addresses, a)
			}
			if err := d.check(); err != nil {
				return refuse("follow: device %.80q: %v", d.Device, err)
			}
			if seen[d.Device] {
				return refuse("follow: device %.80q comes twice", d.Device)
			}
			seen[d.Device] = true
			devices = append(devices, d)
		}
	}
}
