// Command mutate proves the tests of identity and consensus: it makes one wrong change at a time to the code, from a
// list, and runs the package's tests on it. A change that no test notices is a hole in the tests, and a failure.
//
// The work tree is never touched: the changed file is laid over it for one run of go test.
//
//	go run ./internal/mutate [-j 2] [-run text] [list]
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("mutate", flag.ContinueOnError)
	jobs := flags.Int("j", 2, "how many are tried at a time")
	only := flags.String("run", "", "only those whose file or reason has this text")
	limit := flags.Duration("timeout", 3*time.Minute, "for the tests of one")
	if err := flags.Parse(args); err != nil {
		return err
	}
	list := "internal/mutate/list.txt"
	if flags.NArg() > 0 {
		list = flags.Arg(0)
	}
	text, err := os.ReadFile(list)
	if err != nil {
		return err
	}
	all, err := parse(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", list, err)
	}
	all = slices.DeleteFunc(all, func(m mutation) bool { return !strings.Contains(m.file+": "+m.why, *only) })
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	t := tester{dir: dir, limit: *limit}
	if err := t.baseline(ctx, all); err != nil {
		return err
	}
	return t.tryAll(ctx, all, *jobs, out)
}

// result is what became of one mutation.
type result struct {
	// caught is the test that failed; problem says why nothing can be concluded, or that nothing failed.
	caught, problem string
}

// tester runs tests on changed code.
type tester struct {
	dir   string
	limit time.Duration
}

// baseline makes sure that the tests pass on the code as it is: else every mutation would seem to be caught.
func (t *tester) baseline(ctx context.Context, all []mutation) error {
	for _, pkg := range packagesOf(all) {
		if out, err := t.test(ctx, pkg, ""); err != nil {
			return fmt.Errorf("the tests of %s fail on the code as it is: %w\n%s", pkg, err, out)
		}
	}
	return nil
}

func packagesOf(all []mutation) []string {
	var ps []string
	for _, m := range all {
		ps = append(ps, m.pkg())
	}
	slices.Sort(ps)
	return slices.Compact(ps)
}

// tryAll tries each, a few at a time, and prints a row for each in the order of the list.
func (t *tester) tryAll(ctx context.Context, all []mutation, jobs int, out io.Writer) error {
	results := make([]chan result, len(all))
	for i := range results {
		results[i] = make(chan result, 1)
	}
	next := make(chan int)
	var wg sync.WaitGroup
	defer wg.Wait()
	for range max(jobs, 1) {
		wg.Go(func() {
			for i := range next {
				results[i] <- t.try(ctx, all[i], i)
			}
		})
	}
	wg.Go(func() {
		defer close(next)
		for i := range all {
			select {
			case next <- i:
			case <-ctx.Done():
				return
			}
		}
	})
	holes := 0
	for i, m := range all {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case r := <-results[i]:
			row := r.caught
			if r.problem != "" {
				row = r.problem
				holes++
			}
			if _, err := fmt.Fprintf(out, "%-27s %-75s %s\n", m.file, m.why, row); err != nil {
				return err
			}
		}
	}
	if holes > 0 {
		return fmt.Errorf("%d of %d mutations are not caught", holes, len(all))
	}
	_, err := fmt.Fprintf(out, "%d mutations, each caught by a test\n", len(all))
	return err
}

var failed = regexp.MustCompile(`(?m)^--- FAIL: (\S+)`)

// try lays one changed file over the work tree and runs the tests of its package.
func (t *tester) try(ctx context.Context, m mutation, i int) result {
	source, err := os.ReadFile(m.file)
	if err != nil {
		return result{problem: err.Error()}
	}
	changed, err := m.apply(string(source))
	if err != nil {
		return result{problem: err.Error()}
	}
	overlay, err := t.overlay(m.file, changed, i)
	if err != nil {
		return result{problem: err.Error()}
	}
	out, err := t.test(ctx, m.pkg(), overlay)
	switch name := failed.FindStringSubmatch(out); {
	case err == nil:
		return result{problem: "SURVIVED"}
	case strings.Contains(out, "[build failed]") || strings.Contains(out, "[setup failed]"):
		return result{problem: "does not compile: " + strings.TrimSpace(out)}
	case name != nil:
		return result{caught: name[1]}
	case strings.Contains(out, "test timed out"):
		return result{caught: "(the time limit)"}
	}
	return result{caught: "(a crash)"}
}

func (t *tester) overlay(file, changed string, i int) (string, error) {
	at, err := filepath.Abs(file)
	if err != nil {
		return "", err
	}
	body := filepath.Join(t.dir, fmt.Sprintf("%d.go", i))
	if err := os.WriteFile(body, []byte(changed), 0o600); err != nil {
		return "", err
	}
	b, err := json.Marshal(map[string]any{"Replace": map[string]string{at: body}})
	if err != nil {
		return "", err
	}
	path := filepath.Join(t.dir, fmt.Sprintf("%d.json", i))
	return path, os.WriteFile(path, b, 0o600)
}

// test runs the tests of a package, the same ones each time: the random ones start from one seed, lose no time on
// making a failure small, and leave no files behind.
func (t *tester) test(ctx context.Context, pkg, overlay string) (string, error) {
	args := []string{"test", "-short", "-failfast", "-vet=off", "-timeout", t.limit.String()}
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	args = append(args, pkg, "-rapid.seed=1", "-rapid.nofailfile", "-rapid.shrinktime=1ms")
	out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput()
	return string(out), err
}
