package host

import (
	"io"
	"log/slog"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/quorate/quorate/internal/host/proc"
)

// KeeperType is what our own binary is started as, in place of a source's type, to be the keeper: `quorate plugin
// @keeper`.
const KeeperType = "@keeper"

// keeper is a process of ours that ends what plugins started, when we are killed: the kernel ends the plugins and their
// process groups with us, and nobody would end what has left these. It is started when there is such a process.
type keeper struct {
	self string
	log  *slog.Logger

	mu      sync.Mutex
	pipe    io.WriteCloser // nil while there is none
	ended   chan struct{}
	told    string
	retryAt time.Time
}

// keep tells the keeper of those who have left their groups. Marker is how the variable begins that others have.
func (k *keeper) keep(marker string, members []proc.Process) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.pipe == nil && (len(members) == 0 || time.Now().Before(k.retryAt) || !k.start()) {
		return
	}
	line := proc.KeepLine(marker, members)
	if line == k.told {
		return
	}
	if _, err := io.WriteString(k.pipe, line); err != nil {
		k.log.Warn("what plugins start is not looked after, should the agent be killed", "err", err)
		k.end()
		return
	}
	k.told = line
}

// start is called with mu held.
func (k *keeper) start() bool {
	// Not at once again, where it does not run.
	k.retryAt = time.Now().Add(time.Minute)
	cmd := &exec.Cmd{
		Path: k.self, Args: []string{"quorate", "plugin", KeeperType}, Dir: "/", Env: []string{"GOMAXPROCS=1"},
		SysProcAttr: &syscall.SysProcAttr{Setsid: true}, // no terminal ends it
	}
	pipe, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		k.log.Warn("what plugins start is not looked after, should the agent be killed", "err", err)
		return false
	}
	k.pipe, k.ended, k.told = pipe, make(chan struct{}), ""
	go func(ended chan<- struct{}) {
		_ = cmd.Wait() // that it ended is all there is to know
		close(ended)
	}(k.ended)
	return true
}

// end is called with mu held. It returns when the keeper has ended.
func (k *keeper) end() {
	if k.pipe == nil {
		return
	}
	_ = k.pipe.Close()
	<-k.ended
	k.pipe = nil
}

func (k *keeper) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.end()
}

// Keep is the keeper: what a binary that runs plugins does when it is started with KeeperType in place of a type.
func Keep(r io.Reader) { proc.Keep(r) }

// left are the members who have left the group of the first of them.
func left(leader int, members []proc.Process) []proc.Process {
	var out []proc.Process
	for _, p := range members {
		if p.Group != leader && !p.Zombie {
			out = append(out, p)
		}
	}
	return out
}

// prefix is how the names of a host's runs begin: with its folder's name, so that the next one knows whose they were.
func prefix(dir string) string { return dir[strings.LastIndexByte(dir, '/')+1:] + "." }
