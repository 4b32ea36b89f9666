package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
)

// dressed is a route with all that every answer of the API has: parameters that are known, chosen fields, an ETag, gzip.
type dressed struct {
	op
	next   http.Handler
	params []string
	fields shape
}

// kept is an answer before it is sent.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (k *kept) Header() http.Header { return k.header }

func (k *kept) WriteHeader(status int) {
	if k.status == 0 {
		k.status = status
	}
}

func (k *kept) Write(b []byte) (int, error) {
	k.WriteHeader(http.StatusOK)
	return k.body.Write(b)
}

// dress serves a route. Its answer is whole before the first byte is sent, so that it fails whole or not at all.
func (s *Server) dress(d dressed) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		deny := func(p *Problem) {
			p.Instance, p.RequestID = r.URL.Path, w.Header().Get(requestIDHeader)
			writeProblem(w, p)
		}
		q, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			deny(newProblem("malformed", "The parameters of the address are not escaped rightly."))
			return
		}
		if p := strange(q, d.params); p != nil {
			deny(p)
			return
		}
		fields, p := d.fields.wanted(q.Get("fields"))
		if p != nil {
			deny(p)
			return
		}
		c := &call{r: r}
		out := &kept{header: w.Header()}
		r = r.WithContext(context.WithValue(r.Context(), callKey{}, c))
		if r.Method == http.MethodPost {
			if p := s.repeats.serve(d, out, r); p != nil {
				deny(p)
				return
			}
		} else {
			d.next.ServeHTTP(out, r)
		}
		if link := c.link(); link != "" && out.status == http.StatusOK {
			out.header.Set("Link", link)
		}
		if len(fields) > 0 && out.status == http.StatusOK {
			b, err := d.fields.cut(out.body.Bytes(), fields)
			if err != nil {
				s.log.Error("request failed", "err", err)
				deny(newProblem("internal", "The answer could not be cut down to its fields; the agent's log says why."))
				return
			}
			out.body.Reset()
			out.body.Write(b)
		}
		out.send(w, r)
	})
}

// send sends an answer: not again what the client has already, and compressed where that is worth it.
func (k *kept) send(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	if k.status == 0 {
		k.status = http.StatusOK
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead || k.status != http.StatusOK {
		h.Set("Cache-Control", "no-store")
	} else {
		sum := sha256.Sum256(k.body.Bytes())
		tag := `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
		h.Set("ETag", tag)
		h.Set("Cache-Control", "private, no-cache")
		if matches(r.Header.Get("If-None-Match"), tag) {
			h.Del("Content-Type")
			h.Add("Vary", "Accept-Encoding")
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	body := k.body.Bytes()
	h.Add("Vary", "Accept-Encoding")
	if len(body) >= worthGzip && takesGzip(r.Header.Get("Accept-Encoding")) {
		body = zipped(body)
		h.Set("Content-Encoding", "gzip")
	}
	if len(body) > 0 {
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(k.status)
	_, _ = w.Write(body)
}

// matches reports whether one of the client's ETags is that of the answer. They are compared weakly.
func matches(sent, tag string) bool {
	for one := range strings.SplitSeq(sent, ",") {
		one = strings.TrimSpace(one)
		if one == "*" || strings.TrimPrefix(one, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// worthGzip is the size in bytes from which on an answer is compressed: a smaller one fills one packet anyhow.
const worthGzip = 1 << 10

// takesGzip reports whether the client accepts gzip.
func takesGzip(accepted string) bool {
	for one := range strings.SplitSeq(accepted, ",") {
		name, rest, _ := strings.Cut(one, ";")
		if name = strings.TrimSpace(name); name != "gzip" && name != "*" {
			continue
		}
		_, weight, ok := strings.Cut(rest, "q=")
		if !ok {
			return true
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(weight), 64)
		return err == nil && q > 0
	}
	return false
}

var zippers = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is one
	return z
}}

func zipped(b []byte) []byte {
	var out bytes.Buffer
	z := zippers.Get().(*gzip.Writer)
	defer zippers.Put(z)
	z.Reset(&out)
	_, _ = z.Write(b) // into memory
	_ = z.Close()
	return out.Bytes()
}
