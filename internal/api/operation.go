package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/quorate/quorate/internal/access"
)

// op is what is to be said of a route. Its line in the route table, its part of the document and the tests are made
// from it; a route without scope, summary or example is none.
type op struct {
	ID      string // stable: the name of the operation in the document
	Path    string
	Summary string // one sentence
	Text    string // more than that, where it takes more
	Scope   access.Scope
	// Open says that no scope is needed at all.
	Open bool
	// Errors are the codes that it answers beside those that every route of its kind has.
	Errors []string
	// Example is an answer, and Sent what is sent for it, where something is: values of Go, which are written as JSON.
	Example, Sent any
	// Status is that of success; 0 means 200.
	Status int
	// Secret says that the answer holds a secret: nothing of it is kept to be repeated.
	Secret bool
}

// registry collects the routes: huma describes and serves them, and each gets its line in the route table.
type registry struct {
	huma.API
	s   *Server
	mux *http.ServeMux
}

func get[I, O any](api registry, o op, handler func(context.Context, *I) (*O, error)) {
	register(api, http.MethodGet, o, handler)
}

func post[I, O any](api registry, o op, handler func(context.Context, *I) (*O, error)) {
	register(api, http.MethodPost, o, handler)
}

func del[I, O any](api registry, o op, handler func(context.Context, *I) (*O, error)) {
	register(api, http.MethodDelete, o, handler)
}

// register adds a route whose handler takes and returns values. A handler returns fail(code, ...), the *view.Refused of
// an actor, or any other error, which is logged and not shown.
func register[I, O any](api registry, method string, o op, handler func(context.Context, *I) (*O, error)) {
	described := o.operation(method)
	described.MaxBodyBytes = maxBody
	if method == http.MethodGet {
		described.Parameters = []*huma.Param{fieldsParam(), shareParam()}
	}
	huma.Register(api, described, func(ctx context.Context, in *I) (*outcome, error) {
		out, err := handler(ctx, in)
		if err != nil {
			return nil, api.s.told(err)
		}
		return outcomeOf(out, described.DefaultStatus), nil
	})
	api.complete(method, o, described.DefaultStatus, reflect.TypeFor[O]())
}

// complete says the rest of a route that huma has described but for its answer, and adds it. It is apart from register,
// which the compiler makes anew for each pair of types.
func (api registry) complete(method string, o op, success int, answers reflect.Type) {
	known := operationAt(api.OpenAPI(), method, o.Path)
	status := strconv.Itoa(success)
	answer := known.Responses[status]
	if answer == nil {
		panic(o.ID + ": huma has not described its answer")
	}
	answer.Description = "The answer."
	answer.Content = contentOf(answers, o.ID, api.OpenAPI().Components.Schemas)
	if media := answer.Content["application/json"]; media != nil {
		media.Example = plain(o.Example)
	}
	if known.RequestBody != nil {
		if media := known.RequestBody.Content["application/json"]; media != nil {
			media.Example = plain(o.Sent)
		}
	}
	if method == http.MethodPost {
		known.Parameters = append(known.Parameters, idempotencyParam())
	}
	o.failures(known, method)
	d := dressed{op: o, next: api.mux, params: params(known), fields: fieldsOf(api.OpenAPI().Components.Schemas, answer)}
	masks := method == http.MethodGet && !o.Open && api.s.act != nil
	api.add(method, o, api.s.shared(masks, api.s.dress(d)))
	api.s.table[len(api.s.table)-1].Masks = masks
}

// raw adds a route that answers by itself: a stream, a text. It is described by hand: the type of its answer, and its
// parameters.
func raw(api registry, method string, o op, contentType string, query []*huma.Param, handler http.Handler) {
	described := o.operation(method)
	described.Parameters = query
	status := strconv.Itoa(described.DefaultStatus)
	described.Responses = map[string]*huma.Response{status: {Description: "The answer."}}
	if contentType != "" {
		media := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}, Example: plain(o.Example)}
		if contentType == "application/json" {
			media.Schema = &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}
		}
		described.Responses[status].Content = map[string]*huma.MediaType{contentType: media}
	}
	api.OpenAPI().AddOperation(&described)
	o.failures(&described, method)
	if !o.Open { // what looks after the agent may ask with words of its own
		handler = known(params(&described), handler)
	}
	api.add(method, o, api.s.shared(false, handler))
}

