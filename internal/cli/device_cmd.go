package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"

	"golang.org/x/term"

	"github.com/quorate/quorate/agent"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
	"github.com/quorate/quorate/pipeline"
)

// deviceCmd shows and corrects who is who. Each command that changes something shows first what it would change.
type deviceCmd struct {
	Show    deviceShowCmd    `cmd:"" help:"Show who a device is: refs and why they are bound, fields and who says otherwise."`
	Merge   deviceMergeCmd   `cmd:"" help:"Say that two devices are one; the older keeps its id."`
	Split   deviceSplitCmd   `cmd:"" help:"Say that some refs of a device are another device."`
	Rename  deviceRenameCmd  `cmd:"" help:"Give a device a name."`
	Forget  deviceForgetCmd  `cmd:"" help:"Forget a device that is gone for good."`
	Confirm deviceConfirmCmd `cmd:"" help:"Say that a ref in doubt is that device, so that it votes."`
	Undo    deviceUndoCmd    `cmd:"" help:"Take the newest of these orders back, or what an event tells."`
}

// orderFlags are what every order takes.
type orderFlags struct {
	configFlag
	Yes    bool `help:"Do it without asking." xor:"ask"`
	DryRun bool `help:"Only show what it would change." xor:"ask"`
	JSON   bool `name:"json" help:"The preview as JSON; with it nothing is asked, so --yes or --dry-run is needed."`
}

type deviceMergeCmd struct {
	orderFlags
	Device string `arg:"" help:"Name, id, address or SOURCE/REF."`
	Other  string `arg:"" help:"The same of the other device."`
}

func (c *deviceMergeCmd) Run(ctx context.Context, p *Program) error {
	return c.order(ctx, p, agent.DeviceCommand{Kind: identity.OrderMerge, Device: c.Device, Other: c.Other})
}

type deviceSplitCmd struct {
	orderFlags
	Device string   `arg:"" help:"Name, id, address or SOURCE/REF."`
	Refs   []string `arg:"" name:"ref" help:"SOURCE/REF of each that is another device."`
}

func (c *deviceSplitCmd) Run(ctx context.Context, p *Program) error {
	return c.order(ctx, p, agent.DeviceCommand{Kind: identity.OrderSplit, Device: c.Device, Refs: c.Refs})
}

type deviceRenameCmd struct {
	orderFlags
	Device string `arg:"" help:"Name, id, address or SOURCE/REF."`
	Name   string `arg:"" help:"Its new name."`
}

func (c *deviceRenameCmd) Run(ctx context.Context, p *Program) error {
	return c.order(ctx, p, agent.DeviceCommand{Kind: identity.OrderRename, Device: c.Device, Name: c.Name})
}

type deviceForgetCmd struct {
	orderFlags
	Device string `arg:"" help:"Name, id, address or SOURCE/REF."`
}

func (c *deviceForgetCmd) Run(ctx context.Context, p *Program) error {
	return c.order(ctx, p, agent.DeviceCommand{Kind: identity.OrderForget, Device: c.Device})
}

type deviceConfirmCmd struct {
	orderFlags
	Device string   `arg:"" help:"Name, id, address or SOURCE/REF."`
	Refs   []string `arg:"" name:"ref" help:"SOURCE/REF of each that is that device."`
}

func (c *deviceConfirmCmd) Run(ctx context.Context, p *Program) error {
	return c.order(ctx, p, agent.DeviceCommand{Kind: identity.OrderConfirm, Device: c.Device, Refs: c.Refs})
}

type deviceUndoCmd struct {
	orderFlags
	Seq int64 `arg:"" optional:"" help:"Number of the event that tells it; the newest order of a person by default."`
}

func (c *deviceUndoCmd) Run(ctx context.Context, p *Program) error {
	return c.order(ctx, p, agent.DeviceCommand{Kind: identity.OrderUndo, Seq: c.Seq})
}

