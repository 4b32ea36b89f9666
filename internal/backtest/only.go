package backtest

import (
	"errors"
	"fmt"
	"slices"

	"github.com/quorate/quorate/device"
)

// Only leaves in the report what is about these devices: by name, id, address or "source/ref". Totals and counts of
// events stay those of all. None leaves everything.
func (r *Report) Only(names []string) error {
	if len(names) == 0 {
		return nil
	}
	ids := map[device.ID]bool{}
	var errs []error
	for _, name := range names {
		found := r.find(name)
		if len(found) == 0 {
			errs = append(errs, fmt.Errorf("there is no device %q in that time", name))
		}
		for _, id := range found {
			ids[id] = true
		}
	}
	r.Differences = slices.DeleteFunc(r.Differences, func(d Difference) bool { return !ids[d.Device.ID] })
	r.Devices = slices.DeleteFunc(r.Devices, func(d Device) bool { return !ids[d.Device.ID] })
	return errors.Join(errs...)
}

// find looks in both courses, in which the device may have different ids, and at those that are gone by the end.
func (r *Report) find(name string) []device.ID {
	var ids []device.ID
	for _, v := range r.views {
		if c, ok := v.Device(name, r.Until); ok {
			ids = append(ids, c.ID)
		}
	}
	for _, d := range r.Devices {
		if string(d.Device.ID) == name || d.Device.Name == name {
			ids = append(ids, d.Device.ID)
		}
	}
	return ids
}
