package web

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view"
	"github.com/quorate/quorate/internal/view/viewtest"
)

// The sentence above the board never says that all is well where nobody knows.
func TestSummaryIsHonest(t *testing.T) {
	up := func(n int) []device.Current {
		var all []device.Current
		for i := range n {
			all = append(all, device.Current{ID: device.ID(fmt.Sprintf("d%d", i)), Name: fmt.Sprintf("d%d", i), Status: device.StatusUp, Standing: device.StandingConfirmed})
		}
		return all
	}
	source := func(name string, h device.Health) device.SourceStatus {
		return device.SourceStatus{Name: name, Health: h, LastSuccess: viewtest.Noon.Add(-9 * time.Minute)}
	}
	heard := []device.SourceStatus{source("a", device.HealthUp), source("b", device.HealthUp)}
	mute := up(2)
	for i := range mute {
		mute[i].Overlays = []device.OverlayKind{device.OverlayMaintenance}
	}
	behind := up(4)
	behind[0].Status = device.StatusDown
	behind[1].Status, behind[1].Overlays = device.StatusDown, []device.OverlayKind{device.OverlayUnreachable}
	behind[2].Status = device.StatusUnknown
	disputed := up(3)
	disputed[0].Standing = device.StandingDisputed
	for _, tt := range []struct {
		name    string
		devices []device.Current
		sources []device.SourceStatus
		kind    string
		text    string
	}{
		{"all well", up(3), heard, "up", "All 3 devices are up."},
		{"all sources dead", up(3), []device.SourceStatus{source("a", device.HealthBlind), source("b", device.HealthBlind)}, "down",
			"Nobody looks: none of 2 sources is heard, the last word is 9 min old. What is shown is what was known then."},
		{"one source dead", up(3), []device.SourceStatus{source("a", device.HealthUp), source("b", device.HealthBlind)}, "warn", "All 3 devices are up; 1 of 2 sources heard."},
		{"a source that never spoke", up(3), []device.SourceStatus{source("a", device.HealthUp), {Name: "b", Health: device.HealthUp}}, "warn", "All 3 devices are up; 1 of 2 sources heard."},
		{"nothing answered yet", nil, []device.SourceStatus{{Name: "a", Health: device.HealthUp}}, "unknown", "Nothing is known yet: none of 1 source has answered."},
		{"no source", nil, nil, "unknown", "No source is configured: nothing is known."},
		{"an empty inventory", nil, heard, "unknown", "No device is known yet."},
		{"everything in maintenance", mute, heard, "warn", "All 2 devices are up; all are in maintenance, and nobody is told of anything."},
		{"a switch and what hangs on it", behind, heard, "down", "1 down, 1 unreachable and 1 unknown of 4 devices."},
		{"disputed", disputed, heard, "down", "1 disputed of 3 devices."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := summarize(known{devices: tt.devices, sources: tt.sources}, viewtest.Noon)
			if s.Kind != tt.kind || s.Text != tt.text {
				t.Errorf("%s: %q\nwant %s: %q", s.Kind, s.Text, tt.kind, tt.text)
			}
			l := viewtest.NewLab()
			l.AllDevices, l.AllSources, l.AllIncidents = tt.devices, tt.sources, nil
			wantIn(t, fetch(t, newServer(t, l).Handler(), "/").Body.String(), tt.text, "n-"+tt.kind)
		})
	}
}

func group(name string, l *viewtest.Lab, members ...int) view.Group {
	g := view.Group{Name: name}
	for _, i := range members {
		g.Devices = append(g.Devices, device.Name{ID: l.AllDevices[i].ID, Name: l.AllDevices[i].Name})
	}
	return g
}

func names(rows []row) string {
	var all []string
	for _, r := range rows {
		all = append(all, strings.Repeat(">", r.Depth)+r.Name)
	}
	return strings.Join(all, " ")
}

