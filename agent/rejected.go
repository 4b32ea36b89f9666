package agent

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/pipeline"
)

// RejectedOrder is what a person asks for among what could not be processed.
type RejectedOrder struct {
	Numbers []int64   `json:"numbers,omitempty"`
	All     bool      `json:"all,omitempty"`
	Source  string    `json:"source,omitempty"`
	Before  time.Time `json:"before,omitzero"`
	Limit   int       `json:"limit,omitempty"`
}

// RejectedItem is one thing that could not be processed. The body is foreign text.
type RejectedItem struct {
	Number int64     `json:"number"`
	At     time.Time `json:"at"`
	Source string    `json:"source"`
	Ref    string    `json:"ref,omitempty"`
	Reason string    `json:"reason"`
	Body   string    `json:"body,omitempty"`
}

// RejectedAnswer is what became of an order.
type RejectedAnswer struct {
	Items []RejectedItem `json:"items,omitempty"`
	// Done counts what was replayed or dropped; Failed says of each that was not why.
	Done   int64            `json:"done"`
	Failed []RejectedFailed `json:"failed,omitempty"`
}

// RejectedFailed is a rejection that could not be replayed.
type RejectedFailed struct {
	Number int64  `json:"number"`
	Reason string `json:"reason"`
}

// The rejections that one order lists or replays at most.
const (
	rejectedLimit = 100
	rejectedMost  = 10_000
)

func (o *RejectedOrder) which() store.RejectedWhich {
	return store.RejectedWhich{Numbers: o.Numbers, Source: o.Source, Before: o.Before}
}

// check wants an order that changes something to say of what.
func (o *RejectedOrder) check() error {
	switch {
	case len(o.Numbers) == 0 && !o.All:
		return &mistake{"name the rejections by their numbers, or all of them"}
	case len(o.Numbers) > rejectedLimit:
		return &mistake{fmt.Sprintf("at most %d numbers are taken at once", rejectedLimit)}
	}
	return nil
}

func (a *Agent) listRejected(ctx context.Context, o RejectedOrder) (RejectedAnswer, error) {
	if o.Limit <= 0 {
		o.Limit = rejectedLimit
	}
	rows, err := a.store.RejectedOf(ctx, o.which(), min(o.Limit, rejectedMost))
	if err != nil {
		return RejectedAnswer{}, err
	}
	out := RejectedAnswer{Items: make([]RejectedItem, len(rows))}
	for i := range rows {
		r := &rows[i]
		out.Items[i] = RejectedItem{Number: r.Number, At: r.At, Source: r.Source, Ref: r.Ref, Reason: r.Reason}
		if len(o.Numbers) > 0 {
			out.Items[i].Body = strings.ToValidUTF8(string(r.Body), "\uFFFD")
		}
	}
	return out, nil
}

func (a *Agent) dropRejected(ctx context.Context, o RejectedOrder) (RejectedAnswer, error) {
	if err := o.check(); err != nil {
		return RejectedAnswer{}, err
	}
	n, err := a.store.DropRejected(ctx, o.which())
	return RejectedAnswer{Done: n}, err
}

// replayRejected hands what was rejected over again, the oldest first, each by itself.
func (a *Agent) replayRejected(ctx context.Context, o RejectedOrder) (RejectedAnswer, error) {
	if err := o.check(); err != nil {
		return RejectedAnswer{}, err
	}
	rows, err := a.store.RejectedOf(ctx, o.which(), rejectedMost)
	if err != nil {
		return RejectedAnswer{}, err
	}
	var out RejectedAnswer
	for i := range rows {
		if err := a.replayOne(ctx, &rows[i]); err != nil {
			if ctx.Err() != nil {
				return out, err
			}
			out.Failed = append(out.Failed, RejectedFailed{rows[i].Number, err.Error()})
			continue
		}
		out.Done++
	}
	return out, nil
}

func (a *Agent) replayOne(ctx context.Context, r *store.Rejected) error {
	if sink, ok := strings.CutPrefix(r.Source, pipeline.SinkPrefix); ok {
		seq, err := strconv.ParseInt(r.Ref, 10, 64)
		if err != nil {
			return fmt.Errorf("it names no event: %q", r.Ref)
		}
		if err := a.pipe.Redeliver(ctx, sink, seq); err != nil {
			return err
		}
		_, err = a.store.DropRejected(ctx, store.RejectedWhich{Numbers: []int64{r.Number}})
		return err
	}
	s, err := readRejected(r)
	if err != nil {
		return err
	}
	if err := a.pipe.PublishRejected(ctx, r.Number, s); err != nil {
		return err
	}
	return nil
}

// maxKept is what is kept of a rejected body: one that long may have been cut.
const maxKept = 64 << 10

// readRejected makes a snapshot of what was rejected: of one observation, or a whole one. What has no time of its own is of
// when it came.
func readRejected(r *store.Rejected) (device.Snapshot, error) {
	s := device.Snapshot{Source: r.Source, Started: r.At}
	o, err := device.DecodeObservation(r.Body)
	if err != nil && r.Ref == "" {
		if whole, bad := device.DecodeSnapshot(r.Body); bad == nil && whole.Source == r.Source {
			s, err = whole, nil
		}
	} else if err == nil {
		s.Observations = []device.Observation{o}
	}
	switch {
	case len(r.Body) >= maxKept && err != nil:
		return s, errors.New("only the first 64 KiB of it are kept: it cannot be replayed")
	case err != nil:
		return s, fmt.Errorf("it is still not accepted: %w", err)
	case s.Err != "" || len(s.Observations) == 0:
		return s, errors.New("it holds no observation: there is nothing to replay")
	}
	at := s.At
	if at.IsZero() {
		at = r.At
	}
	for i := range s.Observations {
		if s.Observations[i].ObservedAt.IsZero() {
			s.Observations[i].ObservedAt = at
		}
	}
	return s, nil
}
