package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/quorate/quorate/agent"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/backtest"
	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/pipeline"
)

type backtestCmd struct {
	Config []string `help:"Configuration to judge by: a file or folder. Without it, the settings of then." placeholder:"FILE" sep:"none"`
	Data   string   `help:"Data folder of the agent, in place of the configuration's." placeholder:"DIR"`
	Since  string   `default:"7d" help:"Begin so long ago (7d, 36h), or at a time (RFC 3339)." placeholder:"TIME"`
	Until  string   `help:"End so long ago, or at a time." placeholder:"TIME"`
	Device []string `help:"Only this device: name, id, address or source/ref. May be repeated." placeholder:"NAME" sep:"none"`
	JSON   bool     `name:"json" help:"Lines of JSON: a summary, then what would have been different."`
}

// Run judges the agent's record again. It only reads, and the agent may be running.
func (c *backtestCmd) Run(ctx context.Context, p *Program) error {
	saveTime()
	began := time.Now()
	o, dir, err := c.options(began)
	if err != nil {
		return err
	}
	r, err := store.OpenReader(ctx, dir)
	if err != nil {
		return dataError(&agent.DataError{Err: err})
	}
	defer func() { _ = r.Close() }()
	report, err := backtest.Run(ctx, r, o)
	switch {
	case errors.Is(err, store.ErrCorrupt):
		return dataError(&agent.DataError{Err: err})
	case err != nil:
		return fmt.Errorf("backtest of %s: %w", dir, err)
	}
	if err := report.Only(c.Device); err != nil {
		return err
	}
	took := time.Since(began)
	if c.JSON {
		return p.backtestJSON(report, took)
	}
	p.printBacktest(report, took)
	return nil
}

// saveTime collects garbage less often than Go does by itself: nobody else waits for the memory of a command. GOGC in
// the environment has the last word.
func saveTime() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}

func (c *backtestCmd) options(now time.Time) (backtest.Options, string, error) {
	var o backtest.Options
	dir := c.Data
	if dir == "" || len(c.Config) > 0 {
		paths, err := agent.FindConfig(c.Config)
		if err != nil {
			return o, "", err
		}
		cfg, err := agent.Load(paths, agent.LoadOptions{TrustModes: true, Lookup: environment})
		if err != nil {
			return o, "", err
		}
		if len(c.Config) > 0 {
			o.Settings = &pipeline.Config{Identity: cfg.IdentityConfig(""), Consensus: cfg.ConsensusConfig(nil)}
		}
		if dir == "" {
			dir = cfg.DataDir
		}
	}
	var err error
	if o.Since, err = moment("--since", c.Since, now); err != nil {
		return o, "", err
	}
	if o.Until, err = moment("--until", c.Until, now); err != nil {
		return o, "", err
	}
	if !o.Until.IsZero() && !o.Until.After(o.Since) {
		return o, "", failWith(exitUsage, fmt.Errorf("--until %s is not after --since %s", c.Until, c.Since))
	}
	return o, dir, nil
}

// environment does without what is not set: nothing is polled, so that no secret is needed.
func environment(name string) (string, bool) { return os.Getenv(name), true }

// moment reads how long ago, with days too, or a time; empty is none.
func moment(flag, s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t.UTC(), nil
	}
	days, rest := int64(0), s
	if before, after, ok := strings.Cut(s, "d"); ok {
		n, err := strconv.ParseInt(before, 10, 32)
		if err != nil || n < 0 {
			return time.Time{}, badMoment(flag, s)
		}
		days, rest = n, after
	}
	ago := time.Duration(days) * 24 * time.Hour
	if rest != "" {
		d, err := time.ParseDuration(rest)
		if err != nil || d < 0 {
			return time.Time{}, badMoment(flag, s)
		}
		ago += d
	}
	return now.Add(-ago).UTC(), nil
}

func badMoment(flag, s string) error {
	return failWith(exitUsage, fmt.Errorf("%s %q is neither how long ago, such as 7d or 36h, nor a time such as 2026-01-01T00:00:00Z", flag, s))
}

// backtestSummary is the first line of --json.
type backtestSummary struct {
	Type         string          `json:"type"`
	Same         bool            `json:"same"`
	Since        time.Time       `json:"since"`
	Until        time.Time       `json:"until"`
	Instants     int             `json:"instants"`
	Polls        int             `json:"polls"`
	Observations int             `json:"observations"`
	Other        bool            `json:"other_settings"`
	Differences  int             `json:"differences"`
	SameVerdicts int             `json:"same_verdicts"`
	Was          backtest.Totals `json:"recorded"`
	Would        backtest.Totals `json:"would_be"`
	Drift        backtest.Drift  `json:"drift"`
	Took         device.Duration `json:"took"`
}

