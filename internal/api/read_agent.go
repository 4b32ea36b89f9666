package api

import (
	"context"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/access"
)

func (s *Server) agentRoutes(api registry) {
	get(api, op{
		ID: "sources", Path: "/api/v1/sources", Summary: "Every source and how far it is believed, in the order of the configuration.",
		Scope: access.Read, Example: exampleOf(exampleSource()),
	}, s.listSources)
	get(api, op{
		ID: "sinks", Path: "/api/v1/sinks", Summary: "Every sink: how far it has come, what waits for it, and what is wrong.",
		Scope: access.Read, Example: exampleOf(exampleSink()),
	}, s.listSinks)
	get(api, op{
		ID: "summary", Path: "/api/v1/summary", Summary: "One flat object for dashboards.",
		Text:  "Only what is known to be well counts as up. \"uptime\" and \"agreement\" are of 24 hours; the latter is told of now alone.",
		Scope: access.Read, Errors: atErrors(), Example: exampleSummary(),
	}, s.summary)
	get(api, op{
		ID: "status", Path: "/api/v1/status", Summary: "How the agent does: whether it is within its limits, and which it is at.",
		Scope: access.Read, Example: exampleStatus(),
	}, s.status)
	get(api, op{
		ID: "version", Path: "/api/v1/version", Summary: "The agent's version and the newest sequence number.",
		Scope: access.Read, Example: versionBody{Name: "home", Version: "1.0.0", LastSeq: 4711},
	}, s.versionInfo)
}

func (s *Server) listSources(ctx context.Context, in *PageInput) (*body[list[device.SourceStatus]], error) {
	return page(ctx, *in, s.read.Sources(s.now()), asListed(func(x *device.SourceStatus) string { return x.Name }))
}

func (s *Server) listSinks(ctx context.Context, in *PageInput) (*body[list[device.SinkStatus]], error) {
	return page(ctx, *in, s.read.Sinks(), asListed(func(x *device.SinkStatus) string { return x.Name }))
}

func (s *Server) status(context.Context, *none) (*body[device.AgentStatus], error) {
	return &body[device.AgentStatus]{s.read.Status(s.now())}, nil
}

type versionBody struct {
	Name      string `json:"name"`
	Version   string `json:"version"`
	LastSeq   int64  `json:"last_seq"`
	Simulated bool   `json:"simulated"`
}

func (s *Server) versionInfo(context.Context, *none) (*body[versionBody], error) {
	return &body[versionBody]{versionBody{*s.name.Load(), s.cfg.Version, s.read.LastSeq(), s.cfg.Simulated}}, nil
}
