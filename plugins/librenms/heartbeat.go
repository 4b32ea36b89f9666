package librenms

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// theirNow is the present by LibreNMS' clock, ours where it shows none.
func (s *Source) theirNow() time.Time {
	now := s.now()
	if theirs, ours, ok := s.api.http.Clock(); ok {
		now = theirs.Add(now.Sub(ours))
	}
	return now.UTC()
}

// date gives the devices their times and finds the heartbeat. A server whose newest measurement is old has a dead
// poller: all it says is frozen, and the poll fails.
func (s *Source) date(ctx context.Context, rows []deviceRow, r *round) ([]seen, error) {
	if !s.zone.known || s.zone.loc == nil && r.now.Sub(s.zone.learned).Abs() > relearn {
		if err := s.learn(ctx, rows, r.now); err != nil {
			return nil, err
		}
	}
	devices := dated(rows, s.zone, r)
	if alive(r) != nil && s.zone.loc == nil && !s.zone.learned.Equal(r.now) {
		// Summer time may just have begun or ended.
		if err := s.learn(ctx, rows, r.now); err != nil {
			return nil, err
		}
		devices = dated(rows, s.zone, r)
	}
	return devices, alive(r)
}

func (s *Source) learn(ctx context.Context, rows []deviceRow, now time.Time) error {
	if !slices.ContainsFunc(rows, func(d deviceRow) bool { return isNaive(d.LastPolled.String()) || isNaive(d.LastPing.String()) }) {
		return nil // There is nothing to date.
	}
	z, err := learn(ctx, s.api, rows, now)
	switch {
	case err == nil:
		s.zone = z
	case ctx.Err() != nil || !s.zone.known:
		return fmt.Errorf("learn the time zone: %w", advise(err))
	}
	return nil
}

func dated(rows []deviceRow, z zone, r *round) []seen {
	have := make(map[string]bool, len(rows))
	devices := make([]seen, 0, len(rows))
	r.heartbeat = time.Time{}
	for _, row := range rows {
		d := seen{row: row, id: row.DeviceID.Name(), polled: z.parse(row.LastPolled.String(), r.now), ping: z.parse(row.LastPing.String(), r.now)}
		d.addresses = polledAt(row)
		if have[d.id] {
			continue
		}
		have[d.id] = true
		if took, ok := row.PolledTook.Float(); ok && took > 0 && took < day.Seconds() {
			d.took = time.Duration(took * float64(time.Second))
		}
		if !d.disabled() {
			r.heartbeat = later(r.heartbeat, d.last())
		}
		devices = append(devices, d)
	}
	return devices
}

// alive returns why the heartbeat cannot be believed. No heartbeat at all is a server that is new.
func alive(r *round) error {
	age := r.now.Sub(r.heartbeat).Round(time.Second)
	switch {
	case r.heartbeat.IsZero():
		return nil
	case age > 3*r.step:
		return fmt.Errorf(`LibreNMS has measured nothing for %s (since %s): its poller is dead, or "step" (%s) or "timezone" is wrong`,
			age, r.heartbeat.Format(time.RFC3339), r.step)
	case age < -ahead:
		return fmt.Errorf(`LibreNMS' newest measurement (%s) lies %s ahead of its own clock: "timezone" is wrong`, r.heartbeat.Format(time.RFC3339), -age)
	}
	return nil
}
