package sourcehttp

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate/sdk/peer"
)

// Kind is the class of a failure.
type Kind string

// The kinds of failure.
const (
	KindTransport Kind = "transport" // no answer came: name, connection, TLS, time
	KindStatus    Kind = "status"    // an answer that is neither 2xx nor a redirect
	KindRedirect  Kind = "redirect"  // to another server, without end, or of a client whose secrets are in the query
	KindNotJSON   Kind = "not_json"  // of GetJSON: 2xx, but a page or something else
	KindNotXML    Kind = "not_xml"   // of GetXML: 2xx, but a page or something else
	KindBroken    Kind = "broken"    // JSON or XML that broke off, is malformed or not of the expected shape
	KindTooLarge  Kind = "too_large" // beyond a limit
	KindBusy      Kind = "busy"      // not asked, because the server wants to be left alone
)

// Failure is why a call got no answer that can be used. Error is one line, begins with the call and holds no secret.
type Failure struct {
	Op   string // "GET /api/v0/devices", without the query
	Kind Kind
	Code int // the HTTP status, 0 if none came
	// Message is what the server itself said, quoted, cut short and without secrets; "" if it said nothing readable.
	Message string
	// Redirect is where a redirect that was not followed leads: scheme, host and path, without the secrets.
	Redirect *url.URL

	text string
	head []byte
	err  error
}

func (f *Failure) Error() string { return f.Op + ": " + f.text }

func (f *Failure) Unwrap() error { return f.err }

// Mentions reports whether the beginning of the answer holds the text, whatever the case.
func (f *Failure) Mentions(text string) bool {
	return bytes.Contains(bytes.ToLower(f.head), bytes.ToLower([]byte(text)))
}

// check takes an answer for what is wanted or returns why not.
func (a *call) check() error {
	c, resp := a.client, a.resp
	f := &Failure{Op: a.op, Code: resp.StatusCode}
	status := strings.TrimSpace(fmt.Sprintf("%d %s", resp.StatusCode, http.StatusText(resp.StatusCode)))
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		return a.redirectFailure(status)
	}
	if a.ledTo != nil {
		status += " after a redirect to " + c.redactor.quote(a.ledTo.Path)
	}
	body, readable := a.decompressed()
	g := &guard{r: body, maxBytes: a.maxBody}
	a.guard = g
	switch {
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		f.Kind, f.text = KindStatus, status
		// A body that breaks off changes nothing about the status.
		f.head, _ = io.ReadAll(io.LimitReader(body, headBytes))
		if f.Message = c.said(said(f.head)); f.Message != "" {
			f.text += " " + f.Message
		}
		if wait := c.asked(); wait > 0 {
			f.text += fmt.Sprintf(": the server wants no call for %s", wait.Round(time.Second))
		} else if resp.StatusCode == http.StatusTooManyRequests {
			f.text += ": ask it less often, by a longer \"interval\""
		}
		return f
	case !readable:
		f.Kind = a.want.kind
		f.text = fmt.Sprintf("%s with a body compressed as %s instead of %s: no proxy may compress it once more, or otherwise than by gzip",
			status, c.redactor.quote(strings.Join(codings(resp.Header), ", ")), a.want.name)
		return f
	}
	head := bytes.TrimLeft(bytes.TrimPrefix(g.peek(512), []byte("\xef\xbb\xbf")), " \t\r\n")
	contentType := resp.Header.Get("Content-Type")
	switch {
	case len(head) > 0 && a.want.begins(head, contentType):
		g.head = head
		return nil
	case len(head) == 0 && g.pending != nil && !errors.Is(g.pending, io.EOF):
		return a.bodyFailure(g.pending)
	case len(head) == 0:
		f.Kind, f.text = a.want.kind, status+" with an empty body instead of "+a.want.name
		return f
	}
	rest, _ := io.ReadAll(io.LimitReader(body, headBytes))
	f.Kind, f.head = a.want.kind, append(head, rest...)
	f.Message = c.said(said(f.head))
	f.text = fmt.Sprintf("%s with %s instead of %s", status, c.redactor.looksLike(contentType, head), a.want.name)
	if f.Message != "" {
		f.text += " (it says " + f.Message + ")"
	}
	return f
}