// order shows what would change, asks, and has it done.
func (c *orderFlags) order(ctx context.Context, p *Program, command agent.DeviceCommand) error {
	terminal := p.Stdin != nil && term.IsTerminal(int(p.Stdin.Fd()))
	if !c.Yes && !c.DryRun && (c.JSON || !terminal) {
		return failWith(exitUsage, errors.New("nobody can be asked here: --dry-run shows what it would change, --yes does it"))
	}
	cl, _, err := c.client()
	if err != nil {
		return err
	}
	var answer agent.DeviceAnswer
	ask := func(preview bool) error {
		command.Preview = preview
		return cl.do(ctx, http.MethodPost, "/control/device", nil, command, &answer)
	}
	if !c.Yes {
		if err := ask(true); err != nil {
			return err
		}
		if !c.JSON {
			p.printPreview(&answer.Preview)
		}
		if !c.DryRun && !p.confirm() {
			return errors.New("nothing was changed")
		}
	}
	if !c.DryRun {
		if err := ask(false); err != nil {
			return err
		}
	}
	switch {
	case c.JSON:
		return p.printJSON(answer)
	case c.Yes:
		p.printPreview(&answer.Preview)
	}
	if answer.Done {
		fmt.Fprintln(p.Stdout, "done; \"quorate device undo\" takes it back")
	}
	return nil
}

// confirm asks for a yes.
func (p *Program) confirm() bool {
	fmt.Fprint(p.Stdout, "Do it? [y/N] ")
	line, err := bufio.NewReader(p.Stdin).ReadString('\n')
	return err == nil && slices.Contains([]string{"y", "yes"}, strings.ToLower(strings.TrimSpace(line)))
}

// printPreview says what orders change: events, the devices concerned before and after, incidents.
func (p *Program) printPreview(v *pipeline.Preview) {
	for _, e := range v.Events {
		fmt.Fprintln(p.Stdout, printable(e.Text))
	}
	for _, side := range []struct {
		title   string
		devices []device.Current
	}{{"BEFORE", v.Before}, {"AFTER", v.After}} {
		fmt.Fprintln(p.Stdout)
		p.table(side.title+"\tVERDICT\tSTANDING\tWITNESSES\tVOTES\tCONSISTS OF", func(w *tabwriter.Writer) {
			for _, d := range side.devices {
				fmt.Fprintf(w, "%s\t%s\t%s\t%d of %d\t%s\t%s\n", printable(d.Name), verdictWord(d), d.Standing,
					d.Witnesses.Voting, d.Witnesses.Enrolled, reachVotes(d), bindingList(d))
			}
		})
	}
	fmt.Fprintln(p.Stdout)
	for _, in := range v.Incidents {
		fmt.Fprintln(p.Stdout, printable(incidentChange(in)))
	}
	for _, note := range v.Notes {
		fmt.Fprintln(p.Stdout, "note: "+printable(note))
	}
}

func bindingList(d device.Current) string {
	words := make([]string, 0, len(d.Bindings))
	for _, b := range d.Bindings {
		word := b.Source + "/" + b.Ref
		if b.Weak {
			word += " (weak)"
		}
		if b.Follows {
			word += " (follows)"
		}
		words = append(words, printable(word))
	}
	return strings.Join(words, " ")
}

func incidentChange(c pipeline.IncidentChange) string {
	of := func(in *device.Incident) string {
		names := make([]string, 0, len(in.Devices))
		for _, d := range in.Devices {
			names = append(names, d.Name)
		}
		return strings.Join(names, ", ")
	}
	switch {
	case c.Before == nil:
		return fmt.Sprintf("an incident opens: %s", of(c.After))
	case c.After == nil:
		return fmt.Sprintf("the incident of %s closes", c.Before.Root.Name)
	}
	return fmt.Sprintf("the incident of %s is about %s then", c.Before.Root.Name, of(c.After))
}
