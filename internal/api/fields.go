package api

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// fieldsParam is the parameter of every answer that is an object or a list of some.
func fieldsParam() *huma.Param {
	return &huma.Param{
		Name: "fields", In: "query", Schema: &huma.Schema{Type: huma.TypeString, Pattern: "^[a-z0-9_]+(,[a-z0-9_]+)*$"},
		Description: "Only these fields of the object, or of each item of the list, with commas between them. Every other one is left out then, also those that are always there otherwise.",
	}
}

// shape is what an answer is made of, as far as fields can be chosen.
type shape struct {
	list   bool
	fields []string // sorted; none where there is nothing to choose
}

// fieldsOf reads the fields out of the schema of an answer.
func fieldsOf(schemas huma.Registry, answer *huma.Response) shape {
	media := answer.Content["application/json"]
	if media == nil {
		return shape{}
	}
	s := resolved(schemas, media.Schema)
	if items, ok := s.Properties["items"]; ok && s.Properties["next_cursor"] != nil {
		item := resolved(schemas, resolved(schemas, items).Items)
		return shape{true, slices.Sorted(maps.Keys(item.Properties))}
	}
	return shape{false, slices.Sorted(maps.Keys(s.Properties))}
}

func resolved(schemas huma.Registry, s *huma.Schema) *huma.Schema {
	for s != nil && s.Ref != "" {
		s = schemas.SchemaFromRef(s.Ref)
	}
	if s == nil {
		return &huma.Schema{}
	}
	return s
}

// wanted reads the parameter "fields"; an empty one is no wish.
func (s shape) wanted(text string) ([]string, *Problem) {
	if text == "" {
		return nil, nil
	}
	names := strings.Split(text, ",")
	for _, name := range names {
		if !slices.Contains(s.fields, name) {
			return nil, newProblem("unknown_field", "There is no field "+quoted(name)+" in this answer"+meant(name, s.fields), Fault{"query.fields", "no such field"})
		}
	}
	return names, nil
}

// cut leaves only the named fields in an answer.
func (s shape) cut(answer []byte, names []string) ([]byte, error) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(answer, &object); err != nil {
		return nil, err
	}
	if !s.list {
		choose(object, names)
		return json.Marshal(object)
	}
	var items []map[string]json.RawMessage
	if err := json.Unmarshal(object["items"], &items); err != nil {
		return nil, err
	}
	for _, item := range items {
		choose(item, names)
	}
	var err error
	if object["items"], err = json.Marshal(items); err != nil {
		return nil, err
	}
	return json.Marshal(object)
}

func choose(object map[string]json.RawMessage, names []string) {
	maps.DeleteFunc(object, func(name string, _ json.RawMessage) bool { return !slices.Contains(names, name) })
}
