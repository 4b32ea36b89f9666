package posts

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab"
)

// story is the demo's story at the pace of a real home: the lab of internal/lab over six days of March, with monitors
// that look every few minutes. LibreNMS calls everything dead, PRTG goes blind, the switch really dies.
type story struct {
	world *lab.World
	now   time.Time
	beats []beat
	// liar says that LibreNMS' host has no network, blind that PRTG answers nothing; wrong is a device that PRTG alone
	// calls down.
	liar, blind bool
	wrong       string
	queue       []device.Snapshot
	polls       map[string]uint64
}

// beat is something that happens at an instant.
type beat struct {
	at time.Time
	do func(s *story) error
}

// The names of the sources, and how often each is asked.
const (
	libreNMS, prtg, snmp = "librenms", "prtg", "snmp"
	often                = 2 * time.Minute
	seldom               = 5 * time.Minute
)

func day(d, hour, minute int) time.Time { return time.Date(2026, 3, d, hour, minute, 0, 0, time.UTC) }

// storyBegin is when the agent is started for the first time.
var storyBegin = day(6, 18, 0)

func newStory(t testing.TB) *story {
	t.Helper()
	s := &story{now: storyBegin, polls: map[string]uint64{}}
	var err error
	if s.world, err = lab.NewWorld(lab.Home(), func() time.Time { return s.now }); err != nil {
		t.Fatal(err)
	}
	kill := func(name string) func(*story) error { return func(s *story) error { return s.world.Kill(name) } }
	revive := func(name string) func(*story) error { return func(s *story) error { return s.world.Revive(name) } }
	set := func(f func(*story)) func(*story) error { return func(s *story) error { f(s); return nil } }
	s.beats = []beat{
		// A quiet first weekend: an access point starts again after an update, a camera loses its power supply.
		{day(7, 6, 39), kill("ap-1")}, {day(7, 6, 51), revive("ap-1")},
		{day(7, 15, 9), kill("camera-6")}, {day(7, 16, 21), revive("camera-6")},
		{day(8, 11, 21), kill("tv-2")}, {day(8, 11, 43), revive("tv-2")},
		{day(8, 12, 19), kill("vacuum")}, {day(8, 13, 5), revive("vacuum")}, // it got stuck under the sofa
		// LibreNMS' host loses its network for half an hour, and at night PRTG's core is updated.
		{day(9, 21, 39), set(func(s *story) { s.liar = true })}, {day(9, 22, 11), set(func(s *story) { s.liar = false })},
		{day(10, 3, 1), set(func(s *story) { s.blind = true })}, {day(10, 3, 43), set(func(s *story) { s.blind = false })},
		{day(10, 19, 11), kill("console")}, {day(10, 19, 41), revive("console")},
		// An evening in which the printer is moved to another room.
		{day(10, 20, 39), kill("printer")}, {day(10, 21, 1), revive("printer")},
		// A sensor of PRTG cannot reach one NAS, and everybody else can.
		{day(11, 14, 1), set(func(s *story) { s.wrong = "nas-2" })}, {day(11, 14, 25), set(func(s *story) { s.wrong = "" })},
		// The switch dies at night, with fourteen devices behind it.
		{day(12, 2, 13), kill("core-switch")}, {day(12, 7, 5), revive("core-switch")},
		// The next evening an access point gets the update that it had missed in that night.
		{day(12, 20, 29), kill("ap-1")}, {day(12, 20, 36), revive("ap-1")},
	}
	return s
}

// until gives the polls up to an instant, in the order of time.
func (s *story) until(end time.Time) func() (device.Snapshot, error) {
	return func() (device.Snapshot, error) {
		for len(s.queue) == 0 {
			if s.now.After(end) {
				return device.Snapshot{}, io.EOF
			}
			for len(s.beats) > 0 && !s.beats[0].at.After(s.now) {
				if err := s.beats[0].do(s); err != nil {
					return device.Snapshot{}, err
				}
				s.beats = s.beats[1:]
			}
			s.ask()
			s.now = s.now.Add(time.Minute)
		}
		next := s.queue[0]
		s.queue = s.queue[1:]
		return next, nil
	}
}

// ask asks every source whose turn it is.
func (s *story) ask() {
	since := s.now.Sub(storyBegin)
	poll := func(name string, err string, observe func(lab.Device) (device.Observation, bool)) {
		s.polls[name]++
		took := time.Duration(len(name)*150+int(s.polls[name]*37%400)) * time.Millisecond
		out := device.Snapshot{At: s.now, Source: name, SourceClock: s.now, Err: err, Started: s.now.Add(-took), Poll: s.polls[name]}
		for _, d := range s.world.Devices() {
			if o, ok := observe(d); ok && err == "" {
				out.Observations = append(out.Observations, o)
			}
		}
		s.queue = append(s.queue, out)
	}
	if since%seldom == 0 {
		poll(libreNMS, "", s.librenms)
	}
	if since%often == 0 {
		failure := ""
		if s.blind {
			failure = "list devices: GET /api/table.json: 503 Service Unavailable"
		}
		poll(prtg, failure, s.prtg)
	} else {
		poll(snmp, "", s.snmp)
	}
}

func reach(up bool, every time.Duration) device.Claim {
	c := device.Claim{Facet: device.FacetReach, State: device.StateUp, Interval: device.Duration(every)}
	if !up {
		c.State = device.StateDown
	}
	return c
}

func (s *story) librenms(d lab.Device) (device.Observation, bool) {
	e := d.LibreNMS
	if e == nil {
		return device.Observation{}, false
	}
	o := device.Observation{Identity: device.Identity{
		Ref: fmt.Sprint(e.ID), Name: e.Hostname, Addresses: []string{d.Address.String()}, Vendor: d.Vendor, Model: d.Model, OS: e.OS,
		Version: d.Version, Serial: d.Serial, Location: d.Location, Type: e.Type,
	}}
	if strings.HasSuffix(e.Hostname, ".example.net") {
		o.Hostnames = []string{e.Hostname}
	}
	o.Claims = []device.Claim{reach(s.world.Reachable(d.Name) && !s.liar, seldom)}
	return o, true
}

func (s *story) prtg(d lab.Device) (device.Observation, bool) {
	o := device.Observation{Identity: device.Identity{Ref: fmt.Sprint(d.PRTG.ID), Name: d.PRTG.Name}}
	switch host := d.PRTG.Host; {
	case strings.HasSuffix(host, ".example.net"):
		o.Hostnames = []string{host}
	case host == "127.0.0.1": // asked by a script on PRTG's own host
		o.Addresses = []string{host}
	default:
		o.Addresses = []string{d.Address.String()}
	}
	o.Claims = []device.Claim{reach(s.world.Reachable(d.Name) && s.wrong != d.Name, often)}
	return o, true
}

func (s *story) snmp(d lab.Device) (device.Observation, bool) {
	o := device.Observation{Identity: device.Identity{
		Ref: d.Name, Name: d.Name, Addresses: []string{d.Address.String()}, MACs: []string{d.MAC}, Serial: d.Serial, Vendor: d.Vendor, Model: d.Model,
	}}
	up := s.world.Reachable(d.Name)
	c := reach(up, often)
	if up {
		o.Claims = []device.Claim{c, {Facet: device.FacetMgmt, State: device.StateUp, Interval: device.Duration(often)}}
	} else {
		half := 0.5 // silence may also be a filter
		c.Confidence = &half
		o.Claims = []device.Claim{c}
	}
	return o, d.SNMP
}
