package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/pipeline"
	"github.com/quorate/quorate/sinks"
	"github.com/quorate/quorate/sinks/notify"
)

// notifier is the sink of one target with the ledger that the pipeline keeps for it.
type notifier struct{ *notify.Sink }

// Recall implements pipeline.Bookkeeper.
func (n notifier) Recall(entries []pipeline.Entry) error {
	own := make([]notify.Entry, len(entries))
	for i, e := range entries {
		own[i] = notify.Entry(e)
	}
	return n.Sink.Recall(own)
}

// Book implements pipeline.Bookkeeper.
func (n notifier) Book() []pipeline.Entry {
	own := n.Sink.Book()
	entries := make([]pipeline.Entry, len(own))
	for i, e := range own {
		entries[i] = pipeline.Entry(e)
	}
	return entries
}

// newNotify makes a sink for each URL, so that none waits for another. The first has the block's name, the others a
// number behind it: another token for the same place goes on where the old one left off.
func newNotify(c notify.Config, o sinkOptions) ([]pipeline.Sink, error) {
	filter, err := o.filter, error(nil)
	if len(o.config.On) == 0 {
		if filter, err = sinks.ParseFilter(notify.DefaultOn()); err != nil {
			return nil, err
		}
	}
	var all []pipeline.Sink
	for i := range c.URLs {
		opt := notify.Options{Name: o.config.Name, Target: i, Filter: filter, First: o.config.RetryFirst, Most: o.config.RetryMost}
		if i > 0 {
			opt.Name = fmt.Sprintf("%s/%d", o.config.Name, i+1)
		}
		if a := o.agent; a != nil {
			opt.State = a.notifyState
		}
		s, err := notify.New(c, opt)
		if err != nil {
			return nil, err
		}
		all = append(all, notifier{s})
	}
	return all, nil
}

// notifyState is how all is, for a notifier that missed events.
func (a *Agent) notifyState() notify.State {
	r := &reader{a}
	s := notify.State{Devices: a.pipe.Devices(now()), Incidents: a.pipe.Incidents(), Sources: r.Sources(now())}
	if state, _, limits := a.limits.current(); state == device.AgentDegraded {
		var texts []string
		for _, l := range limits {
			texts = append(texts, l.Text)
		}
		s.Degraded = strings.Join(texts, "; ")
	}
	return s
}

// Tried is what came of a test message to one target.
type Tried struct {
	Service string
	Err     error // nil where it was taken
}

// TrySink sends one message that says that it is a test to each target of a notify sink.
func (c *Config) TrySink(ctx context.Context, name string) ([]Tried, error) {
	settings, err := c.sinkSettings()
	if err != nil {
		return nil, err
	}
	for _, s := range c.Sinks {
		if s.Name != name {
			continue
		}
		if s.Type != "notify" {
			return nil, fmt.Errorf("sink %q is of type %q; only those of type \"notify\" can be tested", name, s.Type)
		}
		var n notify.Config
		if err := json.Unmarshal(settings[s.Name].JSON, &n); err != nil {
			return nil, fmt.Errorf("sink %q: %w", name, err)
		}
		tried := make([]Tried, len(n.URLs))
		for i, u := range n.URLs {
			one, cancel := context.WithTimeout(ctx, s.Timeout)
			tried[i] = Tried{Service: notify.Service(u), Err: notify.Try(one, u, c.Name, name)}
			cancel()
		}
		return tried, nil
	}
	return nil, fmt.Errorf("the configuration has no sink %q", name)
}
