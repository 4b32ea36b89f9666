package chart

import "time"

// tick is one mark on a time axis.
type tick struct {
	at    time.Time
	label string
}

// steps are the distances of marks that people count in. Those of a day and more are in days, those of a month and
// more in months, for neither has always the same length.
var steps = []struct {
	every        time.Duration
	days, months int
}{
	{every: time.Second}, {every: 2 * time.Second}, {every: 5 * time.Second}, {every: 10 * time.Second}, {every: 15 * time.Second}, {every: 30 * time.Second},
	{every: time.Minute}, {every: 2 * time.Minute}, {every: 5 * time.Minute}, {every: 10 * time.Minute}, {every: 15 * time.Minute}, {every: 30 * time.Minute},
	{every: time.Hour}, {every: 2 * time.Hour}, {every: 3 * time.Hour}, {every: 6 * time.Hour}, {every: 12 * time.Hour},
	{days: 1}, {days: 2}, {days: 7}, {days: 14}, {months: 1}, {months: 2}, {months: 3}, {months: 6},
	{months: 12}, {months: 24}, {months: 60}, {months: 120}, {months: 240}, {months: 600}, {months: 1200},
}

// mostTicks is how many labels have room.
const mostTicks = 6

// ticks chooses the finest marks between two times that have room. They stand on whole steps of the wall clock in zone:
// on midnights where a day is cut, also where a clock is set forward or back.
func ticks(from, to time.Time, zone *time.Location) []tick {
	for _, s := range steps {
		if s.every > 0 && to.Sub(from)/s.every > mostTicks || s.days > 0 && to.Sub(from)/(24*time.Hour) > time.Duration(mostTicks*s.days) ||
			s.months > 0 && months(from, to) > mostTicks*s.months {
			continue
		}
		var out []tick
		for t := first(from.In(zone), s.every, s.days, s.months); !t.After(to) && len(out) <= 2*mostTicks; t = next(t, s.every, s.days, s.months) {
			if !t.Before(from) {
				out = append(out, tick{t, tickLabel(t, to.Sub(from), s.every, s.months)})
			}
		}
		if len(out) <= mostTicks {
			return out
		}
	}
	return nil
}

func months(from, to time.Time) int {
	return (to.Year()-from.Year())*12 + int(to.Month()) - int(from.Month())
}

// first is the last whole step that is not after t.
func first(t time.Time, every time.Duration, days, months int) time.Time {
	y, m, d := t.Date()
	switch {
	case months > 0:
		n := (y*12 + int(m) - 1) / months * months
		return time.Date(n/12, time.Month(n%12+1), 1, 0, 0, 0, 0, t.Location())
	case days > 0:
		return time.Date(y, m, d, 0, 0, 0, 0, t.Location())
	}
	midnight := time.Date(y, m, d, 0, 0, 0, 0, t.Location())
	return wall(midnight, t.Sub(midnight)/every*every)
}

// next is the next whole step. Steps within a day begin anew at each midnight.
func next(t time.Time, every time.Duration, days, months int) time.Time {
	y, m, d := t.Date()
	switch {
	case months > 0:
		return time.Date(y, m+time.Month(months), 1, 0, 0, 0, 0, t.Location())
	case days > 0:
		return time.Date(y, m, d+days, 0, 0, 0, 0, t.Location())
	}
	midnight := time.Date(y, m, d, 0, 0, 0, 0, t.Location())
	clock := time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second
	for clock += every - clock%every; ; clock += every {
		// Where the clock is set forward, an hour of the day does not exist; where it is set back, the first of two is taken.
		if n := wall(midnight, clock); n.After(t) {
			return n
		}
	}
}

// wall is the time at which the clock on the wall shows so much after midnight.
func wall(midnight time.Time, clock time.Duration) time.Time {
	y, m, d := midnight.Date()
	return time.Date(y, m, d, int(clock/time.Hour), int(clock%time.Hour/time.Minute), int(clock%time.Minute/time.Second), 0, midnight.Location())
}

// tickLabel tells what changes from mark to mark.
func tickLabel(t time.Time, span, every time.Duration, months int) string {
	midnight := t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0
	switch {
	case months >= 12:
		return t.Format("2006")
	case months > 0:
		return t.Format("Jan 06")
	case every == 0, midnight && span > 12*time.Hour:
		return t.Format("2 Jan")
	case every < time.Minute:
		return t.Format("15:04:05")
	}
	return t.Format("15:04")
}

// zoneName is what the clock is called at a time: a short name, or what it is ahead of UTC.
func zoneName(t time.Time) string {
	name, offset := t.Zone()
	if name == "" || len(name) > 5 || name[0] == '+' || name[0] == '-' {
		if offset == 0 {
			return "UTC"
		}
		return "UTC" + t.Format("-07:00")
	}
	return clean(name, maxLabel)
}
