package e2e

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// quorate is the binary under test, built once from the sources that the tests lie beside.
var quorate string

// limit is for one command, and for whatever a test waits for. It only has to be longer than a busy machine is slow.
const limit = 2 * time.Minute

func TestMain(m *testing.M) {
	flag.Parse()
	if os.Getenv(crowdEnv) != "" {
		os.Exit(serveDevices())
	}
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "quorate-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if quorate = os.Getenv(builtBefore); quorate != "" {
		return m.Run()
	}
	quorate = filepath.Join(dir, "quorate")
	build := exec.Command("go", "build", "-o", quorate, "..")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the binary: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// command is one run of a program.
type command struct {
	dir   string
	env   []string // beside the clean environment
	stdin string
}

// result is what became of it.
type result struct {
	code           int
	stdout, stderr string
}

// cleanEnv is the environment of every program under test: nothing of the person who runs the tests gets in.
func cleanEnv(home string, more ...string) []string {
	return append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + os.TempDir(), "TZ=UTC", "LANG=C.UTF-8"}, more...)
}

// run runs quorate to its end.
func (c command) run(t *testing.T, args ...string) result {
	t.Helper()
	return c.program(t, quorate, args...)
}

// program runs any program to its end. One that does not end in time fails the test.
func (c command) program(t *testing.T, name string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = c.dir
	if cmd.Dir == "" {
		cmd.Dir = t.TempDir()
	}
	cmd.Env = cleanEnv(cmd.Dir, c.env...)
	cmd.Stdin = strings.NewReader(c.stdin)
	cmd.WaitDelay = time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || ctx.Err() != nil) {
		t.Fatalf("%s %q: %v\n%s%s", filepath.Base(name), args, err, stdout.String(), stderr.String())
	}
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// ok runs quorate, which must exit with 0, and returns what it printed.
func (c command) ok(t *testing.T, args ...string) string {
	t.Helper()
	r := c.run(t, args...)
	if r.code != 0 {
		t.Fatalf("quorate %s: exit %d\n%s%s", strings.Join(args, " "), r.code, r.stdout, r.stderr)
	}
	return r.stdout
}

// eventually waits until done reports true. What is missing is named when it does not.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("never came true: %s", what)
		case <-t.Context().Done():
			t.Fatalf("cut off while waiting for: %s", what)
		}
	}
}

// write makes a file for a test, readable by its owner alone.
func write(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
