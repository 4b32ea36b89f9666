package live

import (
	"testing"

	"github.com/quorate/quorate/device"
)

func TestFilter(t *testing.T) {
	t.Parallel()
	nas, sw := &device.Name{ID: "d_nas", Name: "nas"}, &device.Name{ID: "d_sw", Name: "sw"}
	changed := device.Event{Type: device.EventVerdictChanged, Device: nas, Because: sw}
	merged := device.Event{Type: device.EventDeviceMerged, Device: sw, Other: nas}
	incident := device.Event{Type: device.EventIncidentOpened, Device: sw, Devices: []device.Name{*sw, *nas}}
	blind := device.Event{Type: device.EventSourceBlind, Source: "prtg"}
	all := map[string]*device.Event{"changed": &changed, "merged": &merged, "incident": &incident, "blind": &blind}
	for _, tt := range []struct {
		name   string
		filter Filter
		want   []string
	}{
		{"nothing set", Filter{}, []string{"changed", "merged", "incident", "blind"}},
		{"types", Filter{Types: []device.EventType{device.EventSourceBlind, device.EventDeviceMerged}}, []string{"merged", "blind"}},
		{"a device, also the other and one of many", Filter{Device: "d_nas"}, []string{"changed", "merged", "incident"}},
		{"a device, not what hangs on it", Filter{Device: "d_sw"}, []string{"merged", "incident"}},
		{"a source", Filter{Source: "prtg"}, []string{"blind"}},
		{"all at once", Filter{Device: "d_nas", Types: []device.EventType{device.EventVerdictChanged}}, []string{"changed"}},
		{"nothing fits", Filter{Source: "snmp"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			wanted := map[string]bool{}
			for _, w := range tt.want {
				wanted[w] = true
			}
			for name, e := range all {
				if got := tt.filter.Match(e); got != wanted[name] {
					t.Errorf("%s: %v", name, got)
				}
			}
		})
	}
}
