package agent

import (
	"context"
	"errors"
	"time"

	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view"
	"github.com/quorate/quorate/pipeline"
)

// actor carries out what is ordered over the API and the page: the same commands as those of the unix socket.
type actor struct{ a *Agent }

// carried sorts an error by who can mend it.
func carried(err error) error {
	_, refused := errors.AsType[*pipeline.Refused](err)
	_, wrong := errors.AsType[*mistake](err)
	_, kept := errors.AsType[*unpublished](err)
	if refused || wrong || kept {
		return &view.Refused{Conflict: kept, Text: err.Error()}
	}
	return err
}

func (x *actor) identity(ctx context.Context, o view.IdentityOrder, preview bool) (pipeline.Preview, error) {
	answer, err := x.a.commandDevice(ctx, DeviceCommand{
		Kind: o.Kind, Device: o.Device, Other: o.Other, Refs: o.Refs, Name: o.Name, Seq: o.Seq, Preview: preview,
	})
	return answer.Preview, carried(err)
}

func (x *actor) PreviewIdentity(ctx context.Context, o view.IdentityOrder) (pipeline.Preview, error) {
	return x.identity(ctx, o, true)
}

func (x *actor) OrderIdentity(ctx context.Context, o view.IdentityOrder) (pipeline.Preview, error) {
	return x.identity(ctx, o, false)
}

func (x *actor) Acknowledge(ctx context.Context, name, reason string, clear bool) ([]device.Name, error) {
	answer, err := x.a.acknowledge(ctx, acknowledgeOrder{Device: name, Reason: reason, Clear: clear})
	return answer.Devices, carried(err)
}

func (x *actor) StartMaintenance(ctx context.Context, targets []string, span time.Duration, reason string) ([]device.Name, time.Time, error) {
	answer, err := x.a.startMaintenance(ctx, startOrder{Targets: targets, For: device.Duration(span), Reason: reason})
	return answer.Devices, answer.Until, carried(err)
}

func (x *actor) EndMaintenance(ctx context.Context, target, reason string) ([]device.Name, error) {
	answer, err := x.a.endMaintenance(ctx, endOrder{Target: target, Reason: reason})
	return answer.Devices, carried(err)
}

func (x *actor) AddNote(ctx context.Context, n blogsink.NewNote) (device.Note, error) {
	answer, err := x.a.commandNote(ctx, n)
	return answer.Note, carried(err)
}

func (x *actor) Draft(ctx context.Context) error {
	_, err := x.a.commandDraft(ctx)
	return carried(err)
}

func (x *actor) PreparePost(ctx context.Context, allowed []string) (blogsink.Prepared, error) {
	p, err := x.a.commandPrepare(ctx, PrepareOrder{Allowed: allowed})
	return p, carried(err)
}

func (x *actor) PreviewPost(ctx context.Context, allowed []string) (blogsink.Preview, error) {
	p, err := x.a.commandPreview(ctx, PreviewOrder{Inline: true, Allowed: allowed})
	return p, carried(err)
}

func (x *actor) ApprovePost(ctx context.Context, sha256 string) (blogsink.Prepared, error) {
	p, err := x.a.commandApprove(ctx, ApproveOrder{SHA256: sha256})
	return p, carried(err)
}

func (x *actor) PublishPost(ctx context.Context) (blogsink.Outcome, error) {
	out, err := x.a.commandPublish(ctx, struct{}{})
	return out, carried(err)
}

func (x *actor) Reload(ctx context.Context, dry bool) (view.Reload, error) {
	done, err := x.a.commandReload(ctx, ReloadCommand{DryRun: dry})
	if err != nil {
		return view.Reload{}, carried(err)
	}
	out := view.Reload{Changed: []string{}}
	for _, c := range done.Changes {
		out.Changed = append(out.Changed, c.String())
	}
	return out, nil
}

func (x *actor) ReplayRejected(ctx context.Context, numbers []int64) (int64, error) {
	answer, err := x.a.replayRejected(ctx, RejectedOrder{Numbers: numbers})
	return answer.Done, carried(err)
}

func (x *actor) DropRejected(ctx context.Context, numbers []int64) (int64, error) {
	answer, err := x.a.dropRejected(ctx, RejectedOrder{Numbers: numbers})
	return answer.Done, carried(err)
}

func (x *actor) Share(ctx context.Context, json []byte) ([]byte, error) {
	answer, err := x.a.share(ctx, ShareOrder{Text: string(json), JSON: true})
	switch {
	case err != nil:
		return nil, err
	case answer.Refused != "":
		return nil, &view.Refused{Conflict: true, Text: answer.Refused}
	}
	return []byte(answer.Text), nil
}
