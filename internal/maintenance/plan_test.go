package maintenance

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
)

func cron(t *testing.T, text string) *Cron {
	t.Helper()
	c, err := ParseCron(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestWindowOverAChange is that a window lasts as long as it says, whatever the clocks do.
func TestWindowOverAChange(t *testing.T) {
	for _, c := range []struct{ name, cron, after, start, end string }{
		{"begins in the skipped hour", "30 2 * * SUN", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00Z"},
		{"spans the skipped hour", "0 1 * * SUN", "2026-03-28T12:00:00Z", "2026-03-29T00:00:00Z", "2026-03-29T02:00:00Z"},
		{"begins in the doubled hour", "30 2 * * SUN", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T02:30:00Z"},
		{"spans the doubled hour", "0 1 * * SUN", "2026-10-24T12:00:00Z", "2026-10-24T23:00:00Z", "2026-10-25T01:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := Window{Cron: cron(t, c.cron), Zone: zone(t, "Europe/Berlin"), Duration: 2 * time.Hour}
			start, end, ok := w.Next(moment(t, c.after))
			if !ok || !start.Equal(moment(t, c.start)) || !end.Equal(moment(t, c.end)) {
				t.Fatalf("from %s to %s", start, end)
			}
			for at := start.Add(-time.Minute); !at.After(end.Add(time.Minute)); at = at.Add(time.Minute) {
				until, active := w.Active(at)
				if want := !at.Before(start) && at.Before(end); active != want || active && !until.Equal(end) {
					t.Errorf("at %s: %v until %s", at, active, until)
				}
			}
		})
	}
}

func TestOneWindow(t *testing.T) {
	w := Window{Start: moment(t, "2026-03-01T02:00:00+01:00"), End: moment(t, "2026-03-01T04:00:00+01:00")}
	for at, want := range map[string]bool{
		"2026-03-01T00:59:59Z": false, "2026-03-01T01:00:00Z": true, "2026-03-01T02:59:59Z": true, "2026-03-01T03:00:00Z": false,
	} {
		if _, active := w.Active(moment(t, at)); active != want {
			t.Errorf("%s: %v", at, active)
		}
	}
	if _, _, ok := w.Next(w.Start); ok {
		t.Error("it comes again")
	}
	if start, end, ok := w.Next(w.Start.Add(-1)); !ok || !start.Equal(w.Start) || !end.Equal(w.End) {
		t.Errorf("%s to %s", start, end)
	}
	never := Window{Cron: &Cron{}, Zone: time.UTC, Duration: time.Hour}
	if _, ok := never.Active(w.Start); ok {
		t.Error("a schedule without times is active")
	}
	if _, _, ok := never.Next(w.Start); ok {
		t.Error("a schedule without times comes")
	}
}

func words(due []consensus.Mute) string {
	var b strings.Builder
	for _, m := range due {
		fmt.Fprintf(&b, "%s %v %s", m.Device, m.On, m.Name)
		if !m.Until.IsZero() {
			fmt.Fprintf(&b, " until %s", m.Until.Format("15:04"))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestDue(t *testing.T) {
	noon := moment(t, "2026-01-01T12:00:00Z")
	plan := Plan{
		{Name: "night", Reason: "patches", Devices: []string{"nas1", "nas2"}, Cron: cron(t, "0 12 * * *"), Zone: time.UTC, Duration: time.Hour},
		{Name: "move", Devices: []string{"nas2"}, Start: noon.Add(30 * time.Minute), End: noon.Add(2 * time.Hour)},
	}
	mute := func(name string, until time.Duration) device.Mute {
		return device.Mute{Kind: device.OverlayMaintenance, Name: name, Scheduled: true, Until: noon.Add(until)}
	}
	byHand := mute("night", time.Hour)
	byHand.Scheduled = false
	ended := mute("night", time.Hour)
	ended.Ended = true
	for _, c := range []struct {
		name string
		at   time.Duration
		nas1 []device.Mute
		want string
	}{
		{"before", -time.Minute, nil, ""},
		{"at its time", 0, nil, "d_nas1 true night until 13:00\nd_nas2 true night until 13:00\n"},
		{"on already", time.Minute, []device.Mute{mute("night", time.Hour)}, "d_nas2 true night until 13:00\n"},
		{"both", 40 * time.Minute, []device.Mute{mute("night", time.Hour)}, "d_nas2 true night until 13:00\nd_nas2 true move until 14:00\n"},
		{"an earlier one of the same name", 0, []device.Mute{mute("night", time.Minute)}, "d_nas1 true night until 13:00\nd_nas2 true night until 13:00\n"},
		{"a person has ended it", time.Minute, []device.Mute{ended}, "d_nas2 true night until 13:00\n"},
		{"a person has begun one of its name", time.Minute, []device.Mute{byHand}, "d_nas2 true night until 13:00\n"},
		{"the plan no longer has it", -time.Minute, []device.Mute{mute("patches", time.Hour), byHand}, "d_nas1 false patches\n"},
		{"the plan no longer has it for this device", 40 * time.Minute, []device.Mute{mute("move", time.Hour), mute("night", time.Hour)}, "d_nas1 false move\nd_nas2 true night until 13:00\nd_nas2 true move until 14:00\n"},
		{"over, not yet judged", 61 * time.Minute, []device.Mute{mute("night", time.Hour)}, "d_nas2 true move until 14:00\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			held := []consensus.Held{{Device: device.Name{ID: "d_nas1", Name: "nas1"}, Mutes: c.nas1}, {Device: device.Name{ID: "d_nas2", Name: "nas2"}}, {Device: device.Name{ID: "d_nas3", Name: "nas3"}}}
			if d := cmp.Diff(c.want, words(plan.Due(noon.Add(c.at), held))); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
	if d := cmp.Diff(map[string]bool{"nas1": true, "nas2": true}, plan.Names()); d != "" {
		t.Error(d)
	}
	for after, want := range map[time.Duration]time.Duration{-time.Minute: 0, 0: 30 * time.Minute, 30 * time.Minute: 24 * time.Hour} {
		if got := plan.Boundary(noon.Add(after)); !got.Equal(noon.Add(want)) {
			t.Errorf("behind %s: %s", after, got)
		}
	}
	if !(Plan{}).Boundary(noon).IsZero() {
		t.Error("an empty plan has a boundary")
	}
}
