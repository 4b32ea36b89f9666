package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
)

// queueLength is how many batches wait for the committer. When it is full the batcher waits, and batches grow.
const queueLength = 1

// probesAtOnce bounds the tie-breakers that are asked at the same time. One that finds no place is asked for again at
// a later instant.
const probesAtOnce = 8

// Pipeline takes snapshots to the journal and events to the sinks. Make one with New; Run runs it once.
type Pipeline struct {
	*View
	opt     Options
	batcher *batcher
	nudges  nudges
	drains  *drains
	news    news
	ready   chan struct{}
	queue   chan *batch
	config  chan Config // capacity 1, the newest one
	accept  func(context.Context, *batch) error
	stages  []stage
}

// New checks what can be checked without I/O and starts nothing.
func New(cfg Config, opt Options) (*Pipeline, error) {
	if err := opt.setDefaults(); err != nil {
		return nil, err
	}
	if err := cfg.Consensus.Validate(); err != nil {
		return nil, err
	}
	p := &Pipeline{
		View: newView(cfg), opt: opt, batcher: newBatcher(opt.Clock), ready: make(chan struct{}), queue: make(chan *batch, queueLength),
		config: make(chan Config, 1), stages: stages(), drains: newDrains(opt.Log), news: news{wake: make(chan struct{}, 1)},
	}
	p.accept = p.enqueue
	return p, nil
}

// Ready is closed when Run has loaded the record and takes snapshots.
func (p *Pipeline) Ready() <-chan struct{} { return p.ready }

// Publish hands over one poll and returns when it is committed; At is assigned by then. What a stage cannot take, and
// a snapshot of a source that is not configured, is recorded as rejected: Publish returns nil, for it is durable. An
// error means that nobody knows whether it is stored. A ctx that ends ends the waiting only.
func (p *Pipeline) Publish(ctx context.Context, s device.Snapshot) error {
	return p.batcher.submit(ctx, submitted{snapshot: s})
}

// PublishProbe hands over what a tie-breaker saw, or what a source heard by itself: its claims count, but it is no poll of
// its source. For the rest it is Publish.
func (p *Pipeline) PublishProbe(ctx context.Context, s device.Snapshot) error {
	s.Partial = true
	return p.batcher.submit(ctx, submitted{snapshot: s, probe: true})
}

// PublishRejected hands over again what was rejected under that number, which the commit that takes it removes. It is no
// poll of its source: what is older than what is known is history, and claims that are not count. What is rejected again
// is listed again, with the new reason.
func (p *Pipeline) PublishRejected(ctx context.Context, number int64, s device.Snapshot) error {
	s.Partial = true
	return p.batcher.submit(ctx, submitted{snapshot: s, probe: true, settles: number})
}

// AddEvents records events of the agent's own, and returns when they are committed. Seq, ID and At are assigned.
func (p *Pipeline) AddEvents(ctx context.Context, events []device.Event) error {
	return p.batcher.submit(ctx, submitted{events: slices.Clone(events)})
}

// Waiting is what was handed over and is not committed yet.
type Waiting struct {
	Snapshots int
	// Held of them are not let in yet, since too much waits already; HeldSince is since when there are such, zero where
	// there are none.
	Held      int
	HeldSince time.Time
}

// Waiting returns what waits for a commit now.
func (p *Pipeline) Waiting() Waiting {
	w := Waiting{Snapshots: int(p.batcher.pending.Load())}
	w.Held, w.HeldSince = p.batcher.room.held()
	return w
}

// Subscribe returns a channel that carries the newest sequence number after each commit with events, coalesced, and
// a function that ends the subscription.
func (p *Pipeline) Subscribe() (<-chan int64, func()) { return p.nudges.subscribe() }

// Reconfigure puts another configuration in force from the next instant on.
func (p *Pipeline) Reconfigure(cfg Config) error {
	if err := cfg.Consensus.Validate(); err != nil {
		return err
	}
	for {
		select {
		case p.config <- cfg:
			return nil
		case <-p.config:
		}
	}
}

// Run carries snapshots until ctx ends, commits what it has taken, and returns when everything that it started has
// ended. It returns nil if ctx ended it.
func (p *Pipeline) Run(ctx context.Context) error {
	loaded, err := p.opt.Journal.Load(ctx)
	if err != nil {
		p.batcher.close()
		return fmt.Errorf("load the record: %w", err)
	}
	p.load(loaded)
	patience, stopRetries := context.WithCancel(context.WithoutCancel(ctx))
	defer stopRetries()
	c := &committer{
		journal: p.opt.Journal, log: p.opt.Log, view: p.View, mem: newMemory(loaded.Prints, loaded.Alerts, loaded.Consensus), stages: p.stages, giveUp: patience.Done(),
	}
	clock := &instants{clock: p.opt.Clock, last: loaded.LastInstant, lost: !loaded.Fresh}
	t, err := newTransport(p.opt.Log, func(ctx context.Context, b *batch) error { return p.accept(ctx, b) },
		func(ctx context.Context, b *batch, reason string) error { return p.rejectBatch(ctx, c, b, reason) },
		func() { p.nudges.send(p.LastSeq()) })
	if err != nil {
		p.batcher.close()
		return err
	}

	var router, told, probes, batches sync.WaitGroup
	routerErr := make(chan error, 1)
	// The router ends by Close alone: a cancelled context would end messages that are on their way.
	router.Go(func() { routerErr <- t.router.Run(context.WithoutCancel(ctx)) })
	select {
	case <-t.router.Running():
	case err := <-routerErr:
		p.batcher.close()
		return fmt.Errorf("start the router: %w", err)
	}
	p.beginSinks(ctx)
	told.Go(func() { p.news.record(ctx, p.opt.Log, p.AddEvents) })
	batches.Go(func() { p.collect(t) })
	defer context.AfterFunc(ctx, func() {
		p.batcher.close()
		time.AfterFunc(stopGrace, stopRetries)
	})()
	close(p.ready)

	p.commitLoop(ctx, c, clock, t, &probes)
	batches.Wait()
	probes.Wait()
	p.drains.finish()
	told.Wait()
	err = t.router.Close()
	router.Wait()
	return err
}

