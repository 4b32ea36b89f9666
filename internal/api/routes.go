package api

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/access"
)

// list is the envelope of every answer that holds several things.
type list[T any] struct {
	Items []T `json:"items"`
}

type body[T any] struct{ Body T }

func listOf[T any](items []T) *body[list[T]] {
	if items == nil {
		items = []T{}
	}
	return &body[list[T]]{Body: list[T]{Items: items}}
}

// registry collects the routes that huma describes and serves.
type registry struct {
	huma.API
	mux   *http.ServeMux
	table *[]access.Route
}

func (s *Server) routes() {
	mux := http.NewServeMux()
	cfg := huma.DefaultConfig("Quorate", s.cfg.Version)
	cfg.OpenAPIPath = "/api/v1/openapi"
	cfg.DocsPath = "" // its viewer would be loaded from elsewhere
	cfg.SchemasPath = ""
	cfg.CreateHooks = nil // no "$schema" in answers
	cfg.Info.Description = "What several monitors say of one network, and what is held to be true. Clients accept enum values that they do not know; an absent field means unknown."
	api := registry{humago.New(mux, cfg), mux, &s.table}
	api.OpenAPI().Components.Schemas.RegisterTypeAlias(reflect.TypeFor[device.Duration](), reflect.TypeFor[string]())

	for _, path := range []string{".json", ".yaml"} {
		s.table = append(s.table, access.Route{Method: http.MethodGet, Path: cfg.OpenAPIPath + path, Scope: access.Read, Handler: mux})
	}
	get(api, "devices", "/api/v1/devices", "Every device with its verdict and the votes of now.", s.listDevices)
	get(api, "device", "/api/v1/devices/{device}", "One device, by name, id or address.", s.oneDevice)
	get(api, "device-identity", "/api/v1/devices/{device}/identity", "Who a device is: its refs and why each is bound, its fields with their sources and who says otherwise, what was merged and split.", s.deviceProfile)
	get(api, "device-verdicts", "/api/v1/devices/{device}/verdicts", "A device's verdicts with every vote, newest first.", s.deviceVerdicts)
	get(api, "device-explain", "/api/v1/devices/{device}/explain", "The stored record of a verdict, and its sentence.", s.explain)
	get(api, "device-events", "/api/v1/devices/{device}/events", "A device's events, newest first.", s.deviceEvents)
	get(api, "events", "/api/v1/events", "Recorded events behind a sequence number, in order.", s.listEvents)
	get(api, "sources", "/api/v1/sources", "Every source and how far it is believed.", s.listSources)
	get(api, "sinks", "/api/v1/sinks", "Every sink: how far it has come, what waits for it, and what is wrong.", s.listSinks)
	get(api, "incidents", "/api/v1/incidents", "Open incidents, grouped by root.", s.listIncidents)
	get(api, "disputes", "/api/v1/disputes", "What the sources disagree about now, and what each says.", s.listDisputes)
	get(api, "coverage", "/api/v1/coverage", "How many independent witnesses each device has, and the best standing it can reach.", s.coverage)
	get(api, "alerts", "/api/v1/alerts", "What the sources themselves report of their devices. Alerts are evidence, never votes.", s.listAlerts)
	get(api, "maintenance", "/api/v1/maintenance", "Windows of maintenance that are open or will come.", s.listMaintenance)
	get(api, "milestones", "/api/v1/milestones", "The milestones of the blog: what each is about and how far its post has come.", s.listMilestones)
	get(api, "notes", "/api/v1/notes", "What the owner noted for the posts, as it was written.", s.listNotes)
	get(api, "summary", "/api/v1/summary", "One flat object for dashboards.", s.summary)
	get(api, "status", "/api/v1/status", "How the agent does: whether it is within its limits, and which it is at.", s.status)
	get(api, "version", "/api/v1/version", "The agent's version and the newest sequence number.", s.versionInfo)
}

