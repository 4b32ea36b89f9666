package cli

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/quorate/quorate/agent"
	"github.com/quorate/quorate/device"
)

func TestPrintable(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "nas1", "nas1"},
		{"letters of others", "grüße 日本 Ω", "grüße 日本 Ω"},
		{"escape", "\x1b[2Jnas\x1b]0;x\x07", "[2Jnas]0;x"},
		{"line ends", "a\nb\tc\rd", "a b cd"},
		{"right to left", "a\u202eb\u2066c", "abc"},
		{"zero width", "a\u200bb\ufeffc", "abc"},
		{"separators", "a\u2028b\u2029c", "a b c"},
		{"C1", "a\u009bb", "ab"},
		{"invalid", "a\xffb", "a\ufffdb"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := printable(test.in); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestPrintableProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, r := range printable(rapid.String().Draw(t, "s")) {
			if !unicode.IsGraphic(r) && !unicode.Is(unicode.Cn, r) && !unicode.Is(unicode.Co, r) {
				t.Fatalf("%U gets through", r)
			}
		}
	})
}

func TestAge(t *testing.T) {
	tests := []struct {
		in   time.Duration
		want string
	}{
		{-time.Hour, "0s"}, {0, "0s"}, {400 * time.Millisecond, "0s"}, {59 * time.Second, "59s"}, {59*time.Second + 600*time.Millisecond, "1m 00s"},
		{61 * time.Second, "1m 01s"}, {time.Hour - time.Second, "59m 59s"}, {time.Hour, "1h 00m"}, {25 * time.Hour, "1d 01h"}, {400 * 24 * time.Hour, "400d 00h"},
	}
	for _, test := range tests {
		if got := age(test.in); got != test.want {
			t.Errorf("%s: got %q, want %q", test.in, got, test.want)
		}
	}
}

func TestVerdictWordAndVotes(t *testing.T) {
	d := device.Current{
		Status: device.StatusUnknown, Reason: "disputed\x1b", Overlays: []device.OverlayKind{"flapping"},
		Votes: []device.Vote{
			{Source: "prtg", Facet: device.FacetReach, State: device.StateUp},
			{Source: "librenms", Facet: device.FacetReach, State: device.StateDown, Abstain: "stale"},
			{Source: "prtg", Facet: device.FacetHealth, State: device.StateOK},
		},
	}
	if got := verdictWord(d); got != "unknown (disputed) +flapping" {
		t.Errorf("got %q", got)
	}
	if got := reachVotes(d); got != "librenms=(stale) prtg=up" {
		t.Errorf("got %q", got)
	}
}

