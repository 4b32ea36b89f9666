package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"
	"github.com/ThreeDotsLabs/watermill/pubsub/gochannel"
)

// The topics. Each has a GoChannel of its own: a publish inside a handler of the same instance can deadlock.
const (
	topicObserved = "observed" // a batch waits in the hand-over under the message's id
	topicRecorded = "recorded" // something was committed: a nudge
	topicRejected = "rejected"
)

// A handler that fails is tried this often, with these pauses; then its message is poison.
const (
	handlerRetries = 3
	retryFirst     = 50 * time.Millisecond
	retryMost      = time.Second
)

// transport is Watermill's part: the hand-over from the batcher to the committer, and the nudge.
type transport struct {
	router   *message.Router
	observed *gochannel.GoChannel
	recorded *gochannel.GoChannel

	mu      sync.Mutex
	batches map[string]*batch // handed over, by message id
}

// newTransport wires the topics. Accept gets each batch and returns when it stands in the committer's queue; reject
// gets a batch that accept could not take, with the reason; nudge runs after each commit.
func newTransport(log *slog.Logger, accept func(context.Context, *batch) error, reject func(context.Context, *batch, string) error, nudge func()) (*transport, error) {
	// What goes wrong is told by the pipeline in its own words; Watermill's lines are for debugging it.
	wlog := watermill.NewSlogLoggerWithLevelMapping(log, map[slog.Level]slog.Level{
		slog.LevelError: slog.LevelDebug, slog.LevelWarn: slog.LevelDebug, slog.LevelInfo: slog.LevelDebug, slog.LevelDebug: watermill.LevelTrace,
	})
	router, err := message.NewRouter(message.RouterConfig{CloseTimeout: 10 * time.Second}, wlog)
	if err != nil {
		return nil, fmt.Errorf("make the router: %w", err)
	}
	// Without the acknowledgement Publish neither keeps the order nor ever blocks.
	blocking := gochannel.Config{BlockPublishUntilSubscriberAck: true}
	t := &transport{
		router: router, observed: gochannel.NewGoChannel(blocking, wlog), recorded: gochannel.NewGoChannel(blocking, wlog),
		batches: map[string]*batch{},
	}
	poison, err := middleware.PoisonQueue(&poisonPublisher{t: t, log: log, reject: reject}, topicRejected)
	if err != nil {
		return nil, fmt.Errorf("make the poison queue: %w", err)
	}
	retry := middleware.Retry{
		MaxRetries: handlerRetries, InitialInterval: retryFirst, MaxInterval: retryMost, Multiplier: 2, RandomizationFactor: 0.2,
		ResetContextOnRetry: true, // else the first attempt's end ends the others
		Logger:              wlog,
	}
	// The outermost first: only what retries could not cure is poison, and a panic is tried again like an error.
	router.AddMiddleware(poison, retry.Middleware, middleware.Recoverer)
	router.AddConsumerHandler(topicObserved, topicObserved, t.observed, func(msg *message.Message) error {
		b := t.peek(msg.UUID)
		if b == nil {
			return nil // it was handed on by an attempt before
		}
		if err := accept(msg.Context(), b); err != nil {
			return err
		}
		t.take(msg.UUID)
		return nil
	})
	router.AddConsumerHandler(topicRecorded, topicRecorded, t.recorded, func(*message.Message) error {
		nudge()
		return nil
	})
	return t, nil
}

// handOver publishes one batch and returns when the committer's queue has it, or it was rejected.
func (t *transport) handOver(b *batch) error {
	id := watermill.NewUUID()
	t.mu.Lock()
	t.batches[id] = b
	t.mu.Unlock()
	if err := t.observed.Publish(topicObserved, message.NewMessage(id, nil)); err != nil {
		t.take(id)
		return err
	}
	if t.take(id) != nil {
		// Publish returns nil without an acknowledgement when the channel closes.
		return errors.New("the topic was closed")
	}
	return nil
}

// tell publishes the nudge.
func (t *transport) tell(seq int64) error {
	return t.recorded.Publish(topicRecorded, message.NewMessage(watermill.NewUUID(), fmt.Appendf(nil, "%d", seq)))
}

func (t *transport) peek(id string) *batch {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.batches[id]
}

func (t *transport) take(id string) *batch {
	t.mu.Lock()
	defer t.mu.Unlock()
	b := t.batches[id]
	delete(t.batches, id)
	return b
}

// poisonPublisher takes the messages that no retry could cure to where they are listed.
type poisonPublisher struct {
	t      *transport
	log    *slog.Logger
	reject func(context.Context, *batch, string) error
}

// Publish rejects the batch behind each message.
func (p *poisonPublisher) Publish(_ string, messages ...*message.Message) error {
	for _, msg := range messages {
		reason, _, _ := strings.Cut(msg.Metadata.Get(middleware.ReasonForPoisonedKey), "\n") // a stack may follow
		p.log.Error("message rejected", "err", reason)
		b := p.t.peek(msg.UUID)
		if b == nil {
			continue
		}
		if err := p.reject(msg.Context(), b, reason); err != nil {
			return err
		}
		p.t.take(msg.UUID)
	}
	return nil
}

// Close does nothing: there is nothing to close.
func (p *poisonPublisher) Close() error { return nil }
