package api

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/access"
	"github.com/quorate/quorate/internal/view"
)

// partRoutes are those of the agent's own parts, and of what is held of who is who and what hangs on what.
func (s *Server) partRoutes(api registry) {
	get(api, op{
		ID: "device-votes", Path: "/api/v1/devices/{device}/votes", Summary: "What each source says of a device, with its weight or why it has none.",
		Text:  "Those of now; with \"at\" those behind the verdict that was in force then.",
		Scope: access.Read, Errors: atErrors("not_found", "no_verdict"), Example: exampleVotesOf(),
	}, s.votes)
	get(api, op{
		ID: "device-fields", Path: "/api/v1/devices/{device}/fields", Summary: "A device's properties: the value of each, who says so, and who says otherwise.",
		Scope: access.Read, Errors: atErrors("not_found"), Example: exampleOf(FieldOf{Field: exampleProfile().Fields[0]}),
	}, s.deviceFields)
	get(api, op{
		ID: "conflicts", Path: "/api/v1/conflicts", Summary: "What is open about who is who, and what a person can do about it.",
		Scope: access.Read, Example: exampleOf(exampleConflict()),
	}, s.listConflicts)
	get(api, op{
		ID: "topology", Path: "/api/v1/topology", Summary: "What hangs on what: every device with its parents.",
		Scope: access.Read, Errors: atErrors(), Example: exampleOf(exampleNode()),
	}, s.topology)
	get(api, op{
		ID: "groups", Path: "/api/v1/groups", Summary: "The groups of the configuration with their devices.",
		Scope: access.Read, Example: exampleOf(view.Group{Name: "storage", Tags: []string{"nas"}, Devices: []device.Name{exampleName}}),
	}, s.listGroups)
	get(api, op{
		ID: "plugins", Path: "/api/v1/plugins", Summary: "The program of each source: its version and checksum, how its process does, and what to do where it does not.",
		Scope: access.Read, Example: exampleOf(examplePlugin()),
	}, s.listPlugins)
	get(api, op{
		ID: "source", Path: "/api/v1/sources/{source}", Summary: "One source with its latest polls.",
		Scope: access.Read, Errors: []string{"not_found"}, Example: SourceDetail{SourceStatus: exampleSource(), Polls: []PollOf{{At: exampleNow, Observations: 11}}},
	}, s.oneSource)
	get(api, op{
		ID: "sink", Path: "/api/v1/sinks/{sink}", Summary: "One sink: how far it has come, what waits for it, and what is wrong.",
		Scope: access.Read, Errors: []string{"not_found"}, Example: exampleSink(),
	}, s.oneSink)
	get(api, op{
		ID: "milestone", Path: "/api/v1/milestones/{number}", Summary: "One milestone of the blog.",
		Scope: access.Read, Errors: []string{"not_found"}, Example: exampleMilestone(),
	}, s.oneMilestone)
	get(api, op{
		ID: "rejected", Path: "/api/v1/rejected", Summary: "What could not be processed, the newest first.",
		Scope: access.Read, Example: exampleOf(exampleRejected(false)),
	}, s.listRejected)
	get(api, op{
		ID: "rejected-one", Path: "/api/v1/rejected/{number}", Summary: "One thing that could not be processed, with its body as it came.",
		Scope: access.Read, Errors: []string{"not_found"}, Example: exampleRejected(true),
	}, s.oneRejected)
	get(api, op{
		ID: "config", Path: "/api/v1/config", Summary: "The configuration in force, as it was decoded, without secrets.",
		Text:  "A secret is \"(secret)\", of a URL only where it leads is told, and what stays at its default is left out.",
		Scope: access.Read, Example: exampleConfiguration(),
	}, s.configuration)
}

// FieldOf is a property of a device.
type FieldOf struct {
	device.Field
	Locked bool `json:"locked,omitempty" doc:"The configuration or a person says it: no source changes it."`
}

type deviceListInput struct {
	DeviceInput
	PageInput
	AtInput
}

