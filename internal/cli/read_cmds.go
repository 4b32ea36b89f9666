package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/quorate/quorate/agent"
	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/store"
)

type devicesCmd struct {
	configFlag
	JSON bool `name:"json" help:"A JSON list."`
}

func (c *devicesCmd) Run(ctx context.Context, p *Program) error {
	var devices []device.Current
	if err := c.list(ctx, "/api/v1/devices", &devices); err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(devices)
	}
	p.printDevices(devices, time.Now())
	return nil
}

// list asks the agent for everything under path: an object whose items are decoded into out.
func (c configFlag) list(ctx context.Context, path string, out any) error {
	cl, _, err := c.client()
	if err != nil {
		return err
	}
	answer := struct {
		Items any `json:"items"`
	}{out}
	return cl.get(ctx, path, nil, &answer)
}

func (p *Program) printJSON(v any) error {
	enc := json.NewEncoder(p.Stdout)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

type sourcesCmd struct {
	configFlag
	JSON bool `name:"json" help:"A JSON list."`
}

func (c *sourcesCmd) Run(ctx context.Context, p *Program) error {
	var sources []device.SourceStatus
	if err := c.list(ctx, "/api/v1/sources", &sources); err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(sources)
	}
	var devices []device.Current
	if err := c.list(ctx, "/api/v1/devices", &devices); err != nil {
		return err
	}
	p.printSources(sources, devices, time.Now())
	return nil
}

type eventsCmd struct {
	configFlag
	JSON  bool  `name:"json" help:"One event a line."`
	After int64 `help:"Only events behind this sequence number."`
	Limit int   `default:"0" help:"At most this many: from --after on, else the last ones. 0 means all with --after or --json, else 50."`
}

const eventsPage = 200

func (c *eventsCmd) Run(ctx context.Context, p *Program) error {
	cl, _, err := c.client()
	if err != nil {
		return err
	}
	if c.Limit < 0 {
		return failWith(exitUsage, fmt.Errorf("--limit is %d; it takes a number from 0", c.Limit))
	}
	after, limit := c.After, c.Limit
	if after == 0 && (limit > 0 || !c.JSON) {
		var v struct {
			LastSeq int64 `json:"last_seq"`
		}
		if err := cl.get(ctx, "/api/v1/version", nil, &v); err != nil {
			return err
		}
		after = max(0, v.LastSeq-int64(cmp.Or(limit, 50)))
	}
	enc := json.NewEncoder(p.Stdout)
	for shown := 0; ; {
		var page struct {
			Items []device.Event `json:"items"`
		}
		want := eventsPage
		if limit > 0 {
			want = min(want, limit-shown)
		}
		q := url.Values{"after": {strconv.FormatInt(after, 10)}, "limit": {strconv.Itoa(want)}}
		if err := cl.get(ctx, "/api/v1/events", q, &page); err != nil {
			return err
		}
		for _, e := range page.Items {
			after = e.Seq
			if !c.JSON {
				fmt.Fprintf(p.Stdout, "%6d  %s  %-18s  %s\n", e.Seq, e.At.Local().Format("2006-01-02 15:04:05"), e.Type, printable(e.Text))
				continue
			}
			if err := enc.Encode(e); err != nil {
				return fmt.Errorf("print an event: %w", err)
			}
		}
		shown += len(page.Items)
		if len(page.Items) < want || limit > 0 && shown >= limit {
			return nil
		}
	}
}

type explainCmd struct {
	configFlag
	Device string `arg:"" help:"Name, id or address."`
	At     string `help:"As of this time (RFC 3339) instead of now." placeholder:"TIME"`
	JSON   bool   `name:"json" help:"The stored record as JSON."`
}

func (c *explainCmd) Run(ctx context.Context, p *Program) error {
	q := url.Values{}
	at := time.Now().UTC()
	if c.At != "" {
		var err error
		if at, err = time.Parse(time.RFC3339, c.At); err != nil {
			return failWith(exitUsage, fmt.Errorf("--at %q is no time; it takes RFC 3339, such as 2026-01-01T00:00:00Z", c.At))
		}
		q.Set("at", at.UTC().Format(time.RFC3339Nano))
	}
	cl, cfg, err := c.client()
	if err != nil {
		return err
	}
	var v device.Verdict
	err = cl.get(ctx, "/api/v1/devices/"+url.PathEscape(c.Device)+"/explain", q, &v)
	if errors.Is(err, errNotRunning) {
		v, err = explainStored(ctx, cfg.DataDir, c.Device, at)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(v)
	}
	p.printVerdict(v)
	return nil
}

// explainStored reads the record itself: an agent that does not run can still be asked why.
func explainStored(ctx context.Context, dir, name string, at time.Time) (device.Verdict, error) {
	r, err := store.OpenReader(ctx, dir)
	if err != nil {
		return device.Verdict{}, dataError(&agent.DataError{Err: err})
	}
	defer func() { _ = r.Close() }()
	known, err := r.Identity(ctx)
	if err != nil {
		return device.Verdict{}, err
	}
	id, ok := known.Find(name)
	if !ok {
		return device.Verdict{}, fmt.Errorf("there is no device %q on record", name)
	}
	if _, merged := known.Devices[device.ID(name)]; merged {
		id = known.LivedAs(device.ID(name), at)
	}
	v, ok, err := r.VerdictAt(ctx, id, at)
	if err == nil && !ok {
		err = fmt.Errorf("no verdict on %q is on record before %s", name, at.Format(time.RFC3339))
	}
	return v, err
}

func (p *Program) printVerdict(v device.Verdict) {
	fmt.Fprintf(p.Stdout, "%s\n\n", printable(consensus.Explain(v)))
	well := 0
	p.table("SOURCE\tFACET\tSAYS\tCOUNTS\tCONFIDENCE\tFRESHNESS\tAGE\tITS OWN WORDS", func(w *tabwriter.Writer) {
		for _, vote := range v.Votes {
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
	fmt.Fprintf(p.Stdout, "\ndecided %s, since %s, event %d, configuration %s\n", v.DecidedAt.Local().Format("2006-01-02 15:04:05"),
		v.Since.Local().Format("2006-01-02 15:04:05"), v.Seq, v.ConfigHash)
}
