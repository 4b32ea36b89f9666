package agent

import (
	"context"

	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/internal/view"
)

// EventsWhere searches the record, for a device under every id that it has stood under.
func (r *reader) EventsWhere(ctx context.Context, w view.EventWhich, limit int) (view.EventsFound, error) {
	which := store.EventWhich{
		Types: w.Types, Source: w.Source, Text: w.Text, Since: w.Since, Until: w.Until, Before: w.Before, After: w.After, Forward: w.Forward,
	}
	if w.Device != "" {
		for _, l := range r.lives(w.Device) {
			which.Devices = append(which.Devices, l.ID)
		}
	}
	found, err := r.a.store.EventsWhere(ctx, which, limit)
	return view.EventsFound(found), err
}
