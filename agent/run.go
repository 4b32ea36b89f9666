package agent

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"github.com/quorate/quorate/internal/access"
	"github.com/quorate/quorate/internal/api"
	"github.com/quorate/quorate/internal/host"
	"github.com/quorate/quorate/internal/sanitize"
	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/internal/web"
	"github.com/quorate/quorate/pipeline"
)

// run opens everything, serves until ctx ends, and closes it.
func (a *Agent) run(ctx context.Context) error {
	var closers []func() error
	defer func() {
		for _, closer := range slices.Backward(closers) {
			if err := closer(); err != nil {
				a.log.Warn("stop step", "err", err)
			}
		}
	}()

	st, err := store.Open(ctx, a.dataDir, store.Options{Log: a.log, OnDamage: a.onDamage, OnHeld: a.onHeld})
	if err != nil {
		return &DataError{err}
	}
	closers = append(closers, st.Close)
	a.store, a.watched = st, &watched{Store: st, limits: a.limits}

	key, err := sanitize.LoadKey(filepath.Join(a.dataDir, "site.key"))
	if err != nil {
		return err
	}
	if a.known, err = loadKnowledge(ctx, st, key, a.log, a.checkAgain); err != nil {
		return &DataError{err}
	}

	a.keeper = access.NewKeeper(access.KeeperOptions{Store: st, Log: a.log, Note: a.onTokenChange})
	if err := a.keeper.Load(ctx); err != nil {
		return &DataError{err}
	}

	h, err := host.New(host.Options{RunDir: filepath.Join(a.dataDir, "run"), Log: a.log, OnEvent: a.onPluginEvent})
	if err != nil {
		return err
	}
	closers = append(closers, func() error {
		stop, cancel := a.patience(endHost)
		defer cancel()
		return h.Close(stop)
	})
	a.host = h
	g, err := a.firstGeneration(ctx)
	if err != nil {
		return err
	}
	a.current.Store(g)
	closers = append(closers, func() error { return closeSinks(a.generation().sinks, nil) })
	if a.pipe, err = pipeline.New(g.judging(), pipeline.Options{Journal: a.watched, Log: a.log, Routes: a.routes(g), OnProbe: a.probe}); err != nil {
		return err
	}
	door, err := a.newEntrance(g.cfg)
	if err != nil {
		return err
	}
	if door.listener, err = listen(g.cfg.Listen); err != nil {
		return err
	}
	socket, err := listenSocket(filepath.Join(a.dataDir, SocketName))
	if err != nil {
		return errors.Join(err, door.close())
	}
	return a.serve(ctx, door, socket)
}

// crew is the goroutines that work for sources, readers and commands, until their context ends.
type crew struct {
	ctx context.Context
	sync.WaitGroup
	failed chan error // the first one that fails is enough to stop the agent
}

func (c *crew) fail(err error) {
	select {
	case c.failed <- err:
	default:
	}
}

// run has f work until it returns; its error stops the agent.
func (c *crew) run(name string, f func(context.Context) error) {
	c.Go(func() {
		if err := f(c.ctx); err != nil {
			c.fail(fmt.Errorf("%s: %w", name, err))
		}
	})
}

// serve runs everything that lives until ctx ends. The pipeline outlives the sources, so that what they handed over is
// committed before it stops.
func (a *Agent) serve(ctx context.Context, door *entrance, socket net.Listener) error {
	g := a.generation()
	read, act, gate := &reader{a}, &actor{a}, access.NewGate(a.keeper)
	a.metrics = a.newMetrics(read)
	site, err := web.New(web.Options{Read: read, Act: act, Gate: gate, Name: func() string { return a.generation().cfg.Name }, Simulated: a.opt.Simulated, Log: a.log})
	if err != nil {
		return errors.Join(err, closeAll(door.listener, socket))
	}
	server, err := api.New(api.Config{AgentName: g.cfg.Name, Version: a.opt.Version, Simulated: a.opt.Simulated},
		api.Options{Read: read, Act: act, Pages: site.Routes(), Missing: http.HandlerFunc(site.Missing), Refused: site.Refused, Gate: gate, Subscribe: a.pipe.Subscribe, Hooks: g.hooks(),
			Meter: a.metrics, Metrics: a.metrics, Log: a.log})
	if err != nil {
		return errors.Join(err, closeAll(door.listener, socket))
	}
	a.page = &page{server: server}
	failed := make(chan error, 1)
	pipeCtx, stopPipe := context.WithCancel(context.WithoutCancel(ctx))
	defer stopPipe()
	background := &crew{ctx: pipeCtx, failed: failed}
	pollCtx, stopPolls := context.WithCancelCause(ctx)
	defer stopPolls(nil)
	front := &crew{ctx: pollCtx, failed: failed}

	background.run("pipeline", a.pipe.Run)
	background.run("store", a.store.Maintain)
	background.run("record", a.store.Watch)
	background.run("retention", a.prune)
	background.run("rejections", a.capRejected)
	background.run("disk", a.watchLimits)
	background.run("access", a.keeper.Run)
	select {
	case <-a.pipe.Ready():
	case err := <-failed:
		stopPipe()
		background.Wait()
		return errors.Join(err, closeAll(door.listener, socket))
	}
	a.metrics.Begin()
	endOfNotes := a.recordNotes(pipeCtx)
	front.Go(func() { a.recordLimits(pollCtx) })
	front.Go(func() { a.followPlan(pollCtx) })
	front.Go(func() { a.followNotes(pollCtx) })
	front.Go(func() { a.followKnowledge(pollCtx) })
	a.page.serve(front, door)
	front.run("socket", func(ctx context.Context) error { return serveSocket(ctx, socket, a.socketHandler(server.Handler())) })
	for _, s := range g.sources {
		s.begin(front)
	}
	front.Go(func() { a.followReloads(front) })
	a.log.Info("serving", "address", a.page.address(), "sources", len(g.sources))
	_, _ = daemon.SdNotify(false, daemon.SdNotifyReady)
	if a.keeper.Empty() {
		a.log.Info("nobody has logged in to the page or made a token yet; for a link to log in: quorate login")
	}
	if a.opt.OnReady != nil {
		a.opt.OnReady(a.page.address())
	}

	var cause error
	select {
	case <-ctx.Done():
	case cause = <-failed:
		a.log.Error("stopping", "err", cause)
	}
	began := time.Now()
	a.stopAt.Store(&began)
	_, _ = daemon.SdNotify(false, daemon.SdNotifyStopping)
	stopPolls(errors.New("the agent stops"))
	front.Wait()
	endOfNotes()
	a.lastDeliveries()
	stopPipe()
	background.Wait()
	return cause
}
