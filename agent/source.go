package agent

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/crashpoint"
	"github.com/quorate/quorate/internal/host"
)

// probeTimeout bounds a tie-breaker's look at one device.
const probeTimeout = 10 * time.Second

// source is one configured monitor at work. Its goroutine alone starts and polls the plugin, one that it starts hears what
// the plugin watches; probes come from the pipeline's. A reload that changes no more than terms of it leaves the plugin running.
type source struct {
	agent  *Agent
	name   string
	broken error // why the plugin cannot be started, where it could not even say what it is
	// terms is what may change while the plugin runs; a reload replaces it and puts a token into changed.
	terms   atomic.Pointer[terms]
	changed chan struct{}

	plugin *host.Source
	pushes *pushes // nil where the source takes none
	// follows is the source of the same name that this one replaces, nil for none or once it has begun.
	follows *source
	// told is the mark of the list that the plugin is to follow, 0 for none; crowded says that not all devices fit on it.
	told    uint64
	crowded bool

	leave  chan struct{} // closed: it ends with the poll that runs
	ended  chan struct{} // closed when it has ended
	cancel context.CancelCauseFunc
}

// terms is what is configured of a source.
type terms struct {
	SourceConfig
	settings Settings
}

func newSource(a *Agent, cfg SourceConfig, settings Settings, broken error) *source {
	s := &source{
		agent: a, name: cfg.Name, broken: broken, changed: make(chan struct{}, 1), leave: make(chan struct{}), ended: make(chan struct{}),
	}
	s.terms.Store(&terms{cfg, settings})
	if settings.Push != nil {
		s.pushes = newPushes(cfg.Name, a.pushTimes, a.log)
	}
	return s
}

// change puts other terms in force, for the wait that is under way as well.
func (s *source) change(t *terms) {
	s.terms.Store(t)
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// begin starts the source's goroutine, which ends with the crew's context or by end.
func (s *source) begin(c *crew) {
	ctx, cancel := context.WithCancelCause(c.ctx)
	s.cancel = cancel
	var polls uint64
	if s.follows != nil && s.follows.plugin != nil {
		polls = s.follows.plugin.Polls() // it has ended
	}
	s.follows = nil
	c.Go(func() {
		defer close(s.ended)
		defer cancel(nil)
		s.run(ctx, polls)
	})
}

var errReplaced = errors.New("the configuration has changed")

// end ends the source, once: the poll that runs may come to its end as long as patience lasts. It returns when the
// plugin has ended.
func (s *source) end(patience context.Context) {
	close(s.leave)
	select {
	case <-s.ended:
	case <-patience.Done():
		s.cancel(errReplaced)
		<-s.ended
	}
}

// run polls until ctx ends or it is to leave: at once, then once an interval and when something was pushed, never two
// polls at a time. A poll that takes longer than the interval delays the next one. Polls is the number of the last one
// before.
func (s *source) run(ctx context.Context, polls uint64) {
	plugin, err := s.start(ctx, polls)
	if ctx.Err() != nil && err != nil {
		return
	}
	if err != nil {
		s.agent.log.Error("source not started", "source", s.name, "err", err)
		s.failForGood(ctx, err)
		return
	}
	s.plugin = plugin
	s.agent.running.Store(s.name, plugin)
	defer func() {
		s.agent.running.Delete(s.name)
		stop, cancel := s.agent.patience(endSources)
		defer cancel()
		if err := plugin.Close(stop); err != nil {
			s.agent.log.Warn("source not stopped cleanly", "source", s.name, "err", err)
		}
	}()
	if s.pushes != nil {
		reading, stopReading := context.WithCancel(ctx)
		var reader sync.WaitGroup
		reader.Go(func() { s.pushes.read(reading, plugin) })
		defer reader.Wait()
		defer stopReading()
	}
	watching, stopWatching := context.WithCancel(ctx)
	var watcher sync.WaitGroup
	watcher.Go(func() { s.watch(watching, plugin) })
	defer watcher.Wait()
	defer stopWatching()
	s.follow(ctx, s.pollOnce)
}

// follow calls poll by the schedule until ctx ends or it is to leave, never twice at a time.
func (s *source) follow(ctx context.Context, poll func(context.Context)) {
	plan := schedule{gather: s.agent.pushTimes.gather, apart: s.agent.pushTimes.apart, regular: time.Now()}
	var wanted chan struct{} // nil is never ready
	if s.pushes != nil {
		wanted = s.pushes.wanted
	}
	for !s.leaving() {
		at, hastened := plan.next()
		due := time.NewTimer(time.Until(at))
		select {
		case <-ctx.Done():
			due.Stop()
			return
		case <-s.leave:
			due.Stop()
			return
		case <-s.changed:
			due.Stop()
			plan.every(s.nextWait())
			continue
		case <-wanted:
			due.Stop()
			plan.push(time.Now())
			continue
		case <-due.C:
		}
		if s.pushes != nil {
			s.pushes.begin(hastened)
		}
		began := time.Now()
		poll(ctx)
		plan.polled(began, time.Now(), s.nextWait(), hastened)
	}
}

func (s *source) leaving() bool {
	select {
	case <-s.leave:
		return true
	default:
		return false
	}
}

func (s *source) start(ctx context.Context, polls uint64) (*host.Source, error) {
	if s.broken != nil {
		return nil, s.broken
	}
	t := s.terms.Load()
	spec := t.spec(t.settings)
	spec.Polls = polls
	return s.agent.host.Start(ctx, spec)
}

// nextWait spreads the polls of several sources: an interval, give or take 1 %.
func (s *source) nextWait() time.Duration {
	interval := s.terms.Load().Interval
	spread := interval / 50
	if spread <= 0 {
		return interval
	}
	return interval - spread/2 + rand.N(spread)
}

func (s *source) pollOnce(ctx context.Context) {
	s.tellFollowed()
	timeout := s.terms.Load().Timeout
	pollCtx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("poll timeout %s", timeout))
	began := time.Now()
	snapshot := s.plugin.Poll(pollCtx)
	cancel()
	if ctx.Err() != nil {
		return // a poll that we cut off ourselves says nothing, not even that the source failed
	}
	s.metered(&snapshot, time.Since(began))
	s.publish(ctx, snapshot)
}

