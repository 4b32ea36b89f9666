package web

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/quorate/quorate/internal/view"
)

// maxConfig bounds what is shown of a configuration, in bytes.
const maxConfig = 256 << 10

// configText writes attributes and blocks as the configuration has them, for reading: secrets are "(secret)" already.
func configText(attributes map[string]any, blocks []view.ConfigBlock) string {
	var b strings.Builder
	writeConfig(&b, "", attributes, blocks)
	if b.Len() > maxConfig {
		return strings.ToValidUTF8(b.String()[:maxConfig], "") + "\n…"
	}
	return b.String()
}

func writeConfig(b *strings.Builder, indent string, attributes map[string]any, blocks []view.ConfigBlock) {
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		fmt.Fprintf(b, "%s%s = %s\n", indent, clean(name), configValue(attributes[name]))
	}
	for i := range blocks {
		x := &blocks[i]
		if b.Len() > maxConfig {
			return
		}
		if i > 0 && indent == "" || indent == "" && len(attributes) > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(indent + clean(x.Type))
		for _, l := range x.Labels {
			b.WriteString(" " + quoted(l))
		}
		b.WriteString(" {\n")
		writeConfig(b, indent+"  ", x.Attributes, x.Blocks)
		if x.LeftOut > 0 {
			fmt.Fprintf(b, "%s  # %d more, which nobody knows to be harmless\n", indent, x.LeftOut)
		}
		b.WriteString(indent + "}\n")
	}
}

func configValue(v any) string {
	switch v := v.(type) {
	case string:
		if v == "(secret)" {
			return v
		}
		return quoted(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = configValue(v[i])
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		parts := make([]string, 0, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, quoted(key)+" = "+configValue(v[key]))
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	}
	return clean(fmt.Sprint(v))
}

func quoted(s string) string { return `"` + strings.ReplaceAll(clean(s), `"`, `\"`) + `"` }
