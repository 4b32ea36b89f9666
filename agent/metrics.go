package agent

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/metrics"
)

// newMetrics returns the metrics of this agent, which answer once its record is open.
func (a *Agent) newMetrics(read *reader) *metrics.Metrics {
	return metrics.New(metrics.Options{
		Read: read, Vitals: a.vitals, Devices: func() bool { return a.generation().cfg.MetricsDevices }, Version: a.opt.Version, Log: a.log,
	})
}

// vitals is what only the agent knows of itself.
func (a *Agent) vitals(ctx context.Context) (metrics.Vitals, error) {
	rejected, err := a.store.CountRejected(ctx)
	if err != nil {
		return metrics.Vitals{}, err
	}
	logged, _, err := a.store.LogSize()
	if err != nil {
		return metrics.Vitals{}, err
	}
	v := metrics.Vitals{Rejected: rejected, LogBytes: logged, Lag: a.lag(time.Now())}
	info, err := os.Stat(a.store.Path())
	switch {
	case err == nil:
		v.DatabaseBytes = info.Size()
	case !errors.Is(err, fs.ErrNotExist): // a file that somebody removed under us: the limits tell of that
		return v, err
	}
	if ends, ok := a.certificateExpires(); ok {
		v.CertificateEnds = ends
	}
	last := a.reloaded.Load()
	v.Reloaded, v.ReloadedAt = last.err == "", last.at
	return v, nil
}

// lag is how long what waits longest has waited for its commit, and how long the last commit took where nothing waits.
func (a *Agent) lag(at time.Time) time.Duration {
	if since := a.pipe.Waiting().HeldSince; !since.IsZero() {
		return max(0, at.Sub(since))
	}
	_, took := a.watched.lastCommit()
	return took
}

// metered counts a poll that has ended.
func (s *source) metered(snapshot *device.Snapshot, took time.Duration) {
	if m := s.agent.metrics; m != nil {
		m.Polled(s.name, took, len(snapshot.Observations), snapshot.Err != "")
	}
}
