package host

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

// ErrNoAnswer means that nobody knows what a push says, because its plugin is not running, died of it or took too long.
// It says nothing of the push.
var ErrNoAnswer = errors.New("the plugin gave no answer to a push")

// Receive hands a push to the plugin and returns the refs to ask for again now, or sdk.Everything among them. It may be
// called while a poll runs. The body comes from outside, so nothing that it brings about outlasts it: an error that the
// plugin calls permanent is none for its polls. An error is one line without secrets.
func (s *Source) Receive(ctx context.Context, push sdk.Push) ([]string, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	p, err := s.ready(ctx, false)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrNoAnswer, s.text.line(err.Error()))
	}
	if !p.info.Can(sdk.CapabilityReceive) {
		return nil, fmt.Errorf("source %q: %w: %s", s.spec.Name, errors.ErrUnsupported, sdk.CapabilityReceive)
	}
	// A header may hold any bytes, the wire takes a text.
	push.ContentType = s.text.line(push.ContentType)
	refs, err := p.Receive(ctx, push)
	switch {
	case err != nil && (ctx.Err() != nil || errors.Is(err, sdk.ErrUnavailable)):
		return nil, fmt.Errorf("%w: %s", ErrNoAnswer, s.text.line(err.Error()))
	case err != nil:
		return nil, errors.New(s.text.line(err.Error()))
	}
	return slices.DeleteFunc(refs, func(ref string) bool { return !s.text.possible(ref) }), nil
}

// possible reports whether ref can be the ref of a device: not empty, no longer than one, and nothing in it that is
// never shown.
func (t texts) possible(ref string) bool {
	return ref != "" && len(ref) <= device.MaxName && t.line(ref) == ref
}
