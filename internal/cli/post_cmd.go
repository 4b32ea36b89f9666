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
	Open     postOpenCmd     `cmd:"" help:"Open a milestone: the next post is about what happens from the last one on."`
	List     postListCmd     `cmd:"" help:"List the milestones, how far each post has come and where it lies, from the running agent."`
	Draft    postDraftCmd    `cmd:"" help:"Bring the draft of the next post up to date now; what you wrote in it stays."`
	Lint     postLintCmd     `cmd:"" help:"Look for what reads badly, breaks a site or should not be in a post; exit 1 where it may not stay."`
	Preview  postPreviewCmd  `cmd:"" help:"Show the next post as a page, with what was replaced and what the leak check finds."`
	Approve  postApproveCmd  `cmd:"" help:"Show what would be published, and approve exactly that; exit 5 where it may not be."`
	Publish  postPublishCmd  `cmd:"" help:"Put the approved post into the blog; exit 5 where it may not be."`
	Rescan   postRescanCmd   `cmd:"" help:"Look again for private values in what is published; exit 5 with findings."`
	Context  postContextCmd  `cmd:"" help:"Print every figure of a post with the query that gives it again, and its facts, as JSON."`
	Incident postIncidentCmd `cmd:"" help:"Report on one incident like a post: with fictional names, and refused with exit 5 where anything private is left."`
	Verify   postVerifyCmd   `cmd:"" help:"Look for private values in files; exit 5 with findings."`
}

type postVerifyCmd struct {
	Config   []string `help:"Configuration whose agent's own registry is used too." sep:"none" placeholder:"PATH"`
	Registry string   `help:"File with the private values by kind: {\"ipv4\": [...], ...}." placeholder:"FILE.json"`
	Only     bool     `name:"only-registry" help:"Use the given registry alone and ask no agent."`
	JSON     bool     `name:"json" help:"One finding a line."`
	Post     bool     `help:"They are generated posts and their pictures: refuse every token too that could identify something and is of no known form."`
	Allow    []string `help:"With --post: a token that may stand." sep:"none" placeholder:"TOKEN"`
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
		for _, f := range c.check(checker, file, b) {
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

func (c *postVerifyCmd) check(checker *leakcheck.Checker, file string, b []byte) []leakcheck.Finding {
	if c.Post {
		return checker.CheckPost(file, b, c.Allow)
	}
	return checker.Check(file, b)
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
