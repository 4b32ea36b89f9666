package sourcehttp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// DecodeConfig reads a plugin's configuration into v, a pointer to its Config. An attribute that v does not know, or
// of another type, is an error that names it and never its value.
func DecodeConfig(config []byte, v any) error {
	if len(bytes.TrimSpace(config)) == 0 {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(config))
	dec.DisallowUnknownFields()
	err := dec.Decode(v)
	var wrong *json.UnmarshalTypeError
	switch {
	case err == nil:
		if _, err := dec.Token(); !errors.Is(err, io.EOF) {
			return errors.New("the configuration is more than one JSON object")
		}
		return nil
	case errors.As(err, &wrong):
		return fmt.Errorf("%q has the wrong type: %s", wrong.Field, strings.Fields(wrong.Value)[0])
	case strings.HasPrefix(err.Error(), "json: unknown field "):
		return fmt.Errorf("there is no attribute %s", strings.TrimPrefix(err.Error(), "json: unknown field "))
	case errors.As(err, new(*json.SyntaxError)), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the configuration is no JSON object")
	}
	return err
}
