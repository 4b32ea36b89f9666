// Package blogsink keeps the draft of the current milestone's post up to date.
//
// It is a sink like any other: Deliver takes committed events in order, waits a little for more to come, and writes
// the draft anew; its cursor moves on when the draft stands. The draft is made of three things: the record (events
// since the last milestone, and the devices, sources and scoreboard of now, all through History), the owner's notes
// (a folder of Markdown fragments), and the configuration. The time of the last event is the post's "now", so the
// same record and the same notes give the same bytes.
//
// Nothing private leaves. The template sees Facts only, whose leaves are counts, times, words from closed lists,
// aliases and cleaned prose; a test walks the types. The finished bytes are then read by a leak check that shares no
// code with what made them, in a process of its own where Options.Verify runs one. Whatever it finds, and any failure
// of the check, refuses the draft: the file stays as it was, and a publish.refused event names kinds and offsets,
// never a value.
//
// Draft and Deliver may be called concurrently; a mutex makes one wait for the other. The package starts no goroutine.
// What a person changed in a draft is never overwritten: the new version goes to the private folder then, beside the
// private original, which is the same post with the real names and the key to the fictional ones.
//
// To wire it, pass a History over the store and the pipeline's view, a Registry that collects everything private that
// the agent knows by kind (see leakcheck.Registry for the kinds), the alias rows of the store as Aliases, and Emit for
// the sink's own events. Deliver passes over events of the types milestone.* and publish.*, which it causes itself.
package blogsink
