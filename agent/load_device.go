package agent

import (
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/quorate/quorate/device"
)

var ruleNames = []string{"quorum", "confirm", "dispute_timeout", "on_dispute"}

func (l *loader) device(b *hcl.Block) {
	a, blocks := l.content(b, "device", "match")
	d := DeviceConfig{Name: b.Labels[0], Parents: a.strs("parents"), Tags: a.strs("tags"), Trust: l.trust(a), Rules: l.rules(a)}
	if len(blocks) > 1 {
		l.fail(blocks[1].DefRange, "Duplicate block", "A device has one match block; each key in it may be a list.")
	}
	for _, m := range blocks {
		l.match(m, &d)
	}
	l.cfg.Devices = append(l.cfg.Devices, d)
}

// trust reads { prtg = 0.5 }: by how much the votes of a source are multiplied here.
func (l *loader) trust(a attrs) map[string]float64 {
	var trust map[string]float64
	r, ok := a.into("trust", cty.Map(cty.Number), &trust)
	if !ok {
		return nil
	}
	for _, s := range slices.Sorted(maps.Keys(trust)) {
		if t := trust[s]; t < 0 || t > 100 {
			l.fail(r, "Number out of range", "\"trust\" of %q is %v; it takes 0 to 100.", s, t)
		}
	}
	return trust
}

func (l *loader) match(b *hcl.Block, d *DeviceConfig) {
	a, _ := l.content(b, "match")
	for _, s := range a.oneOrMany("address") {
		if ip, ok := a.address("address", s); ok {
			d.Addresses = append(d.Addresses, ip)
		}
	}
	d.Hostnames, d.MACs, d.Serials = a.oneOrMany("hostname"), a.oneOrMany("mac"), a.oneOrMany("serial")
	for _, mac := range d.MACs {
		if !macForm.MatchString(mac) {
			l.fail(a.set["mac"].Expr.Range(), "Not a MAC address", "\"mac\" holds %s; it takes addresses such as \"00:00:5e:00:53:01\".", a.given("mac", mac))
		}
	}
	if v, r, ok := a.value("refs", cty.DynamicPseudoType); ok {
		d.Refs = l.refsByName(v, r)
	}
}

// macForm is every notation that identity reads.
var macForm = regexp.MustCompile(`^(?i)(0x)?([0-9a-f]{12}|[0-9a-f]{1,2}([:. -][0-9a-f]{1,2}){5}|[0-9a-f]{4}([:. -][0-9a-f]{4}){2})$`)

// refsByName reads { prtg = ["2003", "2011"], librenms = "7" }.
func (l *loader) refsByName(v cty.Value, r hcl.Range) map[string][]string {
	if !v.Type().IsObjectType() && !v.Type().IsMapType() {
		l.fail(r, "Wrong type", "\"refs\" takes a list of refs for each source: { prtg = [\"2003\"] }.")
		return nil
	}
	refs := map[string][]string{}
	for name, list := range v.AsValueMap() {
		if list.Type().IsPrimitiveType() && !list.IsNull() {
			list = cty.ListVal([]cty.Value{list})
		}
		if !list.CanIterateElements() {
			l.fail(r, "Wrong type", "\"refs\" of %q takes a list of refs.", name)
			continue
		}
		for _, e := range list.AsValueSlice() {
			e, err := convert.Convert(e, cty.String)
			if err != nil || e.IsNull() {
				l.fail(r, "Wrong type", "\"refs\" of %q holds something that is no string.", name)
				continue
			}
			refs[name] = append(refs[name], e.AsString())
		}
	}
	return refs
}

func (l *loader) group(b *hcl.Block) {
	a, _ := l.content(b, "group")
	if a.set["devices"] == nil && a.set["tags"] == nil {
		l.fail(b.DefRange, "Missing attribute", "A group needs \"devices\" or \"tags\": it has no members.")
	}
	l.cfg.Groups = append(l.cfg.Groups, GroupConfig{
		Name: b.Labels[0], Devices: a.strs("devices"), Tags: a.strs("tags"), Trust: l.trust(a), Rules: l.rules(a),
	})
}

func (l *loader) rules(a attrs) RuleOverrides {
	return RuleOverrides{
		Quorum:         optional(a, "quorum", func() int { return a.integer("quorum", 1, 1, 100) }),
		Confirm:        optional(a, "confirm", func() int { return a.integer("confirm", 3, 1, 1000) }),
		DisputeTimeout: optional(a, "dispute_timeout", func() time.Duration { return a.duration("dispute_timeout", 0) }),
		OnDispute:      optional(a, "on_dispute", func() device.State { return onDispute(a) }),
	}
}

func onDispute(a attrs) device.State {
	return device.State(a.oneOf("on_dispute", string(device.StateUnknown), string(device.StateUnknown), string(device.StateUp), string(device.StateDown)))
}

// crossCheck reports references between blocks that lead nowhere, and parents that go round in a circle.
func (l *loader) crossCheck() {
	var names []string
	for _, s := range l.cfg.Sources {
		names = append(names, s.Name)
	}
	for _, list := range l.cfg.Prefer {
		for _, s := range list {
			l.wantSource("prefer", s, names)
		}
	}
	for _, g := range l.cfg.Groups {
		for s := range g.Trust {
			l.wantSource("group "+g.Name, s, names)
		}
	}
	l.checkMaintenance()
	for _, d := range l.cfg.Devices {
		for s := range d.Trust {
			l.wantSource("device "+d.Name, s, names)
		}
		for s := range d.Refs {
			l.wantSource("device "+d.Name, s, names)
		}
		if path := l.parentCycle(d.Name); path != nil && d.Name == slices.Min(path) { // once a circle
			l.fail(l.places["device "+d.Name], "Parents in a circle", "Following \"parents\" from %q leads back to it: %q.", d.Name, path)
		}
	}
}

func (l *loader) wantSource(block, name string, names []string) {
	if !contains(names, name) {
		l.fail(l.places[block], "Unknown source", "There is no source named %q.%s", name, suggestion(name, names))
	}
}

func (l *loader) parentCycle(start string) []string {
	parents := map[string][]string{}
	for _, d := range l.cfg.Devices {
		parents[d.Name] = d.Parents
	}
	seen := map[string]bool{}
	var walk func(name string, path []string) []string
	walk = func(name string, path []string) []string {
		for _, p := range parents[name] {
			if p == start {
				return append(path, p)
			}
			if !seen[p] {
				seen[p] = true
				if found := walk(p, append(slices.Clone(path), p)); found != nil {
					return found
				}
			}
		}
		return nil
	}
	return walk(start, []string{start})
}

func contains(list []string, s string) bool { return slices.Contains(list, s) }

// suggestion returns ` Did you mean "x"?` for the nearest of the allowed words, or nothing.
func suggestion(given string, allowed []string) string {
	best, at := "", 3
	for _, w := range allowed {
		if d := levenshtein.Distance(given, w, nil); d < at {
			best, at = w, d
		}
	}
	if best == "" {
		return ""
	}
	return " Did you mean \"" + best + "\"?"
}
