package main

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Each change of the list still fits the code: who changes the code changes the list.
func TestListFitsTheCode(t *testing.T) {
	text, err := os.ReadFile("list.txt")
	if err != nil {
		t.Fatal(err)
	}
	all, err := parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	per := map[string]int{}
	for _, m := range all {
		source, err := os.ReadFile(filepath.Join("..", "..", m.file))
		if err != nil {
			t.Error(err)
			continue
		}
		changed, err := m.apply(string(source))
		if err != nil {
			t.Error(err)
			continue
		}
		if changed == string(source) {
			t.Errorf("line %d: changes nothing", m.line)
		}
		if _, err := parser.ParseFile(token.NewFileSet(), m.file, changed, 0); err != nil {
			t.Errorf("line %d: %v", m.line, err)
		}
		per[m.pkg()]++
	}
	if per["./consensus"] < 30 || per["./identity"] < 30 {
		t.Errorf("too few to mean anything: %v", per)
	}
}

const code = `package p

func a() bool {
	if x > 1 {
		return true
	}
	return false
}

func b() bool {
	if x > 1 {
		return true
	}
	return false
}
`

func TestApply(t *testing.T) {
	for _, c := range []struct{ name, list, want, problem string }{
		{"in one function", "= f.go: why\n@ func b(\n- x > 1\n+ x > 2", "func b() bool {\n\tif x > 2 {", ""},
		{"several lines", "= f.go: why\n@ func a(\n- if x > 1 {\n- return true\n+ if x > 1 {\n+ return false", "func a() bool {\n\tif x > 1 {\nreturn false", ""},
		{"twice", "= f.go: why\n- x > 1\n+ x > 2", "", "2 times"},
		{"nowhere", "= f.go: why\n- x > 3\n+ x > 2", "", "0 times"},
		{"in another function", "= f.go: why\n@ func c(\n- x > 1\n+ x > 2", "", "exactly once"},
		{"not over lines", "= f.go: why\n@ func a(\n- x > 1 { return true\n+ y", "", "0 times"},
		{"no reason", "= f.go\n- x", "", `want "= file: why"`},
		{"nothing to change", "= f.go: why\n+ x", "", "nothing to change"},
		{"no mutation", "- x", "", "belongs to no mutation"},
		{"no mark", "= f.go: why\nx", "", "begins with none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			all, err := parse(c.list)
			got := ""
			if err == nil {
				got, err = all[0].apply(code)
			}
			if c.problem != "" {
				if err == nil || !strings.Contains(err.Error(), c.problem) {
					t.Fatalf("%v, want %q", err, c.problem)
				}
				return
			}
			if err != nil || !strings.Contains(got, c.want) {
				t.Errorf("%v\n%s", err, got)
			}
		})
	}
}

// lab is a small module to make mistakes in. Its test takes the flags that property tests take.
var lab = map[string]string{
	"go.mod": "module example.net/lab\n\ngo 1.26\n",
	"p.go":   "package lab\n\nfunc few(n int) bool { return n < 3 }\n\nfunc many(n int) bool { return n > 100 }\n",
	"p_test.go": `package lab

import (
	"flag"
	"testing"
)

var (
	_ = flag.Uint64("rapid.seed", 0, "")
	_ = flag.Bool("rapid.nofailfile", false, "")
	_ = flag.Duration("rapid.shrinktime", 0, "")
)

func TestFew(t *testing.T) {
	if !few(2) || few(3) || many(3) {
		t.Error("3 is not few")
	}
}
`,
}

// A change that is caught is told with the test that did, and one that is not ends in an error.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	for name, body := range lab {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	for _, c := range []struct{ name, list, out, problem string }{
		{"caught", "= p.go: three is not few\n- n < 3\n+ n <= 3", "TestFew", ""},
		{"survives", "= p.go: nobody asks for many\n- n > 100\n+ n > 99", "SURVIVED", "1 of 1 mutations are not caught"},
		{"does not compile", "= p.go: no Go\n- n < 3\n+ n < y", "does not compile", "1 of 1 mutations are not caught"},
	} {
		t.Run(c.name, func(t *testing.T) {
			list := filepath.Join(t.TempDir(), "list.txt")
			if err := os.WriteFile(list, []byte(c.list), 0o600); err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			err := run(t.Context(), []string{list}, &out)
			if !strings.Contains(out.String(), c.out) {
				t.Errorf("%s\n%v", out.String(), err)
			}
			if c.problem == "" && err != nil || c.problem != "" && (err == nil || !strings.Contains(err.Error(), c.problem)) {
				t.Errorf("%v, want %q", err, c.problem)
			}
		})
	}
}
