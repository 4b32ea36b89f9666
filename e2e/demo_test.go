package e2e

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab"
)

// TestDemo plays the whole story to the unchanged agent. The command itself exits with 1 unless every beat's events
// were recorded; this looks at what it prints and leaves.
func TestDemo(t *testing.T) {
	dir := t.TempDir()
	// A folder named from where the person stands.
	r := command{dir: dir}.run(t, "demo", "--fast", "--json", "--dir", "kept")
	if r.code != 0 {
		t.Fatalf("exit %d\n%s", r.code, r.stderr)
	}
	kept := filepath.Join(dir, "kept")
	t.Run("story", func(t *testing.T) { checkStory(t, r.stderr) })
	t.Run("events", func(t *testing.T) { checkDemoEvents(t, parseEvents(t, r.stdout)) })
	t.Run("secrets", func(t *testing.T) {
		if leak := lab.Leaks(r.stdout + r.stderr); leak != "" {
			t.Errorf("a secret was printed: %q", leak)
		}
		eachFile(t, kept, func(path, content string) {
			if leak := lab.Leaks(content); leak != "" {
				t.Errorf("%s holds a secret: %q", path, leak)
			}
		})
	})
	t.Run("post", func(t *testing.T) { checkPost(t, kept) })
	t.Run("ask", func(t *testing.T) {
		ask := filepath.Join(kept, "ask.hcl")
		if !strings.Contains(r.stderr, "quorate devices --config "+ask+"\n") {
			t.Error("it does not say how to ask it")
		}
		if r := (command{dir: dir}).run(t, "explain", "--config", ask, "core-switch"); r.code != 0 || !strings.HasPrefix(r.stdout, "core-switch is ") {
			t.Errorf("asked about the switch: exit %d\n%s%s", r.code, r.stdout, r.stderr)
		}
	})
}

func checkStory(t *testing.T, told string) {
	if !strings.HasPrefix(told, "SIMULATED") {
		t.Errorf("it does not say first that all is simulated: %.80q", told)
	}
	for _, want := range []string{
		"Page: http://127.0.0.1:", "ssh -L ",
		"1/8  ", "8/8  ",
		"68 devices, 68 up: 11 with two or three witnesses",
		"librenms is not believed: 11 downs contradicted by prtg",
		"false alarms: librenms 11, Quorate 0",
		"one incident: core-switch is down, 14 devices behind it are unreachable",
		"prtg is blind: ",
		"the draft: ", "its private original: ",
	} {
		if !strings.Contains(told, want) {
			t.Errorf("the story does not say %q", want)
		}
	}
	if strings.Contains(told, "NOT RECORDED") {
		t.Errorf("a beat was not recorded:\n%s", told)
	}
}

// parseEvents reads lines of events, which must be the record from its first one without a gap.
func parseEvents(t *testing.T, out string) []device.Event {
	t.Helper()
	var all []device.Event
	ids := map[string]bool{}
	for line := range strings.Lines(out) {
		var e device.Event
		decodeLine(t, line, &e)
		if e.Seq != int64(len(all)+1) {
			t.Fatalf("event %d of the output has the sequence number %d", len(all)+1, e.Seq)
		}
		if e.ID == "" || ids[e.ID] || e.At.IsZero() || e.Text == "" {
			t.Errorf("event %d: no id, time or text of its own: %s", e.Seq, line)
		}
		ids[e.ID] = true
		all = append(all, e)
	}
	return all
}

func checkDemoEvents(t *testing.T, events []device.Event) {
	found := map[device.EventType][]device.Event{}
	down := map[string]bool{}
	for _, e := range events {
		found[e.Type] = append(found[e.Type], e)
		if e.Type == device.EventVerdictChanged && e.To == string(device.StatusDown) {
			down[e.Device.Name] = true
		}
	}
	if n := len(found[device.EventDeviceDiscovered]); n != 68 {
		t.Errorf("%d devices came in, want 68", n)
	}
	if n := len(found[device.EventSourceSuspect]); n != 1 {
		t.Errorf("%d times a source was not believed, want once", n)
	}
	roots := map[string]int{}
	for _, e := range found[device.EventIncidentOpened] {
		switch {
		case e.Because != nil:
			roots[e.Because.Name]++
		default:
			roots["source "+e.Source]++
		}
	}
	if fmt.Sprint(roots) != "map[core-switch:1 source librenms:1]" {
		t.Errorf("incidents by root: %v, want one of the switch and one of librenms", roots)
	}
	if len(down) != 15 {
		t.Errorf("%d devices were called down, want the switch and 14 behind it: %v", len(down), down)
	}
	for _, kind := range []device.EventType{device.EventPublishRefused, device.EventSourceCrashed, device.EventSourceQuarantined, device.EventIdentityConflict} {
		for _, e := range found[kind] {
			t.Errorf("%s: %s", kind, e.Text)
		}
	}
	if len(found[device.EventMilestoneDrafted]) == 0 {
		t.Error("no post was drafted")
	}
}

