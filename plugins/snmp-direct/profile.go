package snmpdirect

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/quorate/quorate/device"
)

//go:embed profiles/*.yaml
var profileFiles embed.FS

// profileOrder is the order of detection: who is more specific comes first.
func profileOrder() []string {
	return []string{"hp-aos-s", "wd-mycloud", "synology", "host", "generic"}
}

// What a profile can collect beside its own objects and tables.
const (
	collectInterfaces = "interfaces"
	collectStorage    = "storage"
	collectNeighbours = "neighbours"
	collectForwarding = "forwarding"
	collectSensors    = "sensors"
)

// profile says what a kind of device is, and where it keeps the state of its parts. It is read-only once loaded.
type profile struct {
	Name     string         `yaml:"name"`
	Vendor   string         `yaml:"vendor"`
	Type     string         `yaml:"type"`
	OS       string         `yaml:"os"`
	Detect   []rule         `yaml:"detect"`
	Describe []pattern      `yaml:"describe"` // of sysDescr; the groups model, version and os are taken
	Models   map[oid]string `yaml:"models"`   // by sysObjectID
	Identity struct {
		Model   textObject `yaml:"model"`
		Serial  textObject `yaml:"serial"`
		Version textObject `yaml:"version"`
	} `yaml:"identity"`
	Collect []string     `yaml:"collect"`
	GetNext bool         `yaml:"getnext"` // GETBULK is never used
	Objects []objectPart `yaml:"objects"`
	Tables  []tablePart  `yaml:"tables"`
}

// rule is one way to recognise a device: all that it says must hold.
type rule struct {
	ObjectID    []string `yaml:"object_id"` // sysObjectID is one of these or lies below it; a dot at the end is for the eye
	DescrPrefix string   `yaml:"descr_prefix"`
	Descr       *pattern `yaml:"descr"`
	Answers     oid      `yaml:"answers"`  // an object that must exist
	Contains    []string `yaml:"contains"` // and hold one of these texts
}

// textObject is an object that holds a name of the device. Pattern, if any, cuts out its first group.
type textObject struct {
	OID     oid      `yaml:"oid"`
	Pattern *pattern `yaml:"pattern"`
}

// objectPart is a part of the device that a single object speaks of.
type objectPart struct {
	Component string   `yaml:"component"` // "kind:label", or the kind alone with Each
	OID       oid      `yaml:"oid"`
	State     *states  `yaml:"state"`
	Reading   *measure `yaml:"reading"`
	// Each finds several parts in one text: the groups label and value.
	Each *pattern `yaml:"each"`
}

// tablePart is a table with a row for each part of a kind.
type tablePart struct {
	Entry  oid    `yaml:"entry"`
	Kind   string `yaml:"kind"`
	KindBy *struct {
		Column  uint32            `yaml:"column"`
		LastArc map[uint32]string `yaml:"last_arc"` // of the OBJECT IDENTIFIER in Column; other rows are no parts
	} `yaml:"kind_by"`
	Label    uint32    `yaml:"label"` // the column with the part's name; 0 means the row's index
	Prefix   string    `yaml:"prefix"`
	Fallback bool      `yaml:"fallback"` // rows of kinds that an earlier table or object has spoken of are left out
	States   []states  `yaml:"states"`
	Readings []measure `yaml:"readings"`
}

// states gives the values of an enumeration their meaning.
type states struct {
	Column    uint32             `yaml:"column"` // in a table
	Object    string             `yaml:"object"` // the MIB's name, for the raw words of a claim
	Values    map[int64]meaning  `yaml:"values"`
	Words     map[string]meaning `yaml:"words"`
	Otherwise meaning            `yaml:"otherwise"`
	// Grows is the state of a part whose number here has grown within a day; the number itself means nothing.
	Grows device.State `yaml:"grows"`
}

// meaning is what one value says. One without Is casts no vote.
type meaning struct {
	Name string       `yaml:"name"`
	Is   device.State `yaml:"is"`
	// Once is the state of a part that is not there now and was there before, while this source ran.
	Once device.State `yaml:"once"`
	// Beside replaces Is while a part of that kind is not well.
	Beside *struct {
		Kind string       `yaml:"kind"`
		Is   device.State `yaml:"is"`
	} `yaml:"beside"`
}

