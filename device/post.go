package device

import "time"

// MilestoneState is how far a milestone's post has come.
type MilestoneState string

// The states of a milestone, in the order in which it goes through them.
const (
	MilestoneOpen      MilestoneState = "open"      // nothing is written yet
	MilestoneDrafted   MilestoneState = "drafted"   // there is a draft
	MilestoneApproved  MilestoneState = "approved"  // a person approved exactly these bytes
	MilestonePublished MilestoneState = "published" // it is in _posts
)

// Milestone is a stretch of the lab's story, from one post to the next.
type Milestone struct {
	Number   int            `json:"number"`
	Title    string         `json:"title,omitempty"`
	Subtitle string         `json:"subtitle,omitempty"`
	Phase    string         `json:"phase,omitempty"`
	State    MilestoneState `json:"state"`
	// OpenedAt is when a person opened it; zero for one that began by itself behind the post before.
	OpenedAt    time.Time `json:"opened_at,omitzero"`
	ApprovedAt  time.Time `json:"approved_at,omitzero"`
	ApprovedBy  string    `json:"approved_by,omitempty"`
	PublishedAt time.Time `json:"published_at,omitzero"`
	// After is the sequence number of the last event of the milestone before, and Until that of its own last event; 0 while
	// it is not published, and where nobody knows.
	After int64 `json:"after"`
	Until int64 `json:"until,omitempty"`
	// File is the draft or the post, under the blog's folder; "" where there is neither.
	File string `json:"file,omitempty"`
	// Edited says that a person changed the draft, or the post after its publication.
	Edited bool `json:"edited,omitempty"`
}

// Note is what the owner noted for the post, as it was written: it may hold anything.
type Note struct {
	// File is its place in the folder of the notes; it names the note.
	File string `json:"file"`
	Kind string `json:"kind"`
	// Milestone is the one that it belongs to, 0 for the open one.
	Milestone int `json:"milestone,omitempty"`
	// WrittenAt is when the agent took it; zero for a file that a person put there.
	WrittenAt time.Time `json:"written_at,omitzero"`
	Title     string    `json:"title,omitempty"`
	Text      string    `json:"text,omitempty"`
	// For is the file of the challenge that a solution or a failed attempt belongs to.
	For string `json:"for,omitempty"`
	// Evidence are the sequence numbers of the events that show it.
	Evidence []int64 `json:"evidence,omitempty"`
	Hours    float64 `json:"hours,omitempty"`
	Language string  `json:"language,omitempty"`
	// Problem says why the file cannot be read as a note; nothing else is known of it then.
	Problem string `json:"problem,omitempty"`
}
