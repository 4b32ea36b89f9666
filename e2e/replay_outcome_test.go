package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

// outcome is what must come of a worked case, in the words of the rules and not in those of the program's output.
type outcome struct {
	devices int
	// mixed says that the devices differ: also looks at them.
	mixed bool
	// At the end of the file, of every device.
	status         device.Status
	standing       device.Standing
	reason         string
	redundancyLost bool
	since          string
	voting, of     int
	// overlaid names the overlays of a device; nil means that there are none.
	overlaid func(name string) []device.OverlayKind
	// health of the sources that are not up.
	health map[string]device.Health
	// verdicts is what every device's verdict becomes, from the first to the last.
	verdicts []string
	// events is how many there are of each type, but for verdict.changed and what every scenario begins with. A type
	// that is not listed must not occur.
	events map[device.EventType]int
	also   func(t *testing.T, r replayed)
}

func (o outcome) check(t *testing.T, r replayed) {
	t.Helper()
	if len(r.Devices) != o.devices {
		t.Errorf("%d devices, want %d", len(r.Devices), o.devices)
	}
	for _, d := range r.Devices {
		if o.mixed {
			break
		}
		type held struct {
			Status         device.Status
			Standing       device.Standing
			Reason         string
			RedundancyLost bool
			Overlays       []device.OverlayKind
			Since          string
			Voting, Of     int
		}
		overlays := []device.OverlayKind{}
		if o.overlaid != nil {
			overlays = append(overlays, o.overlaid(d.Name)...)
		}
		want := held{o.status, o.standing, o.reason, o.redundancyLost, overlays, o.since, o.voting, o.of}
		got := held{d.Status, d.Standing, d.Reason, d.RedundancyLost, d.Overlays, d.Since.Format("15:04:05"), d.Witnesses.Voting, d.Witnesses.Enrolled}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", d.Name, diff)
		}
		if diff := cmp.Diff(o.verdicts, r.verdicts(d.ID)); diff != "" {
			t.Errorf("verdicts of %s (-want +got):\n%s", d.Name, diff)
		}
	}
	for _, s := range r.Sources {
		want, ok := o.health[s.Name]
		if !ok {
			want = device.HealthUp
		}
		if s.Health != want {
			t.Errorf("source %s is %s, want %s", s.Name, s.Health, want)
		}
	}
	counts := map[device.EventType]int{}
	for _, e := range r.Events {
		switch e.Type {
		case device.EventDeviceDiscovered, device.EventSourceUp, device.EventVerdictChanged:
		default:
			counts[e.Type]++
		}
	}
	want := o.events
	if want == nil {
		want = map[device.EventType]int{}
	}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if o.also != nil {
		o.also(t, r)
	}
}

// verdicts tells the verdicts of a device in order: when, what and how sure.
func (r replayed) verdicts(id device.ID) []string {
	var all []string
	for _, e := range r.Events {
		if e.Type == device.EventVerdictChanged && e.Device.ID == id {
			all = append(all, fmt.Sprintf("%s %s %s", e.At.Format("15:04:05"), e.To, e.Standing))
		}
	}
	return all
}

// only returns the one event of that type.
func (r replayed) only(t *testing.T, kind device.EventType) device.Event {
	t.Helper()
	var found []device.Event
	for _, e := range r.Events {
		if e.Type == kind {
			found = append(found, e)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d events %s, want 1", len(found), kind)
	}
	return found[0]
}

// sums returns the weights for up and for down among the votes on reach.
func sums(votes []device.Vote) (up, down float64) {
	for _, v := range votes {
		switch {
		case v.Facet != device.FacetReach:
		case v.State == device.StateUp:
			up += v.Weight
		case v.State == device.StateDown:
			down += v.Weight
		}
	}
	return up, down
}

func wantText(t *testing.T, e device.Event, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(e.Text, w) {
			t.Errorf("%s says %q, without %q", e.Type, e.Text, w)
		}
	}
}
