package maintenance

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
)

// TestDevicesFollowThePlan is that at every instant, however far apart they are, over restarts and changes of the clocks,
// a device is in maintenance exactly where a window that covers it is open, and that beginnings and ends alternate.
func TestDevicesFollowThePlan(t *testing.T) {
	zones := []*time.Location{time.UTC, zone(t, "Europe/Berlin"), zone(t, "Australia/Lord_Howe")}
	crons := []string{"0 * * * *", "30 2 * * *", "*/20 1-3 * * *", "0 0 * * SUN", "45 1 * * *"}
	rapid.Check(t, func(rt *rapid.T) {
		// Around the changes of 2026: 29 March and 25 October in Berlin, 5 April and 4 October on Lord Howe Island.
		days := []string{"2026-03-28T12:00:00Z", "2026-10-24T12:00:00Z", "2026-04-04T06:00:00Z", "2026-10-03T06:00:00Z", "2026-06-01T00:00:00Z"}
		at := moment(t, rapid.SampledFrom(days).Draw(rt, "from"))
		var plan Plan
		for i := range rapid.IntRange(1, 3).Draw(rt, "windows") {
			w := Window{Name: fmt.Sprint("w", i), Devices: []string{"nas1"}, Duration: time.Duration(rapid.IntRange(1, 300).Draw(rt, "minutes")) * time.Minute}
			if rapid.Bool().Draw(rt, "once") {
				w.Start = at.Add(time.Duration(rapid.IntRange(-60, 600).Draw(rt, "start")) * time.Minute)
				w.End = w.Start.Add(w.Duration)
			} else {
				w.Cron, w.Zone = cron(t, rapid.SampledFrom(crons).Draw(rt, "cron")), rapid.SampledFrom(zones).Draw(rt, "zone")
			}
			plan = append(plan, w)
		}
		cfg := &consensus.Config{Sources: map[string]consensus.Source{}}
		state := consensus.NewState()
		infos := []consensus.DeviceInfo{{ID: "d_1", Name: "nas1"}, {ID: "d_2", Name: "nas2"}}
		open := false
		for range rapid.IntRange(10, 80).Draw(rt, "instants") {
			at = at.Add(time.Duration(rapid.IntRange(1, 3000).Draw(rt, "later")) * time.Second)
			if rapid.IntRange(0, 9).Draw(rt, "restart") == 0 {
				b, err := json.Marshal(state)
				if err != nil {
					rt.Fatal(err)
				}
				state = consensus.NewState()
				if err := json.Unmarshal(b, state); err != nil {
					rt.Fatal(err)
				}
			}
			out := consensus.Judge(cfg, state, consensus.Instant{At: at, Devices: infos, Mutes: plan.Due(at, consensus.Mutes(state, plan.Names()))})
			infos = nil
			if state.Devices["d_1"] == nil {
				state.Apply(out) // the device is only met: the plan covers it from the next instant on
				continue
			}
			state.Apply(out)
			want := slices.ContainsFunc(plan, func(w Window) bool { _, active := w.Active(at); return active })
			if got := consensus.Describe(cfg, state, "d_1", at).Overlays; slices.Contains(got, device.OverlayMaintenance) != want {
				rt.Fatalf("at %s the windows are open: %v, and the device has %v", at, want, got)
			}
			if got := consensus.Describe(cfg, state, "d_2", at).Overlays; len(got) > 0 {
				rt.Fatalf("at %s the other device has %v", at, got)
			}
			for _, e := range out.Events {
				if begins := e.Type == device.EventMaintenanceStarted; begins == open {
					rt.Fatalf("at %s comes %s", at, e.Type)
				}
				open = !open
			}
			if open != want {
				rt.Fatalf("at %s nobody was told", at)
			}
			if due := plan.Due(at, consensus.Mutes(state, plan.Names())); len(due) > 0 {
				rt.Fatalf("at %s there is still to be ordered %+v", at, due)
			}
		}
	})
}
