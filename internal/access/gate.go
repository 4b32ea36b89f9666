package access

import "net/http"

// Gate decides who may ask for what at a listener.
type Gate struct{}

// Denied is why somebody may not. Its texts are for whoever asked.
type Denied struct {
	Status     int    // 401, 403 or 429
	Code, Text string // Code is stable
}

func (d *Denied) Error() string { return d.Text }

// Enter says who asks for the route, or why they may not, as a *Denied. Without tokens everybody who reaches the listener
// may read and nobody may do anything else.
func (g *Gate) Enter(_ *http.Request, route Route) (Caller, error) {
	c := Caller{Kind: CallerLocal, Scopes: []Scope{Read}}
	if !Held(c.Scopes, route.Scope) {
		return Caller{}, &Denied{http.StatusUnauthorized, "token_needed", "This takes a token with the scope " + string(route.Scope) + "."}
	}
	return c, nil
}