// beginSinks starts the drains, which end with ctx.
func (p *Pipeline) beginSinks(ctx context.Context) {
	s := p.drains
	s.change.Lock()
	defer s.change.Unlock()
	s.begin = func(r Route, d *drain) {
		nudge, end := p.nudges.subscribe()
		d.route.Store(&r)
		d.journal, d.nudge, d.newest, d.clock, d.tell = p.opt.Journal, nudge, p.LastSeq, p.opt.Clock, p.news.put
		ctx, stop := context.WithCancel(ctx)
		d.stop = stop
		go func() {
			defer close(d.done)
			defer stop()
			defer end()
			d.run(ctx)
		}()
	}
	s.replace(p.opt.Routes)
}

// collect hands batches over until the batcher is closed and empty.
func (p *Pipeline) collect(t *transport) {
	defer close(p.queue)
	for {
		b, more := p.batcher.take()
		if !more {
			return
		}
		if len(b.items) == 0 {
			<-p.batcher.wake
			continue
		}
		if err := t.handOver(b); err != nil {
			b.answer(fmt.Errorf("hand over: %w", err))
		}
	}
}

// enqueue is the handler of the topic "observed": the message is acknowledged when the batch stands in the queue.
func (p *Pipeline) enqueue(ctx context.Context, b *batch) error {
	select {
	case p.queue <- b:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (p *Pipeline) rejectBatch(ctx context.Context, c *committer, b *batch, reason string) error {
	var rs []device.Rejection
	for i := range b.items {
		rs = append(rs, rejection(&b.items[i].snapshot, reason))
	}
	err := c.reject(ctx, p.opt.Clock(), rs)
	b.answer(err)
	return nil
}

// commitLoop is the committer: the only one that judges, commits and moves the View. It ends when the queue is closed.
func (p *Pipeline) commitLoop(ctx context.Context, c *committer, clock *instants, t *transport, probes *sync.WaitGroup) {
	tick := time.NewTicker(p.opt.ClockInterval)
	defer tick.Stop()
	room := make(chan struct{}, probesAtOnce)
	for {
		b := &batch{}
		select {
		case next, more := <-p.queue:
			if !more {
				return
			}
			b = next
		case <-tick.C:
			if ctx.Err() != nil {
				continue
			}
		}
		select {
		case cfg := <-p.config:
			p.reconfigure(cfg)
		default:
		}
		if len(b.items) == 1 && b.items[0].preview != nil {
			b.answer(c.preview(p.opt.Clock().UTC().Round(0).Truncate(time.Microsecond), &b.items[0]))
			continue
		}
		p.drains.room(ctx, p.LastSeq)
		at, lost := clock.next()
		clock.dated(b.items)
		in, err := c.process(ctx, at, lost, b.items)
		if err != nil {
			// Time stays lost until an instant is committed.
			clock.lost = clock.lost || lost
			if _, refused := errors.AsType[*Refused](err); !refused {
				err = p.giveUp(ctx, c, b, at, err)
			}
		}
		b.answer(err)
		if in == nil {
			continue
		}
		if len(in.record.Events) > 0 {
			if err := t.tell(p.LastSeq()); err != nil {
				p.opt.Log.Error("nudge failed", "err", err)
			}
		}
		for _, r := range in.truth.Probe {
			p.probe(ctx, r, probes, room)
		}
	}
}

// giveUp handles a batch that can never be committed as it is: it is listed and reported, and the others flow.
func (p *Pipeline) giveUp(ctx context.Context, c *committer, b *batch, at time.Time, cause error) error {
	p.opt.Log.Error("batch not recorded", "sources", b.sources(), "err", cause)
	if _, panicked := errors.AsType[*stageError](cause); !panicked && !permanent(cause) {
		return cause
	}
	var rs []device.Rejection
	for i := range b.items {
		rs = append(rs, rejection(&b.items[i].snapshot, cause.Error()))
	}
	if len(rs) == 0 {
		return cause
	}
	return c.reject(ctx, at, rs)
}

func (p *Pipeline) probe(ctx context.Context, r consensus.ProbeRequest, probes *sync.WaitGroup, room chan struct{}) {
	if p.opt.OnProbe == nil {
		return
	}
	select {
	case room <- struct{}{}:
	default:
		return
	}
	probes.Go(func() {
		defer func() { <-room }()
		p.opt.OnProbe(ctx, r)
	})
}
