package cli

import (
	"context"
	"fmt"

	"github.com/quorate/quorate/blogsink"
)

type postPublishCmd struct {
	configFlag
	JSON bool `name:"json" help:"As JSON."`
}

func (c *postPublishCmd) Run(ctx context.Context, p *Program) error {
	cl, _, err := c.client()
	if err != nil {
		return err
	}
	var answer blogsink.Outcome
	if err := cl.post(ctx, "/control/post/publish", struct{}{}, &answer); err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(answer)
	}
	word := "published"
	if answer.Already {
		word = "published already"
	}
	fmt.Fprintf(p.Stdout, "%s: %s\n", word, printable(answer.File))
	for _, name := range answer.Since {
		fmt.Fprintf(p.Stdout, "changed or taken away since: %s\n", printable(name))
	}
	if answer.Commit != "" {
		fmt.Fprintf(p.Stdout, "committed: %s\n", printable(answer.Commit))
	}
	if answer.Uncommitted != "" {
		fmt.Fprintf(p.Stdout, "not committed: %s\nthe post is published all the same; \"quorate post publish\" tries the commit again\n", printable(answer.Uncommitted))
	}
	return nil
}
