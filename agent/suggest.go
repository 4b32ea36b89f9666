package agent

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/quorate/quorate/identity"
	"github.com/quorate/quorate/sdk"
)

// suggest writes what the configuration might say instead: the source's whole block with what the findings change, and
// beside it the blocks to add. Secrets stay the references that they are. What would not load is left out.
func (c *Config) suggest(out *SourceCheck, it *looked) string {
	var parts []string
	if block := c.suggestSource(out, it); block != "" {
		parts = append(parts, "# In place of the source block, but for its comments:\n"+block)
	}
	if beside := c.suggestBeside(out); beside != "" {
		parts = append(parts, "# Beside it:\n"+beside)
	}
	if out.Works && pushable(it) {
		name := strings.ToUpper(strings.Map(func(r rune) rune {
			if r == '-' || r == '.' {
				return '_'
			}
			return r
		}, it.Source.Name)) + "_PUSH_TOKEN"
		parts = append(parts, fmt.Sprintf("# In the source block, once %s holds a token of 16 characters or more:\n#   push {\n#     token = env(%q)\n#   }\n", name, name))
	}
	for i := range parts {
		parts[i] = strings.TrimRight(parts[i], "\n")
	}
	return strings.Join(parts, "\n\n")
}

// pushable reports whether the source could be pushed to and is not.
func pushable(it *looked) bool {
	return it.info.Can(sdk.CapabilityReceive) && it.Source.push.body == nil
}

// suggestSource returns the source's block with the changes, "" where there is none.
func (c *Config) suggestSource(out *SourceCheck, it *looked) string {
	text := c.written(it.Source)
	changed := false
	// change changes the block of text, unless it would not load then.
	change := func(f func(*hclwrite.Body) bool) bool {
		file, block := sourceIn(text, it.Source)
		if block == nil || !f(block.Body()) || !c.loads(it, file.Bytes()) {
			return false
		}
		text, changed = file.Bytes(), true
		return true
	}
	set := func(name string, v cty.Value) {
		change(func(b *hclwrite.Body) bool {
			b.SetAttributeValue(name, v)
			return true
		})
	}
	timeout, interval := betterTimes(it)
	if (out.Works || tooLong(it)) && interval != it.Source.Interval {
		set("interval", cty.StringVal(shortSpan(interval)))
	}
	if (out.Works || tooLong(it)) && timeout != it.Source.Timeout {
		set("timeout", cty.StringVal(shortSpan(timeout)))
	}
	if n := len(out.Devices); n > 0 && n < ownNetwork && len(it.Source.Anchors) == 0 {
		var names []cty.Value
		for _, d := range out.Devices {
			names = append(names, cty.StringVal(d.Name))
		}
		set("anchors", cty.ListVal(names))
	}
	for i := range out.Findings {
		f := &out.Findings[i]
		if f.HCL != "" && !change(func(b *hclwrite.Body) bool { return merge(b.FirstMatchingBlock("config", nil), f.HCL) }) {
			f.HCL = "" // what does not load is no advice
		}
	}
	if !changed {
		return ""
	}
	_, block := sourceIn(text, it.Source)
	return string(hclwrite.Format(withoutComments(block.BuildTokens(nil)).Bytes())) + "\n"
}

// withoutComments drops what people write for themselves: nobody knows what is in it.
func withoutComments(tokens hclwrite.Tokens) hclwrite.Tokens {
	var out hclwrite.Tokens
	for _, t := range tokens {
		if t.Type != hclsyntax.TokenComment {
			out = append(out, t)
			continue
		}
		if bytes.HasSuffix(t.Bytes, []byte("\n")) && len(out) > 0 && out[len(out)-1].Type != hclsyntax.TokenNewline {
			out = append(out, &hclwrite.Token{Type: hclsyntax.TokenNewline, Bytes: []byte("\n")})
		}
	}
	return out
}

// written is the file in which the source stands.
func (c *Config) written(s SourceConfig) []byte {
	for _, f := range c.files.bodies() {
		if _, block := sourceIn(f.Bytes, s); block != nil {
			return f.Bytes
		}
	}
	return nil
}

// sourceIn finds the source's block in a text; nil where it is not there.
func sourceIn(text []byte, s SourceConfig) (*hclwrite.File, *hclwrite.Block) {
	file, diags := hclwrite.ParseConfig(text, "", hcl.InitialPos)
	if diags.HasErrors() {
		return nil, nil
	}
	return file, file.Body().FirstMatchingBlock("source", []string{s.Type, s.Name})
}

