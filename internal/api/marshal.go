package api

import (
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

// jsonFormat reads and writes JSON as the API has it.
var jsonFormat = huma.Format{Marshal: marshal, Unmarshal: json.Unmarshal}

// marshal writes v as JSON in which a list or a map that is there is never null: what holds nothing is [] or {}.
func marshal(w io.Writer, v any) error {
	if v != nil {
		if r := reflect.ValueOf(v); mayHoldNull(r.Type()) {
			v = withoutNull(r).Interface()
		}
	}
	return json.NewEncoder(w).Encode(v)
}

var marshaler = reflect.TypeFor[json.Marshaler]()

// nulls remembers by type whether it can hold a nil list that would be written.
var nulls sync.Map // reflect.Type -> bool

func mayHoldNull(t reflect.Type) bool {
	if known, ok := nulls.Load(t); ok {
		return known.(bool)
	}
	nulls.Store(t, true) // a type that holds itself
	may := false
	switch {
	case t.Implements(marshaler) || reflect.PointerTo(t).Implements(marshaler):
	case t.Kind() == reflect.Pointer:
		may = mayHoldNull(t.Elem())
	case t.Kind() == reflect.Slice || t.Kind() == reflect.Map || t.Kind() == reflect.Interface:
		may = true
	case t.Kind() == reflect.Array:
		may = mayHoldNull(t.Elem())
	case t.Kind() == reflect.Struct:
		for f := range t.Fields() {
			if written(f) && mayHoldNull(f.Type) {
				may = true
			}
		}
	}
	nulls.Store(t, may)
	return may
}

func written(f reflect.StructField) bool {
	return f.Tag.Get("json") != "-" && (f.IsExported() || f.Anonymous && f.Type.Kind() == reflect.Struct)
}

// withoutNull is v with empty lists and maps where it has nil ones. V itself is left as it is: others may read it.
func withoutNull(v reflect.Value) reflect.Value {
	t := v.Type()
	if !mayHoldNull(t) {
		return v
	}
	switch t.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		p := reflect.New(t.Elem())
		p.Elem().Set(withoutNull(v.Elem()))
		return p
	case reflect.Interface:
		if v.IsNil() {
			return v
		}
		out := reflect.New(t).Elem()
		out.Set(withoutNull(v.Elem()))
		return out
	case reflect.Slice:
		if v.IsNil() {
			return reflect.MakeSlice(t, 0, 0)
		}
		if !mayHoldNull(t.Elem()) {
			return v
		}
		out := reflect.MakeSlice(t, v.Len(), v.Len())
		for i := range v.Len() {
			out.Index(i).Set(withoutNull(v.Index(i)))
		}
		return out
	case reflect.Map:
		if v.IsNil() {
			return reflect.MakeMap(t)
		}
		if !mayHoldNull(t.Elem()) {
			return v
		}
		out := reflect.MakeMapWithSize(t, v.Len())
		for it := v.MapRange(); it.Next(); {
			out.SetMapIndex(it.Key(), withoutNull(it.Value()))
		}
		return out
	case reflect.Struct:
		out := reflect.New(t).Elem()
		out.Set(v)
		for i := range t.NumField() {
			f := t.Field(i)
			if !written(f) || !out.Field(i).CanSet() || strings.Contains(f.Tag.Get("json"), ",omit") && v.Field(i).IsZero() {
				continue
			}
			out.Field(i).Set(withoutNull(v.Field(i)))
		}
		return out
	}
	return v
}
