package agent

import (
	"context"

	"github.com/quorate/quorate/device"
)

// onPluginEvent takes what happens to plugin processes. It is called by the host's goroutines and never blocks.
func (a *Agent) onPluginEvent(source string, kind device.EventType, text string) {
	a.note(device.Event{Type: kind, Source: source, Text: text})
}

// note has an event recorded as soon as that can be. It never blocks.
func (a *Agent) note(e device.Event) {
	select {
	case a.notes <- e:
	default:
		a.log.Warn("event not recorded: too many at once", "type", string(e.Type), "source", e.Source)
	}
}

// recordNotes begins to record them as events. End, called when nobody notes anything any more, records the last ones
// and returns when they are committed, or when the stop has no more time for it.
func (a *Agent) recordNotes(ctx context.Context) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case e := <-a.notes:
				a.record(ctx, append([]device.Event{e}, a.noted()...)...)
			case <-over:
				a.record(ctx, a.noted()...)
				return
			}
		}
	}()
	return func() {
		close(over)
		stop, done := a.patience(endNotes)
		defer done()
		defer context.AfterFunc(stop, cancel)()
		<-ended
		cancel()
	}
}

// noted returns what waits to be recorded.
func (a *Agent) noted() []device.Event {
	var all []device.Event
	for {
		select {
		case e := <-a.notes:
			all = append(all, e)
		default:
			return all
		}
	}
}

// record records events of the agent's own.
func (a *Agent) record(ctx context.Context, events ...device.Event) {
	if len(events) == 0 {
		return
	}
	if err := a.pipe.AddEvents(ctx, events); err != nil {
		a.log.Warn("events not recorded", "events", len(events), "err", err)
	}
}
