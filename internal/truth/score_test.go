package truth

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab/seeded"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func at(minutes float64) time.Time {
	return start.Add(time.Duration(minutes * float64(time.Minute)))
}

func span(from, to float64) seeded.Span { return seeded.Span{From: at(from), To: at(to)} }

// words reads pairs of a minute and a state.
func words(pairs ...any) []seeded.Word {
	var out []seeded.Word
	for p := range slices.Chunk(pairs, 2) {
		minute, ok := p[0].(float64)
		if !ok {
			minute = float64(p[0].(int))
		}
		out = append(out, seeded.Word{At: at(minute), State: p[1].(device.State)})
	}
	return out
}

const up, down, unknown = device.StateUp, device.StateDown, device.StateUnknown

// TestScore is the scoring, worked out by hand: an hour in which one device is watched, measured each minute by the
// slowest witness that sees an outage, and each five by the slowest that it has.
func TestScore(t *testing.T) {
	minutes := func(m float64) time.Duration { return time.Duration(m * float64(time.Minute)) }
	for _, c := range []struct {
		name  string
		says  []seeded.Word
		truth seeded.Spans
		want  Score
	}{
		{"nothing happens", words(0, up), nil, Score{}},
		{"nobody ever speaks", nil, nil, Score{UnknownUp: minutes(60)}},
		{"silent at first", words(5, up), nil, Score{UnknownUp: minutes(5)}},
		{"called and seen to end at once", words(0, up, 11.5, down, 30, up), seeded.Spans{span(10, 30)},
			Score{Seen: Calls{1, 0, []Delay{{minutes(1.5), time.Minute}}}, Watching: Calls{1, 0, []Delay{{minutes(1.5), 5 * time.Minute}}}}},
		{"its end is seen late", words(0, up, 11, down, 32, up), seeded.Spans{span(10, 30)},
			Score{False: minutes(2), After: minutes(2),
				Seen: Calls{1, 0, []Delay{{time.Minute, time.Minute}}}, Watching: Calls{1, 0, []Delay{{time.Minute, 5 * time.Minute}}}}},
		{"too short to be missed", words(0, up), seeded.Spans{span(10, 12)}, Score{}},
		{"short, but two intervals of who saw it", words(0, up), seeded.Spans{span(10, 15)}, Score{Seen: Calls{1, 1, nil}}},
		{"missed", words(0, up), seeded.Spans{span(10, 25)}, Score{Seen: Calls{1, 1, nil}, Watching: Calls{1, 1, nil}}},
		{"called when it is over", words(0, up, 26, down, 29, up), seeded.Spans{span(10, 25)},
			Score{False: minutes(3), After: minutes(3), Seen: Calls{1, 1, nil}, Watching: Calls{1, 1, nil}}},
		{"a false alarm", words(0, up, 20, down, 24, up), nil, Score{False: minutes(4), Alarms: 1}},
		{"a false alarm long after an outage", words(0, up, 30, down, 34, up), seeded.Spans{span(10, 12)}, Score{False: minutes(4), Alarms: 1}},
		{"a false alarm that an outage makes true", words(0, up, 18, down, 33, up), seeded.Spans{span(20, 30)},
			Score{False: minutes(5), After: minutes(3), Alarms: 1, Seen: Calls{1, 0, []Delay{{0, time.Minute}}}}},
		{"unknown on both sides", words(0, up, 15, unknown, 40, up), seeded.Spans{span(10, 30)},
			Score{UnknownUp: minutes(10), UnknownDown: minutes(15), Seen: Calls{1, 1, nil}, Watching: Calls{1, 1, nil}}},
		{"down at the end of the window", words(0, up, 55, down), nil, Score{False: minutes(5), Alarms: 1}},
		{"two outages under one alarm", words(0, up, 10, down, 40, up), seeded.Spans{span(10, 20), span(25, 40)},
			Score{False: minutes(5), After: minutes(5),
				Seen:     Calls{2, 0, []Delay{{0, time.Minute}, {0, time.Minute}}},
				Watching: Calls{1, 0, []Delay{{0, 5 * time.Minute}}}}},
		{"under way before the window", words(-20, up, -10, down, 5, up), seeded.Spans{span(-15, 3)}, Score{False: minutes(2), After: minutes(2)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got Score
			by := terms{
				truth: c.truth, window: span(0, 60), watching: 5 * time.Minute,
				seen: func(seeded.Span) time.Duration { return time.Minute },
			}
			got.add(c.says, by, func(time.Time) seeded.Fault { return "x" })
			c.want.Watched = time.Hour
			if nothing := c.want.False - c.want.After; nothing > 0 {
				c.want.Causes = map[seeded.Fault]time.Duration{"x": nothing}
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestMedian(t *testing.T) {
	late := func(minutes ...int) (out []Delay) {
		for _, m := range minutes {
			out = append(out, Delay{time.Duration(m) * time.Minute, 5 * time.Minute})
		}
		return out
	}
	for _, c := range []struct {
		name string
		c    Calls
		took time.Duration
		in   float64
		ok   bool
	}{
		{"no outage", Calls{}, 0, 0, false},
		{"one", Calls{1, 0, late(3)}, 3 * time.Minute, 0.6, true},
		{"the lower of two in the middle", Calls{4, 0, late(9, 2, 5, 7)}, 5 * time.Minute, 1, true},
		{"a missed one is the latest", Calls{3, 1, late(1, 10)}, 10 * time.Minute, 2, true},
		{"most are missed", Calls{3, 2, late(1)}, 0, 0, false},
	} {
		if took, in, ok := c.c.Median(); took != c.took || in != c.in || ok != c.ok {
			t.Errorf("%s: got %v, %v, %v", c.name, took, in, ok)
		}
	}
}

func TestRules(t *testing.T) {
	a := words(0, up, 10, down, 20, up)
	b := words(0, up, 15, down, 30, unknown)
	c := words(0, unknown, 12, up, 18, down)
	for _, r := range []struct {
		name string
		rule rule
		want []seeded.Word
	}{
		{"any", anyDown, words(0, up, 10, down)}, // c never takes its down back
		{"all", allDown, words(0, up, 18, down, 20, up)},
		{"most", mostlyDown, words(0, up, 15, down, 30, up)},
	} {
		if got := combine([][]seeded.Word{a, b, c}, r.rule); !reflect.DeepEqual(got, r.want) {
			t.Errorf("%s: got %v, want %v", r.name, got, r.want)
		}
	}
	if got := combine([][]seeded.Word{words(5, unknown, 6, down)}, allDown); !reflect.DeepEqual(got, words(5, unknown, 6, down)) {
		t.Errorf("one alone: got %v", got)
	}
}

// TestSlowest: an interval is that of the slowest witness that saw the outage, else of the slowest there is.
func TestSlowest(t *testing.T) {
	every := []time.Duration{time.Minute, 5 * time.Minute}
	says := [][]seeded.Word{words(0, up, 11, down, 30, up), words(0, up, 31, down, 36, up)}
	if got := slowest(says, every, span(10, 30)); got != time.Minute {
		t.Errorf("seen by the fast one alone: %v", got)
	}
	if got := slowest(says, every, span(10, 32)); got != 5*time.Minute {
		t.Errorf("seen by both: %v", got)
	}
	if got := slowest(says, every, span(1, 9)); got != 5*time.Minute {
		t.Errorf("seen by none: %v", got)
	}
}

func TestFooledBy(t *testing.T) {
	a := []seeded.Word{{At: at(0), State: up}, {At: at(10), State: down, Why: "moved"}, {At: at(30), State: up}}
	b := []seeded.Word{{At: at(5), State: down, Why: "moved"}, {At: at(15), State: down, Why: "busy"}, {At: at(25), State: unknown}}
	why := fooledBy(a, b)
	for minute, want := range map[float64]seeded.Fault{1: Stale, 6: "moved", 12: "moved", 16: Several, 26: "moved", 31: Stale} {
		if got := why(at(minute)); got != want {
			t.Errorf("at %v: %q, want %q", minute, got, want)
		}
	}
}
