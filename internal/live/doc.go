// Package live lets many readers follow the record from any position on: each gets every event behind its position, in
// order and once, whatever is committed meanwhile and however slow it is.
//
// A Feed keeps the newest events, encoded once, for all who are at the head; whoever is further behind reads the record.
// It owns no goroutine: the first reader that hears of a commit reads it for all. Nothing is queued for a reader, so a
// slow one costs no memory and holds back nobody. The package knows no transport: the API frames what it hands out.
package live
