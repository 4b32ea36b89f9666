package lab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// object is a JSON object that keeps the order of its fields, as the imitated servers do.
type object []field

type field struct {
	name  string
	value any
}

func (o *object) add(name string, value any) { *o = append(*o, field{name, value}) }

// pick returns the value of a field, nil where it is absent.
func (o object) pick(name string) any {
	for _, f := range o {
		if f.name == name {
			return f.value
		}
	}
	return nil
}

// MarshalJSON writes the fields in their order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, f := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := compact(f.name)
		if err != nil {
			return nil, err
		}
		value, err := compact(f.value)
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", f.name, err)
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// compact is json.Marshal without the escaping of HTML characters, which neither server does.
func compact(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// likePHP writes v as PHP's json_encode with JSON_PRETTY_PRINT does: four blanks, "/" escaped, ASCII only.
func likePHP(v any) ([]byte, error) {
	raw, err := compact(v)
	if err != nil {
		return nil, err
	}
	var pretty, out bytes.Buffer
	if err := json.Indent(&pretty, raw, "", "    "); err != nil {
		return nil, err
	}
	for b := pretty.Bytes(); len(b) > 0; {
		r, n := utf8.DecodeRune(b)
		switch {
		case r == '/':
			out.WriteString(`\/`)
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		case r > 0x7f:
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			out.WriteByte(b[0])
		}
		b = b[n:]
	}
	return out.Bytes(), nil
}

// asStrings turns every number of o into a string, as PHP before 8.1 handed the database's columns on.
func asStrings(o object) object {
	old := make(object, len(o))
	for i, f := range o {
		switch v := f.value.(type) {
		case int:
			f.value = strconv.Itoa(v)
		case int64:
			f.value = strconv.FormatInt(v, 10)
		case float64:
			f.value = strconv.FormatFloat(v, 'f', -1, 64)
		}
		old[i] = f
	}
	return old
}
