package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

// tale is what must come of a scenario, event by event and device by device, in the words of the rules. Each is worked
// out by hand from the sentence that it stands for.
type tale struct {
	// story lists the events as line writes them, but for what every scenario begins with: device.discovered, source.up
	// and the verdict of a device that is up when it is discovered.
	story []string
	// ends lists every device as ending writes it: "nas1: up single 1/2 since 00:00:00".
	ends []string
	// bound lists which refs are one device, where the scenario is about that; a question mark means a weak binding.
	bound []string
	// health of the sources that are not up.
	health map[string]device.Health
	also   func(t *testing.T, r replayed)
}

func (w tale) check(t *testing.T, r replayed) {
	t.Helper()
	var story, ends, bound []string
	born := map[device.ID]time.Time{}
	for _, e := range r.Events {
		switch e.Type {
		case device.EventDeviceDiscovered:
			born[e.Device.ID] = e.At
		case device.EventSourceUp:
		default:
			if e.Type != device.EventVerdictChanged || e.To != string(device.StatusUp) || !e.At.Equal(born[e.Device.ID]) {
				story = append(story, line(e))
			}
		}
	}
	for _, d := range r.Devices {
		ends = append(ends, ending(d))
		bound = append(bound, refsOf(d))
	}
	slices.Sort(bound)
	compare := func(what string, want, got []string) {
		if diff := cmp.Diff(strings.Join(want, "\n"), strings.Join(got, "\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	compare("events", w.story, story)
	compare("devices", w.ends, ends)
	if w.bound != nil {
		compare("refs", w.bound, bound)
	}
	for _, s := range r.Sources {
		want, ok := w.health[s.Name]
		if !ok {
			want = device.HealthUp
		}
		if s.Health != want {
			t.Errorf("source %s is %s, want %s", s.Name, s.Health, want)
		}
	}
	if w.also != nil {
		w.also(t, r)
	}
}

// line is an event in the fewest words: when, what, of whom, and how it turned out.
func line(e device.Event) string {
	words := []string{e.At.Format("15:04:05"), string(e.Type)}
	add := func(more ...string) {
		for _, w := range more {
			if w != "" {
				words = append(words, w)
			}
		}
	}
	if e.Device != nil {
		add(e.Device.Name)
	}
	if e.Facet == device.FacetMgmt {
		add(string(e.Facet))
	}
	add(e.Component)
	switch e.Type {
	case device.EventVerdictChanged:
		add(e.To, string(e.Standing), e.Reason)
	case device.EventFacetChanged:
		add(e.From, e.To, e.Reason)
	case device.EventVerdictPending:
		add(e.To)
	case device.EventDisputeClosed:
		add(e.Winner, e.Reason)
	case device.EventDeviceMoved:
		add(e.From, "to", e.To, "by", e.Source)
	case device.EventDeviceRenamed:
		add("was", e.From)
	case device.EventDeviceMerged, device.EventDeviceSplit, device.EventIdentityConflict:
		if e.Other != nil {
			add(e.Other.Name)
		}
		add(e.Reason)
	case device.EventFlappingEnd, device.EventMaintenanceEnded:
		add(e.To)
	case device.EventSourceSuspect, device.EventSourceRecovered:
		add(e.Source, e.Reason)
	case device.EventSourceBlind, device.EventSourceSkewed:
		add(e.Source)
	case device.EventIncidentOpened, device.EventIncidentChanged, device.EventIncidentClosed:
		add(e.Source)
	case device.EventAlertOpened, device.EventAlertChanged, device.EventAlertClosed:
		add(e.Source, e.Alert, e.From+">"+e.To, e.Reason)
	}
	return strings.Join(words, " ")
}

// ending is a device as it stands at the end of the file.
func ending(d device.Current) string {
	words := fmt.Sprintf("%s: %s %s %d/%d", d.Name, d.Status, d.Standing, d.Witnesses.Voting, d.Witnesses.Enrolled)
	if !d.Since.IsZero() {
		words += " since " + d.Since.Format("15:04:05")
	}
	if d.Reason != "" {
		words += " " + d.Reason
	}
	if d.RedundancyLost {
		words += " redundancy_lost"
	}
	for _, o := range d.Overlays {
		words += " " + string(o)
	}
	return words
}
