package agent

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

// settingsBody is the config block of a source before its plugin's schema is known.
type settingsBody struct {
	body  hcl.Body // nil where the source has no config block
	ctx   *hcl.EvalContext
	block hcl.Range
	dir   string
}

// Settings are a source's settings as its plugin gets them.
type Settings struct {
	// JSON fits the plugin's schema. It holds secrets in the clear: it goes to the plugin and nowhere else.
	JSON []byte
	// Secrets are the values that came by reference, for masking and for the publishing gate.
	Secrets []device.Secret
	// Texts are all texts of the settings: addresses and names among them that posts must not show.
	Texts []Text
	// Files is a fingerprint of what is in the files that the settings name, as certificates: they may change while their
	// names do not.
	Files string
	// Push, where not nil, is how the source takes pushes. Its token is one of the Secrets.
	Push *PushConfig
}

// Text is one text of a source's settings.
type Text struct {
	Attribute string // whose value it is, or part of it
	Value     device.Secret
}

// decodeSettings decodes a block of a source against its schema. Mistakes are an error of type *Problems.
func (c *Config) decodeSettings(source string, settings settingsBody, schema sdk.Schema) (Settings, error) {
	d := settingsDecoder{dir: settings.dir, block: settings.block}
	body := settings.body
	if body == nil {
		body = hcl.EmptyBody()
	}
	value, diags := hcldec.Decode(body, specOf(schema), settings.ctx)
	if settings.body == nil {
		anchor(diags, settings.block)
	}
	d.diags = append(d.diags, diags...)
	if !diags.HasErrors() {
		value = d.object(value, body, schema)
	}
	if d.diags.HasErrors() {
		return Settings{}, problems(c.files, d.diags)
	}
	clear, paths := value.UnmarkDeepWithPaths()
	out := Settings{}
	for _, p := range paths {
		v, err := p.Path.Apply(clear)
		if err != nil {
			return Settings{}, fmt.Errorf("source %q: find a secret in its settings: %w", source, err)
		}
		if plainText(schema, p.Path) {
			continue // an address that happens to come from the environment: messages may name it
		}
		for _, t := range texts(v) {
			out.Secrets = append(out.Secrets, t.Value)
		}
	}
	out.Texts = texts(clear)
	out.Files = fingerprint(out.Texts)
	encoded, err := ctyjson.Marshal(clear, clear.Type())
	if err != nil {
		return Settings{}, fmt.Errorf("source %q: encode its settings: %w", source, err)
	}
	if out.JSON, err = withoutNulls(encoded); err != nil {
		return Settings{}, fmt.Errorf("source %q: encode its settings: %w", source, err)
	}
	return out, nil
}

// plainText reports whether path leads to a text that the plugin does not call sensitive. What lies in a list or a map
// is taken for a secret where it came by reference: nobody said what it is.
func plainText(schema sdk.Schema, path cty.Path) bool {
	for _, step := range path {
		name, ok := step.(cty.GetAttrStep)
		if !ok {
			continue
		}
		if i := slices.IndexFunc(schema.Blocks, func(b sdk.Block) bool { return b.Name == name.Name }); i >= 0 {
			schema = schema.Blocks[i].Schema
			continue
		}
		i := slices.IndexFunc(schema.Attributes, func(a sdk.Attribute) bool { return a.Name == name.Name })
		return i >= 0 && schema.Attributes[i].Type == sdk.TypeString && !schema.Attributes[i].Sensitive
	}
	return false
}

// anchor gives diagnostics of a missing body the place of the source block.
func anchor(diags hcl.Diagnostics, r hcl.Range) {
	for _, d := range diags {
		d.Subject = &r
	}
}

func specOf(s sdk.Schema) hcldec.ObjectSpec {
	spec := hcldec.ObjectSpec{}
	for _, a := range s.Attributes {
		spec[a.Name] = &hcldec.AttrSpec{Name: a.Name, Type: typeOf(a.Type), Required: a.Required}
	}
	for _, b := range s.Blocks {
		inner := specOf(b.Schema)
		for i, label := range b.Labels {
			inner[label] = &hcldec.BlockLabelSpec{Index: i, Name: label}
		}
		spec[b.Name] = &hcldec.BlockTupleSpec{TypeName: b.Name, Nested: inner, MinItems: b.Min, MaxItems: b.Max}
	}
	return spec
}

func typeOf(t sdk.AttributeType) cty.Type {
	switch t {
	case sdk.TypeNumber:
		return cty.Number
	case sdk.TypeBool:
		return cty.Bool
	case sdk.TypeStrings:
		return cty.List(cty.String)
	case sdk.TypeMap:
		return cty.Map(cty.String)
	}
	return cty.String
}

// settingsDecoder checks what a type cannot say, and fills in defaults.
type settingsDecoder struct {
	dir   string
	block hcl.Range // the place of what is not in the file
	diags hcl.Diagnostics
}

