package lab

import (
	"net/http"
	"net/netip"
	"path"
	"time"

	"github.com/quorate/quorate/device"
)

// LibreNMSOptions says what the fake LibreNMS is like.
type LibreNMSOptions struct {
	// Token is what X-Auth-Token must be.
	Token string
	// Step is how often it polls its devices; 0 means 300 s. Its times have whole seconds, so less than a second is
	// taken as one.
	Step time.Duration
	// Zone is the zone of its database, in which lists write naive times; nil means UTC+1.
	Zone *time.Location
	// Version is "26.7.0" where empty. Before 26.7 a dead device is down by "icmp" alone, since SNMP is tried only
	// after a ping.
	Version string
	// OldTypes makes numbers strings, as PHP before 8.1 did.
	OldTypes bool
	// NonAdmin is a token whose user is no administrator: a device that does not exist is then one that it may not see.
	NonAdmin bool
	// Lost reports whether a poll of a device gets lost: everything stays as the one before left it. Nil loses none.
	Lost func(name string, at time.Time) bool
	// ShuffledLogs numbers the rows of logs in another order than that of their times.
	ShuffledLogs bool
}

// LibreNMS is a fake LibreNMS: its API v0 over the world's devices that have a LibreNMSEntry. It is an http.Handler
// and safe for concurrent use.
type LibreNMS struct {
	fails

	world *World
	opt   LibreNMSOptions
	mux   http.Handler

	// Guarded by the world's mutex.
	entries   []*librenmsEntry
	tick      time.Time // of the last look
	startedAt time.Time
	blindFrom librenmsTrouble
	events    []librenmsEvent
	changes   []alertChange
	alerted   int            // alerts made so far
	forbidden []string       // parts of paths
	placeIDs  map[string]int // of locations
}

type librenmsTrouble struct {
	network bool // its host reaches nothing
	poller  bool // its poller is dead: everything stays as it was
}

// librenmsEntry is what LibreNMS remembers of one device.
type librenmsEntry struct {
	device *Device
	given  typed // what was typed for it
	step   time.Duration

	up         bool
	reason     string // status_reason
	lastPolled time.Time
	lastPing   time.Time
	changedAt  time.Time
	outages    []outage // newest last
	mark       Mark
	alerts     []*librenmsAlert
	uptime     time.Duration
	address    netip.Addr              // its own, as of that poll too
	parts      []part                  // one for each sensor
	broken     map[string]device.State // of its last poll that was answered
}

type outage struct{ down, up time.Time }

type librenmsEvent struct {
	entry   *librenmsEntry
	at      time.Time
	kind    string
	message string
}

const librenmsNewReason = "icmp,snmp"

// NewLibreNMS returns a fake LibreNMS that has watched w for a while.
func NewLibreNMS(w *World, opt LibreNMSOptions) *LibreNMS {
	if opt.Step <= 0 {
		opt.Step = 300 * time.Second
	}
	opt.Step = max(opt.Step.Truncate(time.Second), time.Second)
	if opt.Zone == nil {
		opt.Zone = time.FixedZone("UTC+1", 3600)
	}
	if opt.Version == "" {
		opt.Version = "26.7.0"
	}
	l := &LibreNMS{world: w, opt: opt}
	l.clock = w.clock
	l.pages = faultPages{
		server: "nginx", errorType: "application/json", unauthorized: `{"message":"Unauthenticated."}`,
		forbidden: `{"message":"This action is unauthorized."}`, serverErr: `{"message":"Server Error"}`,
		unknownRoute: `{"status":"error","message":"This API route doesn't exist."}`, loginPath: "/login",
		login: "<!DOCTYPE html>\n<html><head><title>LibreNMS</title></head><body><form action=\"/login\" method=\"post\">" +
			"<input name=\"username\"><input type=\"password\" name=\"password\"></form></body></html>\n",
		endless: func(r *http.Request) endless {
			return endlessJSON(`{"status":"ok","`+path.Base(r.URL.Path)+`":[`,
				`{"device_id":%[1]d,"sensor_id":%[1]d,"hostname":"huge-%[1]d.example.net","status":0,"sensor_class":"fan"}`)
		},
	}
	for i := range w.devices {
		if d := &w.devices[i]; d.LibreNMS != nil {
			e := &librenmsEntry{device: d, given: w.typed(d.LibreNMS.Hostname), step: opt.Step, up: true, parts: d.LibreNMS.parts}
			if e.parts == nil {
				e.parts = partsOf(d.Kind)
			}
			l.entries = append(l.entries, e)
		}
	}
	l.placeIDs = map[string]int{}
	for i, at := range l.places() {
		l.placeIDs[at] = i + 1
	}
	l.mux = l.routes()
	w.attach(l)
	return l
}

