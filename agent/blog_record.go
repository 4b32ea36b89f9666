package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/device"
)

// Words hands on the journal's observations with what they say of reach.
func (h *history) Words(ctx context.Context, after int64, limit int) ([]blogsink.Word, error) {
	rows, err := h.a.store.Words(ctx, after, limit)
	if err != nil {
		return nil, err
	}
	out := make([]blogsink.Word, len(rows))
	for i, r := range rows {
		var said struct {
			Claims []struct {
				Facet    device.Facet    `json:"facet"`
				State    device.State    `json:"state"`
				Interval device.Duration `json:"interval"`
			} `json:"claims"`
			Abstain device.Abstention `json:"abstain"`
		}
		if err := json.Unmarshal(r.Body, &said); err != nil {
			return nil, fmt.Errorf("observation %d: %w", r.ID, err)
		}
		w := blogsink.Word{ID: r.ID, Source: r.Source, Ref: r.Ref, At: r.RecordedAt, Late: r.Late, Abstain: said.Abstain}
		for _, c := range said.Claims {
			if c.Facet == device.FacetReach && said.Abstain == "" {
				w.State, w.Interval = c.State, time.Duration(c.Interval)
				break
			}
		}
		out[i] = w
	}
	return out, nil
}

// Polls hands on the journal's polls.
func (h *history) Polls(ctx context.Context, after int64, limit int) ([]blogsink.Poll, error) {
	rows, err := h.a.store.Asked(ctx, after, limit)
	if err != nil {
		return nil, err
	}
	out := make([]blogsink.Poll, len(rows))
	for i, r := range rows {
		out[i] = blogsink.Poll{ID: r.ID, Source: r.Source, At: r.At, Failed: r.Failed, Probe: r.Probe}
		if !r.Started.IsZero() && !r.Ended.IsZero() {
			out[i].Took = r.Ended.Sub(r.Started)
		}
	}
	return out, nil
}

// Kept is since when the journal has everything; zero where that is since the beginning.
func (h *history) Kept(ctx context.Context) (time.Time, error) {
	at, whole, err := h.a.store.Kept(ctx)
	if whole {
		at = time.Time{}
	}
	return at, err
}
