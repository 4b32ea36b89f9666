package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/quorate/quorate/agent"
	"github.com/quorate/quorate/internal/leakcheck"
)

type postCmd struct {
	Draft  postDraftCmd  `cmd:"" help:"Bring the draft of the next post up to date now."`
	Verify postVerifyCmd `cmd:"" help:"Look for private values in files; exit 5 with findings."`

	List    notYetCmd `cmd:"" hidden:"" help:"Not yet."`
	Open    notYetCmd `cmd:"" hidden:"" help:"Not yet."`
	Lint    notYetCmd `cmd:"" hidden:"" help:"Not yet."`
	Preview notYetCmd `cmd:"" hidden:"" help:"Not yet."`
	Approve notYetCmd `cmd:"" hidden:"" help:"Not yet."`
	Publish notYetCmd `cmd:"" hidden:"" help:"Not yet."`
}

// notYetCmd is a command that a later version brings.
type notYetCmd struct {
	Args []string `arg:"" optional:"" passthrough:""`
}

func (notYetCmd) Run() error {
	return errors.New("not yet: this version keeps the draft up to date by itself; move it from _drafts to _posts by hand when you publish it")
}

type postDraftCmd struct{ configFlag }

func (c *postDraftCmd) Run(ctx context.Context, p *Program) error {
	cl, _, err := c.client()
	if err != nil {
		return err
	}
	var answer struct{ Post, Original string }
	if err := cl.post(ctx, "/control/post/draft", nil, &answer); err != nil {
		return err
	}
	fmt.Fprintf(p.Stdout, "draft: %s\nthe same with the real names, for you alone: %s\n", printable(answer.Post), printable(answer.Original))
	return nil
}

type postVerifyCmd struct {
	Config   []string `help:"Configuration whose agent's own registry is used too." sep:"none" placeholder:"PATH"`
	Registry string   `help:"File with the private values by kind: {\"ipv4\": [...], ...}." placeholder:"FILE.json"`
	Only     bool     `name:"only-registry" help:"Use the given registry alone and ask no agent."`
	JSON     bool     `name:"json" help:"One finding a line."`
	Files    []string `arg:"" name:"file" help:"What is to be published."`
}

// Run prints where private values stand and what kind they are, never the values. Whatever keeps it from looking is a
// refusal too.
func (c *postVerifyCmd) Run(ctx context.Context, p *Program) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	registry := leakcheck.Registry{}
	if c.Registry != "" {
		r, err := leakcheck.LoadRegistry(c.Registry)
		if err != nil {
			return failWith(exitRefused, err)
		}
		registry.Merge(r)
	}
	if !c.Only {
		own, err := agentRegistry(ctx, c.Config)
		if err != nil {
			return failWith(exitRefused, fmt.Errorf("the agent's own registry: %w", err))
		}
		registry.Merge(own)
	}
	checker := leakcheck.New(registry)
	found := 0
	enc := json.NewEncoder(p.Stdout)
	for _, file := range c.Files {
		b, err := os.ReadFile(file)
		if err != nil {
			return failWith(exitRefused, err)
		}
		for _, f := range checker.Check(file, b) {
			found++
			if !c.JSON {
				fmt.Fprintf(p.Stdout, "%s: byte %d, %d long: %s\n", printable(f.File), f.Offset, f.Length, f.Kind)
				continue
			}
			if err := enc.Encode(f); err != nil {
				return failWith(exitRefused, fmt.Errorf("print a finding: %w", err))
			}
		}
	}
	if found > 0 {
		return exitQuietly(exitRefused)
	}
	return nil
}

// agentRegistry is what the running agent knows to be private. Without a configuration or an agent there is none.
func agentRegistry(ctx context.Context, config []string) (leakcheck.Registry, error) {
	c := configFlag{config}
	if _, err := agent.FindConfig(config); err != nil && len(config) == 0 {
		return leakcheck.Registry{}, nil
	}
	cl, _, err := c.client()
	if err != nil {
		return nil, err
	}
	var values leakcheck.Registry
	err = cl.get(ctx, "/control/registry", nil, &values)
	if errors.Is(err, errNotRunning) && len(config) == 0 {
		return leakcheck.Registry{}, nil
	}
	return values, err
}
