package snmpdirect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
	"github.com/quorate/quorate/sdk/sourcehttp"
)

const pluginVersion = "0.1.0"

// errCut is what is left of a device whose turn the end of the poll cut short.
var errCut = errors.New("the poll ended before the device could answer")

// Source asks devices by SNMP. The zero value is of no use; New makes one.
type Source struct {
	now     func() time.Time
	targets []*target
	book    *book

	traps     *trapSettings // nil where none are listened for
	discovery *discovery    // nil where nothing is looked for
}

var (
	_ sdk.Source  = (*Source)(nil)
	_ sdk.Prober  = (*Source)(nil)
	_ sdk.Watcher = (*Source)(nil)
	_ sdk.Checker = (*Source)(nil)
)

// New returns a source that waits for its configuration.
func New() sdk.Source { return newSource(time.Now) }

func newSource(now func() time.Time) *Source { return &Source{now: now} }

// Info describes the plugin.
func (s *Source) Info() sdk.Info {
	return sdk.Info{Type: "snmp-direct", Version: pluginVersion, Config: schema()}
}

// Configure takes a Config as JSON. Nothing that was learnt of devices under an earlier configuration stays.
func (s *Source) Configure(_ context.Context, config []byte) error {
	var c Config
	if err := sourcehttp.DecodeConfig(config, &c); err != nil {
		return err
	}
	if err := c.check(); err != nil {
		return err
	}
	profiles, err := loadProfiles(c.ProfilesDir)
	if err != nil {
		return err
	}
	targets, err := c.targets(profiles, s.now)
	if err != nil {
		return err
	}
	book := newBook(targets)
	traps, err := c.traps(book)
	if err != nil {
		return err
	}
	search, err := c.search()
	if err != nil {
		return err
	}
	s.targets, s.book, s.traps, s.discovery = targets, book, traps, nil
	if search != nil {
		s.discovery = &discovery{search: search, open: newKnocker, target: c.found(profiles, s.now)}
	}
	return nil
}

// Poll asks every target and emits an observation of each, in the order of the configuration. Silent devices do not make
// it fail; only its context does, and a time that was too short for every device. One that had no time abstains.
func (s *Source) Poll(ctx context.Context, emit func(device.Observation) error) error {
	if s.book == nil {
		return errors.New("not configured")
	}
	targets := s.all()
	all := make([]device.Observation, len(targets))
	slowUntil := half(ctx, time.Now())
	var cut atomic.Int64
	newLanes(pollEnd(ctx)).each(len(targets), func(i int) bool { return targets[i].slow.Load() }, func(i int, turn *turn) {
		var err error
		if all[i], err = targets[i].poll(ctx, slowUntil, turn); err != nil {
			cut.Add(1)
		}
	})
	if n, err := int(cut.Load()), context.Cause(ctx); n > 0 && (err != nil || n == len(all)) {
		return fmt.Errorf("ask devices: %d of %d were not done in time: give the source a longer timeout, or lower request_timeout and retries: %w",
			n, len(all), cmp.Or(err, errCut))
	}
	for i := range all {
		s.book.note(i, &all[i])
		if err := emit(all[i]); err != nil {
			return err
		}
	}
	return nil
}

// half is the middle of a poll's time: until then tables are begun that may wait for the next poll. A poll without a
// deadline has an hour.
func half(ctx context.Context, began time.Time) time.Time {
	if deadline, ok := ctx.Deadline(); ok {
		return began.Add(deadline.Sub(began) / 2)
	}
	return began.Add(time.Hour)
}

// Probe asks one target, by its name: for its status, and not for what hardly changes.
func (s *Source) Probe(ctx context.Context, ref string) (device.Observation, error) {
	for i, t := range s.all() {
		if t.name == ref {
			o, err := t.poll(ctx, time.Time{}, nil)
			if err != nil {
				return device.Observation{}, fmt.Errorf("ask %q: %w", ref, err)
			}
			s.book.note(i, &o)
			return o, nil
		}
	}
	return device.Observation{}, fmt.Errorf("there is no target %.60q", ref)
}
