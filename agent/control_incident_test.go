package agent

import (
	"strings"
	"testing"

	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/device"
)

// A device or an incident that is not there is a mistake that says what to name; one that is there gives a report.
func TestIncidentCommand(t *testing.T) {
	s := newStage(t, "consensus {\n  confirm = 1\n  stale_after = 1000\n}\n"+blogBlock, nil)
	s.until("a device", func() bool { return len(s.Devices()) == 1 })
	ctx := t.Context()
	for _, about := range []string{"nobody", "i_0000", "nas1"} {
		_, err := s.commandIncident(ctx, IncidentOrder{About: about})
		wantMistake(t, err, about)
	}
	s.mode("a", "down")
	s.mode("b", "down")
	opened := s.event("an incident", ofType(device.EventIncidentOpened, ""))
	for _, about := range []string{"nas1", opened.Incident} {
		report, err := s.commandIncident(ctx, IncidentOrder{About: about, Picture: "nas.svg"})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{" was down, ", "It is not over yet.", "](nas.svg)", "## Who saw what"} {
			if !strings.Contains(report.Text, want) {
				t.Errorf("the report on %s does not say %q:\n%s", about, want, report.Text)
			}
		}
		if !strings.HasPrefix(report.Picture, "<svg ") || strings.Contains(report.Text+report.Picture, "nas1") {
			t.Errorf("the report on %s:\n%s\n%.200s", about, report.Text, report.Picture)
		}
	}
}

// TestIncidentsOfChance reports on every incident of a record of chance: each passes the leak check.
func TestIncidentsOfChance(t *testing.T) {
	s, _ := labOfChance(t, 7, 200)
	sink := blogOver(t, s, 0)
	after, incidents := int64(0), 0
	for {
		events, err := s.Events(t.Context(), after, 500)
		if err != nil {
			t.Fatal(err)
		}
		if len(events) == 0 {
			break
		}
		for _, e := range events {
			after = e.Seq
			if e.Type != device.EventIncidentOpened {
				continue
			}
			incidents++
			report, err := sink.Incident(t.Context(), blogsink.IncidentOrder{ID: e.Incident, Picture: "incident.svg"})
			if err != nil {
				t.Fatalf("%s: %v", e.Text, err)
			}
			for _, bad := range []string{"box", "<no value>", "-1", " 0 devices"} {
				if strings.Contains(report.Text, bad) && !strings.Contains(report.Text, "device-") {
					t.Errorf("the report on %q holds %q:\n%s", e.Text, bad, report.Text)
				}
			}
		}
	}
	if incidents < 3 {
		t.Errorf("%d incidents: the record does not test enough", incidents)
	}
}
