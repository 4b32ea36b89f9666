package lab

import (
	"net/http"
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
}

type librenmsTrouble struct {
	network bool // its host reaches nothing
	poller  bool // its poller is dead: everything stays as it was
}

// librenmsEntry is what LibreNMS remembers of one device.
type librenmsEntry struct {
	device *Device

	up          bool
	reason      string // status_reason
	lastPolled  time.Time
	lastPing    time.Time
	changedAt   time.Time
	outages     []outage // newest last
	maintenance bool
	disabled    bool
	ignored     bool
	missing     bool
	snmpOff     bool
	uptime      time.Duration
	parts       map[string]device.State // of its last poll that was answered
}

type outage struct{ down, up time.Time }

type librenmsEvent struct {
	id      int
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
		loginPath: "/login",
		login: "<!DOCTYPE html>\n<html><head><title>LibreNMS</title></head><body><form action=\"/login\" method=\"post\">" +
			"<input name=\"username\"><input type=\"password\" name=\"password\"></form></body></html>\n",
	}
	for i := range w.devices {
		if d := &w.devices[i]; d.LibreNMS != nil {
			l.entries = append(l.entries, &librenmsEntry{device: d, up: true})
		}
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
}

// Mark sets the switches of a device; it does nothing for one that LibreNMS does not know.
func (l *LibreNMS) Mark(name string, m Mark) {
	l.world.inspect(func(time.Time) {
		for _, e := range l.entries {
			if e.device.Name == name {
				e.maintenance, e.disabled, e.ignored, e.snmpOff, e.missing = m.Maintenance, m.Disabled, m.Ignored, m.SNMPDisabled, m.Missing
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
		if !e.disabled {
			l.poll(e, first, last)
		}
	}
}

// changed needs nothing: the next look sees it.
func (l *LibreNMS) changed() {}

func (l *LibreNMS) poll(e *librenmsEntry, first, last time.Time) {
	ping := !l.blindFrom.network && l.world.reachable(e.device.Name)
	snmp := !l.blindFrom.network && l.world.answersSNMP(e.device.Name)
	reason := ""
	switch {
	case !ping && l.opt.Version < "26.7":
		reason = "icmp"
	case !ping && e.snmpOff:
		reason = "icmp"
	case !ping:
		reason = librenmsNewReason
	case !snmp && !e.snmpOff:
		reason = "snmp"
	}
	up := reason == ""
	if up != e.up {
		e.up, e.changedAt = up, first
		l.transition(e, reason, first)
	}
	e.reason = reason
	e.lastPing = last
	if up {
		// The rule that surprises everybody: last_polled stands still for as long as the device is down.
		e.lastPolled = last
		e.uptime = l.world.uptime(e.device.Name, last)
		e.parts = l.world.truth[e.device.Name].Parts
	}
}

func (l *LibreNMS) transition(e *librenmsEntry, reason string, at time.Time) {
	kind, message := "up", "Device status changed to Up from "+orElse(e.reason, "icmp")+" check."
	if reason != "" {
		kind, message = "down", "Device status changed to Down from "+reason+" check."
		e.outages = append(e.outages, outage{down: at})
	} else if n := len(e.outages); n > 0 {
		e.outages[n-1].up = at
	}
	l.events = append(l.events, librenmsEvent{id: 9001 + len(l.events), entry: e, at: at, kind: kind, message: message})
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
