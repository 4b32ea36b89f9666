package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/maintenance"
	"github.com/quorate/quorate/pipeline"
)

// lookAgain is how long the plan of maintenance waits at most before it looks at the clock: a machine that slept, or
// whose clock was set, must not miss a window.
const lookAgain = 30 * time.Second

// followPlan orders the windows of the configuration at their times, until ctx ends. What has begun is in the record, so
// a restart inside a window orders nothing, and one behind its beginning orders the rest.
func (a *Agent) followPlan(ctx context.Context) {
	nudge, end := a.pipe.Subscribe()
	defer end()
	failing := false
	for {
		at, plan := now(), a.generation().plan
		due := plan.Due(at, a.pipe.Mutes(plan.Names()))
		wait := lookAgain
		if next := plan.Boundary(at); !next.IsZero() {
			wait = min(wait, next.Sub(at))
		}
		if len(due) > 0 {
			err := a.pipe.Order(ctx, pipeline.Orders{Mutes: due})
			switch {
			case ctx.Err() != nil:
				return
			case err == nil:
				failing = false
				continue // what came of it may call for more
			case !failing:
				failing = true
				a.log.Warn("maintenance not ordered, trying again", "err", err)
			}
			wait = min(wait, time.Second)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		case <-nudge: // devices may be new
			timer.Stop()
		}
	}
}

// startOrder asks for maintenance of devices or groups, from now on.
type startOrder struct {
	Targets []string        `json:"targets"`
	For     device.Duration `json:"for"`
	Reason  string          `json:"reason"`
}

// orderAnswer says what an order came to: the devices, by name, and until when.
type orderAnswer struct {
	Devices []device.Name `json:"devices"`
	Until   time.Time     `json:"until,omitzero"`
	// Still are devices that another window keeps in maintenance.
	Still []device.Name `json:"still,omitempty"`
}

// maxMaintenance bounds a window that a person begins: one for longer is a device to be removed, or a mistake.
const maxMaintenance = 366 * 24 * time.Hour

func (a *Agent) startMaintenance(ctx context.Context, o startOrder) (orderAnswer, error) {
	d := time.Duration(o.For)
	if d <= 0 || d > maxMaintenance {
		return orderAnswer{}, &mistake{fmt.Sprintf("maintenance for %s: it takes a duration above zero and up to %d days", d, maxMaintenance/(24*time.Hour))}
	}
	if len(o.Targets) == 0 {
		return orderAnswer{}, &mistake{"maintenance of what? Name devices or groups"}
	}
	answer := orderAnswer{Until: now().Add(d)}
	var mutes []consensus.Mute
	var errs []error
	for _, target := range o.Targets {
		devices, name, err := a.resolve(target)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, n := range devices {
			mutes = append(mutes, consensus.Mute{
				Device: n.ID, Kind: device.OverlayMaintenance, On: true, Name: name, Reason: o.Reason, Until: answer.Until,
			})
			answer.Devices = append(answer.Devices, n)
		}
	}
	if len(errs) > 0 {
		return orderAnswer{}, &mistake{errors.Join(errs...).Error()}
	}
	answer.Devices = sorted(answer.Devices)
	return answer, a.pipe.Order(ctx, pipeline.Orders{Mutes: mutes})
}

// resolve returns the devices that a group or a device's name, id, address or ref stands for, and the name of the window
// that a person begins for it.
func (a *Agent) resolve(target string) ([]device.Name, string, error) {
	cfg := a.generation().cfg
	for _, g := range cfg.Groups {
		if g.Name != target {
			continue
		}
		members := map[string]bool{}
		for _, n := range cfg.members(g) {
			members[n] = true
		}
		var devices []device.Name
		for _, h := range a.pipe.Mutes(members) {
			if members[h.Device.Name] {
				devices = append(devices, h.Device)
			}
		}
		if len(devices) == 0 {
			return nil, "", fmt.Errorf("no device of the group %q is known yet", target)
		}
		return devices, g.Name, nil
	}
	d, err := a.deviceNamed(target)
	if err != nil {
		if groups := a.groupNames(); len(groups) > 0 {
			return nil, "", &mistake{fmt.Sprintf("%s The groups are %q.", err, groups)}
		}
		return nil, "", err
	}
	return []device.Name{d}, d.Name, nil
}

// deviceNamed finds a device as every command names it.
func (a *Agent) deviceNamed(name string) (device.Name, error) {
	at := now()
	if d, ok := a.pipe.Device(name, at); ok {
		return device.Name{ID: d.ID, Name: d.Name}, nil
	}
	var names []string
	for _, d := range a.pipe.Devices(at) {
		names = append(names, d.Name)
	}
	return device.Name{}, fmt.Errorf("there is no device %q.%s", name, suggestion(name, append(names, a.groupNames()...)))
}

func (a *Agent) groupNames() []string {
	names := []string{}
	for _, g := range a.generation().cfg.Groups {
		names = append(names, g.Name)
	}
	return names
}

// endOrder asks to end windows of a name, or all of a device.
type endOrder struct {
	Target string `json:"target"`
	Reason string `json:"reason"`
}

