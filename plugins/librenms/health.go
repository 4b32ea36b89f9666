package librenms

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// maxSensors bounds what one device's observation holds. Switches with 3,500 sensors exist.
const maxSensors = 1000

// health is what the sensors said when they were last read: once a step, since they change no faster.
type health struct {
	read   time.Time // by our clock
	parts  map[string]*parts
	failed bool
}

// parts are the claims and readings of one device's components.
type parts struct {
	ups      bool
	claims   []device.Claim
	readings []device.Reading
}

// refresh reads the sensors anew if a step has passed. A failure costs the sensors, not the poll: the old values stay
// with their old time until they are too old to count.
func (h *health) refresh(ctx context.Context, api client, now time.Time, r round, devices []seen) {
	if !h.read.IsZero() && now.Sub(h.read) < r.step {
		return
	}
	h.read = now
	// The devices are worth more than their sensors: leave time to hand them over.
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(deadline)/2)
		defer cancel()
	}
	measured, found := map[string]time.Time{}, map[string]*parts{}
	for _, d := range devices {
		if r.managed(d) {
			measured[d.id] = d.polled
			found[d.id] = &parts{ups: d.row.Type.String() == "power"}
		}
	}
	err := api.sensors(ctx, func(row sensorRow) {
		id := row.DeviceID.String()
		if at, ok := measured[id]; ok && !row.Deleted.Bool() {
			found[id].take(row, at, r.step)
		}
	})
	if err != nil {
		if !h.failed {
			slog.Warn("sensors cannot be read; health is not claimed", "err", fmt.Errorf("list sensors: %w", advise(err)).Error())
		}
		h.failed = true
		return
	}
	if h.failed {
		slog.Info("sensors can be read again")
	}
	h.failed = false
	for _, p := range found {
		p.settle()
	}
	h.parts = found
}

// add gives an observation the claims and readings of its components.
func (h *health) add(o *device.Observation, id string) {
	if p := h.parts[id]; p != nil {
		o.Claims = append(o.Claims, p.claims...)
		o.Readings = append(o.Readings, p.readings...)
	}
}

func (p *parts) take(row sensorRow, at time.Time, step time.Duration) {
	value, ok := row.Current.Float()
	label := row.Descr.Name()
	if !ok || label == "" {
		return
	}
	c := device.Claim{Facet: device.FacetHealth, Interval: device.Duration(step), ObservedAt: at}
	if row.Class.String() == "state" {
		table := states[row.Type.String()]
		c.State, c.Component = table.states[int(value)], part(table.kind, label)
		c.Raw = fmt.Sprintf("%s=%d", row.Type.Name(), int(value))
	} else {
		q := classes[row.Class.String()]
		if q.name == "" {
			return
		}
		if q.kind == electrical && p.ups {
			q.kind = "ups"
		}
		c.State, c.Raw = row.limits(value)
		c.Component = part(q.kind, label)
		if row.Custom.String() != "Yes" {
			// LibreNMS guessed these limits itself.
			doubt := 0.5
			c.Confidence = &doubt
		}
		if len(p.readings) < maxSensors {
			p.readings = append(p.readings, device.Reading{Component: c.Component, Quantity: q.name, Value: value * q.factor, Unit: q.unit})
		}
	}
	// A state that is not known here, and a sensor whose alerts are switched off, claim nothing.
	if c.State != "" && (!row.Alert.IsSet() || row.Alert.Bool()) {
		p.claims = append(p.claims, c)
	}
}

// limits judges a value by the sensor's limits. No limit at all is no judgement.
func (row sensorRow) limits(v float64) (device.State, string) {
	high, hasHigh := row.High.Float()
	highWarn, hasHighWarn := row.HighWarn.Float()
	low, hasLow := row.Low.Float()
	lowWarn, hasLowWarn := row.LowWarn.Float()
	switch {
	case !hasHigh && !hasHighWarn && !hasLow && !hasLowWarn:
		return "", ""
	case hasHigh && v > high:
		return device.StateCritical, "above sensor_limit"
	case hasLow && v < low:
		return device.StateCritical, "below sensor_limit_low"
	case hasHighWarn && v > highWarn:
		return device.StateWarning, "above sensor_limit_warn"
	case hasLowWarn && v < lowWarn:
		return device.StateWarning, "below sensor_limit_low_warn"
	}
	return device.StateOK, "within limits"
}

// settle leaves one claim a component, the worst, in a fixed order; of too many the good ones go.
func (p *parts) settle() {
	slices.SortStableFunc(p.claims, func(a, b device.Claim) int {
		return cmp.Or(cmp.Compare(a.Component, b.Component), cmp.Compare(badness(b.State), badness(a.State)))
	})
	p.claims = slices.CompactFunc(p.claims, func(a, b device.Claim) bool { return a.Component == b.Component })
	if len(p.claims) > maxSensors {
		slices.SortStableFunc(p.claims, func(a, b device.Claim) int { return cmp.Compare(badness(b.State), badness(a.State)) })
		p.claims = p.claims[:maxSensors]
	}
}

func badness(s device.State) int {
	switch s {
	case device.StateCritical:
		return 2
	case device.StateWarning:
		return 1
	}
	return 0
}

// part names a component, within the length that names may have.
func part(kind, label string) string {
	if kind == "" {
		return ""
	}
	runes := []rune(kind + ":" + label)
	return string(runes[:min(len(runes), device.MaxName)])
}
