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
