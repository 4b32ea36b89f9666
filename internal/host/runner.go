package host

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/quorate/quorate/internal/host/proc"
	"github.com/quorate/quorate/sdk"
)

// The handshake fits into this; go-plugin's certificate takes some 1,200 bytes.
const maxHandshake = 4 << 10

// After the end of a process its pipes are read this much longer, where a stranger still holds them open.
const pipeGrace = 500 * time.Millisecond

// What a plugin leaves behind is looked for and killed for this long.
const strayGrace = 2 * time.Second

// run is one run of a program: go-plugin's runner.Runner. Go-plugin sees the handshake line and nothing else: stderr
// and the rest of stdout are read here. When the program has ended, all that it started is killed.
type run struct {
	program *program
	starter *starter
	limits  Limits
	extra   []string // environment
	env     []string // what go-plugin adds, once it is known
	logs    *logs
	stray   *counter // stdout after the handshake
	looks   *looks

	life      *os.File // the write end of the life pipe
	handshake *io.PipeReader
	fallen    chan struct{} // closed when the process has ended
	dead      chan struct{} // closed when all that it left is gone and it is reaped
	exited    chan struct{} // closed when its pipes are drained besides

	mu      sync.Mutex
	cmd     *exec.Cmd // nil until the process is started
	family  *proc.Family
	since   time.Time
	doomed  bool // kill was called
	greeted bool // the handshake was accepted
	reaped  bool
	refused error // why the handshake cannot be accepted
	over    error // the limit that it was killed for
	held    usage
}

// usage is what a plugin and all that it started held when it was looked at last.
type usage struct {
	memory    int64
	processes int
}

func newRun(p *program, h *Host, l Limits, extra []string, logs *logs, drained *atomic.Int64) *run {
	return &run{
		program: p, starter: h.starter, limits: l, extra: extra, logs: logs, stray: &counter{total: drained, log: logs.log}, looks: h.looks,
		fallen: make(chan struct{}), dead: make(chan struct{}), exited: make(chan struct{}),
	}
}

// Start implements runner.Runner.
func (r *run) Start(context.Context) error {
	var pipes pipes
	defer pipes.closeTheirs()
	lifeRead, lifeWrite := pipes.make()
	outRead, outWrite := pipes.make()
	errRead, errWrite := pipes.make()
	if pipes.err != nil {
		pipes.closeOurs()
		return fmt.Errorf("pipe: %w", pipes.err)
	}
	// The child's descriptors from 3 on, in this order.
	files := []*os.File{lifeRead}
	path := r.program.path
	if r.program.file != nil {
		files = []*os.File{r.program.file, lifeRead}
		path = "/proc/self/fd/3"
	}
	marker := sdk.EnvRun + "=" + r.looks.name()
	cmd := &exec.Cmd{
		Path: path, Args: r.program.argv, Dir: "/",
		Env: append(append(append([]string{r.limits.environment()}, r.env...), r.extra...), marker,
			sdk.EnvLifeFD+"="+strconv.Itoa(2+len(files)), sdk.EnvHostPID+"="+strconv.Itoa(os.Getpid())),
		Stdout: outWrite, Stderr: errWrite, ExtraFiles: files,
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL},
	}
	if err := r.starter.do(func() error { return r.limits.start(cmd, r.logs.log) }); err != nil {
		pipes.closeOurs()
		close(r.fallen)
		close(r.dead)
		close(r.exited)
		return fmt.Errorf("start %s: %w", r.program.argv[0], r.program.reason(err))
	}
	// Where the kernel does not know this, the agent's death ends the plugin alone, not what it started.
	if err := proc.DieWith(lifeRead.Fd(), cmd.Process.Pid); err != nil {
		r.logs.log.Debug("the plugin's processes are not tied to the agent's life", "err", err)
	}
	r.mu.Lock()
	r.cmd, r.life, r.family, r.since = cmd, lifeWrite, proc.NewFamily(cmd.Process.Pid, marker), time.Now()
	if r.doomed {
		r.killGroup()
	}
	r.mu.Unlock()
	r.looks.add(r)
	pr, pw := io.Pipe()
	r.handshake = pr
	var readers sync.WaitGroup
	readers.Go(func() { r.readStdout(outRead, pw) })
	readers.Go(func() { r.logs.read(errRead) })
	go r.reap(cmd, outRead, errRead, &readers)
	return nil
}

// reap waits for the end of the process, ends what it left behind and closes exited. The group is killed before the
// process is reaped, while its number cannot be another's.
func (r *run) reap(cmd *exec.Cmd, stdout, stderr *os.File, readers *sync.WaitGroup) {
	for {
		err := unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	close(r.fallen)
	r.mu.Lock()
	r.killGroup()
	r.mu.Unlock()
	if left := r.family.End(strayGrace); left > 0 {
		r.logs.log.Warn("processes of the plugin do not end", "processes", left)
	}
	r.mu.Lock()
	r.reaped = true
	// How it ended is read from cmd.ProcessState.
	_ = cmd.Wait()
	r.mu.Unlock()
	r.looks.remove(r)
	close(r.dead)
	deadline := time.Now().Add(pipeGrace)
	for _, f := range []*os.File{stdout, stderr} {
		if err := f.SetReadDeadline(deadline); err != nil {
			_ = f.Close()
		}
	}
	readers.Wait()
	_, _, _ = stdout.Close(), stderr.Close(), r.life.Close()
	close(r.exited)
}

// readStdout checks the handshake, passes it on and drains what follows.
func (r *run) readStdout(f io.Reader, w *io.PipeWriter) {
	b := bufio.NewReaderSize(f, maxHandshake)
	line, err := b.ReadSlice('\n')
	if len(line) > 0 {
		bad := checkHandshake(string(bytes.TrimSpace(line)))
		if errors.Is(err, bufio.ErrBufferFull) {
			bad = fmt.Errorf("it prints on stdout before the handshake: a line longer than %d bytes: what a plugin has to say goes to stderr", maxHandshake)
		}
		r.mu.Lock()
		r.refused, r.greeted = bad, bad == nil
		r.mu.Unlock()
		if bad == nil {
			_, _ = w.Write(line)
		}
	}
	_ = w.Close()
	if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
		return
	}
	// Until the end, whatever that is.
	_, _ = io.Copy(r.stray, b)
}

