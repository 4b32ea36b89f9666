package sourcetest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// quantities holds the unit of each quantity, in UCUM.
func quantities() map[string]string {
	return map[string]string{
		"oper": "1", "admin": "1", "speed": "bit/s", "in_rate": "By/s", "out_rate": "By/s", "in_errors": "/s",
		"out_errors": "/s", "in_discards": "/s", "out_discards": "/s", "temperature": "Cel", "fan_speed": "rpm",
		"power": "W", "energy": "kW.h", "voltage": "V", "current": "A", "frequency": "Hz", "humidity": "%", "load": "%",
		"used": "By", "size": "By", "charge": "%", "runtime": "s", "uptime": "s", "clients": "1", "count": "1",
		"signal": "dBm", "poe_used": "W", "poe_available": "W", "state": "1", "response_time": "s",
	}
}

func components() []string {
	return []string{"port", "fan", "psu", "temperature", "disk", "raid", "volume", "memory", "cpu", "ap", "ups", "stack", "service"}
}

func validObservations(ctx context.Context, k *kit) error {
	p, err := k.configured(ctx, k.c.Config)
	if err != nil {
		return err
	}
	defer p.stop()
	polled, err := k.poll(ctx, p)
	if err != nil {
		return err
	}
	if len(polled.Rejected) > 0 {
		r := polled.Rejected[0]
		return fmt.Errorf("%d observations were rejected, the first, ref %q: %s", len(polled.Rejected), r.Ref, r.Reason)
	}
	now := time.Now()
	if c := polled.SourceClock; !c.IsZero() {
		now = c
	}
	var bad []error
	for _, o := range polled.Observations {
		if err := words(o, now); err != nil && len(bad) < 5 {
			bad = append(bad, fmt.Errorf("ref %q: %w", o.Ref, err))
		}
	}
	return errors.Join(bad...)
}

// words checks what the agent takes as it comes and yet cannot use: unknown words, units and kinds.
func words(o device.Observation, now time.Time) error {
	const slack = time.Minute
	future := func(at time.Time) bool { return at.After(now.Add(slack)) }
	if future(o.ObservedAt) {
		return fmt.Errorf("observed_at %v is in the future", o.ObservedAt)
	}
	if o.Abstain != "" && len(o.Claims) > 0 {
		return fmt.Errorf("it abstains (%s) and makes claims", o.Abstain)
	}
	for _, a := range o.Addresses {
		if _, err := netip.ParseAddr(a); err != nil {
			return fmt.Errorf("address %.80q is none", a)
		}
	}
	for _, m := range o.MACs {
		if _, err := net.ParseMAC(m); err != nil {
			return fmt.Errorf("mac %.80q is none", m)
		}
	}
	for i, c := range o.Claims {
		if err := component(c.Component); err != nil {
			return fmt.Errorf("claims[%d]: %w", i, err)
		}
		if future(c.ObservedAt) {
			return fmt.Errorf("claims[%d]: observed_at %v is in the future", i, c.ObservedAt)
		}
	}
	known := quantities()
	for i, r := range o.Readings {
		if err := component(r.Component); err != nil {
			return fmt.Errorf("readings[%d]: %w", i, err)
		}
		unit, ok := known[r.Quantity]
		if !ok {
			return fmt.Errorf("readings[%d]: unknown quantity %.80q", i, r.Quantity)
		}
		if r.Unit != unit {
			return fmt.Errorf("readings[%d]: %s is in %q, not in %.80q", i, r.Quantity, unit, r.Unit)
		}
	}
	for i, a := range o.Alerts {
		classes := []string{"reachability", "management", "interface", "storage", "environment", "power", "compute", "service", "other"}
		if !slices.Contains(classes, a.Class) {
			return fmt.Errorf("alerts[%d]: unknown class %.80q", i, a.Class)
		}
		if !slices.Contains([]string{"info", "warning", "critical"}, a.Severity) {
			return fmt.Errorf("alerts[%d]: unknown severity %.80q", i, a.Severity)
		}
		if future(a.Since) {
			return fmt.Errorf("alerts[%d]: since %v is in the future", i, a.Since)
		}
	}
	return nil
}

func component(c string) error {
	if c == "" {
		return nil
	}
	kind, label, ok := strings.Cut(c, ":")
	if !ok || label == "" || !slices.Contains(components(), kind) {
		return fmt.Errorf("component %.80q is not kind:label with a known kind", c)
	}
	return nil
}
