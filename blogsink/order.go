package blogsink

// part is a place for a section. Its text is the template "section-ID"; where that gives nothing, the section is left
// out with its heading.
type part struct {
	id string
	// heading is the section's own, in the words that readers of the series know; the template "heading-ID" goes before
	// it. Without either the section has none.
	heading string
	// ruled sections have a line above them.
	ruled bool
}

// order is the order of a post's sections. The names are those that readers and themes know: never rename one.
func order() []part {
	return []part{
		{id: "title"},
		{id: "note"},
		{id: "summary"},
		{id: "built", heading: "What We Built"},
		{id: "numbers", heading: "The Numbers"},
		{id: "availability", heading: "Availability"},
		{id: "timeline", heading: "Timeline"},
		{id: "challenges", heading: "Challenges Encountered"},
		{id: "solutions", heading: "Solutions"},
		{id: "failed", heading: "What Did Not Work"},
		{id: "views", heading: "Where the Monitors Disagreed"},
		{id: "config", heading: "Configuration"},
		{id: "lessons", heading: "Lessons Learned"},
		{id: "time", heading: "Time Spent"},
		{id: "next", heading: "What's Next?"},
		{id: "series", heading: "Project Series", ruled: true},
		{id: "provenance", ruled: true},
	}
}
