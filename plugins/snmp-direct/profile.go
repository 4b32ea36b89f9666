package snmpdirect

import (
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/quorate/quorate/device"
)

// What a profile can collect beside its own objects and tables.
const (
	collectInterfaces = "interfaces"
	collectStorage    = "storage"
	collectNeighbours = "neighbours"
	collectForwarding = "forwarding"
	collectSensors    = "sensors"
)

// profile says what a kind of device is, and where it keeps the state of its parts. It is read-only once loaded. The
// format is told in docs/adding/profile.md.
type profile struct {
	Name     string         `yaml:"name"`
	Vendor   string         `yaml:"vendor"`
	Type     string         `yaml:"type"`
	OS       string         `yaml:"os"`
	Detect   []rule         `yaml:"detect"`
	Describe []pattern      `yaml:"describe"` // of sysDescr; the groups model, version and os are taken
	Models   map[oid]string `yaml:"models"`   // by sysObjectID
	Identity names          `yaml:"identity"`
	Collect  []string       `yaml:"collect"`
	Include  []string       `yaml:"include"` // built-in profiles whose objects and tables are read as well
	GetNext  bool           `yaml:"getnext"` // GETBULK is never used
	Objects  []objectPart   `yaml:"objects"`
	Tables   []tablePart    `yaml:"tables"`
}

// names says where a device keeps its own names. Of several objects the first with a useful word counts.
type names struct {
	Vendor  textObjects `yaml:"vendor"` // where makers share a MIB
	Model   textObjects `yaml:"model"`
	Serial  textObjects `yaml:"serial"`
	Version textObjects `yaml:"version"`
}

// rule is one way to recognise a device: all that it says must hold.
type rule struct {
	ObjectID    []string `yaml:"object_id"` // sysObjectID is one of these or lies below it; a dot at the end is for the eye
	Except      []string `yaml:"except"`    // and is none of these and not below
	DescrPrefix string   `yaml:"descr_prefix"`
	Descr       *pattern `yaml:"descr"`
	Answers     oid      `yaml:"answers"`  // an object that must exist
	Contains    []string `yaml:"contains"` // and hold one of these texts
	Matches     *pattern `yaml:"matches"`  // and fit this expression
}

// textObject is an object, or the first useful row of a column, that holds a name of the device. Pattern, if any, cuts
// out its first group.
type textObject struct {
	OID     oid      `yaml:"oid"`
	Column  oid      `yaml:"column"`
	Pattern *pattern `yaml:"pattern"`
}

// textObjects is a list; a file may write one object without the list around it.
type textObjects []textObject

// UnmarshalYAML takes a mapping or a list of them.
func (t *textObjects) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.MappingNode {
		*t = make(textObjects, 1)
		return n.Decode(&(*t)[0])
	}
	return n.Decode((*[]textObject)(t))
}

// objectPart is a part of the device that a single object speaks of.
type objectPart struct {
	Component string   `yaml:"component"` // "kind:label"; the kind alone with Each; "device" for the device itself
	OID       oid      `yaml:"oid"`
	State     *states  `yaml:"state"`
	Reading   *measure `yaml:"reading"`
	// Each finds several parts in one text: the groups label and value.
	Each *pattern `yaml:"each"`
}

// wholeDevice is what a profile calls the device itself where a component is asked for.
const wholeDevice = "device"

// tablePart is a table with a row for each part of a kind.
type tablePart struct {
	Entry    oid       `yaml:"entry"`
	Kind     string    `yaml:"kind"`
	KindBy   *kindBy   `yaml:"kind_by"`
	Label    uint32    `yaml:"label"` // the column with the part's name; 0 means the row's index
	Names    []oid     `yaml:"names"` // columns of other tables with the same index: the first with a word is the name
	Index    string    `yaml:"index"` // how an index that must serve as name is shown: "mac" or "text"
	Prefix   string    `yaml:"prefix"`
	Suffix   string    `yaml:"suffix"`
	Fallback bool      `yaml:"fallback"` // rows of kinds that an earlier table or object has spoken of are left out
	States   []states  `yaml:"states"`
	Readings []measure `yaml:"readings"`
}

