package host

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/quorate/quorate/sdk"
)

// Check asks what the source finds at its monitor: texts fit to be shown, without secrets. It waits for the poll that
// runs and holds back the next, and ends with ctx, or as a poll without a deadline would. A plugin that cannot tell is
// errors.ErrUnsupported.
func (s *Source) Check(ctx context.Context) ([]sdk.Finding, error) {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, s.host.limits.poll, fmt.Errorf("check timeout %v", s.host.limits.poll))
		defer cancel()
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, fmt.Errorf("a poll still runs: %w", context.Cause(ctx))
	}
	p, err := s.able(ctx, sdk.CapabilityCheck)
	if err != nil {
		return nil, err
	}
	found, err := p.Check(ctx)
	switch {
	case err == nil:
	case sdk.IsPermanent(err):
		s.remember(err)
		return nil, errors.New(s.text.line(err.Error()))
	case ctx.Err() != nil:
		return nil, fmt.Errorf("the check was not complete in time: %w", context.Cause(ctx))
	default:
		return nil, errors.New(s.text.line(err.Error()))
	}
	for i := range found {
		f := &found[i]
		f.Topic, f.Value, f.Text = s.text.line(f.Topic), s.text.line(f.Value), s.text.line(f.Text)
		lines := strings.Split(f.HCL, "\n")
		for n := range lines {
			indent := len(lines[n]) - len(strings.TrimLeft(lines[n], " "))
			lines[n] = lines[n][:indent] + s.text.line(lines[n])
		}
		f.HCL = strings.Join(lines, "\n")
	}
	return found, nil
}
