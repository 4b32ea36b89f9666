package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/quorate/quorate/device"
)

func TestEventsWhere(t *testing.T) {
	ctx := context.Background()
	s := mustOpen(t, folder(t), Options{})
	r1, r2, r3 := record(1, 3), record(2, 3), record(3, 3)
	r2.Events[0].Type, r2.Events[0].Source, r2.Events[0].Text = device.EventAlertOpened, "prtg", "The toner is LOW"
	mustCommit(t, s, r1, r2, r3)
	nas1 := device.ID("d_0000000001")
	for _, c := range []struct {
		name   string
		which  device.EventWhich
		limit  int
		want   string
		enough bool
	}{
		{"all", device.EventWhich{}, 20, "9 8 7 6 5 4 3 2 1", false},
		{"the newest", device.EventWhich{}, 2, "9 8", true},
		{"exactly as many as there are", device.EventWhich{}, 9, "9 8 7 6 5 4 3 2 1", false},
		{"before", device.EventWhich{Before: 4}, 2, "3 2", true},
		{"after, forward", device.EventWhich{After: 4}, 2, "6 5", true},
		{"between", device.EventWhich{After: 4, Before: 8}, 9, "7 6 5", false},
		{"of a device", device.EventWhich{Devices: []device.ID{nas1}}, 9, "8 5 2", false},
		{"of a type", device.EventWhich{Types: []device.EventType{device.EventAlertOpened}}, 9, "4", false},
		{"of a source", device.EventWhich{Source: "prtg"}, 9, "4", false},
		{"in words", device.EventWhich{Text: "toner is low"}, 9, "4", false},
		{"in a time", device.EventWhich{Since: r2.Instants[0], Until: r3.Instants[0]}, 9, "6 5 4", false},
		{"of nobody", device.EventWhich{Devices: []device.ID{"d_gone"}}, 9, "", false},
	} {
		found, err := s.EventsWhere(ctx, c.which, c.limit)
		var got []string
		for _, e := range found.Events {
			got = append(got, fmt.Sprint(e.Seq))
		}
		if err != nil || strings.Join(got, " ") != c.want || found.Enough != c.enough {
			t.Errorf("%s: %s, enough %v, want %s, %v: %v", c.name, strings.Join(got, " "), found.Enough, c.want, c.enough, err)
		}
	}
}

// TestSearchesLeaveRoom has as many searches under way as may be: the next one waits, and everything else goes on.
func TestSearchesLeaveRoom(t *testing.T) {
	dir := folder(t)
	synctest.Test(t, func(t *testing.T) {
		s := mustOpen(t, dir, Options{})
		mustCommit(t, s, record(1, 3))
		for range searches {
			s.searching <- struct{}{}
		}
		done := make(chan error, 2)
		for _, which := range []device.EventWhich{{Text: "toner"}, {Source: "prtg"}} {
			go func() {
				_, err := s.EventsWhere(t.Context(), which, 1)
				done <- err
			}()
		}
		synctest.Wait()
		if len(done) > 0 {
			t.Errorf("a search did not wait: %v", <-done)
		}
		if found, err := s.EventsWhere(t.Context(), device.EventWhich{}, 1); err != nil || len(found.Events) != 1 {
			t.Errorf("the tail of the record: %+v, %v", found, err)
		}
		for range searches {
			<-s.searching
		}
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.EventsWhere(gone, device.EventWhich{Text: "toner"}, 1); !errors.Is(err, context.Canceled) || len(s.searching) != 0 {
			t.Errorf("a search that nobody waits for: %v", err)
		}
	})
}
