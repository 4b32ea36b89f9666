package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/quorate/quorate/pipeline"
	"pgregory.net/rapid"
)

func TestMarksRoundTrip(t *testing.T) {
	at := rapid.Custom(func(t *rapid.T) time.Time {
		if rapid.IntRange(0, 9).Draw(t, "none") == 0 {
			return time.Time{}
		}
		unit := rapid.SampledFrom([]time.Duration{time.Second, time.Millisecond, time.Microsecond}).Draw(t, "unit")
		return start.Add(time.Duration(rapid.Int64Range(-1e6, 1e9).Draw(t, "offset")) * unit)
	})
	marks := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) pipeline.Mark {
		m := pipeline.Mark{Ref: rapid.String().Draw(t, "ref"), Says: rapid.SampledFrom([]pipeline.Saying{pipeline.AsBefore, pipeline.InRow, pipeline.AsLate}).Draw(t, "says")}
		if m.Says == pipeline.InRow {
			return m
		}
		m.ObservedAt = at.Draw(t, "observed")
		if rapid.Bool().Draw(t, "with claims") {
			m.Claims = rapid.SliceOfN(at, 0, 5).Draw(t, "claims")
		}
		return m
	}), 1, 20)
	rapid.Check(t, func(t *rapid.T) {
		want := marks.Draw(t, "marks")
		wantProbe := rapid.Bool().Draw(t, "probe")
		got, probe, err := decodeMarks(encodeMarks(at.Draw(t, "poll"), wantProbe, want))
		if err != nil || probe != wantProbe {
			t.Fatalf("a tie-breaker's: %v, want %v; %v", probe, wantProbe, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("(-want +got):\n%s", d)
		}
	})
}

func TestMarksAreSmall(t *testing.T) {
	marks := make([]pipeline.Mark, 1000)
	for i := range marks {
		marks[i] = pipeline.Mark{Ref: fmt.Sprint(2000 + i), ObservedAt: start.Add(-time.Duration(i%60) * time.Second)}
	}
	if n := len(encodeMarks(start, false, marks)); n > 6*len(marks) {
		t.Errorf("%d bytes for %d marks", n, len(marks))
	}
	if encodeMarks(start, false, nil) != nil {
		t.Error("no marks take room")
	}
}

func TestEmptyProbeIsKept(t *testing.T) {
	if marks, probe, err := decodeMarks(encodeMarks(start, true, nil)); err != nil || !probe || marks != nil {
		t.Errorf("%v %v %v", marks, probe, err)
	}
}

// What an older version wrote is still read, for whoever shows it.
func TestMarksOfTheFirstVersion(t *testing.T) {
	b := []byte{marksOld, 0xc0, 0x84, 0x3d, 0} // seconds from 1970
	b = append(b, 2, 0, 2, '1', '2', 3, 0, 1, 1, '3', 0, 2, 5)
	marks, _, err := decodeMarks(b)
	want := []pipeline.Mark{{Ref: "12", ObservedAt: time.Unix(1, 0).UTC()}, {Ref: "13", Claims: []time.Time{time.Unix(3, 0).UTC()}}}
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, marks); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func FuzzDecodeMarks(f *testing.F) {
	f.Add([]byte{})
	f.Add(encodeMarks(start, false, []pipeline.Mark{{Ref: "12", ObservedAt: start, Claims: []time.Time{start, {}}}, {Ref: "13", Says: pipeline.InRow}}))
	f.Add([]byte{marksOld, 1, 0, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, b []byte) {
		marks, _, err := decodeMarks(b) // neither panics nor takes memory that b does not account for
		if err == nil && len(marks) > len(b) {
			t.Errorf("%d marks of %d bytes", len(marks), len(b))
		}
	})
}