func (s *Server) deviceFields(ctx context.Context, in *deviceListInput) (*body[list[FieldOf]], error) {
	p, err := s.profileAt(ctx, in.Device, in.AtInput)
	if err != nil {
		return nil, err
	}
	out := make([]FieldOf, len(p.Fields))
	for i, f := range p.Fields {
		out[i] = FieldOf{f, f.Source == device.FieldByConfiguration || f.Source == device.FieldByPerson}
	}
	some, err := page(ctx, in.PageInput, out, asListed(func(f *FieldOf) string { return f.Name }))
	return dated(some, err, in.AtInput)
}

func (s *Server) listConflicts(ctx context.Context, in *PageInput) (*body[list[view.Conflict]], error) {
	return page(ctx, *in, s.read.Conflicts(), asListed(func(c *view.Conflict) string {
		key := string(c.Kind) + " " + string(c.Device.ID) + " " + c.Key
		if c.Other != nil {
			key += " " + string(c.Other.ID)
		}
		if c.Ref != nil {
			key += fmt.Sprintf(" %q %q", c.Ref.Source, c.Ref.Ref)
		}
		return key
	}))
}

// Node is a device with what it hangs on.
type Node struct {
	Device device.Name   `json:"device"`
	Status device.Status `json:"status"`
	// Because is the parent that makes it unreachable.
	Because string          `json:"because,omitempty"`
	Parents []device.Parent `json:"parents"`
}

func (s *Server) topology(ctx context.Context, in *pageAtInput) (*body[list[Node]], error) {
	state, at, err := s.look(ctx, in.AtInput)
	if err != nil {
		return nil, err
	}
	var out []Node
	for _, d := range state.Devices(at) {
		out = append(out, Node{device.Name{ID: d.ID, Name: d.Name}, d.Status, d.Because, d.Parents})
	}
	some, err := page(ctx, in.PageInput, out, byName(func(n *Node) device.Name { return n.Device }))
	return dated(some, err, in.AtInput)
}

func (s *Server) listGroups(ctx context.Context, in *PageInput) (*body[list[view.Group]], error) {
	return page(ctx, *in, s.read.Groups(), asListed(func(g *view.Group) string { return g.Name }))
}

func (s *Server) listPlugins(ctx context.Context, in *PageInput) (*body[list[view.Plugin]], error) {
	return page(ctx, *in, s.read.Plugins(s.now()), asListed(func(p *view.Plugin) string { return p.Source }))
}

// SourceDetail is a source with its latest polls.
type SourceDetail struct {
	device.SourceStatus
	Lag *float64 `json:"lag_seconds,omitempty" doc:"How long ago the last poll that succeeded was; absent before the first."`
	// Polls are the newest first.
	Polls []PollOf `json:"polls"`
}

// PollOf is one time that a source was asked.
type PollOf struct {
	At           time.Time `json:"at" doc:"When it was judged."`
	Took         *float64  `json:"took_seconds,omitempty"`
	Observations int       `json:"observations"`
	Rejected     int       `json:"rejected"`
	Error        string    `json:"error,omitempty"`
}

// latestPolls is how many polls are told of.
const latestPolls = 20

type sourceInput struct {
	Source string `path:"source" maxLength:"256" doc:"The source's name in the configuration."`
}

func (s *Server) oneSource(ctx context.Context, in *sourceInput) (*body[SourceDetail], error) {
	now := s.now()
	all := s.read.Sources(now)
	i := slices.IndexFunc(all, func(x device.SourceStatus) bool { return x.Name == in.Source })
	if i < 0 {
		return nil, fail("not_found", "There is no source of that name in the configuration.")
	}
	polls, err := s.read.PollsOf(ctx, in.Source, time.Time{}, latestPolls)
	if err != nil {
		return nil, err
	}
	out := SourceDetail{SourceStatus: all[i]}
	if !all[i].LastSuccess.IsZero() {
		lag := max(0, now.Sub(all[i].LastSuccess)).Seconds()
		out.Lag = &lag
	}
	for _, p := range slices.Backward(polls) {
		one := PollOf{At: p.At, Observations: p.Count, Rejected: p.Rejected, Error: p.Err}
		if p.Took > 0 {
			took := p.Took.Seconds()
			one.Took = &took
		}
		out.Polls = append(out.Polls, one)
	}
	return &body[SourceDetail]{out}, nil
}

