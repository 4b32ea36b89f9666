package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/quorate/quorate/internal/host"
	"github.com/quorate/quorate/sdk"
)

type sourceCmd struct {
	Poll  sourcePollCmd  `cmd:"" help:"Start one source's plugin, poll once and print what it says."`
	Check sourceCheckCmd `cmd:"" help:"Say what one source finds, which devices it is a second witness of, and what would make it better."`
}

type sourcePollCmd struct {
	configFlag
	Name string `arg:"" help:"The source's name."`
	JSON bool   `name:"json" help:"One observation a line."`
}

func (c *sourcePollCmd) Run(ctx context.Context, p *Program) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	if cfg, err = cfg.Only(c.Name); err != nil {
		return failWith(exitUsage, err)
	}
	h, done, err := p.temporaryHost()
	if err != nil {
		return err
	}
	defer done()
	polled, err := cfg.PollOnce(ctx, h, p.types())
	if err != nil {
		return err
	}
	snapshot := polled[0].Snapshot
	if snapshot.Err != "" {
		return errors.New(saying(c.Name, snapshot.Err))
	}
	for _, r := range snapshot.Rejected {
		fmt.Fprintf(p.Stderr, "%s: rejected %q: %s\n", c.Name, r.Ref, printable(r.Reason))
	}
	if !c.JSON {
		p.printObservations(snapshot.Observations)
		return nil
	}
	enc := json.NewEncoder(p.Stdout)
	for _, o := range snapshot.Observations {
		if err := enc.Encode(o); err != nil {
			return fmt.Errorf("print an observation: %w", err)
		}
	}
	return nil
}

// types is the built-in sources by name, in order.
func (p *Program) types() []string { return slices.Sorted(maps.Keys(p.Builtin)) }

type pluginCmd struct {
	Type string `arg:"" help:"The built-in source to serve."`
}

func (c *pluginCmd) Run(p *Program) error {
	if c.Type == host.KeeperType {
		host.Keep(os.Stdin)
		return nil
	}
	source, ok := p.Builtin[c.Type]
	if !ok {
		return failWith(exitUsage, fmt.Errorf("there is no built-in source %q, only %q", c.Type, p.types()))
	}
	sdk.Serve(source())
	return nil
}
