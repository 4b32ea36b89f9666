package cli

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/quorate/quorate/agent"
	"github.com/quorate/quorate/device"
)

type postOpenCmd struct {
	configFlag
	Number   int    `arg:"" help:"Its number."`
	Title    string `required:"" help:"What it achieves, without the number." placeholder:"TEXT"`
	Subtitle string `help:"One sentence for readers of the list and search engines." placeholder:"TEXT"`
	Phase    string `help:"The chapter of the series that it belongs to." placeholder:"TEXT"`
	Instead  bool   `help:"Give the milestone that is open this number and these words."`
	JSON     bool   `name:"json" help:"What was opened, as JSON."`
}

func (c *postOpenCmd) Run(ctx context.Context, p *Program) error {
	cl, _, err := c.client()
	if err != nil {
		return err
	}
	var answer agent.MilestoneAnswer
	order := agent.MilestoneOrder{Number: c.Number, Title: c.Title, Subtitle: c.Subtitle, Phase: c.Phase, Instead: c.Instead}
	if err := cl.post(ctx, "/control/post/open", order, &answer); err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(answer)
	}
	m := answer.Milestone
	word := "is open"
	if answer.Already {
		word = "was open already"
	}
	fmt.Fprintf(p.Stdout, "milestone %d %s: %s\nit is about %s\n", m.Number, word, printable(m.Title), period(&m))
	p.printDrafted(answer.Drafted)
	return nil
}

// printDrafted says what became of the draft.
func (p *Program) printDrafted(d agent.Drafted) {
	if d.Draft != "" {
		fmt.Fprintf(p.Stdout, "draft: %s\n", printable(d.Draft))
		return
	}
	if d.Undrafted != "" {
		fmt.Fprintf(p.Stdout, "no new draft: %s\n", printable(d.Undrafted))
	}
}

// period says which events a milestone is about.
func period(m *device.Milestone) string {
	from, to := "the beginning of the record", "now"
	if m.After > 0 {
		from = fmt.Sprintf("event %d", m.After+1)
	}
	switch {
	case m.Until > 0:
		to = fmt.Sprintf("event %d", m.Until)
	case m.State == device.MilestonePublished:
		return "-"
	}
	return from + " to " + to
}

type postListCmd struct {
	configFlag
	JSON bool `name:"json" help:"As JSON."`
}

func (c *postListCmd) Run(ctx context.Context, p *Program) error {
	var all []device.Milestone
	if err := c.list(ctx, "/api/v1/milestones", &all); err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(all)
	}
	if len(all) == 0 {
		fmt.Fprintln(p.Stdout, "no milestone yet; \"quorate post open 1 --title ...\" opens the first")
		return nil
	}
	p.table("NUMBER\tSTATE\tSINCE\tPERIOD\tFILE\tTITLE", func(w *tabwriter.Writer) {
		for i := range all {
			m := &all[i]
			state := string(m.State)
			if m.Edited {
				state += ", edited"
			}
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\n", m.Number, state, since(m), period(m), orDash(m.File), orDash(m.Title))
		}
	})
	return nil
}

// since is when a milestone came to its state, as far as that is recorded.
func since(m *device.Milestone) string {
	at := m.OpenedAt
	switch m.State {
	case device.MilestoneApproved:
		at = m.ApprovedAt
	case device.MilestonePublished:
		at = m.PublishedAt
	}
	if at.IsZero() {
		return "-"
	}
	return at.Local().Format(time.DateTime)
}

func orDash(text string) string {
	if text = strings.TrimSpace(printable(text)); text == "" {
		return "-"
	}
	return text
}
