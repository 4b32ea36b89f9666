package agent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"github.com/quorate/quorate/device"
)

const (
	// prepareWithin bounds what a reload tries out before it changes anything: plugins are started for it.
	prepareWithin = time.Minute
	// replaceWithin is how long the polls of sources that end may go on; then they are cut off.
	replaceWithin = 5 * time.Second
	// tellWithin bounds the wait for the commit of what a reload is recorded by. What waits longer is recorded later.
	tellWithin = 10 * time.Second
)

// Reloaded is what a reload did, or would do.
type Reloaded struct {
	// Generation is that of the configuration in force afterwards: it rises with each that takes another's place.
	Generation int      `json:"generation"`
	Hash       string   `json:"hash"`
	DryRun     bool     `json:"dry_run,omitempty"`
	Changes    []Change `json:"changes"`
}

// lastReload is how the latest reload ended.
type lastReload struct {
	at  time.Time
	err string // why it was refused, "" where it was not
}

// reloadOrder is a reload that somebody waits for.
type reloadOrder struct {
	dryRun bool
	answer chan<- reloadAnswer // buffered
}

type reloadAnswer struct {
	done *Reloaded
	err  error
}

// Reload reads the configuration again and puts it in force, or with dryRun only says what would change. An error means
// that nothing has changed; that of mistakes in the configuration is of type *Problems. It returns when the new
// configuration is in force and what is no longer in it has ended.
func (a *Agent) Reload(ctx context.Context, dryRun bool) (*Reloaded, error) {
	answer := make(chan reloadAnswer, 1)
	select {
	case a.reloads <- reloadOrder{dryRun, answer}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	select {
	case r := <-answer:
		return r.done, r.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// followReloads reloads as signals and commands ask for it, one at a time, until the crew's context ends. It also tries
// what could not be started again now and then: it is the one that puts generations in force.
func (a *Agent) followReloads(c *crew) {
	again := time.NewTicker(a.reviveEvery)
	defer again.Stop()
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-again.C:
			a.reviveAll(c)
		case <-a.opt.Hangups:
			_, _ = a.reload(c, false) // it has logged how that went
		case o := <-a.reloads:
			done, err := a.reload(c, o.dryRun)
			o.answer <- reloadAnswer{done, err}
		}
	}
}

var errNoReload = errors.New("this agent does not reload: it has no configuration file of its own")

// reload is one reload: it tries out everything that may fail, and then changes what has changed.
func (a *Agent) reload(c *crew, dryRun bool) (*Reloaded, error) {
	if a.opt.Load == nil {
		return nil, errNoReload
	}
	if !dryRun {
		_, _ = daemon.SdNotify(false, daemon.SdNotifyReloading+"\n"+daemon.SdNotifyMonotonicUsec())
		defer func() { _, _ = daemon.SdNotify(false, daemon.SdNotifyReady) }()
	}
	s, err := a.prepare(c.ctx)
	switch {
	case err != nil && c.ctx.Err() != nil:
		return nil, errors.New("the agent stops: nothing was changed")
	case err != nil && dryRun:
		return nil, err
	case err != nil:
		a.refuse(c.ctx, err)
		return nil, err
	case dryRun:
		return &Reloaded{s.to.number, s.to.cfg.Hash, true, s.changes}, s.abandon()
	}
	a.apply(c, s)
	return &Reloaded{Generation: s.to.number, Hash: s.to.cfg.Hash, Changes: s.changes}, nil
}

// refuse notes why a configuration was not put in force.
func (a *Agent) refuse(ctx context.Context, err error) {
	g, text := a.generation(), brief(err)
	a.reloaded.Store(&lastReload{at: now(), err: text})
	a.log.Error("configuration rejected, the one before goes on", "generation", g.number, "err", text)
	a.tell(ctx, device.EventConfigRejected, fmt.Sprintf("the configuration was not reloaded, generation %d goes on: %s", g.number, text))
}

// apply puts s in force. Nothing in it fails any more.
func (a *Agent) apply(c *crew, s *succession) {
	failing := a.reloaded.Load().err != ""
	if s.changed() {
		a.succeed(c, s)
	}
	a.reloaded.Store(&lastReload{at: now()})
	words := "nothing changed"
	if s.changed() {
		words = wordsOf(s.changes)
	}
	a.log.Info("configuration reloaded", "generation", s.to.number, "changes", words)
	if s.changed() || failing {
		a.tell(c.ctx, device.EventConfigReloaded, fmt.Sprintf("the configuration was reloaded, generation %d: %s", s.to.number, words))
	}
}

// succeed puts one generation in the place of another. What ends has ended before the others go on by the new one.
func (a *Agent) succeed(c *crew, s *succession) {
	a.endAll(c, s.ending)
	// What sources say from here on is judged by the new configuration: it stands in the queue before them.
	if err := a.pipe.Reconfigure(s.to.judging()); err != nil {
		a.log.Error("consensus not configured", "err", err) // prepare has validated it
	}
	a.current.Store(s.to)
	if err := a.pipe.SetRoutes(a.routes(s.to)); err != nil {
		a.log.Error("sinks not changed", "err", err) // prepare has checked them, so the agent stops
	}
	if err := closeSinks(s.from.sinks, s.to.sinks); err != nil {
		a.log.Warn("sink not closed", "err", err)
	}
	a.page.server.Reconfigure(s.to.cfg.Name, s.to.hooks())
	if s.door != nil {
		if err := a.page.move(c, s.door); err != nil {
			a.log.Error("page not moved", "err", err)
		}
		a.log.Info("serving", "address", a.page.address())
	}
	for name, t := range s.kept {
		s.to.sources[name].change(t)
	}
	for _, src := range s.starting {
		src.begin(c)
	}
}

// endAll ends sources side by side. The polls that run may come to their end for a while, unless the agent stops.
func (a *Agent) endAll(c *crew, all []*source) {
	patience, cancel := context.WithTimeout(c.ctx, a.letEnd)
	defer cancel()
	ended := make(chan struct{})
	for _, s := range all {
		go func() {
			s.end(patience)
			ended <- struct{}{}
		}()
	}
	for range all {
		<-ended
	}
}

// tell records what became of a reload.
func (a *Agent) tell(ctx context.Context, kind device.EventType, text string) {
	if ctx.Err() != nil {
		a.note(device.Event{Type: kind, Text: text}) // among the last words of the agent
		return
	}
	ctx, cancel := context.WithTimeout(ctx, tellWithin)
	defer cancel()
	a.record(ctx, device.Event{Type: kind, Text: text})
}
