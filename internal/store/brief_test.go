package store

import (
	"context"
	"testing"
	"time"
)

func TestBriefs(t *testing.T) {
	ctx := context.Background()
	s := mustOpen(t, folder(t), Options{})
	r1, r2, r3 := record(1, 3), record(2, 3), record(3, 3)
	r2.Polls[0].Err, r2.Polls[0].Count = "timeout", 0
	r3.Polls[0].Probe = true
	mustCommit(t, s, r1, r2, r3)
	got, err := s.Briefs(ctx, "prtg", time.Time{}, 9)
	if err != nil || len(got) != 2 || got[0].Count != 3 || got[0].Took != time.Second || got[1].Err != "timeout" || !got[0].At.Equal(r1.Instants[0]) {
		t.Errorf("%+v: %v", got, err)
	}
	if got, err = s.Briefs(ctx, "prtg", time.Time{}, 1); err != nil || len(got) != 1 || got[0].Err == "" {
		t.Errorf("the newest is %+v: %v", got, err)
	}
	if got, err = s.Briefs(ctx, "prtg", r2.Instants[0], 9); err != nil || len(got) != 1 {
		t.Errorf("since the second: %+v: %v", got, err)
	}
}
