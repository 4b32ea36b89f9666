package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// cursor is where a list was left. For clients it is a word without meaning.
type cursor struct {
	// Key is that of the last thing shown, At how many were shown up to it: for lists that are wholly at hand.
	Key []string `json:"k,omitempty"`
	At  int      `json:"n,omitempty"`
	// Seq is the position in the record.
	Seq int64 `json:"s,omitempty"`
}

// cursorSum is how many bytes of a cursor are its checksum, over itself, the path and the filters.
const cursorSum = 12

// call is a request as a handler's helpers see it.
type call struct {
	r    *http.Request
	next string // the cursor of the next page
}

type callKey struct{}

func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	if c == nil {
		return &call{r: &http.Request{URL: &url.URL{}}}
	}
	return c
}

// sum binds a cursor to the list that it is of: another path or filter gives another one.
func (c *call) sum(text []byte) []byte {
	h := sha256.New()
	q := c.r.URL.Query()
	for _, name := range []string{"cursor", "limit", "fields"} {
		q.Del(name)
	}
	_, _ = h.Write([]byte(c.r.URL.Path + "?" + q.Encode() + "\x00"))
	_, _ = h.Write(text)
	return h.Sum(nil)[:cursorSum]
}

// nextCursor writes a cursor, also for the header Link.
func nextCursor(ctx context.Context, at cursor) *string {
	c := callOf(ctx)
	text, err := json.Marshal(at)
	if err != nil {
		return nil // strings and numbers are always JSON
	}
	c.next = base64.RawURLEncoding.EncodeToString(append(c.sum(text), text...))
	return &c.next
}

// readCursor reads a cursor of the same list.
func readCursor(ctx context.Context, word string) (cursor, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(word)
	if err != nil || len(b) < cursorSum {
		return cursor{}, badCursor()
	}
	text := b[cursorSum:]
	var at cursor
	if string(callOf(ctx).sum(text)) != string(b[:cursorSum]) || json.Unmarshal(text, &at) != nil || at.At < 0 || at.Seq < 0 {
		return cursor{}, badCursor()
	}
	return at, nil
}

func badCursor() error {
	return fail("bad_cursor", "The cursor is damaged, or is from a list with other filters: begin without it.", Fault{"query.cursor", "not a cursor of this list"})
}

// link is the value of the header Link of a page that is not the last; "" of the last.
func (c *call) link() string {
	if c.next == "" {
		return ""
	}
	q := c.r.URL.Query()
	q.Set("cursor", c.next)
	return "<" + strings.ReplaceAll(c.r.URL.EscapedPath(), ">", "%3E") + "?" + q.Encode() + `>; rel="next"`
}
