package sinks

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/quorate/quorate/device"
)

func TestFilterWants(t *testing.T) {
	down := device.Event{Type: device.EventVerdictChanged, From: "up", To: "down"}
	up := device.Event{Type: device.EventVerdictChanged, From: "down", To: "up"}
	pending := device.Event{Type: device.EventVerdictPending, From: "up"}
	blind := device.Event{Type: device.EventSourceBlind, Source: "prtg"}
	closed := device.Event{Type: device.EventAlertClosed, From: "critical"}
	strange := device.Event{Type: "future.thing"}
	all := []device.Event{down, up, pending, blind, closed, strange}
	for _, c := range []struct {
		name string
		on   []string
		want []device.Event
	}{
		{"nothing said", nil, all},
		{"a type", []string{"verdict.changed"}, []device.Event{down, up}},
		{"a type with its state", []string{"verdict.changed:down"}, []device.Event{down}},
		{"several", []string{"verdict.changed:down", "source.blind"}, []device.Event{down, blind}},
		{"a family", []string{"verdict.*"}, []device.Event{down, up, pending}},
		{"the state of a family", []string{"verdict.*:up"}, []device.Event{up}},
		{"how bad an alert was", []string{"alert.*:critical"}, []device.Event{closed}},
		{"everything, types of tomorrow too", []string{"*"}, all},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := ParseFilter(c.on)
			if err != nil {
				t.Fatal(err)
			}
			var got []device.Event
			for _, e := range all {
				if f.Wants(&e) {
					got = append(got, e)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestFilterRefuses(t *testing.T) {
	for _, c := range []struct {
		entry, says string
		known       string // one of what it offers
	}{
		{"verdict.change", `there is no type of events "verdict.change"`, "verdict.changed"},
		{"", `there is no type of events ""`, "source.blind"},
		{"veridct.*", `there is no type of events "veridct.*"`, "verdict.*"},
		{"verdict.changed:dwon", `there is no state of events "dwon"`, "down"},
		{"verdict.changed:", `there is no state of events ""`, "down"},
		{"alert.*:down", `there is no state of events "down"`, "critical"},
		{"source.blind:down", `events of type "source.blind" have no state`, ""},
	} {
		_, err := ParseFilter([]string{"verdict.changed", c.entry})
		u, ok := errors.AsType[*Unknown](err)
		if !ok || u.Error() != c.says || u.Entry != c.entry || c.known != "" && !slices.Contains(u.Known, c.known) || c.known == "" && u.Known != nil {
			t.Errorf("%q: got %v, %+v", c.entry, err, u)
		}
	}
}

// TestFilterDeliver: what is not wanted counts as taken, and what was not taken is counted in the events as they came.
func TestFilterDeliver(t *testing.T) {
	f, err := ParseFilter([]string{"verdict.changed:down"})
	if err != nil {
		t.Fatal(err)
	}
	event := func(to string) device.Event { return device.Event{Type: device.EventVerdictChanged, To: to} }
	mixed := []device.Event{event("up"), event("down"), event("up"), event("down"), event("up")}
	broken := errors.New("broken")
	for _, c := range []struct {
		name   string
		events []device.Event
		took   int // of those wanted
		err    error
		n      int
		called bool
	}{
		{"all", mixed, 2, nil, 5, true},
		{"nothing wanted", []device.Event{event("up")}, 0, broken, 1, false},
		{"no events", nil, 0, broken, 0, false},
		{"the first fails", mixed, 0, broken, 1, true},
		{"the second fails", mixed, 1, broken, 3, true},
	} {
		called := false
		n, err := f.Deliver(c.events, func(events []device.Event) (int, error) {
			called = true
			for _, e := range events {
				if e.To != "down" {
					t.Errorf("%s: delivered %v", c.name, e)
				}
			}
			return c.took, c.err
		})
		if n != c.n || called != c.called || called && !errors.Is(err, c.err) {
			t.Errorf("%s: got %d, %v (called: %v), want %d, %v", c.name, n, err, called, c.n, c.err)
		}
	}
}
