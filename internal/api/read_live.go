package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/quorate/quorate/internal/access"
)

// plainRoutes are those that answer by themselves.
func (s *Server) plainRoutes(api registry) {
	raw(api, http.MethodGet, op{
		ID: "stream", Path: "/api/v1/stream", Summary: "Recorded events as they come, as server-sent events.",
		Text: "Each message has the sequence number as its id, the type as its event, and the event as JSON. It goes on behind Last-Event-ID or \"after\"; without either it begins with what comes next. " +
			"\"position\" says how far the record was read where nothing matched, \"reset\" that it cannot go on there and what was known is to be asked for anew, \"dropped\" why it ends.",
		Scope: access.Read, Errors: []string{"bad_position", "unknown_parameter", "not_found", "invalid", "too_many_streams"}, Example: "id: 42\nevent: verdict.changed\ndata: {}\n\n",
	}, "text/event-stream", []*huma.Param{
		{Name: "after", In: "query", Description: "Events behind this sequence number.", Schema: &huma.Schema{Type: huma.TypeInteger}},
		{Name: "type", In: "query", Description: "Only events of these types, several by commas or by naming it again; \"verdict.*\" are all that begin so.", Schema: &huma.Schema{Type: huma.TypeString}},
		{Name: "device", In: "query", Description: "Only events about this device, by name, id or address.", Schema: &huma.Schema{Type: huma.TypeString}},
		{Name: "source", In: "query", Description: "Only events about this source.", Schema: &huma.Schema{Type: huma.TypeString}},
		{Name: "Last-Event-ID", In: "header", Description: "The same as \"after\", as browsers send it.", Schema: &huma.Schema{Type: huma.TypeInteger}},
	}, http.HandlerFunc(s.stream))
	raw(api, http.MethodGet, op{
		ID: "ws", Path: "/api/v1/ws", Summary: "Recorded events as they come, over a WebSocket.", Status: http.StatusSwitchingProtocols,
		Text:  "The client's first message says what it wants: {\"type\":\"subscribe\",\"after\":42,\"types\":[\"verdict.*\"],\"device\":\"nas-1\",\"source\":\"prtg\"}, all but the type optional. The answer is \"hello\" with the newest sequence number, or \"reset\"; then come events as JSON.",
		Scope: access.Read, Errors: []string{"upgrade_needed", "cross_site", "too_many_streams"},
	}, "", nil, http.HandlerFunc(s.socket))
	if s.metrics != nil {
		raw(api, http.MethodGet, op{
			ID: "metrics", Path: "/metrics", Summary: "How the network and the agent do, for Prometheus: text or OpenMetrics, as the header Accept asks for it.",
			Scope: access.Read, Example: "quorate_devices{status=\"up\"} 61\n",
		}, "text/plain", nil, s.metrics)
	}
	raw(api, http.MethodGet, op{
		ID: "healthz", Path: "/healthz", Summary: "Answers \"ok\" while the agent runs.", Open: true, Example: "ok\n",
	}, "text/plain", nil, http.HandlerFunc(healthz))
	raw(api, http.MethodGet, op{
		ID: "readyz", Path: "/readyz", Summary: "Answers \"ready\" with 200 while the agent can be relied on, else \"not ready\" with 503.", Open: true, Example: "ready\n",
	}, "text/plain", nil, http.HandlerFunc(s.readyz))
	get(api, op{
		ID: "health", Path: "/api/v1/health", Summary: "Whether the agent can be relied on now, and what is not well.",
		Text:  "The status is 503 with the same body while it is starting, or where nothing can be recorded.",
		Scope: access.Read, Errors: []string{"degraded"},
		Example: healthBody{Ready: true, Status: "degraded", Reasons: []healthReason{{Code: "source_blind", Subject: "prtg", Text: "The source's polls fail; it says nothing about devices."}}, LastSeq: 4711, Since: exampleNow, Updated: exampleNow},
	}, s.health)
}
