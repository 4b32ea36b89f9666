package device

import (
	"fmt"
	"log/slog"
)

const masked = "(secret)"

// Secret is a value that prints as "(secret)" under every verb of fmt, in slog, in text and in JSON. Reveal is the
// only way out. Keep it in exported fields: fmt cannot call methods on unexported ones and would show the value.
type Secret string

// Reveal returns the value itself.
func (s Secret) Reveal() string { return string(s) }

// Format masks the value under every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(masked)) }

// LogValue masks the value in slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(masked) }

// MarshalText masks the value in JSON, YAML and other encodings.
func (s Secret) MarshalText() ([]byte, error) { return []byte(masked), nil }

// UnmarshalText takes the value as it is.
func (s *Secret) UnmarshalText(b []byte) error {
	*s = Secret(b)
	return nil
}
