package sourcehttp

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// Scalar is a scalar of whatever type it came in: monitors send the same field as a string, a number, a bool or null,
// from version to version and from table to table. Decoding one from JSON or XML never fails; what is no scalar is
// unset.
type Scalar struct {
	text string
	set  bool
}

// UnmarshalJSON takes any value.
func (s *Scalar) UnmarshalJSON(b []byte) error {
	*s = Scalar{}
	if len(b) == 0 || b[0] == '{' || b[0] == '[' || string(b) == "null" {
		return nil
	}
	if b[0] == '"' {
		// An error is impossible: the decoder hands over whole strings only.
		s.set = json.Unmarshal(b, &s.text) == nil
		return nil
	}
	s.text, s.set = string(b), true
	return nil
}

// UnmarshalText takes an XML element without elements in it, or an attribute.
func (s *Scalar) UnmarshalText(b []byte) error {
	*s = Scalar{text: string(b), set: true}
	return nil
}

// IsSet reports whether there was a scalar other than null.
func (s Scalar) IsSet() bool { return s.set }

// String returns the value as text without blanks around it.
func (s Scalar) String() string { return strings.TrimSpace(s.text) }

// Name returns the value as a name that the data contract takes.
func (s Scalar) Name() string { return Clean(s.text) }

// Float returns the value as a finite number.
func (s Scalar) Float() (float64, bool) {
	v, err := strconv.ParseFloat(s.String(), 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, false
	}
	return v, true
}

// Int returns the value as a whole number; a bool counts as 1 and 0, and leading zeros do not mean octal.
func (s Scalar) Int() (int64, bool) {
	switch t := strings.ToLower(s.String()); t {
	case "true":
		return 1, true
	case "false":
		return 0, true
	default:
		if v, err := strconv.ParseInt(t, 10, 64); err == nil {
			return v, true
		}
	}
	if v, ok := s.Float(); ok && v == math.Trunc(v) && math.Abs(v) < 1<<53 {
		return int64(v), true
	}
	return 0, false
}

// Bool returns whether the value is true; every number but 0 is.
func (s Scalar) Bool() bool {
	v, ok := s.Int()
	return ok && v != 0 || strings.EqualFold(s.String(), "yes")
}
