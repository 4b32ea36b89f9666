package agent

import (
	"cmp"
	"context"
	"slices"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view"
	"github.com/quorate/quorate/pipeline"
)

// Readings are by component and quantity.
func (r *reader) Readings(ctx context.Context, id device.ID) ([]view.Reading, error) {
	rows, err := r.a.store.Readings(ctx, id)
	return r.sideBySide(rows), err
}

func (r *reader) AllReadings(ctx context.Context) ([]view.Reading, error) {
	rows, err := r.a.store.AllReadings(ctx)
	return r.sideBySide(rows), err
}

// sideBySide puts what the sources read of the same thing together.
func (r *reader) sideBySide(rows []pipeline.ReadingRow) []view.Reading {
	type key struct {
		device              device.ID
		component, quantity string
	}
	at := map[key]int{}
	names := map[device.ID]string{}
	for _, d := range r.a.pipe.Devices(now()) {
		names[d.ID] = d.Name
	}
	out := []view.Reading{}
	for i := range rows {
		row := &rows[i]
		k := key{row.Device, row.Component, row.Quantity}
		n, ok := at[k]
		if !ok {
			name, known := names[row.Device]
			if !known {
				continue // merged or forgotten meanwhile
			}
			n = len(out)
			at[k] = n
			out = append(out, view.Reading{Device: device.Name{ID: row.Device, Name: name}, Component: row.Component, Quantity: row.Quantity})
		}
		out[n].Values = append(out[n].Values, view.ReadingValue{Source: row.Source, Ref: row.Ref, Value: row.Value, Unit: row.Unit, ObservedAt: row.ObservedAt})
	}
	for i := range out {
		slices.SortFunc(out[i].Values, func(a, b view.ReadingValue) int {
			return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Ref, b.Ref))
		})
	}
	slices.SortFunc(out, func(a, b view.Reading) int {
		return cmp.Or(device.CompareNames(a.Device.Name, b.Device.Name), cmp.Compare(a.Device.ID, b.Device.ID), device.CompareNames(a.Component, b.Component),
			cmp.Compare(a.Quantity, b.Quantity))
	})
	return out
}
