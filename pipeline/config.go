package pipeline

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/identity"
)

// ClockInterval is how often the committer judges without any snapshot, so that silence is noticed.
const ClockInterval = 10 * time.Second

// JumpLimit is how far the clock may jump, and how long nothing may be judged, before it counts as a restart.
const JumpLimit = 30 * time.Second

// Config is what is in force for identity and consensus. Its Salt is set from the journal.
type Config struct {
	Identity  identity.Config
	Consensus consensus.Config
	// Plan, where it is not nil, says what schedules order at an instant, from the devices of PlanNames and all that are
	// muted. Only Replay asks it: an agent orders by itself, at the times of the schedules.
	Plan      func(at time.Time, held []consensus.Held) []consensus.Mute
	PlanNames map[string]bool
}

// Options is what the pipeline works with.
type Options struct {
	Journal Journal
	// Log defaults to none.
	Log *slog.Logger
	// Clock defaults to time.Now. ClockInterval is real time, also where Clock runs faster.
	Clock         func() time.Time
	ClockInterval time.Duration
	// Routes are the sinks. Their names differ; cursors and ledgers live under these.
	Routes []Route
	// OnProbe asks one source after another to look at a device at once, and hands what they see to PublishProbe. It
	// runs in a goroutine of its own; ctx ends with Run. Nil means that nobody can be asked.
	OnProbe func(ctx context.Context, r consensus.ProbeRequest)
}

func (o *Options) setDefaults() error {
	if o.Journal == nil {
		return errors.New("the pipeline needs a journal")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.ClockInterval == 0 {
		o.ClockInterval = ClockInterval
	}
	var err error
	o.Routes, err = checkRoutes(o.Routes)
	return err
}

// Permanent marks an error that no repetition can cure. What caused it is set aside in Journal.Reject.
func Permanent(err error) error { return &permanentError{err} }

type permanentError struct{ err error }

func (e *permanentError) Error() string   { return e.err.Error() }
func (e *permanentError) Unwrap() error   { return e.err }
func (e *permanentError) Permanent() bool { return true }

func permanent(err error) bool {
	var p interface{ Permanent() bool }
	return errors.As(err, &p) && p.Permanent()
}