func get[I, O any](api registry, id, path, summary string, handler func(context.Context, *I) (*O, error)) {
	*api.table = append(*api.table, access.Route{Method: http.MethodGet, Path: path, Scope: access.Read, Handler: api.mux})
	huma.Register(api, huma.Operation{OperationID: id, Method: http.MethodGet, Path: path, Summary: summary, Errors: []int{404, 422, 500}}, handler)
}

type none struct{}

// DeviceInput names a device in a path. It is exported because huma looks into exported fields only.
type DeviceInput struct {
	Device string `path:"device" maxLength:"256" doc:"Name, id or address."`
}

func (s *Server) find(name string) (device.Current, error) {
	d, ok := s.read.Device(name, s.now())
	if !ok {
		return d, huma.Error404NotFound("there is no device of that name, id or address")
	}
	return d, nil
}

// asked is the id whose history is asked for: that of a merged device leads to the one that took it in, with all that
// was its own before.
func asked(d device.Current, name string) device.ID {
	if strings.HasPrefix(name, "d_") && name != d.Name {
		return device.ID(name)
	}
	return d.ID
}

type devicesInput struct {
	Status string `query:"status" enum:"up,degraded,down,unknown" doc:"Only devices of this status."`
}

func (s *Server) listDevices(_ context.Context, in *devicesInput) (*body[list[device.Current]], error) {
	var out []device.Current
	for _, d := range s.read.Devices(s.now()) {
		if in.Status == "" || string(d.Status) == in.Status {
			out = append(out, d)
		}
	}
	return listOf(out), nil
}

func (s *Server) oneDevice(_ context.Context, in *DeviceInput) (*body[device.Current], error) {
	d, err := s.find(in.Device)
	return &body[device.Current]{d}, err
}

func (s *Server) deviceProfile(_ context.Context, in *DeviceInput) (*body[device.Profile], error) {
	d, err := s.find(in.Device)
	if err != nil {
		return nil, err
	}
	p, ok := s.read.Profile(d.ID)
	if !ok {
		return nil, huma.Error404NotFound("there is no device of that name, id or address")
	}
	return &body[device.Profile]{p}, nil
}