// checkPost looks for the lab's own values with nothing but strings, and then asks the leak check for the same.
func checkPost(t *testing.T, kept string) {
	posts, err := filepath.Glob(filepath.Join(kept, "blog", "_drafts", "*.md"))
	if err != nil || len(posts) != 1 {
		t.Fatalf("drafts: %q, %v", posts, err)
	}
	originals, err := filepath.Glob(filepath.Join(kept, "data", "posts", "*", "*.private.md"))
	if err != nil || len(originals) != 1 {
		t.Fatalf("private originals: %q, %v", originals, err)
	}
	post, original := read(t, posts[0]), read(t, originals[0])
	if !strings.Contains(post, "imulated") || !strings.HasPrefix(post, "---\n") {
		t.Errorf("the post has no front matter or does not say that it is simulated:\n%.400s", post)
	}
	if !strings.Contains(original, "core-switch") || strings.Contains(post, "core-switch") {
		t.Error("the switch's own name belongs into the private original and not into the post")
	}
	values := map[string][]string{}
	for _, d := range lab.Home() {
		values["ipv4"] = append(values["ipv4"], d.Address.String())
		values["mac"] = append(values["mac"], d.MAC)
		if d.Serial != "" {
			values["serials"] = append(values["serials"], d.Serial)
		}
		if d.LibreNMS != nil && strings.HasSuffix(d.LibreNMS.Hostname, ".example.net") {
			values["fqdn"] = append(values["fqdn"], d.LibreNMS.Hostname)
		}
	}
	if host, err := os.Hostname(); err == nil && len(host) > 3 {
		values["hostnames"] = append(values["hostnames"], host)
	}
	// The lab's own addresses are of the ranges that fictional ones are drawn from, so that one may stand for another: a
	// line that holds one must at least be another line than in the original.
	own := map[string]bool{}
	for line := range strings.Lines(original) {
		own[line] = true
	}
	for kind, list := range values {
		for _, v := range list {
			// 192.0.2.1 does not stand in 192.0.2.15, which is a fictional address.
			stands := regexp.MustCompile(`(^|[^0-9A-Za-z.])` + regexp.QuoteMeta(v) + `($|[^0-9A-Za-z])`)
			for line := range strings.Lines(post) {
				if stands.MatchString(line) && (own[line] || kind != "ipv4" && kind != "mac") {
					t.Errorf("the post holds a value of kind %s: %q", kind, v)
				}
			}
		}
	}
	values["hostnames"] = append(values["hostnames"], "core-switch")
	registry := write(t, filepath.Join(t.TempDir(), "registry.json"), string(encode(t, values)))
	if r := (command{}).run(t, "post", "verify", "--registry", registry, posts[0]); r.code != 0 {
		t.Errorf("post verify of the post: exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	r := command{}.run(t, "post", "verify", "--json", "--registry", registry, originals[0])
	if r.code != 5 || !strings.Contains(r.stdout, `"kind"`) {
		t.Errorf("post verify of the private original: exit %d, want 5\n%s%s", r.code, r.stdout, r.stderr)
	}
	if strings.Contains(r.stdout+r.stderr, "core-switch") {
		t.Error("a finding names the value that it found")
	}
}

// eachFile calls f with every regular file under dir.
func eachFile(t *testing.T, dir string, f func(path, content string)) {
	t.Helper()
	seen := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		seen++
		f(path, string(b))
		return nil
	})
	if err != nil || seen == 0 {
		t.Fatalf("%s: %d files, %v", dir, seen, err)
	}
}

// TestDemoLeavesNothing: without --dir a demo that is stopped in its middle takes everything away again.
func TestDemoLeavesNothing(t *testing.T) {
	// Sockets of plugins lie in it, and the path of a socket must be short.
	tmp, err := os.MkdirTemp("", "q-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(tmp) })
	p := start(t, []string{"TMPDIR=" + tmp}, tmp, "demo")
	p.waitFor("1/8  ")
	p.stop(t, 0)
	left, err := os.ReadDir(tmp)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
