package cli

import (
	"context"
	"errors"
	"fmt"
)

type sinkCmd struct {
	Test sinkTestCmd `cmd:"" help:"Send one test message to each target of a notify sink, and say what came of it."`
}

type sinkTestCmd struct {
	configFlag
	Name string `arg:"" help:"The sink's name."`
}

func (c *sinkTestCmd) Run(ctx context.Context, p *Program) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	tried, err := cfg.TrySink(ctx, c.Name)
	if err != nil {
		return err
	}
	failed := 0
	for i, t := range tried {
		if t.Err != nil {
			failed++
			fmt.Fprintf(p.Stderr, "%d. %v\n", i+1, t.Err)
			continue
		}
		fmt.Fprintf(p.Stdout, "%d. %s took the message\n", i+1, t.Service)
	}
	switch {
	case failed == 1 && len(tried) == 1:
		return errors.New("the message was not taken")
	case failed > 0:
		return fmt.Errorf("%d of %d targets did not take the message", failed, len(tried))
	}
	return nil
}
