package blogsink

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/leakcheck"
)

// switchDay is the labelled day with what the monitors said of the switch.
func switchDay() *story {
	s := labDay()
	vote := func(source string, state device.State, ago time.Duration, at time.Time, weight float64) device.Vote {
		return device.Vote{Source: source, Ref: "1", Facet: device.FacetReach, State: state, Weight: weight, ObservedAt: at.Add(-ago), Raw: "status of " + homeDomain}
	}
	for i := range s.events {
		e := &s.events[i]
		if e.Type != device.EventVerdictChanged || e.Device.ID != "d_switch" || e.From == "unknown" {
			continue
		}
		state := device.State(e.To)
		late := device.StateUp
		e.Votes = []device.Vote{
			vote("librenms", late, 4*time.Minute, e.At, 0.3), vote("prtg", state, 20*time.Second, e.At, 1), vote("wires", state, 10*time.Second, e.At, 0.5),
			{Source: "prtg", Ref: "1", Facet: device.FacetMgmt, State: device.StateDown},
		}
	}
	return s
}

func TestIncidentReport(t *testing.T) {
	s := switchDay()
	h := newHome(t, s, nil)
	var down int64
	for _, e := range s.events {
		if e.Type == device.EventVerdictChanged && e.Device.ID == "d_switch" && e.To == "down" {
			down = e.Seq
		}
	}
	h.note(t, "10-switch.md", "---\nkind: challenge\ntitle: The cable of hydra."+homeDomain+"\nevidence: ["+itoa(int(down))+"]\ntried:\n  - Waiting.\nfixed_by: A new cable.\n---\nThe plug at "+privateNet+".2 was loose.\n")
	h.note(t, "20-other.md", "---\nkind: lesson\n---\nNothing of this incident.\n")
	for _, o := range []IncidentOrder{{ID: "i1", Picture: "outage.svg"}, {Device: "d_switch", Picture: "outage.svg"}, {Device: "d_nas2", Picture: "outage.svg"}} {
		report, err := h.sink.Incident(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "incident.golden.md", report.Text)
		golden(t, "incident.golden.svg", report.Picture)
	}
	bare, err := h.sink.Incident(t.Context(), IncidentOrder{ID: "i1"})
	if err != nil || bare.Picture != "" || strings.Contains(bare.Text, "![") {
		t.Errorf("a report without a picture: %v, %.60q", err, bare.Picture)
	}
	if _, err := h.sink.Incident(t.Context(), IncidentOrder{ID: "i2"}); !errors.Is(err, ErrNoIncident) {
		t.Errorf("an incident that is not there: %v", err)
	}
	if _, err := h.sink.Incident(t.Context(), IncidentOrder{ID: "i1", Picture: "../x.svg"}); err == nil {
		t.Error("a picture in another folder is taken")
	}
}

// TestIncidentIsRefused: a note with a value that the cleaner does not know and the gate does.
func TestIncidentIsRefused(t *testing.T) {
	s := switchDay()
	h := newHome(t, s, nil)
	h.note(t, "10-switch.md", "---\nkind: challenge\ntitle: A plug\nevidence: [1, 300]\n---\nIt was loose.\n")
	h.sink.opts.Verify = func(_ context.Context, _ string, _ []string) ([]leakcheck.Finding, error) {
		return []leakcheck.Finding{{File: "incident.md", Offset: 3, Length: 4, Kind: "word"}}, nil
	}
	_, err := h.sink.Incident(t.Context(), IncidentOrder{ID: "i1"})
	if _, ok := errors.AsType[*RefusedError](err); !ok {
		t.Errorf("got %v, want a refusal", err)
	}
}
