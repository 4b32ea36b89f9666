package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
)

// Recorded is one instant as a journal has it: all that was judged at it.
type Recorded struct {
	At time.Time
	// Restart says that time was lost before it, Orders is nil for none.
	Restart bool
	Orders  *Orders
	// Polls are in the order in which they were recorded; none for an instant that only moved the clock.
	Polls []RecordedPoll
	// ConfigHash names the configuration that was in force. Settings, where not nil, are what took effect with this
	// instant.
	ConfigHash string
	Settings   *Config
}

// RecordedPoll is one poll of an instant.
type RecordedPoll struct {
	device.Snapshot
	// Probe says that it is what a tie-breaker saw or a watch heard.
	Probe bool
}

// Again judges recorded instants again, by the settings of then or by others, and records nothing. Its methods are for
// one goroutine.
type Again struct {
	c *committer
	// Refused are the orders that could not be carried out under the present settings, each with the reason.
	Refused []error
}

// NewAgain begins with the state from, which it takes over.
func NewAgain(cfg Config, from Loaded) (*Again, error) {
	if err := cfg.Consensus.Validate(); err != nil {
		return nil, err
	}
	c := replayer(newView(cfg), nowhere{}, from)
	// What is recorded already needs no dedupe and no rows: every word of it is that of a row.
	c.stages = []stage{{"order", order}, {"identify", identify}, {"recorded", recorded}, {"vote", vote}, {"alerts", alerts}, {"tell", tell}}
	return &Again{c: c}, nil
}

// Fork returns a second course from the present state, by other settings. The two share nothing.
func (a *Again) Fork(cfg Config) (*Again, error) {
	v := a.c.view
	from := Loaded{
		Salt: v.salt, Identity: identity.NewState(), Consensus: consensus.NewState(), LastSeq: v.lastSeq, LastBatch: v.batch, LastInstant: v.lastAt,
		Settings: v.recorded, Alerts: a.c.mem.allAlerts(),
	}
	for _, part := range []struct{ of, to any }{{v.identity, from.Identity}, {v.consensus, from.Consensus}} {
		b, err := json.Marshal(part.of)
		if err == nil {
			err = json.Unmarshal(b, part.to)
		}
		if err != nil {
			return nil, fmt.Errorf("copy the state: %w", err)
		}
	}
	return NewAgain(cfg, from)
}

// Use puts other settings in force from the next instant on.
func (a *Again) Use(cfg Config) error {
	if err := cfg.Consensus.Validate(); err != nil {
		return err
	}
	a.c.view.reconfigure(cfg)
	return nil
}

// View is the state after the latest instant.
func (a *Again) View() *View { return a.c.view }

// State is all that is remembered after the latest instant. It is read only, and changes with the next.
func (a *Again) State() (*identity.State, *consensus.State) {
	return a.c.view.identity, a.c.view.consensus
}

// Judge judges the next instant and returns what came of it: a record without polls, observations and dates. Polls of sources that are not configured are
// among its rejections.
func (a *Again) Judge(ctx context.Context, r Recorded) (*Record, error) {
	items := make([]submitted, 0, len(r.Polls)+1)
	for i := range r.Polls {
		items = append(items, submitted{snapshot: r.Polls[i].Snapshot, probe: r.Polls[i].Probe})
	}
	withOrders := items
	if r.Orders != nil {
		withOrders = append(withOrders, submitted{orders: r.Orders})
	}
	in, err := a.c.process(ctx, r.At, r.Restart, withOrders)
	if refused, ok := errors.AsType[*Refused](err); ok {
		a.Refused = append(a.Refused, fmt.Errorf("orders of %s: %w", r.At.Format(time.RFC3339), refused))
		in, err = a.c.process(ctx, r.At, r.Restart, items)
	}
	if err != nil {
		return nil, err
	}
	return in.record, nil
}

// recorded marks what is in the journal as such.
func recorded(_ *View, in *instant) {
	for i := range in.snaps {
		s := &in.snaps[i]
		for j := range s.obs {
			s.novelty[j] = ClaimChanged
		}
	}
}

// replayer is a committer for what is recorded already: it waits for no disk.
func replayer(v *View, journal Journal, from Loaded) *committer {
	v.load(from)
	atOnce := make(chan struct{})
	close(atOnce)
	return &committer{
		journal: journal, log: slog.New(slog.DiscardHandler), view: v, mem: newMemory(from.Prints, from.Alerts, from.Consensus), stages: stages(), giveUp: atOnce,
	}
}

// nowhere is the journal of whoever records nothing.
type nowhere struct{}

func (nowhere) Load(context.Context) (Loaded, error)                        { return Loaded{}, errors.ErrUnsupported }
func (nowhere) Commit(context.Context, *Record) error                       { return nil }
func (nowhere) Events(context.Context, int64, int) ([]device.Event, error)  { return nil, nil }
func (nowhere) Cursor(context.Context, string) (int64, error)               { return 0, nil }
func (nowhere) Entries(context.Context, string) ([]Entry, error)            { return nil, nil }
func (nowhere) Advance(context.Context, string, int64, []Entry) error       { return nil }
func (nowhere) Reject(context.Context, time.Time, []device.Rejection) error { return nil }
func (nowhere) SetAside(context.Context, time.Time, string, int64, []Entry, device.Rejection) error {
	return nil
}
