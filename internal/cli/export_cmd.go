package cli

import (
	"bufio"
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

type exportCmd struct {
	recordFlags
	What   string `enum:"events,verdicts,observations,polls" default:"events" help:"What to export: ${enum}."`
	Since  string `help:"From this time on: RFC 3339, the local clock, or how long ago, such as -2d." placeholder:"TIME"`
	Until  string `help:"Up to this time, not included." placeholder:"TIME"`
	Source string `help:"Only what this source said, or what is about it." placeholder:"NAME"`
	File   string `arg:"" optional:"" help:"File to write; without it the lines are printed."`
}

// Run writes the record as JSON lines, from the database itself, beside a running agent or without one. It goes on behind
// damaged rows, says which they are and fails in the end.
func (c *exportCmd) Run(ctx context.Context, p *Program) error {
	span := store.Span{Source: c.Source}
	now := time.Now()
	for _, t := range []struct {
		flag, text string
		at         *time.Time
	}{{"--since", c.Since, &span.Since}, {"--until", c.Until, &span.Until}} {
		if t.text == "" {
			continue
		}
		at, err := parseWhen(t.text, now)
		if err != nil {
			return failWith(exitUsage, fmt.Errorf("%s %w", t.flag, err))
		}
		*t.at = at
	}
	dir, err := c.dir()
	if err != nil {
		return err
	}
	r, err := store.OpenReader(ctx, dir)
	if err != nil {
		return dataError(&agent.DataError{Err: err})
	}
	defer func() { _ = r.Close() }()
	damaged := 0
	span.Damaged = func(err error) {
		damaged++
		fmt.Fprintf(p.Stderr, "quorate: left out: %v\n", err)
	}
	if err := c.write(p.Stdout, func(w io.Writer) error { return c.export(ctx, r, span, w) }); err != nil {
		return recordError(err)
	}
	if damaged > 0 {
		return failWith(exitData, fmt.Errorf("%d damaged rows were left out", damaged))
	}
	return nil
}

// write hands the file, or the output, to fill. A file gets its name when it is complete.
func (c *exportCmd) write(stdout io.Writer, fill func(io.Writer) error) error {
	if c.File == "" {
		b := bufio.NewWriter(stdout)
		return errors.Join(fill(b), b.Flush())
	}
	part := c.File + ".part"
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(part) }() // nothing is left to remove after the rename
	b := bufio.NewWriter(f)
	if err := errors.Join(fill(b), b.Flush(), f.Close()); err != nil {
		return err
	}
	return os.Rename(part, c.File)
}

func (c *exportCmd) export(ctx context.Context, r *store.Reader, span store.Span, w io.Writer) error {
	enc := json.NewEncoder(w)
	switch c.What {
	case "verdicts":
		return r.EachVerdict(ctx, span, func(v device.Verdict) error { return enc.Encode(v) })
	case "observations":
		return r.EachObservation(ctx, span, func(o pipeline.ObservationRow) error { return enc.Encode(observationLine(o)) })
	case "polls":
		return r.EachPoll(ctx, span, func(x pipeline.Poll) error { return enc.Encode(pollLine(x)) })
	}
	return r.EachEvent(ctx, span, func(e device.Event) error { return enc.Encode(e) })
}

// exportedObservation is a line of --what observations.
type exportedObservation struct {
	Source string           `json:"source"`
	Ref    string           `json:"ref"`
	Device device.ID        `json:"device"`
	New    pipeline.Novelty `json:"new"`
	Late   bool             `json:"late,omitempty"`
	// ObservedAt is the source's time, RecordedAt that of the instant that judged it.
	ObservedAt  time.Time       `json:"observed_at,omitzero"`
	RecordedAt  time.Time       `json:"recorded_at"`
	Observation json.RawMessage `json:"observation"` // without readings
}

func observationLine(o pipeline.ObservationRow) exportedObservation {
	return exportedObservation{
		Source: o.Source, Ref: o.Ref, Device: o.Device, New: o.Novelty, Late: o.Late, ObservedAt: o.ObservedAt, RecordedAt: o.RecordedAt,
		Observation: o.Body,
	}
}

// exportedPoll is a line of --what polls.
type exportedPoll struct {
	Source      string    `json:"source"`
	Poll        uint64    `json:"poll,omitempty"`
	StartedAt   time.Time `json:"started_at,omitzero"`
	EndedAt     time.Time `json:"ended_at,omitzero"`
	At          time.Time `json:"at"`
	SourceClock time.Time `json:"source_clock,omitzero"`
	Error       string    `json:"error,omitempty"`
	Partial     bool      `json:"partial,omitempty"`
	Probe       bool      `json:"probe,omitempty"`
	Accepted    int       `json:"accepted"`
	Rejected    int       `json:"rejected,omitempty"`
}

func pollLine(p pipeline.Poll) exportedPoll {
	return exportedPoll{
		Source: p.Source, Poll: p.Number, StartedAt: p.Started, EndedAt: p.Ended, At: p.At, SourceClock: p.SourceClock, Error: p.Err,
		Partial: p.Partial, Probe: p.Probe, Accepted: p.Count, Rejected: p.Rejected,
	}
}
