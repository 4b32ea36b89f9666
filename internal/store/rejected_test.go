package store

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

// TestCapRejected is that a source that sends nothing else does not crowd out what others have had rejected.
func TestCapRejected(t *testing.T) {
	s := mustOpen(t, folder(t), Options{})
	var flood []device.Rejection
	for i := range 2*pruneRows + 30 {
		flood = append(flood, device.Rejection{Source: "loud", Ref: fmt.Sprint(i), Reason: "no"})
	}
	for _, rs := range [][]device.Rejection{{{Source: "quiet", Ref: "1", Reason: "no"}}, flood} {
		if err := s.Reject(t.Context(), start, rs); err != nil {
			t.Fatal(err)
		}
	}
	over, err := s.CapRejected(t.Context(), 20)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int64{"loud": 2*pruneRows + 10}, over); diff != "" {
		t.Error(diff)
	}
	rows, err := s.RejectedOf(t.Context(), RejectedWhich{}, 100)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 21 || rows[0].Source != "quiet" || rows[1].Ref != fmt.Sprint(2*pruneRows+10) {
		t.Errorf("%d are kept, from %v", len(rows), rows[:2])
	}
	if over, err = s.CapRejected(t.Context(), 20); err != nil || len(over) > 0 {
		t.Errorf("again: %v, %v", over, err)
	}
}
