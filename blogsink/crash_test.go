package blogsink

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/crashpoint"
)

// crashEnv names the folder of a press that a helper process is to publish in.
const crashEnv = "QUORATE_TEST_PUBLISH"

// TestHelperPublish is the process that is killed; it does nothing where nobody asks for it.
func TestHelperPublish(t *testing.T) {
	root := os.Getenv(crashEnv)
	if root == "" {
		return
	}
	if _, err := newPress(t, root, nil).sink.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestCrashBetweenAnyTwoSteps kills the process that publishes at each step. What is left is the draft or the whole post,
// and the next order to publish finishes the job.
func TestCrashBetweenAnyTwoSteps(t *testing.T) {
	crasher := filepath.Join(t.TempDir(), "crasher")
	if out, err := exec.Command("go", "test", "-c", "-tags", "crashpoints", "-o", crasher, ".").CombinedOutput(); err != nil {
		t.Fatalf("build the helper: %v\n%s", err, out)
	}
	for _, point := range crashpoint.Publishing() {
		t.Run(point, func(t *testing.T) {
			root := t.TempDir()
			p := newPress(t, root, nil)
			p.draft(t)
			shown := p.approve(t)
			cmd := exec.Command(crasher, "-test.run", "^TestHelperPublish$")
			cmd.Env = append(os.Environ(), crashEnv+"="+root, "CRASH_AT="+point+":1")
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
				t.Fatalf("the helper ended with %v, want SIGKILL\n%s", err, out)
			}
			posts := slices.DeleteFunc(p.posts(t), func(f string) bool { return filepath.Base(f)[0] == '.' })
			if len(posts) > 0 {
				b, err := os.ReadFile(filepath.Join(p.dir, postOfTheDay))
				if err != nil || digest(b) != shown.Files[0].SHA256 {
					t.Errorf("half a post stands there (%v)", err)
				}
			} else {
				onlyDraft(t, p.home)
			}
			again := newPress(t, root, nil)
			done, err := again.sink.Publish(t.Context())
			if err != nil || done.File != postOfTheDay {
				t.Fatalf("publish again: %+v, %v", done, err)
			}
			again.holds(t, shown)
			rows := again.desk.read()
			if len(rows.Published) != 1 || len(rows.Approvals) != 0 || again.desk.ofType(device.EventMilestonePublished) != 1 {
				t.Errorf("on record: %d publications, %d approvals, %d events", len(rows.Published), len(rows.Approvals), again.desk.ofType(device.EventMilestonePublished))
			}
		})
	}
}