func (api registry) add(method string, o op, handler http.Handler) {
	scope := o.Scope
	if o.Open {
		scope = access.Open
	}
	api.s.table = append(api.s.table, access.Route{Method: method, Path: o.Path, Scope: scope, Handler: handler})
}

// operation is what the document says of it, but for what huma finds out.
func (o op) operation(method string) huma.Operation {
	if o.ID == "" || o.Summary == "" || o.Scope == access.Open != o.Open {
		panic(fmt.Sprintf("the route %s %s has no id, no summary, or no scope (or one, and is open)", method, o.Path))
	}
	status := o.Status
	if status == 0 {
		status = http.StatusOK
	}
	d := huma.Operation{
		OperationID: o.ID, Method: method, Path: o.Path, Summary: o.Summary, Description: o.Text, DefaultStatus: status,
		Security: []map[string][]string{}, Tags: []string{tag(o.Path)}, Extensions: map[string]any{"x-quorate-scope": string(o.Scope)},
	}
	if !o.Open {
		d.Security = []map[string][]string{{"token": {string(o.Scope)}}}
	}
	return d
}

// tag groups routes by what they are about: the word behind the version.
func tag(path string) string {
	rest, ok := strings.CutPrefix(path, "/api/v1/")
	if !ok {
		return "agent"
	}
	word, _, _ := strings.Cut(rest, "/")
	return word
}

// failures describes how the operation fails: the codes that it names, and those that its method and parameters bring.
func (o op) failures(d *huma.Operation, method string) {
	all := append([]string{"bad_query", "internal"}, o.Errors...)
	if !o.Open {
		all = append(all, "unknown_parameter", "token_needed", "token_invalid", "token_expired", "scope_missing", "too_many_requests")
	}
	if len(d.Parameters) > 0 || d.RequestBody != nil {
		all = append(all, "malformed", "invalid")
	}
	for _, p := range d.Parameters {
		switch p.Name {
		case "cursor":
			all = append(all, "bad_cursor")
		case "fields":
			all = append(all, "unknown_field")
		case "share":
			all = append(all, "not_shareable")
		}
	}
	if d.RequestBody != nil {
		all = append(all, "too_large", "unsupported_type")
	}
	if method == http.MethodPost {
		all = append(all, "too_large", "idempotency_reused", "in_progress")
	}
	slices.Sort(all)
	all = slices.Compact(all)
	d.Extensions["x-quorate-codes"] = all
	for status := range d.Responses {
		if n, err := strconv.Atoi(status); err != nil || n >= http.StatusBadRequest {
			delete(d.Responses, status)
		}
	}
	for _, name := range all {
		c, ok := codeOf(name)
		if !ok {
			panic(o.ID + ": there is no error code " + name)
		}
		status := strconv.Itoa(c.Status)
		r := d.Responses[status]
		if r == nil {
			r = &huma.Response{Content: map[string]*huma.MediaType{"application/problem+json": {
				Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}, Examples: map[string]*huma.Example{},
			}}}
			d.Responses[status] = r
		}
		r.Description = strings.TrimSpace(r.Description + " `" + name + "`: " + c.Text)
		r.Content["application/problem+json"].Examples[name] = &huma.Example{Value: plain(newProblem(name, c.Text))}
	}
}

func operationAt(doc *huma.OpenAPI, method, path string) *huma.Operation {
	item := doc.Paths[path]
	switch method {
	case http.MethodPost:
		return item.Post
	case http.MethodDelete:
		return item.Delete
	}
	return item.Get
}

// plain is a value as JSON has it.
func plain(v any) any {
	if v == nil {
		return nil
	}
	var b strings.Builder
	if err := marshal(&b, v); err != nil {
		panic(fmt.Sprintf("an example is no JSON: %v", err))
	}
	var out any
	if err := json.Unmarshal([]byte(b.String()), &out); err != nil {
		panic(fmt.Sprintf("an example is no JSON: %v", err))
	}
	return out
}

// params are the names of the parameters that stand in the address behind "?".
func params(d *huma.Operation) []string {
	var names []string
	for _, p := range d.Parameters {
		if p.In == "query" {
			names = append(names, p.Name)
		}
	}
	return names
}
