package agent

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/internal/host"
	"github.com/quorate/quorate/sdk"
)

// Setup is the configuration in force, for a post to show.
func (h *history) Setup(context.Context) (blogsink.Setup, error) {
	g := h.a.generation()
	return g.cfg.Setup(g.infos, g.settings)
}

// Setup is the configuration made anew of its decoded settings, in the order in which people write one. What is at its
// default is left out. Infos and settings are by source, as the method Settings gives them.
func (c *Config) Setup(infos map[string]sdk.Info, settings map[string]Settings) (blogsink.Setup, error) {
	sinkSettings, err := c.sinkSettings()
	if err != nil {
		return blogsink.Setup{}, err
	}
	var s setupBuilder
	s.agent(c)
	for _, src := range c.Sources {
		info, known := infos[src.Name]
		s.source(src, settings[src.Name], info, known)
	}
	s.prefer(c.Prefer)
	s.rules(c)
	for _, d := range c.Devices {
		s.add(setupDevice(d))
	}
	for _, group := range c.Groups {
		b := newSetup("group", worded(blogsink.SetupGroup, group.Name))
		b.list("devices", blogsink.SetupDevice, group.Devices)
		b.list("tags", blogsink.SetupTag, group.Tags)
		b.overrides(group.Trust, group.Rules)
		s.add(b)
	}
	for _, m := range c.Maintenance {
		s.maintenance(m)
	}
	var apart setupBlock
	var addresses []string
	for _, a := range c.SharedAddresses {
		addresses = append(addresses, a.String())
	}
	apart.list("shared_addresses", blogsink.SetupAddress, addresses)
	if pairs := c.NeverMerge; len(pairs) > 0 {
		v := blogsink.SetupValue{Kind: blogsink.SetupList}
		for _, p := range pairs {
			v.List = append(v.List, listOf(blogsink.SetupDevice, p[:]))
		}
		apart.set("never_merge", v)
	}
	s.out.Attributes = apart.Attributes
	for _, b := range c.Blogs {
		s.add(setupBlog(b))
	}
	kinds := sinkKinds()
	for _, sink := range c.Sinks {
		s.sink(sink, sinkSettings[sink.Name], kinds[sink.Type].schema())
	}
	return s.out, nil
}

// setupBuilder collects the blocks.
type setupBuilder struct{ out blogsink.Setup }

func (s *setupBuilder) add(b setupBlock) { s.out.Blocks = append(s.out.Blocks, blogsink.SetupBlock(b)) }

// setupBlock is a block that is being made.
type setupBlock blogsink.SetupBlock

func newSetup(name string, labels ...blogsink.SetupValue) setupBlock {
	return setupBlock{Name: name, Labels: labels}
}

func worded(kind blogsink.SetupKind, text string) blogsink.SetupValue {
	return blogsink.SetupValue{Kind: kind, Text: text}
}

func numbered(f float64) blogsink.SetupValue { return blogsink.SetupValue{Number: f} }

func listOf(kind blogsink.SetupKind, texts []string) blogsink.SetupValue {
	v := blogsink.SetupValue{Kind: blogsink.SetupList}
	for _, t := range texts {
		v.List = append(v.List, worded(kind, t))
	}
	return v
}

func (b *setupBlock) set(name string, v blogsink.SetupValue) {
	b.Attributes = append(b.Attributes, blogsink.SetupAttribute{Name: name, Value: v})
}

// text, number, span and list set what is not at its default.
func (b *setupBlock) text(name string, kind blogsink.SetupKind, v, def string) {
	if v != def {
		b.set(name, worded(kind, v))
	}
}

func (b *setupBlock) number(name string, v, def float64) {
	if v != def {
		b.set(name, numbered(v))
	}
}

func (b *setupBlock) span(name string, v, def time.Duration) {
	if v != def {
		b.set(name, blogsink.SetupValue{Kind: blogsink.SetupSpan, Span: v})
	}
}

func (b *setupBlock) list(name string, kind blogsink.SetupKind, v []string) {
	if len(v) > 0 {
		b.set(name, listOf(kind, v))
	}
}

// overrides are what a device or a group sets differently.
func (b *setupBlock) overrides(trust map[string]float64, r RuleOverrides) {
	if len(trust) > 0 {
		v := blogsink.SetupValue{Kind: blogsink.SetupMap}
		for _, source := range slices.Sorted(maps.Keys(trust)) {
			v.Keys = append(v.Keys, worded(blogsink.SetupSource, source))
			v.List = append(v.List, numbered(trust[source]))
		}
		b.set("trust", v)
	}
	if r.Quorum != nil {
		b.set("quorum", numbered(float64(*r.Quorum)))
	}
	if r.Confirm != nil {
		b.set("confirm", numbered(float64(*r.Confirm)))
	}
	if r.DisputeTimeout != nil {
		b.set("dispute_timeout", blogsink.SetupValue{Kind: blogsink.SetupSpan, Span: *r.DisputeTimeout})
	}
	if r.OnDispute != nil {
		b.set("on_dispute", worded(blogsink.SetupWord, string(*r.OnDispute)))
	}
}

func (s *setupBuilder) agent(c *Config) {
	b := newSetup("agent")
	b.text("name", blogsink.SetupOther, c.Name, defaultName)
	b.text("listen", blogsink.SetupListen, c.Listen, DefaultListen)
	b.list("domains", blogsink.SetupDomain, c.Domains)
	// By which names the agent is reached, through what and with which files is nobody's business.
	for _, set := range []bool{len(c.Door.Hosts) > 0, len(c.Door.Proxies) > 0, c.Door.CertFile != ""} {
		if set {
			b.Left++
		}
	}
	if c.Door.RequireTokens {
		b.set("require_tokens", blogsink.SetupValue{Kind: blogsink.SetupYes, Number: 1})
	}
	if len(b.Attributes) > 0 || b.Left > 0 {
		s.add(b)
	}
}

