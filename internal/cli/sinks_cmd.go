package cli

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/quorate/quorate/device"
)

type sinksCmd struct {
	readFlags
	JSON bool `name:"json" help:"A JSON list."`
}

func (c *sinksCmd) Run(ctx context.Context, p *Program) error {
	var sinks []device.SinkStatus
	if err := c.list(ctx, "/api/v1/sinks", &sinks); err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(sinks)
	}
	p.printSinks(sinks, time.Now())
	return nil
}

func (p *Program) printSinks(sinks []device.SinkStatus, now time.Time) {
	if len(sinks) == 0 {
		fmt.Fprintln(p.Stdout, "no sinks: the configuration has no sink block")
		return
	}
	p.table("SINK\tTYPE\tSTATE\tWAITING\tOLDEST\tDELIVERED\tDROPPED\tSET ASIDE\tWHAT IS WRONG", func(w *tabwriter.Writer) {
		for _, s := range sinks {
			oldest := "-"
			if !s.OldestWaiting.IsZero() {
				oldest = age(now.Sub(s.OldestWaiting))
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%d\t%d\t%d\t%s\n", printable(s.Name), s.Kind, s.State, s.Waiting, oldest, s.Delivered, s.Dropped,
				s.SetAside, printable(sinkTrouble(s, now)))
		}
	})
}

// sinkTrouble says since when a sink fails, why, and what comes next.
func sinkTrouble(s device.SinkStatus, now time.Time) string {
	var words []string
	if s.Blocks {
		words = append(words, "commits wait for it")
	}
	if s.Error != "" {
		words = append(words, fmt.Sprintf("for %s: %s", age(now.Sub(s.FailingSince)), s.Error))
	}
	if s.NextTry.After(now) {
		words = append(words, "tried again in "+age(s.NextTry.Sub(now)))
	}
	return strings.Join(words, "; ")
}
