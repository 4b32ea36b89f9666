package device

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

const maxRejectedBody = 64 << 10

// DecodeObservation reads and validates one observation in JSON. Unknown fields are passed over, so that newer
// sources can speak to older agents.
func DecodeObservation(b []byte) (Observation, error) {
	var o Observation
	if len(b) > MaxObservationBytes {
		return o, fmt.Errorf("%d bytes, at most %d are taken", len(b), MaxObservationBytes)
	}
	// encoding/json would replace broken bytes silently.
	if !utf8.Valid(b) {
		return o, errors.New("not valid UTF-8")
	}
	if err := json.Unmarshal(b, &o); err != nil {
		return o, readable(err)
	}
	return o, o.Validate()
}

// DecodeSnapshot reads one line of a replay file. A line that is no snapshot is an error; an observation in it that
// cannot be accepted goes to Rejected with its reason, and the rest of the snapshot stands.
func DecodeSnapshot(line []byte) (Snapshot, error) {
	var j struct {
		snapshotJSON
		Observations []json.RawMessage `json:"observations"`
	}
	if err := json.Unmarshal(line, &j); err != nil {
		return Snapshot{}, readable(err)
	}
	s := Snapshot{
		At: j.At.UTC(), Source: j.Source, SourceClock: j.SourceClock, Err: j.Err,
		Partial: j.Complete != nil && !*j.Complete,
	}
	switch {
	case j.At.IsZero():
		return s, errors.New(`"at" is missing`)
	case s.Source == "" && (len(j.Observations) > 0 || s.Err != ""):
		return s, errors.New(`"source" is missing`)
	case s.Err != "" && len(j.Observations) > 0:
		return s, errors.New(`a failed poll ("error") carries no observations`)
	case checkTime("at", s.At) != nil:
		return s, checkTime("at", s.At)
	case checkTime("source_clock", s.SourceClock) != nil:
		return s, checkTime("source_clock", s.SourceClock)
	}
	s.Observations = make([]Observation, 0, len(j.Observations))
	for _, raw := range j.Observations {
		o, err := DecodeObservation(raw)
		if err != nil {
			s.Rejected = append(s.Rejected, Rejection{Source: s.Source, Ref: cut(o.Ref), Reason: err.Error(), Body: bytes.Clone(raw[:min(len(raw), maxRejectedBody)])})
			continue
		}
		s.Observations = append(s.Observations, o)
	}
	return s, nil
}

// readable says what is wrong with a value in the words of the format, not in those of Go.
func readable(err error) error {
	var kind *json.UnmarshalTypeError
	var date *time.ParseError
	switch {
	case errors.As(err, &kind) && kind.Field == "":
		return fmt.Errorf("%s where an object belongs", kind.Value)
	case errors.As(err, &kind):
		// Names of Go's own in the path have capitals, those of the format have none.
		path := slices.DeleteFunc(strings.Split(kind.Field, "."), func(s string) bool { return s != strings.ToLower(s) })
		return fmt.Errorf("%s: %s does not fit", strings.Join(path, "."), kind.Value)
	case errors.As(err, &date):
		return fmt.Errorf("%.40q is no time such as \"2026-01-01T00:00:00Z\"", date.Value)
	}
	return err
}

func cut(s string) string {
	if len(s) > MaxName || !utf8.ValidString(s) {
		return ""
	}
	return s
}