// kindBy tells the rows of a table apart; those that it does not know are no parts.
type kindBy struct {
	Column  uint32            `yaml:"column"`   // of the table itself
	Names   oid               `yaml:"oid"`      // or a column of another table with the same index
	LastArc map[uint32]string `yaml:"last_arc"` // of the OBJECT IDENTIFIER there
	Values  map[int64]string  `yaml:"values"`   // or the number there
}

// states gives the values of an enumeration their meaning.
type states struct {
	Column    uint32             `yaml:"column"` // in a table
	Object    string             `yaml:"object"` // the MIB's name, for the raw words of a claim
	Values    map[int64]meaning  `yaml:"values"`
	Words     map[string]meaning `yaml:"words"` // in lower case
	Otherwise meaning            `yaml:"otherwise"`
	Pattern   *pattern           `yaml:"pattern"` // of a text: its first group that fits is the word; a text without one says nothing
	// Grows is the state of a part whose number here has grown within a day; the number itself means nothing.
	Grows device.State `yaml:"grows"`
	// Falls is the state of a part whose number here is below its highest of the last day.
	Falls device.State `yaml:"falls"`
}

// meaning is what one value says. One without Is casts no vote.
type meaning struct {
	Name string       `yaml:"name"`
	Is   device.State `yaml:"is"`
	// Once is the state of a part that is not there now and was there before, while this source ran.
	Once device.State `yaml:"once"`
	// Beside replaces Is while a part of that kind is not well.
	Beside *besideRule `yaml:"beside"`
}

type besideRule struct {
	Kind string       `yaml:"kind"`
	Is   device.State `yaml:"is"`
}

// measure makes a reading of a number, or of a text's first group by Pattern.
type measure struct {
	Column   uint32    `yaml:"column"`
	Quantity string    `yaml:"quantity"`
	Unit     string    `yaml:"unit"`
	Scale    float64   `yaml:"scale"` // 0 means 1
	Skip     []float64 `yaml:"skip"`  // raw numbers that mean "not available"
	Pattern  *pattern  `yaml:"pattern"`
	Signed   bool      `yaml:"signed"` // the object's type has no sign and its numbers do: from 2^31 on they are negative
	// Suffixed takes a text such as 7.2T, where K, M, G and T are powers of 1024.
	Suffixed bool `yaml:"suffixed"`
	// In a table: Minus is a column that is subtracted, Of one of which the number is a share in %.
	Minus uint32 `yaml:"minus"`
	Of    uint32 `yaml:"of"`
}

// oid is a dotted name with a leading dot. It may begin with "$object", which stands for the device's sysObjectID.
type oid string

const ownObject = "$object"

// UnmarshalText checks the name and adds the leading dot.
func (o *oid) UnmarshalText(b []byte) error {
	s := string(b)
	rest := strings.TrimPrefix(s, ownObject)
	if strings.Trim(rest, "0123456789.") != "" || strings.Contains(rest, "..") || strings.HasSuffix(rest, ".") {
		return fmt.Errorf("%.60q is no object identifier: write numbers with dots between, such as 1.3.6.1.2.1.1.1.0", s)
	}
	if rest == s && !strings.HasPrefix(s, ".") {
		s = "." + s
	}
	*o = oid(s)
	return nil
}

// of resolves the name for a device.
func (o oid) of(object string) string {
	if rest, ok := strings.CutPrefix(string(o), ownObject); ok {
		return "." + object + rest
	}
	return string(o)
}

// pattern is a regular expression.
type pattern struct{ *regexp.Regexp }

// UnmarshalText compiles the expression.
func (p *pattern) UnmarshalText(b []byte) error {
	if len(b) > maxPattern {
		return fmt.Errorf("a regular expression is longer than %d octets: make it shorter", maxPattern)
	}
	re, err := regexp.Compile(string(b))
	if err != nil {
		return fmt.Errorf("%.60q is no regular expression that Go knows: %w", b, err)
	}
	p.Regexp = re
	return nil
}

// maxPattern bounds the source of a regular expression; Go's own run in time linear in the text.
const maxPattern = 1000

func profileNames(all []*profile) string {
	names := make([]string, len(all))
	for i, p := range all {
		names[i] = p.Name
	}
	return strings.Join(names, ", ")
}
