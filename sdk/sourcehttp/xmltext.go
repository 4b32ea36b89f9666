package sourcehttp

import (
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// maxReference is the length of the longest reference to a character that is looked at, "&#x0010FFFF;" and some zeros.
const maxReference = 16

// xmlText passes an XML body through and makes of it what a decoder can read: bytes that are no UTF-8 and characters
// that XML has none of become U+FFFD or a blank, written plainly or as a reference. References are also replaced in
// CDATA, where they are only text. It stops the body where one token becomes longer than a text may be.
type xmlText struct {
	r   io.Reader
	err error // what ended r; it follows out

	in    []byte // read and not looked at: the beginning of a character or reference
	space [8 << 10]byte
	out   []byte
	whole []byte // the storage of out
	token int    // bytes handed out for the token that is being read
}

func (x *xmlText) Read(p []byte) (int, error) {
	for len(x.out) == 0 {
		if x.err != nil {
			return 0, x.err
		}
		x.fill()
	}
	n := copy(p, x.out)
	x.out = x.out[n:]
	if x.token += n; x.token > maxText {
		return 0, &limitError{fmt.Sprintf("the answer holds a text longer than %d KiB", maxText>>10)}
	}
	return n, nil
}

func (x *xmlText) fill() {
	kept := copy(x.space[:], x.in)
	n, err := x.r.Read(x.space[kept:])
	x.err = err
	in, out := x.space[:kept+n], x.whole[:0]
	for len(in) > 0 {
		b := in[0]
		switch {
		case b == '&':
			size, fine := reference(in)
			if size == 0 && err == nil {
				x.in = in // its end has not come yet
				x.out, x.whole = out, out
				return
			}
			if size = max(size, 1); fine {
				out = append(out, in[:size]...)
			} else {
				out = append(out, ' ')
			}
			in = in[size:]
		case b < utf8.RuneSelf:
			if !inXML(rune(b)) {
				b = ' '
			}
			out, in = append(out, b), in[1:]
		case err == nil && !utf8.FullRune(in):
			x.in = in
			x.out, x.whole = out, out
			return
		default:
			r, size := utf8.DecodeRune(in)
			if !inXML(r) {
				r = utf8.RuneError
			}
			out, in = utf8.AppendRune(out, r), in[size:]
		}
	}
	x.in, x.out, x.whole = nil, out, out
}

// reference returns the length of the reference to a character that in begins with, and whether XML has the
// character. What is no such reference counts as one good byte; 0 means that more must be read to tell.
func reference(in []byte) (size int, fine bool) {
	for i, b := range in[:min(len(in), maxReference)] {
		switch {
		case i == 0, i == 1 && b == '#', i == 2 && (b == 'x' || b == 'X'), i >= 2 && isHex(b):
		case i > 2 && b == ';':
			digits, base := string(in[2:i]), 10
			if digits[0] == 'x' || digits[0] == 'X' {
				digits, base = digits[1:], 16
			}
			n, err := strconv.ParseUint(digits, base, 32)
			if err != nil && digits == "" {
				return 1, true
			}
			return i + 1, err == nil && n <= utf8.MaxRune && inXML(rune(n))
		default:
			return 1, true
		}
	}
	if len(in) >= maxReference {
		return 1, true
	}
	return 0, true
}

func isHex(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F'
}

// inXML reports whether XML 1.0 has the character.
func inXML(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r <= 0xd7ff || r >= 0xe000 && r <= 0xfffd || r >= 0x10000 && r <= utf8.MaxRune
}