func (d *settingsDecoder) object(v cty.Value, body hcl.Body, schema sdk.Schema) cty.Value {
	fields := v.AsValueMap()
	if fields == nil {
		fields = map[string]cty.Value{}
	}
	for _, a := range schema.Attributes {
		fields[a.Name] = d.attribute(fields[a.Name], a, d.rangeOf(body, a.Name))
	}
	nested, _ := syntaxBody(body)
	for _, b := range schema.Blocks {
		var items []cty.Value
		at := 0
		for _, item := range fields[b.Name].AsValueSlice() {
			inner := hcl.EmptyBody()
			for nested != nil && at < len(nested.Blocks) && nested.Blocks[at].Type != b.Name {
				at++
			}
			if nested != nil && at < len(nested.Blocks) {
				inner = nested.Blocks[at].Body
				at++
			}
			items = append(items, d.object(item, inner, b.Schema))
		}
		fields[b.Name] = cty.TupleVal(items)
	}
	return cty.ObjectVal(fields)
}

func (d *settingsDecoder) rangeOf(body hcl.Body, name string) hcl.Range {
	if s, ok := syntaxBody(body); ok {
		if a, ok := s.Attributes[name]; ok {
			return a.Expr.Range()
		}
	}
	return d.block
}

func (d *settingsDecoder) attribute(v cty.Value, a sdk.Attribute, r hcl.Range) cty.Value {
	if v == cty.NilVal || v.IsNull() {
		return d.fallback(a, r)
	}
	if a.Sensitive && holdsLiteral(v) {
		d.fail(r, "Secret in the configuration", "%q is a secret: a configuration names where it is, as env(\"NAME\") or file(\"PATH\"), and never holds it.", a.Name)
		return v
	}
	plain, marks := v.UnmarkDeep()
	if plain.Type() != cty.String {
		return v
	}
	s := plain.AsString()
	switch {
	case a.Sensitive && s == "":
		d.fail(r, "Empty secret", "What %q refers to is empty.", a.Name)
	case a.Type == sdk.TypeDuration:
		if t, err := time.ParseDuration(s); err != nil || t <= 0 {
			d.fail(r, "Not a duration", "%q takes a duration above zero with its unit, such as \"60s\" or \"10m\".", a.Name)
		}
	case len(a.OneOf) > 0 && !contains(a.OneOf, s):
		d.fail(r, "Unknown value", "%q may be one of %q.%s", a.Name, a.OneOf, suggestion(s, a.OneOf))
	case isPath(a.Name) && s != "" && !filepath.IsAbs(s):
		return cty.StringVal(filepath.Join(d.dir, s)).WithMarks(marks)
	}
	return v
}

// isPath reports whether an attribute of that name is the path of a file or folder. Plugins run in another folder than
// the agent, so they get it absolute; like all paths of the configuration it starts from the configuration's own.
func isPath(name string) bool {
	return strings.HasSuffix(name, "_file") || strings.HasSuffix(name, "_dir")
}

// holdsLiteral reports whether any part of v did not come by reference.
func holdsLiteral(v cty.Value) bool {
	if v.IsMarked() {
		return false
	}
	if !v.CanIterateElements() {
		return true
	}
	return slices.ContainsFunc(v.AsValueSlice(), holdsLiteral)
}

func (d *settingsDecoder) fallback(a sdk.Attribute, r hcl.Range) cty.Value {
	t := typeOf(a.Type)
	if a.Default == "" {
		return cty.NullVal(t)
	}
	v, err := ctyjson.Unmarshal([]byte(a.Default), t)
	if err != nil {
		d.fail(r, "Bad default in the plugin", "The plugin gives %q a default that is no %s.", a.Name, a.Type)
		return cty.NullVal(t)
	}
	return v
}

func (d *settingsDecoder) fail(r hcl.Range, summary, detail string, args ...any) {
	attrs{diags: &d.diags}.fail(r, summary, detail, args...)
}

// texts returns every text and number in v that is not empty.
func texts(v cty.Value) []Text {
	var out []Text
	_ = cty.Walk(v, func(at cty.Path, e cty.Value) (bool, error) {
		if e.IsNull() || e.Type() != cty.String && e.Type() != cty.Number {
			return true, nil
		}
		name := ""
		for _, step := range at {
			if s, ok := step.(cty.GetAttrStep); ok {
				name = s.Name
			}
		}
		if s, err := convert.Convert(e, cty.String); err == nil && s.AsString() != "" {
			out = append(out, Text{Attribute: name, Value: device.Secret(s.AsString())})
		}
		return true, nil
	})
	return out
}

// maxNamedFile bounds what is read of a file that settings name.
const maxNamedFile = 1 << 20

// fingerprint is that of the files among settings, "" where there are none. One that cannot be read counts as empty:
// whoever uses it will say so.
func fingerprint(settings []Text) string {
	h, named := sha256.New(), false
	for _, t := range settings {
		if !strings.HasSuffix(t.Attribute, "_file") {
			continue
		}
		named = true
		if info, err := os.Stat(t.Value.Reveal()); err != nil || !info.Mode().IsRegular() || info.Size() > maxNamedFile {
			continue
		}
		b, err := os.ReadFile(t.Value.Reveal())
		if err != nil {
			continue
		}
		fmt.Fprintf(h, "%d\n", len(b))
		h.Write(b)
	}
	if !named {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}

// withoutNulls drops the fields that were not set: a plugin decodes into a struct and sees its zero value.
func withoutNulls(b []byte) ([]byte, error) {
	var v any
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber() // as it was written: a float64 would round it
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	return json.Marshal(dropNulls(v))
}

func dropNulls(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			if e == nil {
				delete(v, k)
				continue
			}
			v[k] = dropNulls(e)
		}
	case []any:
		for i, e := range v {
			v[i] = dropNulls(e)
		}
	}
	return v
}
