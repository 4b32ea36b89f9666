package api

import (
	"context"
	"time"

	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/access"
	"github.com/quorate/quorate/internal/view"
	"github.com/quorate/quorate/pipeline"
)

// orderRoutes are those that change something. Who orders is in the context; where nothing may be ordered there are none.
func (s *Server) orderRoutes(api registry) {
	if s.act == nil {
		return
	}
	s.deviceOrders(api)
	s.postOrders(api)
	post(api, op{
		ID: "reload", Path: "/api/v1/reload", Summary: "Reads the configuration anew; with \"dry_run\" only says what would change.",
		Scope: access.Admin, Errors: []string{"refused", "conflict"}, Sent: reloadOrder{DryRun: true}, Example: view.Reload{Changed: []string{"source \"prtg\": interval 1m0s -> 30s"}},
	}, s.reload)
	post(api, op{
		ID: "rejected-replay", Path: "/api/v1/rejected/replay", Summary: "Hands what was rejected over again, each thing by itself.",
		Text:  "\"done\" counts those that were accepted; the others stay where they are.",
		Scope: access.Admin, Errors: []string{"refused", "conflict"}, Sent: numbersOrder{Numbers: []int64{12}}, Example: Done{Asked: 1, Done: 1},
	}, s.replayRejected)
	post(api, op{
		ID: "rejected-drop", Path: "/api/v1/rejected/drop", Summary: "Removes what was rejected, for good.",
		Scope: access.Admin, Errors: []string{"refused", "conflict"}, Sent: numbersOrder{Numbers: []int64{12}}, Example: Done{Asked: 1, Done: 1},
	}, s.dropRejected)
}

func (s *Server) deviceOrders(api registry) {
	post(api, op{
		ID: "acknowledge", Path: "/api/v1/devices/{device}/acknowledge", Summary: "Says that somebody knows of a device's problem: it is quiet until its status changes.",
		Scope: access.Ack, Errors: []string{"refused", "conflict"}, Sent: acknowledgeOrder{Reason: "the new disk comes on Friday"}, Example: Ordered{Devices: []device.Name{exampleName}},
	}, s.acknowledge)
	post(api, op{
		ID: "maintenance-start", Path: "/api/v1/maintenance", Summary: "Begins maintenance of devices or groups, from now on.",
		Scope: access.Admin, Errors: []string{"refused", "conflict"}, Sent: maintenanceOrder{Targets: []string{"nas-1"}, For: device.Duration(2 * time.Hour), Reason: "new disks"},
		Example: Ordered{Devices: []device.Name{exampleName}, Until: exampleNow.Add(2 * time.Hour)},
	}, s.startMaintenance)
	del(api, op{
		ID: "maintenance-end", Path: "/api/v1/maintenance/{target}", Summary: "Ends the maintenance of that name, or all of a device.",
		Scope: access.Admin, Errors: []string{"refused", "conflict"}, Example: Ordered{Devices: []device.Name{exampleName}},
	}, s.endMaintenance)
	const who = "Kinds are merge (device, other), split (device, refs, name), rename (device, name), forget (device), confirm (device, refs) and undo (seq, or the newest order). Devices are named by name, id, address or SOURCE/REF, refs as SOURCE/REF."
	example := pipeline.Preview{Events: []device.Event{exampleEvent()}, Before: []device.Current{exampleDevice()}, After: []device.Current{exampleDevice()}}
	sent := view.IdentityOrder{Kind: "rename", Device: "192.0.2.20", Name: "nas-1"}
	post(api, op{
		ID: "identity-preview", Path: "/api/v1/identity/preview", Summary: "Works out what an order about who is who would change, and changes nothing.", Text: who,
		Scope: access.Propose, Errors: []string{"refused", "conflict"}, Sent: sent, Example: example,
	}, s.previewIdentity)
	post(api, op{
		ID: "identity-order", Path: "/api/v1/identity/orders", Summary: "Carries an order about who is who out, and answers with what it changed.", Text: who,
		Scope: access.Approve, Errors: []string{"refused", "conflict"}, Sent: sent, Example: example,
	}, s.orderIdentity)
}

