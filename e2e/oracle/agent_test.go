package oracle

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"syscall"
	"time"
)

// limit is for whatever a run waits for: 180 s for a recovery. It only has to be longer than a busy machine is slow.
const limit = 180 * time.Second

// agent is a running agent, or one that has ended.
type agent struct {
	rig   *rig
	cmd   *exec.Cmd
	ended chan struct{}
	news  chan struct{} // it has printed something

	mu   sync.Mutex
	said bytes.Buffer
}

// start starts the agent with that much more in its environment.
func (r *rig) start(env ...string) *agent {
	r.t.Helper()
	a := &agent{rig: r, cmd: exec.Command(r.quorate, "agent", "--config", r.config()), ended: make(chan struct{}), news: make(chan struct{}, 1)}
	a.cmd.Dir = r.dir
	a.cmd.Env = append(r.clean(), env...)
	a.cmd.Stdout, a.cmd.Stderr = a, a
	a.cmd.WaitDelay = time.Second
	if err := a.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.count.starts++
	go func() {
		_ = a.cmd.Wait() // ProcessState says it all
		close(a.ended)
	}()
	var follower sync.WaitGroup
	follower.Go(func() { a.follow(r.stream) })
	r.cleanup(func() {
		a.kill()
		follower.Wait()
	})
	return a
}

// Write takes what the agent prints.
func (a *agent) Write(b []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	select {
	case a.news <- struct{}{}:
	default:
	}
	if a.said.Len() > 1<<20 {
		return len(b), nil
	}
	return a.said.Write(b)
}

func (a *agent) output() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.said.String()
}

var page = regexp.MustCompile(`(?m)^quorate: (http://\S+)$`)

// alive fails the test where the agent has ended, which nobody had asked of it.
func (a *agent) alive() {
	a.rig.t.Helper()
	select {
	case <-a.ended:
		a.rig.t.Fatalf("seed %d: the agent ended by itself: %v\n%s", a.rig.seed, a.cmd.ProcessState, a.output())
	default:
	}
}

// kill ends the agent by SIGKILL and waits for its end.
func (a *agent) kill() {
	_ = a.cmd.Process.Kill()
	<-a.ended
}

// killed waits until the agent has ended itself at a crash point; false where it is still there after d.
func (a *agent) killed(d time.Duration) bool {
	a.rig.t.Helper()
	select {
	case <-a.ended:
	case <-time.After(d):
		return false
	}
	if status, ok := a.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
		a.rig.t.Fatalf("seed %d: the agent ended with %v, want SIGKILL\n%s", a.rig.seed, a.cmd.ProcessState, a.output())
	}
	return true
}

// stop ends the agent as a service manager does, and wants 0.
func (a *agent) stop() {
	a.rig.t.Helper()
	if err := a.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		a.rig.t.Fatal(err)
	}
	select {
	case <-a.ended:
	case <-time.After(limit):
		a.rig.t.Fatalf("seed %d: the agent does not end\n%s", a.rig.seed, a.output())
	}
	if code := a.cmd.ProcessState.ExitCode(); code != 0 {
		a.rig.t.Errorf("seed %d: exit %d after SIGTERM\n%s", a.rig.seed, code, a.output())
	}
}

// until looks again and again until done says yes.
func (r *rig) until(what string, done func() bool) {
	r.t.Helper()
	if !r.waits(done) {
		r.t.Fatalf("seed %d: waited %s for %s", r.seed, limit, what)
	}
}

// waits looks again and again until done says yes; false where that took too long.
func (r *rig) waits(done func() bool) bool {
	r.t.Helper()
	deadline := time.Now().Add(limit)
	for pause := time.Millisecond; !done(); pause = min(2*pause, 50*time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
		<-time.After(pause)
	}
	return true
}

// over says whether the agent has ended.
func (a *agent) over() bool {
	select {
	case <-a.ended:
		return true
	default:
		return false
	}
}

// command runs a command of the agent's program to its end.
func (r *rig) command(env []string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(r.t.Context(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, r.quorate, args...)
	cmd.Dir = r.dir
	cmd.Env = append(r.clean(), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// clean is the environment of every program: nothing of the person who runs the tests gets in.
func (r *rig) clean() []string {
	return append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + r.dir, "TMPDIR=" + os.TempDir(), "TZ=UTC", "LANG=C.UTF-8"}, r.environment...)
}
