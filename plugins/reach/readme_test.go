package reach

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/quorate/quorate/sdk"
)

// TestReadme holds the README to the schema and to sample.hcl.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	sample, err := os.ReadFile("sample.hcl")
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile("(?s)```hcl\n.*?```").ReplaceAllLiteralString(string(readme), "```hcl\n"+string(sample)+"```")
	want = regexp.MustCompile(`(?s)(<!-- options:[^\n]*\n).*(<!-- end of options -->)`).ReplaceAllString(want, "${1}"+options(schema())+"${2}")
	for _, row := range rows(schema(), "") {
		name := row.name[strings.LastIndexByte(row.name, '.')+1:]
		if row.kind != "block" && !regexp.MustCompile(`(?m)^\s*(#\s+)?`+name+`\s+=`).Match(sample) {
			t.Errorf("sample.hcl does not show %q", row.name)
		}
	}
	if want == string(readme) {
		return
	}
	if !*update {
		t.Fatal("README.md does not fit the schema or sample.hcl: run go test -update")
	}
	if err := os.WriteFile("README.md", []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// row is a line of the table of options.
type row struct{ name, kind, def, doc string }

// rows lists the attributes of a schema and those of its blocks.
func rows(s sdk.Schema, prefix string) []row {
	var all []row
	for _, a := range s.Attributes {
		r := row{name: prefix + a.Name, kind: string(a.Type), def: strings.Trim(a.Default, `"`), doc: a.Doc}
		if a.Required {
			r.def = "required"
		}
		if a.Sensitive {
			r.kind += ", secret"
		}
		all = append(all, r)
	}
	for _, b := range s.Blocks {
		all = append(all, row{name: prefix + b.Name, kind: "block", doc: b.Doc})
		all = append(all, rows(b.Schema, prefix+b.Name+".")...)
	}
	return all
}

func options(s sdk.Schema) string {
	var b strings.Builder
	b.WriteString("\n| option | type | default | meaning |\n|---|---|---|---|\n")
	for _, r := range rows(s, "") {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", r.name, r.kind, r.def, r.doc)
	}
	return b.String() + "\n"
}