func (p *Program) backtestJSON(r *backtest.Report, took time.Duration) error {
	enc := json.NewEncoder(p.Stdout)
	errs := []error{enc.Encode(backtestSummary{
		Type: "summary", Same: r.Same(), Since: r.Since, Until: r.Until, Instants: r.Instants, Polls: r.Polls, Observations: r.Observations,
		Other: r.Other, Differences: len(r.Differences), SameVerdicts: r.SameVerdicts, Was: r.Was, Would: r.Would, Drift: r.Drift, Took: device.Duration(took),
	})}
	for _, d := range r.Differences {
		errs = append(errs, enc.Encode(struct {
			Type string `json:"type"`
			backtest.Difference
		}{"difference", d}))
	}
	for _, d := range r.Devices {
		errs = append(errs, enc.Encode(struct {
			Type string `json:"type"`
			backtest.Device
		}{"device", d}))
	}
	for _, s := range r.Sources {
		errs = append(errs, enc.Encode(struct {
			Type string `json:"type"`
			backtest.Source
		}{"false_alarms", s}))
	}
	for _, e := range r.Events {
		errs = append(errs, enc.Encode(struct {
			Type string `json:"type"`
			backtest.Events
		}{"events", e}))
	}
	for _, n := range r.Notes {
		errs = append(errs, enc.Encode(map[string]string{"type": "note", "text": n}))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// shownDifferences is how many the terminal gets; --json has all.
const shownDifferences = 40

func (p *Program) printBacktest(r *backtest.Report, took time.Duration) {
	fmt.Fprintln(p.Stdout, backtestSentence(r))
	if r.Other {
		p.printDifferences(r)
		p.printTotals(r)
		p.printShares(r)
	}
	if d := r.Drift; d.Before+d.Inside > 0 {
		fmt.Fprintf(p.Stdout, "\nBy the settings of then this version of quorate makes %s otherwise than recorded (%d of them before the time asked for), first at %s:\n  recorded: %s\n  now:      %s\n",
			plural(d.Before+d.Inside, "event"), d.Before, d.At.Local().Format("2006-01-02 15:04:05"), excerpt(d.Recorded), excerpt(d.Now))
	}
	if len(r.Notes) > 0 {
		fmt.Fprintln(p.Stdout, "\nWhat the record cannot tell:")
		for _, n := range r.Notes {
			fmt.Fprintf(p.Stdout, "- %s\n", printable(n))
		}
	}
	fmt.Fprintf(p.Stdout, "\nJudged %s with %s in %s.\n", plural(r.Instants, "instant"), plural(r.Observations, "observation"), took.Round(time.Millisecond))
}

func excerpt(s string) string {
	const most = 300
	if s == "" {
		return "nothing"
	}
	if len(s) > most {
		s = s[:most] + "..."
	}
	return printable(strings.ToValidUTF8(s, ""))
}

// backtestSentence is what a person wants to know first.
func backtestSentence(r *backtest.Report) string {
	judged := fmt.Sprintf("%s of %s judged again", plural(r.Polls, "poll"), age(r.Until.Sub(r.Since)))
	if r.Same() {
		return fmt.Sprintf("no difference: %s, %s the same", judged, plural(r.SameVerdicts, "verdict"))
	}
	if len(r.Differences) == 0 {
		return fmt.Sprintf("no other status, but other events: %s, %d of %s the same", judged, r.SameVerdicts, plural(r.Was.Verdicts, "recorded verdict"))
	}
	return fmt.Sprintf("%s: %s, %d of %s the same, %s otherwise", plural(len(r.Differences), "difference"), judged, r.SameVerdicts,
		plural(r.Was.Verdicts, "recorded verdict"), plural(r.Would.Verdicts-r.SameVerdicts, "verdict"))
}

func (p *Program) printDifferences(r *backtest.Report) {
	if len(r.Differences) == 0 {
		return
	}
	fmt.Fprintln(p.Stdout)
	p.table("DEVICE\tFROM\tFOR\tRECORDED\tWOULD HAVE BEEN", func(w *tabwriter.Writer) {
		for _, d := range r.Differences[:min(len(r.Differences), shownDifferences)] {
			span := "-"
			if d.Kind != backtest.KindVerdict {
				span = age(d.Until.Sub(d.From))
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", printable(d.Device.Name), d.From.Local().Format("2006-01-02 15:04:05"), span, absent(d.Was), absent(d.Would))
		}
	})
	if n := len(r.Differences) - shownDifferences; n > 0 {
		fmt.Fprintf(p.Stdout, "and %d more: --json lists all\n", n)
	}
}

func absent(s string) string {
	if s == "" {
		return "(no such device)"
	}
	return printable(s)
}

func (p *Program) printTotals(r *backtest.Report) {
	fmt.Fprintln(p.Stdout)
	p.table("IN ALL\tRECORDED\tWOULD HAVE BEEN\tCHANGE", func(w *tabwriter.Writer) {
		for _, row := range []struct {
			name       string
			was, would device.Duration
		}{
			{"down", r.Was.Down, r.Would.Down}, {"unknown", r.Was.Unknown, r.Would.Unknown}, {"degraded", r.Was.Degraded, r.Would.Degraded},
			{"in dispute", r.Was.Disputed, r.Would.Disputed}, {"pending", r.Was.Pending, r.Would.Pending},
		} {
			was, would := time.Duration(row.was), time.Duration(row.would)
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", row.name, age(was), age(would), change(would-was))
		}
		counts := map[device.EventType]backtest.Events{}
		for _, e := range r.Events {
			counts[e.Type] = e
		}
		for _, row := range []struct {
			name       string
			was, would int
		}{
			{"verdicts", r.Was.Verdicts, r.Would.Verdicts}, {"notifications", r.Was.Notifications, r.Would.Notifications},
			{"disputes", counts[device.EventDisputeOpened].Was, counts[device.EventDisputeOpened].Would},
			{"incidents", counts[device.EventIncidentOpened].Was, counts[device.EventIncidentOpened].Would},
			{"times flapping", counts[device.EventFlappingStart].Was, counts[device.EventFlappingStart].Would},
		} {
			fmt.Fprintf(w, "%s\t%d\t%d\t%s\n", row.name, row.was, row.would, signed(row.would-row.was))
		}
	})
}

// printShares lists the devices and sources that would have fared otherwise.
func (p *Program) printShares(r *backtest.Report) {
	devices := slices.DeleteFunc(slices.Clone(r.Devices), func(d backtest.Device) bool {
		return !strings.Contains(shift(d.Was.Down, d.Would.Down)+shift(d.Was.Unknown, d.Would.Unknown)+shift(d.Was.Disputed, d.Would.Disputed), arrow)
	})
	if len(devices) > 0 {
		fmt.Fprintln(p.Stdout)
		p.table("DEVICE\tDOWN\tUNKNOWN\tIN DISPUTE", func(w *tabwriter.Writer) {
			for _, d := range devices {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", printable(d.Device.Name), shift(d.Was.Down, d.Would.Down), shift(d.Was.Unknown, d.Would.Unknown), shift(d.Was.Disputed, d.Would.Disputed))
			}
		})
	}
	events := slices.DeleteFunc(slices.Clone(r.Events), func(e backtest.Events) bool { return e.Same == e.Was && e.Same == e.Would })
	if len(events) > 0 {
		fmt.Fprintln(p.Stdout)
		p.table("EVENT\tRECORDED\tWOULD HAVE BEEN\tTHE SAME", func(w *tabwriter.Writer) {
			for _, e := range events {
				fmt.Fprintf(w, "%s\t%d\t%d\t%d\n", e.Type, e.Was, e.Would, e.Same)
			}
		})
	}
	sources := slices.DeleteFunc(slices.Clone(r.Sources), func(s backtest.Source) bool { return s.Was == s.Would })
	if len(sources) > 0 {
		fmt.Fprintln(p.Stdout)
		p.table("SOURCE\tFALSE ALARMS", func(w *tabwriter.Writer) {
			for _, s := range sources {
				fmt.Fprintf(w, "%s\t%d -> %d\n", printable(s.Source), s.Was, s.Would)
			}
		})
	}
}

const arrow = " -> "

// shift shows both sides where a person can see a difference.
func shift(was, would device.Duration) string {
	a, b := age(time.Duration(was)), age(time.Duration(would))
	if a == b {
		return a
	}
	return a + arrow + b
}

func change(d time.Duration) string {
	switch d = d.Round(time.Second); {
	case d < 0:
		return "-" + age(-d)
	case d > 0:
		return "+" + age(d)
	}
	return "-"
}

func signed(n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprintf("%+d", n)
}
