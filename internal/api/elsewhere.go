package api

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/quorate/quorate/internal/access"
)

// elsewhere serves routes, and answers what none of them takes: a method that the address does not take, the question
// which methods it takes, and addresses where nothing is.
func elsewhere(routes *http.ServeMux, table []access.Route, missing http.Handler) http.Handler {
	known := map[string]bool{}
	for _, route := range table {
		known[route.Method] = true
		if route.Method == http.MethodGet {
			known[http.MethodHead] = true
		}
	}
	methods := slices.Sorted(maps.Keys(known))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := routes.Handler(r); pattern != "" {
			routes.ServeHTTP(w, r)
			return
		}
		allowed := methods
		if r.URL.Path != "*" {
			allowed = taken(routes, r, methods)
		}
		switch {
		case len(allowed) > 0:
			w.Header().Set("Allow", strings.Join(append(slices.Clone(allowed), http.MethodOptions), ", "))
			if r.Method == http.MethodOptions {
				w.WriteHeader(http.StatusNoContent)
				return
			}
			problem(w, http.StatusMethodNotAllowed, "method_not_allowed", "This address does not take that method.")
		case strings.HasPrefix(r.URL.Path, "/api/"):
			nothing(w, r)
		default:
			missing.ServeHTTP(w, r)
		}
	})
}

// taken are the methods of those given that a route takes at the address of r.
func taken(routes *http.ServeMux, r *http.Request, methods []string) []string {
	var all []string
	as := *r
	for _, as.Method = range methods {
		if _, pattern := routes.Handler(&as); pattern != "" {
			all = append(all, as.Method)
		}
	}
	return all
}
