package access

import (
	"fmt"
	"slices"
	"strings"
)

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

// Known reports whether s is one of the scopes, Open included.
func Known(s Scope) bool { return s == Open || slices.Contains(Scopes(), s) }

// ParseScopes reads scopes as people write them, once each and in the order of Scopes. The error is for whoever wrote
// them.
func ParseScopes(words []string) ([]Scope, error) {
	var all []Scope
	for _, w := range words {
		s := Scope(strings.TrimSpace(w))
		if s == Open || !Known(s) {
			return nil, &Mistake{fmt.Sprintf("there is no scope %q; there are %s", short(w), joined(Scopes()))}
		}
		all = append(all, s)
	}
	if len(all) == 0 {
		return nil, &Mistake{"it needs a scope at least: " + joined(Scopes())}
	}
	return inOrder(all), nil
}

// inOrder returns each of the scopes once, in the order of Scopes.
func inOrder(all []Scope) []Scope {
	return slices.DeleteFunc(Scopes(), func(s Scope) bool { return !slices.Contains(all, s) })
}

func joined(all []Scope) string {
	words := make([]string, len(all))
	for i, s := range all {
		words[i] = string(s)
	}
	return strings.Join(words, ", ")
}

// short cuts what somebody wrote for an answer to them.
func short(text string) string {
	const most = 64
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "")
	}
	return text
}

// Mistake is an order that makes no sense; its text is for the person who gave it.
type Mistake struct{ text string }

func (e *Mistake) Error() string { return e.text }
