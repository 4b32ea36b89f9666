package store

import (
	"cmp"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/quorate/quorate/device"
)

// jsonPlans writes the bytes of json.Marshal at a quarter of its price: most of a commit of many rows is the encoding
// of bodies, and most of that is times. A type is looked at once; what is rare in our types is left to json.Marshal.
// It is safe for concurrent use.
type jsonPlans struct{ known sync.Map } // reflect.Type -> appender

// An appender appends the JSON form of v, which is addressable.
type appender func(b []byte, v reflect.Value) ([]byte, error)

var errNothing = errors.New("there is nothing to store")

// append appends the JSON form of the value that ptr points to.
func (p *jsonPlans) append(b []byte, ptr any) ([]byte, error) {
	v := reflect.ValueOf(ptr)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return b, errNothing
	}
	return p.of(v.Type().Elem())(b, v.Elem())
}

func (p *jsonPlans) of(t reflect.Type) appender {
	if a, ok := p.known.Load(t); ok {
		return a.(appender)
	}
	// A type that holds itself finds this one meanwhile.
	p.known.Store(t, appender(appendAny))
	a := p.compile(t)
	p.known.Store(t, a)
	return a
}

var marshaler = reflect.TypeFor[json.Marshaler]()

func (p *jsonPlans) compile(t reflect.Type) appender {
	switch t {
	case reflect.TypeFor[time.Time]():
		return appendTimeJSON
	case reflect.TypeFor[device.Duration]():
		return appendDuration
	}
	// MarshalText is not asked for here: whatever has it and no fields of its own is left to json.Marshal.
	if t.Implements(marshaler) || reflect.PointerTo(t).Implements(marshaler) || marshalsText(t) {
		return appendAny
	}
	switch t.Kind() {
	case reflect.Bool:
		return func(b []byte, v reflect.Value) ([]byte, error) { return strconv.AppendBool(b, v.Bool()), nil }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(b []byte, v reflect.Value) ([]byte, error) { return strconv.AppendInt(b, v.Int(), 10), nil }
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return func(b []byte, v reflect.Value) ([]byte, error) { return strconv.AppendUint(b, v.Uint(), 10), nil }
	case reflect.Float64:
		return appendFloat
	case reflect.String:
		return func(b []byte, v reflect.Value) ([]byte, error) { return appendString(b, v.String()) }
	case reflect.Pointer:
		elem := p.of(t.Elem())
		return func(b []byte, v reflect.Value) ([]byte, error) {
			if v.IsNil() {
				return append(b, "null"...), nil
			}
			return elem(b, v.Elem())
		}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 { // base64
			return appendAny
		}
		return appendSlice(p.of(t.Elem()))
	case reflect.Struct:
		return p.compileStruct(t)
	}
	return appendAny
}

func marshalsText(t reflect.Type) bool {
	_, ok := reflect.PointerTo(t).MethodByName("MarshalText")
	return ok
}

// field is one member of an object.
type field struct {
	index []int
	key   string // with quotes and colon
	omit  func(reflect.Value) bool
	value appender
}

func (p *jsonPlans) compileStruct(t reflect.Type) appender {
	fields, ok := p.fields(t, nil)
	names := map[string]bool{}
	for _, f := range fields {
		ok = ok && !names[f.key] // who of two of one name wins is for json.Marshal to say
		names[f.key] = true
	}
	if !ok {
		return appendAny
	}
	return func(b []byte, v reflect.Value) ([]byte, error) {
		b = append(b, '{')
		first := true
		for i := range fields {
			f := &fields[i]
			x := v.Field(f.index[0])
			for _, j := range f.index[1:] {
				x = x.Field(j)
			}
			if f.omit != nil && f.omit(x) {
				continue
			}
			if !first {
				b = append(b, ',')
			}
			first = false
			b = append(b, f.key...)
			var err error
			if b, err = f.value(b, x); err != nil {
				return b, err
			}
		}
		return append(b, '}'), nil
	}
}

