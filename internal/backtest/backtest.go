package backtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/pipeline"
)

// Options says what to judge again.
type Options struct {
	// Settings are those in question; nil means those of then, which shows whether this version of the program judges as
	// the one did that recorded.
	Settings *pipeline.Config
	// Since and Until bound the window; a zero time means as far as the record goes.
	Since, Until time.Time
}

// ErrEmpty means that nothing was judged within the window.
var ErrEmpty = errors.New("nothing was judged in that time")

// Run judges the record that r reads.
func Run(ctx context.Context, r *store.Reader, o Options) (*Report, error) {
	x, err := r.Recording(ctx, o.Since)
	if err != nil {
		return nil, err
	}
	b := &run{opt: o, rec: x, report: &Report{Asked: o.Since}, told: &told{r: r, after: x.Basis.LastSeq}, heard: map[string]int{}}
	for {
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
		in, err := x.Next(ctx)
		if errors.Is(err, io.EOF) || err == nil && !o.Until.IsZero() && in.At.After(o.Until) {
			break
		}
		if err == nil {
			err = b.judge(ctx, in)
		}
		if err != nil {
			return nil, err
		}
	}
	if b.report.Instants == 0 {
		return nil, fmt.Errorf("%w: the record ends at %s", ErrEmpty, stamp(x.Last))
	}
	return b.finish(), nil
}

// run is one backtest under way.
type run struct {
	opt    Options
	rec    *store.Recording
	report *Report
	told   *told

	// force are the settings of then at the present instant; nil where they are not on record.
	force *pipeline.Config
	// compared are those that were found to be the same as the settings in question.
	compared *pipeline.Config
	// was is the course by the settings of then, would the one by the settings in question: nil while they are the
	// same.
	was, would *course
	open       bool // the window has begun
	diff       differences
	heard      map[string]int // polls by source
	probes     int
	mutes      bool
	others     []time.Time // instants at which the settings of then changed
}

func (b *run) judge(ctx context.Context, in pipeline.Recorded) error {
	if err := b.settle(in); err != nil {
		return err
	}
	if !b.open && !in.At.Before(b.opt.Since) {
		b.open = true
		b.begin(in.At)
	}
	if b.open {
		b.count(in)
		if err := b.fork(); err != nil {
			return err
		}
	}
	was, err := b.was.judge(ctx, in)
	if err != nil {
		return fmt.Errorf("judge the instant %s again: %w", in.At.Format(time.RFC3339Nano), err)
	}
	recorded, err := b.told.at(ctx, in.At)
	if err != nil {
		return err
	}
	b.report.Drift.compare(was.Events, recorded, b.open)
	if !b.open {
		return nil
	}
	b.was.follow(in.At, was)
	would, wouldBe := was, b.was
	if b.would != nil {
		if would, err = b.would.judge(ctx, in); err != nil {
			return fmt.Errorf("judge the instant %s by other settings: %w", in.At.Format(time.RFC3339Nano), err)
		}
		b.would.follow(in.At, would)
		wouldBe = b.would
	}
	b.diff.follow(in.At, b.was, wouldBe, was, would)
	return nil
}

// settle puts in force what took effect with the instant, and begins the course of then.
func (b *run) settle(in pipeline.Recorded) error {
	changed := in.Settings != nil
	switch {
	case changed:
		b.force = in.Settings
	case b.was == nil:
		b.force = b.rec.Settings
	}
	cfg := b.force
	if cfg == nil { // recorded by a version that did not keep them
		if cfg = b.opt.Settings; cfg == nil {
			return errors.New("the record does not say which settings were in force: give them with --config")
		}
		b.report.SettingsUnknown = true
	}
	if b.was == nil {
		again, err := pipeline.NewAgain(*cfg, b.rec.Basis)
		b.was = newCourse(again)
		return err
	}
	if !changed {
		return nil
	}
	if b.open {
		b.others = append(b.others, in.At)
	}
	return b.was.again.Use(*cfg)
}

// begin opens the window.
func (b *run) begin(at time.Time) {
	b.report.Since = at
	b.was.begin(at)
}

// count notes what the instant holds.
func (b *run) count(in pipeline.Recorded) {
	r := b.report
	r.Instants++
	r.Until = in.At
	for i := range in.Polls {
		p := &in.Polls[i]
		r.Observations += len(p.Observations)
		if p.Probe {
			b.probes++
			continue
		}
		r.Polls++
		b.heard[p.Source]++
	}
	b.mutes = b.mutes || in.Orders != nil && len(in.Orders.Mutes) > 0
}

// fork parts the two courses where the settings of then are others than those in question.
func (b *run) fork() error {
	if b.would != nil || b.opt.Settings == nil || b.force == nil || b.force == b.compared {
		return nil
	}
	b.compared = b.force
	cfg := b.withProbes(*b.opt.Settings)
	if pipeline.SameSettings(cfg, *b.force) {
		return nil
	}
	again, err := b.was.again.Fork(cfg)
	if err != nil {
		return fmt.Errorf("part the courses: %w", err)
	}
	b.would = b.was.clone(again)
	b.report.Other = true
	return nil
}

// withProbes says of each source whether it can be asked as it could then, and where the agent was: a configuration alone
// does not know.
func (b *run) withProbes(cfg pipeline.Config) pipeline.Config {
	sources := make(map[string]consensus.Source, len(cfg.Consensus.Sources))
	for name, s := range cfg.Consensus.Sources {
		then := b.force.Consensus.Sources[name]
		s.CanProbe, s.ProbeFirst = then.CanProbe, then.ProbeFirst
		sources[name] = s
	}
	cfg.Consensus.Sources = sources
	cfg.Consensus.Home, cfg.Consensus.Gateways = b.force.Consensus.Home, b.force.Consensus.Gateways
	return cfg
}

// told reads the events on record, in step with the instants.
type told struct {
	r     *store.Reader
	after int64
	page  []device.Event
}

const toldPage = 1000

// at returns the events of the instant at, but for those that no judging makes.
func (t *told) at(ctx context.Context, at time.Time) ([]device.Event, error) {
	var out []device.Event
	for {
		if len(t.page) == 0 {
			var err error
			if t.page, err = t.r.Events(ctx, t.after, toldPage); err != nil || len(t.page) == 0 {
				return out, err
			}
			t.after = t.page[len(t.page)-1].Seq
		}
		e := t.page[0]
		if e.At.After(at) {
			return out, nil
		}
		t.page = t.page[1:]
		if e.At.Equal(at) && judged(e.Type) {
			out = append(out, e)
		}
	}
}

// judged reports whether events of that type come from judging: the others are the agent's own.
func judged(t device.EventType) bool {
	switch t {
	case device.EventAgentDegraded, device.EventAgentRecovered,
		device.EventSourceCrashed, device.EventSourceHung, device.EventSourceLimit, device.EventSourceRestarted, device.EventSourceQuarantined,
		device.EventConfigReloaded, device.EventConfigRejected,
		device.EventMilestoneOpened, device.EventMilestoneDrafted, device.EventMilestonePublished, device.EventPublishRefused,
		device.EventTokenCreated, device.EventTokenRotated, device.EventTokenRevoked:
		return false
	}
	return true
}
