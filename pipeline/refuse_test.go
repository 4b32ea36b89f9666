package pipeline

import (
	"bytes"
	"log/slog"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
)

// Numbers that are none could be neither judged by nor recorded: such a configuration is refused, at the start and later.
func TestConfigurationWithoutNumbersIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		good, bad := testConfig("lab"), testConfig("lab")
		bad.Consensus.Defaults.FreshFor = math.NaN()
		const want = "fresh_for is NaN"
		if _, err := New(bad, Options{Journal: &MemJournal{}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("new: %v", err)
		}
		if _, err := NewAgain(bad, Loaded{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("again: %v", err)
		}
		if SameSettings(bad, bad) {
			t.Error("settings without a form are the same as none")
		}
		r := run(t, &MemJournal{}, good)
		if err := r.Reconfigure(bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("reconfigure: %v", err)
		}
		r.publish(snapshot("lab", device.StateUp, "1"))
		r.end()
	})
}

// An observation that has no JSON form, which validation lets through nowhere, is rejected with the reason; the others
// of its instant stand, and nothing panics.
func TestObservationWithoutAFormIsRejected(t *testing.T) {
	var log bytes.Buffer
	j := &MemJournal{}
	cfg := testConfig("a", "b")
	c := &committer{
		journal: j, log: slog.New(slog.NewTextHandler(&log, nil)), view: newView(cfg), mem: newMemory(nil, nil, consensus.NewState()), stages: stages(),
	}
	odd := snapshot("a", device.StateUp, "1")
	odd.Observations[0].Claims[0].ObservedAt = time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC)
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	in, err := c.process(t.Context(), at, false, []submitted{{snapshot: odd}, {snapshot: snapshot("b", device.StateUp, "2")}})
	if err != nil {
		t.Fatal(err)
	}
	if len(in.record.Observations) != 1 || in.record.Observations[0].Source != "b" {
		t.Errorf("recorded: %+v", in.record.Observations)
	}
	rejected := j.Rejected()
	if len(rejected) != 1 || rejected[0].Source != "a" || !strings.Contains(rejected[0].Reason, `observation "1" has no JSON form`) {
		t.Errorf("rejected: %+v", rejected)
	}
	if strings.Contains(log.String(), "panick") {
		t.Error(log.String())
	}
}
