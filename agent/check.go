package agent

import (
	"context"
	"fmt"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
	"github.com/quorate/quorate/internal/host"
)

// Polled is one source's poll.
type Polled struct {
	Source   SourceConfig
	Snapshot device.Snapshot
}

func pollOnce(ctx context.Context, h *host.Host, s SourceConfig, settings Settings) Polled {
	ctx, cancel := context.WithTimeoutCause(ctx, s.Timeout, fmt.Errorf("poll timeout %s", s.Timeout))
	defer cancel()
	p := Polled{Source: s, Snapshot: device.Snapshot{Source: s.Name}}
	src, err := h.Start(ctx, s.spec(settings))
	if err != nil {
		p.Snapshot.Err = err.Error()
		return p
	}
	p.Snapshot = src.Poll(ctx)
	if err := src.Close(context.WithoutCancel(ctx)); err != nil && p.Snapshot.Err == "" {
		p.Snapshot.Err = err.Error()
	}
	return p
}

// Merge works out which of the polled reports are about the same device and what they say together, as the agent
// would after its first polls.
func (c *Config) Merge(polled []Polled, at time.Time) []device.Current {
	devices, _ := c.merge(polled, at)
	return devices
}

// merge also returns who was taken for whom.
func (c *Config) merge(polled []Polled, at time.Time) ([]device.Current, *identity.State) {
	ids, votes := identity.NewState(), consensus.NewState()
	var arrivals []identity.Arrival
	for _, p := range polled {
		a := identity.Arrival{Source: p.Source.Name, Complete: !p.Snapshot.Partial}
		for i := range p.Snapshot.Observations {
			a.Observations = append(a.Observations, &p.Snapshot.Observations[i])
		}
		if p.Snapshot.Err == "" {
			arrivals = append(arrivals, a)
		}
	}
	who, rules := c.IdentityConfig(""), c.ConsensusConfig(nil)
	resolved := identity.Resolve(&who, ids, at, arrivals)
	in := consensus.Instant{At: at}
	for _, info := range resolved.Infos {
		in.Devices = append(in.Devices, consensus.DeviceInfo{ID: info.ID, Name: info.Name, MergedInto: info.MergedInto})
	}
	for _, p := range polled {
		s := consensus.Snapshot{Source: p.Source.Name, At: at, SourceClock: p.Snapshot.SourceClock, Err: p.Snapshot.Err, Partial: p.Snapshot.Partial}
		for i := range p.Snapshot.Observations {
			o := &p.Snapshot.Observations[i]
			bound, ok := resolved.Bound[device.SourceRef{Source: p.Source.Name, Ref: o.Ref}]
			if ok {
				s.Observations = append(s.Observations, consensus.Bound{Device: bound.Device, Observation: o, Weak: bound.Weak, Held: bound.Held})
			}
		}
		in.Snapshots = append(in.Snapshots, s)
	}
	ids.Apply(resolved)
	votes.Apply(consensus.Judge(&rules, votes, in))
	var out []device.Current
	for id := range ids.Devices {
		cur := consensus.Describe(&rules, votes, id, at)
		ids.Fill(&cur)
		out = append(out, cur)
	}
	device.SortByName(out)
	return out, ids
}

// Witnesses counts devices by the number of sources that know them.
func Witnesses(devices []device.Current) (twice, once int) {
	for _, d := range devices {
		seen := map[string]bool{}
		for _, b := range d.Bindings {
			seen[b.Source] = true
		}
		if len(seen) > 1 {
			twice++
		} else {
			once++
		}
	}
	return twice, once
}
