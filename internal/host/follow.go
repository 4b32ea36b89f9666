package host

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/quorate/quorate/sdk"
)

// probesBeside bounds the probes that one plugin answers at the same time. Follow, which runs beside none, takes the
// place of all of them.
const probesBeside = 16

// following is the list of devices that a source's plugin is to know.
type following struct {
	devices []sdk.Followed
	version uint64 // rises with each change; 0 while there was none to follow
}

// knownList is which list a process knows. It belongs to the supervisor until the process is in service, and then to the
// poll that runs.
type knownList struct {
	any     bool
	version uint64
}

// Follow hands over the devices that the plugin is to look at beside its own, where it has that capability. It is told
// before the next poll, and again whenever it has been started anew; not where nothing has changed. The list is kept.
func (s *Source) Follow(devices []sdk.Followed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.EqualFunc(devices, s.following.devices, sameFollowed) {
		return
	}
	s.following = following{devices, s.following.version + 1}
}

func sameFollowed(a, b sdk.Followed) bool {
	return a.Device == b.Device && a.Name == b.Name && slices.Equal(a.Addresses, b.Addresses)
}

// inform brings p up to the present list, where it can follow. The caller sees to it that neither Poll nor Configure runs.
func (s *Source) inform(ctx context.Context, p *process) error {
	if !p.info.Can(sdk.CapabilityFollow) {
		return nil
	}
	s.mu.Lock()
	f := s.following
	s.mu.Unlock()
	if p.knows.any && p.knows.version == f.version {
		return nil
	}
	call, cancel := s.limit(ctx)
	defer cancel()
	for n := range probesBeside {
		select {
		case s.probes <- struct{}{}:
			defer func() { <-s.probes }()
		case <-call.Done():
			return fmt.Errorf("follow: %d probes still run: %w", probesBeside-n, context.Cause(call))
		}
	}
	switch err := p.Follow(call, f.devices); {
	case err == nil:
		p.knows = knownList{true, f.version}
		return nil
	case errors.Is(err, sdk.ErrUnavailable), ctx.Err() != nil:
		return err
	default:
		if call.Err() != nil {
			s.overran(p)
		}
		// Whatever the plugin calls it, another list may suit it.
		return errors.New("the plugin does not take the list of devices to follow: " + err.Error())
	}
}

// welcome tells a plugin that has just been configured, for probes may come before its first poll. What fails here is
// tried again by that poll, which says why.
func (s *Source) welcome(ctx context.Context, p *process) {
	s.mu.Lock()
	known := s.following.version > 0
	s.mu.Unlock()
	if known {
		_ = s.inform(ctx, p)
	}
}
