package api

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// outcome is what huma sends of every answer. It is one type for all routes, so that huma's code for a route, 20 kB of
// the binary, is there once for each type of what is asked, and not once more for each type of what is answered.
type outcome struct {
	Status int
	Body   any
}

// outcomeOf is the outcome of a handler's answer: of a struct with the field Body, and Status where it is not always
// the same. It is nil where there is nothing to be sent.
func outcomeOf(answer any, status int) *outcome {
	v := reflect.ValueOf(answer)
	if v.IsNil() {
		return nil
	}
	v = v.Elem()
	body := v.FieldByName("Body")
	if !body.IsValid() {
		return nil
	}
	if own := v.FieldByName("Status"); own.IsValid() {
		status = int(own.Int())
	}
	return &outcome{status, body.Interface()}
}

// contentOf describes answers of type t, which huma does not see.
func contentOf(t reflect.Type, id string, schemas huma.Registry) map[string]*huma.MediaType {
	body, ok := t.FieldByName("Body")
	if !ok {
		return nil
	}
	return map[string]*huma.MediaType{"application/json": {Schema: huma.SchemaFromField(schemas, body, id+"Response")}}
}
