package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

// process is one running plugin that has said what it is.
type process struct {
	*sdk.Client
	info   sdk.Info
	knows  knownList
	run    *run
	plugin *plugin.Client
	conn   *grpc.ClientConn
	limits limits
	log    *slog.Logger
}

// start launches the plugin of spec and asks what it is. The error is a *failure.
func (h *Host) start(ctx context.Context, spec Spec, text texts, log *slog.Logger, n *counts) (*process, error) {
	prog := builtIn(h.self, spec.Type)
	if spec.Command != "" {
		var err error
		if prog, err = openProgram(spec.Command, spec.SHA256); err != nil {
			return nil, &failure{err: err}
		}
	}
	defer prog.close()
	r := newRun(prog, h, spec.Limits.orDefault(), append(h.environment(), spec.Env...), newLogs(log, text, &n.logs), &n.stdout)
	p := &process{run: r, limits: h.limits, log: log}
	p.plugin = plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  sdk.Handshake(),
		VersionedPlugins: sdk.ClientPlugins(),
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:         true,
		SkipHostEnv:      true,
		StartTimeout:     h.limits.start,
		Logger:           hclog.New(&hclog.LoggerOptions{Level: hclog.Off}),
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: h.dir.path},
		GRPCDialOptions:  dialOptions(),
		// A plugin in Go that prints where everybody does is heard by this way.
		SyncStdout: r.stray, SyncStderr: r.logs,
		RunnerFunc: func(_ hclog.Logger, spec *exec.Cmd, _ string) (runner.Runner, error) {
			r.env = spec.Env
			return r, nil
		},
	})
	// Go-plugin knows no context: who gives up kills the process, and every call ends.
	ctx, cancel := context.WithTimeoutCause(ctx, 2*h.limits.start, fmt.Errorf("no answer within %v of its start", 2*h.limits.start))
	defer cancel()
	unwatch := context.AfterFunc(ctx, r.kill)
	defer unwatch()
	if err := p.connect(ctx, spec.Type); err != nil {
		p.kill()
		return nil, p.explain(ctx, err)
	}
	return p, nil
}

// connect starts the process and makes the first call.
func (p *process) connect(ctx context.Context, typ string) error {
	if _, err := p.plugin.Start(); err != nil {
		return err
	}
	protocol, err := p.plugin.Client()
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	raw, err := protocol.Dispense(sdk.PluginName)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	client, isClient := raw.(*sdk.Client)
	g, isGRPC := protocol.(*plugin.GRPCClient)
	if !isClient || !isGRPC {
		return errors.New("connect: the plugin does not speak gRPC")
	}
	p.Client, p.conn = client, g.Conn
	if p.info, err = p.Describe(ctx); err != nil {
		return fmt.Errorf("describe: %w", err)
	}
	if p.info.Type != typ {
		return &failure{err: fmt.Errorf("the plugin is a source of type %q, the configuration says %q", p.info.Type, typ)}
	}
	return nil
}

// explain finds the reason that a person can act on. The process has ended.
func (p *process) explain(ctx context.Context, err error) error {
	var known *failure
	greeted, refused := p.run.handshaken()
	switch {
	case errors.As(err, &known):
		return known
	case refused != nil:
		return &failure{err: refused}
	case p.run.condemned() == nil && ctx.Err() != nil:
		return &failure{err: context.Cause(ctx), kind: device.EventSourceHung}
	case p.run.pid() == 0:
		return &failure{err: err}
	case p.Client == nil && (!p.run.killed() || p.run.condemned() != nil):
		return p.run.failed("the plugin ended before its handshake: ")
	case !greeted:
		return &failure{err: fmt.Errorf("the plugin printed no handshake within %v: is it a source plugin of Quorate's?", p.limits.start), kind: device.EventSourceHung}
	case errors.Is(err, sdk.ErrUnavailable):
		return p.run.failed("the plugin ended: ")
	}
	return &failure{err: err}
}

// healthy asks gRPC's health service.
func (p *process) healthy(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, p.limits.healthTimeout)
	defer cancel()
	r, err := grpc_health_v1.NewHealthClient(p.conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: plugin.GRPCServiceName})
	if err != nil {
		return err
	}
	if r.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
		return fmt.Errorf("health is %v", r.GetStatus())
	}
	return nil
}

// stop ends the process: what runs may end first, within the drain time.
func (p *process) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), p.limits.drain)
	// Who does not drain is ended all the same.
	_ = p.Drain(ctx)
	cancel()
	p.end(p.limits.kill)
}

// kill ends the process group at once.
func (p *process) kill() {
	p.run.kill()
	p.end(p.limits.kill)
}

// end ends the process by go-plugin's Kill, which hangs for as long as the plugin does, and by a signal to the group
// after patience. It returns when the process has ended and its folder is gone.
func (p *process) end(patience time.Duration) {
	done := make(chan struct{})
	go func() {
		p.plugin.Kill()
		close(done)
	}()
	for {
		select {
		case <-done:
			return
		case <-time.After(patience):
			p.run.kill()
		}
	}
}

// environment is the allow-list of what a plugin gets of ours.
func (h *Host) environment() []string {
	env := []string{sdk.EnvLogLevel + "=" + h.level}
	for _, k := range []string{"TZ", "SSL_CERT_FILE", "SSL_CERT_DIR"} {
		if v, ok := os.LookupEnv(k); ok {
			env = append(env, k+"="+v)
		}
	}
	return env
}
