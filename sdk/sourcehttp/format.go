package sourcehttp

import (
	"bytes"
	"mime"
	"slices"
	"strings"
)

// format is what a call wants its answer to be. The first byte decides: monitors send JSON under ".htm" names and as
// text/html, and errors in XML as application/json. The content type can only rule out.
type format struct {
	name   string // for people
	accept string
	kind   Kind // of the failure where something else comes
	roots  []string
}

func asJSON() format { return format{name: "JSON", accept: "application/json", kind: KindNotJSON} }

func asXML(roots []string) format {
	return format{name: "XML", accept: "text/xml, application/xml", kind: KindNotXML, roots: roots}
}

// begins reports whether an answer that begins with head, which is not empty, can be in the format.
func (f format) begins(head []byte, contentType string) bool {
	if otherMedia(contentType) {
		return false
	}
	if f.kind == KindNotJSON {
		return head[0] == '{' || head[0] == '['
	}
	if bytes.HasPrefix(head, []byte("<?xml")) || bytes.HasPrefix(head, []byte("<!--")) {
		return true
	}
	name, ok := bytes.CutPrefix(head, []byte("<"))
	if end := bytes.IndexAny(name, " \t\r\n/>"); end >= 0 {
		name = name[:end]
	}
	return ok && f.isRoot(string(name))
}

func (f format) isRoot(name string) bool { return slices.Contains(f.roots, name) }

// otherMedia reports whether a content type is certainly neither JSON nor XML, whatever the body looks like.
func otherMedia(contentType string) bool {
	t, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	major, _, _ := strings.Cut(t, "/")
	switch major {
	case "image", "audio", "video", "font", "multipart":
		return !strings.HasSuffix(t, "+xml")
	}
	switch t {
	case "application/pdf", "application/zip", "application/gzip", "text/css", "text/csv", "text/event-stream":
		return true
	}
	return false
}

// looksLike says what came instead.
func (r redactor) looksLike(contentType string, head []byte) string {
	if otherMedia(contentType) {
		t, _, _ := mime.ParseMediaType(contentType)
		return r.plain(t)
	}
	lower := bytes.ToLower(head)
	switch {
	case bytes.HasPrefix(lower, []byte("<!doctype html")), bytes.HasPrefix(lower, []byte("<html")), bytes.HasPrefix(lower, []byte("<div")):
		return "HTML"
	case bytes.HasPrefix(lower, []byte("<?xml")), bytes.HasPrefix(lower, []byte("<prtg")):
		return "XML"
	case head[0] == '<':
		return "HTML"
	case head[0] == '{' || head[0] == '[':
		return "JSON"
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return "gzip inside of gzip, or gzip that is not declared,"
	}
	if t, _, err := mime.ParseMediaType(contentType); err == nil && t != "application/json" && !strings.HasSuffix(t, "/xml") {
		return r.plain(t)
	}
	return "something else"
}
