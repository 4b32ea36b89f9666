package cli

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/quorate/quorate/agent"
	"github.com/quorate/quorate/identity"
	"github.com/quorate/quorate/internal/store"
)

type identityCmd struct {
	Simulate simulateCmd `cmd:"" help:"What a move to other addresses would do to every binding. Reads the agent's record and changes nothing."`
}

type simulateCmd struct {
	readFlags
	Map    []string `required:"" help:"Old and new network of the same size, such as 192.0.2.0/24=198.51.100.0/24; may be repeated." placeholder:"OLD=NEW" sep:"none"`
	Source []string `help:"Only this source's addresses change; may be repeated." placeholder:"NAME" sep:"none"`
	All    bool     `help:"List every binding, not only those of which there is something to say."`
	JSON   bool     `name:"json" help:"The whole of it as JSON."`
}

func (c *simulateCmd) Run(ctx context.Context, p *Program) error {
	var maps []identity.Renumbering
	for _, s := range c.Map {
		m, err := identity.ParseRenumbering(s)
		if err != nil {
			return failWith(exitUsage, fmt.Errorf("--map: %w", err))
		}
		maps = append(maps, m)
	}
	cfg, err := c.load()
	if err != nil {
		return err
	}
	for _, name := range c.Source {
		if _, ok := cfg.Source(name); !ok {
			return failWith(exitUsage, fmt.Errorf("--source: there is no source %q in the configuration", name))
		}
	}
	r, err := store.OpenReader(ctx, cfg.DataDir)
	if err != nil {
		return dataError(&agent.DataError{Err: err})
	}
	defer func() { _ = r.Close() }()
	known, err := r.Identity(ctx)
	if err != nil {
		return err
	}
	rules := cfg.IdentityConfig("")
	sim := identity.Simulate(&rules, known, time.Now().UTC(), maps, c.Source)
	if c.JSON {
		return p.printJSON(sim)
	}
	p.printSimulation(&sim, c.All)
	return nil
}

func (p *Program) printSimulation(sim *identity.Simulation, all bool) {
	moved, gone, alone := 0, 0, 0
	var lines []*identity.SimulatedRef
	for i := range sim.Refs {
		r := &sim.Refs[i]
		if len(r.From) > 0 {
			moved++
		}
		if !r.Stays {
			gone++
		}
		held := r.Key == "" && len(r.From) > 0
		if held {
			alone++
		}
		if all || !r.Stays || r.Matches != nil {
			lines = append(lines, r)
		}
	}
	fmt.Fprintf(p.Stdout, "%d of %s change their address, in %s of the sources noticing, the last an hour late.\n",
		moved, plural(len(sim.Refs), "binding"), plural(len(sim.Orders), "order"))
	if gone > 0 {
		fmt.Fprintf(p.Stdout, "%s would not stay with their device.\n", plural(gone, "binding"))
	} else {
		fmt.Fprintln(p.Stdout, "Every binding stays with its device.")
	}
	if alone > 0 {
		fmt.Fprintf(p.Stdout, "%s of those that move would find no device by a key if met anew: their refs hold them.\n", plural(alone, "binding"))
	}
	if len(lines) > 0 {
		fmt.Fprintln(p.Stdout)
		p.table("BINDING\tDEVICE\tFROM\tTO\tSTAYS\tMET ANEW, FOUND BY", func(w *tabwriter.Writer) {
			for _, r := range lines {
				stays := "yes"
				if r.Becomes != nil {
					stays = "no: " + r.Becomes.Name
				}
				by := strings.ReplaceAll(r.Key, "_", " ")
				switch {
				case r.Matches != nil:
					by += ": " + r.Matches.Name
				case by == "":
					by = "nothing"
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", printable(r.Source+"/"+r.Ref), printable(r.Device.Name), strings.Join(r.From, " "),
					strings.Join(r.To, " "), printable(stays), printable(by))
			}
		})
	}
	if len(sim.Events) > 0 {
		fmt.Fprintln(p.Stdout)
	}
	for _, e := range sim.Events {
		when := "whoever notices first"
		if e.Orders < len(sim.Orders) {
			when = fmt.Sprintf("in %d of %d orders, such as %s", e.Orders, len(sim.Orders), strings.Join(e.Order, ", "))
		}
		fmt.Fprintf(p.Stdout, "%s: %s (%s)\n", e.Type, printable(e.Text), printable(when))
	}
}
