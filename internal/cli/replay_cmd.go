package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/quorate/quorate/agent"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/pipeline"
)

const maxReplayLine = 256 << 20

type replayCmd struct {
	Config   []string `required:"" help:"Configuration file or folder." sep:"none" placeholder:"FILE"`
	JSON     bool     `name:"json" help:"Every event as a line of JSON."`
	State    bool     `help:"A last line with the state of all devices and sources."`
	Keep     string   `help:"Keep the record in this new folder, for quorate backtest --data." placeholder:"DIR"`
	Scenario string   `arg:"" help:"Snapshots as lines of JSON; - for standard input."`
}

// replayState is the last line of --state.
type replayState struct {
	Type    string                `json:"type"`
	Devices []device.Current      `json:"devices"`
	Sources []device.SourceStatus `json:"sources"`
}

// Run plays the scenario through the whole pipeline into a database, a temporary one unless it is to be kept. Nothing in it asks the clock, so two
// runs print the same bytes.
func (c *replayCmd) Run(ctx context.Context, p *Program) (err error) {
	cfg, err := agent.Load(c.Config, agent.LoadOptions{TrustModes: true, Lookup: func(string) (string, bool) { return "", true }})
	if err != nil {
		return err
	}
	in := io.Reader(p.Stdin)
	if c.Scenario != "-" {
		f, err := os.Open(c.Scenario)
		if err != nil {
			return failWith(exitUsage, fmt.Errorf("open the scenario: %w", err))
		}
		defer f.Close()
		in = f
	}
	dir, remove, err := c.folder()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	salt := ""
	st, err := store.Open(ctx, dir, store.Options{Salt: &salt, Temporary: true})
	if err != nil {
		return dataError(&agent.DataError{Err: err})
	}
	defer func() { err = errors.Join(err, st.Close()) }()

	out := bufio.NewWriter(p.Stdout)
	lines := &scenario{in: bufio.NewReaderSize(in, 1<<16), cfg: cfg, rejected: p.Stderr}
	plan := cfg.MaintenancePlan()
	settings := pipeline.Config{Identity: cfg.IdentityConfig(""), Consensus: cfg.ConsensusConfig(nil), Plan: plan.Due, PlanNames: plan.Names()}
	pipe, err := pipeline.Replay(ctx, settings, st, lines.next,
		func(events []device.Event) error { return c.print(out, events) })
	if err == nil && c.State {
		err = json.NewEncoder(out).Encode(replayState{Type: "state", Devices: pipe.Devices(lines.last), Sources: pipe.Sources(lines.last)})
	}
	return errors.Join(err, out.Flush())
}

// folder makes the folder for the record, and returns what is to be done with it in the end.
func (c *replayCmd) folder() (dir string, remove func() error, err error) {
	if c.Keep == "" {
		if dir, err = os.MkdirTemp("", "quorate-replay-"); err != nil {
			return "", nil, fmt.Errorf("make a temporary folder: %w", err)
		}
		return dir, func() error { return os.RemoveAll(dir) }, nil
	}
	if err := os.Mkdir(c.Keep, 0o700); err != nil {
		return "", nil, failWith(exitUsage, fmt.Errorf("--keep takes a folder that is not there yet: %w", err))
	}
	return c.Keep, func() error { return nil }, nil
}

func (c *replayCmd) print(w io.Writer, events []device.Event) error {
	for _, e := range events {
		var err error
		if c.JSON {
			err = json.NewEncoder(w).Encode(e)
		} else {
			_, err = fmt.Fprintf(w, "%s  %-18s  %s\n", e.At.UTC().Format(time.RFC3339), e.Type, printable(e.Text))
		}
		if err != nil {
			return fmt.Errorf("print an event: %w", err)
		}
	}
	return nil
}

// scenario reads a replay file line by line and names the line of every mistake.
type scenario struct {
	in   *bufio.Reader
	cfg  *agent.Config
	line int
	last time.Time
	// rejected hears of observations that are left out; the rest of their snapshot stands.
	rejected io.Writer
}

func (s *scenario) next() (device.Snapshot, error) {
	for {
		raw, err := s.readLine()
		if err != nil {
			return device.Snapshot{}, err
		}
		if len(bytes.TrimSpace(raw)) == 0 {
			continue
		}
		snapshot, err := device.DecodeSnapshot(raw)
		switch {
		case err != nil:
			return snapshot, s.bad("%s", printable(err.Error()))
		case snapshot.At.Before(s.last):
			return snapshot, s.bad("goes back in time: %s is before %s", snapshot.At.Format(time.RFC3339Nano), s.last.Format(time.RFC3339Nano))
		}
		if _, ok := s.cfg.Source(snapshot.Source); !ok && snapshot.Source != "" {
			return snapshot, s.bad("source %q is not in the configuration", printable(snapshot.Source))
		}
		for _, r := range snapshot.Rejected {
			fmt.Fprintf(s.rejected, "quorate: line %d: rejected the observation %q of %s: %s\n", s.line, printable(r.Ref), printable(r.Source), printable(r.Reason))
		}
		s.last = snapshot.At
		return snapshot, nil
	}
}

func (s *scenario) readLine() ([]byte, error) {
	var line []byte
	for {
		part, err := s.in.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > maxReplayLine {
			s.line++
			return nil, s.bad("is longer than %d bytes", maxReplayLine)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("read the scenario: %w", err)
		}
		if len(line) == 0 && err != nil {
			return nil, io.EOF
		}
		s.line++
		return line, nil
	}
}

func (s *scenario) bad(format string, args ...any) error {
	return failWith(exitUsage, fmt.Errorf("line %d: "+format, append([]any{s.line}, args...)...))
}
