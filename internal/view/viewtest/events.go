package viewtest

import (
	"context"
	"slices"
	"strings"

	"github.com/quorate/quorate/device"
)

// EventsWhere searches AllEvents as the record is searched.
func (l *Lab) EventsWhere(_ context.Context, w device.EventWhich, limit int) (device.EventsFound, error) {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	var out device.EventsFound
	all := slices.Clone(l.AllEvents)
	forward := w.Forward || w.After > 0 && w.Before <= 0
	if !forward {
		slices.Reverse(all)
	}
	for _, e := range all {
		if e.Seq <= w.After || w.Before > 0 && e.Seq >= w.Before {
			continue
		}
		if len(out.Events) == limit {
			out.Enough = true
			break
		}
		if out.Newest == 0 {
			out.Oldest = e.Seq
		}
		out.Oldest, out.Newest = min(out.Oldest, e.Seq), max(out.Newest, e.Seq)
		if fits(&w, &e) {
			out.Events = append(out.Events, e)
		}
	}
	if forward {
		slices.Reverse(out.Events)
	}
	return out, nil
}

func fits(w *device.EventWhich, e *device.Event) bool {
	return (len(w.Types) == 0 || slices.Contains(w.Types, e.Type)) &&
		(len(w.Devices) == 0 || e.Device != nil && slices.Contains(w.Devices, e.Device.ID)) && (w.Source == "" || e.Source == w.Source) &&
		(w.Text == "" || strings.Contains(strings.ToLower(e.Text), strings.ToLower(w.Text))) &&
		(w.Since.IsZero() || !e.At.Before(w.Since)) && (w.Until.IsZero() || e.At.Before(w.Until))
}
