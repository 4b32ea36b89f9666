package api

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/quorate/quorate/internal/access"
	"github.com/quorate/quorate/internal/view"
)

// shareParam is the parameter of every answer that can be masked.
func shareParam() *huma.Param {
	return &huma.Param{
		Name: "share", In: "query", Schema: &huma.Schema{Type: huma.TypeBoolean},
		Description: "With true, everything private in the answer is replaced, so that it can be passed on. A token that holds the scope share and not read gets every answer so.",
	}
}

// maxShared is the largest answer that is masked, in bytes.
const maxShared = 8 << 20

// sharing masks answers: for those who may only share, and for those who may read and ask for it with ?share=true. What
// cannot be masked is not answered.
type sharing struct {
	// seal closes cursors, which hold names. A cursor of a masked list is good until the agent ends.
	seal cipher.AEAD
	// turn holds one while something is masked: it takes long, and whoever may only share takes no more than a core.
	turn chan struct{}
}

// share masks a text when it is its turn.
func (s *Server) share(ctx context.Context, text []byte) ([]byte, error) {
	select {
	case s.sharing.turn <- struct{}{}:
		defer func() { <-s.sharing.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return s.act.Share(ctx, text)
}

func newSharing() *sharing {
	var key [32]byte
	_, _ = rand.Read(key[:]) // it never fails
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // the key is of a size that it takes
	}
	seal, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return &sharing{seal: seal, turn: make(chan struct{}, 1)}
}

// shared serves a route as it is, masked, or not at all: to whom, the route table has decided before.
func (s *Server) shared(masks bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, _ := access.CallerOf(r.Context())
		q := r.URL.Query()
		masked, wrong := sharedWith(caller, q["share"])
		if q.Has("share") && wrong == nil {
			q.Del("share")
			r = r.Clone(r.Context())
			r.URL.RawQuery = q.Encode()
		}
		switch {
		case wrong != nil:
			wrong.Instance, wrong.RequestID = r.URL.Path, w.Header().Get(requestIDHeader)
			writeProblem(w, wrong)
		case !masked:
			next.ServeHTTP(w, r)
		case masks:
			s.mask(next, w, r, caller.Masked)
		default:
			problem(w, http.StatusConflict, "not_shareable", "What is answered here cannot be masked: ask without share=true, and pass nothing on.")
		}
	})
}

// mask serves the route into memory and sends what is left once everything private is replaced. It fails closed: what is
// not masked is not sent. Who sees nothing but what is masked asks by masked names as well.
func (s *Server) mask(next http.Handler, w http.ResponseWriter, r *http.Request, byAliases bool) {
	inner := r.Clone(r.Context())
	if byAliases {
		var err error
		if inner, err = s.byAliases(r); err != nil {
			s.unmasked(w, r, err)
			return
		}
	}
	inner.Header.Del("Accept-Encoding")
	inner.Header.Del("If-None-Match")
	q := inner.URL.Query()
	if word := q.Get("cursor"); word != "" {
		q.Set("cursor", s.sharing.open(word))
		inner.URL.RawQuery = q.Encode()
	}
	plain := &kept{header: http.Header{}}
	next.ServeHTTP(plain, inner)
	if plain.header.Get("Content-Type") == "application/problem+json" || plain.status == 0 {
		s.maskedProblem(w, plain)
		return
	}
	masked, err := s.masked(r, plain)
	if err != nil {
		s.unmasked(w, r, err)
		return
	}
	out := &kept{header: w.Header()}
	out.header.Set("Content-Type", "application/json")
	out.WriteHeader(plain.status)
	_, _ = out.Write(masked)
	out.send(w, r)
}

// unmasked answers where there is no masked answer, and says why as far as that may be told.
func (s *Server) unmasked(w http.ResponseWriter, r *http.Request, err error) {
	if refused, ok := errors.AsType[*view.Refused](err); ok {
		problem(w, http.StatusConflict, "not_shareable", "The answer is not shown: "+refused.Text)
		return
	}
	if p, ok := errors.AsType[*Problem](err); ok {
		problem(w, p.Status, p.Code, p.Detail)
		return
	}
	s.log.ErrorContext(r.Context(), "answer not masked", "request_id", requestID(r.Context()), "err", err)
	problem(w, http.StatusInternalServerError, "internal", "The answer could not be masked; the agent's log says why.")
}

// masked replaces everything private in an answer. The cursor is closed beside it.
func (s *Server) masked(r *http.Request, plain *kept) ([]byte, error) {
	if plain.header.Get("Content-Encoding") != "" || !strings.HasPrefix(plain.header.Get("Content-Type"), "application/json") {
		return nil, &view.Refused{Conflict: true, Text: "it is no JSON"}
	}
	if plain.body.Len() > maxShared {
		return nil, &view.Refused{Conflict: true, Text: "it is larger than 8 MiB; ask for less of it"}
	}
	object := map[string]json.RawMessage{}
	if err := json.Unmarshal(plain.body.Bytes(), &object); err != nil {
		return nil, err
	}
	next, paged := object["next_cursor"]
	delete(object, "next_cursor")
	text, err := json.Marshal(object)
	if err != nil {
		return nil, err
	}
	text, err = s.share(r.Context(), text)
	if err != nil || !paged {
		return text, err
	}
	object = map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &object); err != nil {
		return nil, err
	}
	var word *string
	if err := json.Unmarshal(next, &word); err != nil {
		return nil, err
	}
	if word != nil {
		closed := s.sharing.close(*word)
		word = &closed
	}
	if object["next_cursor"], err = json.Marshal(word); err != nil {
		return nil, err
	}
	return json.Marshal(object)
}

// maskedProblem says only which problem it is: details may name things.
func (s *Server) maskedProblem(w http.ResponseWriter, plain *kept) {
	var p Problem
	_ = json.Unmarshal(plain.body.Bytes(), &p) // without a code it is a failure of ours
	c, known := codeOf(p.Code)
	if !known {
		c, _ = codeOf("internal")
	}
	problem(w, c.Status, c.Code, c.Text)
}

func (x *sharing) close(word string) string {
	return base64.RawURLEncoding.EncodeToString(x.seal.Seal(nil, nil, []byte(word), nil))
}

// open returns what was closed; of anything else what no list takes for a cursor.
func (x *sharing) open(word string) string {
	closed, err := base64.RawURLEncoding.Strict().DecodeString(word)
	if err != nil {
		return "-"
	}
	opened, err := x.seal.Open(nil, nil, closed, nil)
	if err != nil {
		return "-"
	}
	return string(opened)
}
