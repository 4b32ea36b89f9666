package agent

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// secretMark is on every value that came through a reference: such a value is never printed.
const secretMark = "secret"

const maxSecretFile = 64 << 10

// references is what a configuration may refer to.
type references struct {
	dir    string // of the configuration: relative paths of file() start here
	lookup func(string) (string, bool)
}

func newReferences(dir string) *references {
	return &references{dir: dir, lookup: os.LookupEnv}
}

// context returns the functions of the configuration. What they return is marked.
func (r *references) context() *hcl.EvalContext {
	one := func(name string, read func(arg, shown string) (string, error)) function.Function {
		return function.New(&function.Spec{
			Params: []function.Parameter{{Name: name, Type: cty.String, AllowMarked: true}},
			Type:   function.StaticReturnType(cty.String),
			Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
				arg, marks := args[0].Unmark()
				shown := arg.AsString()
				if len(marks) > 0 {
					shown = "(secret)"
				}
				s, err := read(arg.AsString(), shown)
				if err != nil {
					return cty.UnknownVal(cty.String), function.NewArgError(0, err)
				}
				return cty.StringVal(s).Mark(secretMark), nil
			},
		})
	}
	return &hcl.EvalContext{Functions: map[string]function.Function{"env": one("name", r.env), "file": one("path", r.file)}}
}

func (r *references) env(name, shown string) (string, error) {
	v, ok := r.lookup(name)
	switch {
	case ok:
		return v, nil
	case variableName(shown):
		return "", fmt.Errorf("the environment variable %s is not set", shown)
	}
	return "", errors.New("the environment variable of that name is not set; env() takes a variable's name, not the secret")
}

// file reads a secret's file, without the line end that editors leave.
func (r *references) file(path, shown string) (string, error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.dir, path)
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", unreadable(shown, err)
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%s is no regular file", shown)
	case info.Mode().Perm()&0o077 != 0:
		return "", fmt.Errorf("the file %s has mode %04o: group or others may use it; use: chmod 600 %s", shown, info.Mode().Perm(), shown)
	case info.Size() > maxSecretFile:
		return "", fmt.Errorf("the file %s has %d bytes, a secret has at most %d", shown, info.Size(), maxSecretFile)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", unreadable(shown, err)
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}

func unreadable(shown string, err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err // without the path, which may be a secret's
	}
	return fmt.Errorf("the file %s is not readable: %w", shown, err)
}
