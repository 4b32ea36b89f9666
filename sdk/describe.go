package sdk

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"time"

	"github.com/quorate/quorate/sdk/sourcepb"
)

// No schema nests deeper than this.
const maxSchemaDepth = 8

var (
	typeName      = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)
	attributeName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)
)

// Check reports what is wrong with i: a name that HCL cannot say, an unknown type, a default that does not fit.
func (i Info) Check() error {
	if !typeName.MatchString(i.Type) {
		return fmt.Errorf("type %.80q: want small letters, digits and hyphens", i.Type)
	}
	if i.Version == "" {
		return errors.New("version is empty")
	}
	return i.Config.check(0)
}

func (s Schema) check(depth int) error {
	if depth > maxSchemaDepth {
		return fmt.Errorf("blocks nest deeper than %d", maxSchemaDepth)
	}
	seen := map[string]bool{}
	for _, a := range s.Attributes {
		if err := a.check(); err != nil {
			return fmt.Errorf("attribute %.80q: %w", a.Name, err)
		}
		if seen[a.Name] {
			return fmt.Errorf("attribute %q is declared twice", a.Name)
		}
		seen[a.Name] = true
	}
	for _, b := range s.Blocks {
		if !attributeName.MatchString(b.Name) || seen[b.Name] {
			return fmt.Errorf("block %.80q: the name is taken or not [a-z][a-z0-9_]*", b.Name)
		}
		seen[b.Name] = true
		if b.Min < 0 || b.Max < 0 || b.Max > 0 && b.Max < b.Min {
			return fmt.Errorf("block %q: min and max contradict each other", b.Name)
		}
		fields := map[string]bool{}
		for _, a := range b.Schema.Attributes {
			fields[a.Name] = true
		}
		for _, l := range b.Labels {
			if !attributeName.MatchString(l) || fields[l] {
				return fmt.Errorf("block %q: label %.80q is taken or not [a-z][a-z0-9_]*", b.Name, l)
			}
			fields[l] = true
		}
		if err := b.Schema.check(depth + 1); err != nil {
			return fmt.Errorf("block %q: %w", b.Name, err)
		}
	}
	return nil
}

func (a Attribute) check() error {
	if !attributeName.MatchString(a.Name) {
		return errors.New("the name is not [a-z][a-z0-9_]*")
	}
	if len(a.OneOf) > 0 && a.Type != TypeString {
		return errors.New("only a string can have one_of")
	}
	value, err := a.Type.zero()
	if err != nil {
		return err
	}
	if a.Default == "" {
		return nil
	}
	if a.Required {
		return errors.New("a required attribute has a default")
	}
	if err := json.Unmarshal([]byte(a.Default), value); err != nil {
		return fmt.Errorf("default is no %s in JSON: %w", a.Type, err)
	}
	s, ok := value.(*string)
	switch {
	case ok && a.Type == TypeDuration:
		if _, err := time.ParseDuration(*s); err != nil {
			return fmt.Errorf("default: %w", err)
		}
	case ok && len(a.OneOf) > 0 && !slices.Contains(a.OneOf, *s):
		return fmt.Errorf("default %q is none of %q", *s, a.OneOf)
	}
	return nil
}

// zero returns a pointer to a Go value that takes t's JSON.
func (t AttributeType) zero() (any, error) {
	switch t {
	case TypeString, TypeDuration:
		return new(string), nil
	case TypeNumber:
		return new(float64), nil
	case TypeBool:
		return new(bool), nil
	case TypeStrings:
		return new([]string), nil
	case TypeMap:
		return new(map[string]string), nil
	}
	return nil, fmt.Errorf("unknown type %.80q", string(t))
}

// describe completes the Info of src with what its interfaces show.
func describe(src Source) Info {
	i := src.Info()
	i.Capabilities = []Capability{CapabilityPoll}
	if _, ok := src.(Acknowledged); ok {
		i.Capabilities = append(i.Capabilities, CapabilityAcknowledged)
	}
	if _, ok := src.(Prober); ok {
		i.Capabilities = append(i.Capabilities, CapabilityProbe)
	}
	if _, ok := src.(Watcher); ok {
		i.Capabilities = append(i.Capabilities, CapabilityWatch)
	}
	if _, ok := src.(Receiver); ok {
		i.Capabilities = append(i.Capabilities, CapabilityReceive)
	}
	if _, ok := src.(Checker); ok {
		i.Capabilities = append(i.Capabilities, CapabilityCheck)
	}
	if _, ok := src.(Follower); ok {
		i.Capabilities = append(i.Capabilities, CapabilityFollow)
	}
	return i
}

// Can reports whether the plugin has ability c.
func (i Info) Can(c Capability) bool { return slices.Contains(i.Capabilities, c) }

func toInfo(i Info) *sourcepb.DescribeResponse {
	r := &sourcepb.DescribeResponse{Type: i.Type, Version: i.Version, Config: toSchema(i.Config)}
	for _, c := range i.Capabilities {
		r.Capabilities = append(r.Capabilities, string(c))
	}
	return r
}

func fromInfo(r *sourcepb.DescribeResponse) (Info, error) {
	i := Info{Type: r.GetType(), Version: r.GetVersion()}
	for _, c := range r.GetCapabilities() {
		i.Capabilities = append(i.Capabilities, Capability(c))
	}
	var err error
	i.Config, err = fromSchema(r.GetConfig(), 0)
	return i, err
}

func toSchema(s Schema) *sourcepb.Schema {
	p := &sourcepb.Schema{}
	for _, a := range s.Attributes {
		p.Attributes = append(p.Attributes, &sourcepb.Attribute{
			Name: a.Name, Type: string(a.Type), Doc: a.Doc, Required: a.Required, Sensitive: a.Sensitive,
			DefaultJson: a.Default, OneOf: a.OneOf,
		})
	}
	for _, b := range s.Blocks {
		p.Blocks = append(p.Blocks, &sourcepb.Block{
			Name: b.Name, Doc: b.Doc, Labels: b.Labels, Min: uint32(max(b.Min, 0)), Max: uint32(max(b.Max, 0)), Schema: toSchema(b.Schema),
		})
	}
	return p
}

func fromSchema(p *sourcepb.Schema, depth int) (Schema, error) {
	var s Schema
	if depth > maxSchemaDepth {
		return s, fmt.Errorf("schema: blocks nest deeper than %d", maxSchemaDepth)
	}
	for _, a := range p.GetAttributes() {
		s.Attributes = append(s.Attributes, Attribute{
			Name: a.GetName(), Type: AttributeType(a.GetType()), Doc: a.GetDoc(), Required: a.GetRequired(),
			Sensitive: a.GetSensitive(), Default: a.GetDefaultJson(), OneOf: a.GetOneOf(),
		})
	}
	for _, b := range p.GetBlocks() {
		nested, err := fromSchema(b.GetSchema(), depth+1)
		if err != nil {
			return s, err
		}
		if b.GetMin() > math.MaxInt32 || b.GetMax() > math.MaxInt32 {
			return s, fmt.Errorf("schema: block %.80q: min or max is out of range", b.GetName())
		}
		s.Blocks = append(s.Blocks, Block{
			Name: b.GetName(), Doc: b.GetDoc(), Labels: b.GetLabels(), Min: int(b.GetMin()), Max: int(b.GetMax()), Schema: nested,
		})
	}
	return s, nil
}
