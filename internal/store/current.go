package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/pipeline"
)

const queryReadings = `SELECT reading.source, reading.ref, component, quantity, value, unit, observed_at, reading.crc
	FROM binding CROSS JOIN reading ON reading.source = binding.source AND reading.ref = binding.ref
	WHERE binding.device = ? ORDER BY component, quantity, reading.source, reading.ref`

// Readings returns the latest readings of one device, of all refs that are bound to it now.
func (r *Reader) Readings(ctx context.Context, id device.ID) ([]pipeline.ReadingRow, error) {
	var rows []pipeline.ReadingRow
	err := r.each(ctx, r.t.reading, queryReadings, []any{string(id)}, func(c columns) error {
		rows = append(rows, pipeline.ReadingRow{
			Source: c.text(0), Ref: c.text(1), Device: id, Component: c.text(2), Quantity: c.text(3), Value: c.float(4), Unit: c.text(5),
			ObservedAt: c.time(6),
		})
		return nil
	})
	return rows, err
}

// Rejected is one thing that could not be processed, and when.
type Rejected struct {
	Number int64 // names it in the record
	At     time.Time
	device.Rejection
}

// Rejected returns the newest rejections, at most limit, in order.
func (r *Reader) Rejected(ctx context.Context, limit int) ([]Rejected, error) {
	var rows []Rejected
	err := r.each(ctx, r.t.rejected, r.t.rejected.selectAll("ORDER BY id DESC LIMIT ?"), []any{limit}, func(c columns) error {
		rows = append(rows, Rejected{Number: c.int(0), At: c.time(1), Rejection: device.Rejection{
			Source: c.text(2), Ref: c.text(3), Reason: c.text(4), Body: c.blob(5),
		}})
		return nil
	})
	slices.Reverse(rows)
	return rows, err
}

// Counts is how many rows the record has of each kind.
type Counts struct {
	Devices, Bindings                                         int64
	Observations, Polls, Instants, Events, Verdicts, Rejected int64
}

// Counts counts all rows; it reads much of a long record.
func (r *Reader) Counts(ctx context.Context) (Counts, error) {
	var n Counts
	err := r.db.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM identity_device), (SELECT count(*) FROM binding),
		(SELECT count(*) FROM observation), (SELECT count(*) FROM poll), (SELECT count(*) FROM instant), (SELECT count(*) FROM event),
		(SELECT count(*) FROM verdict), (SELECT count(*) FROM rejected)`).
		Scan(&n.Devices, &n.Bindings, &n.Observations, &n.Polls, &n.Instants, &n.Events, &n.Verdicts, &n.Rejected)
	if err != nil {
		return n, fmt.Errorf("count: %w", classify(err))
	}
	return n, nil
}

// The newest word of each ref that is bound to a device and is no late one, and late ones since.
const queryLatest = `SELECT observation.id, observation.source, observation.ref, observation.device, observed_at, recorded_at, novelty, late, print, observation.body,
	observation.crc FROM binding CROSS JOIN observation ON observation.source = binding.source AND observation.ref = binding.ref AND observation.id >= coalesce(
	(SELECT o.id FROM observation AS o WHERE o.source = binding.source AND o.ref = binding.ref AND o.late = 0 ORDER BY o.id DESC LIMIT 1), 0)
	ORDER BY binding.source, binding.ref`

// Alerts returns what the sources themselves report of their devices in their latest words, by source and ref. Of a
// device only the id is filled in.
func (r *Reader) Alerts(ctx context.Context) ([]device.ReportedAlert, error) {
	var out []device.ReportedAlert
	err := r.each(ctx, r.t.observation, queryLatest, nil, func(c columns) error {
		if c.int(7) == 1 {
			return nil
		}
		alerts, err := pipeline.ReportedIn(c.blob(9))
		for _, a := range alerts {
			out = append(out, device.ReportedAlert{
				Device: device.Name{ID: device.ID(c.text(3))}, Source: c.text(1), SourceRef: c.text(2), ObservedAt: c.time(4), Alert: a,
			})
		}
		return err
	})
	return out, err
}
