package maintenance

import "time"

// Window is one maintenance block: a schedule, or one time from Start to End.
type Window struct {
	Name, Reason string
	// Devices are the names of those that it covers, in order.
	Devices []string

	// Cron, where it is not nil, begins windows of the Duration on the wall clock of Zone. A window lasts its duration
	// in real time, whatever the clocks do meanwhile.
	Cron     *Cron
	Zone     *time.Location
	Duration time.Duration

	Start, End time.Time
}

// Active returns when the window that is open at a time ends; false where none is. Of a schedule whose windows overlap
// it is the one that began last.
func (w *Window) Active(at time.Time) (until time.Time, ok bool) {
	if w.Cron == nil {
		return w.End, !at.Before(w.Start) && at.Before(w.End)
	}
	began, ok := w.Cron.Latest(at, w.Zone)
	if !ok {
		return time.Time{}, false
	}
	until = began.Add(w.Duration).UTC()
	return until, at.Before(until)
}

// Next returns the first window that begins after a time; false where there is none.
func (w *Window) Next(after time.Time) (start, end time.Time, ok bool) {
	if w.Cron == nil {
		return w.Start, w.End, w.Start.After(after)
	}
	if start, ok = w.Cron.Next(after, w.Zone); !ok {
		return time.Time{}, time.Time{}, false
	}
	start = start.UTC()
	return start, start.Add(w.Duration), true
}
