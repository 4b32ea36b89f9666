package api

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	maxURL    = 8 << 10
	maxHeader = 16 << 10
	maxBody   = 1 << 20
	// headerRoom is what the server reads of a header at most. It is more than maxHeader, so that who is only a little too
	// long gets an answer that says why.
	headerRoom = 2 * maxHeader
	// bodyTimeout is how long a body may take to come whole.
	bodyTimeout = 30 * time.Second
)

// shaped refuses what is too long, or no address that anything could be at, before anybody looks into it.
func shaped(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case len(r.RequestURI) > maxURL:
			unread(w, http.StatusRequestURITooLong, "url_too_long", "The address has more than 8 KiB.")
			return
		case headerSize(r.Header) > maxHeader:
			unread(w, http.StatusRequestHeaderFieldsTooLarge, "header_too_large", "The header has more than 16 KiB.")
			return
		case r.ContentLength > maxBody:
			unread(w, http.StatusRequestEntityTooLarge, "too_large", "The body has more than 1 MiB.")
			return
		case !plainPath(r.URL) && (r.Method != http.MethodOptions || r.URL.Path != "*"):
			problem(w, http.StatusBadRequest, "bad_path", `The path is none: it has an empty part, a ".", a control character, or is no UTF-8.`)
			return
		case !plainQuery(r.URL.RawQuery):
			problem(w, http.StatusBadRequest, "bad_query", "The query is none: it is cut off, or holds a control character or what is no UTF-8.")
			return
		}
		if r.Body != nil && r.Body != http.NoBody {
			// An error means that the connection cannot have a deadline, as in a test.
			rc := http.NewResponseController(w)
			_ = rc.SetReadDeadline(time.Now().Add(bodyTimeout))
			r.Body = &timedBody{http.MaxBytesReader(w, r.Body, maxBody), rc}
		}
		next.ServeHTTP(w, r)
	})
}

// unread refuses a request without reading the rest of it.
func unread(w http.ResponseWriter, status int, code, detail string) {
	w.Header().Set("Connection", "close")
	problem(w, status, code, detail)
}

func headerSize(h http.Header) int {
	n := 0
	for name, values := range h {
		for _, v := range values {
			n += len(name) + len(v) + len(": \r\n")
		}
	}
	return n
}

// plainPath reports whether a path is one that nobody has to clean up: what one reader of an address takes for a name,
// another may take for a way out of a folder. A name may hold a slash, written as %2F.
func plainPath(u *url.URL) bool {
	escaped, ok := strings.CutPrefix(u.EscapedPath(), "/")
	if !ok || !plainText(u.Path) {
		return false
	}
	parts := strings.Split(escaped, "/")
	for i, part := range parts {
		name, err := url.PathUnescape(part)
		if err != nil || name == "." || name == ".." || name == "" && i < len(parts)-1 {
			return false
		}
	}
	return true
}

func plainQuery(raw string) bool {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return false
	}
	for name, all := range values {
		if !plainText(name) {
			return false
		}
		for _, v := range all {
			if !plainText(v) {
				return false
			}
		}
	}
	return true
}

func plainText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// timedBody is a body that must come in time. Once it has, the connection waits as long as its answer takes.
type timedBody struct {
	io.ReadCloser
	rc *http.ResponseController
}

func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		_ = b.rc.SetReadDeadline(time.Time{})
	}
	return n, err
}
