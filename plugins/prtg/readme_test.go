package prtg

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
	for _, a := range schema().Attributes {
		if !regexp.MustCompile(`(?m)^\s*(# )?` + a.Name + `\s+=`).Match(sample) {
			t.Errorf("sample.hcl does not show %q", a.Name)
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

func options(s sdk.Schema) string {
	var b strings.Builder
	b.WriteString("\n| option | type | default | meaning |\n|---|---|---|---|\n")
	for _, a := range s.Attributes {
		def := strings.Trim(a.Default, `"`)
		if a.Required {
			def = "required"
		}
		kind := string(a.Type)
		if a.Sensitive {
			kind += ", secret"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", a.Name, kind, def, a.Doc)
	}
	return b.String() + "\n"
}
