package agent

import (
	"encoding/json"
	"net/http"
)

// socketHandler serves the API, and besides what changes something: only who may open the socket gets here.
func (a *Agent) socketHandler(api http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", api)
	mux.HandleFunc("POST /control/post/draft", func(w http.ResponseWriter, r *http.Request) {
		post, original, err := a.Draft(r.Context())
		answer := map[string]string{"post": post, "original": original}
		if err != nil {
			w.WriteHeader(http.StatusUnprocessableEntity)
			answer = map[string]string{"title": "No draft", "detail": err.Error()}
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer)
	})
	mux.HandleFunc("GET /control/registry", func(w http.ResponseWriter, r *http.Request) {
		values, err := a.private.values(r.Context(), a.Devices())
		if err != nil {
			a.log.Error("registry not collected", "err", err)
			http.Error(w, "the registry could not be collected", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(values)
	})
	return mux
}
