package sdk

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"sync"

	"google.golang.org/protobuf/proto"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk/sourcepb"
)

// A message of a poll is sent when it holds this much; the limit of gRPC is 4 MiB.
const (
	batchCount = 50
	batchBytes = 1 << 20
)

// Of what a poll could not accept, no more than this travels.
const (
	maxRejected      = 100
	maxRejectedBytes = 1 << 20
	maxRejectedBody  = 64 << 10
)

type pollNumber struct{}

// PollNumber returns the number of the poll that ctx belongs to, the one that Committed will name; 0 outside a poll.
func PollNumber(ctx context.Context) uint64 {
	n, _ := ctx.Value(pollNumber{}).(uint64)
	return n
}

var errPollOver = errors.New("emit was called after Poll returned")

// batch gathers what a source emits into messages. An observation that the agent would refuse is set aside with its
// reason, so that one bad device does not cost the poll. Emit may be called concurrently.
type batch struct {
	mu       sync.Mutex
	send     func(*sourcepb.PollResponse) error
	over     bool
	err      error // the first error of send
	next     *sourcepb.PollResponse
	size     int
	rejected rejections
}

func (b *batch) emit(o device.Observation) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return errPollOver
	}
	if b.err != nil {
		return b.err
	}
	p, err := checkedObservation(&o)
	if err != nil {
		b.rejected.add(reject(o, err))
		return nil
	}
	size := proto.Size(p)
	if b.size+size > batchBytes || len(b.next.GetObservations()) >= batchCount {
		if err := b.flush(); err != nil {
			return err
		}
	}
	if b.next == nil {
		b.next = &sourcepb.PollResponse{}
	}
	b.next.Observations = append(b.next.Observations, p)
	b.size += size
	return nil
}

func (b *batch) flush() error {
	if b.next == nil {
		return b.err
	}
	b.err = b.send(b.next)
	b.next, b.size = nil, 0
	return b.err
}

// end takes no more observations, and sends what is left and the last message where err is nil.
func (b *batch) end(err error, clock int64, more []device.Rejection) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.over = true
	if err != nil {
		return err
	}
	if err := b.flush(); err != nil {
		return err
	}
	for _, r := range more {
		b.rejected.add(r)
	}
	last := &sourcepb.PollResponse{SourceClockUs: clock}
	last.RejectedMore = uint32(min(b.rejected.more, math.MaxUint32))
	last.Rejected = toRejected(b.rejected.kept)
	return b.send(last)
}

func checkedObservation(o *device.Observation) (*sourcepb.Observation, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	p, err := toObservation(o)
	if err != nil {
		return nil, err
	}
	// Texts that Validate does not look at may still be what the wire cannot carry.
	if size := proto.Size(p); size > 2*device.MaxObservationBytes {
		return nil, errors.New("the observation is too large")
	}
	if _, err := proto.Marshal(p); err != nil {
		return nil, errors.New("a text is not valid UTF-8")
	}
	return p, nil
}

// reject records what o was, as far as JSON can say it.
func reject(o device.Observation, why error) device.Rejection {
	body, err := json.Marshal(o)
	if err != nil {
		body = nil
	}
	return device.Rejection{Ref: o.Ref, Reason: why.Error(), Body: body}
}