// What the address asks for is what stands on the board, in that order.
func TestBoardAsAsked(t *testing.T) {
	for _, tt := range []struct{ name, query, want string }{
		{"by need", "", "nas-1 core-switch ap-2 camera-3 ups-1 gateway printer"},
		{"the other way round", "sort=-need", "printer gateway ups-1 camera-3 ap-2 core-switch nas-1"},
		{"by name", "sort=name", "ap-2 camera-3 core-switch gateway nas-1 printer ups-1"},
		{"by name backwards", "sort=-name", "ups-1 printer nas-1 gateway core-switch camera-3 ap-2"},
		{"the shortest first", "sort=since&q=a", "gateway nas-1 ap-2 camera-3"},
		{"by agreement", "sort=agree&show=redundant", "nas-1 core-switch gateway"},
		{"nonsense is no wish", "sort=%3Cscript%3E&view=x", "nas-1 core-switch ap-2 camera-3 ups-1 gateway printer"},
		{"down is not unreachable", "show=down", "core-switch"},
		{"unreachable", "show=unreachable", "ap-2"},
		{"what is not well", "show=problems", "nas-1 core-switch ap-2 camera-3 ups-1 gateway"},
		{"a name in any case", "q=NAS", "nas-1"},
		{"an address", "q=192.0.2.7", "printer"},
		{"a group", "group=core", "core-switch gateway"},
		{"a tree", "view=tree", "nas-1 core-switch >ap-2 >>camera-3 >printer ups-1 gateway"},
		{"nothing", "show=maintenance", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := viewtest.NewLab()
			l.AllDevices[3].Since = viewtest.Noon.Add(-time.Minute)
			for child, parent := range map[int]int{2: 1, 4: 2, 6: 1} {
				l.AllDevices[child].Parents = []device.Parent{{ID: l.AllDevices[parent].ID, Name: l.AllDevices[parent].Name}}
			}
			q, err := url.ParseQuery(tt.query)
			if err != nil {
				t.Fatal(err)
			}
			b := buildBoard(known{devices: l.AllDevices, sources: l.AllSources, groups: []view.Group{group("core", l, 1, 3)}}, viewtest.Noon)
			b.arrange(readAsked(q))
			var rows []row
			for _, s := range b.Sections {
				rows = append(rows, s.Rows...)
			}
			if got := names(rows); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// Each device stands in one group, the first that it is in.
func TestBoardInGroups(t *testing.T) {
	l := viewtest.NewLab()
	l.AllGroups = []view.Group{group("core", l, 1, 3), group("all", l, 3, 0), group("empty", l)}
	b := buildBoard(known{devices: l.AllDevices, sources: l.AllSources, groups: l.AllGroups}, viewtest.Noon)
	b.arrange(asked{View: "groups"})
	var got []string
	for _, s := range b.Sections {
		got = append(got, fmt.Sprintf("%s (%d not well): %s", s.Name, s.Problems, names(s.Rows)))
	}
	want := "core (1 not well): core-switch gateway\nall (1 not well): nas-1\nIn no group (3 not well): ap-2 camera-3 ups-1 printer"
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
	page := fetch(t, newServer(t, l).Handler(), "/?view=groups").Body.String()
	wantIn(t, page, "<b>core</b> 2", `<option value="core">core</option>`)
	checkMarkup(t, page)
}

// Parents that go round in a circle are shown, each device once.
func TestTreeOfACircle(t *testing.T) {
	rows := []row{{}, {}, {}}
	for i := range rows {
		rows[i].ID, rows[i].Name = device.ID(fmt.Sprint(i)), fmt.Sprint(i)
		rows[i].Parents = []device.Parent{{Name: fmt.Sprint((i + 1) % 3)}}
	}
	if got := names(tree(rows)); got != "0 >2 >>1" {
		t.Errorf("got %s", got)
	}
}

// Children of a dead switch are not down: they say on whom that lies.
func TestUnreachableSaysWhy(t *testing.T) {
	l := viewtest.NewLab()
	page := fetch(t, newServer(t, l).Handler(), "/?show=unreachable").Body.String()
	wantIn(t, page, "◌ unreachable", "because core-switch is down", "<b>1</b> unreachable", "<b>1</b> down")
}
