package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/quorate/quorate/internal/lab/snmpagent"
)

type labCmd struct {
	SNMP labSNMPCmd `cmd:"" name:"snmp" help:"Replay recorded SNMP walks as agents, with faults on demand."`
}

type labSNMPCmd struct {
	Walk      []string `required:"" placeholder:"FILE" sep:"none" help:"A recording: a .snmprec file, or what snmpwalk -On printed. May be repeated."`
	Community string   `placeholder:"NAME" help:"The community that a single walk answers to; default \"public\". Several walks answer to their file names, without what follows the dot."`
	Listen    string   `default:"127.0.0.1:0" placeholder:"ADDRESS" help:"Where to listen; the default is any free port of loopback."`
	Fault     []string `placeholder:"NAME=VALUE" sep:"none" help:"Misbehave from the start; \"help\" lists the faults. May be repeated."`
	Seed      uint64   `placeholder:"N" help:"What chance is drawn from; the same seed loses the same requests."`
}

// Run serves the walks until the context ends, and takes orders from standard input meanwhile.
func (c *labSNMPCmd) Run(ctx context.Context, p *Program) (err error) {
	if len(c.Fault) == 1 && c.Fault[0] == "help" {
		p.labHelp()
		return nil
	}
	faults, err := snmpagent.ParseFaults(snmpagent.Faults{}, c.Fault...)
	if err != nil {
		return failWith(exitUsage, fmt.Errorf("--fault: %w; quorate lab snmp --walk FILE --fault help lists them", err))
	}
	if _, err := netip.ParseAddrPort(c.Listen); err != nil {
		return failWith(exitUsage, fmt.Errorf("--listen %q: write ADDRESS:PORT, such as 127.0.0.1:16100", c.Listen))
	}
	if c.Community != "" && len(c.Walk) > 1 {
		return failWith(exitUsage, errors.New("--community is for a single walk: several answer to their file names"))
	}
	agents, err := c.load(p, faults)
	if err != nil {
		return err
	}
	group, err := snmpagent.StartGroup(c.Listen, agents)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, group.Close()) }()
	p.labReady(group.Addr(), agents)
	orders := typed(p.Stdin)
	for {
		select {
		case <-ctx.Done():
			return nil
		case line, more := <-orders:
			if !more {
				orders = nil // the input has ended, and the lab lives on
			}
			p.labOrder(agents, line)
		}
	}
}

// typed gives the lines of in, one at a time. Nothing ends a read from a terminal: its goroutine ends with the input, or
// with the program.
func typed(in io.Reader) <-chan string {
	out := make(chan string)
	go func() {
		defer close(out)
		s := bufio.NewScanner(in)
		for s.Scan() {
			out <- s.Text()
		}
	}()
	return out
}

// load reads the walks, and tells what of them is of no use.
func (c *labSNMPCmd) load(p *Program, faults snmpagent.Faults) ([]*snmpagent.Agent, error) {
	agents := make([]*snmpagent.Agent, 0, len(c.Walk))
	for _, path := range c.Walk {
		file, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("--walk: %w", err)
		}
		rec, err := snmpagent.Load(file)
		_ = file.Close() // it was only read
		if err != nil {
			return nil, fmt.Errorf("--walk %s: %w", path, err)
		}
		if skipped := rec.Skipped(); len(skipped) > 0 {
			fmt.Fprintf(p.Stderr, "%s: %s of no use; the first: %s\n", path, plural(len(skipped), "line"), printable(skipped[0]))
		}
		if rec.Len() == 0 {
			return nil, fmt.Errorf("--walk %s: nothing in it can be replayed: it should be a .snmprec file, or what snmpwalk -v2c -On prints", path)
		}
		community := c.Community
		if len(c.Walk) > 1 {
			community, _, _ = strings.Cut(filepath.Base(path), ".")
		}
		a := snmpagent.New(rec, snmpagent.Options{Community: community, Seed: c.Seed})
		a.SetFaults(faults)
		agents = append(agents, a)
		fmt.Fprintf(p.Stdout, "%s: %s, community %s\n", path, plural(rec.Len(), "object"), printable(a.Community()))
	}
	return agents, nil
}

// labReady says where the agents listen, and a configuration to try them with.
func (p *Program) labReady(addr string, agents []*snmpagent.Agent) {
	fmt.Fprintf(p.Stdout, "Listening at %s (UDP). Nothing here is a real device.\n\n"+
		"To try it, put this into lab.hcl:\n\n", addr)
	var env strings.Builder
	fmt.Fprintf(p.Stdout, "source \"snmp-direct\" \"lab\" {\n  config {\n")
	for i, a := range agents {
		fmt.Fprintf(p.Stdout, "    credential \"v2c\" \"lab%d\" {\n      community = env(\"LAB%d\")\n    }\n", i+1, i+1)
		fmt.Fprintf(&env, "LAB%d='%s' ", i+1, strings.ReplaceAll(a.Community(), "'", `'\''`))
	}
	for i, a := range agents {
		name := a.Community()
		if len(agents) == 1 {
			name = "device"
		}
		fmt.Fprintf(p.Stdout, "    target %s {\n      address     = %q\n      credentials = [\"lab%d\"]\n    }\n", quoteHCL(name), addr, i+1)
	}
	fmt.Fprintf(p.Stdout, "  }\n}\n\nand run:\n  %squorate source poll lab --config lab.hcl\n"+
		"or:\n  snmpbulkwalk -v2c -c %s -On %s .1.3\n\nOrders, a line each, change it while it runs; help lists them. Ctrl-C ends it.\n",
		printable(env.String()), printable(agents[0].Community()), addr)
}

// labOrder carries out one line: NAME: ORDER for one of several walks, ORDER for all.
func (p *Program) labOrder(agents []*snmpagent.Agent, line string) {
	line = strings.TrimSpace(line)
	if name, rest, ok := strings.Cut(line, ": "); ok {
		for _, a := range agents {
			if a.Community() == name {
				agents, line = []*snmpagent.Agent{a}, strings.TrimSpace(rest)
				break
			}
		}
	}
	switch line {
	case "":
		return
	case "help":
		p.labHelp()
		return
	}
	for _, a := range agents {
		if err := a.Do(line); err != nil {
			fmt.Fprintf(p.Stdout, "%s: %s\n", printable(a.Community()), printable(err.Error()))
			continue
		}
		fmt.Fprintf(p.Stdout, "%s: %s: done, %s so far\n", printable(a.Community()), printable(line), plural(a.Requests(), "request"))
	}
}

func (p *Program) labHelp() {
	table := func(title string, rows [][2]string) {
		p.section(title)
		w := p.columns(p.Stdout)
		for _, r := range rows {
			fmt.Fprintf(w, "%s\t%s\n", r[0], r[1])
		}
		_ = w.Flush() // a broken pipe ends the command anyway
	}
	table("FAULTS, BY --fault OR BY fault", snmpagent.FaultHelp())
	table("ORDERS, A LINE EACH", snmpagent.Help())
	fmt.Fprintln(p.Stdout, "\nWith several walks an order is for all of them; NAME: ORDER is for one.")
}
