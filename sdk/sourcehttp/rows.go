package sourcehttp

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// errNoObject says that an answer is JSON of another shape.
var errNoObject = errors.New("the answer is no JSON object")

// maxBeside is how many scalars beside a list are kept.
const maxBeside = 64

// Rows reads an object whose member key is a list, and calls row with each element of it as it comes, so that a long
// list is never held as a whole. It returns the scalars beside the list by name in lower case, and whether the list
// was there. Keys match whatever their case. A null list counts as an empty one. Whatever else is in the object is
// passed over without being held.
func Rows(dec *json.Decoder, key string, row func(json.RawMessage) error) (map[string]Scalar, bool, error) {
	beside := map[string]Scalar{}
	found := false
	dec.UseNumber() // a scalar stays as it was written
	t, err := dec.Token()
	if err != nil {
		return nil, false, err
	}
	if t != json.Delim('{') {
		return nil, false, errNoObject
	}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return nil, false, err
		}
		name, _ := t.(string)
		if !strings.EqualFold(name, key) {
			s, err := scalar(dec)
			if err != nil {
				return nil, false, err
			}
			if s.IsSet() && len(beside) < maxBeside {
				beside[strings.ToLower(name)] = s
			}
			continue
		}
		list, err := elements(dec, row)
		if err != nil {
			return nil, false, err
		}
		found = found || list
	}
	_, err = dec.Token() // the closing brace
	return beside, found, err
}

// scalar reads one value; one that is no scalar is passed over token by token and unset.
func scalar(dec *json.Decoder) (Scalar, error) {
	for depth := 0; ; {
		t, err := dec.Token()
		if err != nil {
			return Scalar{}, err
		}
		switch t := t.(type) {
		case json.Delim:
			if depth++; t == '}' || t == ']' {
				depth -= 2
			}
			if depth == 0 {
				return Scalar{}, nil
			}
		case nil:
			if depth == 0 {
				return Scalar{}, nil
			}
		default:
			if depth == 0 {
				return Scalar{text: fmt.Sprint(t), set: true}, nil
			}
		}
	}
}

func elements(dec *json.Decoder, row func(json.RawMessage) error) (bool, error) {
	t, err := dec.Token()
	if err != nil {
		return false, err
	}
	switch t {
	case nil:
		return true, nil
	case json.Delim('['):
	default:
		return false, errors.New("the list of the answer is no list")
	}
	for dec.More() {
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return false, err
		}
		if err := row(raw); err != nil {
			return false, err
		}
	}
	_, err = dec.Token()
	return true, err
}
