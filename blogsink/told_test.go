package blogsink

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

func TestLinkStyles(t *testing.T) {
	for style, want := range map[string]string{
		"":                 "- [One]({% post_url 2026-01-01-one %})\n",
		"post_url":         "- [One]({% post_url 2026-01-01-one %})\n",
		"baseurl_post_url": "- [One]({{ site.baseurl }}{% post_url 2026-01-01-one %})\n",
		"relative":         "- [One](2026-01-01-one.markdown)\n",
		"none":             "- One\n",
	} {
		h := newHome(t, labDay(), func(c *Config, _ *Options) { c.LinkStyle = style })
		put(t, filepath.Join(h.dir, "_posts", "2026-01-01-one.markdown"), "---\ntitle: One\nmilestone: 1\n---\n")
		h.note(t, "m.md", "---\nkind: milestone\nnumber: 2\ntitle: Now\n---\n")
		h.note(t, "n.md", "---\nkind: milestone\nnumber: 3\ntitle: Later\n---\n")
		text := h.draft(t)
		if !strings.Contains(text, want) {
			t.Errorf("link_style %q: no %q in\n%s", style, want, text[strings.Index(text, "## Project"):])
		}
		if !strings.Contains(text, "Milestone 2: Now") || !strings.Contains(text, "Coming soon:\n\n- Milestone 3: Later\n") {
			t.Errorf("what comes next is not told:\n%s", text[strings.Index(text, "## Project"):])
		}
	}
}

// TestBodyTitle: where the theme shows the title, the post begins with what is to be its excerpt.
func TestBodyTitle(t *testing.T) {
	h := newHome(t, labDay(), func(c *Config, _ *Options) { c.NoBodyTitle = true })
	_, body, _ := strings.Cut(h.draft(t)[4:], "\n---\n")
	if strings.Contains(body, "\n# ") || !strings.HasPrefix(strings.TrimSpace(body), "The one that hurt was switch-1") || strings.Contains(h.draft(t), "excerpt_separator") {
		t.Errorf("the post begins with\n%.300s", body)
	}
}

func TestRoundedTimesAndZones(t *testing.T) {
	for _, tt := range []struct {
		zone, round, want string
		not               string
	}{
		{"", "", "- **12:03** LibreNMS", ""},
		{"Europe/Paris", "", "date: 2026-03-07 13:31:00 +0100", "12:03"},
		{"Europe/Paris", "minute", "12:31 Europe/Paris", ""},
		{"", "hour", "- **12 h** LibreNMS", "12:"},
		{"", "hour", "date: 2026-03-07 12:00:00 +0000", "12:03"},
		{"", "day", "- LibreNMS called", "12:"},
		{"", "day", "date: 2026-03-07 00:00:00 +0000", "12:"},
	} {
		h := newHome(t, labDay(), func(c *Config, _ *Options) { c.TimeZone, c.RoundTimes = tt.zone, tt.round })
		text := h.draft(t)
		if tt.zone != "" && tt.round == "minute" {
			tt.want = "13:00 to 13:31 Europe/Paris"
		}
		body := strings.ReplaceAll(text, "12:00:00 +0000", "")
		if !strings.Contains(text, tt.want) || tt.not != "" && strings.Contains(body, tt.not) {
			t.Errorf("%q %q: want %q, and no %q in\n%s", tt.zone, tt.round, tt.want, tt.not, text)
		}
	}
	for name, c := range map[string]Config{"a zone": {TimeZone: "Mars/Base"}, "this machine's zone": {TimeZone: "Local"}, "a rounding": {RoundTimes: "year"}, "a link style": {LinkStyle: "x"}} {
		h := newHome(t, labDay(), nil)
		c.Dir = h.dir
		if _, err := New(c, h.sink.opts); err == nil {
			t.Errorf("%s that does not exist is taken", name)
		}
	}
}

// TestManySmallOutagesAreOneLine: what happened to the same device several times in a day is told once.
func TestManySmallOutagesAreOneLine(t *testing.T) {
	s := labDay()
	n := device.Name{ID: s.devices[0].ID, Name: s.devices[0].Name}
	for i, lasted := range []time.Duration{time.Minute, 2 * time.Minute, time.Minute} {
		s.outage(time.Duration(14+i)*time.Hour, lasted, n)
	}
	text := newHome(t, s, nil).draft(t)
	if want := "- **02:00** firewall-1 was down three times, 4 minutes in all; the longest was 2 minutes, at 03:00."; !strings.Contains(text, want) {
		t.Errorf("no %q in\n%s", want, text[strings.Index(text, "## Timeline"):])
	}
}

// TestEvidence: a challenge shows the events that its note names, with fictional names.
func TestEvidence(t *testing.T) {
	s := labDay()
	vote := func(source string, state device.State) device.Vote {
		return device.Vote{Source: source, Facet: device.FacetReach, State: state, Raw: "raw words"}
	}
	var verdict, suspect int64
	for i := range s.events {
		switch e := &s.events[i]; {
		case e.Type == device.EventVerdictChanged && e.To == "down" && e.Device.Name == "hydra":
			e.Votes, verdict = []device.Vote{vote("librenms", device.StateDown), vote("prtg", device.StateUp)}, e.Seq
		case e.Type == device.EventSourceSuspect:
			suspect = e.Seq
		}
	}
	h := newHome(t, s, nil)
	h.note(t, "c.md", "---\nkind: challenge\ntitle: The switch\nevidence: ["+Count(verdict).String()+", "+Count(suspect).String()+", 99999]\n---\nIt died.\n")
	text := h.draft(t)
	for _, want := range []string{
		"- **7 March 2026, 12:12**: switch-1 went from \"up\" to \"down\"; LibreNMS said \"down\", PRTG said \"up\".\n",
		"- **7 March 2026, 12:03**: LibreNMS was no longer believed.\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text[strings.Index(text, "## Challenges"):])
		}
	}
	if strings.Contains(text, "raw words") || strings.Contains(text, "hydra") {
		t.Error("the evidence shows what a monitor wrote, or a name")
	}
}

// TestOrderOfFilesIsNoMatter writes the same notes in many orders, and reads the record in pages of other sizes.
func TestOrderOfFilesIsNoMatter(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "notes", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	want := ""
	r := rand.New(rand.NewPCG(1, 2))
	for range 5 {
		r.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
		s := labDay()
		s.devices, s.sources = shuffled(r, s.devices), shuffled(r, s.sources)
		h := newHome(t, s, nil)
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			h.note(t, filepath.Base(f), strings.NewReplacer("@NET@", privateNet, "@DOMAIN@", homeDomain).Replace(string(b)))
		}
		got := h.draft(t)
		if want == "" {
			want = got
		}
		if got != want {
			t.Fatalf("another order gives other bytes:\n%s\nand\n%s", got, want)
		}
	}
}

func shuffled[T any](r *rand.Rand, all []T) []T {
	out := append([]T(nil), all...)
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}
