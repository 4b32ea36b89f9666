package cli

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/quorate/quorate/agent"
)

type postContextCmd struct {
	configFlag
	Milestone int `help:"That of a published post; without it, the post of now." placeholder:"N"`
}

// Run prints the JSON as it came, with the indentation that reading it wants.
func (c *postContextCmd) Run(ctx context.Context, p *Program) error {
	cl, _, err := c.client()
	if err != nil {
		return err
	}
	var answer json.RawMessage
	if err := cl.post(ctx, "/control/post/context", agent.ContextOrder{Milestone: c.Milestone}, &answer); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, answer, "", "  "); err != nil {
		return err
	}
	b.WriteByte('\n')
	_, err = b.WriteTo(p.Stdout)
	return err
}
