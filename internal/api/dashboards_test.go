package api

import (
	"encoding/json"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"text/template"

	"go.yaml.in/yaml/v3"

	"github.com/quorate/quorate/internal/view/viewtest"
)

// TestDashboards: the snippets of docs/dashboards.md are YAML, and name fields that the summary has.
func TestDashboards(t *testing.T) {
	t.Parallel()
	var summary map[string]any
	if err := json.Unmarshal(fetch(t, newServer(t, viewtest.NewLab()).Handler(), "/api/v1/summary").Body.Bytes(), &summary); err != nil {
		t.Fatal(err)
	}
	number := func(field string) float64 {
		n, ok := summary[field].(float64)
		if !ok {
			t.Errorf("the summary has no number %q", field)
		}
		return n
	}
	doc, err := os.ReadFile("../../docs/dashboards.md")
	if err != nil {
		t.Fatal(err)
	}
	fields, templates := 0, 0
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(doc), -1) {
		var anything any
		if err := yaml.Unmarshal([]byte(block[1]), &anything); err != nil {
			t.Errorf("%v in\n%s", err, block[1])
			continue
		}
		for _, m := range regexp.MustCompile(`field: (\w+)`).FindAllStringSubmatch(block[1], -1) {
			fields++
			number(m[1])
		}
		var glance []struct{ Template string }
		if strings.Contains(block[1], "custom-api") {
			if err := yaml.Unmarshal([]byte(block[1]), &glance); err != nil {
				t.Fatal(err)
			}
			templates++
			parsed, err := template.New("").Funcs(template.FuncMap{"formatNumber": func(n float64) float64 { return n }}).Parse(glance[0].Template)
			if err != nil {
				t.Fatal(err)
			}
			if err := parsed.Execute(io.Discard, map[string]any{"JSON": ofGlance(number)}); err != nil {
				t.Error(err)
			}
		}
	}
	if fields < 4 || templates != 1 {
		t.Errorf("%d fields and %d templates were looked at", fields, templates)
	}
}

// ofGlance answers as Glance's .JSON does.
type ofGlance func(string) float64

// Int is what a template asks for.
func (f ofGlance) Int(field string) float64 { return f(field) }
