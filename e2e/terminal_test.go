package e2e

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// terminal is quorate on a pseudo terminal, as a person has it before them.
type terminal struct {
	t      *testing.T
	master *os.File
	cmd    *exec.Cmd
	ended  chan struct{}
	// answers counts what the person typed; at is how much of the screen has been looked at.
	answers int
	at      int

	mu     sync.Mutex
	screen strings.Builder
}

// onTerminal starts quorate there.
func onTerminal(t *testing.T, env []string, dir string, args ...string) *terminal {
	t.Helper()
	master, slave := openPTY(t)
	x := &terminal{t: t, master: master, ended: make(chan struct{})}
	x.cmd = exec.Command(quorate, args...)
	x.cmd.Dir, x.cmd.Env = dir, cleanEnv(dir, append(env, "TERM=xterm")...)
	x.cmd.Stdin, x.cmd.Stdout, x.cmd.Stderr = slave, slave, slave
	x.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := x.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = slave.Close()
	go func() {
		// Ends with an error when nobody has the terminal open any more.
		_, _ = io.Copy(x, master)
		_ = x.cmd.Wait()
		close(x.ended)
	}()
	t.Cleanup(func() {
		_ = x.cmd.Process.Kill()
		<-x.ended
		_ = master.Close()
	})
	return x
}

func openPTY(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return master, slave
}

// Write takes what appears on the screen.
func (x *terminal) Write(b []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.screen.Write(b)
}

func (x *terminal) shown() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.screen.String()
}

// sees waits until text appears behind what was seen before.
func (x *terminal) sees(text string) {
	x.t.Helper()
	eventually(x.t, fmt.Sprintf("%q on the screen", text), func() bool {
		shown := x.shown()
		if i := strings.Index(shown[x.at:], text); i >= 0 {
			x.at += i + len(text)
			return true
		}
		select {
		case <-x.ended:
			if !strings.Contains(x.shown()[x.at:], text) {
				x.t.Fatalf("quorate ended with %v and never showed %q:\n%s", x.cmd.ProcessState, text, x.shown())
			}
		default:
		}
		return false
	})
}

// answer waits for a question and types the answer to it.
func (x *terminal) answer(question, answer string) {
	x.t.Helper()
	x.sees(question)
	x.answers++
	if _, err := x.master.WriteString(answer + "\n"); err != nil {
		x.t.Fatal(err)
	}
}

// wait waits for the end of quorate and returns its exit code.
func (x *terminal) wait() int {
	x.t.Helper()
	eventually(x.t, "the end of quorate", func() bool {
		select {
		case <-x.ended:
			return true
		default:
			return false
		}
	})
	return x.cmd.ProcessState.ExitCode()
}
