package cli

import (
	"context"
	"fmt"

	"github.com/quorate/quorate/agent"
)

type postRescanCmd struct {
	configFlag
	JSON bool `name:"json" help:"As JSON."`
}

// Run has the running agent read what is public again, and ends with 5 where something private stands there.
func (c *postRescanCmd) Run(ctx context.Context, p *Program) error {
	cl, _, err := c.client()
	if err != nil {
		return err
	}
	var answer agent.RescanAnswer
	if err := cl.post(ctx, "/control/post/rescan", struct{}{}, &answer); err != nil {
		return err
	}
	if c.JSON {
		if err := p.printJSON(answer); err != nil {
			return err
		}
	} else {
		for _, l := range answer.Leaks {
			place := fmt.Sprintf("%s:%d", printable(l.File), l.Line)
			if l.Line == 0 {
				place = "the name of " + printable(l.File)
			}
			fmt.Fprintf(p.Stdout, "%s: %s, %d times\n", place, l.Kind, l.Count)
		}
		if len(answer.Leaks) == 0 {
			fmt.Fprintln(p.Stdout, "nothing private stands in posts, drafts and their pictures")
		}
	}
	if len(answer.Leaks) > 0 {
		return exitQuietly(exitRefused)
	}
	return nil
}
