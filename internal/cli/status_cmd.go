package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/quorate/quorate/agent"
	"github.com/quorate/quorate/device"
)

type statusCmd struct {
	readFlags
	JSON bool `name:"json" help:"The whole answer as JSON."`
}

// Run prints one screen. A degraded agent has an exit code of its own, so that a script needs to read nothing.
func (c *statusCmd) Run(ctx context.Context, p *Program) error {
	cl, cfg, err := c.client()
	if err != nil {
		return err
	}
	var s device.AgentStatus
	if err := cl.get(ctx, "/api/v1/status", nil, &s); err != nil {
		return err
	}
	if c.JSON {
		if err := p.printJSON(s); err != nil {
			return err
		}
	} else {
		p.printStatus(s, cfg, time.Now())
	}
	if s.State != device.AgentOK {
		return exitQuietly(exitLimited)
	}
	return nil
}

func (p *Program) printStatus(s device.AgentStatus, cfg *agent.Config, now time.Time) {
	fmt.Fprintf(p.Stdout, "%s: %s for %s\n", printable(s.Name), s.State, age(now.Sub(s.Since)))
	for _, l := range s.Limits {
		subject := ""
		if l.Subject != "" {
			subject = " (" + printable(l.Subject) + ")"
		}
		fmt.Fprintf(p.Stdout, "\n%s%s for %s: %s\n  %s\n", l.Limit, subject, age(now.Sub(l.Since)), printable(l.Text), printable(l.Advice))
	}
	fmt.Fprintln(p.Stdout)
	w := p.columns(p.Stdout)
	line := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%s\t"+format+"\n", append([]any{name}, args...)...)
	}
	line("version", "%s, running for %s", printable(s.Version), age(now.Sub(s.Started)))
	line("data folder", "%s", printable(cfg.DataDir))
	line("configuration", "%s", configLine(s.Config, now))
	line("sources", "%d up, %d blind, %d suspect", s.Sources.Up, s.Sources.Blind, s.Sources.Suspect)
	line("sinks", "%d ok, %d behind, %d failing", s.Sinks.OK, s.Sinks.Behind, s.Sinks.Failing)
	line("last event", "%d", s.LastSeq)
	commit := "none yet"
	if !s.LastCommit.IsZero() {
		took := time.Duration(s.LastCommitTook * float64(time.Second))
		commit = fmt.Sprintf("%s ago, took %s", age(now.Sub(s.LastCommit)), took.Round(100*time.Microsecond))
	}
	line("last commit", "%s", commit)
	line("waiting", "%s", plural(s.Waiting, "snapshot"))
	line("memory", "%d MiB", s.MemoryBytes>>20)
	_ = w.Flush()
}

// configLine says which configuration is in force, and why a newer one is not.
func configLine(c device.ConfigStatus, now time.Time) string {
	text := fmt.Sprintf("generation %d, loaded %s ago", c.Generation, age(now.Sub(c.LoadedAt)))
	if c.Error != "" {
		text += "; the last reload was refused: " + printable(c.Error)
	}
	return text
}
