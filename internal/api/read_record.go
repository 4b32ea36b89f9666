package api

import (
	"context"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/access"
)

func (s *Server) recordRoutes(api registry) {
	get(api, op{
		ID: "events", Path: "/api/v1/events", Summary: "Recorded events behind a sequence number, in order.",
		Scope: access.Read, Example: exampleOf(exampleEvent()),
	}, s.listEvents)
}

// position is the place in the record at which a page goes on; 0 where it is the first.
func position(ctx context.Context, in PageInput) (int64, error) {
	if in.Cursor == "" {
		return 0, nil
	}
	at, err := readCursor(ctx, in.Cursor)
	if err == nil && at.Seq == 0 {
		return 0, badCursor()
	}
	return at.Seq, err
}

// newestFirst is a page of at most the limit, out of one more than that.
func newestFirst[T any](ctx context.Context, in PageInput, items []T, seq func(*T) int64) *body[list[T]] {
	if len(items) <= in.Limit {
		return pageUntil(ctx, items, nil)
	}
	items = items[:in.Limit]
	next := seq(&items[in.Limit-1])
	return pageUntil(ctx, items, &next)
}

type eventsInput struct {
	PageInput
	After int64 `query:"after" minimum:"0" doc:"Events behind this sequence number."`
}

func (s *Server) listEvents(ctx context.Context, in *eventsInput) (*body[list[device.Event]], error) {
	at, err := position(ctx, in.PageInput)
	if err != nil {
		return nil, err
	}
	es, err := s.read.Events(ctx, max(in.After, at), in.Limit+1)
	return newestFirst(ctx, in.PageInput, es, func(e *device.Event) int64 { return e.Seq }), err
}
