package agent

import (
	"maps"
	"slices"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/identity"
	"github.com/quorate/quorate/sdk"
)

// IdentityConfig is the part of the configuration that says who is who. Salt is the record's own.
func (c *Config) IdentityConfig(salt string) identity.Config {
	cfg := identity.Config{Domains: c.Domains, SharedAddresses: c.SharedAddresses, NeverMerge: c.NeverMerge, Prefer: c.Prefer, Salt: salt}
	for _, d := range c.Devices {
		cfg.Pins = append(cfg.Pins, identity.Pin{
			Name: d.Name, Addresses: d.Addresses, Hostnames: d.Hostnames, MACs: d.MACs, Serials: d.Serials, Refs: d.Refs, Tags: d.Tags,
		})
	}
	return cfg
}

// ConsensusConfig is the part of the configuration that says what is true. Infos, by source, say who can probe, and
// who is asked first; a replay has none.
func (c *Config) ConsensusConfig(infos map[string]sdk.Info) consensus.Config {
	cfg := consensus.Config{
		Sources: map[string]consensus.Source{}, Defaults: c.Consensus, Overrides: map[string]consensus.Override{},
		Parents: map[string][]string{}, Roots: c.Roots, Hash: c.Hash,
	}
	for _, s := range c.Sources {
		cfg.Sources[s.Name] = consensus.Source{
			Name: s.Name, Interval: s.Interval, Trust: s.Trust, FaultDomain: s.FaultDomain, Anchors: s.Anchors,
			CanProbe: slices.Contains(infos[s.Name].Capabilities, sdk.CapabilityProbe),
			// One that looks at whatever others report is made for it: it is cheap to ask, and fails with nobody else.
			ProbeFirst: slices.Contains(infos[s.Name].Capabilities, sdk.CapabilityFollow),
		}
	}
	for _, g := range c.Groups {
		for _, name := range c.members(g) {
			cfg.Overrides[name] = merged(cfg.Overrides[name], g.Rules, g.Trust)
		}
	}
	for _, d := range c.Devices {
		cfg.Overrides[d.Name] = merged(cfg.Overrides[d.Name], d.Rules, d.Trust)
		if len(d.Parents) > 0 {
			cfg.Parents[d.Name] = d.Parents
		}
	}
	return cfg
}

// members are the names of a group's devices: those it lists, and those that carry one of its tags.
func (c *Config) members(g GroupConfig) []string {
	names := map[string]struct{}{}
	for _, n := range g.Devices {
		names[n] = struct{}{}
	}
	for _, d := range c.Devices {
		if slices.ContainsFunc(d.Tags, func(t string) bool { return slices.Contains(g.Tags, t) }) {
			names[d.Name] = struct{}{}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// merged lays r over o: what is set last wins, so a device's own word stands above its groups'.
func merged(o consensus.Override, r RuleOverrides, trust map[string]float64) consensus.Override {
	if r.Quorum != nil {
		o.Quorum = r.Quorum
	}
	if r.Confirm != nil {
		o.Confirm = r.Confirm
	}
	if r.DisputeTimeout != nil {
		o.DisputeTimeout = r.DisputeTimeout
	}
	if r.OnDispute != nil {
		o.OnDispute = r.OnDispute
	}
	if len(trust) > 0 {
		both := maps.Clone(o.Trust)
		if both == nil {
			both = map[string]float64{}
		}
		maps.Copy(both, trust)
		o.Trust = both
	}
	return o
}