// fields lists the members of t, those of embedded structs in their place; false where a rule of encoding/json is
// needed that is not here.
func (p *jsonPlans) fields(t reflect.Type, at []int) ([]field, bool) {
	var fields []field
	for i := range t.NumField() {
		sf := t.Field(i)
		tag, tagged := sf.Tag.Lookup("json")
		if !sf.IsExported() && !sf.Anonymous || tag == "-" {
			continue
		}
		index := append(slices.Clone(at), i)
		if sf.Anonymous {
			if tagged || sf.Type.Kind() != reflect.Struct || !sf.IsExported() {
				return nil, false
			}
			inner, ok := p.fields(sf.Type, index)
			if !ok {
				return nil, false
			}
			fields = append(fields, inner...)
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		f := field{index: index, key: strconv.Quote(cmp.Or(name, sf.Name)) + ":", value: p.of(sf.Type)}
		for option := range strings.SplitSeq(options, ",") {
			switch option {
			case "":
			case "omitempty":
				f.omit = either(f.omit, isEmpty)
			case "omitzero":
				f.omit = either(f.omit, zeroOf(sf.Type))
			default:
				return nil, false
			}
		}
		fields = append(fields, f)
	}
	return fields, true
}

func either(a, b func(reflect.Value) bool) func(reflect.Value) bool {
	if a == nil {
		return b
	}
	return func(v reflect.Value) bool { return a(v) || b(v) }
}

func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

func zeroOf(t reflect.Type) func(reflect.Value) bool {
	if t == reflect.TypeFor[time.Time]() {
		return func(v reflect.Value) bool { return timeOf(v).IsZero() }
	}
	if _, ok := reflect.PointerTo(t).MethodByName("IsZero"); ok {
		return func(v reflect.Value) bool {
			z, ok := reflect.TypeAssert[interface{ IsZero() bool }](v.Addr())
			return ok && z.IsZero()
		}
	}
	return reflect.Value.IsZero
}

func appendSlice(elem appender) appender {
	return func(b []byte, v reflect.Value) ([]byte, error) {
		if v.IsNil() {
			return append(b, "null"...), nil
		}
		b = append(b, '[')
		for i := range v.Len() {
			if i > 0 {
				b = append(b, ',')
			}
			var err error
			if b, err = elem(b, v.Index(i)); err != nil {
				return b, err
			}
		}
		return append(b, ']'), nil
	}
}

// appendAny leaves v to json.Marshal.
func appendAny(b []byte, v reflect.Value) ([]byte, error) {
	if v.CanAddr() {
		v = v.Addr() // where methods of the pointer count too
	}
	j, err := json.Marshal(v.Interface())
	return append(b, j...), err
}

func timeOf(v reflect.Value) time.Time {
	t, _ := reflect.TypeAssert[*time.Time](v.Addr()) // without the copy that v.Interface() makes
	return *t
}

func appendTimeJSON(b []byte, v reflect.Value) ([]byte, error) {
	t := timeOf(v)
	if y := t.Year(); y < 0 || y > 9999 || t.Location() != time.UTC {
		return appendAny(b, v)
	}
	return append(t.AppendFormat(append(b, '"'), time.RFC3339Nano), '"'), nil
}

func appendDuration(b []byte, v reflect.Value) ([]byte, error) {
	return append(append(append(b, '"'), time.Duration(v.Int()).String()...), '"'), nil
}

func appendFloat(b []byte, v reflect.Value) ([]byte, error) {
	f := v.Float()
	if f == 0 || math.Abs(f) >= 1e-6 && math.Abs(f) < 1e21 {
		return strconv.AppendFloat(b, f, 'f', -1, 64), nil
	}
	return appendAny(b, v) // an exponent in its own style, or no number
}

func appendString(b []byte, s string) ([]byte, error) {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			j, err := json.Marshal(s)
			return append(b, j...), err
		}
	}
	return append(append(append(b, '"'), s...), '"'), nil
}
