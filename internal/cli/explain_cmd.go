package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/quorate/quorate/agent"
	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/pipeline"
)

type explainCmd struct {
	readFlags
	Device string `arg:"" help:"Name, id or address."`
	At     string `help:"As of this time: RFC 3339, the local clock (14:05, 2026-01-01 14:05), or how long ago (-2h, 3d)." placeholder:"TIME"`
	JSON   bool   `name:"json" help:"The stored record as JSON; with --at also how the device stood then."`
}

// Run asks the running agent how a device stands now, and the record itself about any other time, or where no agent
// runs.
func (c *explainCmd) Run(ctx context.Context, p *Program) error {
	now := time.Now()
	at := now
	if c.At != "" {
		var err error
		if at, err = parseWhen(c.At, now); err != nil {
			return failWith(exitUsage, fmt.Errorf("--at %w", err))
		}
	}
	cl, cfg, err := c.client()
	if err != nil {
		return err
	}
	var e device.Explanation
	if c.At == "" {
		err = cl.get(ctx, "/api/v1/devices/"+url.PathEscape(c.Device)+"/explain", nil, &e)
		if errors.Is(err, errNotRunning) {
			e, err = explainStored(ctx, cfg.DataDir, c.Device, time.Time{})
		}
	} else {
		e, err = explainStored(ctx, cfg.DataDir, c.Device, at)
		if errors.Is(err, fs.ErrPermission) {
			q := url.Values{"at": {at.UTC().Format(time.RFC3339Nano)}}
			err = cl.get(ctx, "/api/v1/devices/"+url.PathEscape(c.Device)+"/explain", q, &e)
		}
	}
	switch {
	case err != nil:
		return err
	case c.JSON && c.At == "":
		return p.printJSON(e.Verdict)
	case c.JSON:
		return p.printJSON(e)
	}
	p.printExplanation(&e)
	return nil
}

// parseWhen reads a time as a person gives it, at now.
func parseWhen(text string, now time.Time) (time.Time, error) {
	text = strings.TrimSpace(text)
	if ago, ok := strings.CutSuffix(text, " ago"); ok {
		text = "-" + strings.ReplaceAll(ago, " ", "")
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	if d, err := parseSpan(strings.TrimPrefix(text, "-")); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	for _, form := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		if at, err := time.ParseInLocation(form, text, now.Location()); err == nil {
			return at, nil
		}
	}
	for _, form := range []string{"15:04:05", "15:04"} {
		t, err := time.Parse(form, text)
		if err != nil {
			continue
		}
		at := time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), t.Second(), 0, now.Location())
		if at.After(now) { // it was yesterday
			at = time.Date(now.Year(), now.Month(), now.Day()-1, t.Hour(), t.Minute(), t.Second(), 0, now.Location())
		}
		return at, nil
	}
	return time.Time{}, fmt.Errorf("%q is no time; it takes RFC 3339, such as 2026-01-01T00:00:00Z, the local clock, such as 14:05 or \"2026-01-01 14:05\", or how long ago, such as -2h", text)
}

