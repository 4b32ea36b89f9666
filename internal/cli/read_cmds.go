package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/quorate/quorate/device"
)

type devicesCmd struct {
	readFlags
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

// list asks the agent for everything under path, page by page, and decodes the items into out.
func (c configFlag) list(ctx context.Context, path string, out any) error {
	cl, _, err := c.client()
	if err != nil {
		return err
	}
	items := []json.RawMessage{}
	q := url.Values{"limit": {strconv.Itoa(pageSize)}}
	for {
		var page struct {
			Items      []json.RawMessage `json:"items"`
			NextCursor string            `json:"next_cursor"`
		}
		if err := cl.get(ctx, path, q, &page); err != nil {
			return err
		}
		items = append(items, page.Items...)
		if page.NextCursor == "" {
			break
		}
		q.Set("cursor", page.NextCursor)
	}
	all, err := json.Marshal(items)
	if err == nil {
		err = json.Unmarshal(all, out)
	}
	if err != nil {
		return fmt.Errorf("read the agent's answer: %w", err)
	}
	return nil
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
	readFlags
	JSON    bool `name:"json" help:"A JSON list."`
	Plugins bool `help:"How the plugins' processes do, instead of how far the sources are believed."`
}

func (c *sourcesCmd) Run(ctx context.Context, p *Program) error {
	var sources []device.SourceStatus
	if err := c.list(ctx, "/api/v1/sources", &sources); err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(sources)
	}
	if c.Plugins {
		p.printPlugins(sources, time.Now())
		return nil
	}
	var devices []device.Current
	if err := c.list(ctx, "/api/v1/devices", &devices); err != nil {
		return err
	}
	p.printSources(sources, devices, time.Now())
	return nil
}

type eventsCmd struct {
	readFlags
	JSON  bool  `name:"json" help:"One event a line."`
	After int64 `help:"Only events behind this sequence number."`
	Limit int   `default:"0" help:"At most this many: from --after on, else the last ones. 0 means all with --after or --json, else 50."`
}

// pageSize is how many items are asked for at once.
const pageSize = 200

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
		want := pageSize
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
