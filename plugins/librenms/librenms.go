package librenms

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
	"github.com/quorate/quorate/sdk/sourcehttp"
)

const (
	pluginVersion = "0.1.0"
	// maxQuestions bounds the calls about maintenance in one poll. More devices than that do not fall in a planned way.
	maxQuestions = 32
	day          = 24 * time.Hour
)

// Source is one LibreNMS. The zero value is of no use; New makes one.
type Source struct {
	now func() time.Time

	config Config
	api    client
	filter sourcehttp.Filter
	zone   zone
	// loneSince says since when, by LibreNMS' clock, a device fails the ping alone.
	loneSince map[string]time.Time
	release   string
	asked     time.Time // when release was asked for
	// noMaintenance is when the server last said that it cannot be asked about maintenance.
	noMaintenance time.Time
	health        health
	dropped       int // rows without a device_id in the last poll, so that it is said once
}

var (
	_ sdk.Source  = (*Source)(nil)
	_ sdk.Clocked = (*Source)(nil)
)

// New returns a source that waits for its configuration.
func New() *Source { return &Source{now: time.Now} }

// Info describes the plugin.
func (s *Source) Info() sdk.Info {
	return sdk.Info{Type: "librenms", Version: pluginVersion, Config: schema()}
}

// Configure takes a Config as JSON. Nothing that an earlier configuration learnt stays.
func (s *Source) Configure(_ context.Context, config []byte) error {
	var c Config
	if err := sourcehttp.DecodeConfig(config, &c); err != nil {
		return err
	}
	if err := c.check(); err != nil {
		return err
	}
	loc, err := c.location()
	if err != nil {
		return err
	}
	filter, err := sourcehttp.NewFilter(c.Include, c.Exclude)
	if err != nil {
		return err
	}
	http, err := sourcehttp.New(sourcehttp.Config{
		// Who copies the address of the API itself means the same.
		URL:    strings.TrimSuffix(strings.TrimRight(c.URL, "/"), "/api/v0"),
		CAFile: c.CAFile, PinSHA256: c.PinSHA256,
		Header: map[string]device.Secret{"X-Auth-Token": c.Token},
	}, sourcehttp.Options{Now: s.now})
	if err != nil {
		return err
	}
	*s = Source{
		now: s.now, config: c, api: client{http}, filter: filter,
		zone: zone{loc: loc, known: loc != nil}, loneSince: map[string]time.Time{},
	}
	return nil
}

// Clock returns LibreNMS' clock as its last answer gave it.
func (s *Source) Clock() (theirs, ours time.Time, ok bool) {
	if s.api.http == nil {
		return time.Time{}, time.Time{}, false
	}
	return s.api.http.Clock()
}

