package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"go.yaml.in/yaml/v3"

	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/internal/access"
	"github.com/quorate/quorate/internal/view"
)

// apiText opens the document.
const apiText = `What several monitors say of one network, and what is held to be true.

Clients accept enum values and fields that they do not know: new ones come without a new version. An absent field means unknown, never 0 or "". Times are RFC 3339 in UTC; durations are text such as "1m30s", but for fields that end in _seconds. Ids are opaque.

Lists come in pages: next_cursor of one page is the parameter cursor of the next. Every error is application/problem+json (RFC 9457) with a stable code.

On the agent's own machine reading takes no token; everything else takes one in the header Authorization. x-quorate-scope is the scope that an operation takes, x-quorate-codes are the error codes that it has.`

func documentConfig(version string) huma.Config {
	cfg := huma.DefaultConfig("Quorate", version)
	cfg.OpenAPIPath = "" // ours is served, which says more
	cfg.DocsPath = ""    // its viewer would be loaded from elsewhere
	cfg.SchemasPath = ""
	cfg.CreateHooks = nil // no "$schema" in answers
	cfg.Info.Description = apiText
	cfg.Formats = map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat}
	cfg.Transformers = []huma.Transformer{placed}
	cfg.Servers = []*huma.Server{{URL: "/"}}
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {
		Type: "http", Scheme: "bearer", BearerFormat: "qtk_", Description: "A token of \"quorate token\", with the scopes that it was given.",
	}}
	cfg.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	cfg.Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	return cfg
}

// schemaName is what a type is called in the document: types of different rooms have one name here and there. Where the
// view has a type of the same name as the devices have, it is the fuller one.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case reflect.TypeFor[view.Incident](), reflect.TypeFor[view.Conflict]():
		return "Whole" + name
	case reflect.TypeFor[blogsink.Preview]():
		return "Post" + name
	}
	return name
}

// document is the OpenAPI document of the routes that were registered.
type document struct{ json, yaml []byte }

func (api registry) document() *document {
	doc, _ := plain(api.OpenAPI()).(map[string]any)
	describeWords(api.OpenAPI().Components.Schemas, schemasOf(doc))
	openAnswers(doc)
	out := &document{}
	var err error
	if out.json, err = json.Marshal(doc); err == nil {
		out.yaml, err = yaml.Marshal(doc)
	}
	if err != nil {
		api.s.log.Error("the OpenAPI document cannot be written", "err", err)
	}
	return out
}

func schemasOf(doc map[string]any) map[string]any {
	components, _ := doc["components"].(map[string]any)
	schemas, _ := components["schemas"].(map[string]any)
	return schemas
}

// openAnswers takes "additionalProperties: false" out of what only answers hold: a later agent may say more. What is
// sent stays strict, so that a word that is written wrongly is told and not passed over.
func openAnswers(doc map[string]any) {
	schemas := schemasOf(doc)
	sent := map[string]bool{}
	var collect func(v any)
	collect = func(v any) {
		eachRef(v, func(name string) {
			if !sent[name] {
				sent[name] = true
				collect(schemas[name])
			}
		})
	}
	paths, _ := doc["paths"].(map[string]any)
	for _, item := range paths {
		operations, _ := item.(map[string]any)
		for _, o := range operations {
			if o, ok := o.(map[string]any); ok {
				collect(o["requestBody"])
			}
		}
	}
	for name, s := range schemas {
		if !sent[name] {
			opened(s)
		}
	}
	for _, item := range paths {
		operations, _ := item.(map[string]any)
		for _, o := range operations {
			if o, ok := o.(map[string]any); ok {
				opened(o["responses"])
			}
		}
	}
}

func eachRef(v any, found func(name string)) {
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			found(strings.TrimPrefix(ref, "#/components/schemas/"))
		}
		for _, part := range v {
			eachRef(part, found)
		}
	case []any:
		for _, part := range v {
			eachRef(part, found)
		}
	}
}

func opened(v any) {
	switch v := v.(type) {
	case map[string]any:
		if v["additionalProperties"] == false {
			delete(v, "additionalProperties")
		}
		for key, part := range v {
			if key != "example" && key != "examples" {
				opened(part)
			}
		}
	case []any:
		for _, part := range v {
			opened(part)
		}
	}
}

// documents adds the routes of the document itself. It is written once all routes are known.
func (api registry) documents() {
	example := map[string]any{"openapi": "3.1.0"}
	serve := func(contentType string, text func() []byte) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			_, _ = w.Write(text())
		})
	}
	o := op{ID: "openapi-json", Path: "/api/v1/openapi.json", Summary: "This document, as JSON.", Scope: access.Read, Example: example}
	raw(api, http.MethodGet, o, "application/json", nil, api.s.dress(dressed{op: o, next: serve("application/json", func() []byte { return api.s.doc().json })}))
	o = op{ID: "openapi-yaml", Path: "/api/v1/openapi.yaml", Summary: "This document, as YAML.", Scope: access.Read, Example: "openapi: 3.1.0\n"}
	raw(api, http.MethodGet, o, "application/yaml", nil, api.s.dress(dressed{op: o, next: serve("application/yaml", func() []byte { return api.s.doc().yaml })}))
}
