// Package blogsink keeps the draft of the current milestone's post up to date.
//
// It is a sink like any other: Deliver takes committed events in order, waits a little for more to come, and writes
// the draft anew; its cursor moves on when the draft stands. The draft is made of three things: the record (events
// since the last milestone, and the devices, sources and scoreboard of now, all through History), the owner's notes
// (a folder of Markdown fragments), and the configuration. The time of the last event is the post's "now", so the
// same record and the same notes give the same bytes.
//
// A post is a document: front matter, named sections in one order (order.go), and the files beside it. Each section is a
// template of its own that the owner may define anew; one without text is left out with its heading. Whoever puts a number
// into Facts tells figures where it comes from: a query over the record that gives it again. An outage is an incident of
// the record: one root with what hung on it, until all were back.
//
// Nothing private leaves. The templates see Facts only, whose leaves are counts, times, words from closed lists,
// aliases and cleaned prose; a test walks the types. The finished bytes are then read by a leak check that shares no
// code with what made them, in a process of its own where Options.Verify runs one. Whatever it finds, and any failure
// of the check, refuses the draft: the file stays as it was, and a publish.refused event names kinds and offsets,
// never a value.
//
// The way of a post: Draft keeps the living draft, whose generated sections stand between marker lines; what a person
// wrote in it is never overwritten (merge), and the newer version of an edited section goes to the private folder, beside
// the private original, which is the same post with the real names and the key to the fictional ones. Prepare makes the
// bytes that would be published, Approve records a person's decision on their hash, and Publish puts exactly those into
// the blog after the leak check has read them with the registry of now: files beside the post first, the post last, each
// by rename. Whatever would be published otherwise by then voids the approval. What a crash leaves behind is finished by
// the next Publish or Draft. Preview is the same bytes as a page for the owner.
//
// All methods may be called concurrently; a mutex makes one wait for the other. The package starts no goroutine.
//
// To wire it, pass a History over the store and the pipeline's view, a Registry that collects everything private that
// the agent knows by kind (see leakcheck.Registry for the kinds), the alias rows of the store as Aliases, and Emit for
// the sink's own events. Deliver passes over events of the types milestone.* and publish.*, which it causes itself.
package blogsink
