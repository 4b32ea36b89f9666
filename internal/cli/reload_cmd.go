package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/quorate/quorate/agent"
)

type reloadCmd struct {
	configFlag
	DryRun bool `help:"Only say what it would change."`
	JSON   bool `name:"json" help:"What changed as JSON."`
}

// Run has the agent read its configuration again. The agent is found also where the configuration is mistaken: what is
// wrong with it the agent says, and records.
func (c *reloadCmd) Run(ctx context.Context, p *Program) error {
	paths, err := agent.FindConfig(c.Config)
	if err != nil {
		return err
	}
	dir, err := agent.FindDataDir(paths)
	if err != nil {
		return err
	}
	var done agent.Reloaded
	err = clientOf(dir).do(ctx, http.MethodPost, "/control/reload", nil, agent.ReloadCommand{DryRun: c.DryRun}, &done)
	if refused, ok := errors.AsType[*refusal](err); ok {
		for line := range strings.Lines(refused.detail) {
			fmt.Fprintln(p.Stderr, printable(strings.TrimRight(line, "\n")))
		}
		fmt.Fprintln(p.Stderr, "quorate: nothing was changed: the agent goes on as before")
		return exitQuietly(exitFailed)
	}
	if errors.Is(err, errNotRunning) {
		// What is mistaken may be where the record lies.
		if _, mistakes := agent.Load(paths, agent.LoadOptions{}); mistakes != nil {
			return mistakes
		}
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(done)
	}
	switch {
	case done.DryRun && len(done.Changes) > 0:
		fmt.Fprintln(p.Stdout, "a reload would change:")
	case done.DryRun:
		fmt.Fprintln(p.Stdout, "a reload would change nothing")
	case len(done.Changes) > 0:
		fmt.Fprintf(p.Stdout, "generation %d is in force:\n", done.Generation)
	default:
		fmt.Fprintf(p.Stdout, "nothing changed: generation %d is in force\n", done.Generation)
	}
	for _, change := range done.Changes {
		fmt.Fprintln(p.Stdout, "  "+printable(change.String()))
	}
	return nil
}