// ServeHTTP answers one request.
func (l *LibreNMS) ServeHTTP(w http.ResponseWriter, r *http.Request) { l.mux.ServeHTTP(w, r) }

// LoseNetwork cuts LibreNMS' host off from all devices, while its API can still be asked: it finds every one of them
// dead at its next poll.
func (l *LibreNMS) LoseNetwork(lost bool) {
	l.world.inspect(func(time.Time) { l.blindFrom.network = lost })
}

// StopPoller kills its poller: the API answers on, and every status and time stays as it is.
func (l *LibreNMS) StopPoller(stopped bool) {
	l.world.inspect(func(time.Time) { l.blindFrom.poller = stopped })
}

// Mark are the switches of one device in LibreNMS.
type Mark struct {
	Maintenance, Disabled, Ignored, SNMPDisabled bool
	// Missing leaves the device out of every answer, as a broken query does.
	Missing bool
	// Guest is a virtual machine whose host LibreNMS knows: the call for this one device then fails.
	Guest bool
	// New is a device that was added and not polled yet.
	New bool
	// PingOff leaves the ping out: last_ping stands still. PingFiltered has it fail, whatever the device does.
	PingOff, PingFiltered bool
	// Flapping is the fault of LibreNMS' summer of 2026: every second poll finds SNMP failing.
	Flapping bool
}

// Mark sets the switches of a device; it does nothing for one that LibreNMS does not know.
func (l *LibreNMS) Mark(name string, m Mark) {
	l.world.inspect(func(time.Time) {
		for _, e := range l.entries {
			if e.device.Name == name {
				e.mark = m
				if m.New {
					e.up, e.reason, e.lastPolled, e.lastPing, e.uptime = false, "", time.Time{}, time.Time{}, 0
				}
			}
		}
	})
}

// look polls every device on the grid of the step. Since everyone who changes the world calls it first, the truth was
// the same at all ticks that it covers, and only the first (a change) and the last (the times) matter.
func (l *LibreNMS) look(now time.Time) {
	last := now.Truncate(l.opt.Step)
	if !last.After(l.tick) {
		return
	}
	first := l.tick.Add(l.opt.Step)
	if l.tick.IsZero() {
		first, l.startedAt = last, now
	}
	l.tick = last
	if l.blindFrom.poller {
		return
	}
	for _, e := range l.entries {
		if !e.mark.Disabled && !e.mark.New && !lost(l.opt.Lost, e.device.Name, last) {
			l.poll(e, first, last)
		}
	}
}

func lost(measurement func(string, time.Time) bool, name string, at time.Time) bool {
	return measurement != nil && measurement(name, at)
}

// changed needs nothing: the next look sees it.
func (l *LibreNMS) changed() {}

func (l *LibreNMS) poll(e *librenmsEntry, first, last time.Time) {
	reason := l.failing(e, last)
	up := reason == ""
	if up != e.up {
		e.up, e.changedAt = up, first
		l.transition(e, reason, first)
	}
	e.reason = reason
	if !e.mark.PingOff {
		e.lastPing = last
	}
	if up {
		// The rule that surprises everybody: last_polled stands still for as long as the device is down.
		e.lastPolled = last
		e.uptime = l.world.uptime(e.device.Name, last)
		e.broken = l.world.truth[e.device.Name].Parts
		e.address = e.device.Address
	}
	l.judge(e, first)
}

// failing names the checks that fail, as status_reason does. Before 26.7 SNMP is tried only after a ping.
func (l *LibreNMS) failing(e *librenmsEntry, at time.Time) string {
	reached := !l.blindFrom.network && l.world.answersAt(e.device, e.given.at)
	pingFails := !e.mark.PingOff && (!reached || e.mark.PingFiltered)
	snmpFails := !e.mark.SNMPDisabled && (!reached || !l.world.answersSNMP(e.device.Name))
	if e.mark.Flapping && at.Unix()/int64(l.opt.Step.Seconds())%2 == 1 {
		snmpFails = true
	}
	switch {
	case pingFails && snmpFails && !l.before("26.7"):
		return librenmsNewReason
	case pingFails:
		return "icmp"
	case snmpFails:
		return "snmp"
	}
	return ""
}

func (l *LibreNMS) transition(e *librenmsEntry, reason string, at time.Time) {
	kind, message := "up", "Device status changed to Up from "+orElse(e.reason, "icmp")+" check."
	if reason != "" {
		kind, message = "down", "Device status changed to Down from "+reason+" check."
		e.outages = append(e.outages, outage{down: at})
	} else if n := len(e.outages); n > 0 {
		e.outages[n-1].up = at
	}
	l.events = append(l.events, librenmsEvent{entry: e, at: at, kind: kind, message: message})
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
