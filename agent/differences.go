package agent

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Change is one thing that a reload changes.
type Change struct {
	// Kind is the block: source, sink, device, group, maintenance, consensus, agent, identity. Name is its name, "" where
	// there is one of it.
	Kind string `json:"kind"`
	Name string `json:"name,omitempty"`
	// Action is added, removed, restarted or changed: only what is restarted is interrupted.
	Action string `json:"action"`
	// What names what changed, or says why it is restarted.
	What []string `json:"what,omitempty"`
}

// String is the change in words: "source prtg restarted (other settings)", "trust of device nas1 changed".
func (c Change) String() string {
	subject := strings.TrimSpace(c.Kind + " " + c.Name)
	switch {
	case c.Action == "changed" && len(c.What) > 0:
		return strings.Join(c.What, ", ") + " of " + subject + " changed"
	case len(c.What) > 0:
		return subject + " " + c.Action + " (" + strings.Join(c.What, ", ") + ")"
	}
	return subject + " " + c.Action
}

// maxTold is how many changes an event names.
const maxTold = 20

// wordsOf is what an event says of changes.
func wordsOf(changes []Change) string {
	if len(changes) == 0 {
		return "nothing but remarks in its files"
	}
	var words []string
	for _, c := range changes[:min(len(changes), maxTold)] {
		words = append(words, c.String())
	}
	if more := len(changes) - maxTold; more > 0 {
		words = append(words, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(words, ", ")
}

// field is one thing that may differ between two blocks of one name.
type field struct {
	name     string
	old, new any
}

// differ lists the fields that are not the same. No value is told: one may have come from a secret place.
func differ(fields ...field) []string {
	var names []string
	for _, f := range fields {
		if !reflect.DeepEqual(f.old, f.new) {
			names = append(names, f.name)
		}
	}
	return names
}

// named compares the blocks of one kind by name.
func named[T any](kind string, old, next []T, name func(T) string, differences func(old, next T) []string) []Change {
	var all []Change
	for _, n := range next {
		i := slices.IndexFunc(old, func(o T) bool { return name(o) == name(n) })
		if i < 0 {
			all = append(all, Change{Kind: kind, Name: name(n), Action: "added"})
			continue
		}
		if what := differences(old[i], n); len(what) > 0 {
			all = append(all, Change{Kind: kind, Name: name(n), Action: "changed", What: what})
		}
	}
	for _, o := range old {
		if !slices.ContainsFunc(next, func(n T) bool { return name(n) == name(o) }) {
			all = append(all, Change{Kind: kind, Name: name(o), Action: "removed"})
		}
	}
	return all
}

// differences is what changes from c to next, but for which sources and sinks come, go and start anew.
func (c *Config) differences(next *Config) []Change {
	one := func(kind string, fields ...field) []Change {
		if what := differ(fields...); len(what) > 0 {
			return []Change{{Kind: kind, Action: "changed", What: what}}
		}
		return nil
	}
	all := one("agent", field{"name", c.Name, next.Name}, field{"listen", c.Listen, next.Listen}, field{"domains", c.Domains, next.Domains}, field{"metrics", c.MetricsDevices, next.MetricsDevices},
		field{"hosts", c.Door.Hosts, next.Door.Hosts}, field{"behind_proxy", c.Door.Proxies, next.Door.Proxies},
		field{"require_tokens", c.Door.RequireTokens, next.Door.RequireTokens},
		field{"tls", []any{c.Door.TLS, c.Door.CertFile, c.Door.KeyFile}, []any{next.Door.TLS, next.Door.CertFile, next.Door.KeyFile}})
	for _, s := range next.Sources {
		o, known := c.Source(s.Name)
		what := differ(field{"interval", o.Interval, s.Interval}, field{"timeout", o.Timeout, s.Timeout}, field{"trust", o.Trust, s.Trust},
			field{"fault domain", o.FaultDomain, s.FaultDomain}, field{"anchors", o.Anchors, s.Anchors})
		if known && len(what) > 0 {
			all = append(all, Change{Kind: "source", Name: s.Name, Action: "changed", What: what})
		}
	}
	all = append(all, named("device", c.Devices, next.Devices, func(d DeviceConfig) string { return d.Name }, func(o, n DeviceConfig) []string {
		match := func(d DeviceConfig) []any { return []any{d.Addresses, d.Hostnames, d.MACs, d.Serials, d.Refs} }
		return differ(field{"match", match(o), match(n)}, field{"parents", o.Parents, n.Parents}, field{"trust", o.Trust, n.Trust},
			field{"tags", o.Tags, n.Tags}, field{"rules", o.Rules, n.Rules})
	})...)
	all = append(all, named("group", c.Groups, next.Groups, func(g GroupConfig) string { return g.Name }, func(o, n GroupConfig) []string {
		return differ(field{"devices", o.Devices, n.Devices}, field{"tags", o.Tags, n.Tags}, field{"trust", o.Trust, n.Trust}, field{"rules", o.Rules, n.Rules})
	})...)
	all = append(all, named("maintenance", c.Maintenance, next.Maintenance, func(m MaintenanceConfig) string { return m.Name }, func(o, n MaintenanceConfig) []string {
		when := func(m MaintenanceConfig) []any {
			return []any{m.Schedule, m.Timezone, m.Duration, m.Start.UTC(), m.End.UTC()}
		}
		return differ(field{"devices", []any{o.Groups, o.Devices}, []any{n.Groups, n.Devices}}, field{"time", when(o), when(n)}, field{"reason", o.Reason, n.Reason})
	})...)
	all = append(all, one("consensus", field{"rules", c.Consensus, next.Consensus}, field{"roots", c.Roots, next.Roots})...)
	return append(all, one("identity", field{"never_merge", c.NeverMerge, next.NeverMerge},
		field{"shared_addresses", c.SharedAddresses, next.SharedAddresses}, field{"prefer", c.Prefer, next.Prefer})...)
}
