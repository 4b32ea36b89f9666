package librenms

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	naive = "2006-01-02 15:04:05"
	// relearn is how long a learnt offset is believed. Summer time changes on the hour.
	relearn = time.Hour
	// learnFrom is how many devices are asked for at most: LibreNMS answers for guests of a known host with an error.
	learnFrom = 5
	// ahead is how far a measurement may lie before the server's clock; more is a wrong zone.
	ahead = 5 * time.Minute
)

// zone dates the API's times, which are local to LibreNMS' database and do not say so.
type zone struct {
	loc     *time.Location // configured; nil means that offset counts
	offset  time.Duration  // local minus UTC
	known   bool
	learned time.Time
}

// parse returns the instant of a time as the API writes it, or the zero time for none. In the hour that a clock goes
// through twice it takes the reading that lies closest to now.
func (z zone) parse(s string, now time.Time) time.Time {
	if s == "" || strings.HasPrefix(s, "0000") {
		return time.Time{}
	}
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return plausible(t.UTC())
	}
	t, err := time.Parse(naive, s)
	if err != nil {
		return time.Time{}
	}
	if z.loc == nil {
		t = t.Add(-z.offset)
		if hourAgo := t.Add(-time.Hour); t.After(now.Add(ahead)) && !hourAgo.After(now.Add(ahead)) {
			t = hourAgo
		}
		return plausible(t)
	}
	t, _ = time.ParseInLocation(naive, s, z.loc)
	for _, d := range []time.Duration{-time.Hour, time.Hour} {
		if other := t.Add(d); other.Format(naive) == s && other.Sub(now).Abs() < t.Sub(now).Abs() {
			t = other
		}
	}
	return plausible(t.UTC())
}

func plausible(t time.Time) time.Time {
	if t.Year() < 2000 {
		return time.Time{}
	}
	return t
}

// isNaive reports whether a time needs the zone to be dated.
func isNaive(s string) bool {
	_, err := time.Parse(naive, s)
	return err == nil
}

var errZone = errors.New(`LibreNMS' time zone cannot be learnt from its API: set "timezone" to that of its database, such as "Europe/Berlin"`)

// learn finds the offset by asking for a device whose times are already known without a zone: alone it has them in
// UTC. The list is a little older than the second answer, so a row may have been measured again in between. Another
// column or device then tells exactly; where none does, the nearest quarter of an hour is the offset, for no zone is
// finer. The last resort is the time at which a device was added, which never changes, but tells the offset of that day:
// in summer that of a winter's day is an hour off.
func learn(ctx context.Context, c client, rows []deviceRow, now time.Time) (zone, error) {
	rows = slices.DeleteFunc(slices.Clone(rows), func(d deviceRow) bool { return !isNaive(d.LastPolled.String()) && !isNaive(d.LastPing.String()) })
	slices.SortStableFunc(rows, func(a, b deviceRow) int { return cmp.Compare(newest(b), newest(a)) })
	var failed error
	var near, far *zone
	for _, row := range rows[:min(len(rows), learnFrom)] {
		one, err := c.device(ctx, row.DeviceID.String())
		if err != nil {
			if ctx.Err() != nil {
				return zone{}, err
			}
			failed = cmp.Or(failed, err)
			continue
		}
		for _, pair := range [][2]string{
			{row.LastPolled.String(), one.LastPolled.String()},
			{row.LastPing.String(), one.LastPing.String()},
			{row.LastDiscovery.String(), one.LastDiscovery.String()},
		} {
			offset, off, ok := between(pair[0], pair[1])
			z := zone{offset: offset, known: true, learned: now}
			switch {
			case ok && off == 0 && recent(pair[1], now):
				return z, nil
			case ok && off <= 7*time.Minute && near == nil:
				near = &z
			}
		}
		if offset, off, ok := between(row.Inserted.String(), one.Inserted.String()); ok && off == 0 && far == nil {
			far = &zone{offset: nearest(offset, newest(row), now), known: true, learned: now}
		}
	}
	switch {
	case near != nil:
		return *near, nil
	case far != nil:
		return *far, nil
	case failed != nil:
		return zone{}, fmt.Errorf("%w (%w)", errZone, failed)
	}
	return zone{}, errZone
}

// newest is the newest local time of a row. Such texts sort like the times that they stand for.
func newest(d deviceRow) string { return max(d.LastPolled.String(), d.LastPing.String()) }

// recent reports whether a time is of the day before now: an older one has the offset of its own date, which a change of
// the clocks may lie behind.
func recent(utc string, now time.Time) bool {
	t, err := time.Parse(time.RFC3339Nano, utc)
	return err == nil && now.Sub(t).Abs() < day
}

// nearest is the offset, or one of an hour more or less, at which the newest measurement lies closest to now.
func nearest(offset time.Duration, measured string, now time.Time) time.Duration {
	best := offset
	if t, err := time.Parse(naive, measured); err == nil {
		for _, o := range []time.Duration{offset - time.Hour, offset + time.Hour} {
			if t.Add(-o).Sub(now).Abs() < t.Add(-best).Sub(now).Abs() {
				best = o
			}
		}
	}
	return best
}

// between returns how far a local time lies from the same instant with a zone, to a quarter of an hour, and how much
// the two are apart beyond that.
func between(local, utc string) (offset, off time.Duration, ok bool) {
	l, err := time.Parse(naive, local)
	if err != nil {
		return 0, 0, false
	}
	u, err := time.Parse(time.RFC3339Nano, utc)
	if err != nil {
		return 0, 0, false
	}
	d := l.Sub(u.UTC())
	offset = d.Round(15 * time.Minute)
	return offset, (d - offset).Abs(), offset.Abs() <= 14*time.Hour
}
