package sinks

import (
	"encoding/json"
	"fmt"

	"github.com/quorate/quorate/device"
)

// Encode is an event as "quorate events --json" prints it, without the end of the line. The same event always gives the
// same bytes. An event that has no such form never will: the error is permanent.
func Encode(e *device.Event) ([]byte, error) {
	b, err := json.Marshal(e)
	if err != nil {
		return nil, &formless{fmt.Errorf("encode event %d: %w", e.Seq, err)}
	}
	return b, nil
}

// formless is the error of an event that cannot be encoded.
type formless struct{ err error }

func (f *formless) Error() string   { return f.err.Error() }
func (f *formless) Unwrap() error   { return f.err }
func (f *formless) Permanent() bool { return true }
