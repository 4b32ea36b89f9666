package agent

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"github.com/quorate/quorate/device"
)

const (
	// lookEvery is how often the limits are looked at that nobody is told of.
	lookEvery = time.Second
	// diskPatience is how long commits may fail for errors of the disk until the agent ends, and diskTries how many of
	// them at least: whoever supervises it starts it anew, with nothing left of what the system may hold in its cache. A
	// full disk or a read-only one is no reason to end.
	diskPatience = 5 * time.Minute
	diskTries    = 20
)

// Status is how the agent does.
func (r *reader) Status(at time.Time) device.AgentStatus {
	a := r.a
	s := device.AgentStatus{
		Name: a.generation().cfg.Name, Version: a.opt.Version, Started: a.started, Config: a.configStatus(), Waiting: a.pipe.Waiting().Snapshots, LastSeq: a.pipe.LastSeq(),
		MemoryBytes: resident(),
	}
	s.State, s.Since, s.Limits = a.limits.current()
	var took time.Duration
	s.LastCommit, took = a.watched.lastCommit()
	s.LastCommitTook = took.Seconds()
	for _, sink := range a.pipe.SinkStatus() {
		switch sink.State {
		case device.SinkOK:
			s.Sinks.OK++
		case device.SinkBehind:
			s.Sinks.Behind++
		default:
			s.Sinks.Failing++
		}
	}
	for _, src := range r.Sources(at) {
		switch src.Health {
		case device.HealthUp:
			s.Sources.Up++
		case device.HealthSuspect:
			s.Sources.Suspect++
		default:
			s.Sources.Blind++
		}
	}
	return s
}

// configStatus is the configuration in force.
func (a *Agent) configStatus() device.ConfigStatus {
	g := a.generation()
	return device.ConfigStatus{Generation: g.number, Hash: g.cfg.Hash, LoadedAt: g.loadedAt, Error: a.reloaded.Load().err}
}

// watchLimits looks at the limits until ctx ends. The error it returns is a disk that nobody can wait for any longer.
func (a *Agent) watchLimits(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	told := "STATUS=ok"
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		a.watched.tick()
		a.lookAtSinks(a.pipe.SinkStatus(), now())
		a.lookAtLog()
		a.lookAtWaiting(now())
		a.lookAtCertificate(now())
		a.limits.tick()
		if d, n := a.watched.failingFor(); d >= a.diskPatience && n >= diskTries {
			return &DataError{fmt.Errorf("%s: the disk has answered %d commits with errors, for %s: check it, then start the agent again; nothing that was acknowledged is lost",
				a.store.Path(), n, d.Round(time.Second))}
		}
		text := "STATUS=ok"
		if _, _, at := a.limits.current(); len(at) > 0 {
			text = "STATUS=degraded: " + at[0].Text
		}
		if text != told {
			told = text
			_, _ = daemon.SdNotify(false, text)
		}
	}
}

// recordLimits records when limits were met and left, until ctx ends: as soon as that can be, which on a full disk is
// when it is over.
func (a *Agent) recordLimits(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.limits.wake:
		}
		events, lost := a.limits.take()
		if lost > 0 {
			a.log.Warn("limits met and left not recorded: too many at once", "count", lost)
		}
		if err := a.pipe.AddEvents(ctx, events); err != nil && ctx.Err() == nil {
			a.log.Warn("limits met and left not recorded", "count", len(events), "err", err)
		}
	}
}

// resident is what this process holds of the system's memory, in bytes; 0 where the system does not say.
func resident() int64 {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(b)
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(string(fields[1]), 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}
