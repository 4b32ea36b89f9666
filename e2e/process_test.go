package e2e

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/quorate/quorate/internal/lab"
)

// process is quorate at work. Both its outputs go into one text.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	ended chan struct{} // closed when it has been waited for

	mu   sync.Mutex
	said bytes.Buffer
}

// start starts quorate and does not wait for it. Whatever becomes of the test, the process ends with it.
func start(t *testing.T, env []string, dir string, args ...string) *process {
	t.Helper()
	return startUnder(t, nil, env, dir, args...)
}

// startUnder starts quorate by another program, which becomes it or watches it.
func startUnder(t *testing.T, by []string, env []string, dir string, args ...string) *process {
	t.Helper()
	line := append(append(slices.Clip(by), quorate), args...)
	p := &process{t: t, cmd: exec.Command(line[0], line[1:]...), ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env = dir, cleanEnv(dir, env...)
	p.cmd.Stdout, p.cmd.Stderr = p, p
	p.cmd.WaitDelay = 5 * time.Second
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // the state of the process says it all
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
	})
	return p
}

// Write takes what the process prints.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.said.Write(b)
}

func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.said.String()
}

// waitFor waits until the process has printed text.
func (p *process) waitFor(text string) {
	p.t.Helper()
	eventually(p.t, strconv.Quote(text)+" on the output of quorate", func() bool {
		if strings.Contains(p.output(), text) {
			return true
		}
		select {
		case <-p.ended:
			p.t.Fatalf("quorate ended with %v before it said %q:\n%s", p.cmd.ProcessState, text, p.output())
		default:
		}
		return false
	})
}

// wait waits for the end of the process and returns its exit code.
func (p *process) wait() int {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(limit):
		p.t.Fatalf("quorate does not end:\n%s", p.output())
	}
	return p.cmd.ProcessState.ExitCode()
}

// stop ends the process as a service manager does, and wants that exit code and no child left.
func (p *process) stop(t *testing.T, code int) {
	t.Helper()
	children := p.children()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if got := p.wait(); got != code {
		t.Errorf("exit %d after SIGTERM, want %d\n%s", got, code, p.output())
	}
	gone(t, children)
}

// kill ends the process as a power cut does: nothing in it gets to run.
func (p *process) kill() {
	p.t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		p.t.Fatal(err)
	}
	p.wait()
}

// child is a process by its number and its start, so that a number used again is not mistaken for it.
type child struct {
	pid   int
	start string
}

// children are the processes that the process has started, with theirs.
func (p *process) children() []child {
	p.t.Helper()
	parents := map[int]int{}
	starts := map[int]string{}
	dirs, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		p.t.Fatal(err)
	}
	for _, f := range dirs {
		pid, parent, start, ok := stat(f)
		if ok {
			parents[pid], starts[pid] = parent, start
		}
	}
	var all []child
	for pid := range parents {
		for up := parents[pid]; up > 1; up = parents[up] {
			if up == p.cmd.Process.Pid {
				all = append(all, child{pid, starts[pid]})
				break
			}
		}
	}
	return all
}

// stat reads a process's number, its parent's and when it started. A zombie does not live any more.
func stat(path string) (pid, parent int, start string, ok bool) {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0, 0, "", false
	}
	// The name stands in brackets and may hold anything.
	end := bytes.LastIndexByte(b, ')')
	fields := strings.Fields(string(b[end+1:]))
	if len(fields) < 20 || fields[0] == "Z" {
		return 0, 0, "", false
	}
	pid, err1 := strconv.Atoi(filepath.Base(filepath.Dir(path)))
	parent, err2 := strconv.Atoi(fields[1])
	return pid, parent, fields[19], errors.Join(err1, err2) == nil
}

// gone waits until none of the processes lives.
func gone(t *testing.T, children []child) {
	t.Helper()
	eventually(t, "the end of every process that the agent started", func() bool {
		for _, c := range children {
			if _, _, start, ok := stat("/proc/" + strconv.Itoa(c.pid) + "/stat"); ok && start == c.start {
				return false
			}
		}
		return true
	})
}

// site is a lab with a folder for the agent that watches it.
type site struct {
	*lab.Running
	dir    string
	config string
	env    []string
}

// newSite starts the home lab. The configuration is that of the demo unless another is given.
func newSite(t *testing.T, config string) *site {
	t.Helper()
	dir := t.TempDir()
	running, err := lab.Start(t.Context(), lab.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := running.Close(); err != nil {
			t.Error(err)
		}
	})
	running.Env[lab.EnvListen] = "127.0.0.1:0"
	s := &site{Running: running, dir: dir}
	for name, value := range running.Env {
		s.env = append(s.env, name+"="+value)
	}
	if config == "" {
		config = read(t, filepath.Join("..", "examples", "hcl", "demo.hcl"))
	}
	s.config = write(t, filepath.Join(dir, "quorate.hcl"), config)
	return s
}

// patient is the configuration of the demo for a test in which every poll must end well, however busy the machine is.
func patient(t *testing.T) string {
	t.Helper()
	return strings.ReplaceAll(read(t, filepath.Join("..", "examples", "hcl", "demo.hcl")), `timeout  = "5s"`, `timeout  = "60s"`)
}

func (s *site) data() string { return s.Env[lab.EnvDataDir] }

// command runs commands beside the agent.
func (s *site) command() command {
	return command{dir: s.dir, env: append([]string{"QUORATE_CONFIG=" + s.config}, s.env...)}
}

// agent is a running agent and the address of its page.
type agent struct {
	*process
	url string
}

// pageAddress is a whole line: of one that is still being written nothing is taken.
var pageAddress = regexp.MustCompile(`(?m)^quorate: (https?://\S+)\n`)

// address waits for the line that says where the page is.
func (p *process) address() string {
	p.t.Helper()
	p.waitFor("quorate: http")
	var url string
	eventually(p.t, "the address of the page", func() bool {
		m := pageAddress.FindStringSubmatch(p.output())
		if m != nil {
			url = m[1]
		}
		return m != nil
	})
	return url
}

// agent starts the agent and waits until it serves.
func (s *site) agent(t *testing.T) *agent {
	t.Helper()
	return s.agentUnder(t)
}

// agentUnder starts it by another program.
func (s *site) agentUnder(t *testing.T, by ...string) *agent {
	t.Helper()
	p := startUnder(t, by, s.env, s.dir, "agent", "--config", s.config)
	return &agent{p, p.address()}
}
