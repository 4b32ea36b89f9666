package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/quorate/quorate/internal/view"
)

// Problem is an answer that says what is wrong, as RFC 9457 has it. It never holds a path, SQL, a stack, or the answer
// of a monitor.
type Problem struct {
	Type   string `json:"type" example:"about:blank" doc:"Always about:blank: the code says which problem it is."`
	Title  string `json:"title" doc:"The status in words."`
	Status int    `json:"status" minimum:"400" maximum:"599"`
	Code   string `json:"code" doc:"Stable: what programs go by. docs/api.md lists all."`
	Detail string `json:"detail" doc:"For people: what is wrong and what to do."`
	// Instance is the path that was asked for, without its parameters.
	Instance  string  `json:"instance,omitempty" doc:"The path that was asked for."`
	RequestID string  `json:"request_id,omitempty" doc:"Names the request in the agent's log."`
	Errors    []Fault `json:"errors,omitempty" doc:"What is wrong with each field or parameter."`
}

// Fault is what is wrong in one place of a request.
type Fault struct {
	Location string `json:"location" doc:"Such as query.limit or body.reason."`
	Message  string `json:"message"`
}

func (p *Problem) Error() string { return p.Detail }

// GetStatus is the status of the answer.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of problem details.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// fail is the error of a handler that says no: code is one of the table, which has its status.
func fail(code, detail string, faults ...Fault) error { return newProblem(code, detail, faults...) }

func newProblem(code, detail string, faults ...Fault) *Problem {
	status := http.StatusInternalServerError
	if c, ok := codeOf(code); ok {
		status = c.Status
	}
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: detail, Errors: faults}
}

// The errors that huma itself finds are problems of ours, without the values that it would repeat.
func init() {
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		p := newProblem(codeFor(status), msg)
		p.Status, p.Title = status, http.StatusText(status)
		if status >= http.StatusInternalServerError {
			return p // what went wrong inside is nobody's business
		}
		for _, err := range errs {
			f := Fault{Message: err.Error()}
			if d, ok := errors.AsType[*huma.ErrorDetail](err); ok {
				f = Fault{d.Location, d.Message}
			}
			p.Errors = append(p.Errors, f)
		}
		if len(p.Errors) > 0 && msg == "validation failed" {
			p.Detail = fmt.Sprintf("%s: %s", p.Errors[0].Location, p.Errors[0].Message)
		}
		return p
	}
}

// placed says in a problem which request it answers.
func placed(ctx huma.Context, _ string, v any) (any, error) {
	if p, ok := v.(*Problem); ok {
		r, w := humago.Unwrap(ctx)
		p.Instance, p.RequestID = r.URL.Path, w.Header().Get(requestIDHeader)
	}
	return v, nil
}

// told turns what a handler returns into what may be said of it. What is not for whoever asked is logged instead.
func (s *Server) told(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[huma.StatusError](err); ok {
		return err
	}
	if refused, ok := errors.AsType[*view.Refused](err); ok {
		if refused.Conflict {
			return fail("conflict", refused.Text)
		}
		return fail("refused", refused.Text)
	}
	return s.internal(err)
}

// internal hides what went wrong inside: paths and SQL are nobody's business. It is logged instead.
func (s *Server) internal(err error) error {
	if err == nil {
		return nil
	}
	s.log.Error("request failed", "err", err)
	return fail("internal", "The record could not be read; the agent's log says why.")
}

// problem answers with problem details where no huma handler is at hand.
func problem(w http.ResponseWriter, status int, code, detail string) {
	p := newProblem(code, detail)
	p.Status, p.Title, p.RequestID = status, http.StatusText(status), w.Header().Get(requestIDHeader)
	writeProblem(w, p)
}

func writeProblem(w http.ResponseWriter, p *Problem) {
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	if p.Status == http.StatusUnauthorized && h.Get("WWW-Authenticate") == "" {
		h.Set("WWW-Authenticate", `Bearer realm="quorate"`)
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}
