package agent

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/quorate/quorate/pipeline"
)

// maxOrder bounds what a command may send.
const maxOrder = 1 << 20

// mistake is an order that makes no sense; its text is for the person who gave it.
type mistake struct{ text string }

func (e *mistake) Error() string { return e.text }

// control serves a command that changes something: JSON in, JSON out. What the person who gave it can mend is answered
// with 422 and the reason, a post that is not to be published with 409, anything else with 500.
func control[I, O any](a *Agent, mux *http.ServeMux, path string, f func(context.Context, I) (O, error)) {
	controlUpTo(a, mux, path, maxOrder, f)
}

// controlUpTo is control for orders of another size.
func controlUpTo[I, O any](a *Agent, mux *http.ServeMux, path string, most int64, f func(context.Context, I) (O, error)) {
	mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		var in I
		var answer O
		err := json.NewDecoder(http.MaxBytesReader(w, r.Body, most)).Decode(&in)
		if err != nil {
			err = &mistake{"the order is no JSON that this agent reads: " + err.Error()}
		} else {
			answer, err = f(r.Context(), in)
		}
		if err != nil {
			answerProblem(a, w, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false) // what passes through, such as a query, is read by people
		_ = enc.Encode(answer)
	})
}

// answerProblem answers with what went wrong.
func answerProblem(a *Agent, w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	_, refused := errors.AsType[*pipeline.Refused](err)
	_, wrong := errors.AsType[*mistake](err)
	_, kept := errors.AsType[*unpublished](err)
	switch {
	case wrong || refused:
		status = http.StatusUnprocessableEntity
	case kept:
		status = http.StatusConflict
	default:
		a.log.Error("command failed", "err", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"title": http.StatusText(status), "status": status, "detail": err.Error()})
}
