package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/quorate/quorate/agent"
	"github.com/quorate/quorate/internal/host"
	"github.com/quorate/quorate/internal/store"
)

// configFlag is the --config flag that most commands share.
type configFlag struct {
	Config []string `help:"Configuration file or folder; may be repeated." sep:"none" placeholder:"PATH"`
}

// load finds and reads the configuration.
func (c configFlag) load() (*agent.Config, error) {
	paths, err := agent.FindConfig(c.Config)
	if err != nil {
		return nil, err
	}
	return agent.Load(paths, agent.LoadOptions{})
}

type agentCmd struct {
	configFlag
	Check bool   `help:"Poll every source once, print the merged devices, and end."`
	Level string `name:"log-level" enum:"debug,info,warn,error" default:"info" help:"How much to log: ${enum}."`
}

func (c *agentCmd) Run(ctx context.Context, p *Program) error {
	// From the first moment on: until somebody listens, this signal ends a program.
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	paths, err := agent.FindConfig(c.Config)
	if err != nil {
		return err
	}
	// A reload looks where the start has looked.
	load := func() (*agent.Config, error) { return agent.Load(paths, agent.LoadOptions{}) }
	cfg, err := load()
	if err != nil {
		return err
	}
	if c.Check {
		return p.check(ctx, cfg)
	}
	saveMemory()
	var a *agent.Agent
	a, err = agent.New(cfg, agent.Options{
		Builtin: p.Builtin, Log: p.logger(c.Level), Version: version(), Load: load, Hangups: hangups,
		OnReady: func(string) {
			p.sayEntrance(a.Entrance())
			p.firstLogin(a)
		},
	})
	if err != nil {
		return err
	}
	return dataError(a.Run(ctx))
}

// sayEntrance says where the agent is reached. Of a certificate that it made itself nobody else can tell whose it is.
func (p *Program) sayEntrance(e agent.Entrance) {
	fmt.Fprintf(p.Stdout, "quorate: %s\n", e.URL)
	if e.Fingerprint != "" {
		fmt.Fprintf(p.Stdout, "quorate: its certificate was made here: a browser asks once whether you trust it, and shows this SHA-256 fingerprint:\n"+
			"  %s\nquorate: to log in, run on this machine: quorate login\n", e.Fingerprint)
	}
}

// saveMemory collects garbage twice as often as Go does by itself: the agent mostly waits, and on the simulated lab its
// peak is 44 MiB instead of 49. GOGC in the environment has the last word.
func saveMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
}

// dataError gives errors of the record their exit codes.
func dataError(err error) error {
	var data *agent.DataError
	switch {
	case errors.Is(err, store.ErrNewer):
		return failWith(exitNewer, err)
	case errors.As(err, &data), errors.Is(err, store.ErrCorrupt), errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT),
		errors.Is(err, syscall.EROFS):
		return failWith(exitData, err)
	}
	return err
}

// logger writes text on a terminal and JSON elsewhere.
func (p *Program) logger(level string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo
	}
	opt := &slog.HandlerOptions{Level: l}
	if p.onTerminal() {
		return slog.New(slog.NewTextHandler(p.Stderr, opt))
	}
	return slog.New(slog.NewJSONHandler(p.Stderr, opt))
}

func (p *Program) onTerminal() bool {
	f, ok := p.Stderr.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// firstLogin prints a link to log in, where nobody ever has. A link is a secret: it is for a terminal alone, since
// anything else may be kept.
func (p *Program) firstLogin(a *agent.Agent) {
	if !p.onTerminal() {
		return
	}
	if link := a.FirstLogin(); link != "" {
		fmt.Fprintf(p.Stderr, "quorate: to acknowledge, approve and correct on the page, log in within 10 minutes: %s\n", link)
	}
}

// temporaryHost launches plugins for one command. Done ends them and removes what they left. The command itself tells
// why a poll failed, so warnings of the same are not logged.
func (p *Program) temporaryHost() (h *host.Host, done func(), err error) {
	dir, err := os.MkdirTemp("", "quorate-")
	if err != nil {
		return nil, nil, fmt.Errorf("make a folder for plugins' sockets: %w", err)
	}
	h, err = host.New(host.Options{RunDir: dir, Log: slog.New(slog.NewTextHandler(p.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))})
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, nil, err
	}
	return h, func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = h.Close(ctx)
		_ = os.RemoveAll(dir)
	}, nil
}

func (p *Program) check(ctx context.Context, cfg *agent.Config) error {
	h, done, err := p.temporaryHost()
	if err != nil {
		return err
	}
	defer done()
	polled, err := cfg.PollOnce(ctx, h, p.types())
	if err != nil {
		return err
	}
	p.printDevices(cfg.Merge(polled, time.Now().UTC()), time.Now())
	failed := false
	for _, s := range polled {
		if s.Snapshot.Err != "" {
			fmt.Fprintln(p.Stderr, saying(s.Source.Name, s.Snapshot.Err))
			failed = true
		}
	}
	if failed {
		return exitQuietly(exitFailed)
	}
	return nil
}
