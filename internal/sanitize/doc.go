// Package sanitize turns what the agent knows into what may be published.
//
// Its first means is a closed vocabulary. An Alias can only be made by a Table, which gives a private value a stable
// fictional one out of ranges that are reserved for documentation: the same device has the same name in every post.
// A post's facts hold aliases, numbers, times and words from closed lists, and no text of a device, a plugin, an
// error or the configuration. The one free text of a post is what its owner wrote: a Cleaner takes known values (in
// any spelling) and what looks private out of it, and Markdown makes it harmless for Liquid and kramdown.
//
// A Table is safe for concurrent use and persists each alias before it hands it out; it is the only part that does
// I/O, through a Store. Nothing here starts a goroutine. internal/leakcheck checks the result and shares no code with
// this package; what slips through here is refused there.
package sanitize
