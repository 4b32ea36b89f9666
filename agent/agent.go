package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/api"
	"github.com/quorate/quorate/internal/host"
	"github.com/quorate/quorate/internal/maintenance"
	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/pipeline"
	"github.com/quorate/quorate/sdk"
)

// SocketName is the unix socket in the data folder that commands on this machine use.
const SocketName = "quorate.sock"

// Options is what the agent takes from outside its configuration.
type Options struct {
	// Builtin is the sources that the binary brings along, by type.
	Builtin map[string]func() sdk.Source
	Log     *slog.Logger
	Version string
	// Simulated marks every page, answer and post as made up.
	Simulated bool
	// OnReady is called once when the agent serves, with the address of its page.
	OnReady func(address string)
	// OnEvents, where not nil, is called with all recorded events in order, by a sink of the agent's own.
	OnEvents func([]device.Event)
}

// Agent is the daemon. Make one with New; Run runs it once.
type Agent struct {
	cfg *Config
	opt Options
	log *slog.Logger
	// notes carries what the host says of plugins to the goroutine that records it.
	notes chan device.Event

	store   *store.Store
	host    *host.Host
	pipe    *pipeline.Pipeline
	blogs   []*blog
	private *registry
	plan    maintenance.Plan

	// sources is filled before the pipeline runs and not changed afterwards; running holds the *host.Source of those
	// whose plugin has started, by name.
	sources map[string]*source
	running sync.Map
}

// DataError means that the data folder or the database in it cannot be used.
type DataError struct{ Err error }

func (e *DataError) Error() string { return e.Err.Error() }

// Unwrap returns what the store said.
func (e *DataError) Unwrap() error { return e.Err }

// New checks what can be checked without I/O.
func New(cfg *Config, opt Options) (*Agent, error) {
	if len(cfg.Sources) == 0 {
		return nil, errNoSources
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	return &Agent{cfg: cfg, opt: opt, log: opt.Log, notes: make(chan device.Event, 64), sources: map[string]*source{}}, nil
}

// Run runs the agent until ctx ends, then stops within ten seconds with everything accepted committed. It returns nil
// if ctx ended it.
func (a *Agent) Run(ctx context.Context) error {
	var closers []func() error
	defer func() {
		for _, closer := range slices.Backward(closers) {
			if err := closer(); err != nil {
				a.log.Warn("stop step", "err", err)
			}
		}
	}()

	st, err := store.Open(ctx, a.cfg.DataDir, store.Options{Log: a.log})
	if err != nil {
		return &DataError{err}
	}
	closers = append(closers, st.Close)
	a.store = st

	h, err := host.New(host.Options{RunDir: filepath.Join(a.cfg.DataDir, "run"), Log: a.log, OnEvent: a.onPluginEvent})
	if err != nil {
		return err
	}
	closers = append(closers, func() error {
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		return h.Close(stop)
	})
	a.host = h
	infos, settings, broken, err := a.cfg.settings(ctx, h, sourceTypes(a.opt.Builtin))
	if err != nil {
		return err
	}
	a.private = newRegistry(a.cfg, settings)
	for _, s := range a.cfg.Sources {
		a.sources[s.Name] = newSource(a, s, settings[s.Name], broken[s.Name])
	}

	a.plan = a.cfg.MaintenancePlan()
	if err := a.buildPipeline(infos); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", a.cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w; \"listen\" in the agent block chooses another address", a.cfg.Listen, err)
	}
	socket, err := listenSocket(filepath.Join(a.cfg.DataDir, SocketName))
	if err != nil {
		_ = listener.Close()
		return err
	}
	return a.serve(ctx, listener, socket)
}

func (a *Agent) buildPipeline(infos map[string]sdk.Info) error {
	var sinks []pipeline.Sink
	for _, b := range a.cfg.Blogs {
		s, err := a.newBlog(b)
		if err != nil {
			return fmt.Errorf("sink %q: %w", b.Name, err)
		}
		a.blogs = append(a.blogs, s)
		sinks = append(sinks, s)
	}
	if a.opt.OnEvents != nil {
		sinks = append(sinks, &tap{deliver: a.opt.OnEvents})
	}
	p, err := pipeline.New(pipeline.Config{Identity: a.cfg.IdentityConfig(""), Consensus: a.cfg.ConsensusConfig(infos)},
		pipeline.Options{Journal: a.store, Log: a.log, Sinks: sinks, OnProbe: a.probe})
	if err != nil {
		return err
	}
	a.pipe = p
	return nil
}