func (s *setupBuilder) rules(c *Config) {
	b := newSetup("consensus")
	now, def := c.Consensus, defaultConsensus()
	defaults := ruleNumbers(&def)
	for i, n := range ruleNumbers(&now) {
		switch d := defaults[i]; {
		case n.whole != nil:
			b.number(n.name, float64(*n.whole), float64(*d.whole))
		case n.number != nil:
			b.number(n.name, *n.number, *d.number)
		default:
			b.span(n.name, *n.span, *d.span)
		}
	}
	b.text("on_dispute", blogsink.SetupWord, string(now.OnDispute), string(def.OnDispute))
	b.list("roots", blogsink.SetupDevice, c.Roots)
	if len(b.Attributes) > 0 {
		s.add(b)
	}
}

func (s *setupBuilder) prefer(fields map[string][]string) {
	b := newSetup("prefer")
	for _, name := range frameAttributes["prefer"] {
		b.list(name, blogsink.SetupSource, fields[name])
	}
	if len(b.Attributes) > 0 {
		s.add(b)
	}
}

func setupDevice(d DeviceConfig) setupBlock {
	b := newSetup("device", worded(blogsink.SetupDevice, d.Name))
	match := newSetup("match")
	var addresses []string
	for _, a := range d.Addresses {
		addresses = append(addresses, a.String())
	}
	match.oneOrMany("address", blogsink.SetupAddress, addresses)
	match.oneOrMany("hostname", blogsink.SetupHost, d.Hostnames)
	match.oneOrMany("mac", blogsink.SetupMAC, d.MACs)
	match.list("serial", blogsink.SetupOther, d.Serials)
	if len(d.Refs) > 0 {
		v := blogsink.SetupValue{Kind: blogsink.SetupMap}
		for _, source := range slices.Sorted(maps.Keys(d.Refs)) {
			v.Keys = append(v.Keys, worded(blogsink.SetupSource, source))
			refs := blogsink.SetupValue{Kind: blogsink.SetupList}
			for _, ref := range d.Refs[source] {
				refs.List = append(refs.List, worded(blogsink.SetupRef, source+"\x00"+ref))
			}
			v.List = append(v.List, refs)
		}
		match.set("refs", v)
	}
	if len(match.Attributes) > 0 {
		b.Blocks = append(b.Blocks, blogsink.SetupBlock(match))
	}
	b.list("parents", blogsink.SetupDevice, d.Parents)
	b.list("tags", blogsink.SetupTag, d.Tags)
	b.overrides(d.Trust, d.Rules)
	return b
}

// oneOrMany writes a list of one as its element.
func (b *setupBlock) oneOrMany(name string, kind blogsink.SetupKind, v []string) {
	if len(v) == 1 {
		b.set(name, worded(kind, v[0]))
		return
	}
	b.list(name, kind, v)
}

// maintenance shows windows that come again. One that comes once is nobody else's business, and the zone of the
// schedule says where the home is.
func (s *setupBuilder) maintenance(m MaintenanceConfig) {
	if m.Schedule == "" {
		return
	}
	b := newSetup("maintenance", worded(blogsink.SetupWindow, m.Name))
	b.list("groups", blogsink.SetupGroup, m.Groups)
	b.list("devices", blogsink.SetupDevice, m.Devices)
	b.set("schedule", worded(blogsink.SetupSchedule, m.Schedule))
	b.span("duration", m.Duration, 0)
	b.text("timezone", blogsink.SetupOther, m.Timezone, "UTC")
	b.text("reason", blogsink.SetupOther, m.Reason, "")
	s.add(b)
}

// limits are what a plugin may hold, where that is set.
func setupLimits(l host.Limits) []blogsink.SetupBlock {
	b := newSetup("limits")
	size := func(name string, v, def int64) {
		if v = cmp.Or(v, def); v != def {
			b.set(name, blogsink.SetupValue{Kind: blogsink.SetupSize, Number: float64(v)})
		}
	}
	size("memory", l.Memory, host.DefaultMemory)
	b.number("files", float64(cmp.Or(l.Files, host.DefaultFiles)), host.DefaultFiles)
	b.number("processes", float64(cmp.Or(l.Processes, host.DefaultProcesses)), host.DefaultProcesses)
	if len(b.Attributes) == 0 {
		return nil
	}
	return []blogsink.SetupBlock{blogsink.SetupBlock(b)}
}

func setupBlog(c BlogConfig) setupBlock {
	b := newSetup("sink", worded(blogsink.SetupWord, "blog"), worded(blogsink.SetupSink, c.Name))
	b.set("dir", worded(blogsink.SetupFolder, c.Dir))
	b.text("notes", blogsink.SetupFolder, c.Notes, "")
	b.text("title", blogsink.SetupOther, c.Title, defaultSeries)
	b.list("categories", blogsink.SetupOther, c.Categories)
	b.list("tags", blogsink.SetupOther, c.Tags)
	b.text("phase", blogsink.SetupOther, c.Phase, "")
	b.text("link_style", blogsink.SetupWord, c.LinkStyle, "post_url")
	if c.NoBodyTitle {
		b.set("body_title", blogsink.SetupValue{Kind: blogsink.SetupYes})
	}
	b.text("timezone", blogsink.SetupOther, c.TimeZone, "UTC") // says where the home is
	b.text("round_times", blogsink.SetupWord, c.RoundTimes, "")
	b.text("templates", blogsink.SetupOther, c.Templates, "")
	if c.GitBranch != "" {
		b.Left++
	}
	return b
}
