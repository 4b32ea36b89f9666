package sourcehttp

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// CallOption changes one call.
type CallOption func(*call)

// MaxBody lets one answer be larger, or smaller, than Options.MaxBody: n bytes after decompression. 100,000 sensors
// are about 100 MB of JSON. A large limit costs no memory where the answer is read row by row (Rows, or one
// xml.Decoder.DecodeElement a row), since nothing but the row in hand is kept; what one element of a list, one text
// and the nesting may be stays limited. 0 and less mean Options.MaxBody.
func MaxBody(n int64) CallOption {
	return func(a *call) {
		if n > 0 {
			a.maxBody = n
		}
	}
}

// CountBytes adds to n how many bytes the answer had after decompression, as far as it was read: what a call costs.
func CountBytes(n *int64) CallOption {
	return func(a *call) { a.counted = n }
}

// call is one GET and its answer.
type call struct {
	client  *Client
	ctx     context.Context // of this call, which ends before GetJSON or GetXML returns
	op      string
	limit   time.Duration // for the text of a timeout
	maxBody int64
	want    format
	resp    *http.Response
	ledTo   *url.URL // where the last redirect that was followed led
	circle  bool     // the redirects do not end
	guard   *guard
	counted *int64
	end     context.CancelFunc
}

// GetJSON asks for path with the given query and hands a decoder over the answer to decode, which must read all of
// it. The path is already escaped and begins with a slash; it and the query go into errors and the request, so neither
// may hold a secret. An answer that is not 2xx JSON ends in a *Failure and decode is not called; an error of decode is
// passed on with the name of the call in front. On any error what decode has taken in until then is no answer: throw
// it away. Control characters within texts become blanks, and invalid UTF-8 becomes U+FFFD.
func (c *Client) GetJSON(ctx context.Context, path string, query url.Values, decode func(*json.Decoder) error, options ...CallOption) error {
	a, err := c.ask(ctx, path, query, asJSON(), options)
	if err != nil {
		return err
	}
	defer a.close()
	depth := c.maxDepth
	if depth == 0 {
		depth = DefaultMaxDepth
	}
	dec := json.NewDecoder(&jsonLimits{r: a.guard, maxDepth: depth})
	if err := decode(dec); err != nil {
		return a.bodyFailure(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		if err == nil {
			err = errors.New("more follows after the end of the JSON")
		}
		return a.bodyFailure(err)
	}
	return nil
}

// GetXML is GetJSON for XML. The root element must have one of the names roots: a lenient decoder takes an HTML page
// for XML. Decode gets the root as it began, and a decoder that stands behind it; it need not read to the end, the rest
// is read and checked after it.
//
// The decoder is as lenient as monitors need it (Strict is false: a bare "&" and "&nbsp;" pass) and stricter where
// leniency would lose data: each element must be closed by its own end tag. Invalid UTF-8, control characters and
// references to them (&#x1;) are replaced on the way. A document type is refused. Scalar takes elements and attributes.
func (c *Client) GetXML(ctx context.Context, path string, query url.Values, roots []string, decode func(d *xml.Decoder, root xml.StartElement) error, options ...CallOption) error {
	a, err := c.ask(ctx, path, query, asXML(roots), options)
	if err != nil {
		return err
	}
	defer a.close()
	depth := c.maxDepth
	if depth == 0 {
		depth = DefaultMaxXMLDepth
	}
	tokens := newXMLTokens(a.guard, depth)
	dec := xml.NewTokenDecoder(tokens)
	dec.Strict = false
	root, err := firstElement(dec)
	if err != nil {
		return a.bodyFailure(err)
	}
	if !a.want.isRoot(root.Name.Local) {
		return a.bodyFailure(&shapeError{"another root element than the expected one: ", root.Name.Local})
	}
	if err := decode(dec, root); err != nil {
		return a.bodyFailure(err)
	}
	for {
		// The decoder itself would take what decode left open for an error; the tokens below it know better.
		if _, err := tokens.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return a.bodyFailure(err)
		}
	}
}

func firstElement(dec *xml.Decoder) (xml.StartElement, error) {
	for {
		t, err := dec.Token()
		if err != nil {
			return xml.StartElement{}, err
		}
		if root, ok := t.(xml.StartElement); ok {
			return root, nil
		}
	}
}

// ask sends the request and returns when an answer in the wanted format has begun. The caller closes the call.
func (c *Client) ask(ctx context.Context, path string, query url.Values, want format, options []CallOption) (*call, error) {
	a := &call{client: c, op: "GET " + c.base.EscapedPath() + path, limit: DefaultTimeout, maxBody: c.maxBody, want: want}
	for _, o := range options {
		o(a)
	}
	if wait := c.asked(); wait > 0 {
		return nil, &Failure{Op: a.op, Kind: KindBusy, text: fmt.Sprintf("not asked: the server wants no call for another %s", wait.Round(time.Second))}
	}
	if deadline, ok := ctx.Deadline(); ok {
		a.limit = shown(time.Until(deadline))
		a.ctx, a.end = context.WithCancel(ctx)
	} else {
		a.ctx, a.end = context.WithTimeout(ctx, DefaultTimeout)
	}
	if err := a.begin(path, query); err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

func (a *call) begin(path string, query url.Values) error {
	c := a.client
	req, err := c.request(a.ctx, path, query, a.want.accept)
	if err != nil {
		return &Failure{Op: a.op, Kind: KindTransport, text: "the address cannot be asked for: check \"url\""}
	}
	if a.resp, err = a.send(req); err != nil { //nolint:bodyclose // the call closes it.
		return a.transportFailure(err)
	}
	return a.check()
}

func (a *call) close() {
	if a.counted != nil && a.guard != nil {
		*a.counted += a.guard.read
	}
	if a.resp != nil {
		// Nothing can be done about an answer that does not let itself be closed.
		_ = a.resp.Body.Close()
	}
	a.end()
}
