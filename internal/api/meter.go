package api

import "net/http"

// Meter counts what clients do. It is safe for concurrent use.
type Meter interface {
	// Request is called after each request with the route's pattern, as "GET /api/v1/devices", and the answer's status.
	Request(pattern string, status int)
	// Clients is called when a client of the live stream comes (1) or leaves (-1), by transport: "sse" or "websocket".
	Clients(transport string, change int)
	// Dropped is called when one was dropped, with a reason from a closed set.
	Dropped(transport, reason string)
}

type unmetered struct{}

func (unmetered) Request(string, int)    {}
func (unmetered) Clients(string, int)    {}
func (unmetered) Dropped(string, string) {}

// unrouted is the pattern under which requests are counted for which there is no route.
const unrouted = "none"

// metered counts the requests that next answers.
func (s *Server) metered(pattern string, next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := &answer{ResponseWriter: w}
		next(out, r)
		status := out.status
		if status == 0 {
			status = http.StatusOK
		}
		s.meter.Request(pattern, status)
	})
}
