package cli

import (
	"context"
	"fmt"

	"github.com/quorate/quorate/agent"
)

type postDraftCmd struct {
	configFlag
	JSON bool `name:"json" help:"As JSON."`
}

func (c *postDraftCmd) Run(ctx context.Context, p *Program) error {
	cl, _, err := c.client()
	if err != nil {
		return err
	}
	var answer agent.DraftAnswer
	if err := cl.post(ctx, "/control/post/draft", nil, &answer); err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(answer)
	}
	fmt.Fprintf(p.Stdout, "draft: %s\nthe same with the real names, for you alone: %s\n", printable(answer.Post), printable(answer.Original))
	if answer.Proposed != "" {
		fmt.Fprintf(p.Stdout, "you edited it, so what is newer in it waits beside it: %s\n", printable(answer.Proposed))
	}
	return nil
}
