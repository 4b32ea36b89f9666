package access

import "slices"

// Scope is what a token or a session may do.
type Scope string

// The scopes. None includes another, but that Admin holds all of them.
const (
	// Read is everything that is shown.
	Read Scope = "read"
	// Ack is to acknowledge a device's status.
	Ack Scope = "ack"
	// Annotate is to write notes for the posts.
	Annotate Scope = "annotate"
	// Propose is to ask what an order would change.
	Propose Scope = "propose"
	// Approve is to carry orders out: who is who, posts.
	Approve Scope = "approve"
	// Admin is maintenance, reloads, what was rejected, and tokens.
	Admin Scope = "admin"
	// Share is to read with everything private replaced.
	Share Scope = "share"
	// Open is no scope: whoever reaches the listener may ask.
	Open Scope = ""
)

// Scopes lists them all, in the order in which people read them.
func Scopes() []Scope { return []Scope{Read, Ack, Annotate, Propose, Approve, Admin, Share} }

// Held reports whether one of the held scopes allows the wanted one.
func Held(held []Scope, wanted Scope) bool {
	return wanted == Open || slices.Contains(held, wanted) || slices.Contains(held, Admin)
}