var (
	saidIn  = regexp.MustCompile(`(?is)<(error|title|h3|h1)[^>]*>(.*?)</(?:error|title|h3|h1)>`)
	divText = regexp.MustCompile(`(?is)<div class="errormsg">(.*)`)
	tags    = regexp.MustCompile(`(?s)<[^>]*>`)
)

// said finds the sentence that a failing server meant for people.
func said(body []byte) string {
	var j struct {
		Message Scalar `json:"message"`
		Error   Scalar `json:"error"`
	}
	if json.Unmarshal(body, &j) == nil {
		if s := j.Message.String(); s != "" {
			return s
		}
		return j.Error.String()
	}
	if m := divText.FindSubmatch(body); m != nil {
		return plainText(string(m[1]))
	}
	if m := saidIn.FindSubmatch(body); m != nil {
		return plainText(string(m[2]))
	}
	return ""
}

// said is what an error repeats of a server's words, "" for nothing.
func (c *Client) said(words string) string {
	if c.repeat != nil && !c.repeat(strings.Join(strings.Fields(words), " ")) {
		return ""
	}
	return c.redactor.quote(words)
}

func plainText(markup string) string {
	return html.UnescapeString(tags.ReplaceAllString(markup, " "))
}

// bodyFailure says why reading the body ended.
func (a *call) bodyFailure(err error) error {
	f := &Failure{Op: a.op, Kind: KindBroken, Code: http.StatusOK}
	var tooMuch *limitError
	switch {
	case errors.As(err, &tooMuch):
		f.Kind, f.text = KindTooLarge, tooMuch.what+": check what answers at \"url\""
	case a.ctx.Err() != nil:
		return a.transportFailure(err)
	case errors.Is(err, errDamaged), errors.Is(a.guard.broken, errDamaged):
		f.text = errDamaged.Error() + ": look for a proxy before the server"
	case a.guard.broken != nil, errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		f.text = fmt.Sprintf("the answer broke off after %d bytes: look into the logs of the server, and of a proxy before it", a.guard.read)
	default:
		what, ours := a.client.malformed(err)
		if !ours {
			// An error of the caller's own decoding says itself what is wrong, unless it repeats too much.
			if a.client.redactor.holds(err.Error()) {
				f.text = "the answer is of no use, and the reason repeats a secret"
				return f
			}
			return fmt.Errorf("%s: %w", a.op, err)
		}
		f.text = "the answer is no usable " + a.want.name + ": " + what + "; check what answers at \"url\""
	}
	return f
}

// malformed says what a decoder found, without the foreign text that some of its errors repeat. It is not ours where
// err is no decoder's.
func (c *Client) malformed(err error) (text string, ours bool) {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		kind, _, _ := strings.Cut(wrong.Value, " ")
		return fmt.Sprintf("%s has the wrong type (%s)", c.redactor.quote(wrong.Field), kind), true
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Sprintf("malformed after %d bytes", syntax.Offset), true
	}
	if syntax, ok := errors.AsType[*xml.SyntaxError](err); ok {
		return fmt.Sprintf("malformed in line %d", syntax.Line), true
	}
	if shape, ok := errors.AsType[*shapeError](err); ok {
		return shape.text + c.redactor.quote(shape.name), true
	}
	if errors.As(err, new(xml.UnmarshalError)) || errors.As(err, new(*strconv.NumError)) {
		return "a value has the wrong type", true
	}
	return "", false
}

// transportFailure says why no answer came.
func (a *call) transportFailure(err error) error {
	c, ctx, limit := a.client, a.ctx, a.limit
	f := &Failure{Op: a.op, Kind: KindTransport}
	host := c.base.Host
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		f.text, f.err = "cancelled", context.Canceled
	case errors.Is(err, context.DeadlineExceeded), ctx.Err() != nil:
		f.text, f.err = fmt.Sprintf("timeout: no whole answer within %s; is %s overloaded, or \"timeout\" too short?", limit, host), context.DeadlineExceeded
	default:
		if f.text = peer.Cause(err, c.base, c.redactor.quote); f.text != "" {
			return f
		}
		if f.text = c.redactor.quote(err.Error()); f.text == "" {
			f.text = "no answer"
		}
		f.text += ": check what answers at \"url\""
	}
	return f
}