// counter counts what comes on stdout after the handshake, where nothing belongs, and throws it away.
type counter struct {
	total *atomic.Int64 // of all runs
	log   *slog.Logger
	told  atomic.Bool
}

func (c *counter) Write(b []byte) (int, error) {
	c.total.Add(int64(len(b)))
	if !c.told.Swap(true) {
		c.log.Warn("plugin prints on stdout, where nothing belongs after the handshake: it is thrown away")
	}
	return len(b), nil
}

// killGroup is called with mu held.
func (r *run) killGroup() {
	// ESRCH: the group is gone already.
	_ = syscall.Kill(-r.cmd.Process.Pid, syscall.SIGKILL)
}

// kill ends the process group at once. It may be called at any time.
func (r *run) kill() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.doomed = true
	if r.cmd != nil && !r.reaped {
		r.killGroup()
	}
}

// condemn ends the process group because it is over a limit.
func (r *run) condemn(over error) {
	r.mu.Lock()
	if r.over == nil {
		r.over = over
	}
	r.mu.Unlock()
	r.kill()
}

// ended reports whether the process has ended, though what it left may not have.
func (r *run) ended() bool {
	select {
	case <-r.fallen:
		return true
	default:
		return false
	}
}

// condemned returns the limit that the process was killed for.
func (r *run) condemned() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.over
}

// handshaken reports whether there was a handshake that is accepted, and why not otherwise; nil means that there was none.
func (r *run) handshaken() (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.greeted, r.refused
}

// killed reports whether the process, which has ended, was killed by the strongest signal: by us, or by the kernel.
func (r *run) killed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cmd == nil || r.cmd.ProcessState == nil {
		return false
	}
	st, ok := r.cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && st.Signaled() && st.Signal() == syscall.SIGKILL
}

// epitaph says how the process ended, once exited is closed.
func (r *run) epitaph() string {
	killed := r.killed()
	r.mu.Lock()
	how := "it was never started"
	if r.cmd != nil && r.cmd.ProcessState != nil {
		how = r.cmd.ProcessState.String()
	}
	if killed && !r.doomed {
		how += " from outside the agent, by a person or by the kernel for want of memory"
	}
	r.mu.Unlock()
	if last := r.logs.lastLine(); last != "" {
		how += ": " + last
	}
	return how
}

// Wait implements runner.Runner.
func (r *run) Wait(context.Context) error {
	<-r.exited
	return nil
}

// Kill implements runner.Runner.
func (r *run) Kill(context.Context) error {
	r.kill()
	return nil
}

// Stdout implements runner.Runner: the handshake, then the end.
func (r *run) Stdout() io.ReadCloser { return r.handshake }

// Stderr implements runner.Runner: nothing, since go-plugin's reader is not safe with what a plugin may write.
func (r *run) Stderr() io.ReadCloser { return io.NopCloser(bytes.NewReader(nil)) }

// Name implements runner.Runner.
func (r *run) Name() string { return r.program.argv[0] }

// ID implements runner.Runner; go-plugin wants it not empty.
func (r *run) ID() string {
	if p := r.pid(); p > 0 {
		return strconv.Itoa(p)
	}
	return "none"
}

func (r *run) pid() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cmd == nil {
		return 0
	}
	return r.cmd.Process.Pid
}

// Diagnose implements runner.Runner; we look at the handshake ourselves.
func (r *run) Diagnose(context.Context) string { return "" }

// PluginToHost implements runner.Runner.
func (r *run) PluginToHost(network, addr string) (string, string, error) { return network, addr, nil }

// HostToPlugin implements runner.Runner.
func (r *run) HostToPlugin(network, addr string) (string, string, error) { return network, addr, nil }

// pipes makes pipes and remembers what to close.
type pipes struct {
	ours, theirs []*os.File
	err          error
}

// make returns a pipe. Of the first one the child gets the end to read from, of the others the end to write to.
func (p *pipes) make() (r, w *os.File) {
	r, w, err := os.Pipe()
	if err != nil {
		p.err = errors.Join(p.err, err)
		return nil, nil
	}
	if len(p.ours) == 0 {
		p.ours, p.theirs = append(p.ours, w), append(p.theirs, r)
	} else {
		p.ours, p.theirs = append(p.ours, r), append(p.theirs, w)
	}
	return r, w
}

func (p *pipes) closeOurs() {
	for _, f := range p.ours {
		_ = f.Close()
	}
}

func (p *pipes) closeTheirs() {
	for _, f := range p.theirs {
		_ = f.Close()
	}
}
