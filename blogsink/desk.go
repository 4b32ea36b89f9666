package blogsink

import (
	"context"
	"time"
)

// Desk is the record of what people decided about posts, and of what left the house.
type Desk interface {
	// Approval returns what stands approved for a blog; false for nothing.
	Approval(ctx context.Context, blog string) (Approval, bool, error)
	// PutApproval stores an approval over the blog's earlier ones.
	PutApproval(ctx context.Context, a Approval) error
	DropApproval(ctx context.Context, blog, slug string) error
	// Published returns the publications of a blog.
	Published(ctx context.Context, blog string) ([]Publication, error)
	// PutPublished records a publication over the one of its file, ends its milestone at what it covers, and uses its
	// approval up: all of it or nothing.
	PutPublished(ctx context.Context, p Publication) error
}

// Approval is a person's decision on the exact bytes of a post and the files beside it.
type Approval struct {
	Blog      string
	Slug      string
	Milestone int
	SHA256    string // of the list of files; see manifest
	At        time.Time
	By        string // the user of the operating system who asked
	Covers    int64  // the last event that the bytes speak of
	// Allowed are tokens that look like identifiers and that the person let pass.
	Allowed  []string
	Replaced []Replaced
}

// Replaced is how many private values of a kind were replaced in a post.
type Replaced struct {
	Kind  string
	Count int
}

// FileSum is a file under the blog's folder, with slashes, and the SHA-256 of its bytes in hex.
type FileSum struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// Publication is a post that left the house.
type Publication struct {
	Blog      string     `json:"blog"`
	File      string     `json:"file"` // the post, under the blog's folder, with slashes
	Slug      string     `json:"slug"`
	Milestone int        `json:"milestone"`
	At        time.Time  `json:"at"`
	Covers    int64      `json:"covers"`
	Files     []FileSum  `json:"files"` // the post and all beside it
	Replaced  []Replaced `json:"replaced,omitempty"`
}
