package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/api"
	"github.com/quorate/quorate/internal/host"
	"github.com/quorate/quorate/sdk"
)

// pushTimes are the times by which pushes become polls.
type pushTimes struct {
	gather time.Duration // pushes that come within it lead to one poll
	apart  time.Duration // from the end of a hastened poll to the begin of the next, at least
	read   time.Duration // for the plugin to read one push
	rest   time.Duration // in which a plugin that gave no answer to a push gets none
}

// The rest is as long as the time in which five crashes quarantine a plugin: pushes alone never bring one there.
func defaultPushTimes() pushTimes {
	return pushTimes{gather: 2 * time.Second, apart: 10 * time.Second, read: 5 * time.Second, rest: 10 * time.Minute}
}

// maxPushQueue is how many pushes of a source wait to be read. With bodies of the default size they hold 1 MiB.
const maxPushQueue = 16

// receiver reads pushes. *host.Source is one.
type receiver interface {
	Receive(ctx context.Context, push sdk.Push) ([]string, error)
}

// pushes takes what a source's monitor pushes and says when that calls for a poll. Nothing of what a push says goes
// anywhere else: it is a reason to look, and never what is seen. Accept and refused are called by the goroutines of
// HTTP requests, read by one of the source's; the polls are the source's own and never wait for a push to be read.
type pushes struct {
	source string
	times  pushTimes
	log    *slog.Logger
	// queue holds what is accepted and not read. What does not fit is dropped, and asks for a poll unread.
	queue chan sdk.Push
	// wanted holds one token when a poll is asked for.
	wanted chan struct{}

	mu     sync.Mutex
	open   bool // polls are done
	status device.PushStatus
	since  int // accepted since the last poll began

	// Of the reading goroutine alone.
	restUntil time.Time
	puzzled   bool // by the last push
}

func newPushes(source string, times pushTimes, log *slog.Logger) *pushes {
	return &pushes{source: source, times: times, log: log, queue: make(chan sdk.Push, maxPushQueue), wanted: make(chan struct{}, 1)}
}

// hook is where the monitor pushes to.
func (p *pushes) hook(c *PushConfig) api.Hook {
	return api.Hook{Source: p.source, Token: c.Token, MaxBody: c.MaxBody, PerMinute: c.PerMinute, Accept: p.accept, Refused: p.refused}
}

func (p *pushes) accept(contentType string, body []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.open {
		return false
	}
	p.status.Accepted++
	p.status.LastAccepted = now()
	p.since++
	select {
	case p.queue <- sdk.Push{ContentType: contentType, Body: body}:
	default:
		p.status.Dropped++
		p.want()
	}
	return true
}

func (p *pushes) refused() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status.Refused++
}

// want asks for a poll that begins after now.
func (p *pushes) want() {
	select {
	case p.wanted <- struct{}{}:
	default:
	}
}

// read has the plugin read the pushes one by one until ctx ends.
func (p *pushes) read(ctx context.Context, plugin receiver) {
	p.setOpen(true)
	defer p.setOpen(false)
	for {
		select {
		case <-ctx.Done():
			return
		case push := <-p.queue:
			p.readOne(ctx, plugin, push)
		}
	}
}

func (p *pushes) setOpen(open bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open = open
}

// readOne asks the plugin what a push is about. Where the plugin gives no answer the push may be about everything, and
// a plugin that hangs or dies of pushes is spared them for a while: who may push must not be able to end its polls.
func (p *pushes) readOne(ctx context.Context, plugin receiver, push sdk.Push) {
	if time.Now().Before(p.restUntil) {
		p.unread()
		p.want()
		return
	}
	call, cancel := context.WithTimeoutCause(ctx, p.times.read, fmt.Errorf("no answer within %s", p.times.read))
	defer cancel()
	refs, err := plugin.Receive(call, push)
	switch {
	case ctx.Err() != nil:
		return
	case errors.Is(err, host.ErrNoAnswer):
		p.restUntil = time.Now().Add(p.times.rest)
		p.log.Warn("push not read", "source", p.source, "err", err, "retry_in", p.times.rest)
		p.unread()
		p.want()
	case err != nil:
		p.unread()
		if !p.puzzled {
			p.log.Warn("push not understood", "source", p.source, "err", err)
		}
	case len(refs) > 0:
		p.want()
	}
	p.puzzled = err != nil
}

func (p *pushes) unread() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status.Unread++
}

// begin notes that a poll begins now: it is the one that every push before it asked for.
func (p *pushes) begin(hastened bool) {
	select {
	case <-p.wanted:
	default:
	}
	p.mu.Lock()
	since := p.since
	p.since = 0
	if hastened {
		p.status.Hastened++
	}
	p.mu.Unlock()
	if hastened {
		p.log.Info("poll hastened", "source", p.source, "pushes", since)
	}
}

// current returns what came of the pushes so far.
func (p *pushes) current() *device.PushStatus {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.status
	return &s
}
