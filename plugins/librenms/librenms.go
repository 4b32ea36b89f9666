package librenms

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
	"github.com/quorate/quorate/sdk/sourcehttp"
)

const (
	pluginVersion = "0.2.0"
	day           = 24 * time.Hour
)

// Source is one LibreNMS. The zero value is of no use; New makes one.
type Source struct {
	now func() time.Time
	// pushes alone may be used at any time, while a poll runs and while the source is configured.
	pushes pushes
	learnt
}

// learnt is what a source is told by its configuration and by its LibreNMS. It belongs to Configure, Poll and Check, of
// which one runs at a time.
type learnt struct {
	config Config
	api    client
	filter sourcehttp.Filter
	zone   zone
	// loneSince says since when, by LibreNMS' clock, a device fails the ping alone.
	loneSince map[string]time.Time
	release   string
	asked     time.Time // when release was asked for
	dropped   int       // rows without a device_id in the last poll, so that it is said once

	questions questions
	alerts    alerts
	faults    faults
	events    events
	sensors   sensors
	ports     ports
	addresses addresses
	links     links
	plates    map[string]nameplate
	polledAt  uint64 // stands for the addresses of all devices in the last poll
}

var (
	_ sdk.Source   = (*Source)(nil)
	_ sdk.Clocked  = (*Source)(nil)
	_ sdk.Receiver = (*Source)(nil)
	_ sdk.Checker  = (*Source)(nil)
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
	}, sourcehttp.Options{Now: s.now, Repeat: known})
	if err != nil {
		return err
	}
	s.pushes.forget()
	s.learnt = learnt{
		config: c, api: client{http}, filter: filter,
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

var errNotConfigured = errors.New("not configured")
