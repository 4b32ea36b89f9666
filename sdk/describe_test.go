package sdk

import (
	"strings"
	"testing"
)

func TestInfoCheck(t *testing.T) {
	attr := func(a Attribute) Info {
		return Info{Type: "acme", Version: "1", Config: Schema{Attributes: []Attribute{a}}}
	}
	block := func(b Block) Info { return Info{Type: "acme", Version: "1", Config: Schema{Blocks: []Block{b}}} }
	deep := Schema{}
	for range maxSchemaDepth + 1 {
		deep = Schema{Blocks: []Block{{Name: "b", Schema: deep}}}
	}
	for _, c := range []struct {
		name string
		info Info
		want string
	}{
		{"good", attr(Attribute{Name: "url", Type: TypeString, Required: true}), ""},
		{"good default", attr(Attribute{Name: "step", Type: TypeDuration, Default: `"60s"`}), ""},
		{"good list", attr(Attribute{Name: "groups", Type: TypeStrings, Default: `["a"]`}), ""},
		{"type", Info{Type: "Acme!", Version: "1"}, `type "Acme!"`},
		{"version", Info{Type: "acme"}, "version is empty"},
		{"attribute name", attr(Attribute{Name: "a-b", Type: TypeString}), `attribute "a-b"`},
		{"attribute type", attr(Attribute{Name: "a", Type: "text"}), `unknown type "text"`},
		{"default of another type", attr(Attribute{Name: "a", Type: TypeNumber, Default: `"1"`}), "default is no number"},
		{"default duration", attr(Attribute{Name: "a", Type: TypeDuration, Default: `"soon"`}), "default: "},
		{"default not offered", attr(Attribute{Name: "a", Type: TypeString, OneOf: []string{"x"}, Default: `"y"`}), "is none of"},
		{"required with default", attr(Attribute{Name: "a", Type: TypeString, Required: true, Default: `"y"`}), "required attribute has a default"},
		{"one_of of numbers", attr(Attribute{Name: "a", Type: TypeNumber, OneOf: []string{"1"}}), "only a string"},
		{"twice", Info{Type: "acme", Version: "1", Config: Schema{Attributes: []Attribute{{Name: "a", Type: TypeBool}, {Name: "a", Type: TypeBool}}}}, "declared twice"},
		{"block name", block(Block{Name: "A"}), `block "A"`},
		{"block limits", block(Block{Name: "a", Min: 3, Max: 2}), "contradict"},
		{"label taken", block(Block{Name: "a", Labels: []string{"n"}, Schema: Schema{Attributes: []Attribute{{Name: "n", Type: TypeString}}}}), `label "n" is taken`},
		{"in a block", block(Block{Name: "a", Schema: Schema{Attributes: []Attribute{{Name: "n", Type: "x"}}}}), `block "a": attribute "n"`},
		{"deep", Info{Type: "acme", Version: "1", Config: deep}, "nest deeper"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.info.Check()
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
	if _, err := fromSchema(toSchema(deep), 0); err == nil {
		t.Error("a schema without end is read")
	}
}
