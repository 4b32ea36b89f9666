package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"golang.org/x/term"

	"github.com/quorate/quorate/agent"
	"github.com/quorate/quorate/blogsink"
)

type postApproveCmd struct {
	configFlag
	SHA256 string   `name:"sha256" aliases:"yes" help:"Approve what was shown with this sum, or with these first signs of it, and ask nothing." placeholder:"SUM"`
	Allow  []string `help:"A token that looks like an identifier and may pass; recorded with the approval." placeholder:"TOKEN" sep:"none"`
	JSON   bool     `name:"json" help:"As JSON. Without --sha256 it shows what there is to approve."`
}

// Run shows the exact bytes' sum and what a person should know, asks, and records the decision.
func (c *postApproveCmd) Run(ctx context.Context, p *Program) error {
	cl, _, err := c.client()
	if err != nil {
		return err
	}
	sum := c.SHA256
	if sum != "" && len(c.Allow) > 0 {
		return failWith(exitUsage, errors.New("--allow belongs to what is shown: give it first without --sha256"))
	}
	var answer blogsink.Prepared
	if sum == "" {
		if err := cl.post(ctx, "/control/post/prepare", agent.PrepareOrder{Allowed: c.Allow}, &answer); err != nil {
			return err
		}
		if c.JSON {
			if err := p.printJSON(answer); err != nil {
				return err
			}
		} else {
			p.printPrepared(&answer)
		}
		if answer.Unfit() > 0 {
			if c.JSON {
				return exitQuietly(exitRefused)
			}
			return failWith(exitRefused, errors.New("it cannot be approved: reword what is found, or let a harmless unknown_token pass with --allow TOKEN"))
		}
		if c.JSON {
			return nil
		}
		if p.Stdin == nil || !term.IsTerminal(int(p.Stdin.Fd())) {
			return failWith(exitUsage, fmt.Errorf("nobody can be asked here: \"quorate post approve --sha256 %s\" approves exactly this", answer.SHA256[:12]))
		}
		if !p.ask("Approve exactly this? [y/N] ") {
			return errors.New("nothing was approved")
		}
		sum = answer.SHA256
	}
	if err := cl.post(ctx, "/control/post/approve", agent.ApproveOrder{SHA256: sum}, &answer); err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(answer)
	}
	fmt.Fprintf(p.Stdout, "approved: %s, sha256 %s\nput it into the blog with: quorate post publish\n", printable(answer.File), answer.SHA256)
	return nil
}

// ask asks a person for a yes.
func (p *Program) ask(question string) bool {
	fmt.Fprint(p.Stdout, question)
	line, err := bufio.NewReader(p.Stdin).ReadString('\n')
	return err == nil && slices.Contains([]string{"y", "yes"}, strings.ToLower(strings.TrimSpace(line)))
}

// printPrepared says all that a person should know before they approve a post.
func (p *Program) printPrepared(v *blogsink.Prepared) {
	fmt.Fprintf(p.Stdout, "milestone %d: %s\ndated %s, up to event %d\nsha256 %s\n", v.Milestone, printable(v.File), printable(v.Date), v.Covers, v.SHA256)
	for _, f := range v.Files[1:] {
		fmt.Fprintf(p.Stdout, "with %s\n", printable(f.Name))
	}
	if len(v.Replaced) == 0 {
		fmt.Fprintln(p.Stdout, "\nnothing private had to be replaced")
	} else {
		fmt.Fprintln(p.Stdout)
		p.table("REPLACED\tBY\tTIMES", func(w *tabwriter.Writer) {
			for _, r := range v.Replaced {
				fmt.Fprintf(w, "%s\t%s\t%d\n", printable(r.Kind), printable(r.Alias), r.Count)
			}
		})
	}
	fmt.Fprintln(p.Stdout)
	if len(v.Changed) > 0 {
		fmt.Fprintf(p.Stdout, "by you: %s\n", printable(strings.Join(v.Changed, ", ")))
	}
	if len(v.Waiting) > 0 {
		fmt.Fprintf(p.Stdout, "you edited these sections, and a newer version of each waits beside the draft: %s\n", printable(strings.Join(v.Waiting, ", ")))
	}
	if len(v.Allowed) > 0 {
		fmt.Fprintf(p.Stdout, "let pass: %s\n", printable(strings.Join(v.Allowed, ", ")))
	}
	for _, f := range v.Lint {
		fmt.Fprintf(p.Stdout, "%s: line %d: %s (%s)\n", f.Weight, f.Line, printable(f.Text), f.Rule)
	}
	if len(v.Findings) == 0 {
		fmt.Fprintln(p.Stdout, "the leak check finds nothing")
		return
	}
	fmt.Fprintf(p.Stdout, "the leak check finds %d:\n", len(v.Findings))
	p.printPlaces(v.Findings)
}
