package stdout

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/quorate/quorate/device"
)

// textLine is an event for people: when, what, about which device or source, and the sentence.
func textLine(e *device.Event) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s", e.At.UTC().Format(time.RFC3339), printable(string(e.Type)))
	switch {
	case e.Text != "":
		b.WriteString("  " + printable(e.Text))
	case e.Device != nil:
		b.WriteString("  " + printable(e.Device.Name))
	case e.Source != "":
		b.WriteString("  " + printable(e.Source))
	}
	b.WriteByte('\n')
	return []byte(b.String())
}

// printable leaves out of a text what a terminal would take for a command, or what would make it read otherwise than it
// is; ends of lines become blanks.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t', unicode.In(r, unicode.Zl, unicode.Zp):
			return ' '
		case hostile(r):
			return -1
		}
		return r
	}, s)
}

// hostile reports whether a terminal may take r for a command: control characters, those beyond ASCII as well, and those
// that change the direction of what follows or are not seen.
func hostile(r rune) bool { return unicode.IsControl(r) || unicode.In(r, unicode.Cf) }

// escaped is a JSON text that means the same, in which JSON escapes stand for what a terminal may take for a command. Only
// strings can hold it, since Go's encoder writes nothing else beyond ASCII.
func escaped(b []byte) []byte {
	if !strings.ContainsFunc(string(b), hostile) {
		return b
	}
	out := make([]byte, 0, len(b)+32)
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case !hostile(r):
			out = append(out, b[:n]...)
		case r > 0xffff:
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		b = b[n:]
	}
	return out
}
