package truth

import (
	"errors"
	"io"
	"reflect"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab/seeded"
	"github.com/quorate/quorate/pipeline"
)

// TestJournalCarriesOn: a record that is loaded again at every turn gives the verdicts of one that never was.
func TestJournalCarriesOn(t *testing.T) {
	lab := seeded.New(seeded.Options{Seed: 4, Length: 3 * time.Hour, Scale: 20})
	var all []device.Snapshot
	for play := lab.Play(); ; {
		s, err := play.Next()
		if errors.Is(err, io.EOF) {
			if play.Resume() {
				continue
			}
			break
		}
		all = append(all, s)
	}
	replay := func(j *journal, snapshots []device.Snapshot) {
		next := func() (device.Snapshot, error) {
			if len(snapshots) == 0 {
				return device.Snapshot{}, io.EOF
			}
			s := snapshots[0]
			snapshots = snapshots[1:]
			return s, nil
		}
		if _, err := pipeline.Replay(t.Context(), config(lab), j, next, nil); err != nil {
			t.Fatal(err)
		}
	}
	whole, parts := newJournal(lab), newJournal(lab)
	replay(whole, all)
	for i := 0; i < len(all); {
		end := min(i+7, len(all))
		for end < len(all) && all[end].At.Equal(all[end-1].At) {
			end++
		}
		replay(parts, all[i:end])
		i = end
	}
	changes := 0
	for dev, says := range whole.says {
		changes += len(says)
		if !reflect.DeepEqual(says, parts.says[dev]) {
			t.Errorf("%s: in one go %v, in parts %v", lab.Devices[dev].Name, says, parts.says[dev])
		}
	}
	if changes <= 2*len(lab.Devices) {
		t.Errorf("the lab shows nothing: %d changes", changes)
	}
}
