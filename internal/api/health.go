package api

import (
	"context"
	"net/http"
	"time"

	"github.com/quorate/quorate/device"
)

// healthBody says whether the agent can be relied on now, and why not.
type healthBody struct {
	// Ready says that what is shown is of now: the record is open and can be written, and each source was asked once.
	Ready bool `json:"ready" doc:"What is shown is of now: the record is open and can be written, and each source was asked once."`
	// Status is "starting" until then, "failing" where nothing can be recorded, else "degraded" or "ok".
	Status  string         `json:"status" enum:"starting,failing,degraded,ok" doc:"Others may come."`
	Reasons []healthReason `json:"reasons"`
	LastSeq int64          `json:"last_seq"`
	Since   time.Time      `json:"since" doc:"When the agent's state began."`
	Updated time.Time      `json:"updated"`
}

// healthReason is one thing that is not well.
type healthReason struct {
	// Code is stable: a limit's, "waiting_for_source", "source_blind", "source_suspect" or "sink_failing".
	Code    string `json:"code" doc:"Stable: that of a limit, or waiting_for_source, source_blind, source_suspect, sink_failing."`
	Subject string `json:"subject,omitempty" doc:"The source, sink or blog that it is about."`
	Text    string `json:"text"`
	Advice  string `json:"advice,omitempty"`
}

// stopping are the limits at which nothing is recorded.
var stopping = map[device.LimitKind]bool{device.LimitDiskFull: true, device.LimitReadOnly: true, device.LimitDiskError: true}

func (s *Server) healthNow() healthBody {
	now := s.now()
	st := s.read.Status(now)
	b := healthBody{Ready: true, Status: "ok", Reasons: []healthReason{}, LastSeq: s.read.LastSeq(), Since: st.Since.UTC(), Updated: now.UTC()}
	add := func(worse string, r healthReason) {
		b.Reasons = append(b.Reasons, r)
		if rank[worse] > rank[b.Status] {
			b.Status = worse
		}
	}
	for _, l := range st.Limits {
		worse := "degraded"
		if stopping[l.Limit] {
			worse = "failing"
		}
		add(worse, healthReason{string(l.Limit), l.Subject, l.Text, l.Advice})
	}
	sources := s.read.Sources(now)
	for i := range sources {
		src := &sources[i]
		switch {
		case src.Plugin != nil && src.Plugin.State == device.PluginRefused:
			add("degraded", healthReason{"source_blind", src.Name, "The source does not run with this configuration.", "Its last error says what to change; then run \"quorate reload\"."})
		case src.LastPoll.IsZero() && src.LastSuccess.IsZero() && src.Failures == 0:
			add("starting", healthReason{"waiting_for_source", src.Name, "The source was not asked yet.", ""})
		case src.Health == device.HealthSuspect:
			add("degraded", healthReason{"source_suspect", src.Name, "The source contradicts the others about many devices; its votes do not count.", ""})
		case src.Health != device.HealthUp:
			add("degraded", healthReason{"source_blind", src.Name, "The source's polls fail; it says nothing about devices.", "\"quorate source check\" asks it step by step."})
		}
	}
	for _, sink := range s.read.Sinks() {
		if sink.State == device.SinkFailing || sink.State == device.SinkStuck {
			add("degraded", healthReason{"sink_failing", sink.Name, "The sink does not take its events; they are kept for it.", ""})
		}
	}
	b.Ready = b.Status != "starting" && b.Status != "failing"
	return b
}

var rank = map[string]int{"ok": 0, "degraded": 1, "starting": 2, "failing": 3}

// healthOutput is answered with 200 where the agent is ready, else with 503.
type healthOutput struct {
	Status int
	Body   healthBody
}

func (s *Server) health(context.Context, *none) (*healthOutput, error) {
	out := &healthOutput{http.StatusOK, s.healthNow()}
	if !out.Body.Ready {
		out.Status = http.StatusServiceUnavailable
	}
	return out, nil
}

// readyz is health without detail: it is open to everybody.
func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if s.healthNow().Ready {
		_, _ = w.Write([]byte("ready\n"))
		return
	}
	w.Header().Set("Retry-After", "5")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write([]byte("not ready\n"))
}
