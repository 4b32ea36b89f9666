package agent

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/pipeline"
)

// TestReplayRejected: what is replayed goes into the record as history where something newer is known, changes no verdict,
// and is off the list with the commit that took it.
func TestReplayRejected(t *testing.T) {
	dir := t.TempDir()
	st, err := store.Open(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := pipeline.New(pipeline.Config{Identity: identity.Config{}, Consensus: consensus.Config{Sources: map[string]consensus.Source{"nas": {Interval: time.Minute}}}}, pipeline.Options{Journal: st})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	<-p.Ready()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}()
	says := func(state device.State) device.Observation {
		return device.Observation{Identity: device.Identity{Ref: "1", Name: "nas1"}, Claims: []device.Claim{{Facet: device.FacetReach, State: state}}}
	}
	if err := p.Publish(t.Context(), device.Snapshot{Source: "nas", Observations: []device.Observation{says(device.StateUp)}}); err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(says(device.StateDown))
	if err != nil {
		t.Fatal(err)
	}
	hourAgo := now().Add(-time.Hour)
	if err := st.Reject(t.Context(), hourAgo, []device.Rejection{
		{Source: "nas", Ref: "1", Reason: "once", Body: body}, {Source: "gone", Ref: "1", Reason: "once", Body: body}, {Source: "sink:x", Ref: "y", Reason: "once"},
	}); err != nil {
		t.Fatal(err)
	}
	a := &Agent{store: st, pipe: p}
	answer, err := a.replayRejected(t.Context(), RejectedOrder{All: true})
	if err != nil || answer.Done != 2 || len(answer.Failed) != 1 || answer.Failed[0].Number != 3 {
		t.Fatalf("%+v, %v", answer, err)
	}
	rows, err := st.RejectedOf(t.Context(), store.RejectedWhich{}, 9)
	if err != nil || len(rows) != 2 || rows[0].Reason != "once" || rows[1].Reason != "the source is not configured" {
		t.Errorf("%+v, %v", rows, err)
	}
	history, err := st.Observations(t.Context(), device.SourceRef{Source: "nas", Ref: "1"}, time.Now().Add(time.Hour), 9)
	if err != nil || len(history) != 2 || !history[0].Late && !history[1].Late {
		t.Errorf("%+v, %v", history, err)
	}
	if d, ok := p.Device("nas1", now()); !ok || d.Status != device.StatusUp {
		t.Errorf("%+v", d)
	}
	if n, err := a.dropRejected(t.Context(), RejectedOrder{All: true, Before: now().Add(-30 * time.Minute)}); err != nil || n.Done != 1 {
		t.Errorf("%+v, %v", n, err)
	}
	if _, err := a.dropRejected(t.Context(), RejectedOrder{}); err == nil {
		t.Error("an order for nothing was carried out")
	}
}
