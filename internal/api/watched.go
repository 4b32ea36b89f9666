package api

import (
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
)

// watched logs what could not be answered, with the name of the request that its answer carries. Whoever asked learns no
// more than that; a mistake of ours is in the log with the place where it was made.
func (s *Server) watched(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := &answer{ResponseWriter: w}
		defer func() {
			p := recover()
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			if p != nil {
				s.log.ErrorContext(r.Context(), "request broke", "request_id", requestID(r.Context()), "err", fmt.Sprint(p), "stack", string(debug.Stack()))
				if out.status != 0 {
					panic(http.ErrAbortHandler) // the answer is cut off, and nobody takes it for whole
				}
				problem(out, http.StatusInternalServerError, "internal", "The request could not be answered; the agent's log says why.")
			}
			if out.status == http.StatusInternalServerError {
				s.log.ErrorContext(r.Context(), "request not answered", "request_id", requestID(r.Context()), "method", r.Method, "route", r.Pattern)
			}
		}()
		next.ServeHTTP(out, r)
	})
}

// answer knows the status that was sent, 0 before.
type answer struct {
	http.ResponseWriter
	status int
}

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
