package prtg

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// look reads PRTG the cheaper way.
func (s *Source) look(ctx context.Context) (*picture, error) {
	if s.choice.useTree(s.now()) {
		p, err := s.readTree(ctx)
		switch {
		case err == nil && s.places.settle(p):
			s.choice.tookTree(p.took.bytes, s.now())
			s.told.noTree = false
			return p, nil
		case err == nil:
			s.choice.differs(s.now())
		case s.refusal != nil:
			return nil, s.refusal
		case ctx.Err() != nil:
			s.choice.failed(s.now())
			return nil, err
		default:
			s.choice.failed(s.now())
			if !s.told.noTree {
				slog.Warn("PRTG's sensor tree cannot be used; its tables are read instead", "err", err.Error())
			}
			s.told.noTree = true
		}
	}
	p, err := s.readTables(ctx)
	if err != nil {
		return nil, err
	}
	s.choice.tookTables(p.took.bytes, s.now())
	s.places = placesOf(p)
	return p, nil
}

// readTree makes the picture from the sensor tree. It takes at most half of the time that is left, so that the tables can
// still be read instead.
func (s *Source) readTree(ctx context.Context) (*picture, error) {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(deadline)/2)
		defer cancel()
	}
	p := newPainter(s.theirNow())
	bytes, err := s.api.tree(ctx, string(s.config.RootID), &treeReader{paint: p, isDevice: s.places.isDevice})
	if err != nil {
		return nil, s.failed("read the sensor tree", err)
	}
	if len(p.devices) == 0 {
		return nil, errors.New("read the sensor tree: it holds no device")
	}
	p.took.bytes, p.tree = bytes, true
	return p.done(), nil
}
