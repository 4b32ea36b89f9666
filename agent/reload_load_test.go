package agent

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// held counts the descriptors of this process, and its children.
func held(t *testing.T) (descriptors, children int) {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skipf("SKIPPED: needs /proc: %v", err)
	}
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range stats {
		b, err := os.ReadFile(f)
		if err != nil {
			continue // it has ended
		}
		// The name stands in brackets and may hold anything.
		fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
		if len(fields) > 1 && fields[1] == strconv.Itoa(os.Getpid()) {
			children++
		}
	}
	return len(fds), children
}

// TestHundredReloads alternates between configurations, good ones and bad ones, while every poll changes something.
// What was acknowledged is on record, the events have no gap, and nothing is left over.
func TestHundredReloads(t *testing.T) {
	s := newStage(t, "", map[string]string{"a": "turns", "b": "turns"})
	s.rewrite(func(config string) string { return strings.ReplaceAll(config, "50ms", "5ms") })
	s.reloadNow()
	if err := os.Mkdir(filepath.Join(s.dir, "c"), 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(s.dir, "quorate.hcl")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	good := string(b)
	s.pids()
	s.until("both are heard", func() bool { return len(s.lines("a", "committed")) > 3 && len(s.lines("b", "committed")) > 3 })
	// Calls that are on their way hold some. What each of a hundred reloads left behind would be more than spare.
	const spare = 20
	var goroutines, descriptors, children int
	for range 100 {
		fds, running := held(t)
		goroutines, descriptors, children = max(goroutines, runtime.NumGoroutine()), max(descriptors, fds), max(children, running)
	}
	bad := []string{good + "source {", strings.Replace(good, "interval", "intervall", 1), good + "source \"nothing\" \"x\" {\n}\n", ""}
	restarts := 0
	for i := range 100 {
		config, wrong := good, false
		switch {
		case i%3 == 0:
			config, wrong = bad[i/3%len(bad)], true
		case i%20 == 5:
			config = strings.Replace(good, "env(\"TOKEN\")", "env(\"PUSH\")", 1)
		case i%40 == 8:
			config += "source \"puppet\" \"c\" {\n  interval = \"5ms\"\n  config {\n    dir = \"" + s.dir + "/c\"\n  }\n}\n"
		default:
			config = strings.ReplaceAll(good, "5ms", fmt.Sprintf("%dms", 4+i%5)) + fmt.Sprintf("device \"d%d\" {\n  match {\n    address = \"192.0.2.77\"\n  }\n}\n", i)
		}
		if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		done, err := s.Reload(t.Context(), false)
		if (err != nil) != wrong {
			t.Fatalf("reload %d: %v", i, err)
		}
		if done != nil && strings.Contains(strings.Join(said(done.Changes), " "), "restarted") {
			restarts++
		}
	}
	if err := os.WriteFile(path, []byte(good), 0o600); err != nil {
		t.Fatal(err)
	}
	s.reloadNow()
	if restarts < 8 {
		t.Errorf("%d restarts of a source: this was no test", restarts)
	}
	s.pids()
	var now, fds, running int
	goroutines, descriptors = goroutines+spare, descriptors+spare
	s.until(fmt.Sprintf("no more than %d goroutines, %d descriptors and %d plugins", goroutines, descriptors, children), func() bool {
		now = runtime.NumGoroutine()
		fds, running = held(t)
		return now <= goroutines && fds <= descriptors && running <= children
	})
	t.Logf("goroutines %d of %d, descriptors %d of %d, plugins %d of %d", now, goroutines, fds, descriptors, running, children)
	if err := s.end(); err != nil {
		t.Fatal(err)
	}

	s.allOnRecord("a", "b")
}
