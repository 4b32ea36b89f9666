package sourcetest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/quorate/quorate/sdk"
)

// No more than this is kept of what a plugin writes.
const maxKept = 1 << 20

// process is one running plugin.
type process struct {
	*sdk.Client
	launched *launched
	plugin   *plugin.Client
	conn     *grpc.ClientConn
}

// start launches the plugin of the case and speaks to it; the caller stops it.
func (k *kit) start(ctx context.Context) (*process, error) {
	l := &launched{argv: k.argv, extraEnv: k.c.Env, exited: make(chan struct{})}
	p := &process{launched: l}
	p.plugin = plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: sdk.Handshake(), VersionedPlugins: sdk.ClientPlugins(), AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS: true, SkipHostEnv: true, StartTimeout: startTime, Logger: hclog.NewNullLogger(),
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: k.dir},
		RunnerFunc:       func(_ hclog.Logger, spec *exec.Cmd, _ string) (runner.Runner, error) { l.spec = spec; return l, nil },
	})
	k.remember(l)
	if _, err := p.plugin.Start(); err != nil {
		p.stop()
		return nil, fmt.Errorf("start: %w; stderr: %s", err, l.tail())
	}
	protocol, err := p.plugin.Client()
	if err != nil {
		p.stop()
		return nil, fmt.Errorf("connect: %w; stderr: %s", err, l.tail())
	}
	raw, err := protocol.Dispense(sdk.PluginName)
	if err != nil {
		p.stop()
		return nil, fmt.Errorf("dispense: %w", err)
	}
	client, ok := raw.(*sdk.Client)
	g, isGRPC := protocol.(*plugin.GRPCClient)
	if !ok || !isGRPC {
		p.stop()
		return nil, errors.New("the plugin does not speak gRPC")
	}
	p.Client, p.conn = client, g.Conn
	return p, ctx.Err()
}

// configured starts the plugin and configures it.
func (k *kit) configured(ctx context.Context, config string) (*process, error) {
	p, err := k.start(ctx)
	if err != nil {
		return nil, err
	}
	call, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	if err := p.Configure(call, "test", []byte(config)); err != nil {
		p.stop()
		return nil, fmt.Errorf("configure: %w", k.heard(err))
	}
	// Who follows is told of nobody before the first poll, as by an agent that knows of none.
	if err := p.Follow(call, nil); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		p.stop()
		return nil, fmt.Errorf("follow: %w", k.heard(err))
	}
	return p, nil
}

// poll polls once within the case's timeout.
func (k *kit) poll(ctx context.Context, p *process) (sdk.Polled, error) {
	return k.pollWithin(ctx, p, k.timeout)
}

func (k *kit) pollWithin(ctx context.Context, p *process, timeout time.Duration) (sdk.Polled, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	k.polls++
	polled, err := p.Poll(ctx, k.polls)
	k.saw(polled)
	return polled, k.heard(err)
}

// healthy asks gRPC's health service.
func (p *process) healthy(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	r, err := grpc_health_v1.NewHealthClient(p.conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: plugin.GRPCServiceName})
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	if r.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
		return fmt.Errorf("health: service %q is %v", plugin.GRPCServiceName, r.GetStatus())
	}
	return nil
}

// stop ends the process, kindly first.
func (p *process) stop() {
	done := make(chan struct{})
	go func() {
		p.plugin.Kill()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(endTime):
		p.launched.kill()
		<-done
	}
}

// launched runs the program for go-plugin and keeps what it writes.
type launched struct {
	argv     []string
	extraEnv []string
	spec     *exec.Cmd
	cmd      *exec.Cmd
	exited   chan struct{}
	life     *os.File // the write end of the life pipe
	out      io.Reader

	mu     sync.Mutex
	killed bool
	line   string       // the first line of stdout
	stdout int          // bytes after it
	stderr bytes.Buffer // at most maxKept
}

