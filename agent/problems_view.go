package agent

import (
	"bytes"
	"regexp"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// shownFile is what may be shown of a configuration file. It starts with everything blanked and uncovers what is known to
// be harmless: names, signs, and the values of the frame's own attributes, of which none is a secret.
type shownFile struct {
	source []byte
	shown  []byte          // as long as source, line by line
	hidden map[string]bool // the words of source that shown does not hold
}

func newShownFile(f *hcl.File, broken bool) shownFile {
	v := shownFile{source: f.Bytes, shown: bytes.Clone(f.Bytes), hidden: map[string]bool{}}
	for i, c := range v.shown {
		if c != '\n' && c != '\r' && c != '\t' && c != ' ' {
			v.shown[i] = '*'
		}
	}
	root, ok := syntaxBody(f.Body)
	switch {
	case broken || !ok:
		v.uncoverVocabulary()
	default:
		v.uncoverBody(root, frameAttributes[""], "")
	}
	for _, w := range words.FindAll(v.source, -1) {
		v.hidden[string(w)] = true
	}
	for _, w := range words.FindAll(v.shown, -1) {
		delete(v.hidden, string(w))
	}
	for w := range vocabulary() {
		delete(v.hidden, w)
	}
	return v
}

// frameAttributes are the attributes of the frame, by their block; "" is the file itself, "blog" and what follows it are
// types of sinks. None is a secret, so their values may be shown. A push block and the sinks have more, secrets among them.
var frameAttributes = map[string][]string{
	"":        {"never_merge", "shared_addresses"},
	"agent":   {"name", "data_dir", "listen", "domains", "hosts", "behind_proxy", "require_tokens"},
	"metrics": {"devices"},
	"tls":     {"cert_file", "key_file"},
	"source":  {"interval", "timeout", "trust", "fault_domain", "anchors", "command", "sha256"},
	"push":    {"max_body", "per_minute"},
	"limits":  {"memory", "files", "processes"},
	"device":  append([]string{"parents", "trust", "tags"}, ruleNames...),
	"match":   {"address", "hostname", "mac", "serial", "refs"},
	"group":   append([]string{"devices", "trust", "tags"}, ruleNames...),
	"consensus": append([]string{
		"fresh_for", "stale_after", "down_share", "up_share", "probe_every", "clock_skew", "retire_after",
		"blind_after", "own_network_devices", "mass_share", "mass_devices", "mass_window", "believe_after",
		"short_devices", "short_share", "short_believe_after", "flap_ring", "flap_min", "flap_start", "flap_end",
		"group_wait", "group_wait_max", "restart_wait", "roots",
	}, ruleNames...),
	"maintenance": {"groups", "devices", "schedule", "start", "end", "duration", "timezone", "reason"},
	"prefer":      {"name", "vendor", "model", "os", "version", "serial", "location", "type", "addresses"},
	"blog":        {"dir", "flavor", "title", "categories", "tags", "notes", "phase", "link_style", "body_title", "timezone", "round_times", "templates"},
	"git":         {"branch"},
	"webhook":     sinkAttributes,
	"file":        sinkAttributes,
	"stdout":      sinkAttributes,
	"notify":      sinkAttributes,
}

// uncoverBody uncovers a block's body. Harmless are the attributes that show their values; there are none inside of a
// config block, whose words belong to the plugin.
func (v shownFile) uncoverBody(body *hclsyntax.Body, harmless []string, block string) {
	for _, a := range body.Attributes {
		v.uncover(a.NameRange)
		v.uncover(a.EqualsRange)
		if contains(harmless, a.Name) {
			v.uncover(a.Expr.Range())
		} else {
			v.uncoverReferences(a.Expr)
		}
	}
	for _, b := range body.Blocks {
		v.uncover(b.TypeRange)
		v.uncover(b.OpenBraceRange)
		v.uncover(b.CloseBraceRange)
		for _, r := range b.LabelRanges {
			v.uncover(r)
		}
		kind := b.Type
		switch {
		case block == "config":
			kind = block
		case kind == "sink" && len(b.Labels) > 0:
			kind = b.Labels[0]
		}
		v.uncoverBody(b.Body, frameAttributes[kind], kind)
	}
}

func (v shownFile) uncover(r hcl.Range) {
	if r.CanSliceBytes(v.source) {
		copy(v.shown[r.Start.Byte:r.End.Byte], v.source[r.Start.Byte:r.End.Byte])
	}
}

// uncoverReferences uncovers calls such as env("NAME"): where a secret is, not what it is.
func (v shownFile) uncoverReferences(e hclsyntax.Expression) {
	_ = hclsyntax.VisitAll(e, func(n hclsyntax.Node) hcl.Diagnostics {
		call, ok := n.(*hclsyntax.FunctionCallExpr)
		if !ok || len(call.Args) != 1 {
			return nil
		}
		if arg, ok := literal(call.Args[0]); ok && (call.Name == "file" || call.Name == "env" && variableName(arg)) {
			v.uncover(call.Range())
		}
		return nil
	})
}

// literal returns the text of an expression that is nothing else.
func literal(e hclsyntax.Expression) (string, bool) {
	if _, ok := e.(*hclsyntax.TemplateExpr); !ok {
		return "", false
	}
	s, diags := e.Value(nil)
	if diags.HasErrors() || s.IsNull() || s.Type() != cty.String {
		return "", false
	}
	return s.AsString(), true
}

var variable = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`)

// variableName reports whether s looks like the name of an environment variable. What does not may be the secret
// itself, put there by mistake.
func variableName(s string) bool { return variable.MatchString(s) }

// vocabulary is the frame's own words.
func vocabulary() map[string]bool {
	known := map[string]bool{"config": true, "sink": true, "path": true, "env": true, "file": true}
	for block, names := range frameAttributes {
		known[block] = true
		for _, n := range names {
			known[n] = true
		}
	}
	return known
}

// uncoverVocabulary uncovers the signs and the frame's own words in a file that did not parse.
func (v shownFile) uncoverVocabulary() {
	known := vocabulary()
	for _, at := range identifiers.FindAllIndex(v.source, -1) {
		if word := v.source[at[0]:at[1]]; known[string(word)] {
			copy(v.shown[at[0]:at[1]], word)
		}
	}
	for i, c := range v.source {
		if bytes.IndexByte([]byte(`={}[]",`), c) >= 0 {
			v.shown[i] = c
		}
	}
}

var identifiers = regexp.MustCompile(`[\pL\pN_-]+`)
