package sanitize

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate/internal/leaktext"
)

// survives reports whether a case's secret is still there when the text is cleaned.
func survives(t *testing.T, c *Cleaner, tt leaktext.Case) bool {
	t.Helper()
	got, err := c.Text(t.Context(), tt.Text, &Report{})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(strings.ToLower(got), strings.ToLower(tt.Secret))
}

// TestGeneratedTexts cleans values drawn at random in contexts drawn at random.
func TestGeneratedTexts(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 5))
	c := NewCleaner(newTable(t, &memory{}), nil)
	const each = 300
	missed, shown := map[string]int{}, map[string]string{}
	for _, tt := range leaktext.Generate(r, each) {
		if survives(t, c, tt) {
			missed[tt.Kind]++
			shown[tt.Kind] += "\n  " + tt.Text
		}
	}
	for kind, n := range missed {
		t.Logf("seed %d: %s: %d of %d left", seed, kind, n, each)
		if n*50 > each {
			t.Errorf("seed %d: %s: %d of %d left:%s", seed, kind, n, each, shown[kind])
		}
	}
	changed := 0
	lines := leaktext.Plain(r, 3000)
	for _, line := range lines {
		if got, err := c.Text(t.Context(), line, &Report{}); err != nil || got != line {
			if changed++; changed < 10 {
				t.Logf("seed %d: changed (%v) %q\n  to %q", seed, err, line, got)
			}
		}
	}
	if changed*50 > len(lines) {
		t.Errorf("seed %d: %d of %d harmless lines changed", seed, changed, len(lines))
	}
}

// TestLabelledTexts cleans a case of every rule of the gate, which shares no rule with the cleaner.
func TestLabelledTexts(t *testing.T) {
	c := NewCleaner(newTable(t, &memory{}), nil)
	left, all := 0, leaktext.Secrets()
	for _, tt := range all {
		if survives(t, c, tt) {
			left++
			t.Logf("left: %s: %q", tt.Kind, tt.Text)
		}
	}
	if left*50 > len(all) {
		t.Errorf("%d of %d left", left, len(all))
	}
	for _, line := range leaktext.Harmless() {
		if got, err := c.Text(t.Context(), line, &Report{}); err != nil || got != line {
			t.Errorf("%q (%v) becomes %q", line, err, got)
		}
	}
}

// TestEveryFinderIsNeeded takes one finder away at a time: a case must then get through.
func TestEveryFinderIsNeeded(t *testing.T) {
	whole := newFinders()
	cases := append(leaktext.Secrets(), own()...)
	for i := range whole {
		var may []leaktext.Case
		for _, tt := range cases {
			flat, _ := flatten(tt.Text, false)
			if whole[i].leads || whole[i].re.MatchString(smallASCII(flat)) || whole[i].re.MatchString(flat) {
				may = append(may, tt)
			}
		}
		finders := slices.Delete(slices.Clone(whole), i, i+1)
		c := &Cleaner{table: newTable(t, &memory{}), known: newIndex(nil), finders: finders, lookout: newLookout(finders)}
		if !slices.ContainsFunc(may, func(tt leaktext.Case) bool { return survives(t, c, tt) }) {
			t.Errorf("nothing misses the finder for %s: %.120s", whole[i].kind, whole[i].re)
		}
	}
}

// own are cases of finders that the gate has no rule for.
func own() []leaktext.Case {
	var out []leaktext.Case
	for _, c := range []leaktext.Case{
		{Text: "seen {macblank} there", Secret: "{macblank}"},
		{Text: "boot {uuid}", Secret: "4c4c4544"},
		{Text: "engineID 80001f" + "8880", Secret: "80001f" + "8880"},
		{Text: "http://192.0.2.1/x?code={word}", Secret: "{word}"},
		{Text: "Cookie: theme={word}", Secret: "{word}"},
		{Text: "X-Box-Key: {word}", Secret: "{word}"},
		{Text: "-----BEGIN X " + "PRIVATE KEY-----\nabc\nlast\n-----END X " + "PRIVATE KEY-----", Secret: "last"},
		{Text: "basic ab12" + "cd34ef", Secret: "ab12" + "cd34ef"},
		{Text: `SSID "kingfisher"`, Secret: "kingfisher"},
		{Text: "SSID Kingfisher joined", Secret: "Kingfisher"},
		{Text: "wwn-0x5000c500" + "00000001", Secret: "5000c500" + "00000001"},
		{Text: "su - anna", Secret: "anna"},
		{Text: "useradd -m anna", Secret: "anna"},
	} {
		out = append(out, leaktext.Case{Text: leaktext.Fill(c.Text), Secret: leaktext.Fill(c.Secret)})
	}
	return out
}
