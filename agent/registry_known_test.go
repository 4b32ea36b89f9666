package agent

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate/internal/leakcheck"
	"github.com/quorate/quorate/internal/store"
)

// life opens the record of a home once more, and learns what the configuration and the inventory of that time hold.
func life(t *testing.T, dir string, current map[string][]string) (values map[string][]string, news int) {
	t.Helper()
	s, err := store.Open(t.Context(), dir, store.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	k, err := loadKnowledge(t.Context(), s, []byte("the site key of a test and of no home"), slog.New(slog.DiscardHandler), func() { news++ })
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // what is known already is no news
		if values, err = k.learn(t.Context(), current, now()); err != nil {
			t.Fatal(err)
		}
	}
	return values, news
}

// Everything is renamed, readdressed and rotated, and the agent starts anew: no post may show what was.
func TestNothingIsForgotten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	ten := "10." // no address of a home stands in this file
	before := map[string][]string{
		"ipv4": {ten + "23.45.67"}, "ipv6": {"fd4a:" + "91c2:7::17"}, "mac": {"3c:52:82:" + "aa:17:9e"}, "hostnames": {"zorbelina"}, "fqdn": {"quexnab.example.com.zz-home"},
		"domains": {"glimforst.lan"}, "serials": {"ZK81XQ70TT"}, "locations": {"Zwetschgen alley 17"}, "usernames": {"brimgor"}, "paths": {"/home/brimgor"},
		"words": {"tralfazia night"}, "tokens": {"sesame" + "XY2288plum"}, "passwords": {"Tr0mbone" + "&Custard"}, "communities": {"wibble" + "Pot"},
	}
	after := map[string][]string{"ipv4": {ten + "99.1.2"}, "tokens": {"another" + "44Token55"}}
	old, news := life(t, dir, before)
	if news != 1 {
		t.Errorf("%d times news of the first values", news)
	}
	for _, kind := range secretKinds {
		if !slices.Equal(old[kind], before[kind]) {
			t.Errorf("%s in force: %q", kind, old[kind])
		}
	}
	if _, news := life(t, dir, before); news != 0 {
		t.Errorf("%d times news of what was known in another life", news)
	}
	values, news := life(t, dir, after)
	if news != 1 {
		t.Errorf("%d times news of the other values", news)
	}
	known := leakcheck.New(values)
	for kind, list := range before {
		for _, v := range list {
			text := []byte("We once had " + v + " there.\n")
			if len(known.Check("post.md", text)) == 0 {
				t.Errorf("the old value of %s passes", kind)
			}
		}
	}
	for _, kind := range secretKinds {
		for _, v := range before[kind] {
			for k, list := range values {
				if slices.Contains(list, v) {
					t.Errorf("a rotated secret of %s is in the clear among %s", kind, k)
				}
			}
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "quorate.db*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range secretKinds {
			for _, v := range append(slices.Clone(before[kind]), after[kind]...) {
				if bytes.Contains(bytes.ToLower(b), []byte(strings.ToLower(v))) {
					t.Errorf("a secret of %s is in the record", kind)
				}
			}
		}
	}
}

// What devices were called, and where they were, is learnt from the record, also of those that are gone.
func TestRecordTellsWhatIsPrivate(t *testing.T) {
	s := newStage(t, "", nil)
	s.until("a device", func() bool { return len(s.Devices()) == 1 })
	if err := s.end(); err != nil {
		t.Fatal(err)
	}
	values, news := life(t, filepath.Join(s.dir, "data"), nil)
	if !slices.Contains(values["hostnames"], "nas1") || !slices.Contains(values["ipv4"], "192.0.2.10") {
		t.Errorf("learnt %q, news %d", values, news)
	}
}

func TestNamesThatTellNothing(t *testing.T) {
	for name, want := range map[string]bool{
		"access-points": false, "vm_hosts2": false, "core switches": false, "batteries": false, "NAS": false, "": false, "7": false, "patch night": false,
		"hollenbrock": true, "rack of hollenbrock": true, "zone-hollenbrock": true, "Oma": true,
	} {
		if telling(name) != want {
			t.Errorf("%q tells something: %v", name, !want)
		}
	}
}

func TestSearchDomains(t *testing.T) {
	path := filepath.Join(t.TempDir(), "resolv.conf")
	text := "# search remark.example\nnameserver 192.0.2.53\nsearch a.example  b.example. .\ndomain c.example\nsearch\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := searchDomains(path); !slices.Equal(got, []string{"a.example", "b.example", "c.example"}) {
		t.Errorf("%q", got)
	}
	if got := searchDomains(path + ".none"); got != nil {
		t.Errorf("%q", got)
	}
}
