package snmpdirect

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// parseProfile reads one profile. An error names the file, the line, the field and what to do.
func parseProfile(file string, b []byte) (*profile, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(b, &doc); err != nil {
		return nil, syntaxError(file, err)
	}
	if len(doc.Content) != 1 {
		return nil, fmt.Errorf("%s: the file holds no profile: begin with name, detect and tables", file)
	}
	c := &checker{file: file, root: doc.Content[0]}
	if err := c.shape(c.root, reflect.TypeFor[profile](), "the profile"); err != nil {
		return nil, err
	}
	var p profile
	if err := c.root.Decode(&p); err != nil {
		return nil, syntaxError(file, err)
	}
	return &p, c.profile(&p)
}

// syntaxError puts the line that the YAML decoder names where people and editors look for it.
func syntaxError(file string, err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if typed, ok := errors.AsType[*yaml.TypeError](err); ok && len(typed.Errors) > 0 {
		text = typed.Errors[0]
	}
	if m := regexp.MustCompile(`(?s)^line (\d+): (.*)$`).FindStringSubmatch(text); m != nil {
		return fmt.Errorf("%s:%s: %s", file, m[1], m[2])
	}
	return fmt.Errorf("%s: %s", file, text)
}

// checker finds what is wrong in a profile, and where.
type checker struct {
	file string
	root *yaml.Node
}

func (c *checker) wrong(line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", c.file, line, fmt.Sprintf(format, args...))
}

// shape checks fields and kinds of values against a Go type, so that a mistake is told in the words of the file. What an
// alias stands for is checked where it is written.
func (c *checker) shape(n *yaml.Node, t reflect.Type, field string) error {
	if n.Kind == yaml.AliasNode {
		return nil
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if u, ok := reflect.TypeAssert[encoding.TextUnmarshaler](reflect.New(t)); ok {
		if n.Kind != yaml.ScalarNode {
			return c.wrong(n.Line, "%s: write one text", field)
		}
		if err := u.UnmarshalText([]byte(n.Value)); err != nil {
			return c.wrong(n.Line, "%s: %s", field, err)
		}
		return nil
	}
	if t == reflect.TypeFor[textObjects]() && n.Kind == yaml.MappingNode {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Struct:
		return c.fields(n, t, field)
	case reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			return c.wrong(n.Line, "%s: write a list, each item after a dash or all in brackets", field)
		}
		for _, item := range n.Content {
			if err := c.shape(item, t.Elem(), field); err != nil {
				return err
			}
		}
		return nil
	case reflect.Map:
		if n.Kind != yaml.MappingNode {
			return c.wrong(n.Line, "%s: write one \"key: value\" a line", field)
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if err := errors.Join(c.shape(n.Content[i], t.Key(), field), c.shape(n.Content[i+1], t.Elem(), field)); err != nil {
				return err
			}
		}
		return nil
	}
	if n.Kind != yaml.ScalarNode || n.Decode(reflect.New(t).Interface()) != nil {
		what := map[reflect.Kind]string{reflect.String: "text", reflect.Bool: "true or false", reflect.Float64: "a number"}[t.Kind()]
		if what == "" {
			what = "a whole number"
		}
		return c.wrong(n.Line, "%s: %.60q does not fit here: write %s", field, n.Value, what)
	}
	return nil
}

func (c *checker) fields(n *yaml.Node, t reflect.Type, field string) error {
	if n.Kind != yaml.MappingNode {
		return c.wrong(n.Line, "%s: write its fields, one \"name: value\" a line", field)
	}
	known := map[string]reflect.Type{}
	var names []string
	for f := range t.Fields() {
		known[f.Tag.Get("yaml")] = f.Type
		names = append(names, f.Tag.Get("yaml"))
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		inner := known[key.Value]
		if key.Value == "<<" {
			inner = t // another mapping's fields, merged into this one
		}
		if inner == nil {
			return c.wrong(key.Line, "%.60q: %s has no such field: it has %s", key.Value, field, strings.Join(names, ", "))
		}
		if err := c.shape(value, inner, strconv.Quote(key.Value)); err != nil {
			return err
		}
	}
	return nil
}

// at is the line of what a path of keys and positions leads to, or of the last of it that is there.
func (c *checker) at(path ...any) int {
	n, line := c.root, c.root.Line
	for _, step := range path {
		for n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		i, isIndex := step.(int)
		switch {
		case isIndex && n.Kind == yaml.SequenceNode && i < len(n.Content):
			n, line = n.Content[i], n.Content[i].Line
		case n.Kind == yaml.MappingNode:
			key, value := entry(n, fmt.Sprint(step))
			if key == nil {
				return line
			}
			n, line = value, key.Line
		default:
			return line
		}
	}
	return line
}

// entry finds a key of a mapping.
func entry(n *yaml.Node, name string) (key, value *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i], n.Content[i+1]
		}
	}
	return nil, nil
}
