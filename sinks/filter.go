package sinks

import (
	"slices"
	"strings"

	"github.com/quorate/quorate/device"
)

// Filter says which events a sink wants. The zero value wants all of them.
type Filter struct{ wants []want }

// want is one entry of a filter, TYPE or TYPE:STATE.
type want struct {
	kind   string // a type of event; of family, how it begins
	family bool
	state  string // "" for any
}

// Unknown is an entry of a filter that nothing can match.
type Unknown struct {
	Entry string // as given
	// What is the part of it that nothing is called, "type" or "state".
	What  string
	Given string
	// Known is what may stand there, in the order of device.EventTypes; nil where nothing may.
	Known []string
}

func (u *Unknown) Error() string {
	if u.What == "state" && len(u.Known) == 0 {
		return "events of type \"" + strings.TrimSuffix(u.Entry, ":"+u.Given) + "\" have no state"
	}
	return "there is no " + u.What + " of events \"" + u.Given + "\""
}

// ParseFilter reads entries such as "verdict.changed:down", "source.blind" and "verdict.*". Without entries everything is wanted.
// An error is of type *Unknown.
func ParseFilter(on []string) (Filter, error) {
	f := Filter{}
	for _, entry := range on {
		w, err := parseWant(entry)
		if err != nil {
			return Filter{}, err
		}
		f.wants = append(f.wants, w)
	}
	return f, nil
}

func parseWant(entry string) (want, error) {
	kind, state, hasState := strings.Cut(entry, ":")
	w := want{state: state}
	w.kind, w.family = strings.CutSuffix(kind, "*")
	var types []device.EventType
	for _, t := range device.EventTypes() {
		if w.isOf(t) {
			types = append(types, t)
		}
	}
	if len(types) == 0 {
		return want{}, &Unknown{Entry: entry, What: "type", Given: kind, Known: knownTypes(w.family)}
	}
	if !hasState {
		return w, nil
	}
	var known []string
	for _, t := range types {
		for _, s := range states(t) {
			if !slices.Contains(known, s) {
				known = append(known, s)
			}
		}
	}
	if !slices.Contains(known, state) {
		return want{}, &Unknown{Entry: entry, What: "state", Given: state, Known: known}
	}
	return w, nil
}

// knownTypes are the types of events, or how all those of one family are written.
func knownTypes(family bool) []string {
	var all []string
	for _, t := range device.EventTypes() {
		word := string(t)
		if family {
			before, _, _ := strings.Cut(word, ".")
			word = before + ".*"
		}
		if !slices.Contains(all, word) {
			all = append(all, word)
		}
	}
	return all
}

// states are the states that events of a type come with.
func states(t device.EventType) []string {
	switch t {
	case device.EventVerdictChanged, device.EventVerdictPending, device.EventFlappingStart, device.EventFlappingEnd,
		device.EventMaintenanceStarted, device.EventMaintenanceEnded, device.EventAcknowledged, device.EventAcknowledgedEnded, device.EventUnreachableEnded:
		return words(device.StatusUp, device.StatusDegraded, device.StatusDown, device.StatusUnknown)
	case device.EventFacetChanged:
		return words(device.StateUp, device.StateDown, device.StateSplit, device.StateOK, device.StateWarning, device.StateCritical, device.StateUnknown)
	case device.EventAlertOpened, device.EventAlertChanged, device.EventAlertClosed:
		return []string{"info", "warning", "critical"}
	}
	return nil
}

func words[T ~string](in ...T) []string {
	out := make([]string, len(in))
	for i, w := range in {
		out[i] = string(w)
	}
	return out
}

// stateOf is the state that an entry of a filter means: what something became, and how severe an alert was that is over.
func stateOf(e *device.Event) string {
	if e.Type == device.EventAlertClosed {
		return e.From
	}
	return e.To
}

func (w want) isOf(t device.EventType) bool {
	if w.family {
		return strings.HasPrefix(string(t), w.kind)
	}
	return string(t) == w.kind
}

// Wants reports whether the event is one of those wanted.
func (f Filter) Wants(e *device.Event) bool {
	if len(f.wants) == 0 {
		return true
	}
	return slices.ContainsFunc(f.wants, func(w want) bool {
		return w.isOf(e.Type) && (w.state == "" || w.state == stateOf(e))
	})
}

// Deliver hands those of events that are wanted to take, in order and without a copy where all are, and counts the others as taken.
// Both return as a sink's Deliver does: n events need not come again, and with an error event n could not be taken.
// Take is not called where nothing is wanted.
func (f Filter) Deliver(events []device.Event, take func([]device.Event) (int, error)) (int, error) {
	if len(f.wants) == 0 {
		return take(events)
	}
	var wanted []device.Event
	var at []int // where in events each of wanted stands
	for i := range events {
		if f.Wants(&events[i]) {
			wanted, at = append(wanted, events[i]), append(at, i)
		}
	}
	if len(wanted) == 0 {
		return len(events), nil
	}
	n, err := take(wanted)
	if n >= len(wanted) {
		return len(events), err
	}
	return at[max(n, 0)], err
}
