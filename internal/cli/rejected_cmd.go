package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/quorate/quorate/agent"
)

type rejectedCmd struct {
	List   rejectedListCmd   `cmd:"" default:"withargs" help:"List it, the newest last."`
	Show   rejectedShowCmd   `cmd:"" help:"Show one with all that is kept of it."`
	Replay rejectedReplayCmd `cmd:"" help:"Hand it over again: an observation to the record, an event to its sink."`
	Drop   rejectedDropCmd   `cmd:"" help:"Remove it for good."`
}

type rejectedListCmd struct {
	readFlags
	JSON   bool   `name:"json" help:"One a line as JSON."`
	Source string `help:"Only what this source handed over, or sink:NAME for what a sink could not take." placeholder:"NAME"`
	Limit  int    `default:"100" help:"The newest so many."`
}

func (c *rejectedListCmd) Run(ctx context.Context, p *Program) error {
	cl, _, err := c.client()
	if err != nil {
		return err
	}
	var a agent.RejectedAnswer
	if err := cl.post(ctx, "/control/rejected/list", agent.RejectedOrder{Source: c.Source, Limit: c.Limit}, &a); err != nil {
		return err
	}
	if c.JSON {
		enc := json.NewEncoder(p.Stdout)
		for _, r := range a.Items {
			if err := enc.Encode(r); err != nil {
				return err
			}
		}
		return nil
	}
	if len(a.Items) == 0 {
		fmt.Fprintln(p.Stdout, "nothing was rejected")
		return nil
	}
	p.table("NUMBER\tAT\tSOURCE\tREF\tREASON", func(w *tabwriter.Writer) {
		for _, r := range a.Items {
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\n", r.Number, r.At.Local().Format(clockForm), printable(r.Source), printable(r.Ref), printable(r.Reason))
		}
	})
	return nil
}

type rejectedShowCmd struct {
	readFlags
	JSON   bool  `name:"json" help:"As JSON."`
	Number int64 `arg:"" help:"Its number."`
}

func (c *rejectedShowCmd) Run(ctx context.Context, p *Program) error {
	cl, _, err := c.client()
	if err != nil {
		return err
	}
	var a agent.RejectedAnswer
	if err := cl.post(ctx, "/control/rejected/list", agent.RejectedOrder{Numbers: []int64{c.Number}}, &a); err != nil {
		return err
	}
	if len(a.Items) == 0 {
		return fmt.Errorf("there is no rejection %d", c.Number)
	}
	r := a.Items[0]
	if c.JSON {
		return json.NewEncoder(p.Stdout).Encode(r)
	}
	fmt.Fprintf(p.Stdout, "%d, at %s\nsource: %s\n", r.Number, r.At.Local().Format(time.DateTime), printable(r.Source))
	if r.Ref != "" {
		fmt.Fprintf(p.Stdout, "ref:    %s\n", printable(r.Ref))
	}
	fmt.Fprintf(p.Stdout, "reason: %s\n", printable(r.Reason))
	if r.Body != "" {
		fmt.Fprintf(p.Stdout, "\n%s\n", printable(r.Body))
	}
	return nil
}

type rejectedReplayCmd struct {
	configFlag
	Numbers []int64 `arg:"" optional:"" help:"Their numbers."`
	All     bool    `help:"All there are."`
	Source  string  `help:"With --all: only this source's, or sink:NAME." placeholder:"NAME"`
}

func (c *rejectedReplayCmd) Run(ctx context.Context, p *Program) error {
	if err := named(c.Numbers, c.All); err != nil {
		return err
	}
	cl, _, err := c.client()
	if err != nil {
		return err
	}
	var a agent.RejectedAnswer
	if err := cl.post(ctx, "/control/rejected/replay", agent.RejectedOrder{Numbers: c.Numbers, All: c.All, Source: c.Source}, &a); err != nil {
		return err
	}
	fmt.Fprintf(p.Stdout, "%d replayed\n", a.Done)
	for _, f := range a.Failed {
		fmt.Fprintf(p.Stderr, "%d stays: %s\n", f.Number, printable(f.Reason))
	}
	if len(a.Failed) > 0 {
		return fmt.Errorf("%d could not be replayed", len(a.Failed))
	}
	return nil
}

type rejectedDropCmd struct {
	configFlag
	Numbers []int64 `arg:"" optional:"" help:"Their numbers."`
	All     bool    `help:"All there are."`
	Source  string  `help:"With --all: only this source's, or sink:NAME." placeholder:"NAME"`
	Before  string  `help:"With --all: only those that are older." placeholder:"TIME"`
}

func (c *rejectedDropCmd) Run(ctx context.Context, p *Program) error {
	if err := named(c.Numbers, c.All); err != nil {
		return err
	}
	order := agent.RejectedOrder{Numbers: c.Numbers, All: c.All, Source: c.Source}
	if c.Before != "" {
		at, err := time.Parse(time.RFC3339, c.Before)
		if err != nil {
			return failWith(exitUsage, fmt.Errorf("--before %q is no time; it takes one such as 2026-01-31T00:00:00Z", c.Before))
		}
		order.Before = at
	}
	cl, _, err := c.client()
	if err != nil {
		return err
	}
	var a agent.RejectedAnswer
	if err := cl.post(ctx, "/control/rejected/drop", order, &a); err != nil {
		return err
	}
	fmt.Fprintf(p.Stdout, "%d dropped\n", a.Done)
	return nil
}

// named wants numbers or all, not both.
func named(numbers []int64, all bool) error {
	if all == (len(numbers) > 0) {
		return failWith(exitUsage, errors.New("name rejections by their numbers, or give --all"))
	}
	return nil
}
