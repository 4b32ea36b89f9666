package posts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab/seeded"
)

// labs is how many seeded labs are played; more with QUORATE_LABS.
func labs(t *testing.T) int {
	n := 200
	if s := os.Getenv("QUORATE_LABS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatalf("QUORATE_LABS: %v", err)
		}
	}
	return n
}

// underRace is how many labs are played under the race detector; all of them are played without it, ten times as fast.
const underRace = 4

// plain runs tests of this package without the race detector: the packages are built already, for the binary that the
// tests of e2e run.
func plain(t *testing.T, pattern string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "test", "-count=1", "-timeout=15m", "-run", pattern, "-v", ".")
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	text := string(out)
	if err != nil {
		t.Fatalf("without the race detector: %v\n%s", err, text[max(0, len(text)-20000):])
	}
	for line := range strings.Lines(text) {
		if strings.Contains(line, "_test.go:") {
			t.Log(strings.TrimSpace(line))
		}
	}
}

// tally counts over all labs.
type tally struct {
	mu                  sync.Mutex
	labs, files, values int
	bytes               int64
	// told counts what the posts tell of, drafted and refused the posts by their notes, kinds what they were refused for.
	told, drafted, refused, kinds map[string]int
}

// TestCanaryLabs plays seeded labs in which every text is a canary of its own: of each device, each answer, each error,
// the configuration and the notes. No byte that leaves may hold one of them, in any spelling. A draft that the leak check
// refuses is no publication; where its notes are harmless it is a defect all the same, for the sanitizer should have
// left nothing to find.
func TestCanaryLabs(t *testing.T) {
	sum := &tally{told: map[string]int{}, drafted: map[string]int{}, refused: map[string]int{}, kinds: map[string]int{}}
	n := labs(t)
	if raceEnabled {
		plain(t, "^TestCanaryLabs$")
		n = min(n, underRace)
	}
	t.Run("labs", func(t *testing.T) {
		for i := range n {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				t.Parallel()
				sum.lab(t, uint64(i))
			})
		}
	})
	t.Logf("%d labs, %d values, %d files, %d bytes; drafts by notes: %v; refused: %v, for %v; sections: %v",
		sum.labs, sum.values, sum.files, sum.bytes, sum.drafted, sum.refused, sum.kinds, sum.told)
	if sum.drafted["none"] == 0 || sum.drafted["plain"] == 0 {
		t.Error("no lab was drafted: nothing is proven")
	}
}

var heading = regexp.MustCompile(`(?m)^## (.*)$`)

