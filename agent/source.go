package agent

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/host"
)

// probeTimeout bounds a tie-breaker's look at one device.
const probeTimeout = 10 * time.Second

// source is one configured monitor at work. Its goroutine alone starts and polls the plugin; probes come from the
// pipeline's.
type source struct {
	agent    *Agent
	cfg      SourceConfig
	settings Settings
	broken   error // why the plugin cannot be started, where it could not even say what it is

	plugin *host.Source
}

func newSource(a *Agent, cfg SourceConfig, settings Settings, broken error) *source {
	return &source{agent: a, cfg: cfg, settings: settings, broken: broken}
}

// run polls until ctx ends: at once, then once an interval, never two polls at a time. A poll that takes longer than
// the interval delays the next one.
func (s *source) run(ctx context.Context) {
	plugin, err := s.start(ctx)
	if ctx.Err() != nil && err != nil {
		return
	}
	if err != nil {
		s.agent.log.Error("source not started", "source", s.cfg.Name, "err", err)
		s.failForGood(ctx, err)
		return
	}
	s.plugin = plugin
	s.agent.running.Store(s.cfg.Name, plugin)
	defer func() {
		s.agent.running.Delete(s.cfg.Name)
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := plugin.Close(stop); err != nil {
			s.agent.log.Warn("source not stopped cleanly", "source", s.cfg.Name, "err", err)
		}
	}()
	for wait := time.Duration(0); ; wait = s.nextWait() {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		s.pollOnce(ctx)
	}
}

func (s *source) start(ctx context.Context) (*host.Source, error) {
	if s.broken != nil {
		return nil, s.broken
	}
	return s.agent.host.Start(ctx, s.cfg.spec(s.settings))
}

// nextWait spreads the polls of several sources: an interval, give or take 1 %.
func (s *source) nextWait() time.Duration {
	spread := s.cfg.Interval / 50
	if spread <= 0 {
		return s.cfg.Interval
	}
	return s.cfg.Interval - spread/2 + rand.N(spread)
}

func (s *source) pollOnce(ctx context.Context) {
	pollCtx, cancel := context.WithTimeoutCause(ctx, s.cfg.Timeout, fmt.Errorf("poll timeout %s", s.cfg.Timeout))
	snapshot := s.plugin.Poll(pollCtx)
	cancel()
	if ctx.Err() != nil {
		return // a poll cut off by our own stop says nothing, not even that the source failed
	}
	s.publish(ctx, snapshot)
}

// publish hands a snapshot over and tells the plugin when it is durable.
func (s *source) publish(ctx context.Context, snapshot device.Snapshot) {
	if err := s.agent.pipe.Publish(ctx, snapshot); err != nil {
		if ctx.Err() == nil {
			s.agent.log.Error("snapshot not recorded", "source", s.cfg.Name, "err", err)
		}
		return
	}
	if snapshot.Err == "" {
		s.plugin.Committed(ctx, snapshot.Poll)
	}
}

// failForGood reports a plugin that cannot be started as failed polls, once an interval: its claims age out and the
// page says why.
func (s *source) failForGood(ctx context.Context, err error) {
	for {
		snapshot := device.Snapshot{Source: s.cfg.Name, Started: time.Now(), Err: err.Error()}
		if err := s.agent.pipe.Publish(ctx, snapshot); err != nil && ctx.Err() == nil {
			s.agent.log.Error("snapshot not recorded", "source", s.cfg.Name, "err", err)
		}
		select {
		case <-ctx.Done():
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
