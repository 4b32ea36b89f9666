package device

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSecretNeverPrints(t *testing.T) {
	const canary = "hunter2"
	s := struct {
		Token  Secret
		Nested map[string]Secret
	}{canary, map[string]Secret{"a": canary}}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T %v"} {
		fmt.Fprintf(&out, verb, s)
		fmt.Fprintf(&out, verb, s.Token)
		fmt.Fprintf(&out, verb, &s)
	}
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(b)
	log := slog.New(slog.NewTextHandler(&out, nil))
	log.Info("token", "token", s.Token, "all", s)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("token", "token", s.Token, "all", s)
	for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), fmt.Sprintf("%d", []byte(canary))} {
		if strings.Contains(out.String(), form) {
			t.Errorf("%q stands in %s", form, out.String())
		}
	}
	if s.Token.Reveal() != canary {
		t.Error("Reveal is the way out")
	}
}

func TestNamesInTheOrderOfPeople(t *testing.T) {
	want := []string{"ap", "ap-1", "ap-2", "ap-10", "ap-010a", "nas-1", "nas-01", "switch"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortStableFunc(got, CompareNames)
	// ap-10 and ap-010, nas-1 and nas-01 are the same number: the rest decides.
	if fmt.Sprint(got[:4], got[7]) != fmt.Sprint(want[:4], want[7]) || got[4] != "ap-010a" {
		t.Errorf("%v", got)
	}
}

func TestIDs(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	a, b := NewID("", SourceRef{"ab", "c"}, at), NewID("", SourceRef{"a", "bc"}, at)
	if a == b || !strings.HasPrefix(string(a), "d_") || len(a) != 12 || a != NewID("", SourceRef{"ab", "c"}, at) {
		t.Errorf("%s %s", a, b)
	}
	one, two := NewEventID("", 1, at), NewEventID("", 2, at)
	later := NewEventID("", 1, at.Add(time.Millisecond))
	if len(one) != 26 || one == two || one[:10] != two[:10] || later[:10] <= one[:10] || NewEventID("salt", 1, at) == one {
		t.Errorf("%s %s %s", one, two, later)
	}
	// The first ten characters of a ULID are its milliseconds: 48 bits, most significant first.
	if got, want := one[:10], "01KDVDNA00"; got != want {
		t.Errorf("time part %s, want %s", got, want)
	}
}

func TestCurrentHasListsForNothing(t *testing.T) {
	b, err := json.Marshal(Current{ID: "d_1"})
	if err != nil || strings.Contains(string(b), "null") || !strings.Contains(string(b), `"overlays":[]`) {
		t.Errorf("%s, %v", b, err)
	}
}

func TestSlug(t *testing.T) {
	for in, want := range map[string]string{"Some--Slug_Ünï": "some-slug-n", " a ": "a", "../../x": "x", "": "", "---": ""} {
		if got := Slug(in); got != want {
			t.Errorf("Slug(%q) = %q, want %q", in, got, want)
		}
	}
}
