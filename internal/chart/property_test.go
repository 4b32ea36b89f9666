package chart

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"
)

// sound checks what every picture must be: XML, with a title and a description that it refers to, without script,
// style attributes, anything of another origin, or characters that hide or turn text.
func sound(t interface{ Fatalf(string, ...any) }, svg []byte) {
	ids, refs := map[string]int{}, []string{}
	elements := map[string]int{}
	dec := xml.NewDecoder(bytes.NewReader(svg))
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("no XML: %v\n%s", err, svg)
		}
		start, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		elements[start.Name.Local]++
		for _, a := range start.Attr {
			switch name := strings.ToLower(a.Name.Local); {
			case strings.HasPrefix(name, "on"), name == "href", name == "style", name == "src":
				t.Fatalf("attribute %s", name)
			case name == "id":
				ids[a.Value]++
			case name == "aria-labelledby":
				refs = append(refs, strings.Fields(a.Value)...)
			case strings.HasPrefix(a.Value, "url("):
				refs = append(refs, strings.TrimSuffix(strings.TrimPrefix(a.Value, "url(#"), ")"))
			case name == "x", name == "y", name == "width", name == "height":
				v, err := strconv.ParseFloat(a.Value, 64)
				if err != nil || v < -20 || v > 5000 || math.Abs(v*10-math.Round(v*10)) > 1e-6 {
					t.Fatalf("%s=%q", name, a.Value)
				}
			}
		}
	}
	for name, n := range elements {
		switch name {
		case "style":
			if n > 1 {
				t.Fatalf("%d elements style", n)
			}
		case "svg", "title", "desc":
			if n != 1 {
				t.Fatalf("%d elements %s", n, name)
			}
		case "rect", "path", "pattern", "text":
		default:
			t.Fatalf("an element %s", name)
		}
	}
	for id, n := range ids {
		if n != 1 {
			t.Fatalf("id %q stands %d times", id, n)
		}
	}
	for _, r := range refs {
		if ids[r] == 0 {
			t.Fatalf("nothing has the id %q", r)
		}
	}
	for _, r := range string(svg) {
		if r != '\n' && unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar {
			t.Fatalf("character %U", r)
		}
	}
}

var hostile = rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
	`</text><script>alert(1)</script>`, `"/><image href="http://example.net/x"/>`, "\u202egnol\u202c", "a\x00b\x1bc", "]]>", "<!--", "&amp;&#x1b;", "\xff\xfe",
	`' onload='x`, "{{ site.title }}", "日本語の名前", "e\u0301\u0301\u0301", strings.Repeat("W", 4000), "\ufdd0\uffff\U0001fffe", "\u2028\u2029", "",
}))

func drawHead(t *rapid.T) Head {
	return Head{ID: hostile.Draw(t, "id"), Title: hostile.Draw(t, "title"), Desc: hostile.Draw(t, "desc")}
}

func drawTime(t *rapid.T, name string) time.Time {
	return noon.Add(time.Duration(rapid.Int64Range(-int64(400*24*time.Hour), int64(400*24*time.Hour)).Draw(t, name)))
}

func drawSpans(t *rapid.T) []Span {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Span {
		return Span{drawTime(t, "from"), drawTime(t, "to"), State(rapid.IntRange(-2, int(stateCount)+2).Draw(t, "state"))}
	}), 0, 20).Draw(t, "spans")
}

func TestAnyStrip(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("SKIPPED: the system has no time zones (Debian: tzdata)")
	}
	rapid.Check(t, func(t *rapid.T) {
		s := &Strip{Head: drawHead(t), From: drawTime(t, "begin"), To: drawTime(t, "end"), Zone: rapid.SampledFrom([]*time.Location{nil, time.UTC, berlin}).Draw(t, "zone")}
		for range rapid.IntRange(0, 50).Draw(t, "rows") {
			s.Rows = append(s.Rows, Row{hostile.Draw(t, "group"), hostile.Draw(t, "label"), drawSpans(t)})
		}
		svg := s.SVG()
		sound(t, svg)
		if !bytes.Equal(svg, s.SVG()) {
			t.Fatalf("not the same bytes twice")
		}
	})
}