// measure makes a reading of a number, or of a text's first group by Pattern.
type measure struct {
	Column   uint32    `yaml:"column"`
	Quantity string    `yaml:"quantity"`
	Unit     string    `yaml:"unit"`
	Scale    float64   `yaml:"scale"` // 0 means 1
	Skip     []float64 `yaml:"skip"`  // raw numbers that mean "not available"
	Pattern  *pattern  `yaml:"pattern"`
}

// oid is a dotted name with a leading dot. It may begin with "$object", which stands for the device's sysObjectID.
type oid string

const ownObject = "$object"

// UnmarshalText checks the name and adds the leading dot.
func (o *oid) UnmarshalText(b []byte) error {
	s := string(b)
	rest := strings.TrimPrefix(s, ownObject)
	if strings.Trim(rest, "0123456789.") != "" || strings.Contains(rest, "..") || strings.HasSuffix(rest, ".") {
		return fmt.Errorf("%.60q is no object identifier", s)
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
	re, err := regexp.Compile(string(b))
	p.Regexp = re
	return err
}

// loadProfiles reads the built-in profiles in the order of detection.
func loadProfiles() ([]*profile, error) {
	var all []*profile
	for _, name := range profileOrder() {
		b, err := profileFiles.ReadFile("profiles/" + name + ".yaml")
		if err != nil {
			return nil, fmt.Errorf("profile %s: %w", name, err)
		}
		p, err := parseProfile(b)
		if err != nil {
			return nil, fmt.Errorf("profile %s: %w", name, err)
		}
		if p.Name != name {
			return nil, fmt.Errorf("profile %s: it calls itself %q", name, p.Name)
		}
		all = append(all, p)
	}
	return all, nil
}

func parseProfile(b []byte) (*profile, error) {
	var p profile
	dec := yaml.NewDecoder(bytes.NewReader(b))
	dec.KnownFields(true)
	if err := dec.Decode(&p); err != nil {
		return nil, err
	}
	return &p, p.check()
}

// check finds what would otherwise be seen only when such a device is polled.
func (p *profile) check() error {
	if p.Name == "" || len(p.Detect) == 0 {
		return errors.New("name and detect are needed")
	}
	for _, c := range p.Collect {
		if !slices.Contains([]string{collectInterfaces, collectStorage, collectNeighbours, collectForwarding, collectSensors}, c) {
			return fmt.Errorf("collect: there is no %q", c)
		}
	}
	for _, o := range p.Objects {
		kind, label, _ := strings.Cut(o.Component, ":")
		if o.OID == "" || kind == "" || (label == "") != (o.Each != nil) {
			return fmt.Errorf("object %q: oid and component kind:label are needed; with each, the kind alone", o.Component)
		}
		if o.State != nil {
			if err := o.State.check(); err != nil {
				return err
			}
		}
	}
	for _, t := range p.Tables {
		if t.Entry == "" || (t.Kind == "") == (t.KindBy == nil) {
			return fmt.Errorf("table %q: entry and one of kind and kind_by are needed", t.Entry)
		}
		for i := range t.States {
			if t.States[i].Column == 0 {
				return fmt.Errorf("table %q: a state without column", t.Entry)
			}
			if err := t.States[i].check(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *states) check() error {
	if s.Object == "" || (len(s.Values) == 0 && len(s.Words) == 0 && s.Grows == "") {
		return fmt.Errorf("state %q: object, and values, words or grows, are needed", s.Object)
	}
	all := []meaning{s.Otherwise, {Is: s.Grows}}
	for _, m := range s.Values {
		all = append(all, m)
	}
	for _, m := range s.Words {
		all = append(all, m)
	}
	for _, m := range all {
		words := []device.State{m.Is, m.Once}
		if m.Beside != nil {
			words = append(words, m.Beside.Is)
		}
		for _, w := range words {
			if w != "" && !w.ClaimableBy(device.FacetHealth) {
				return fmt.Errorf("state %s: %q is none of ok, warning and critical", s.Object, w)
			}
		}
	}
	return nil
}

func profileNames(all []*profile) string {
	names := make([]string, len(all))
	for i, p := range all {
		names[i] = p.Name
	}
	return strings.Join(names, ", ")
}