// merge sets what text sets in a config block: its attributes in place of those of the same name, its blocks beside the others. It
// is false where there is no such block, or text is no configuration.
func merge(config *hclwrite.Block, text string) bool {
	if config == nil {
		return false
	}
	body := config.Body()
	text += "\n"
	parsed, diags := hclwrite.ParseConfig([]byte(text), "", hcl.InitialPos)
	if diags.HasErrors() {
		return false
	}
	syntax, diags := hclsyntax.ParseConfig([]byte(text), "", hcl.InitialPos)
	if diags.HasErrors() {
		return false
	}
	inner, ok := syntaxBody(syntax.Body)
	if !ok || calls(inner) {
		return false
	}
	for name, attr := range parsed.Body().Attributes() {
		body.SetAttributeRaw(name, attr.Expr().BuildTokens(nil))
	}
	for _, b := range parsed.Body().Blocks() {
		body.AppendNewline()
		body.AppendBlock(b)
	}
	return true
}

// calls reports whether a text of a stranger would read a file or the environment, or take a value from elsewhere.
func calls(body *hclsyntax.Body) bool {
	found := false
	_ = hclsyntax.VisitAll(body, func(n hclsyntax.Node) hcl.Diagnostics {
		switch n.(type) {
		case *hclsyntax.FunctionCallExpr, *hclsyntax.ScopeTraversalExpr:
			found = true
		}
		return nil
	})
	return found
}

// loads reports whether the source would load with that text in place of its file, its settings included.
func (c *Config) loads(it *looked, text []byte) bool {
	parser := hclparse.NewParser()
	file, diags := parser.ParseHCL(text, "suggested")
	if diags.HasErrors() {
		return false
	}
	root, _, diags := file.Body.PartialContent(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "source", LabelNames: []string{"type", "name"}}}})
	if diags.HasErrors() {
		return false
	}
	for _, b := range root.Blocks {
		if b.Labels[1] != it.Source.Name {
			continue
		}
		l := &loader{refs: newReferences(it.Source.settings.dir), cfg: &Config{}, places: map[string]hcl.Range{}}
		l.ctx = it.Source.settings.ctx
		l.source(b)
		if l.diags.HasErrors() || len(l.cfg.Sources) != 1 {
			return false
		}
		_, err := l.cfg.decodeSettings(it.Source.Name, l.cfg.Sources[0].settings, it.info.Config)
		return err == nil
	}
	return false
}

// maxPins bounds what is suggested of devices: a person reads it.
const maxPins = 20

// suggestBeside returns the pins, and the addresses that belong to nobody.
func (c *Config) suggestBeside(out *SourceCheck) string {
	var b strings.Builder
	var addresses []string
	for _, s := range out.Shared {
		if s.Kind == identity.KindAddress && !slices.Contains(addresses, s.Value) {
			addresses = append(addresses, s.Value)
		}
	}
	if len(addresses) > 0 {
		file := hclwrite.NewEmptyFile()
		var all []cty.Value
		for _, a := range c.SharedAddresses {
			all = append(all, cty.StringVal(a.String()))
		}
		for _, a := range addresses {
			all = append(all, cty.StringVal(a))
		}
		file.Body().SetAttributeValue("shared_addresses", cty.ListVal(all))
		text := string(file.Bytes())
		if len(c.SharedAddresses) > 0 {
			text = "# In place of shared_addresses: " + text
		}
		fmt.Fprintf(&b, "# Several devices have these, so that they say nothing of who is who:\n%s", text)
	}
	taken := map[string]bool{}
	for _, d := range c.Devices {
		taken[d.Name] = true
	}
	n := 0
	for _, near := range out.Near {
		if near.Reason != identity.ReasonName && near.Reason != identity.ReasonShared || taken[near.Name.Name] || taken[near.With.Name] {
			continue
		}
		if rivals(out.Near, near) {
			continue // nobody can guess which of them it is
		}
		if n++; n > maxPins {
			break
		}
		taken[near.Name.Name], taken[near.With.Name] = true, true
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString("# Only if they are one device:\n" + pin(near))
	}
	return b.String()
}

// rivals reports whether one of the two may as well be a third.
func rivals(all []identity.Near, one identity.Near) bool {
	return slices.ContainsFunc(all, func(n identity.Near) bool {
		return (n.Name.ID == one.Name.ID) != (n.With.ID == one.With.ID) && (n.Reason == identity.ReasonName || n.Reason == identity.ReasonShared)
	})
}

// pin says that two refs are one device.
func pin(n identity.Near) string {
	file := hclwrite.NewEmptyFile()
	device := file.Body().AppendNewBlock("device", []string{n.Name.Name})
	match := device.Body().AppendNewBlock("match", nil)
	match.Body().SetAttributeValue("refs", cty.ObjectVal(map[string]cty.Value{
		n.Ref.Source: cty.ListVal([]cty.Value{cty.StringVal(n.Ref.Ref)}), n.Other.Source: cty.ListVal([]cty.Value{cty.StringVal(n.Other.Ref)}),
	}))
	return string(hclwrite.Format(file.Bytes()))
}

// shortSpan writes a duration as a person would: "90s", "5m".
func shortSpan(d time.Duration) string {
	if d%time.Minute == 0 && d > time.Minute {
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return fmt.Sprintf("%ds", d/time.Second)
}
