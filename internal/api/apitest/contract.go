// Package apitest holds answers against the OpenAPI document of the API, more strictly than clients may: an answer with
// a property, a value of an enum or an error code that the document does not name is wrong. It is for tests.
package apitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pb33f/libopenapi/datamodel"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Contract is a document that was found to be good OpenAPI 3.1.
type Contract struct {
	doc        map[string]any
	schemas    *jsonschema.Compiler
	Operations []Operation // by path, then method
}

// Operation is one of a document.
type Operation struct {
	ID, Method, Path, Scope string
	Codes                   []string
	Parameters              []Parameter
	// Sent is the example of its body, nil where it takes none.
	Sent any

	at        string // its JSON pointer
	responses map[string]any
}

// Parameter is one of an operation.
type Parameter struct{ Name, In string }

const (
	where    = "https://agent.example.net/openapi.json"
	official = "https://spec.openapis.org/oas/3.1/schema/2022-10-07"
)

// Read reads a document and holds it against the official schema of OpenAPI 3.1.
func Read(text []byte) (*Contract, error) {
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("the document is no JSON: %w", err)
	}
	c := &Contract{schemas: jsonschema.NewCompiler()}
	c.doc, _ = parsed.(map[string]any)
	schema, err := jsonschema.UnmarshalJSON(strings.NewReader(datamodel.OpenAPI31SchemaData))
	if err != nil {
		return nil, err
	}
	if err := c.schemas.AddResource(official, schema); err != nil {
		return nil, err
	}
	openAPI, err := c.schemas.Compile(official)
	if err != nil {
		return nil, err
	}
	if err := openAPI.Validate(parsed); err != nil {
		return nil, fmt.Errorf("the document is no OpenAPI 3.1: %w", err)
	}
	strict(c.doc)
	c.schemas.AssertFormat()
	if err := c.schemas.AddResource(where, parsed); err != nil {
		return nil, err
	}
	c.operations()
	return c, nil
}

func object(v any) map[string]any { m, _ := v.(map[string]any); return m }

func (c *Contract) operations() {
	paths := object(c.doc["paths"])
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		item := object(paths[path])
		for _, method := range slices.Sorted(maps.Keys(item)) {
			d := object(item[method])
			o := Operation{Method: strings.ToUpper(method), Path: path, responses: object(d["responses"])}
			o.ID, _ = d["operationId"].(string)
			o.Scope, _ = d["x-quorate-scope"].(string)
			o.at = "/paths/" + escape(path) + "/" + method
			codes, _ := d["x-quorate-codes"].([]any)
			for _, code := range codes {
				o.Codes = append(o.Codes, fmt.Sprint(code))
			}
			params, _ := d["parameters"].([]any)
			for _, p := range params {
				p := object(p)
				o.Parameters = append(o.Parameters, Parameter{fmt.Sprint(p["name"]), fmt.Sprint(p["in"])})
			}
			if body := object(d["requestBody"]); body != nil {
				o.Sent = object(object(body["content"])["application/json"])["example"]
			}
			c.Operations = append(c.Operations, o)
		}
	}
}

// Takes reports whether the operation has that parameter.
func (o *Operation) Takes(name string) bool {
	return slices.ContainsFunc(o.Parameters, func(p Parameter) bool { return p.Name == name })
}

// Answers reports whether the document names an answer of that status.
func (o *Operation) Answers(status int) bool { return o.responses[strconv.Itoa(status)] != nil }

// escape is a word as a JSON pointer in a URL has it.
func escape(word string) string {
	return strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(word)
}

// strict forbids what is not named: properties beside those of an object, and values beside those of an enum.
func strict(v any) {
	switch v := v.(type) {
	case map[string]any:
		if v["properties"] != nil && v["additionalProperties"] == nil && v["type"] != nil {
			v["additionalProperties"] = false
		}
		if known, ok := v["x-extensible-enum"]; ok {
			v["enum"] = known
		}
		for key, part := range v {
			if key != "example" && key != "examples" {
				strict(part)
			}
		}
	case []any:
		for _, part := range v {
			strict(part)
		}
	}
}

// Answer holds an answer against what the document says of the operation.
func (c *Contract) Answer(o *Operation, status int, contentType string, body []byte) error {
	said := object(o.responses[strconv.Itoa(status)])
	if said == nil {
		return fmt.Errorf("%s answers %d, which the document does not name: %.300s", o.ID, status, body)
	}
	kind, _, _ := strings.Cut(contentType, ";")
	content := object(said["content"])
	if len(content) == 0 && len(body) == 0 {
		return nil
	}
	if content[kind] == nil {
		return fmt.Errorf("%s answers %d with %q, which the document does not name", o.ID, status, contentType)
	}
	if !strings.HasSuffix(kind, "json") {
		return nil
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%s answers %d with no JSON: %w", o.ID, status, err)
	}
	at := o.at + "/responses/" + strconv.Itoa(status) + "/content/" + escape(kind) + "/schema"
	if err := c.fits(at, value); err != nil {
		return fmt.Errorf("%s answers %d: %w", o.ID, status, err)
	}
	if status < 400 {
		return nil
	}
	code := fmt.Sprint(object(value)["code"])
	if !slices.Contains(o.Codes, code) || fmt.Sprint(object(value)["status"]) != strconv.Itoa(status) {
		return fmt.Errorf("%s answers %d with the code %q; the document names %q", o.ID, status, code, o.Codes)
	}
	return nil
}

func (c *Contract) fits(pointer string, value any) error {
	schema, err := c.schemas.Compile(where + "#" + pointer)
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

// Examples holds every example against its schema.
func (c *Contract) Examples() error {
	for i := range c.Operations {
		o := &c.Operations[i]
		for status, said := range o.responses {
			n, err := strconv.Atoi(status)
			if err != nil {
				return fmt.Errorf("%s has an answer %q", o.ID, status)
			}
			for kind, media := range object(object(said)["content"]) {
				all := []any{object(media)["example"]}
				for _, e := range object(object(media)["examples"]) {
					all = append(all, object(e)["value"])
				}
				if len(all) > 1 {
					all = all[1:]
				}
				for _, e := range all {
					if err := c.example(o, n, kind, e); err != nil {
						return err
					}
				}
			}
		}
		if o.Sent != nil {
			if err := c.fits(o.at+"/requestBody/content/application~1json/schema", o.Sent); err != nil {
				return fmt.Errorf("%s: the example of what is sent: %w", o.ID, err)
			}
		}
	}
	return nil
}

func (c *Contract) example(o *Operation, status int, kind string, example any) error {
	if example == nil {
		return fmt.Errorf("%s has no example of %d", o.ID, status)
	}
	b, err := json.Marshal(example)
	if err != nil {
		return err
	}
	return c.Answer(o, status, kind, b)
}