// publish hands a snapshot over and tells the plugin when it is durable.
func (s *source) publish(ctx context.Context, snapshot device.Snapshot) {
	if err := s.agent.pipe.Publish(ctx, snapshot); err != nil {
		if ctx.Err() == nil {
			s.agent.log.Error("snapshot not recorded", "source", s.name, "err", err)
		}
		return
	}
	if snapshot.Err == "" {
		s.plugin.Committed(ctx, snapshot.Poll)
		crashpoint.Here(crashpoint.AfterAck)
	}
}

// failForGood reports a plugin that cannot be started as failed polls, once an interval: its claims age out and the
// page says why.
func (s *source) failForGood(ctx context.Context, err error) {
	for {
		snapshot := device.Snapshot{Source: s.name, Started: time.Now(), Err: err.Error()}
		if err := s.agent.pipe.Publish(ctx, snapshot); err != nil && ctx.Err() == nil {
			s.agent.log.Error("snapshot not recorded", "source", s.name, "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-s.leave:
			return
		case <-time.After(s.nextWait()):
		}
	}
}

// probe asks the tie-breakers of one device. What they see goes the way of every observation, as a part of a snapshot.
func (a *Agent) probe(ctx context.Context, req consensus.ProbeRequest) {
	for _, ref := range req.Sources {
		v, ok := a.running.Load(ref.Source)
		if !ok {
			continue
		}
		plugin := v.(*host.Source)
		probeCtx, cancel := context.WithTimeoutCause(ctx, probeTimeout, fmt.Errorf("probe timeout %s", probeTimeout))
		started := time.Now()
		o, err := plugin.Probe(probeCtx, ref.Ref)
		cancel()
		if err != nil {
			a.log.Info("probe failed", "source", ref.Source, "err", err)
			continue
		}
		snapshot := device.Snapshot{Source: ref.Source, Started: started, Observations: []device.Observation{o}}
		if err := a.pipe.PublishProbe(ctx, snapshot); err != nil && ctx.Err() == nil {
			a.log.Error("probe not recorded", "source", ref.Source, "err", err)
		}
	}
}
