package access

import "net/http"

// Route is one line of the route table, from which the server is built, its documents are written and its tests are made.
type Route struct {
	Method string // GET also answers HEAD
	Path   string // as http.ServeMux takes it
	Scope  Scope
	// Page says that it belongs to the page: it is asked with the cookie of a session, and answers people. Any other is
	// asked with a token in the header Authorization, and never with a cookie.
	Page bool
	// Masks says that it replaces everything private where Caller.Masked says so. Any other is closed to who may share
	// and not read.
	Masks   bool
	Handler http.Handler
}

// Pattern is the route as http.ServeMux takes it.
func (r Route) Pattern() string { return r.Method + " " + r.Path }
