package web

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"testing"
)

// TestContrast reads the colours out of the style sheet: texts stand out from their ground by 4.5 to 1, signs, strips and
// the borders of controls by 3, in both themes.
func TestContrast(t *testing.T) {
	sheet, err := staticFiles.ReadFile("static/quorate.css")
	if err != nil {
		t.Fatal(err)
	}
	var themes []map[string]string
	for _, block := range regexp.MustCompile(`(?s):root[^{]*\{\s*color-scheme: (?:light|dark);(.*?)\}`).FindAllSubmatch(sheet, -1) {
		colours := map[string]string{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]+)`).FindAllSubmatch(block[1], -1) {
			colours[string(m[1])] = string(m[2])
		}
		themes = append(themes, colours)
	}
	if len(themes) != 3 || !maps.Equal(themes[1], themes[2]) {
		t.Fatalf("%d themes; light, dark by the system and dark by choice are expected, the last two alike", len(themes))
	}
	if a, b := slices.Sorted(maps.Keys(themes[0])), slices.Sorted(maps.Keys(themes[1])); !slices.Equal(a, b) {
		t.Fatalf("light has %v, dark has %v", a, b)
	}
	for i, c := range themes[:2] {
		check := func(ink, ground string, least float64) {
			if got := contrast(t, c[ink], c[ground]); got < least {
				t.Errorf("theme %d: %s on %s is %.2f to 1, want %.1f", i, ink, ground, got, least)
			}
		}
		for _, ground := range []string{"bg", "card", "raise"} {
			for _, ink := range []string{"ink", "soft", "link", "up", "down", "warn", "unknown", "info"} {
				check(ink, ground, 4.5)
			}
			for _, sign := range []string{"edge", "focus", "s-up", "s-down", "s-degraded", "s-unknown", "s-disputed", "s-maintenance", "s-blind", "s-suspect"} {
				check(sign, ground, 3)
			}
		}
		for _, word := range []string{"up", "down", "warn", "unknown", "info"} {
			check(word, word+"-bg", 4.5)
			check("ink", word+"-bg", 4.5)
		}
		check("accent-ink", "accent", 4.5)
	}
}

// contrast is the ratio of two colours as WCAG 2 has it.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	if len(colour) == 4 {
		colour = fmt.Sprintf("#%c%c%c%c%c%c", colour[1], colour[1], colour[2], colour[2], colour[3], colour[3])
	}
	v, err := strconv.ParseUint(colour[1:], 16, 32)
	if err != nil || len(colour) != 7 {
		t.Fatalf("%q is no colour", colour)
	}
	part := func(shift uint) float64 {
		c := float64(v>>shift&0xff) / 255
		if c <= 0.03928 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*part(16) + 0.7152*part(8) + 0.0722*part(0)
}
