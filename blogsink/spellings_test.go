package blogsink

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/quorate/quorate/internal/leakcheck"
	"github.com/quorate/quorate/internal/leaktext"
	"github.com/quorate/quorate/internal/sanitize"
)

// drawHome draws a home's private values.
func drawHome(r *rand.Rand) leakcheck.Registry {
	name := func() string {
		b := make([]byte, 6+r.IntN(5))
		for i := range b {
			b[i] = "bcdfghjklmnpqrstvwxz"[r.IntN(20)]
		}
		return string(b)
	}
	hexes := func(n int) string {
		var b strings.Builder
		for range n {
			fmt.Fprintf(&b, "%x", r.IntN(16))
		}
		return b.String()
	}
	domain := name() + ".lan"
	return leakcheck.Registry{
		"ipv4":        {fmt.Sprintf("10.%d.%d.%d", 21+r.IntN(200), 21+r.IntN(200), 21+r.IntN(200)), fmt.Sprintf("192"+".168.%d.%d", 1+r.IntN(250), 1+r.IntN(250))},
		"ipv6":        {fmt.Sprintf("fd%02x:%x:%x::%x", r.IntN(256), 4096+r.IntN(60000), 4096+r.IntN(60000), 4096+r.IntN(60000))},
		"mac":         {fmt.Sprintf("a4:bb:6d:%02x:%02x:%02x", 160+r.IntN(80), 160+r.IntN(80), 160+r.IntN(80))},
		"hostnames":   {name(), name() + "-" + name()},
		"fqdn":        {name() + "." + domain},
		"communities": {name() + "-ro"},
		"tokens":      {hexes(32)},
		"passwords":   {name() + "-" + fmt.Sprint(10+r.IntN(89))},
		"usernames":   {name()},
		"serials":     {strings.ToUpper(name()) + fmt.Sprint(10+r.IntN(89))},
		"ssids":       {name()},
	}
}

// TestEverySpellingIsFoundAndCleaned draws homes and posts, and writes each value in every spelling. The gate finds all of
// them as they stand; after the cleaner it finds none.
func TestEverySpellingIsFoundAndCleaned(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 11))
	frames := []string{"On Monday %s was down.", "| a | %s | b |", "- %s\n- next", "see %s, and 192.0.2.1", "title: %s", "%s"}
	homes := 6
	if testing.Short() {
		homes = 2
	}
	written, found, cleaned := 0, 0, 0
	for range homes {
		reg := drawHome(r)
		gate, alone, cleaner := leakcheck.New(reg), leakcheck.New(nil), cleanerOf(t, reg)
		for kind, values := range reg {
			for _, value := range values {
				for _, spelled := range leaktext.Spellings(kind, value) {
					text := strings.Replace(frames[r.IntN(len(frames))], "%s", spelled, 1)
					written++
					if len(gate.Check("p.md", []byte(text))) == 0 {
						t.Errorf("seed %d: %s as %q: the gate finds nothing in %q", seed, kind, spelled, text)
					} else {
						found++
					}
					clean, err := cleaner.Prose(t.Context(), text, &sanitize.Report{})
					if err != nil {
						t.Fatal(err)
					}
					if left := gate.Check("p.md", []byte(clean.String())); len(left) > len(alone.Check("p.md", []byte(clean.String()))) {
						t.Logf("seed %d: %s as %q stays as %q", seed, kind, spelled, clean)
					} else {
						cleaned++
					}
				}
			}
		}
	}
	t.Logf("%d spellings written, %d found by the gate, %d taken out by the cleaner alone", written, found, cleaned)
	if cleaned*100 < written*98 {
		t.Errorf("seed %d: the cleaner took out %d of %d", seed, cleaned, written)
	}
}

// markup are the signs by which Markdown, HTML, entities and escapes begin and end.
const markup = "<>[](){}&;\\%`*~"

// FuzzPlantedValue writes a known value, in any spelling, into any text. The gate finds it there; the cleaner takes it out,
// leaves valid UTF-8, and has nothing to do the second time.
func FuzzPlantedValue(f *testing.F) {
	reg := fuzzRegistry()
	var spelled []string
	for kind, values := range reg {
		for _, v := range values {
			spelled = append(spelled, leaktext.Spellings(kind, v)...)
		}
	}
	slices.Sort(spelled)
	for i := range 40 {
		f.Add("went down at night", uint16(i*17), " was it.")
	}
	f.Add("`", uint16(3), "`")
	f.Add("<!-- ", uint16(5), " -->")
	f.Add("<!--", uint16(121), " -->")
	f.Add("0 A A", uint16(700), "A")
	f.Add("{{", uint16(9), "}} | <b>&amp;")
	f.Add("\xff", uint16(1), "\xfe")
	gate, alone, cleaner := leakcheck.New(reg), leakcheck.New(nil), cleanerOf(f, reg)
	f.Fuzz(func(t *testing.T, before string, which uint16, after string) {
		if len(before)+len(after) > 1000 {
			return
		}
		text := before + " " + spelled[int(which)%len(spelled)] + " " + after
		// Half a tag before a value that is spelled by tags makes another text of it. What disguises a value by markup is
		// tested where nothing else is around it.
		if !strings.ContainsAny(before+after, markup) && len(gate.Check("p.md", []byte(text))) == 0 {
			t.Fatalf("the gate finds nothing in %q", text)
		}
		clean, err := cleaner.Text(t.Context(), text, &sanitize.Report{})
		if err != nil {
			t.Fatal(err)
		}
		if !utf8.ValidString(clean) && utf8.ValidString(text) {
			t.Fatalf("not valid UTF-8: %q", clean)
		}
		// What the registry alone makes the gate find is a known value that survived.
		if got, without := gate.Check("p.md", []byte(clean)), alone.Check("p.md", []byte(clean)); len(got) > len(without) {
			t.Fatalf("a known value survived as %q: %v", clean, got)
		}
		if again, err := cleaner.Text(t.Context(), clean, &sanitize.Report{}); err != nil || again != clean {
			t.Fatalf("cleaning does not settle: %q, then %q (%v)", clean, again, err)
		}
	})
}
