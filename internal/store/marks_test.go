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
		m := pipeline.Mark{Ref: rapid.String().Draw(t, "ref"), ObservedAt: at.Draw(t, "observed")}
		if rapid.Bool().Draw(t, "with claims") {
			m.Claims = rapid.SliceOfN(at, 0, 5).Draw(t, "claims")
		}
		return m
	}), 1, 20)
	rapid.Check(t, func(t *rapid.T) {
		want := marks.Draw(t, "marks")
		got, err := decodeMarks(encodeMarks(at.Draw(t, "poll"), want))
		if err != nil {
			t.Fatal(err)
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
	if n := len(encodeMarks(start, marks)); n > 6*len(marks) {
		t.Errorf("%d bytes for %d marks", n, len(marks))
	}
	if encodeMarks(start, nil) != nil {
		t.Error("no marks take room")
	}
}

func FuzzDecodeMarks(f *testing.F) {
	f.Add([]byte{})
	f.Add(encodeMarks(start, []pipeline.Mark{{Ref: "12", ObservedAt: start, Claims: []time.Time{start, {}}}, {Ref: "13"}}))
	f.Add([]byte{marksVersion, 1, 0, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, b []byte) {
		marks, err := decodeMarks(b) // neither panics nor takes memory that b does not account for
		if err == nil && len(marks) > len(b) {
			t.Errorf("%d marks of %d bytes", len(marks), len(b))
		}
	})
}
