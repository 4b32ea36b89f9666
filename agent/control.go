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
// with 422 and the reason, anything else with 500.
func control[I, O any](a *Agent, mux *http.ServeMux, path string, f func(context.Context, I) (O, error)) {
	mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		var in I
		var answer any
		status := http.StatusOK
		err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxOrder)).Decode(&in)
		if err != nil {
			err = &mistake{"the order is no JSON that this agent reads: " + err.Error()}
		} else {
			answer, err = f(r.Context(), in)
		}
		if err != nil {
			status = http.StatusInternalServerError
			_, refused := errors.AsType[*pipeline.Refused](err)
			if _, wrong := errors.AsType[*mistake](err); wrong || refused {
				status = http.StatusUnprocessableEntity
			} else {
				a.log.Error("command failed", "err", err)
			}
			answer = map[string]any{"title": http.StatusText(status), "status": status, "detail": err.Error()}
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(answer)
	})
}
