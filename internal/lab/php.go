package lab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// appendPHP writes v, at a depth of nesting, as PHP's json_encode with JSON_PRETTY_PRINT does: four blanks, "/" escaped,
// ASCII only.
func appendPHP(b []byte, v any, depth int) ([]byte, error) {
	var err error
	switch v := v.(type) {
	case string:
		return appendPHPString(b, v), nil
	case object:
		if len(v) == 0 {
			return append(b, "{}"...), nil
		}
		b = append(b, '{')
		for i, f := range v {
			b = phpBreak(b, i > 0, depth+1)
			b = append(appendPHPString(b, f.name), ": "...)
			if b, err = appendPHP(b, f.value, depth+1); err != nil {
				return nil, fmt.Errorf("field %q: %w", f.name, err)
			}
		}
		return append(phpBreak(b, false, depth), '}'), nil
	case []object:
		if len(v) == 0 {
			return append(b, "[]"...), nil
		}
		b = append(b, '[')
		for i, o := range v {
			if b, err = appendPHP(phpBreak(b, i > 0, depth+1), o, depth+1); err != nil {
				return nil, err
			}
		}
		return append(phpBreak(b, false, depth), ']'), nil
	case nil, bool, int, int64:
		return appendJSON(b, v)
	}
	raw, err := appendJSON(nil, v)
	if err != nil {
		return nil, err
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, raw, string(phpBreak(nil, false, depth)[1:]), "    "); err != nil {
		return nil, err
	}
	return escapePHP(b, pretty.Bytes()), nil
}

// phpBreak begins a line at a depth of nesting.
func phpBreak(b []byte, comma bool, depth int) []byte {
	if comma {
		b = append(b, ',')
	}
	b = append(b, '\n')
	for range depth {
		b = append(b, "    "...)
	}
	return b
}

func appendPHPString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' || c == '/' {
			raw, err := appendOther(nil, s)
			if err != nil {
				return append(b, `""`...) // no string fails
			}
			return escapePHP(b, raw)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// escapePHP makes of JSON what PHP would have written: "/" and all that is not ASCII are escaped.
func escapePHP(b, raw []byte) []byte {
	for len(raw) > 0 {
		r, n := utf8.DecodeRune(raw)
		switch {
		case r == '/':
			b = append(b, `\/`...)
		case r > 0xffff:
			r -= 0x10000
			b = fmt.Appendf(b, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		case r > 0x7f:
			b = fmt.Appendf(b, `\u%04x`, r)
		default:
			b = append(b, raw[0])
		}
		raw = raw[n:]
	}
	return b
}
