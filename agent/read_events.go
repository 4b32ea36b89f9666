package agent

import (
	"context"

	"github.com/quorate/quorate/device"
)

// EventsWhere searches the record, for a device under every id that it has stood under.
func (r *reader) EventsWhere(ctx context.Context, w device.EventWhich, limit int) (device.EventsFound, error) {
	var ids []device.ID
	for _, id := range w.Devices {
		for _, l := range r.lives(id) {
			ids = append(ids, l.ID)
		}
	}
	w.Devices = ids
	return r.a.store.EventsWhere(ctx, w, limit)
}
