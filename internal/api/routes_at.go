package api

import (
	"context"
	"errors"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view"
)

// AtInput is what routes take that can look back. It is exported because huma looks into exported fields only.
type AtInput struct {
	At time.Time `query:"at" doc:"As it was answered at this time instead of now. The answer carries the time then."`
}

// atErrors are the codes of routes that can look back.
func atErrors(more ...string) []string { return append(more, "not_on_record", "in_future") }

// look is all that is held at the time that is asked for, and that time.
func (s *Server) look(ctx context.Context, in AtInput) (view.State, time.Time, error) {
	if in.At.IsZero() {
		return s.read, s.now(), nil
	}
	state, err := s.read.Past(ctx, in.At)
	return state, in.At, unknownTime(err)
}

// unknownTime says that nothing is known of a time.
func unknownTime(err error) error {
	beyond, ok := errors.AsType[*view.Beyond](err)
	switch {
	case !ok:
		return err
	case beyond.Future:
		return fail("in_future", beyond.Text, Fault{"query.at", "still to come"})
	}
	return fail("not_on_record", beyond.Text, Fault{"query.at", "before the record begins"})
}

// findAt finds a device in what was held at a time: by what it is called then, or now.
func (s *Server) findAt(ctx context.Context, name string, in AtInput) (device.Current, time.Time, error) {
	state, at, err := s.look(ctx, in)
	if err != nil {
		return device.Current{}, at, err
	}
	d, err := s.foundIn(state, name, at, in)
	return d, at, err
}

// foundIn finds a device in a state.
func (s *Server) foundIn(state view.State, name string, at time.Time, in AtInput) (device.Current, error) {
	d, ok := state.Device(name, at)
	if !ok && !in.At.IsZero() {
		if is, known := s.read.Device(name, s.now()); known {
			d, ok = state.Device(string(is.ID), at)
		}
	}
	if !ok {
		return d, noDevice()
	}
	return d, nil
}

// Seen is a device as it is held at one time.
type Seen struct {
	Shown
	At time.Time `json:"at,omitzero" doc:"The time that was asked for, where it was another than now."`
}

// Shown is a device in the form of all lists.
type Shown device.Current

// datedList is a page of a list with the time that it is of.
func dated[T any](out *body[list[T]], err error, in AtInput) (*body[list[T]], error) {
	if err == nil {
		out.Body.At = in.At
	}
	return out, err
}

// VotesOf is what the sources say of a device, and what follows from it.
type VotesOf struct {
	Device   device.Name     `json:"device"`
	At       time.Time       `json:"at,omitzero" doc:"The time that was asked for, where it was another than now."`
	Status   device.Status   `json:"status"`
	Standing device.Standing `json:"standing"`
	// Seq and DecidedAt are of the verdict that the votes led to, where another time than now was asked for.
	Seq       int64          `json:"seq,omitempty"`
	DecidedAt time.Time      `json:"decided_at,omitzero"`
	Votes     []device.Vote  `json:"votes"`
	Tallies   []device.Tally `json:"tallies"`
}

type deviceAtInput struct {
	DeviceInput
	AtInput
}

func (s *Server) oneDevice(ctx context.Context, in *deviceAtInput) (*body[Seen], error) {
	d, _, err := s.findAt(ctx, in.Device, in.AtInput)
	return &body[Seen]{Seen{Shown(d), in.At}}, err
}

// votes are those of now, or those behind the verdict in force at another time.
func (s *Server) votes(ctx context.Context, in *deviceAtInput) (*body[VotesOf], error) {
	if in.At.IsZero() {
		d, err := s.find(in.Device)
		if err != nil {
			return nil, err
		}
		return &body[VotesOf]{VotesOf{
			Device: device.Name{ID: d.ID, Name: d.Name}, Status: d.Status, Standing: d.Standing, Votes: d.Votes, Tallies: d.Tallies,
		}}, nil
	}
	e, err := s.explainAt(ctx, in)
	if err != nil {
		return nil, err
	}
	if e.Seq == 0 {
		return nil, fail("no_verdict", "No verdict on this device is on record for that time.")
	}
	v := e.Verdict
	return &body[VotesOf]{VotesOf{
		Device: v.Device, At: in.At, Status: v.To, Standing: v.Standing, Seq: v.Seq, DecidedAt: v.DecidedAt, Votes: v.Votes, Tallies: v.Tallies,
	}}, nil
}

func (s *Server) explainAt(ctx context.Context, in *deviceAtInput) (device.Explanation, error) {
	e, ok, err := s.read.ExplainAt(ctx, in.Device, in.At)
	if err != nil {
		return e, unknownTime(err)
	}
	if !ok {
		if _, err := s.find(in.Device); err != nil {
			return e, err
		}
		return e, fail("no_verdict", "No verdict on this device is on record for that time.")
	}
	return e, nil
}

func (s *Server) explain(ctx context.Context, in *deviceAtInput) (*body[device.Explanation], error) {
	if !in.At.IsZero() {
		e, err := s.explainAt(ctx, in)
		return &body[device.Explanation]{e}, err
	}
	d, err := s.find(in.Device)
	if err != nil {
		return nil, err
	}
	now := s.now()
	v, ok, err := s.read.VerdictAt(ctx, asked(d, in.Device), now)
	if err != nil {
		return nil, err
	}
	if !ok {
		return &body[device.Explanation]{s.read.Explain(d.ID, nil, now)}, nil
	}
	return &body[device.Explanation]{s.read.Explain(d.ID, &v, now)}, nil
}
