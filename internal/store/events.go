package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/quorate/quorate/device"
)

// maxLooked bounds how many events one search looks at.
const maxLooked = 20_000

// EventsWhere searches the record, for devices by these very ids. It ends with limit events, or when it has looked at
// 20,000. What has to be looked for in the events themselves waits where others do that already: the rest of the page is
// not held up.
func (r *Reader) EventsWhere(ctx context.Context, which device.EventWhich, limit int) (device.EventsFound, error) {
	if which.Text != "" || which.Source != "" {
		select {
		case r.searching <- struct{}{}:
			defer func() { <-r.searching }()
		case <-ctx.Done():
			return device.EventsFound{}, ctx.Err()
		}
	}
	first, last := which.After, which.Before
	if last <= 0 {
		last = math.MaxInt64
	}
	order := "DESC"
	if which.Forward || which.After > 0 && which.Before <= 0 {
		order = "ASC"
	}
	query, args := "WHERE seq > ? AND seq < ? ", []any{first, last}
	if len(which.Devices) > 0 {
		query += "AND device IN (?" + strings.Repeat(", ?", len(which.Devices)-1) + ") "
		for _, id := range which.Devices {
			args = append(args, string(id))
		}
	}
	if !which.Since.IsZero() || !which.Until.IsZero() { // found by the index of the times
		query += "AND at >= ? AND at < ? "
		args = append(args, from(which.Since), to(which.Until))
	}
	var out device.EventsFound
	looked := 0
	err := r.each(ctx, r.t.event, r.t.event.selectAll(query+"ORDER BY seq "+order+" LIMIT ?"), append(args, maxLooked+1), func(c columns) error {
		if looked++; looked > maxLooked || len(out.Events) == limit {
			out.Enough = true
			return errEnough
		}
		seq := c.int(0)
		if out.Newest == 0 {
			out.Oldest = seq
		}
		out.Oldest, out.Newest = min(out.Oldest, seq), max(out.Newest, seq)
		if len(which.Types) > 0 && !slices.Contains(which.Types, device.EventType(c.text(2))) {
			return nil
		}
		var e device.Event
		if err := json.Unmarshal(c.blob(5), &e); err != nil {
			return fmt.Errorf("event %d: %w", seq, err)
		}
		if fits(&which, &e) {
			out.Events = append(out.Events, e)
		}
		return nil
	})
	slices.SortFunc(out.Events, func(a, b device.Event) int { return cmp.Compare(b.Seq, a.Seq) })
	return out, err
}

// fits looks at what has no column of its own.
func fits(w *device.EventWhich, e *device.Event) bool {
	return (w.Source == "" || e.Source == w.Source) && (w.Text == "" || strings.Contains(strings.ToLower(e.Text), strings.ToLower(w.Text)))
}
