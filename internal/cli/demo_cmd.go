package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"

	"github.com/quorate/quorate/agent"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/examples"
	"github.com/quorate/quorate/internal/lab"
)

const demoPort = 8600

type demoCmd struct {
	Fast bool   `help:"Play the story as fast as it goes and end; exit 1 unless every beat was recorded."`
	JSON bool   `name:"json" help:"Print the recorded events as lines of JSON; the story goes to standard error."`
	Dir  string `help:"Keep the record and the blog in this folder instead of a temporary one." placeholder:"PATH"`

	Monitors bool `help:"Only the simulated monitors, for tests of other programs: print where they listen, and serve until interrupted."`
}

// Run starts the simulated monitors and the unchanged agent on them, and tells the story.
func (c *demoCmd) Run(ctx context.Context, p *Program) (err error) {
	dir := c.Dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "quorate-demo-"); err != nil {
			return fmt.Errorf("make a temporary folder: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return fmt.Errorf("the folder %s: %w", c.Dir, err)
	}
	running, err := lab.Start(ctx, lab.Options{Dir: dir})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, running.Close()) }()
	if c.Monitors {
		return p.monitors(ctx, running)
	}
	env := running.Env
	if env[lab.EnvListen], err = freeAddress(c.Fast); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, "notes")); errors.Is(err, fs.ErrNotExist) {
		if err := os.CopyFS(dir, examples.Notes); err != nil {
			return fmt.Errorf("write the owner's notes: %w", err)
		}
	}
	config := filepath.Join(dir, "demo.hcl")
	if err := os.WriteFile(config, examples.Demo, 0o600); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	cfg, err := agent.Load([]string{config}, agent.LoadOptions{Lookup: func(name string) (string, bool) { v, ok := env[name]; return v, ok }})
	if err != nil {
		return err
	}

	// The demo's own configuration needs the environment of this process; whoever asks needs the record's place alone.
	ask := filepath.Join(dir, "ask.hcl")
	if err := os.WriteFile(ask, []byte("agent {\n  data_dir = \"data\"\n}\n"), 0o600); err != nil {
		return fmt.Errorf("write the configuration of whoever asks: %w", err)
	}

	tell := io.Writer(p.Stdout)
	opt := agent.Options{Builtin: p.Builtin, Log: p.logger("error"), Version: version(), Simulated: true}
	if c.JSON {
		tell = p.Stderr
		opt.OnEvents = jsonLines(p.Stdout)
	}
	return c.play(ctx, cfg, opt, running, ask, tell)
}

// monitors prints the lab's variables, one a line and in order, and serves until the context ends.
func (p *Program) monitors(ctx context.Context, running *lab.Running) error {
	control, err := running.Control(ctx)
	if err != nil {
		return err
	}
	env := maps.Clone(running.Env)
	env[lab.EnvControl] = control
	for _, own := range []string{lab.EnvListen, lab.EnvDataDir, lab.EnvBlogDir} {
		delete(env, own) // of an agent, and there is none
	}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		fmt.Fprintf(p.Stdout, "%s=%s\n", name, env[name])
	}
	<-ctx.Done()
	return nil
}

func (c *demoCmd) play(ctx context.Context, cfg *agent.Config, opt agent.Options, running *lab.Running, ask string, tell io.Writer) error {
	ready := make(chan string, 1)
	opt.OnReady = func(address string) { ready <- address }
	a, err := agent.New(cfg, opt)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	select {
	case err := <-ended:
		return dataError(err)
	case address := <-ready:
		_, port, _ := net.SplitHostPort(address)
		fmt.Fprintf(tell, "SIMULATED home lab: 68 devices, LibreNMS, PRTG and SNMP agents on 127.0.0.1. Nothing here is real.\n"+
			"Page: http://%s\nFrom another machine: ssh -L %s:%s HOST, then http://localhost:%s there.\n"+
			"Ask it, meanwhile: quorate devices --config %s\n"+
			"To acknowledge and correct on the page: quorate login --config %s\n\n", address, port, address, port, ask, ask)
	}
	pace := lab.Normal
	if c.Fast {
		pace = lab.Fast
	}
	err = lab.NewStory(running, lab.StoryOptions{Pace: pace}).Play(ctx, &demoAgent{a}, func(line string) { fmt.Fprintln(tell, printable(line)) })
	if err == nil && !c.Fast {
		fmt.Fprintln(tell, "\nThe story is told; the lab lives on. Ctrl-C ends it.")
		<-ctx.Done()
	}
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	stop()
	return errors.Join(err, dataError(<-ended))
}

// freeAddress is port 8600 on loopback, or the next free one; any for a run that nobody watches.
func freeAddress(anyPort bool) (string, error) {
	if anyPort {
		return "127.0.0.1:0", nil
	}
	for port := demoPort; port < demoPort+100; port++ {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		if l, err := net.Listen("tcp", address); err == nil {
			return address, l.Close()
		}
	}
	return "", fmt.Errorf("the ports %d to %d of 127.0.0.1 are all taken", demoPort, demoPort+99)
}

// jsonLines prints events as lines; it is called by one sink alone.
func jsonLines(w io.Writer) func([]device.Event) {
	var mu sync.Mutex
	enc := json.NewEncoder(w)
	return func(events []device.Event) {
		mu.Lock()
		defer mu.Unlock()
		for _, e := range events {
			_ = enc.Encode(e) // a broken pipe ends the program
		}
	}
}

// demoAgent is the agent as the story reads it.
type demoAgent struct{ *agent.Agent }

func (d *demoAgent) Events(ctx context.Context, after int64) ([]device.Event, error) {
	return d.Agent.Events(ctx, after, 1000)
}
