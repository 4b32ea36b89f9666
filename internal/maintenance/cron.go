package maintenance

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Cron is a schedule of five fields: minute, hour, day of the month, month, day of the week. Each is a list of numbers,
// ranges and steps, months and days of the week also by their first three letters, Sunday as 0 or 7. As in every cron,
// a day that is named in both ways counts where either fits.
//
// It is read on the wall clock of a time zone. A time that the change to summer time skips comes at the change, so that
// no window is left out; one that the change back doubles comes once, the first time.
type Cron struct {
	minute, hour, day, month, weekday uint64 // bit n stands for n
	eitherDay                         bool   // both days are named
}

// field is what one field of a Cron may hold.
type field struct {
	name   string
	lo, hi int
	words  []string // of lo and so on
}

var (
	monthWords   = []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}
	weekdayWords = []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}
)

// ParseCron reads a schedule such as "0 2 * * SUN". A schedule that never comes, such as one on 30 February, is an
// error.
func ParseCron(text string) (*Cron, error) {
	fields := strings.Fields(text)
	if len(fields) != 5 {
		return nil, fmt.Errorf("it has %d fields, a schedule has 5: minute, hour, day of the month, month, day of the week", len(fields))
	}
	c := &Cron{}
	var errs []error
	for i, f := range []struct {
		field
		set *uint64
	}{
		{field{"minute", 0, 59, nil}, &c.minute},
		{field{"hour", 0, 23, nil}, &c.hour},
		{field{"day of the month", 1, 31, nil}, &c.day},
		{field{"month", 1, 12, monthWords}, &c.month},
		{field{"day of the week", 0, 7, weekdayWords}, &c.weekday},
	} {
		var err error
		if *f.set, err = f.parse(fields[i]); err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if c.weekday&(1<<7) != 0 {
		c.weekday |= 1
	}
	c.eitherDay = fields[2][0] != '*' && fields[4][0] != '*'
	// The 29th of February comes again within eight years.
	if _, ok := c.Next(time.Date(2000, 3, 1, 0, 0, 0, 0, time.UTC), time.UTC); !ok {
		return nil, errors.New("no month has such a day: it never comes")
	}
	return c, nil
}

// parse returns the set of a field's values.
func (f field) parse(text string) (uint64, error) {
	var set uint64
	for part := range strings.SplitSeq(text, ",") {
		span, step, stepped := strings.Cut(part, "/")
		every := 1
		if stepped {
			n, err := strconv.Atoi(step)
			if err != nil || n < 1 || n > f.hi {
				return 0, fmt.Errorf("%s %q: a step is a number from 1 to %d", f.name, part, f.hi)
			}
			every = n
		}
		lo, hi := f.lo, f.hi
		if f.words != nil && f.lo == 0 {
			hi = len(f.words) - 1 // Sunday once
		}
		if span != "*" {
			from, to, ranged := strings.Cut(span, "-")
			var err error
			if lo, err = f.value(from); err != nil {
				return 0, err
			}
			switch {
			case ranged:
				if hi, err = f.value(to); err != nil {
					return 0, err
				}
			case !stepped:
				hi = lo
			}
			if hi < lo {
				return 0, fmt.Errorf("%s %q ends before it begins", f.name, part)
			}
		}
		for v := lo; v <= hi; v += every {
			set |= 1 << v
		}
	}
	return set, nil
}

func (f field) value(text string) (int, error) {
	if i := slices.Index(f.words, strings.ToUpper(text)); i >= 0 {
		return f.lo + i, nil
	}
	n, err := strconv.Atoi(text)
	if err == nil && n >= f.lo && n <= f.hi {
		return n, nil
	}
	if f.words != nil {
		return 0, fmt.Errorf("%s %q is none of %d to %d and %s", f.name, text, f.lo, f.hi, strings.Join(f.words, " "))
	}
	return 0, fmt.Errorf("%s %q is no number from %d to %d", f.name, text, f.lo, f.hi)
}

// far is how many days a schedule is looked for: the longest gap is that of a 29 February over a turn of the century.
const far = 8*366 + 31

// Next returns the first time of the schedule after the given one, on the clock of zone; false where there is none.
func (c *Cron) Next(after time.Time, zone *time.Location) (time.Time, bool) {
	y, m, d := after.In(zone).Date()
	for n := -1; n < far; n++ { // a change at midnight may belong to the day before
		day := time.Date(y, m, d+n, 0, 0, 0, 0, time.UTC)
		if !c.matches(day) {
			continue
		}
		for hour := range each(c.hour) {
			for minute := range each(c.minute) {
				if t := wall(day, hour, minute, zone); t.After(after) {
					return t, true
				}
			}
		}
	}
	return time.Time{}, false
}

// Latest returns the last time of the schedule that is not after the given one; false where there is none.
func (c *Cron) Latest(until time.Time, zone *time.Location) (time.Time, bool) {
	y, m, d := until.In(zone).Date()
	for n := 1; n > -far; n-- {
		day := time.Date(y, m, d+n, 0, 0, 0, 0, time.UTC)
		if !c.matches(day) {
			continue
		}
		var last time.Time
		for hour := range each(c.hour) {
			for minute := range each(c.minute) {
				if t := wall(day, hour, minute, zone); !t.After(until) {
					last = t
				}
			}
		}
		if !last.IsZero() {
			return last, true
		}
	}
	return time.Time{}, false
}

// matches reports whether the schedule has times on the day.
func (c *Cron) matches(day time.Time) bool {
	if c.month&(1<<day.Month()) == 0 {
		return false
	}
	byDate, byWeek := c.day&(1<<day.Day()) != 0, c.weekday&(1<<day.Weekday()) != 0
	if c.eitherDay {
		return byDate || byWeek
	}
	return byDate && byWeek
}

// each yields the members of a set in order.
func each(set uint64) func(func(int) bool) {
	return func(yield func(int) bool) {
		for ; set != 0; set &= set - 1 {
			if !yield(bits.TrailingZeros64(set)) {
				return
			}
		}
	}
}

// wall is the instant at which the clock of zone shows the time: the first of two, and where the clock never shows it
// the change that skips it.
func wall(day time.Time, hour, minute int, zone *time.Location) time.Time {
	t := time.Date(day.Year(), day.Month(), day.Day(), hour, minute, 0, 0, zone)
	begins, ends := t.ZoneBounds()
	shown := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC)
	wanted := time.Date(day.Year(), day.Month(), day.Day(), hour, minute, 0, 0, time.UTC)
	switch {
	case shown.After(wanted):
		return begins.In(zone)
	case shown.Before(wanted):
		return ends.In(zone)
	case begins.IsZero():
		return t
	}
	_, now := t.Zone()
	_, before := begins.Add(-time.Nanosecond).Zone()
	if first := t.Add(time.Duration(now-before) * time.Second); first.Before(begins) {
		return first
	}
	return t
}

// Covers reports whether windows of that length leave no time between them.
func (c *Cron) Covers(length time.Duration) bool {
	const enough = 11000 // every minute of a week and some more
	at, ok := c.Next(time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC), time.UTC)
	for range enough {
		next, more := c.Next(at, time.UTC)
		if !ok || !more || next.Sub(at) > length {
			return false
		}
		at = next
	}
	return true
}
