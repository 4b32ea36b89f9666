package web

import (
	"strings"
	"testing"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view/viewtest"
)

func TestCoverageHelp(t *testing.T) {
	all := []string{"librenms", "prtg", "snmp"}
	for _, c := range []struct {
		covered consensus.Covered
		sources []string
		want    string
	}{
		{consensus.Covered{Best: device.StandingNone}, all, "No source knows it any more"},
		{consensus.Covered{Sources: []string{"prtg"}, Best: device.StandingNone}, all, "Nobody who knows it may vote"},
		{consensus.Covered{Sources: []string{"prtg"}, Witnesses: []string{"prtg"}, Best: device.StandingSingle}, all, "Let one of librenms and snmp watch it too."},
		{consensus.Covered{Sources: []string{"prtg"}, Witnesses: []string{"prtg"}, Best: device.StandingSingle}, all[:2], "Let librenms watch it too."},
		{consensus.Covered{Sources: []string{"prtg"}, Witnesses: []string{"prtg"}, Best: device.StandingSingle}, []string{"prtg"}, "Add a second source"},
		{consensus.Covered{Sources: []string{"prtg", "snmp"}, Witnesses: []string{"pve"}, Shared: []string{"pve"}, Best: device.StandingSingle}, all, "run elsewhere"},
		{consensus.Covered{Sources: all, Witnesses: []string{"pve", "prtg"}, Shared: []string{"pve"}, Best: device.StandingConfirmed}, all, "It can be confirmed"},
		{consensus.Covered{Sources: all, Witnesses: all, Best: device.StandingConfirmed}, all, ""},
	} {
		if got := coverageHelp(&c.covered, c.sources); !strings.Contains(got, c.want) || (c.want == "") != (got == "") {
			t.Errorf("%+v: %q, want %q", c.covered, got, c.want)
		}
	}
}

func TestCoverageBars(t *testing.T) {
	bars := coverageBars([]consensus.WitnessCount{{Witnesses: 0, Devices: 1}, {Witnesses: 1, Devices: 1}, {Witnesses: 3, Devices: 2}})
	if len(bars) != 3 || bars[2].X != 50 || bars[2].W != 50 || bars[2].Kind != "up" || bars[0].Kind != "unknown" {
		t.Errorf("%+v", bars)
	}
	if coverageBars(nil) != nil {
		t.Error("without devices there are bars")
	}
}

func TestCoverageIsHarmless(t *testing.T) {
	l := viewtest.NewLab()
	c := &l.Report.Devices[1]
	c.Device.Name, c.Why, c.Voting, c.Sources, c.Shared = hostile, hostile, []string{hostile}, []string{hostile}, []string{hostile}
	l.AllGroups[0].Name, l.AllGroups[0].Unknown, l.AllSources[0].Name = hostile, []string{hostile}, hostile
	page := fetch(t, newServer(t, l).Handler(), "/coverage").Body.String()
	wantHarmless(t, "/coverage", page)
	wantIn(t, page, "By group", `aria-labelledby="coverage-bar-title"`)
}
