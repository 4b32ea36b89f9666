package view

import (
	"context"
	"time"

	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
	"github.com/quorate/quorate/pipeline"
)

// Actor does what a person or a program orders over the API or the page. Who orders is in the context, as an
// access.Caller. A *Refused error is for whoever ordered; any other is an error of ours, to be logged.
type Actor interface {
	// PreviewIdentity works out what an order would change, and changes nothing; OrderIdentity carries it out.
	PreviewIdentity(ctx context.Context, o IdentityOrder) (pipeline.Preview, error)
	OrderIdentity(ctx context.Context, o IdentityOrder) (pipeline.Preview, error)
	// Acknowledge quiets a device until its status changes; with clear it is loud again.
	Acknowledge(ctx context.Context, device, reason string, clear bool) ([]device.Name, error)
	StartMaintenance(ctx context.Context, targets []string, span time.Duration, reason string) ([]device.Name, time.Time, error)
	EndMaintenance(ctx context.Context, target, reason string) ([]device.Name, error)
	AddNote(ctx context.Context, n blogsink.NewNote) (device.Note, error)
	// Draft writes the open milestone's draft anew, PreparePost says what would be published and what was replaced in it,
	// PreviewPost is the post as HTML, ApprovePost a person's decision on exactly those bytes, PublishPost puts them in place.
	Draft(ctx context.Context) error
	PreparePost(ctx context.Context, allowed []string) (blogsink.Prepared, error)
	PreviewPost(ctx context.Context, allowed []string) (blogsink.Preview, error)
	ApprovePost(ctx context.Context, sha256 string) (blogsink.Prepared, error)
	PublishPost(ctx context.Context) (blogsink.Outcome, error)
	// Reload reads the configuration anew; with dry it only says what would change.
	Reload(ctx context.Context, dry bool) (Reload, error)
	ReplayRejected(ctx context.Context, numbers []int64) (int64, error)
	DropRejected(ctx context.Context, numbers []int64) (int64, error)
	// Share replaces everything private in a JSON text, or refuses.
	Share(ctx context.Context, json []byte) ([]byte, error)
}

// IdentityOrder is what a person says about who is who: devices by name, id, address or SOURCE/REF.
type IdentityOrder struct {
	Kind   identity.OrderKind `json:"kind"`
	Device string             `json:"device,omitempty"`
	Other  string             `json:"other,omitempty"`
	Refs   []string           `json:"refs,omitempty"`
	Name   string             `json:"name,omitempty"`
	// Seq is the event that tells what is to be undone; 0 means the newest order of a person.
	Seq int64 `json:"seq,omitempty"`
}

// Reload is what a reload changed, a line each, in the words of the agent's log.
type Reload struct {
	Changed []string `json:"changed"`
}

// Refused is an order that is not carried out.
type Refused struct {
	// Conflict says that the order was right and the state does not allow it; else the order itself is wrong.
	Conflict bool
	// Text is for the person who ordered.
	Text string
}

func (e *Refused) Error() string { return e.Text }