type pageInput struct {
	DeviceInput
	Limit int `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

func (s *Server) deviceVerdicts(ctx context.Context, in *pageInput) (*body[list[device.Verdict]], error) {
	d, err := s.find(in.Device)
	if err != nil {
		return nil, err
	}
	vs, err := s.read.Verdicts(ctx, asked(d, in.Device), in.Limit)
	return listOf(vs), s.internal(err)
}

func (s *Server) deviceEvents(ctx context.Context, in *pageInput) (*body[list[device.Event]], error) {
	d, err := s.find(in.Device)
	if err != nil {
		return nil, err
	}
	es, err := s.read.EventsOf(ctx, asked(d, in.Device), in.Limit)
	return listOf(es), s.internal(err)
}

type explainInput struct {
	DeviceInput
	At time.Time `query:"at" doc:"The verdict in force at this time instead of now."`
}

func (s *Server) explain(ctx context.Context, in *explainInput) (*body[device.Explanation], error) {
	d, err := s.find(in.Device)
	if err != nil {
		return nil, err
	}
	at, now := in.At, time.Time{}
	if at.IsZero() {
		at = s.now()
		now = at
	}
	v, ok, err := s.read.VerdictAt(ctx, asked(d, in.Device), at)
	switch {
	case err != nil:
		return nil, s.internal(err)
	case ok:
		return &body[device.Explanation]{s.read.Explain(d.ID, &v, now)}, nil
	case now.IsZero():
		return nil, huma.Error404NotFound("no verdict on this device is on record for that time")
	}
	return &body[device.Explanation]{s.read.Explain(d.ID, nil, now)}, nil
}

type eventsInput struct {
	After int64 `query:"after" minimum:"0" doc:"Events behind this sequence number."`
	Limit int   `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

func (s *Server) listEvents(ctx context.Context, in *eventsInput) (*body[list[device.Event]], error) {
	es, err := s.read.Events(ctx, in.After, in.Limit)
	return listOf(es), s.internal(err)
}

func (s *Server) listSources(context.Context, *none) (*body[list[device.SourceStatus]], error) {
	return listOf(s.read.Sources(s.now())), nil
}

func (s *Server) listSinks(context.Context, *none) (*body[list[device.SinkStatus]], error) {
	return listOf(s.read.Sinks()), nil
}

func (s *Server) listIncidents(context.Context, *none) (*body[list[device.Incident]], error) {
	return listOf(s.read.Incidents()), nil
}

func (s *Server) listDisputes(context.Context, *none) (*body[list[device.Dispute]], error) {
	return listOf(s.read.Disputes(s.now())), nil
}

func (s *Server) coverage(context.Context, *none) (*body[consensus.CoverageReport], error) {
	return &body[consensus.CoverageReport]{s.read.Coverage(s.now())}, nil
}

func (s *Server) listMaintenance(context.Context, *none) (*body[list[device.Maintenance]], error) {
	return listOf(s.read.Maintenance(s.now())), nil
}

func (s *Server) listAlerts(ctx context.Context, _ *none) (*body[list[device.ReportedAlert]], error) {
	alerts, err := s.read.Alerts(ctx)
	return listOf(alerts), s.internal(err)
}

func (s *Server) listMilestones(ctx context.Context, _ *none) (*body[list[device.Milestone]], error) {
	milestones, err := s.read.Milestones(ctx)
	return listOf(milestones), s.internal(err)
}

func (s *Server) listNotes(ctx context.Context, _ *none) (*body[list[device.Note]], error) {
	notes, err := s.read.Notes(ctx)
	return listOf(notes), s.internal(err)
}

type summaryBody struct {
	Up            int            `json:"up"`
	Degraded      int            `json:"degraded"`
	Down          int            `json:"down"`
	Unknown       int            `json:"unknown"`
	Disputed      int            `json:"disputed"`
	SourcesOK     int            `json:"sources_ok"`
	SourcesTotal  int            `json:"sources_total"`
	OpenIncidents int            `json:"open_incidents"`
	FalseAlarms   map[string]int `json:"false_alarms"`
	LastSeq       int64          `json:"last_seq"`
	Updated       time.Time      `json:"updated"`
}

func (s *Server) summary(context.Context, *none) (*body[summaryBody], error) {
	now := s.now()
	out := summaryBody{LastSeq: s.read.LastSeq(), Updated: now.UTC(), OpenIncidents: len(s.read.Incidents()), FalseAlarms: map[string]int{}}
	for _, d := range s.read.Devices(now) {
		switch d.Status {
		case device.StatusUp:
			out.Up++
		case device.StatusDegraded:
			out.Degraded++
		case device.StatusDown:
			out.Down++
		default:
			out.Unknown++
		}
		if d.Standing == device.StandingDisputed {
			out.Disputed++
		}
	}
	for _, src := range s.read.Sources(now) {
		out.SourcesTotal++
		if src.Health == device.HealthUp {
			out.SourcesOK++
		}
	}
	scores := s.read.Scores()
	maps.Copy(out.FalseAlarms, scores.Sources)
	out.FalseAlarms["quorate"] = scores.Own
	return &body[summaryBody]{out}, nil
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

// internal hides what went wrong inside: paths and SQL are nobody's business. It is logged instead.
func (s *Server) internal(err error) error {
	if err == nil {
		return nil
	}
	s.log.Error("request failed", "err", err)
	return huma.Error500InternalServerError("the record could not be read; the agent's log says why")
}

// problem answers with RFC 9457 problem details where no huma handler is at hand.
func problem(w http.ResponseWriter, status int, code, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	p := map[string]any{"title": http.StatusText(status), "status": status, "code": code, "detail": detail}
	if id := w.Header().Get(requestIDHeader); id != "" {
		p["request_id"] = id
	}
	_ = json.NewEncoder(w).Encode(p)
}