type sinkInput struct {
	Sink string `path:"sink" maxLength:"256" doc:"The sink's name in the configuration."`
}

func (s *Server) oneSink(_ context.Context, in *sinkInput) (*body[device.SinkStatus], error) {
	all := s.read.Sinks()
	i := slices.IndexFunc(all, func(x device.SinkStatus) bool { return x.Name == in.Sink })
	if i < 0 {
		return nil, fail("not_found", "There is no sink of that name in the configuration.")
	}
	return &body[device.SinkStatus]{all[i]}, nil
}

type numberInput struct {
	Number int64 `path:"number" minimum:"1"`
}

func (s *Server) oneMilestone(ctx context.Context, in *numberInput) (*body[device.Milestone], error) {
	all, err := s.read.Milestones(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(m device.Milestone) bool { return int64(m.Number) == in.Number })
	if i < 0 {
		return nil, fail("not_found", "There is no milestone "+strconv.FormatInt(in.Number, 10)+".")
	}
	return &body[device.Milestone]{all[i]}, nil
}

type rejectedInput struct {
	PageInput
	Source string `query:"source" maxLength:"256" doc:"Only what this source sent; \"sink:\" and a name for what a sink set aside."`
}

func (s *Server) listRejected(ctx context.Context, in *rejectedInput) (*body[list[view.Rejected]], error) {
	below, err := position(ctx, in.PageInput)
	if err != nil {
		return nil, err
	}
	all, err := s.read.Rejections(ctx, in.Source, below, in.Limit+1)
	return newestFirst(ctx, in.PageInput, all, func(r *view.Rejected) int64 { return r.Number }), err
}

func (s *Server) oneRejected(ctx context.Context, in *numberInput) (*body[view.Rejected], error) {
	one, ok, err := s.read.Rejection(ctx, in.Number)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fail("not_found", "Nothing that was rejected has that number, or it is gone.")
	}
	return &body[view.Rejected]{one}, nil
}

func (s *Server) configuration(context.Context, *none) (*body[view.Configuration], error) {
	c, err := s.read.Configuration()
	return &body[view.Configuration]{c}, err
}

func exampleVotesOf() VotesOf {
	return VotesOf{Device: exampleName, Status: device.StatusUp, Standing: device.StandingDisputed, Votes: exampleVotes()}
}

func exampleConflict() view.Conflict {
	return view.Conflict{
		Kind: view.ConflictKey, Device: exampleName, Other: &device.Name{ID: "d_2f8w5h3j6p", Name: "nas-2"}, Key: "address", Since: exampleNow, Reason: "same_source",
		Hint: "Merge the two if they are one device; if they are not, a never_merge pair in the configuration says so for good.",
	}
}

func exampleNode() Node {
	return Node{Device: exampleName, Status: device.StatusUp, Parents: []device.Parent{{Name: "core-switch", Discovered: true, Link: "port 7 of core-switch"}}}
}

func examplePlugin() view.Plugin {
	lag := 40.0
	return view.Plugin{
		Source: "librenms", Type: "librenms", Builtin: true, Version: "1.0.0", Protocol: 1, Capabilities: []string{"receive"}, Lag: &lag,
		PluginStatus: device.PluginStatus{State: device.PluginRunning, Since: exampleNow.Add(-time.Hour)},
	}
}

func exampleRejected(whole bool) view.Rejected {
	r := view.Rejected{Number: 12, At: exampleNow, Source: "prtg", Ref: "7", Reason: "the name is longer than 256 characters"}
	if whole {
		r.Body = `{"ref":"7"}`
	}
	return r
}

func exampleConfiguration() view.Configuration {
	return view.Configuration{
		ConfigStatus: device.ConfigStatus{Generation: 1, LoadedAt: exampleNow}, Attributes: map[string]any{},
		Blocks: []view.ConfigBlock{{Type: "source", Labels: []string{"prtg", "lan"}, Attributes: map[string]any{"interval": "1m0s"}, Blocks: []view.ConfigBlock{
			{Type: "config", Attributes: map[string]any{"url": "https://prtg.example.net", "api_token": "(secret)"}},
		}}},
	}
}
