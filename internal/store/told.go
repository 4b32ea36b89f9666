package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/pipeline"
)

// The condition is that of the index, word for word: SQLite takes it by that.
const queryIncidents = `INDEXED BY event_incident WHERE type IN ('incident.opened', 'incident.changed', 'incident.closed') AND seq < ? ORDER BY seq DESC LIMIT ?`

// IncidentEvents returns the newest events of incidents before a sequence number, at most limit, newest first.
func (r *Reader) IncidentEvents(ctx context.Context, before int64, limit int) ([]device.Event, error) {
	return r.events(ctx, queryIncidents, before, limit)
}

const queryEventsOfWithin = "WHERE device = ? AND seq >= ? AND seq <= ? ORDER BY seq LIMIT ?"

// EventsOfWithin returns the events of one device from a sequence number to another, both included, at most limit, in
// order.
func (r *Reader) EventsOfWithin(ctx context.Context, id device.ID, from, to int64, limit int) ([]device.Event, error) {
	return r.events(ctx, queryEventsOfWithin, string(id), from, to, limit)
}

const querySeqAt = "WHERE at >= ? ORDER BY at, seq LIMIT 1"

// SeqAt returns the sequence number of the first event that is not older than at; false where there is none.
func (r *Reader) SeqAt(ctx context.Context, at time.Time) (int64, bool, error) {
	events, err := r.events(ctx, querySeqAt, at.UnixMicro())
	if err != nil || len(events) == 0 {
		return 0, false, err
	}
	return events[0].Seq, true, nil
}

// Turn is a change of a device's status.
type Turn struct {
	Seq      int64
	Device   device.ID
	At       time.Time
	From, To device.Status
}

const queryTurns = "WHERE seq > ? AND seq <= ? AND type = 'verdict.changed' ORDER BY seq"

// Turns returns the changes of all devices' statuses behind the event after, up to the event last, in order.
func (r *Reader) Turns(ctx context.Context, after, last int64) ([]Turn, error) {
	var out []Turn
	err := r.each(ctx, r.t.event, r.t.event.selectAll(queryTurns), []any{after, last}, func(c columns) error {
		var e struct{ From, To device.Status }
		if err := json.Unmarshal(c.blob(5), &e); err != nil {
			return err
		}
		out = append(out, Turn{Seq: c.int(0), Device: device.ID(c.text(4)), At: c.time(3), From: e.From, To: e.To})
		return nil
	})
	return out, err
}

const queryAllReadings = `SELECT reading.source, reading.ref, component, quantity, value, unit, observed_at, reading.crc
	FROM reading ORDER BY reading.source, reading.ref, component, quantity`

// AllReadings returns the latest readings of all refs that are bound to a device, by source, ref, component and quantity.
func (r *Reader) AllReadings(ctx context.Context) ([]pipeline.ReadingRow, error) {
	of := map[device.SourceRef]device.ID{}
	err := r.each(ctx, r.t.binding, r.t.binding.selectAll("WHERE device <> '' ORDER BY source, ref"), nil, func(c columns) error {
		of[device.SourceRef{Source: c.text(0), Ref: c.text(1)}] = device.ID(c.text(2))
		return nil
	})
	if err != nil {
		return nil, err
	}
	var rows []pipeline.ReadingRow
	err = r.each(ctx, r.t.reading, queryAllReadings, nil, func(c columns) error {
		row := pipeline.ReadingRow{
			Source: c.text(0), Ref: c.text(1), Component: c.text(2), Quantity: c.text(3), Value: c.float(4), Unit: c.text(5), ObservedAt: c.time(6),
		}
		var bound bool
		if row.Device, bound = of[device.SourceRef{Source: row.Source, Ref: row.Ref}]; bound {
			rows = append(rows, row)
		}
		return nil
	})
	return rows, err
}

// InstantAt returns the last instant that was judged up to a time; false where none is kept.
func (r *Reader) InstantAt(ctx context.Context, at time.Time) (time.Time, bool, error) {
	next, err := r.firstAt(ctx, r.t.instant, 1, at.Add(time.Microsecond))
	if err != nil {
		return time.Time{}, false, err
	}
	var instant time.Time
	err = r.each(ctx, r.t.instant, r.t.instant.selectAll("WHERE id < ? ORDER BY id DESC LIMIT 1"), []any{next}, func(c columns) error {
		instant = c.time(1)
		return nil
	})
	return instant, !instant.IsZero(), err
}
