package agent

import (
	"context"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
	"github.com/quorate/quorate/internal/host"
	"github.com/quorate/quorate/sdk"
)

// tellFollowed tells a plugin that looks at what others report which devices these are, where that has changed since the
// poll before. It belongs to the source's goroutine.
func (s *source) tellFollowed() {
	if !s.agent.generation().infos[s.name].Can(sdk.CapabilityFollow) {
		return
	}
	devices, mark, changed := s.agent.pipe.Followable(s.name, sdk.MaxFollowedAddresses, s.told)
	if !changed {
		return
	}
	s.told = mark
	n := len(devices)
	if crowded := n > sdk.MaxFollowed; crowded != s.crowded {
		s.crowded = crowded
		if crowded {
			s.agent.log.Warn("source cannot follow all devices", "source", s.name, "devices", n, "most", sdk.MaxFollowed)
		}
	}
	devices = devices[:min(n, sdk.MaxFollowed)]
	s.plugin.Follow(followed(devices))
}

// followed is a list in the form of the contract.
func followed(devices []identity.Followable) []sdk.Followed {
	list := make([]sdk.Followed, len(devices))
	for i, d := range devices {
		list[i] = sdk.Followed{Device: string(d.ID), Name: firstRunes(d.Name, device.MaxName), Addresses: d.Addresses}
	}
	return list
}

// firstRunes cuts s to n characters.
func firstRunes(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}

// watch has what the plugin hears of by itself recorded, until ctx ends. It goes the way of a probe's answer, and is
// acknowledged when it is durable.
func (s *source) watch(ctx context.Context, plugin *host.Source) {
	plugin.Watch(ctx, func(heard device.Snapshot) error { return s.agent.pipe.PublishProbe(ctx, heard) })
}
