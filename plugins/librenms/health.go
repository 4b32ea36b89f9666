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
	measured := map[string]time.Time{}
	for _, d := range devices {
		if r.managed(d) {
			measured[d.id] = d.polled
		}
	}
	found := map[string]*parts{}
	err := api.sensors(ctx, func(row sensorRow) {
		id := row.DeviceID.String()
		at, ok := measured[id]
		if !ok || row.Deleted.Bool() {
			return
		}
		if found[id] == nil {
			found[id] = &parts{}
		}
		found[id].take(row, at, r.step)
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
	class := row.Class.String()
	kind, quantity := class, classes[class]
	judged := device.State("")
	raw := ""
	sure := 1.0
	if class == "state" {
		table, known := states[row.Type.String()]
		if !known {
			return
		}
		kind = table.kind
		judged = table.states[int(value)]
		raw = fmt.Sprintf("%s=%d", row.Type.Name(), int(value))
	} else {
		if quantity.name == "" {
			return
		}
		kind = cmp.Or(quantity.kind, class)
		judged, raw = row.limits(value)
		if row.Custom.String() != "Yes" {
			// LibreNMS guessed these limits itself.
			sure = 0.5
		}
	}
	component := part(kind, label)
	if quantity.name != "" && len(p.readings) < maxSensors {
		factor := quantity.factor
		if factor == 0 {
			factor = 1
		}
		p.readings = append(p.readings, device.Reading{Component: component, Quantity: quantity.name, Value: value * factor, Unit: quantity.unit})
	}
	if alert := row.Alert; judged == "" || alert.IsSet() && !alert.Bool() {
		return
	}
	c := device.Claim{
		Facet: device.FacetHealth, Component: component, State: judged, Interval: device.Duration(step), ObservedAt: at, Raw: raw,
	}
	if sure != 1 {
		c.Confidence = &sure
	}
	p.claims = append(p.claims, c)
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
	runes := []rune(kind + ":" + label)
	return string(runes[:min(len(runes), device.MaxName)])
}
