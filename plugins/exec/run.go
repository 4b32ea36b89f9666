package execsource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// From SIGTERM to SIGKILL.
	grace = 2 * time.Second
	// Of what a program logs.
	maxStderr   = 1 << 20
	maxLastLine = 200
)

// run runs the program once and hands over the lines it prints. Nil means that it ended well and take had every line.
func run(ctx context.Context, c Config, take func(n int, b []byte, long bool) error) error {
	dir, err := os.MkdirTemp("", "quorate-exec-")
	if err != nil {
		return fmt.Errorf("working folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	out, outWrite, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("pipe: %w", err)
	}
	defer func() { _ = out.Close() }()
	logs, logsWrite, err := os.Pipe()
	if err != nil {
		_ = outWrite.Close()
		return fmt.Errorf("pipe: %w", err)
	}
	defer func() { _ = logs.Close() }()
	cmd := exec.Command(c.Command[0], c.Command[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, c.environment(), outWrite, logsWrite
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	err = cmd.Start()
	_, _ = outWrite.Close(), logsWrite.Close()
	if err != nil {
		return fmt.Errorf("start: %w", cause(err))
	}

	p := &program{cmd: cmd, ended: make(chan struct{})}
	var (
		wg      sync.WaitGroup
		readErr error
		last    string
	)
	wg.Go(p.wait)
	wg.Go(func() {
		if readErr = readLines(drain{out}, maxOutput, take); readErr != nil {
			p.signal(syscall.SIGKILL)
		}
	})
	wg.Go(func() { last = logLines(drain{logs}) })
	var late error
	select {
	case <-p.ended:
	case <-ctx.Done():
		late = context.Cause(ctx)
		p.end()
	}
	for _, d := range []drain{{out}, {logs}} {
		if err := d.hurry(); err != nil {
			_ = d.pipe.Close()
		}
	}
	wg.Wait()
	switch status := cmd.ProcessState; {
	case late != nil:
		return late
	case readErr != nil:
		return readErr
	case !status.Success() && last != "":
		return fmt.Errorf("%s: %s", status, last)
	case !status.Success():
		return errors.New(status.String())
	}
	return nil
}

// program is the running program and all that it started.
type program struct {
	cmd   *exec.Cmd
	ended chan struct{}

	mu     sync.Mutex
	reaped bool
}

// wait closes ended when the program has ended. What it started and left behind is killed first, while the number of
// the group cannot be another's.
func (p *program) wait() {
	for errors.Is(unix.Waitid(unix.P_PID, p.cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil), unix.EINTR) {
	}
	p.signal(syscall.SIGKILL)
	p.mu.Lock()
	p.reaped = true
	// How it ended is read from the ProcessState.
	_ = p.cmd.Wait()
	p.mu.Unlock()
	close(p.ended)
}

// signal reaches the whole group; it does nothing when the program has ended.
func (p *program) signal(s syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.reaped {
		_ = syscall.Kill(-p.cmd.Process.Pid, s)
	}
}

// end ends the group, kindly first, and returns when the program has ended.
func (p *program) end() {
	p.signal(syscall.SIGTERM)
	select {
	case <-p.ended:
		return
	case <-time.After(grace):
	}
	p.signal(syscall.SIGKILL)
	<-p.ended
}

// logLines writes what a program says on stderr to the log, which the agent limits in rate, and returns the last line.
func logLines(r io.Reader) string {
	last := ""
	// Nobody reads more than the limit, and then the program must not block: the rest is thrown away.
	_ = readLines(r, maxStderr, func(_ int, b []byte, _ bool) error {
		if s := strings.TrimSpace(string(b)); s != "" {
			last = s[:min(len(s), maxLastLine)]
			slog.Info("program wrote", "text", last)
		}
		return nil
	})
	_, _ = io.Copy(io.Discard, r)
	return last
}

// cause drops what os/exec puts before the reason.
func cause(err error) error {
	if p, ok := errors.AsType[*os.PathError](err); ok {
		return fmt.Errorf("%s: %w", p.Path, p.Err)
	}
	return err
}