// TestQuoteHCL reads back what was quoted, by the reader of configurations.
func TestQuoteHCL(t *testing.T) {
	path := filepath.Join(t.TempDir(), "quorate.hcl")
	back := func(s string) string {
		if err := os.WriteFile(path, []byte("agent {\n  name = "+quoteHCL(s)+"\n}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := agent.Load([]string{path}, agent.LoadOptions{})
		if err != nil {
			return err.Error()
		}
		return cfg.Name
	}
	for _, s := range []string{`a"b`, `${env("HOME")}`, "%{ if true }x", `$${x}`, `$$${x}`, `%%{x}`, `$`, `a\`, `\${x}`, "a\nb\tc\r", `"`, "ü"} {
		if got := back(s); got != s {
			t.Errorf("%q reads back as %q", s, got)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		s := rapid.StringOf(rapid.SampledFrom([]rune("ab${}%\"\\\n\r\t #'/ü~"))).Draw(rt, "s")
		if got := back(s); got != s {
			rt.Fatalf("%q reads back as %q", s, got)
		}
	})
}

func TestPRTGAccess(t *testing.T) {
	tests := []struct {
		name, in string
		want     []setting
		err      bool
	}{
		{name: "key", in: "ABC123==", want: []setting{{"api_token", "ABC123==", "prtg-api-token"}}},
		{name: "passhash", in: "quorate:1234567890", want: []setting{{"username", "quorate", ""}, {"passhash", "1234567890", "prtg-passhash"}}},
		{name: "password", in: "quorate:pass:word", want: []setting{{"username", "quorate", ""}, {"password", "pass:word", "prtg-password"}}},
		{name: "short digits", in: "quorate:12345", want: []setting{{"username", "quorate", ""}, {"password", "12345", "prtg-password"}}},
		{name: "no user", in: ":x", err: true},
		{name: "no password", in: "x:", err: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := prtgAccess(test.in)
			if (err != nil) != test.err {
				t.Fatalf("error %v", err)
			}
			if d := cmp.Diff(test.want, got, cmp.AllowUnexported(setting{})); d != "" {
				t.Error(d)
			}
			if err != nil && test.in != "" && strings.Contains(err.Error(), test.in) {
				t.Errorf("the error repeats the answer: %v", err)
			}
		})
	}
}

func TestFreeAddress(t *testing.T) {
	if got, err := freeAddress(true); err != nil || got != "127.0.0.1:0" {
		t.Errorf("any: got %q, %v", got, err)
	}
	first, l := "", net.Listener(nil)
	for l == nil { // another program may take the port in between
		var err error
		if first, err = freeAddress(false); err != nil {
			t.Fatal(err)
		}
		l, _ = net.Listen("tcp", first)
	}
	defer func() { _ = l.Close() }()
	second, err := freeAddress(false)
	if err != nil || second == first {
		t.Errorf("%s is taken, and still offered: %q, %v", first, second, err)
	}
}

func TestDraftLeavesNothingHalf(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "quorate.hcl"), []byte("mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := &draftConfig{dir: dir, listen: "127.0.0.1:8600", secrets: map[string]string{"x": "very-secret"}, sources: []draftSource{
		{kind: "tiny", name: "a", body: "    token = file(\"secrets/x\")\n"},
	}}
	if err := d.write(dir); err == nil || !strings.Contains(err.Error(), "not overwritten") {
		t.Fatalf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "secrets", "x")); err == nil {
		t.Error("the secret's file stays, and stops the next init")
	}
	if err := os.Remove(filepath.Join(dir, "quorate.hcl")); err != nil {
		t.Fatal(err)
	}
	if err := d.write(dir); err != nil {
		t.Fatal(err)
	}
	for path, mode := range map[string]os.FileMode{"secrets": 0o700, "secrets/x": 0o600, "quorate.hcl": 0o644} {
		if info, err := os.Stat(filepath.Join(dir, path)); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v; want %o", path, info.Mode(), err, mode)
		}
	}
}

func TestPushed(t *testing.T) {
	now := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	for want, s := range map[string]*device.PushStatus{
		"-": nil, "none yet": {}, "none yet, 2 refused": {Refused: 2},
		"12, last 5s ago, 3 refused, 1 unread": {Accepted: 12, LastAccepted: now.Add(-5 * time.Second), Refused: 3, Unread: 1, Dropped: 9, Hastened: 4},
	} {
		if got := pushed(s, now); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestWatchTold(t *testing.T) {
	now := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	for want, s := range map[string]*device.WatchStatus{
		"":                           {State: device.WatchIdle},
		"fails: listen: port in use": {State: device.WatchFailing, LastError: "listen: port in use"},
		"has heard 12 observations, the last 5s ago": {State: device.WatchOpen, Heard: 12, LastHeard: now.Add(-5 * time.Second), LastError: "once"},
		"fails: x; has heard 1 observations, the last 1m 00s ago; brought 3 that could not be accepted": {
			State: device.WatchFailing, LastError: "x", Heard: 1, LastHeard: now.Add(-time.Minute), Rejected: 3,
		},
	} {
		if got := watchTold(s, now); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := watchTold(nil, now); got != "" {
		t.Errorf("got %q", got)
	}
}