func TestAnyLanes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := &Lanes{Head: drawHead(t), From: drawTime(t, "begin"), To: drawTime(t, "end"), Now: drawTime(t, "now")}
		l.Wide, l.Bare = rapid.Bool().Draw(t, "wide"), rapid.Bool().Draw(t, "bare")
		for range rapid.IntRange(0, 50).Draw(t, "sources") {
			l.Sources = append(l.Sources, Lane{hostile.Draw(t, "label"), drawSpans(t), drawSpans(t)})
		}
		l.Verdict = Lane{Label: hostile.Draw(t, "verdict"), Spans: drawSpans(t)}
		for range rapid.IntRange(0, 30).Draw(t, "marks") {
			l.Marks = append(l.Marks, drawTime(t, "mark"))
		}
		svg := l.SVG()
		sound(t, svg)
		if !bytes.Equal(svg, l.SVG()) {
			t.Fatalf("not the same bytes twice")
		}
		if bytes.Contains(svg, []byte("<style")) == l.Bare {
			t.Fatalf("a style element, bare %v", l.Bare)
		}
	})
}

// TestMarksAreAllNumbered: every mark within the time is in exactly one group, and groups stand apart.
func TestMarksAreAllNumbered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minutes := rapid.SliceOfN(rapid.Float64Range(-10, 70), 0, 40).Draw(t, "marks")
		slices.Sort(minutes)
		var marks []time.Time
		for _, m := range minutes {
			marks = append(marks, at(m))
		}
		x := func(t time.Time) float64 { return 5 * t.Sub(noon).Minutes() }
		next, last := 1, math.Inf(-1)
		for next <= len(marks) && marks[next-1].Before(at(0)) {
			next++
		}
		for _, g := range groups(marks, at(0), at(60), x) {
			if g.first != next || g.last < g.first || g.x-last < markRoom {
				t.Fatalf("group %+v after number %d at %v", g, next-1, last)
			}
			next, last = g.last+1, g.x
		}
		for ; next <= len(marks); next++ {
			if !marks[next-1].After(at(60)) {
				t.Fatalf("mark %d has no number", next)
			}
		}
	})
}

func TestAnyMatrixAndBars(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &Matrix{Head: drawHead(t), Sources: rapid.SliceOfN(hostile, 0, 9).Draw(t, "sources"), Unit: hostile.Draw(t, "unit")}
		b := &Bars{Head: drawHead(t)}
		length := rapid.Map(rapid.Int64Range(0, int64(900*24*time.Hour)), func(n int64) time.Duration { return time.Duration(n) })
		for range rapid.IntRange(0, 50).Draw(t, "rows") {
			compared := length.Draw(t, "compared")
			m.Pairs = append(m.Pairs, Pair{rapid.IntRange(-1, 9).Draw(t, "a"), rapid.IntRange(-1, 9).Draw(t, "b"), min(compared, length.Draw(t, "agreed")), compared, rapid.Int().Draw(t, "n")})
			b.Rows = append(b.Rows, Bar{hostile.Draw(t, "group"), hostile.Draw(t, "label"), length.Draw(t, "up"), length.Draw(t, "down"), length.Draw(t, "unknown")})
		}
		sound(t, m.SVG())
		sound(t, b.SVG())
	})
}

// TestRunsDoNotOverlap also checks that the worst of the spans is seen wherever it was, and nothing where there was none.
func TestRunsDoNotOverlap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spans, columns := drawSpans(t), rapid.IntRange(1, 300).Draw(t, "columns")
		from := drawTime(t, "begin")
		to := from.Add(time.Duration(rapid.Int64Range(1, int64(900*24*time.Hour)).Draw(t, "length")))
		runs := quantize(spans, from, to, columns)
		end, drawn := 0, make([]State, columns)
		for _, r := range runs {
			if r.from < end || r.to <= r.from || r.to > columns || r.state <= None || r.state >= stateCount {
				t.Fatalf("run %+v after column %d of %d", r, end, columns)
			}
			end = r.to
			for i := r.from; i < r.to; i++ {
				drawn[i] = r.state
			}
		}
		for _, s := range spans {
			if s.State <= None || s.State >= stateCount || !s.From.Before(s.To) {
				continue
			}
			middle := s.From.Add(s.To.Sub(s.From) / 2)
			if middle.Before(from) || !middle.Before(to) {
				continue
			}
			i := min(int(float64(middle.Sub(from))/float64(to.Sub(from))*float64(columns)), columns-1)
			if drawn[i] < s.State {
				t.Fatalf("column %d shows %d, and %d was then", i, drawn[i], s.State)
			}
		}
	})
}

