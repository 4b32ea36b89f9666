package agent

import (
	"context"
	"encoding/json"
	"net/http"
)

// recordControl serves what a post is made of: milestones and notes.
func (a *Agent) recordControl(mux *http.ServeMux) {
	control(a, mux, "/control/post/open", a.commandOpen)
	control(a, mux, "/control/post/lint", a.commandLint)
	control(a, mux, "/control/post/rescan", a.commandRescan)
	control(a, mux, "/control/notes", a.commandNote)
	controlList(a, mux, "/control/notes", (&reader{a}).Notes)
}

// controlList serves a list to the owner: JSON out.
func controlList[T any](a *Agent, mux *http.ServeMux, path string, f func(context.Context) ([]T, error)) {
	mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
		items, err := f(r.Context())
		if err != nil {
			answerProblem(a, w, err)
			return
		}
		if items == nil {
			items = []T{}
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"items": items})
	})
}
