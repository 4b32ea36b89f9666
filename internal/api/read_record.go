package api

import (
	"context"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/access"
)

func (s *Server) recordRoutes(api registry) {
	get(api, op{
		ID: "events", Path: "/api/v1/events", Summary: "Recorded events behind a sequence number, in order.",
		Text:  "With a filter a page may hold fewer events than the limit, or none, and still have a next_cursor: one page looks at a bounded part of the record.",
		Scope: access.Read, Errors: []string{"not_found"}, Example: exampleOf(exampleEvent()),
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
	After  int64     `query:"after" minimum:"0" doc:"Events behind this sequence number. A cursor is further on."`
	Type   []string  `query:"type" maxItems:"64" doc:"Only events of these types, such as verdict.changed, with commas between them."`
	Device string    `query:"device" maxLength:"256" doc:"Only events of this device: name, id or address."`
	Source string    `query:"source" maxLength:"256" doc:"Only events of this source."`
	Q      string    `query:"q" maxLength:"256" doc:"Only events whose text has these words, in upper or lower case."`
	Since  time.Time `query:"since" doc:"Only events from this time on."`
	Until  time.Time `query:"until" doc:"Only events before this time."`
}

// which is what the parameters select.
func (s *Server) which(in *eventsInput) (device.EventWhich, error) {
	w := device.EventWhich{Source: in.Source, Text: in.Q, Since: in.Since, Until: in.Until, Forward: true}
	for _, name := range in.Type {
		if !slices.Contains(device.EventTypes(), device.EventType(name)) {
			var known []string
			for _, t := range device.EventTypes() {
				known = append(known, string(t))
			}
			return w, fail("invalid", "There is no type of events "+quoted(name)+meant(name, known), Fault{"query.type", "no such type"})
		}
		w.Types = append(w.Types, device.EventType(name))
	}
	if !in.Since.IsZero() && !in.Until.IsZero() && in.Until.Before(in.Since) {
		return w, fail("invalid", "\"until\" lies before \"since\".", Fault{"query.until", "before since"})
	}
	if in.Device != "" {
		d, err := s.find(in.Device)
		if err != nil {
			return w, err
		}
		w.Devices = []device.ID{asked(d, in.Device)}
	}
	return w, nil
}

func (s *Server) listEvents(ctx context.Context, in *eventsInput) (*body[list[device.Event]], error) {
	at, err := position(ctx, in.PageInput)
	if err != nil {
		return nil, err
	}
	w, err := s.which(in)
	if err != nil {
		return nil, err
	}
	w.After = max(in.After, at)
	found, err := s.read.EventsWhere(ctx, w, in.Limit)
	if err != nil {
		return nil, err
	}
	slices.Reverse(found.Events)
	if !found.Enough || found.Newest == 0 {
		return pageUntil(ctx, found.Events, nil), nil
	}
	return pageUntil(ctx, found.Events, &found.Newest), nil
}
