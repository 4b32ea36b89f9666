package api

import (
	"context"
	"crypto/rand"
	"net/http"
)

// requestIDHeader carries the name of a request in its answer. One that a client sends is not taken over: it would be in
// the agent's log.
const requestIDHeader = "X-Request-Id"

type requestIDKey struct{}

// numbered gives every request a random name, which its answer, its problem and the log have in common.
func numbered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := rand.Text()
		w.Header().Set(requestIDHeader, id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id)))
	})
}

// requestID is the name of the request that is answered in ctx, "" where there is none.
func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}