// keep leaves what a lab made in the folder of QUORATE_PRODUCED, where a scanner that is not ours reads it afterwards.
func keep(t *testing.T, seed uint64, left map[string][]byte) {
	t.Helper()
	dir := os.Getenv("QUORATE_PRODUCED")
	if dir == "" {
		return
	}
	for name, b := range left {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d-%s", seed, filepath.Base(name))), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// lab plays one lab and looks at what it leaves.
func (s *tally) lab(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 77))
	m := newMint(r)
	d := newDisguise(m)
	lab := seeded.New(seeded.Options{Seed: seed, Length: 30 * time.Minute, Scale: 20})
	h := newHome(t, d.config(lab))
	for _, mon := range lab.Monitors {
		h.kinds[d.source(mon.Name)] = map[seeded.Sort]string{seeded.LibreNMS: "librenms", seeded.PRTG: "prtg", seeded.SNMP: "snmp-direct", seeded.Kuma: m.word()}[mon.Sort]
	}
	play := lab.Play()
	for {
		h.play(t, func() (device.Snapshot, error) {
			next, err := play.Next()
			return d.snapshot(lab, next), err
		})
		if !play.Resume() {
			break
		}
	}
	// The configuration and the machine: credentials, accounts, paths.
	config := map[string][]string{
		"tokens": {m.token(), m.token()}, "passwords": {m.token()}, "snmp_communities": {m.word()}, "usernames": {m.word()},
		"paths": {"/home/" + m.word()}, "ipv6": {m.ipv6()}, "ssids": {m.word()},
	}
	h.setup = d.setup(t, lab)
	h.registry = d.registry(config)
	kind := []string{"none", "plain", "none", "spelled"}[seed%4]
	h.writeNotes(t, r, kind)
	h.open(t, blogsink.Config{Name: "series", Title: "Homelab", Categories: []string{"homelab"}, Tags: []string{"homelab"}, Phase: "Phase 1"}, "0.1.0")

	_, err := h.sink.Draft(t.Context())
	refused, isRefused := errors.AsType[*blogsink.RefusedError](err)
	if err != nil && !isRefused {
		t.Fatal(err)
	}
	shown := map[string][]byte{}
	if !isRefused && seed%5 == 0 { // all of what a post is shown as takes three times as long as its draft
		shown = h.show(t, kind == "spelled")
	}
	f := newFinder(m.made)
	left := h.left(t)
	maps.Copy(left, shown)
	keep(t, seed, left)
	if isRefused && len(left) > 0 {
		t.Errorf("refused, and %d files are left", len(left))
	}
	if err != nil {
		left["the refusal"] = []byte(err.Error())
	}
	for i, e := range h.told {
		left[fmt.Sprintf("event %d", i)] = []byte(e.Text)
	}
	var size int64
	for name, b := range left {
		size += int64(len(b))
		for _, found := range f.find(b) {
			t.Errorf("%s holds %s:\n%.300s", name, found, b)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.labs++
	s.files += len(left)
	s.bytes += size
	for _, values := range m.made {
		s.values += len(values)
	}
	for _, b := range left {
		for _, m := range heading.FindAllSubmatch(b, -1) {
			s.told[string(m[1])]++
		}
	}
	if !isRefused {
		s.drafted[kind]++
		return
	}
	s.refused[kind]++
	if kind != "spelled" {
		t.Errorf("a draft with notes of the kind %q is refused: %v", kind, err)
	}
	for _, f := range refused.Findings {
		s.kinds[f.Kind]++
	}
	if refused.Cause != nil {
		t.Error(refused.Cause)
	}
}

// show returns everything that the draft is shown as: its context and its preview. It is published too, unless the leak
// check, which is stricter then, refuses a post with notes in all spellings.
func (h *home) show(t *testing.T, spelled bool) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	body, err := h.sink.Context(t.Context(), 0)
	if err != nil {
		t.Errorf("context: %v", err)
	}
	out["context"] = body
	page, err := h.sink.Preview(t.Context(), nil, false)
	if err != nil {
		t.Fatalf("preview: %v", err)
	}
	out["preview"] = []byte(page.HTML)
	if spelled && len(page.Findings) > 0 {
		return out
	}
	h.publish(t)
	if out["what was replaced"], err = json.Marshal(h.shown); err != nil {
		t.Fatal(err)
	}
	return out
}

// writeNotes writes what the owner noted: with private values as people write them, or in every spelling.
func (h *home) writeNotes(t *testing.T, r *rand.Rand, kind string) {
	t.Helper()
	if kind == "none" {
		return
	}
	pick := func(list string) string {
		if len(h.registry[list]) == 0 {
			list = "hostnames"
		}
		values := h.registry[list]
		v := values[r.IntN(len(values))]
		if kind != "spelled" {
			return v
		}
		for {
			s := spellings[r.IntN(len(spellings))]
			fits := s.kind == "" || s.kind == list || s.kind == "word" && !slices.Contains([]string{"ipv4", "ipv6", "mac"}, list)
			if fits && len(v) > 5 {
				return s.write(v)
			}
		}
	}
	write := func(name, text string) {
		path := filepath.Join(h.notes, name)
		if err := errors.Join(os.MkdirAll(h.notes, 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	name, host, address := pick("hostnames"), pick("fqdn"), pick("ipv4")
	write("10-built.md", "---\nkind: built\n---\nThe NAS "+name+" has moved to "+address+", and "+strings.ToUpper(pick("hostnames"))+" with it.\n")
	write("20-challenge.md", fmt.Sprintf("---\nkind: challenge\ntitle: %q\nproblem: %q\ntried: [%q]\nfixed_by: %q\n---\n", "Logging in to "+host, "The account "+pick("usernames")+" was locked.",
		"the password "+pick("passwords"), "A new token, "+pick("tokens")+", made by hand."))
	write("30-lesson.md", "---\nkind: lesson\n---\nNever put serial "+pick("serials")+" and MAC "+pick("mac")+" into "+pick("locations")+".\n")
	write("40-snippet.md", "---\nkind: snippet\nlanguage: hcl\n---\nsource \"librenms\" \"lan\" {\n  url = \"https://"+pick("fqdn")+"/api\"\n  token = \""+pick("tokens")+"\"\n}\n")
	if kind == "spelled" {
		return
	}
	write("50-lesson.md", "---\nkind: lesson\n---\nThe community "+pick("snmp_communities")+" was the same on "+pick("ipv6")+", at "+pick("paths")+"/notes, and "+name+"'s Wi-Fi "+pick("ssids")+".\n")
}
