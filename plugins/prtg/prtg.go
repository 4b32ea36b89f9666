package prtg

import (
	"context"
	"errors"
	"runtime/debug"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
	"github.com/quorate/quorate/sdk/sourcehttp"
)

const pluginVersion = "0.1.0"

// Source is one PRTG core server. The zero value is of no use; New makes one.
type Source struct {
	now  func() time.Time
	page int
	// sensors is what Receive reads while Poll runs.
	sensors *sensorIndex

	state
}

// state is what a configuration starts anew. It belongs to Configure, Poll and Check, of which one runs at a time.
type state struct {
	config Config
	api    client
	filter sourcehttp.Filter
	// refusal is the log-in that PRTG refused. While it is set nothing is asked.
	refusal  error
	choice   choice
	places   places
	rejected rejected // of the last poll
	told     told
}

// told is what was logged, so that it is said once each time it changes.
type told struct {
	lostProbes, hidden, rejected int
	probesSecret, noTree         bool
}

var (
	_ sdk.Source   = (*Source)(nil)
	_ sdk.Clocked  = (*Source)(nil)
	_ sdk.Rejecter = (*Source)(nil)
	_ sdk.Receiver = (*Source)(nil)
	_ sdk.Checker  = (*Source)(nil)
)

// New returns a source that waits for its configuration.
func New() *Source { return &Source{now: time.Now, page: pageSize, sensors: &sensorIndex{}} }

// Info describes the plugin.
func (s *Source) Info() sdk.Info {
	return sdk.Info{Type: "prtg", Version: pluginVersion, Config: schema()}
}

// Configure takes a Config as JSON. A refused log-in is forgotten: the credentials may be others now.
func (s *Source) Configure(_ context.Context, config []byte) error {
	var c Config
	if err := sourcehttp.DecodeConfig(config, &c); err != nil {
		return err
	}
	if err := c.check(); err != nil {
		return err
	}
	filter, err := sourcehttp.NewFilter(c.Include, c.Exclude)
	if err != nil {
		return err
	}
	http, err := sourcehttp.New(sourcehttp.Config{
		// Who copies the address of the API itself means the same.
		URL:    strings.TrimSuffix(strings.TrimRight(c.URL, "/"), "/api"),
		CAFile: c.CAFile, PinSHA256: c.PinSHA256, Query: c.query(),
	}, sourcehttp.Options{Now: s.now})
	if err != nil {
		return err
	}
	s.state = state{config: c, filter: filter, api: client{http: http, username: c.Username, page: s.page}}
	s.sensors.set(nil)
	return nil
}

// Clock returns PRTG's clock as its last answer gave it.
func (s *Source) Clock() (theirs, ours time.Time, ok bool) {
	if s.api.http == nil {
		return time.Time{}, time.Time{}, false
	}
	return s.api.http.Clock()
}

// Rejected returns the rows of the last poll of which nothing could be made.
func (s *Source) Rejected() []device.Rejection { return s.rejected.list() }

// manyBytes is how much a poll must have read for its memory to be given back at once.
const manyBytes = 16 << 20

// Poll emits what PRTG's sensors say of each device. Nothing is emitted before all of PRTG was read and believed.
func (s *Source) Poll(ctx context.Context, emit func(device.Observation) error) error {
	if err := s.ready(); err != nil {
		return err
	}
	defer s.api.http.Close()
	bytes, err := s.poll(ctx, emit)
	if bytes > manyBytes || err != nil {
		// The next poll is a minute away, and until then the process would hold all that this one needed, which is
		// unknown where it failed.
		debug.FreeOSMemory()
	}
	return err
}

// poll returns how many bytes it read, as far as it got to the end.
func (s *Source) poll(ctx context.Context, emit func(device.Observation) error) (int64, error) {
	probes, took, err := s.readProbes(ctx)
	if err != nil {
		return 0, err
	}
	p, err := s.look(ctx)
	if err != nil {
		return 0, err
	}
	p.add(took)
	chosen, err := s.choose(p)
	if err != nil {
		return p.took.bytes, err
	}
	s.tell(p, chosen)
	s.rejected = p.took.rejected
	s.sensors.set(p.sensors)
	lonely := lonely(p.devices)
	for _, i := range chosen {
		d := &p.devices[i]
		if err := emit(observe(d, p.of(d.id), probes.lost(d.probe), lonely)); err != nil {
			return p.took.bytes, err
		}
	}
	return p.took.bytes, nil
}

// ready says why nothing is asked: without a configuration, and after a refused log-in.
func (s *Source) ready() error {
	if s.api.http == nil {
		return errors.New("not configured")
	}
	return s.refusal
}

// theirNow is the present by PRTG's clock, ours where it shows none.
func (s *Source) theirNow() time.Time {
	now := s.now()
	if theirs, ours, ok := s.api.http.Clock(); ok {
		now = theirs.Add(now.Sub(ours))
	}
	return now.UTC()
}
