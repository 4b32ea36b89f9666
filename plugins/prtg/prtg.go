package prtg

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
	"github.com/quorate/quorate/sdk/sourcehttp"
)

const (
	pluginVersion = "0.1.0"
	connected     = 2 // condition_raw of a probe
)

// Source is one PRTG core server. The zero value is of no use; New makes one.
type Source struct {
	now  func() time.Time
	page int

	config Config
	api    client
	filter sourcehttp.Filter
	// refusal is the log-in that PRTG refused. While it is set nothing is asked.
	refusal error
	// Said once each time it changes: probes that are gone, devices whose sensors are not all visible.
	lostProbes, hidden int
	probesSecret       bool
}

var (
	_ sdk.Source  = (*Source)(nil)
	_ sdk.Clocked = (*Source)(nil)
)

// New returns a source that waits for its configuration.
func New() *Source { return &Source{now: time.Now, page: pageSize} }

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
	*s = Source{now: s.now, page: s.page, config: c, filter: filter, api: client{http: http, username: c.Username, page: s.page}}
	return nil
}

// Clock returns PRTG's clock as its last answer gave it.
func (s *Source) Clock() (theirs, ours time.Time, ok bool) {
	if s.api.http == nil {
		return time.Time{}, time.Time{}, false
	}
	return s.api.http.Clock()
}

// Poll emits what PRTG's sensors say of each device. Nothing is emitted before all tables were read completely.
func (s *Source) Poll(ctx context.Context, emit func(device.Observation) error) error {
	switch {
	case s.api.http == nil:
		return errors.New("not configured")
	case s.refusal != nil:
		return s.refusal
	}
	defer s.api.http.Close()
	observations, err := s.look(ctx)
	if err != nil {
		return err
	}
	for _, o := range observations {
		if err := emit(o); err != nil {
			return err
		}
	}
	return nil
}

func (s *Source) look(ctx context.Context) ([]device.Observation, error) {
	lost, err := s.lost(ctx)
	if err != nil {
		return nil, s.failed("list probes", err)
	}
	devices, err := s.api.devices(ctx, string(s.config.RootID))
	if err != nil {
		return nil, s.failed("list devices", err)
	}
	if len(devices) == 0 {
		if s.config.RootID != "" {
			return nil, fmt.Errorf(`list devices: PRTG shows no device below object %s: check "root_id", and the account's read access`, s.config.RootID)
		}
		return nil, errors.New("list devices: PRTG shows no device at all: give the account read access to the devices")
	}
	rows, err := s.api.sensors(ctx, string(s.config.RootID))
	if err != nil {
		return nil, s.failed("list sensors", err)
	}
	now := s.theirNow()
	sensors := map[string][]sensor{}
	for _, row := range rows {
		id := row.Device.String()
		sensors[id] = append(sensors[id], newSensor(row, now))
	}
	for _, own := range sensors {
		// The order of a table may change from poll to poll; what is said must not.
		slices.SortStableFunc(own, func(a, b sensor) int { return cmp.Compare(a.id, b.id) })
	}
	labels := map[string]int{}
	for _, d := range devices {
		labels[hostOf(d.Host.String())]++
	}
	lonely := func(label string) bool { return labels[label] == 1 }

	var observations []device.Observation
	hidden := 0
	for _, d := range devices {
		if !s.filter.Passes(d.ID.String(), d.Name.String(), d.Host.String(), hostOf(d.Host.String()), d.Group.String(), d.Probe.String()) {
			continue
		}
		own := sensors[d.ID.String()]
		if total, ok := d.Total.Int(); ok && total != int64(len(own)) {
			hidden++
		}
		observations = append(observations, observe(d, own, lost[d.Probe.String()], lonely))
	}
	if hidden != s.hidden {
		slog.Warn("devices have other numbers of sensors than PRTG lets this account see", "devices", hidden)
		s.hidden = hidden
	}
	if len(observations) == 0 {
		return nil, fmt.Errorf(`none of PRTG's %d devices is left: check "include" and "exclude"`, len(devices))
	}
	return observations, nil
}

// observe is all that PRTG says of one device. The observation is as new as the newest check of any of its sensors;
// claims that rest on older ones say so.
func observe(d deviceRow, sensors []sensor, probeLost bool, lonely func(string) bool) device.Observation {
	o := device.Observation{Identity: identity(d, lonely)}
	if probeLost {
		// Its sensors keep their last state; a dead probe must not vote for a whole site.
		o.Abstain = device.AbstainProbeDisconnected
		return o
	}
	if o.Claims = claims(sensors); len(o.Claims) == 0 {
		o.Claims, o.Abstain = nil, reasonToAbstain(d, sensors)
		return o
	}
	for _, s := range sensors {
		o.ObservedAt = later(o.ObservedAt, s.checked)
	}
	o.Readings = readings(sensors)
	return o
}

// lost returns the names of the probes that are disconnected. Two probes of one name are lost together or not at all.
func (s *Source) lost(ctx context.Context) (map[string]bool, error) {
	probes, err := s.api.probes(ctx)
	if forbidden(err) {
		// Not every account may see the probes. The states of a dead one still grow old by themselves.
		if !s.probesSecret {
			slog.Warn("the account may not list probes; devices behind a disconnected one are noticed late", "err", advise(err).Error())
		}
		s.probesSecret = true
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s.probesSecret = false
	alive, lost := map[string]bool{}, map[string]bool{}
	for _, p := range probes {
		name := p.Name.String()
		condition, known := p.Condition.Int()
		if !known || condition == connected {
			alive[name] = true
			delete(lost, name)
		} else if !alive[name] {
			lost[name] = true
		}
	}
	if len(lost) != s.lostProbes {
		slog.Warn("probes are disconnected; nothing is said of the devices behind them", "probes", len(lost))
		s.lostProbes = len(lost)
	}
	return lost, nil
}

// theirNow is the present by PRTG's clock, ours where it shows none.
func (s *Source) theirNow() time.Time {
	now := s.now()
	if theirs, ours, ok := s.api.http.Clock(); ok {
		now = theirs.Add(now.Sub(ours))
	}
	return now.UTC()
}

// failed says what went wrong, and remembers a refused log-in for good.
func (s *Source) failed(what string, err error) error {
	if !refused(err) {
		return fmt.Errorf("%s: %w", what, advise(err))
	}
	who, causes := s.config.login()
	//nolint:staticcheck // Four sentences for a person, each with its period.
	s.refusal = sdk.Permanent(fmt.Errorf("prtg: 401 Unauthorized from %s %s. Not retried: PRTG slows down all log-ins of an account after failed ones. "+
		"Polling is stopped until the configuration changes. Usual causes: %s.", s.api.http.Base(), who, causes))
	return s.refusal
}
