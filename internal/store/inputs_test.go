package store

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/pipeline"
)

func TestInputsOfInstants(t *testing.T) {
	ctx := context.Background()
	s := mustOpen(t, folder(t), Options{})
	plain, restart, ordered := record(1, 1), record(2, 1), record(3, 1)
	restart.Inputs = []pipeline.Input{{At: restart.Instants[0], Restart: true}}
	ordered.Inputs = []pipeline.Input{{At: ordered.Instants[0], Orders: &pipeline.Orders{
		Mutes: []consensus.Mute{{Device: "d_0000000000", Kind: device.OverlayMaintenance, On: true, Reason: "patch night"}}, Believe: []string{"prtg"},
	}}}
	mustCommit(t, s, plain, restart, ordered)
	got, err := s.Inputs(ctx, time.Time{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]pipeline.Input{restart.Inputs[0], ordered.Inputs[0]}, got); d != "" {
		t.Errorf("inputs (-want +got):\n%s", d)
	}
	if _, err := s.PruneBefore(ctx, Horizon{Polls: ordered.Instants[0]}); err != nil {
		t.Fatal(err)
	}
	if got, err = s.Inputs(ctx, time.Time{}, time.Time{}); err != nil || len(got) != 1 || got[0].Orders == nil {
		t.Errorf("after pruning what came before: %+v, %v", got, err)
	}
}

// Alerts are those of each ref's newest word that is not late.
func TestAlerts(t *testing.T) {
	s := mustOpen(t, folder(t), Options{})
	first, second := record(1, 3), record(2, 3)
	body := func(r *pipeline.Record, i int, alerts string, late bool) {
		r.Observations[i].Body = []byte(`{"ref": "` + r.Observations[i].Ref + `", "alerts": [` + alerts + `]}`)
		r.Observations[i].Late = late
	}
	body(first, 0, `{"ref": "a1", "text": "port down"}, {"ref": "a2", "text": "disk full", "severity": "critical"}`, false)
	body(first, 1, `{"ref": "a3", "text": "fan"}`, false)
	body(second, 0, `{"ref": "a0", "text": "long over"}`, true)
	mustCommit(t, s, first, second)
	got, err := s.Alerts(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	want := []device.ReportedAlert{
		{Device: device.Name{ID: "d_0000000000"}, Source: "prtg", SourceRef: "2000", ObservedAt: first.Observations[0].ObservedAt, Alert: device.Alert{Ref: "a1", Text: "port down"}},
		{Device: device.Name{ID: "d_0000000000"}, Source: "prtg", SourceRef: "2000", ObservedAt: first.Observations[0].ObservedAt, Alert: device.Alert{Ref: "a2", Text: "disk full", Severity: "critical"}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("alerts (-want +got):\n%s", d)
	}
}
