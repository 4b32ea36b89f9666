package agent

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/zclconf/go-cty/cty"
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
	// Private are the other texts of the settings: addresses and names that posts must not show.
	Private []string
}

// decodeSettings decodes the config block of a source against its plugin's schema. Mistakes are an error of type
// *Problems.
func (c *Config) decodeSettings(s SourceConfig, schema sdk.Schema) (Settings, error) {
	d := settingsDecoder{ctx: s.settings.ctx}
	body := s.settings.body
	if body == nil {
		body = hcl.EmptyBody()
	}
	value, diags := hcldec.Decode(body, specOf(schema), s.settings.ctx)
	if s.settings.body == nil {
		anchor(diags, s.settings.block)
	}
	d.diags = append(d.diags, diags...)
	if !diags.HasErrors() {
		value = d.object(value, body, schema)
	}
	if d.diags.HasErrors() {
		return Settings{}, &Problems{files: c.files, diags: d.diags, schemas: map[string]sdk.Schema{s.Name: schema}}
	}
	clear, paths := value.UnmarkDeepWithPaths()
	out := Settings{}
	for _, p := range paths {
		if v, err := p.Path.Apply(clear); err == nil && v.Type() == cty.String && !v.IsNull() {
			out.Secrets = append(out.Secrets, device.Secret(v.AsString()))
		}
	}
	out.Private = texts(clear)
	encoded, err := ctyjson.Marshal(clear, clear.Type())
	if err != nil {
		return Settings{}, fmt.Errorf("source %q: encode its settings: %w", s.Name, err)
	}
	if out.JSON, err = withoutNulls(encoded); err != nil {
		return Settings{}, fmt.Errorf("source %q: encode its settings: %w", s.Name, err)
	}
	return out, nil
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
	ctx   *hcl.EvalContext
	diags hcl.Diagnostics
}

func (d *settingsDecoder) object(v cty.Value, body hcl.Body, schema sdk.Schema) cty.Value {
	fields := v.AsValueMap()
	if fields == nil {
		fields = map[string]cty.Value{}
	}
	for _, a := range schema.Attributes {
		fields[a.Name] = d.attribute(fields[a.Name], a, rangeOf(body, a.Name))
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

func rangeOf(body hcl.Body, name string) hcl.Range {
	if s, ok := syntaxBody(body); ok {
		if a, ok := s.Attributes[name]; ok {
			return a.Expr.Range()
		}
		return s.SrcRange
	}
	return hcl.Range{}
}

func (d *settingsDecoder) attribute(v cty.Value, a sdk.Attribute, r hcl.Range) cty.Value {
	if v == cty.NilVal || v.IsNull() {
		return d.fallback(a, r)
	}
	if a.Sensitive && !v.HasMark(secretMark) && !v.ContainsMarked() {
		d.fail(r, "Secret in the configuration", "%q is a secret: a configuration names where it is, as env(\"NAME\") or file(\"PATH\"), and never holds it.", a.Name)
		return v
	}
	plain, marks := v.UnmarkDeep()
	if plain.Type() != cty.String {
		return v
	}
	s := plain.AsString()
	switch {
	case a.Type == sdk.TypeDuration:
		if t, err := time.ParseDuration(s); err != nil || t <= 0 {
			d.fail(r, "Not a duration", "%q takes a duration above zero with its unit, such as \"60s\" or \"10m\".", a.Name)
		}
	case len(a.OneOf) > 0 && !contains(a.OneOf, s):
		d.fail(r, "Unknown value", "%q may be one of %q.%s", a.Name, a.OneOf, suggestion(s, a.OneOf))
	}
	return plain.WithMarks(marks)
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

// texts returns every string in v.
func texts(v cty.Value) []string {
	var out []string
	_ = cty.Walk(v, func(_ cty.Path, e cty.Value) (bool, error) {
		if !e.IsNull() && e.Type() == cty.String && e.AsString() != "" {
			out = append(out, e.AsString())
		}
		return true, nil
	})
	return out
}

// withoutNulls drops the fields that were not set: a plugin decodes into a struct and sees its zero value.
func withoutNulls(b []byte) ([]byte, error) {
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
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
