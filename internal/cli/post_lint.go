package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/quorate/quorate/agent"
	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/internal/leakcheck"
)

type postLintCmd struct {
	configFlag
	JSON bool   `name:"json" help:"As JSON."`
	File string `arg:"" optional:"" help:"The post; without it the draft of the running agent."`
}

// Run ends with 1 where something is found that keeps a post back, and with 0 where it only reads badly.
func (c *postLintCmd) Run(ctx context.Context, p *Program) error {
	var answer agent.LintAnswer
	var err error
	if c.File == "" {
		cl, _, clErr := c.client()
		if clErr != nil {
			return clErr
		}
		err = cl.post(ctx, "/control/post/lint", struct{}{}, &answer)
	} else {
		answer, err = c.file(ctx)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		if err := p.printJSON(answer); err != nil {
			return err
		}
	}
	failed := 0
	for _, f := range answer.Findings {
		if f.Weight == blogsink.WeightError {
			failed++
		}
		if !c.JSON {
			fmt.Fprintf(p.Stdout, "%s:%d: %s: %s (%s)\n", printable(answer.File), f.Line, f.Weight, printable(f.Text), f.Rule)
		}
	}
	if len(answer.Findings) == 0 && !c.JSON {
		fmt.Fprintf(p.Stdout, "%s reads well\n", printable(answer.File))
	}
	if failed > 0 {
		return exitQuietly(exitFailed)
	}
	return nil
}

// file looks at a post in this process, with what the running agent knows to be private, where there is one. A post that
// lies in a blog is looked at with the posts beside it.
func (c *postLintCmd) file(ctx context.Context) (agent.LintAnswer, error) {
	answer := agent.LintAnswer{File: c.File}
	b, err := os.ReadFile(c.File)
	if err != nil {
		return answer, err
	}
	registry, err := agentRegistry(ctx, c.Config)
	if err != nil {
		return answer, fmt.Errorf("the agent's own registry: %w", err)
	}
	path, err := filepath.Abs(c.File)
	if err != nil {
		return answer, err
	}
	o := blogsink.LintOptions{Name: filepath.Base(path), Now: time.Now(), Leaks: leakcheck.New(registry).Check}
	if folder := filepath.Base(filepath.Dir(path)); folder == "_posts" || folder == "_drafts" {
		o.Draft = folder == "_drafts"
		if err := o.Beside(filepath.Dir(filepath.Dir(path))); err != nil {
			return answer, err
		}
	}
	answer.Findings = blogsink.Lint(b, o)
	return answer, nil
}
