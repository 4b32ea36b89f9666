package host

import (
	"fmt"
	"log/slog"
	"os/exec"
	"strconv"

	"github.com/quorate/quorate/internal/host/proc"
)

// Limits are what a plugin may hold with all that it starts. A zero is the default.
type Limits struct {
	Memory    int64 // resident bytes; what processes share is counted for each
	Files     int   // open descriptors, of each process
	Processes int
}

// The defaults. The built-in plugins need a quarter of the memory for a monitor of 5,000 devices.
const (
	DefaultMemory    = 512 << 20
	DefaultFiles     = 1024
	DefaultProcesses = 64
)

// What a process may reserve besides what it may hold: a thread's stack alone is 8 MiB, of which it touches a few KiB.
// This stops what grows faster than we look.
const reserve = 1 << 30

func (l Limits) orDefault() Limits {
	if l.Memory == 0 {
		l.Memory = DefaultMemory
	}
	if l.Files == 0 {
		l.Files = DefaultFiles
	}
	if l.Processes == 0 {
		l.Processes = DefaultProcesses
	}
	return l
}

// start starts cmd and sets what the kernel looks after before the process can have done much. The number of processes
// is not the kernel's: its limit counts all those of the user, and does not hold root.
func (l Limits) start(cmd *exec.Cmd, log *slog.Logger) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	if err := (proc.Limits{Data: l.Memory + reserve, Files: l.Files}).Set(cmd.Process.Pid); err != nil {
		log.Warn("plugin runs without the kernel's limits", "err", err)
	}
	return nil
}

// environment tells a program in Go how much memory there is, so that it collects garbage before it is killed.
func (l Limits) environment() string {
	return "GOMEMLIMIT=" + strconv.FormatInt(l.Memory/5*4, 10)
}

// exceeded returns which limit u is over, in words for the person who set it.
func (l Limits) exceeded(u usage) error {
	switch {
	case u.memory > l.Memory:
		return fmt.Errorf("it held %s of memory with its %d processes, and may hold %s: \"memory\" in \"limits\"", mib(u.memory), u.processes, mib(l.Memory))
	case u.processes > l.Processes:
		return fmt.Errorf("it ran %d processes, and may run %d: \"processes\" in \"limits\"", u.processes, l.Processes)
	}
	return nil
}

func mib(n int64) string { return strconv.FormatInt((n+1<<19)>>20, 10) + " MiB" }
