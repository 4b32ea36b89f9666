package cli

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
)

type disputesCmd struct {
	readFlags
	JSON bool `name:"json" help:"A JSON list."`
}

func (c *disputesCmd) Run(ctx context.Context, p *Program) error {
	var disputes []device.Dispute
	if err := c.list(ctx, "/api/v1/disputes", &disputes); err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(disputes)
	}
	p.printDisputes(disputes, time.Now())
	return nil
}

func (p *Program) printDisputes(disputes []device.Dispute, now time.Time) {
	if len(disputes) == 0 {
		fmt.Fprintln(p.Stdout, "no disputes: wherever two sources speak of one thing, the votes are clear")
		return
	}
	p.table("DEVICE\tABOUT\tHELD\tFOR\tAGAINST\tOPEN\tWHAT COMES", func(w *tabwriter.Writer) {
		for _, d := range disputes {
			open := "not yet"
			if !d.OpenedAt.IsZero() {
				open = age(now.Sub(d.OpenedAt))
			}
			about := string(d.Facet)
			if d.Component != "" {
				about = d.Component
			}
			yes, no := sides(d)
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", printable(d.Device.Name), printable(about), d.Held, yes, no, open, comes(d, now))
		}
	})
}

// sides names who votes for the good state and who against, with the weights.
func sides(d device.Dispute) (yes, no string) {
	var up, down []string
	for _, v := range d.Votes {
		switch {
		case v.Abstain != "":
		case v.State == device.StateUp, v.State == device.StateOK:
			up = append(up, printable(v.Source))
		case v.State == device.StateSplit:
			up, down = append(up, printable(v.Source)+"/2"), append(down, printable(v.Source)+"/2")
		default:
			down = append(down, printable(v.Source))
		}
	}
	return fmt.Sprintf("%s %.2f", strings.Join(up, "+"), d.Up), fmt.Sprintf("%s %.2f", strings.Join(down, "+"), d.Down)
}

// comes says what happens next if nobody settles it.
func comes(d device.Dispute, now time.Time) string {
	switch {
	case d.WaitingFor != "":
		return printable(d.WaitingFor) + " looks again at " + d.Due.Local().Format(time.TimeOnly)
	case d.OpenedAt.IsZero():
		return "it may open at the next look"
	case d.EndsAt.IsZero():
		return "open until the sources agree"
	}
	return fmt.Sprintf("%s in %s", d.Then, age(d.EndsAt.Sub(now)))
}

type coverageCmd struct {
	readFlags
	JSON bool `name:"json" help:"The whole answer as JSON."`
	All  bool `help:"Also the devices that can be confirmed."`
}

func (c *coverageCmd) Run(ctx context.Context, p *Program) error {
	cl, _, err := c.client()
	if err != nil {
		return err
	}
	var report consensus.CoverageReport
	if err := cl.get(ctx, "/api/v1/coverage", nil, &report); err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(report)
	}
	p.printCoverage(report, c.All)
	return nil
}

// printCoverage answers "two is one, one is none": how many witnesses the devices have, then those with too few.
func (p *Program) printCoverage(r consensus.CoverageReport, all bool) {
	for _, n := range r.Counts {
		fmt.Fprintf(p.Stdout, "%s: %s\n", plural(n.Witnesses, "witness"), plural(n.Devices, "device"))
	}
	fmt.Fprintf(p.Stdout, "%s with a single witness, %s whose sources share a fault domain\n\n", plural(len(r.Single), "device"), plural(len(r.Shared), "device"))
	p.table("DEVICE\tWITNESSES\tVOTING NOW\tSOURCES\tBEST STANDING\tWHY", func(w *tabwriter.Writer) {
		for _, d := range r.Devices {
			if !all && d.Best == device.StandingConfirmed && len(d.Shared) == 0 {
				continue
			}
			why := d.Why
			if why == "" && len(d.Shared) > 0 {
				why = "some of its sources share the fault domain " + strings.Join(d.Shared, ", ")
			}
			fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%s\t%s\n", printable(d.Device.Name), len(d.Witnesses), len(d.Voting), printable(strings.Join(d.Sources, " ")), d.Best, printable(why))
		}
	})
}

type alertsCmd struct {
	readFlags
	JSON bool `name:"json" help:"A JSON list."`
}

func (c *alertsCmd) Run(ctx context.Context, p *Program) error {
	var alerts []device.ReportedAlert
	if err := c.list(ctx, "/api/v1/alerts", &alerts); err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(alerts)
	}
	if len(alerts) == 0 {
		fmt.Fprintln(p.Stdout, "no alerts: no source reports a problem of its own")
		return nil
	}
	now := time.Now()
	p.table("DEVICE\tSOURCE\tSEVERITY\tABOUT\tSINCE\tWHAT THE SOURCE SAYS", func(w *tabwriter.Writer) {
		for _, a := range alerts {
			about := a.Component
			if about == "" {
				about = a.Class
			}
			since := "-"
			if !a.Since.IsZero() {
				since = age(now.Sub(a.Since))
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", printable(a.Device.Name), printable(a.Source), printable(a.Severity), printable(about), since,
				printable(strings.TrimSpace(a.State+" "+a.Text)))
		}
	})
	return nil
}
