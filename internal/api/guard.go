package api

import (
	"net"
	"net/http"
	"time"
)

// secured puts the headers of a page that loads nothing from elsewhere and is framed by nobody on every answer.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for name, value := range securityHeaders {
			h.Set(name, value)
		}
		next.ServeHTTP(w, r)
	})
}

var securityHeaders = map[string]string{
	"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
	"X-Content-Type-Options":       "nosniff",
	"Referrer-Policy":              "no-referrer",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy":           "camera=(), geolocation=(), microphone=()",
}

// guarded refuses who asks by a name that is not the agent's, and what a page of another site makes a browser ask.
func (d Door) guarded(listen net.Addr, next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	return d.lets(listen, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The server reads what is left of a body also behind a refusal: whoever never sends it holds no connection.
		if r.Body != nil && r.Body != http.NoBody {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTimeout))
		}
		if !d.answersTo(r.Context(), r.Host) {
			problem(w, http.StatusMisdirectedRequest, "wrong_host", "The agent does not answer to the name by which it was asked. "+
				`On its own machine that is localhost; others stand in "hosts" of the agent block.`)
			return
		}
		if !navigation(r) && cross.Check(asChange(r)) != nil {
			problem(w, http.StatusForbidden, "cross_site", "Requests from other sites are refused.")
			return
		}
		next.ServeHTTP(w, r)
	}))
}

// navigation reports whether somebody follows a link to here: that shows him a page, and tells the other site nothing.
func navigation(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && r.Header.Get("Origin") == "" && r.Header.Get("Sec-Fetch-Mode") == "navigate"
}

// asChange is the request as the check against other sites takes it, which lets pass whatever only reads. A page of
// another site has no business with that either, least of all with a WebSocket, which browsers open to anybody.
func asChange(r *http.Request) *http.Request {
	as := *r
	as.Method = http.MethodPost
	return &as
}