func (a *Agent) endMaintenance(ctx context.Context, o endOrder) (orderAnswer, error) {
	var answer orderAnswer
	var mutes []consensus.Mute
	d, notFound := a.deviceNamed(o.Target)
	for _, h := range a.pipe.Mutes(nil) {
		var ends, stays []consensus.Mute
		for _, m := range h.Mutes {
			if m.Kind != device.OverlayMaintenance || m.Ended {
				continue
			}
			off := consensus.Mute{Device: h.Device.ID, Kind: m.Kind, Name: m.Name, Reason: o.Reason}
			if m.Name == o.Target || notFound == nil && h.Device.ID == d.ID {
				ends = append(ends, off)
			} else {
				stays = append(stays, off)
			}
		}
		if len(ends) == 0 {
			continue
		}
		mutes = append(mutes, ends...)
		answer.Devices = append(answer.Devices, h.Device)
		if len(stays) > 0 {
			answer.Still = append(answer.Still, h.Device)
		}
	}
	switch {
	case len(mutes) > 0:
		return answer, a.pipe.Order(ctx, pipeline.Orders{Mutes: mutes})
	case notFound == nil:
		return answer, &mistake{d.Name + " is not in maintenance"}
	case slices.ContainsFunc(a.generation().plan, func(w maintenance.Window) bool { return w.Name == o.Target }):
		return answer, &mistake{fmt.Sprintf("no device is in the maintenance %q now", o.Target)}
	}
	return answer, &mistake{fmt.Sprintf("no maintenance is called %q, and %s", o.Target, notFound)}
}

// acknowledgeOrder says that somebody knows of a device's problem, or no longer.
type acknowledgeOrder struct {
	Device string `json:"device"`
	Reason string `json:"reason"`
	Clear  bool   `json:"clear"`
}

func (a *Agent) acknowledge(ctx context.Context, o acknowledgeOrder) (orderAnswer, error) {
	d, err := a.deviceNamed(o.Device)
	if err != nil {
		return orderAnswer{}, &mistake{err.Error()}
	}
	if o.Clear && !slices.ContainsFunc(a.pipe.Mutes(nil), func(h consensus.Held) bool {
		return h.Device.ID == d.ID && slices.ContainsFunc(h.Mutes, func(m device.Mute) bool { return m.Kind == device.OverlayAcknowledged })
	}) {
		return orderAnswer{}, &mistake{d.Name + " is not acknowledged"}
	}
	m := consensus.Mute{Device: d.ID, Kind: device.OverlayAcknowledged, On: !o.Clear, Reason: o.Reason}
	return orderAnswer{Devices: []device.Name{d}}, a.pipe.Order(ctx, pipeline.Orders{Mutes: []consensus.Mute{m}})
}

// maintenanceAt lists the windows that are open or will come: those of the configuration in its order, then those that
// people began.
func (a *Agent) maintenanceAt(at time.Time) []device.Maintenance {
	g := a.generation()
	held := a.pipe.Mutes(g.plan.Names())
	list := []device.Maintenance{}
	at = at.UTC()
	for i := range g.plan {
		w := &g.plan[i]
		m := device.Maintenance{Name: w.Name, Reason: w.Reason, Scheduled: true, Schedule: g.cfg.Maintenance[i].Schedule, Devices: []device.Name{}}
		if w.Cron != nil {
			m.Timezone = g.cfg.Maintenance[i].Timezone
		}
		m.NextStart, m.NextEnd = nextWindow(w, at)
		until, open := w.Active(at)
		if !open && m.NextStart.IsZero() {
			continue // it was once
		}
		m.Unknown = slices.DeleteFunc(slices.Clone(w.Devices), func(n string) bool {
			return slices.ContainsFunc(held, func(h consensus.Held) bool { return h.Device.Name == n })
		})
		for _, h := range held {
			if slices.Contains(w.Devices, h.Device.Name) {
				m.Devices = append(m.Devices, h.Device)
			}
			for _, held := range h.Mutes {
				if held.Kind == device.OverlayMaintenance && held.Name == w.Name && held.Scheduled && at.Before(held.Until) {
					m.Active = m.Active || !held.Ended
					m.Since, m.Until = held.Since, until
				}
			}
		}
		list = append(list, m)
	}
	return append(list, byHand(held, at)...)
}

func nextWindow(w *maintenance.Window, at time.Time) (start, end time.Time) {
	if s, e, ok := w.Next(at); ok {
		return s, e
	}
	return time.Time{}, time.Time{}
}

// byHand groups what people began by the name of the window.
func byHand(held []consensus.Held, at time.Time) []device.Maintenance {
	var list []device.Maintenance
	for _, h := range held {
		for _, m := range h.Mutes {
			if m.Kind != device.OverlayMaintenance || m.Scheduled || m.Ended || !m.Until.IsZero() && !at.Before(m.Until) {
				continue
			}
			i := slices.IndexFunc(list, func(o device.Maintenance) bool { return o.Name == m.Name && o.Until.Equal(m.Until) })
			if i < 0 {
				i = len(list)
				list = append(list, device.Maintenance{Name: m.Name, Reason: m.Reason, Active: true, Since: m.Since, Until: m.Until})
			}
			list[i].Devices = append(list[i].Devices, h.Device)
		}
	}
	slices.SortStableFunc(list, func(a, b device.Maintenance) int { return device.CompareNames(a.Name, b.Name) })
	return list
}

// sorted puts names in order, each once.
func sorted(names []device.Name) []device.Name {
	slices.SortFunc(names, func(a, b device.Name) int { return device.CompareNames(a.Name, b.Name) })
	return slices.Compact(names)
}
