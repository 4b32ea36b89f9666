package agent

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// secretMark is on every value that came through a reference: such a value is never printed by HCL's diagnostics.
const secretMark = "secret"

const maxSecretFile = 64 << 10

// references is what a configuration may refer to. Values that were looked up are kept, so that the publishing gate
// knows them.
type references struct {
	dir    string // of the configuration: relative paths of file() start here
	lookup func(string) (string, bool)
	seen   map[string]struct{}
}

func newReferences(dir string) *references {
	return &references{dir: dir, lookup: os.LookupEnv, seen: map[string]struct{}{}}
}

// context returns the functions of the configuration. Marked values are for plugins' settings, where the schema says
// what is sensitive; the frame's own decoder takes none.
func (r *references) context(marked bool) *hcl.EvalContext {
	wrap := func(s string) cty.Value {
		r.seen[s] = struct{}{}
		v := cty.StringVal(s)
		if marked {
			v = v.Mark(secretMark)
		}
		return v
	}
	one := func(name string, read func(string) (string, error)) function.Function {
		return function.New(&function.Spec{
			Params: []function.Parameter{{Name: name, Type: cty.String}},
			Type:   function.StaticReturnType(cty.String),
			Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
				s, err := read(args[0].AsString())
				if err != nil {
					return cty.UnknownVal(cty.String), function.NewArgError(0, err)
				}
				return wrap(s), nil
			},
		})
	}
	return &hcl.EvalContext{Functions: map[string]function.Function{"env": one("name", r.env), "file": one("path", r.file)}}
}

func (r *references) env(name string) (string, error) {
	v, ok := r.lookup(name)
	if !ok {
		return "", fmt.Errorf("the environment variable %s is not set", name)
	}
	return v, nil
}

// file reads a secret's file, without the line end that editors leave.
func (r *references) file(path string) (string, error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.dir, path)
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("the file %s is not readable", path)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("the file %s has mode %04o: group or others may use it; use: chmod 600 %s", path, info.Mode().Perm(), path)
	}
	if info.Size() > maxSecretFile {
		return "", fmt.Errorf("the file %s has %d bytes, a secret has at most %d", path, info.Size(), maxSecretFile)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("the file %s is not readable", path)
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}
