package chart

import (
	"math"
	"strconv"
	"testing"
)

// contrast is that of WCAG between two colours of the form #rrggbb.
func contrast(t *testing.T, a, b string) float64 {
	light := func(s string) float64 {
		v, err := strconv.ParseUint(s[1:], 16, 32)
		if err != nil || len(s) != 7 {
			t.Fatalf("colour %q", s)
		}
		sum := 0.0
		for i, k := range []float64{0.2126, 0.7152, 0.0722} {
			c := float64(v>>(16-8*i)&0xff) / 255
			if c <= 0.04045 {
				c /= 12.92
			} else {
				c = math.Pow((c+0.055)/1.055, 2.4)
			}
			sum += k * c
		}
		return sum
	}
	x, y := light(a), light(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// TestContrast: shapes stand out by 3 to 1, texts by 4.5 to 1, in both themes; and no two states look the same but for
// their colour.
func TestContrast(t *testing.T) {
	const white, night = "#ffffff", "#0d1117"
	want := func(what string, got, least float64) {
		if got < least {
			t.Errorf("%s: %.2f to 1, want %.1f", what, got, least)
		}
	}
	want("text", contrast(t, "#1f2328", white), 4.5)
	want("text by night", contrast(t, "#e6e9f3", night), 4.5)
	want("soft text", contrast(t, "#57606a", white), 4.5)
	want("soft text by night", contrast(t, "#9aa4ae", night), 4.5)
	want("the line of a mark", contrast(t, "#57606a", white), 3)
	want("the line of a mark by night", contrast(t, "#9aa4ae", night), 3)
	seen := map[string]bool{}
	for _, l := range looks[1:] {
		want(l.word, contrast(t, l.light, white), 3)
		want(l.word+" by night", contrast(t, l.dark, night), 3)
		if l.letter != "" {
			want(l.word+"'s letter", contrast(t, white, l.light), 4.5)
			want(l.word+"'s letter by night", contrast(t, night, l.dark), 4.5)
		}
		if seen["letter "+l.letter] || seen["lines "+l.lines] {
			t.Errorf("%s differs by its colour alone", l.word)
		}
		seen["letter "+l.letter], seen["lines "+l.lines] = true, true
	}
	for i, s := range shades {
		want("figures on shade "+strconv.Itoa(i), contrast(t, s.ink, s.light), 4.5)
		want("figures by night on shade "+strconv.Itoa(i), contrast(t, s.inkDark, s.dark), 4.5)
	}
}
