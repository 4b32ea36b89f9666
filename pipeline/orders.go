package pipeline

import (
	"context"
	"errors"
	"fmt"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/identity"
)

// Orders are what people and schedules decide. They take effect at an instant of their own, which holds no snapshots,
// and are journalled with it: they are an input of what was judged.
type Orders struct {
	// Mutes begin and end maintenance and acknowledgements.
	Mutes []consensus.Mute `json:"mutes,omitempty"`
	// Believe names sources that a person believes although their snapshots have shrunk.
	Believe []string `json:"believe,omitempty"`
	// Identity are decisions on who is who.
	Identity []identity.Order `json:"identity,omitempty"`
}

// Refused is why orders were not carried out: nothing of them is recorded, and repeating them as they are is useless.
type Refused struct{ Reason error }

func (e *Refused) Error() string { return e.Reason.Error() }

// Unwrap returns the reason.
func (e *Refused) Unwrap() error { return e.Reason }

// Order hands over orders and returns when they are committed. Orders that cannot be carried out are a *Refused error.
// A ctx that ends ends the waiting only.
func (p *Pipeline) Order(ctx context.Context, o Orders) error {
	return p.batcher.submit(ctx, submitted{orders: &o})
}

// order looks whether all orders of the instant can be carried out: all are, or none.
func order(v *View, in *instant) {
	if in.orders == nil {
		return
	}
	var errs []error
	for _, m := range in.orders.Mutes {
		if err := v.consensus.Refuse(m); err != nil {
			errs = append(errs, err)
		}
	}
	for _, name := range in.orders.Believe {
		if _, ok := v.cfg.Consensus.Sources[name]; !ok {
			errs = append(errs, fmt.Errorf("there is no source %q", name))
		}
	}
	in.refused = errors.Join(errs...)
}