func (s *Server) postOrders(api registry) {
	errs := []string{"refused", "conflict"}
	prepared := blogsink.Prepared{Blog: "series", Milestone: 3, Slug: "no-more-cables", File: "_posts/2026-01-15-no-more-cables.md", At: exampleNow, SHA256: exampleSum, Covers: 42}
	post(api, op{
		ID: "note", Path: "/api/v1/notes", Summary: "Keeps a note for the post of the open milestone.",
		Scope: access.Annotate, Errors: errs, Sent: blogsink.NewNote{Kind: "challenge", Title: "A loop", Text: "Two ports of one switch were joined.", Evidence: []int64{42}}, Example: exampleNote(),
	}, s.addNote)
	post(api, op{
		ID: "milestone-draft", Path: "/api/v1/milestones/draft", Summary: "Writes the open milestone's draft anew; what a person wrote there stays.",
		Scope: access.Annotate, Errors: errs, Example: Drafted{Drafted: true},
	}, s.draft)
	post(api, op{
		ID: "milestone-prepare", Path: "/api/v1/milestones/prepare", Summary: "Says what would be published, byte by byte, and what was replaced in it.",
		Scope: access.Propose, Errors: errs, Sent: allowedOrder{}, Example: prepared,
	}, s.preparePost)
	post(api, op{
		ID: "milestone-preview", Path: "/api/v1/milestones/preview", Summary: "The post as it would be published, as HTML.",
		Scope: access.Propose, Errors: errs, Sent: allowedOrder{}, Example: blogsink.Preview{HTML: "<!doctype html>"},
	}, s.previewPost)
	post(api, op{
		ID: "milestone-approve", Path: "/api/v1/milestones/approve", Summary: "A person's decision on exactly the bytes that were prepared, named by their sum.",
		Scope: access.Approve, Errors: errs, Sent: approveOrder{SHA256: exampleSum}, Example: prepared,
	}, s.approvePost)
	post(api, op{
		ID: "milestone-publish", Path: "/api/v1/milestones/publish", Summary: "Puts the approved post in its place.",
		Scope: access.Approve, Errors: errs, Example: blogsink.Outcome{Publication: blogsink.Publication{Blog: "series", File: prepared.File, Slug: prepared.Slug, Milestone: 3, At: exampleNow, Covers: 42}},
	}, s.publishPost)
}

const exampleSum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// sent is what an order sends.
type sent[T any] struct{ Body T }

// Ordered is what an order about devices came to.
type Ordered struct {
	Devices []device.Name `json:"devices"`
	Until   time.Time     `json:"until,omitzero"`
}

type acknowledgeOrder struct {
	Reason string `json:"reason,omitempty" maxLength:"500"`
	Clear  bool   `json:"clear,omitempty" doc:"It is loud again."`
}

type acknowledgeInput struct {
	DeviceInput
	Body acknowledgeOrder
}

func (s *Server) acknowledge(ctx context.Context, in *acknowledgeInput) (*body[Ordered], error) {
	devices, err := s.act.Acknowledge(ctx, in.Device, in.Body.Reason, in.Body.Clear)
	return &body[Ordered]{Ordered{Devices: devices}}, err
}

type maintenanceOrder struct {
	Targets []string        `json:"targets" minItems:"1" maxItems:"200" doc:"Devices by name, id, address or SOURCE/REF, and groups by name."`
	For     device.Duration `json:"for" doc:"For how long, such as 2h or 1h30m."`
	Reason  string          `json:"reason,omitempty" maxLength:"500"`
}

func (s *Server) startMaintenance(ctx context.Context, in *sent[maintenanceOrder]) (*body[Ordered], error) {
	devices, until, err := s.act.StartMaintenance(ctx, in.Body.Targets, time.Duration(in.Body.For), in.Body.Reason)
	return &body[Ordered]{Ordered{devices, until}}, err
}

