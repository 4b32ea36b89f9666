package sourcehttp

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

// shapeError says that an answer is XML of another shape. Name is foreign text.
type shapeError struct{ text, name string }

func (e *shapeError) Error() string { return e.text + fmt.Sprintf("%q", e.name) }

// xmlTokens are the tokens of an answer, read leniently, and stopped where elements nest too deep or are not closed by
// their own end tag. A lenient xml.Decoder alone closes an element with the end of any outer one, so that what followed
// a missing end tag would vanish into the element before it.
type xmlTokens struct {
	text     *xmlText
	raw      *xml.Decoder
	maxDepth int
	open     []xml.Name
	ended    bool  // the root element is closed
	err      error // what ended it, also where the caller has passed over it
}

func newXMLTokens(r io.Reader, maxDepth int) *xmlTokens {
	text := &xmlText{r: r}
	raw := xml.NewDecoder(text)
	raw.Strict = false
	raw.CharsetReader = func(charset string, _ io.Reader) (io.Reader, error) {
		return nil, &shapeError{"it must be UTF-8 and declares ", charset}
	}
	return &xmlTokens{text: text, raw: raw, maxDepth: maxDepth}
}

// Token returns the next token, io.EOF after the end of the root element, and io.ErrUnexpectedEOF before it.
func (x *xmlTokens) Token() (xml.Token, error) {
	if x.err != nil {
		return nil, x.err
	}
	x.text.token = 0
	t, err := x.raw.RawToken()
	if err == nil {
		err = x.check(t)
	}
	syntax, wrong := errors.AsType[*xml.SyntaxError](err)
	if errors.Is(err, io.EOF) && !x.ended || wrong && syntax.Msg == "unexpected EOF" {
		err = io.ErrUnexpectedEOF
	}
	if x.err = err; err != nil {
		return nil, err
	}
	return t, nil
}

// check follows the elements that are open.
func (x *xmlTokens) check(t xml.Token) error {
	switch t := t.(type) {
	case xml.StartElement:
		if x.ended {
			return &shapeError{"more follows after its end: ", t.Name.Local}
		}
		if x.open = append(x.open, t.Name); len(x.open) > x.maxDepth {
			return &limitError{fmt.Sprintf("the answer is nested deeper than %d levels", x.maxDepth)}
		}
	case xml.EndElement:
		last := len(x.open) - 1
		if last < 0 {
			return &shapeError{"an end without a beginning: ", t.Name.Local}
		}
		if x.open[last] != t.Name {
			return &shapeError{"an element is not closed: ", x.open[last].Local}
		}
		x.open, x.ended = x.open[:last], last == 0
	case xml.CharData:
		if len(x.open) == 0 && len(bytes.TrimSpace(t)) > 0 {
			return &shapeError{"text outside of the root element: ", string(t)}
		}
	case xml.Directive:
		return &shapeError{"a document type: ", "<!"}
	}
	return nil
}
