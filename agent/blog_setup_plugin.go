package agent

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/sdk"
)

// source adds a source. One that runs the owner's own program is shown by its frame alone: nobody else has the program,
// and nobody knows what its settings mean.
func (s *setupBuilder) source(c SourceConfig, settings Settings, info sdk.Info, known bool) {
	own := c.Command != "" || c.Type == "exec" || !known
	b := newSetup("source", worded(blogsink.SetupWord, c.Type), worded(blogsink.SetupSource, c.Name))
	b.span("interval", c.Interval, DefaultInterval)
	b.span("timeout", c.Timeout, DefaultTimeout)
	b.number("trust", c.Trust, 1)
	b.text("fault_domain", blogsink.SetupMachine, c.FaultDomain, c.Name)
	b.list("anchors", blogsink.SetupDevice, c.Anchors)
	if own {
		b.Foreign = true
		b.Labels = []blogsink.SetupValue{{Kind: blogsink.SetupOther, Text: c.Type}, {Kind: blogsink.SetupSource, Text: c.Name}}
		b.text("command", blogsink.SetupOther, c.Command, "")
		b.text("sha256", blogsink.SetupOther, c.SHA256, "")
		b.Left = countSettings(settings.JSON)
	} else {
		config := newSetup("config")
		config.settings(settings.JSON, info.Config)
		b.Blocks = append(b.Blocks, blogsink.SetupBlock(config))
	}
	if p := settings.Push; p != nil {
		push := newSetup("push")
		push.set("token", blogsink.SetupValue{Kind: blogsink.SetupSecret})
		push.number("max_body", float64(p.MaxBody), defaultPushBody)
		push.number("per_minute", float64(p.PerMinute), defaultPushes)
		b.Blocks = append(b.Blocks, blogsink.SetupBlock(push))
	}
	b.Blocks = append(b.Blocks, setupLimits(c.Limits)...)
	s.add(b)
}

// sink adds a sink other than a blog.
func (s *setupBuilder) sink(c SinkConfig, settings Settings, schema sdk.Schema) {
	b := newSetup("sink", worded(blogsink.SetupWord, c.Type), worded(blogsink.SetupSink, c.Name))
	served := map[string]bool{}
	for _, name := range sinkAttributes {
		served[name] = true
	}
	schema.Attributes = slices.DeleteFunc(slices.Clone(schema.Attributes), func(a sdk.Attribute) bool { return served[a.Name] })
	b.settings(settings.JSON, schema)
	b.span("timeout", c.Timeout, DefaultSinkTimeout)
	b.number("batch", float64(c.Batch), DefaultSinkBatch)
	b.span("retry_first", c.RetryFirst, min(DefaultRetryFirst, c.RetryMost))
	b.span("retry_most", c.RetryMost, DefaultRetryMost)
	b.number("max_backlog", float64(c.MaxBacklog), 0)
	b.text("at_cap", blogsink.SetupWord, c.AtCap, AtCapBlock)
	b.list("on", blogsink.SetupEvent, c.On)
	s.add(b)
}

// settings adds what a schema tells of decoded settings. Without a kind of its own a text is left out: nobody knows what
// is in it.
func (b *setupBlock) settings(encoded []byte, schema sdk.Schema) {
	var values map[string]json.RawMessage
	if json.Unmarshal(encoded, &values) != nil {
		b.Left++
		return
	}
	for _, a := range schema.Attributes {
		raw, ok := values[a.Name]
		if !ok {
			continue
		}
		v, ok := setupValue(a, raw)
		if !ok {
			b.Left++
			continue
		}
		def, hasDefault := setupValue(a, json.RawMessage(a.Default))
		if a.Required || !hasDefault || !sameValue(v, def) {
			b.set(a.Name, v)
		}
	}
	for _, inner := range schema.Blocks {
		var items []json.RawMessage
		if json.Unmarshal(values[inner.Name], &items) != nil {
			continue
		}
		for _, item := range items {
			var labels map[string]json.RawMessage
			_ = json.Unmarshal(item, &labels) // an item is an object, or it has no labels
			block := newSetup(inner.Name)
			for _, label := range inner.Labels {
				var text string
				_ = json.Unmarshal(labels[label], &text) // a label is a text
				block.Labels = append(block.Labels, worded(labelKinds[inner.Name+" "+label], text))
			}
			block.settings(item, inner.Schema)
			b.Blocks = append(b.Blocks, blogsink.SetupBlock(block))
		}
	}
}

// labelKinds says what the labels of our own sources' blocks are.
var labelKinds = map[string]blogsink.SetupKind{
	"credential version": blogsink.SetupWord,
	"credential name":    blogsink.SetupCredential,
	"target name":        blogsink.SetupTarget,
}

// textKinds says what the texts of our own sources and sinks are. What is not here is left out of posts.
var textKinds = map[string]blogsink.SetupKind{
	"url": blogsink.SetupURL, "proxy": blogsink.SetupURL, "link": blogsink.SetupURL, "address": blogsink.SetupPeer,
	"username": blogsink.SetupUser, "user": blogsink.SetupUser, "credentials": blogsink.SetupCredential,
	"path": blogsink.SetupFile, "max_size": blogsink.SetupAmount,
}

// setupValue reads a setting. A zero length of JSON is no value.
func setupValue(a sdk.Attribute, raw json.RawMessage) (v blogsink.SetupValue, ok bool) {
	if len(raw) == 0 {
		return v, false
	}
	kind, known := textKinds[a.Name]
	switch {
	case a.Sensitive:
		kind = blogsink.SetupSecret
	case len(a.OneOf) > 0:
		kind = blogsink.SetupWord
	case !known:
		kind = blogsink.SetupOther
	}
	var text string
	switch a.Type {
	case sdk.TypeNumber:
		return v, json.Unmarshal(raw, &v.Number) == nil
	case sdk.TypeBool:
		var yes bool
		err := json.Unmarshal(raw, &yes)
		v.Kind = blogsink.SetupYes
		if yes {
			v.Number = 1
		}
		return v, err == nil
	case sdk.TypeDuration:
		if json.Unmarshal(raw, &text) != nil {
			return v, false
		}
		d, err := time.ParseDuration(text)
		return blogsink.SetupValue{Kind: blogsink.SetupSpan, Span: d}, err == nil
	case sdk.TypeStrings:
		var texts []string
		err := json.Unmarshal(raw, &texts)
		v = listOf(kind, texts)
		if kind == blogsink.SetupSecret {
			v = listOf(kind, make([]string, len(texts)))
		}
		return v, err == nil
	case sdk.TypeMap:
		var texts map[string]string
		err := json.Unmarshal(raw, &texts)
		v.Kind = blogsink.SetupMap
		for _, key := range slices.Sorted(maps.Keys(texts)) {
			v.Keys = append(v.Keys, worded(blogsink.SetupHeader, key))
			v.List = append(v.List, blogsink.SetupValue{Kind: kind})
		}
		return v, err == nil
	}
	err := json.Unmarshal(raw, &text)
	if v = worded(kind, text); kind == blogsink.SetupSecret {
		v.Text = ""
	}
	return v, err == nil
}

func sameValue(a, b blogsink.SetupValue) bool {
	return a.Kind == b.Kind && a.Text == b.Text && a.Number == b.Number && a.Span == b.Span && len(a.List)+len(b.List) == 0
}

// countSettings is how many settings a config block has.
func countSettings(encoded []byte) int {
	var values map[string]json.RawMessage
	if json.Unmarshal(encoded, &values) != nil {
		return 0
	}
	return len(values)
}
