package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/quorate/quorate/device"
)

// ErrBackwards means that a snapshot is older than the one before it.
var ErrBackwards = errors.New("goes back in time")

// Replay takes snapshots through the stages on their own clock: those with the same At are one instant, and no other
// instants are added; what schedules order takes effect at the first that is not before its time. Next returns io.EOF at the end; emit, where it is not nil, gets the events of each instant after
// its commit. The same input, into a journal that is fresh and has no salt, gives the same bytes. The View is that of
// the last instant, also after an error.
func Replay(ctx context.Context, cfg Config, journal Journal, next func() (device.Snapshot, error), emit func([]device.Event) error) (*View, error) {
	v := newView(cfg)
	if err := cfg.Consensus.Validate(); err != nil {
		return v, err
	}
	loaded, err := journal.Load(ctx)
	if err != nil {
		return v, fmt.Errorf("load the record: %w", err)
	}
	c := replayer(v, journal, loaded)
	var group []submitted
	flush := func() error {
		if len(group) == 0 {
			return nil
		}
		at := group[0].snapshot.At
		if cfg.Plan != nil {
			if due := cfg.Plan(at, v.Mutes(cfg.PlanNames)); len(due) > 0 {
				group = append(group, submitted{orders: &Orders{Mutes: due}})
			}
		}
		in, err := c.process(ctx, at, false, group)
		if err != nil {
			return err
		}
		group = group[:0]
		if emit == nil || len(in.record.Events) == 0 {
			return nil
		}
		return emit(in.record.Events)
	}
	for {
		if err := ctx.Err(); err != nil {
			return v, context.Cause(ctx)
		}
		s, err := next()
		if errors.Is(err, io.EOF) {
			return v, flush()
		}
		if err != nil {
			return v, errors.Join(err, flush())
		}
		if len(group) > 0 {
			switch last := group[0].snapshot.At; {
			case s.At.Before(last):
				return v, errors.Join(fmt.Errorf("%w: %s is before %s", ErrBackwards, s.At, last), flush())
			case s.At.After(last):
				if err := flush(); err != nil {
					return v, err
				}
			}
		}
		group = append(group, submitted{snapshot: s})
	}
}