// serve runs everything that lives until ctx ends. The pipeline outlives the sources, so that what they handed over is
// committed before it stops.
func (a *Agent) serve(ctx context.Context, listener, socket net.Listener) error {
	server, err := api.New(api.Config{AgentName: a.cfg.Name, Version: a.opt.Version, Simulated: a.opt.Simulated},
		api.Options{Read: &reader{a}, Subscribe: a.pipe.Subscribe, Log: a.log})
	if err != nil {
		return errors.Join(err, listener.Close(), socket.Close())
	}
	pipeCtx, stopPipe := context.WithCancel(context.WithoutCancel(ctx))
	defer stopPipe()
	pollCtx, stopPolls := context.WithCancelCause(ctx)
	defer stopPolls(nil)

	var background, polls sync.WaitGroup
	failed := make(chan error, 5) // one for each of the five below: none blocks
	run := func(wg *sync.WaitGroup, name string, f func() error) {
		wg.Go(func() {
			if err := f(); err != nil {
				failed <- fmt.Errorf("%s: %w", name, err)
			}
		})
	}
	run(&background, "pipeline", func() error { return a.pipe.Run(pipeCtx) })
	run(&background, "store", func() error { return a.store.Maintain(pipeCtx) })
	run(&background, "retention", func() error { return a.prune(pipeCtx) })
	select {
	case <-a.pipe.Ready():
	case err := <-failed:
		stopPipe()
		background.Wait()
		return errors.Join(err, listener.Close(), socket.Close())
	}
	polls.Go(func() { a.recordNotes(pollCtx) })
	polls.Go(func() { a.followPlan(pollCtx) })
	run(&polls, "page", func() error { return server.Serve(pollCtx, listener) })
	run(&polls, "socket", func() error { return serveSocket(pollCtx, socket, a.socketHandler(server.Handler())) })
	for _, s := range a.sources {
		polls.Go(func() { s.run(pollCtx) })
	}
	a.log.Info("serving", "address", listener.Addr().String(), "sources", len(a.sources))
	_, _ = daemon.SdNotify(false, daemon.SdNotifyReady)
	if a.opt.OnReady != nil {
		a.opt.OnReady(listener.Addr().String())
	}

	var cause error
	select {
	case <-ctx.Done():
	case cause = <-failed:
		a.log.Error("stopping", "err", cause)
	}
	_, _ = daemon.SdNotify(false, daemon.SdNotifyStopping)
	stopPolls(errors.New("the agent stops"))
	polls.Wait()
	a.recordLastNotes(pipeCtx)
	stopPipe()
	background.Wait()
	return cause
}

// onPluginEvent takes what happens to plugin processes. It is called by the host's goroutines and never blocks.
func (a *Agent) onPluginEvent(source string, kind device.EventType, text string) {
	select {
	case a.notes <- device.Event{Type: kind, Source: source, Text: text}:
	default:
		a.log.Warn("plugin event not recorded: too many at once", "source", source)
	}
}

// recordNotes records them as events until ctx ends.
func (a *Agent) recordNotes(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-a.notes:
			if err := a.pipe.AddEvents(ctx, []device.Event{e}); err != nil && ctx.Err() == nil {
				a.log.Warn("plugin event not recorded", "source", e.Source, "err", err)
			}
		}
	}
}

// recordLastNotes records what is still on the way when the sources have ended.
func (a *Agent) recordLastNotes(ctx context.Context) {
	var last []device.Event
	for {
		select {
		case e := <-a.notes:
			last = append(last, e)
			continue
		default:
		}
		break
	}
	if len(last) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if err := a.pipe.AddEvents(ctx, last); err != nil {
		a.log.Warn("plugin events not recorded", "err", err)
	}
}

// tap is the sink that feeds OnEvents: it starts at its own cursor like every sink.
type tap struct{ deliver func([]device.Event) }

func (*tap) Name() string { return "tap" }

func (t *tap) Deliver(_ context.Context, events []device.Event) error {
	t.deliver(events)
	return nil
}
