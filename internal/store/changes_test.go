package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

// Changes are the verdicts without the votes behind them, from any number on.
func TestChanges(t *testing.T) {
	ctx := t.Context()
	s := mustOpen(t, folder(t), Options{})
	r1, r2 := record(1, 2), record(2, 2)
	mustCommit(t, s, r1, r2)
	var want []device.Verdict
	for _, v := range append(r1.Verdicts, r2.Verdicts...) {
		want = append(want, device.Verdict{Seq: v.Seq, Device: device.Name{ID: v.Device.ID}, DecidedAt: v.DecidedAt, From: v.From, To: v.To, Overlays: v.Overlays})
	}
	for after, from := range map[int64]int{0: 0, 2: 2, 3: 3, 4: 4} {
		got, err := s.Changes(ctx, after)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(append([]device.Verdict(nil), want[from:]...), got); d != "" {
			t.Errorf("after %d (-want +got):\n%s", after, d)
		}
	}
	for at, want := range map[time.Time]int64{start: 0, r2.Instants[0]: 2, r2.Instants[0].Add(time.Hour): 4} {
		if got, err := s.SeqBefore(ctx, at); err != nil || got != want {
			t.Errorf("before %v: %d, %v, want %d", at, got, err, want)
		}
	}
}
