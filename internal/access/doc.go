// Package access says who may ask for what: the scopes of the route table, the tokens and sessions that carry them, and
// the limits on trying. It knows no page and no API; both hand it their routes.
package access
