package viewtest

import (
	"context"
	"slices"

	"github.com/quorate/quorate/device"
)

// EventsBefore returns those that were recorded on the device.
func (l *Lab) EventsBefore(_ context.Context, id device.ID, before int64, limit int) ([]device.Event, error) {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	var out []device.Event
	for _, e := range slices.Backward(l.AllEvents) {
		if e.Device != nil && e.Device.ID == id && (before == 0 || e.Seq < before) && len(out) < limit {
			out = append(out, e)
		}
	}
	return out, nil
}

// VerdictsBefore returns those of ByDevice.
func (l *Lab) VerdictsBefore(_ context.Context, id device.ID, before int64, limit int) ([]device.Verdict, error) {
	var out []device.Verdict
	for _, v := range l.ByDevice[id] {
		if (before == 0 || v.Seq < before) && len(out) < limit {
			out = append(out, v)
		}
	}
	return out, nil
}
