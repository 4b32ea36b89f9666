package host

import "time"

// window lets so many things through in any span of time, whenever it begins.
type window struct {
	span time.Duration
	last []time.Time // when the last ones went through, a ring
	next int
}

func newWindow(n int, span time.Duration) *window {
	return &window{span: span, last: make([]time.Time, n)}
}

// take reports whether one more may go through at now.
func (w *window) take(now time.Time) bool {
	if oldest := w.last[w.next]; !oldest.IsZero() && now.Sub(oldest) < w.span {
		return false
	}
	w.last[w.next] = now
	w.next = (w.next + 1) % len(w.last)
	return true
}