// Start implements runner.Runner.
func (l *launched) Start(context.Context) error {
	life, lifeWrite, err := os.Pipe()
	if err != nil {
		return err
	}
	defer func() { _ = life.Close() }()
	handshake, handshakeWrite := io.Pipe()
	l.cmd = exec.Command(l.argv[0], l.argv[1:]...)
	l.cmd.Env = append(append(append([]string{}, l.spec.Env...), l.extraEnv...),
		sdk.EnvLifeFD+"=3", sdk.EnvHostPID+"="+strconv.Itoa(os.Getpid()), sdk.EnvLogLevel+"=DEBUG")
	l.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	l.cmd.ExtraFiles = []*os.File{life}
	l.cmd.WaitDelay = time.Second
	stdout, err := l.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	stderr, err := l.cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := l.cmd.Start(); err != nil {
		_ = lifeWrite.Close()
		return err
	}
	l.life, l.out = lifeWrite, handshake
	var readers sync.WaitGroup
	readers.Go(func() { l.readStdout(stdout, handshakeWrite) })
	readers.Go(func() { _, _ = io.Copy(&keep{l}, stderr) })
	go func() {
		readers.Wait()
		// How it ended is read from the ProcessState.
		_ = l.cmd.Wait()
		close(l.exited)
	}()
	return nil
}

// readStdout passes the first line on, and counts the rest.
func (l *launched) readStdout(r io.Reader, w *io.PipeWriter) {
	b := bufio.NewReaderSize(r, 8<<10)
	line, err := b.ReadSlice('\n')
	l.mu.Lock()
	l.line = string(line)
	l.mu.Unlock()
	_, _ = w.Write(line)
	_ = w.Close()
	for err == nil || errors.Is(err, bufio.ErrBufferFull) {
		var n int
		n, err = b.Read(make([]byte, 4<<10))
		l.mu.Lock()
		l.stdout += n
		l.mu.Unlock()
	}
}

type keep struct{ l *launched }

func (k *keep) Write(b []byte) (int, error) {
	k.l.mu.Lock()
	defer k.l.mu.Unlock()
	k.l.stderr.Write(b[:min(len(b), max(0, maxKept-k.l.stderr.Len()))])
	return len(b), nil
}

// said returns the first line of stdout, how many bytes followed, and stderr so far.
func (l *launched) said() (line string, after int, stderr string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.line, l.stdout, l.stderr.String()
}

func (l *launched) tail() string {
	_, _, s := l.said()
	return fmt.Sprintf("%.400q", s[max(0, len(s)-400):])
}

func (l *launched) kill() {
	l.mu.Lock()
	l.killed = true
	l.mu.Unlock()
	if l.cmd != nil && l.cmd.Process != nil {
		_ = syscall.Kill(-l.cmd.Process.Pid, syscall.SIGKILL)
	}
}

// forced reports whether it took a kill to end the process.
func (l *launched) forced() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.killed
}

// ended waits for the end of the process.
func (l *launched) ended(limit time.Duration) bool {
	select {
	case <-l.exited:
		return true
	case <-time.After(limit):
		return false
	}
}

// Wait implements runner.Runner.
func (l *launched) Wait(context.Context) error {
	<-l.exited
	_ = l.life.Close()
	return nil
}

// Kill implements runner.Runner.
func (l *launched) Kill(context.Context) error {
	l.kill()
	return nil
}

// Stdout implements runner.Runner.
func (l *launched) Stdout() io.ReadCloser { return io.NopCloser(l.out) }

// Stderr implements runner.Runner; the kit reads the real one itself.
func (l *launched) Stderr() io.ReadCloser { return io.NopCloser(bytes.NewReader(nil)) }

// Name implements runner.Runner.
func (l *launched) Name() string { return l.argv[0] }

// ID implements runner.Runner.
func (l *launched) ID() string {
	if l.cmd == nil || l.cmd.Process == nil {
		return "not started"
	}
	return strconv.Itoa(l.cmd.Process.Pid)
}

// Diagnose implements runner.Runner.
func (l *launched) Diagnose(context.Context) string { return "" }

// PluginToHost implements runner.Runner.
func (l *launched) PluginToHost(network, addr string) (string, string, error) {
	return network, addr, nil
}

// HostToPlugin implements runner.Runner.
func (l *launched) HostToPlugin(network, addr string) (string, string, error) {
	return network, addr, nil
}

// dialable returns where the plugin listens.
func (p *process) dialable() net.Addr { return p.plugin.ReattachConfig().Addr }
