package blogsink

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// GitHub Pages builds with Jekyll 3.10 and Liquid 4.0.4, which no distribution has beside a newer one. The tests build
// with 4.3 and Liquid 5.4 and hold posts to what both know alike. The lists are those of the two older releases, without
// what they define and the newer ones define otherwise.
var (
	liquidTags = []string{
		"assign", "break", "capture", "case", "comment", "continue", "cycle", "decrement", "for", "if", "ifchanged", "include", "increment", "raw",
		"tablerow", "unless", "else", "elsif", "when", // Liquid 4.0.4
		"highlight", "include_relative", "link", "post_url", // Jekyll 3.10
	}
	liquidFilters = []string{
		"abs", "append", "at_least", "at_most", "capitalize", "ceil", "compact", "concat", "date", "default", "divided_by", "downcase", "escape",
		"escape_once", "first", "floor", "join", "last", "lstrip", "map", "minus", "modulo", "newline_to_br", "plus", "prepend", "remove",
		"remove_first", "replace", "replace_first", "reverse", "round", "rstrip", "size", "slice", "sort", "sort_natural", "split", "strip",
		"strip_html", "strip_newlines", "times", "truncate", "truncatewords", "uniq", "upcase", "url_decode", "url_encode", // Liquid 4.0.4
		"absolute_url", "array_to_sentence_string", "cgi_escape", "date_to_long_string", "date_to_rfc822", "date_to_string", "date_to_xmlschema",
		"group_by", "group_by_exp", "inspect", "jsonify", "markdownify", "normalize_whitespace", "number_of_words", "pop", "push", "relative_url",
		"sample", "sassify", "scssify", "shift", "slugify", "smartify", "to_integer", "unshift", "uri_escape", "where", "where_exp",
		"xml_escape", // Jekyll 3.10
	}
	liquidRaw    = regexp.MustCompile(`(?s)\{% raw %\}.*?\{% endraw %\}`)
	liquidTag    = regexp.MustCompile(`\{%-?\s*([a-z_#]*)`)
	liquidOutput = regexp.MustCompile(`\{\{(.*?)\}\}`)
	liquidPipe   = regexp.MustCompile(`\|\s*([a-z_]+)`)
)

// newLiquid names what of a post's Liquid Jekyll 3.10 does not know.
func newLiquid(post string) []string {
	post = liquidRaw.ReplaceAllString(post, "")
	var bad []string
	for _, m := range liquidTag.FindAllStringSubmatch(post, -1) {
		if name := strings.TrimPrefix(m[1], "end"); !slices.Contains(liquidTags, name) {
			bad = append(bad, "tag "+m[1])
		}
	}
	for _, m := range liquidOutput.FindAllStringSubmatch(post, -1) {
		for _, f := range liquidPipe.FindAllStringSubmatch(m[1], -1) {
			if !slices.Contains(liquidFilters, f[1]) {
				bad = append(bad, "filter "+f[1])
			}
		}
	}
	return bad
}

// oldLiquid looks at every post and draft of the home.
func (h *home) oldLiquid(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(h.dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".md" {
			return err
		}
		b, err := os.ReadFile(path)
		for _, bad := range newLiquid(string(b)) {
			t.Errorf("%s: Jekyll 3.10 does not know the %s", filepath.Base(path), bad)
		}
		// GitHub Pages runs Liquid whatever this says.
		if strings.Contains(string(b), "render_with_liquid") {
			t.Errorf("%s: Jekyll 3.10 does not know render_with_liquid", filepath.Base(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNewLiquidIsSeen(t *testing.T) {
	for text, want := range map[string]string{
		"{% post_url 2026-01-01-a %}":                          "",
		"{{ site.baseurl }}{% post_url 2026-01-01-a %}":        "",
		"{{ '/x' | relative_url }}":                            "",
		"{% raw %}{% render 'x' %}{% endraw %}":                "",
		"{% if x %}y{% endif %}":                               "",
		"{% render 'x' %}":                                     "tag render",
		"{%- liquid\necho x -%}":                               "tag liquid",
		"{{ x | find: 'a' }}":                                  "filter find",
		"{{ x | sum }} and {% raw %}{{ y | sum }}{% endraw %}": "filter sum",
		"{% # a remark %}":                                     "tag #",
	} {
		if got := strings.Join(newLiquid(text), ", "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
