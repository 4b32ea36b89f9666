// Package leakcheck is the last gate before anything is published: it reads final bytes and says where a private
// value still stands in them.
//
// It knows three nets. The registry holds the values that the agent knows (names, addresses, credentials, people) and
// finds them in any spelling; values that nobody needs any more are there as keyed hashes. The detectors know nothing of
// the home and find what has the shape or the context of a private value. Both read several views of the text: as it
// stands with entities, percent encoding, look-alike letters and invisible characters undone, as a browser would show
// it, spelled out, joined over line breaks, and decoded from hex and base64. The third net, the vocabulary, is for
// generated posts alone (CheckPost): it knows the forms that a token of a post may have, and refuses the others.
//
// The package is the second opinion on internal/sanitize. It imports nothing of ours and shares no code with it, so
// that a mistake there is not a mistake here too. A Checker is immutable after New and safe for concurrent use; it
// starts no goroutine and does no I/O (LoadRegistry reads one file). A Finding says what kind of value stands where,
// and never the value.
package leakcheck