// explainStored reads the record itself: an agent that does not run can still be asked why. A zero time is that of the
// last instant.
func explainStored(ctx context.Context, dir, name string, at time.Time) (device.Explanation, error) {
	r, err := store.OpenReader(ctx, dir)
	if err != nil {
		if errors.Is(err, fs.ErrPermission) {
			return device.Explanation{}, fmt.Errorf("the record in %s: %w", dir, err)
		}
		return device.Explanation{}, dataError(&agent.DataError{Err: err})
	}
	defer func() { _ = r.Close() }()
	known, err := r.Identity(ctx)
	if err != nil {
		return device.Explanation{}, err
	}
	id, isKnown := known.Find(name)
	if _, merged := known.Devices[device.ID(name)]; merged && !at.IsZero() {
		id = known.LivedAs(device.ID(name), at)
	}

	then := r.Present
	if !at.IsZero() {
		then = func(ctx context.Context) (*pipeline.View, time.Time, error) { return r.Past(ctx, at) }
	}
	view, last, missing := then(ctx)
	if missing != nil && !errors.Is(missing, store.ErrNoBasis) {
		return device.Explanation{}, missing
	}
	var stand *device.Current
	if missing == nil {
		c, ok := view.Device(name, last)
		if !ok && isKnown {
			c, ok = view.Device(string(id), last)
		}
		if ok {
			stand, id, isKnown = &c, c.ID, true
		}
	}
	if !isKnown {
		return device.Explanation{}, fmt.Errorf("there is no device %q on record", name)
	}
	until := at
	if at.IsZero() {
		until = last
	}
	v, given, err := r.VerdictAt(ctx, id, until)
	switch {
	case err != nil:
		return device.Explanation{}, err
	case !given && stand == nil:
		return device.Explanation{}, fmt.Errorf("nothing on %q is on record before %s", name, until.Format(time.RFC3339))
	case !given:
		v = consensus.AsVerdict(*stand)
	}
	e := device.Explanation{Text: consensus.Explain(v), Verdict: v}
	switch {
	case missing != nil:
		e.Missing = "how it stood then is no longer on record: " + missing.Error()
	case stand == nil:
		e.Missing = "it was not known then"
	default:
		e.At, e.Stand, e.Now = last, stand, view.Stand(id, v, last)
		if gap := at.Sub(last); !at.IsZero() && gap > pipeline.JumpLimit {
			e.Missing = fmt.Sprintf("nothing was judged in the %s before %s", age(gap), at.UTC().Format(time.RFC3339))
		}
	}
	return e, nil
}

func (p *Program) printExplanation(e *device.Explanation) {
	fmt.Fprintln(p.Stdout, printable(e.Text))
	if e.Now != "" {
		fmt.Fprintln(p.Stdout, printable(e.Now))
	}
	if e.Missing != "" {
		fmt.Fprintf(p.Stdout, "(%s)\n", printable(e.Missing))
	}
	fmt.Fprintln(p.Stdout)
	p.printVotes(e.Votes)
	if e.Seq > 0 {
		fmt.Fprintf(p.Stdout, "\ndecided %s, since %s, event %d, configuration %s\n", e.DecidedAt.Local().Format(clockForm),
			e.Since.Local().Format(clockForm), e.Seq, e.ConfigHash)
	}
	if e.Stand == nil || e.Seq == 0 {
		return
	}
	fmt.Fprintf(p.Stdout, "\nThe votes at %s:\n", e.At.Local().Format(clockForm))
	p.printVotes(e.Stand.Votes)
}

// printVotes leaves out that parts are well, which would bury the rest.
func (p *Program) printVotes(votes []device.Vote) {
	if len(votes) == 0 {
		fmt.Fprintln(p.Stdout, "nobody votes")
		return
	}
	well := 0
	p.table("SOURCE\tFACET\tSAYS\tCOUNTS\tCONFIDENCE\tFRESHNESS\tAGE\tITS OWN WORDS", func(w *tabwriter.Writer) {
		for _, vote := range votes {
			if vote.Facet == device.FacetHealth && vote.State == device.StateOK {
				well++
				continue
			}
			counts := strconv.FormatFloat(vote.Weight, 'f', 2, 64)
			if vote.Abstain != "" {
				counts = "no: " + string(vote.Abstain)
			}
			facet := string(vote.Facet)
			if vote.Component != "" {
				facet += " " + vote.Component
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%.2f\t%.2f\t%s\t%s\n", printable(vote.Source), printable(facet), vote.State, counts,
				vote.Confidence, vote.Freshness, age(time.Duration(vote.Age)), printable(vote.Raw))
		}
	})
	if well > 0 {
		fmt.Fprintf(p.Stdout, "and %d votes that parts are well (--json lists them)\n", well)
	}
}
