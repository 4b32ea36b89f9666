// Package device holds the words that every part of Quorate speaks: observations and what is in them, votes,
// verdicts and events.
//
// The package is public and imports the standard library only: a third party's plugin pulls in nothing of the
// agent. Values are plain data; nothing here starts a goroutine, reads a clock or does I/O. The JSON forms are the
// ones that replay files, the exec source, the API and the event streams use: snake_case names, RFC 3339 times in
// UTC, durations as Go strings, and an absent field means unknown.
package device