// Poll emits what LibreNMS says of each device. Nothing is emitted before all of it was read and believed.
func (s *Source) Poll(ctx context.Context, emit func(device.Observation) error) error {
	if s.api.http == nil {
		return errors.New("not configured")
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
	rows, dropped, err := s.api.devices(ctx)
	if err != nil {
		return nil, fmt.Errorf("list devices: %w", advise(err))
	}
	if dropped != s.dropped {
		slog.Warn("rows of the device list are no devices and were left out", "rows", dropped)
		s.dropped = dropped
	}
	if len(rows) == 0 {
		// LibreNMS also answers so when its database fails, or when the user may not see any device.
		return nil, errors.New("list devices: LibreNMS answers without an error and with no device at all: its database may be failing (run validate.php), or the token's user may see nothing (give it global-read)")
	}
	r := round{now: s.theirNow(), step: time.Duration(s.config.Step)}
	devices, err := s.date(ctx, rows, &r)
	if err != nil {
		return nil, err
	}
	s.watchLone(devices, r.now)
	r.answersSNMP = func(d seen) bool {
		since, ok := s.loneSince[d.id]
		return ok && r.now.Sub(since) > r.step+time.Minute && s.triesBoth(ctx)
	}
	if devices, err = s.choose(ctx, devices); err != nil {
		return nil, err
	}
	observations := make([]device.Observation, 0, len(devices))
	for _, d := range devices {
		o := device.Observation{Identity: identity(d.row)}
		o.Claims, o.Abstain = r.says(d)
		observations = append(observations, o)
	}
	if err := s.askMaintenance(ctx, observations); err != nil {
		return nil, err
	}
	s.health.refresh(ctx, s.api, s.now(), r, devices)
	for i, d := range devices {
		o := &observations[i]
		if r.managed(d) && o.Abstain == "" {
			s.health.add(o, d.id)
			o.Readings = append(readings(d.row), o.Readings...)
		}
		for _, c := range o.Claims {
			if c.Facet != device.FacetHealth {
				o.ObservedAt = later(o.ObservedAt, c.ObservedAt)
			}
		}
	}
	return observations, nil
}

// theirNow is the present by LibreNMS' clock, ours where it shows none.
func (s *Source) theirNow() time.Time {
	now := s.now()
	if theirs, ours, ok := s.api.http.Clock(); ok {
		now = theirs.Add(now.Sub(ours))
	}
	return now.UTC()
}

// date gives the devices their times and finds the heartbeat. A server whose newest measurement is old has a dead
// poller: all it says is frozen, and the poll fails.
func (s *Source) date(ctx context.Context, rows []deviceRow, r *round) ([]seen, error) {
	if !s.zone.known || s.zone.loc == nil && r.now.Sub(s.zone.learned).Abs() > relearn {
		if err := s.learn(ctx, rows, r.now); err != nil {
			return nil, err
		}
	}
	devices := dated(rows, s.zone, r)
	if alive(r) != nil && s.zone.loc == nil && !s.zone.learned.Equal(r.now) {
		// Summer time may just have begun or ended.
		if err := s.learn(ctx, rows, r.now); err != nil {
			return nil, err
		}
		devices = dated(rows, s.zone, r)
	}
	return devices, alive(r)
}

func (s *Source) learn(ctx context.Context, rows []deviceRow, now time.Time) error {
	if !slices.ContainsFunc(rows, func(d deviceRow) bool { return isNaive(d.LastPolled.String()) || isNaive(d.LastPing.String()) }) {
		return nil // There is nothing to date.
	}
	z, err := learn(ctx, s.api, rows, now)
	switch {
	case err == nil:
		s.zone = z
	case ctx.Err() != nil || !s.zone.known:
		return fmt.Errorf("learn the time zone: %w", advise(err))
	}
	return nil
}

func dated(rows []deviceRow, z zone, r *round) []seen {
	have := make(map[string]bool, len(rows))
	devices := make([]seen, 0, len(rows))
	r.heartbeat = time.Time{}
	for _, row := range rows {
		d := seen{row: row, id: row.DeviceID.Name(), polled: z.parse(row.LastPolled.String(), r.now), ping: z.parse(row.LastPing.String(), r.now)}
		if have[d.id] {
			continue
		}
		have[d.id] = true
		if took, ok := row.PolledTook.Float(); ok && took > 0 && took < day.Seconds() {
			d.took = time.Duration(took * float64(time.Second))
		}
		if !d.disabled() {
			r.heartbeat = later(r.heartbeat, d.last())
		}
		devices = append(devices, d)
	}
	return devices
}

// alive returns why the heartbeat cannot be believed. No heartbeat at all is a server that is new.
func alive(r *round) error {
	age := r.now.Sub(r.heartbeat).Round(time.Second)
	switch {
	case r.heartbeat.IsZero():
		return nil
	case age > 3*r.step:
		return fmt.Errorf(`LibreNMS has measured nothing for %s (since %s): its poller is dead, or "step" (%s) or "timezone" is wrong`,
			age, r.heartbeat.Format(time.RFC3339), r.step)
	case age < -ahead:
		return fmt.Errorf(`LibreNMS' newest measurement (%s) lies %s ahead of its own clock: "timezone" is wrong`, r.heartbeat.Format(time.RFC3339), -age)
	}
	return nil
}

// choose keeps the devices that groups, include and exclude ask for.
func (s *Source) choose(ctx context.Context, devices []seen) ([]seen, error) {
	var members map[string]bool
	for _, name := range s.config.Groups {
		ids, err := s.api.group(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("read device group %q: %w", name, advise(err))
		}
		if members == nil {
			members = map[string]bool{}
		}
		for _, id := range ids {
			members[id] = true
		}
	}
	var chosen []seen
	for _, d := range devices {
		if (members == nil || members[d.id]) && s.filter.Passes(names(d.row)...) {
			chosen = append(chosen, d)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf(`none of LibreNMS' %d devices is left: check "groups", "include" and "exclude"`, len(devices))
	}
	return chosen, nil
}

// askMaintenance replaces the claims of devices that would be called down and are under maintenance.
func (s *Source) askMaintenance(ctx context.Context, observations []device.Observation) error {
	if !s.noMaintenance.IsZero() && s.now().Sub(s.noMaintenance) < day {
		return nil
	}
	asked := 0
	for i := range observations {
		o := &observations[i]
		if !slices.ContainsFunc(o.Claims, func(c device.Claim) bool { return c.State == device.StateDown }) {
			continue
		}
		if asked++; asked > maxQuestions {
			return nil
		}
		under, err := s.api.maintenance(ctx, o.Ref)
		switch {
		case err == nil:
		case answered(err):
			// A server that is too old, or a user who may not ask: LibreNMS' measurement stands.
			slog.Info("maintenance cannot be asked for", "err", err.Error())
			s.noMaintenance = s.now()
			return nil
		default:
			return fmt.Errorf("ask for maintenance: %w", advise(err))
		}
		if under {
			o.Claims, o.Abstain = nil, device.AbstainMaintenance
		}
	}
	return nil
}

// answered reports whether the server is there and only refuses this one question.
func answered(err error) bool {
	var f *sourcehttp.Failure
	return !errors.As(err, &f) || f.Kind == sourcehttp.KindStatus && f.Code != 401
}

// watchLone remembers since when devices fail the ping alone.
func (s *Source) watchLone(devices []seen, now time.Time) {
	is := map[string]time.Time{}
	for _, d := range devices {
		if lone(d) {
			since, ok := s.loneSince[d.id]
			if !ok {
				since = now
			}
			is[d.id] = since
		}
	}
	s.loneSince = is
}

// triesBoth reports whether the server tries ping and SNMP in each poll, which 26.7 was the first to do. Where the
// release cannot be known it is taken for an older one.
func (s *Source) triesBoth(ctx context.Context) bool {
	if s.asked.IsZero() || s.now().Sub(s.asked) > day {
		v, err := s.api.version(ctx)
		if err != nil {
			v = ""
		}
		s.release, s.asked = v, s.now()
	}
	major, rest, _ := strings.Cut(s.release, ".")
	minor, _, _ := strings.Cut(rest, ".")
	year, err1 := strconv.Atoi(major)
	month, err2 := strconv.Atoi(minor)
	return err1 == nil && err2 == nil && (year > 26 || year == 26 && month >= 7)
}