// TestWidthsAddUp: what a bar shows of its parts is as wide as the bar, and a part that is there is seen.
func TestWidthsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.Map(rapid.Int64Range(0, int64(900*24*time.Hour)), func(n int64) time.Duration { return time.Duration(n) }), 3, 3).Draw(t, "parts")
		wide := float64(rapid.IntRange(200, 4000).Draw(t, "wide")) / 10
		sum := 0.0
		for i, w := range widths(parts, wide) {
			if w < 0 || parts[i] > 0 && w < column || parts[i] == 0 && w != 0 {
				t.Fatalf("part %d of %v is %v wide", i, parts, w)
			}
			sum += w
		}
		if want := wide; parts[0]+parts[1]+parts[2] > 0 && math.Abs(sum-want) > 1e-6 {
			t.Fatalf("%v are %v wide, want %v", parts, sum, want)
		}
	})
}

func TestPercent(t *testing.T) {
	for _, c := range []struct {
		part, whole time.Duration
		want        string
	}{
		{0, 0, "–"}, {0, 5, "0 %"}, {5, 5, "100 %"}, {1, 3, "33.3 %"}, {999_999_999, 1_000_000_000, "99.99 %"}, {1, 1_000_000_000, "under 0.01 %"}, {993, 1000, "99.30 %"},
		{1, 1000, "0.10 %"}, {9899, 10000, "99.0 %"}, {9900, 10000, "99.00 %"},
	} {
		if got := Percent(c.part, c.whole); got != c.want {
			t.Errorf("Percent(%d, %d) = %s, want %s", c.part, c.whole, got, c.want)
		}
	}
}

// TestTicks: marks stand on the clock on the wall, also on the days on which it is changed, and are few enough.
func TestTicks(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("SKIPPED: the system has no time zones (Debian: tzdata)")
	}
	labels := func(from, to time.Time) string {
		var out []string
		for _, m := range ticks(from, to, berlin) {
			out = append(out, m.label)
		}
		return strings.Join(out, " ")
	}
	day := time.Date(2026, 3, 28, 23, 0, 0, 0, time.UTC) // midnight of the day that loses an hour
	for _, c := range []struct{ name, got, want string }{
		{"forward", labels(day, day.Add(6*time.Hour)), "00:00 03:00 04:00 06:00"},
		{"a day", labels(day, day.Add(23*time.Hour)), "29 Mar 06:00 12:00 18:00 30 Mar"},
		{"back", labels(time.Date(2026, 10, 24, 22, 0, 0, 0, time.UTC), time.Date(2026, 10, 25, 10, 0, 0, 0, time.UTC)), "00:00 02:00 04:00 06:00 08:00 10:00"},
		{"seconds", labels(day, day.Add(40*time.Second)), "00:00:00 00:00:10 00:00:20 00:00:30 00:00:40"},
		{"months", labels(day, day.AddDate(0, 5, 0)), "Apr 26 May 26 Jun 26 Jul 26 Aug 26"},
		{"years", labels(day, day.AddDate(30, 0, 0)), "2030 2035 2040 2045 2050 2055"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.name, c.got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		from := drawTime(t, "from")
		to := from.Add(time.Duration(rapid.Int64Range(int64(time.Second), int64(40*365*24*time.Hour)).Draw(t, "length")))
		marks := ticks(from, to, berlin)
		if len(marks) == 0 && to.Sub(from) > 3*time.Second || len(marks) > mostTicks {
			t.Fatalf("%d marks from %s to %s", len(marks), from, to)
		}
		for i, m := range marks {
			if m.at.Before(from) || m.at.After(to) || i > 0 && !m.at.After(marks[i-1].at) {
				t.Fatalf("mark %s of %s to %s", m.at, from, to)
			}
		}
	})
}