type endMaintenanceInput struct {
	Target string `path:"target" maxLength:"256" doc:"The name of a window, or a device by name, id, address or SOURCE/REF."`
	Reason string `query:"reason" maxLength:"500"`
}

func (s *Server) endMaintenance(ctx context.Context, in *endMaintenanceInput) (*body[Ordered], error) {
	devices, err := s.act.EndMaintenance(ctx, in.Target, in.Reason)
	return &body[Ordered]{Ordered{Devices: devices}}, err
}

func (s *Server) previewIdentity(ctx context.Context, in *sent[view.IdentityOrder]) (*body[pipeline.Preview], error) {
	p, err := s.act.PreviewIdentity(ctx, in.Body)
	return &body[pipeline.Preview]{p}, err
}

func (s *Server) orderIdentity(ctx context.Context, in *sent[view.IdentityOrder]) (*body[pipeline.Preview], error) {
	p, err := s.act.OrderIdentity(ctx, in.Body)
	return &body[pipeline.Preview]{p}, err
}

func (s *Server) addNote(ctx context.Context, in *sent[blogsink.NewNote]) (*body[device.Note], error) {
	n, err := s.act.AddNote(ctx, in.Body)
	return &body[device.Note]{n}, err
}

// Drafted says that there is a draft now.
type Drafted struct {
	Drafted bool `json:"drafted"`
}

func (s *Server) draft(ctx context.Context, _ *none) (*body[Drafted], error) {
	err := s.act.Draft(ctx)
	return &body[Drafted]{Drafted{err == nil}}, err
}

type allowedOrder struct {
	Allowed []string `json:"allowed,omitempty" maxItems:"200" doc:"Words that look like something private and may pass."`
}

func (s *Server) preparePost(ctx context.Context, in *sent[allowedOrder]) (*body[blogsink.Prepared], error) {
	p, err := s.act.PreparePost(ctx, in.Body.Allowed)
	return &body[blogsink.Prepared]{p}, err
}

func (s *Server) previewPost(ctx context.Context, in *sent[allowedOrder]) (*body[blogsink.Preview], error) {
	p, err := s.act.PreviewPost(ctx, in.Body.Allowed)
	p.Path = "" // of this machine
	return &body[blogsink.Preview]{p}, err
}

type approveOrder struct {
	SHA256 string `json:"sha256" pattern:"^[0-9a-f]{64}$" doc:"As the prepared post has it."`
}

func (s *Server) approvePost(ctx context.Context, in *sent[approveOrder]) (*body[blogsink.Prepared], error) {
	p, err := s.act.ApprovePost(ctx, in.Body.SHA256)
	return &body[blogsink.Prepared]{p}, err
}

func (s *Server) publishPost(ctx context.Context, _ *none) (*body[blogsink.Outcome], error) {
	out, err := s.act.PublishPost(ctx)
	return &body[blogsink.Outcome]{out}, err
}

type reloadOrder struct {
	DryRun bool `json:"dry_run,omitempty" doc:"Only say what would change."`
}

func (s *Server) reload(ctx context.Context, in *sent[reloadOrder]) (*body[view.Reload], error) {
	done, err := s.act.Reload(ctx, in.Body.DryRun)
	return &body[view.Reload]{done}, err
}

type numbersOrder struct {
	Numbers []int64 `json:"numbers" minItems:"1" maxItems:"100" doc:"As the list of what was rejected has them."`
}

// Done counts what came of an order about several things.
type Done struct {
	Asked int   `json:"asked"`
	Done  int64 `json:"done"`
}

func (s *Server) replayRejected(ctx context.Context, in *sent[numbersOrder]) (*body[Done], error) {
	n, err := s.act.ReplayRejected(ctx, in.Body.Numbers)
	return &body[Done]{Done{len(in.Body.Numbers), n}}, err
}

func (s *Server) dropRejected(ctx context.Context, in *sent[numbersOrder]) (*body[Done], error) {
	n, err := s.act.DropRejected(ctx, in.Body.Numbers)
	return &body[Done]{Done{len(in.Body.Numbers), n}}, err
}
