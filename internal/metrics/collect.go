package metrics

import (
	"context"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/quorate/quorate/device"
)

// collector reads the state and the record when it is scraped.
type collector struct{ m *Metrics }

// Describe says nothing: what there is depends on the configuration, and the registry checks each scrape.
func (*collector) Describe(chan<- *prometheus.Desc) {}

// Collect sends everything, or an error in place of what cannot be read.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeLimit)
	defer cancel()
	b := &batch{out}
	now := c.m.opt.Now()
	read := c.m.opt.Read
	b.gauge("build_info", "The agent's version; always 1.", 1, "version", c.m.opt.Version, "goversion", runtime.Version())
	devices := read.Devices(now)
	b.devices(devices, c.m.opt.Devices != nil && c.m.opt.Devices())
	sources := read.Sources(now)
	c.m.forget(sources)
	b.votes(devices, sources)
	b.sources(sources, read.Scores())
	b.stage("poll", "ok", c.m.polled.Load())
	b.stage("poll", "failed", c.m.failed.Load())
	b.stage("observe", "taken", c.m.taken.Load())
	b.sinks(read.Sinks())
	b.agent(read.Status(now))
	kinds := map[string]int{"down": 0, "suspect": 0}
	for _, i := range read.Incidents() {
		kinds[i.Kind]++
	}
	for kind, n := range kinds {
		b.gauge("incidents", "Open incidents, by kind.", float64(n), "kind", kind)
	}
	b.gauge("disputes", "Questions on which the votes are contested now.", float64(len(read.Disputes(now))))
	b.said(ctx, &c.m.said, read)
	if c.m.opt.Vitals == nil {
		return
	}
	v, err := c.m.opt.Vitals(ctx)
	if err != nil {
		b.out <- prometheus.NewInvalidMetric(prometheus.NewDesc("quorate_dead_letters", "What could not be processed and is kept.", nil, nil), err)
		return
	}
	b.vitals(v)
}

// batch sends metrics to one scrape.
type batch struct{ out chan<- prometheus.Metric }

func (b *batch) gauge(name, help string, value float64, labels ...string) {
	b.send(name, help, prometheus.GaugeValue, value, labels)
}

func (b *batch) counter(name, help string, value float64, labels ...string) {
	b.send(name, help, prometheus.CounterValue, value, labels)
}

// send takes labels as names and values by turns. Values are made fit to be sent.
func (b *batch) send(name, help string, kind prometheus.ValueType, value float64, labels []string) {
	var names, values []string
	for i := 0; i+1 < len(labels); i += 2 {
		names, values = append(names, labels[i]), append(values, text(labels[i+1]))
	}
	m, err := prometheus.NewConstMetric(prometheus.NewDesc("quorate_"+name, help, names, nil), kind, value, values...)
	if err != nil {
		m = prometheus.NewInvalidMetric(prometheus.NewDesc("quorate_"+name, help, names, nil), err)
	}
	b.out <- m
}

// at sends a time where it is known.
func (b *batch) at(name, help string, t time.Time, labels ...string) {
	if !t.IsZero() {
		b.gauge(name, help, float64(t.UnixMilli())/1000, labels...)
	}
}

// stage sends how much went through a stage of the pipeline, by what became of it.
func (b *batch) stage(name, result string, n int64) {
	b.counter("pipeline_events_total", "What went through the pipeline since the agent's start, by stage and what became of it: polls, their observations, events recorded, events delivered to sinks.",
		float64(n), "stage", name, "result", result)
}

func yes(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

func (b *batch) agent(s device.AgentStatus) {
	met := map[device.LimitKind]bool{
		device.LimitDiskFull: false, device.LimitReadOnly: false, device.LimitDiskError: false, device.LimitDiskSlow: false, device.LimitOverload: false,
		device.LimitSinkBehind: false, device.LimitWALHeld: false, device.LimitRecordDamaged: false, device.LimitPostLeaks: false,
		device.LimitCertificate: false,
	}
	for _, l := range s.Limits {
		met[l.Limit] = true
	}
	for limit, is := range met {
		b.gauge("agent_degraded", "Whether the agent is at a limit, by limit.", yes(is), "limit", string(limit))
	}
	b.gauge("pipeline_waiting_snapshots", "Snapshots handed over by sources and not yet committed.", float64(s.Waiting))
	b.at("pipeline_last_commit_timestamp_seconds", "When the last commit was done.", s.LastCommit)
	b.gauge("config_generation", "How many configurations took effect since the start, the first included.", float64(s.Config.Generation))
	b.gauge("last_seq", "Sequence number of the newest event on record.", float64(s.LastSeq))
}

func (b *batch) vitals(v Vitals) {
	b.gauge("pipeline_lag_seconds", "How long what waits longest has waited for its commit, and how long the last commit took where nothing waits.", v.Lag.Seconds())
	b.gauge("db_size_bytes", "Size of the record on disk.", float64(v.DatabaseBytes))
	b.gauge("db_log_size_bytes", "Size of the record's write-ahead log on disk.", float64(v.LogBytes))
	b.gauge("dead_letters", "What could not be processed and is kept.", float64(v.Rejected))
	b.gauge("config_last_reload_successful", "Whether the latest reload was taken; 1 before the first.", yes(v.Reloaded))
	b.at("config_last_reload_timestamp_seconds", "When the configuration was reloaded last, or the start.", v.ReloadedAt)
	b.at("tls_cert_expiry_timestamp_seconds", "When the certificate of the page ends.", v.CertificateEnds)
}
