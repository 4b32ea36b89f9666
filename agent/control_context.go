package agent

import (
	"context"
	"encoding/json"
)

// ContextOrder asks for the figures and facts of a post.
type ContextOrder struct {
	// Milestone is that of the post; 0 means the one that is being written.
	Milestone int `json:"milestone,omitempty"`
}

func (a *Agent) commandContext(ctx context.Context, o ContextOrder) (json.RawMessage, error) {
	b, err := a.blog()
	if err != nil {
		return nil, err
	}
	if o.Milestone < 0 {
		return nil, &mistake{"there are no milestones below 1"}
	}
	c, err := b.Context(ctx, o.Milestone)
	return c, postProblem(err)
}
