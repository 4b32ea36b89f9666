package sourcehttp

import (
	"fmt"
	"io"
)

// jsonLimits passes a JSON body through and stops it at the first byte beyond a limit: nesting, length of one text,
// size of one element of a list, blanks in a row. It needs no well-formed input; the decoder behind it judges that.
// Control characters within a text, which the decoder would refuse the whole answer for, become blanks.
type jsonLimits struct {
	r        io.Reader
	maxDepth int

	depth    int
	text     int
	element  int // bytes since the last comma, or begin, of a list or object on the outer two levels
	blanks   int // in a row, between values
	inString bool
	escaped  bool
}

func (j *jsonLimits) Read(p []byte) (int, error) {
	n, err := j.r.Read(p)
	if limit := j.scan(p[:n]); limit != nil {
		return 0, limit
	}
	return n, err
}

func (j *jsonLimits) scan(p []byte) error {
	for i, b := range p {
		// The decoder holds one element of an answer's list as a whole.
		if j.element++; j.element > maxElement {
			return &limitError{fmt.Sprintf("the answer holds a row larger than %s", inMiB(maxElement))}
		}
		if j.inString {
			j.text++
			switch {
			case j.text > maxText:
				return &limitError{fmt.Sprintf("the answer holds a text longer than %d KiB", maxText>>10)}
			case b < ' ':
				p[i], j.escaped = ' ', false
			case j.escaped:
				j.escaped = false
			case b == '\\':
				j.escaped = true
			case b == '"':
				j.inString = false
			}
			continue
		}
		switch b {
		case ' ', '\t', '\r', '\n':
			// The decoder looks at them again with each read: many together would take it for ever.
			if j.blanks++; j.blanks > maxBlanks {
				return &limitError{fmt.Sprintf("the answer holds more than %d KiB of nothing", maxBlanks>>10)}
			}
			continue
		case '"':
			j.inString, j.text = true, 0
		case '{', '[':
			if j.depth++; j.depth > j.maxDepth {
				return &limitError{fmt.Sprintf("the answer is nested deeper than %d levels", j.maxDepth)}
			}
			if j.depth <= 2 {
				j.element = 0
			}
		case '}', ']':
			j.depth--
		case ',':
			if j.depth <= 2 {
				j.element = 0
			}
		}
		j.blanks = 0
	}
	return nil
}
