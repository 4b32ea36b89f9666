package sourcehttp

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// Kind is the class of a failure.
type Kind string

// The kinds of failure.
const (
	KindTransport Kind = "transport" // no answer came: name, connection, TLS, time
	KindStatus    Kind = "status"    // an answer that is neither 2xx nor a redirect
	KindRedirect  Kind = "redirect"  // never followed
	KindNotJSON   Kind = "not_json"  // 2xx, but a page or something else
	KindBroken    Kind = "broken"    // JSON that broke off, is malformed or not of the expected shape
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
	// Redirect is where a redirect leads. Its query is foreign text and may hold anything.
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

// check takes an answer for JSON or returns why not.
func (c *Client) check(ctx context.Context, op string, limit time.Duration, resp *http.Response, g *guard) error {
	f := &Failure{Op: op, Code: resp.StatusCode}
	status := fmt.Sprintf("%d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
	switch {
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		f.Kind, f.text = KindRedirect, status
		if to, err := resp.Location(); err == nil {
			f.Redirect = to
			f.Message = c.redactor.quote(plainText(to.Query().Get("errormsg")))
			plain := url.URL{Scheme: to.Scheme, Host: to.Host, Path: to.Path}
			f.text = fmt.Sprintf("%s to %s: redirects are not followed, set \"url\" to where the API itself is", status, c.redactor.quote(plain.String()))
		}
		return f
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		f.Kind, f.text = KindStatus, status
		// A body that breaks off changes nothing about the status.
		f.head, _ = io.ReadAll(io.LimitReader(resp.Body, headBytes))
		if f.Message = c.redactor.quote(said(f.head)); f.Message != "" {
			f.text += " " + f.Message
		}
		return f
	}
	head := bytes.TrimLeft(bytes.TrimPrefix(g.peek(512), []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(head) > 0 && (head[0] == '{' || head[0] == '[') {
		g.head = head
		return nil
	}
	if len(head) == 0 {
		if g.pending != nil && !errors.Is(g.pending, io.EOF) {
			return c.bodyFailure(ctx, op, limit, g, g.pending)
		}
		f.Kind, f.text = KindNotJSON, status+" with an empty body instead of JSON"
		return f
	}
	rest, _ := io.ReadAll(io.LimitReader(resp.Body, headBytes))
	f.Kind, f.head = KindNotJSON, append(head, rest...)
	f.Message = c.redactor.quote(said(f.head))
	f.text = fmt.Sprintf("%s with %s instead of JSON", status, looksLike(resp.Header.Get("Content-Type"), head))
	if f.Message != "" {
		f.text += " (it says " + f.Message + ")"
	}
	return f
}

func looksLike(contentType string, head []byte) string {
	lower := bytes.ToLower(head)
	switch {
	case bytes.HasPrefix(lower, []byte("<?xml")), bytes.HasPrefix(lower, []byte("<prtg")):
		return "XML"
	case head[0] == '<':
		return "HTML"
	}
	if t, _, err := mime.ParseMediaType(contentType); err == nil && t != "application/json" {
		return Cut(t, 40)
	}
	return "something else"
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

func plainText(markup string) string {
	return html.UnescapeString(tags.ReplaceAllString(markup, " "))
}

// bodyFailure says why reading the body ended.
func (c *Client) bodyFailure(ctx context.Context, op string, limit time.Duration, g *guard, err error) error {
	f := &Failure{Op: op, Kind: KindBroken, Code: http.StatusOK}
	var tooMuch *limitError
	switch {
	case errors.As(err, &tooMuch):
		f.Kind, f.text = KindTooLarge, tooMuch.what
	case ctx.Err() != nil:
		return c.transportFailure(ctx, op, limit, err)
	case g.broken != nil, errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		f.text = fmt.Sprintf("the answer broke off after %d bytes", g.read)
	default:
		f.text, f.err = "the answer is no usable JSON: "+c.jsonText(err), err
		if !errors.As(err, new(*json.SyntaxError)) && !errors.As(err, new(*json.UnmarshalTypeError)) {
			// An error of the caller's own decoding says itself what is wrong.
			return fmt.Errorf("%s: %w", op, err)
		}
		f.err = nil
	}
	return f
}

func (c *Client) jsonText(err error) string {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Sprintf("%s has the wrong type (%s)", c.redactor.quote(wrong.Field), wrong.Value)
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Sprintf("malformed after %d bytes", syntax.Offset)
	}
	return "malformed"
}

// transportFailure says why no answer came. The text of url.Error holds the whole URL and is never used.
func (c *Client) transportFailure(ctx context.Context, op string, limit time.Duration, err error) error {
	f := &Failure{Op: op, Kind: KindTransport}
	var (
		ue      *url.Error
		dns     *net.DNSError
		pin     *pinError
		unknown x509.UnknownAuthorityError
		names   x509.HostnameError
		invalid x509.CertificateInvalidError
		verify  *tls.CertificateVerificationError
		record  tls.RecordHeaderError
	)
	if errors.As(err, &ue) {
		err = ue.Err
	}
	shown := ""
	if errors.As(err, &verify) && len(verify.UnverifiedCertificates) > 0 {
		shown = " (it has SHA-256 " + fingerprint(verify.UnverifiedCertificates[0]) + ")"
	}
	host := c.base.Host
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		f.text, f.err = "cancelled", context.Canceled
	case errors.Is(err, context.DeadlineExceeded), ctx.Err() != nil:
		f.text, f.err = fmt.Sprintf("timeout: no whole answer within %s; is %s overloaded, or \"timeout\" too short?", limit, host), context.DeadlineExceeded
	case errors.As(err, &dns) && dns.IsNotFound:
		f.text = fmt.Sprintf("the name %s does not resolve: check \"url\"", c.redactor.quote(dns.Name))
	case errors.As(err, &dns):
		f.text = fmt.Sprintf("the name %s cannot be looked up: DNS does not answer", c.redactor.quote(dns.Name))
	case errors.As(err, &pin):
		f.text = pin.Error()
	case errors.As(err, &unknown):
		f.text = "the server's certificate" + shown + " is not signed by an authority known here: set \"ca_file\" or \"pin_sha256\""
	case errors.As(err, &names):
		f.text = "the server's certificate" + shown + " is not for " + c.base.Hostname() + ": put a name of the certificate into \"url\", or set \"pin_sha256\""
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		f.text = "the server's certificate" + shown + " has expired or is not valid yet: renew it"
	case errors.As(err, &record), strings.Contains(err.Error(), "HTTP response to HTTPS client"):
		f.text = host + " does not speak TLS there: \"url\" needs http:// or another port"
	case errors.Is(err, syscall.ECONNREFUSED):
		f.text = "connection refused: nothing listens on " + host + "; check \"url\" and whether the server runs"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		f.text = "no route to " + host
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		f.text = host + " closed the connection before it answered"
	default:
		if f.text = c.redactor.quote(err.Error()); f.text == "" {
			f.text = "no answer"
		}
	}
	return f
}
