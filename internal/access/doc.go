// Package access says who may ask for what: the scopes of the route table, the tokens and sessions that carry them, and
// the limits on trying. It knows no page and no API; both hand it their routes.
//
// A Keeper holds the tokens and sessions, in memory and in a Store, by the hashes of their secrets alone. A Gate asks it
// who somebody is and compares that with the route. Run of the Keeper is the only goroutine: it ends what has expired and
// stores when each was last used.
package access
