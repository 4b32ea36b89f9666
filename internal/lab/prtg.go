package lab

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// PRTGOptions says what the fake PRTG is like. Credentials that are empty are not accepted.
type PRTGOptions struct {
	APIToken                     string
	Username, Passhash, Password string
	// Interval is the scanning interval of its sensors; 0 means 60 s. PRTG states it in whole seconds, so a shorter one
	// is stated as 1 s.
	Interval time.Duration
	// PageRows caps the rows of one answer, whatever was asked for; 0 means no cap but PRTG's own.
	PageRows int
	// German makes every text German.
	German bool
	// Independent sensors go down with their device. Otherwise they are paused by dependency on its ping, which is how
	// a careful owner sets PRTG up.
	Independent bool
	// WarnFirst shows the first scan that fails as a warning, and only the next one as down.
	WarnFirst bool
	// Version is "25.1.100.1000" where empty. Before 14 there is no status.json, and before 20 the sensors of a probe
	// that is gone say so.
	Version string
	// Lost reports whether a scan of a device's sensors gets lost: they stay as the one before left them. Nil loses none.
	Lost func(name string, at time.Time) bool
	// PoliteErrors sends errors with 200 and as JSON to calls that end in .json, though they are XML.
	PoliteErrors bool
}

// PRTG is a fake PRTG core: its API v1 over the world's devices that have a PRTGEntry. It is an http.Handler and safe
// for concurrent use.
type PRTG struct {
	fails

	world *World
	opt   PRTGOptions
	mux   http.Handler

	// Guarded by the world's mutex.
	entries   []*prtgEntry
	lastLook  time.Time
	lost      bool            // its host reaches nothing
	stopped   map[string]bool // probes that are not connected
	treesize  int             // added to every stated total
	messages  []prtgMessage
	oddTypes  bool
	flaw      XMLFlaw
	unwell    bool
	startedAt time.Time
}

// prtgEntry is a device with what PRTG remembers of its sensors.
type prtgEntry struct {
	device  *Device
	given   typed // what was typed for it
	sensors []*prtgSensor
	paused  bool
	hidden  bool // from the account that asks
}

type prtgSensor struct {
	Sensor
	status   int
	message  string
	since    time.Time // when status began
	scanned  time.Time // lastcheck
	failing  time.Time // the first of the scans that fail now
	lastUp   time.Time
	lastDown time.Time
	uptime   time.Duration

	// What people did to it, which covers what it measures.
	paused, hidden bool
	ack            string
	show           bool
	shown          int
	shownMessage   string
}

// NewPRTG returns a fake PRTG that has watched w for a while.
func NewPRTG(w *World, opt PRTGOptions) *PRTG {
	if opt.Interval <= 0 {
		opt.Interval = time.Minute
	}
	if opt.Version == "" {
		opt.Version = prtgVersion
	}
	p := &PRTG{world: w, opt: opt, stopped: map[string]bool{}}
	p.clock = w.clock
	p.pages = faultPages{
		server: "PRTG", errorType: "text/html", unauthorized: "<HTML><BODY><B>Unauthorized</B></BODY></HTML>",
		forbidden: "<HTML><BODY><B>Forbidden</B></BODY></HTML>", serverErr: "<HTML><BODY><B>Internal Server Error</B></BODY></HTML>",
		unknownRoute: "<HTML><BODY><B>404 Not Found</B></BODY></HTML>",
		loginPath:    "/public/login.htm?loginurl=%2Fapi%2Ftable.json&errormsg=",
		login: "<!DOCTYPE html><html><head><title>Welcome</title></head><body><form action=\"/public/checklogin.htm\">" +
			"<input name=\"username\"><input type=\"password\" name=\"password\"></form></body></html>",
		endless: func(r *http.Request) endless {
			if strings.HasSuffix(r.URL.Path, ".xml") {
				return endlessTree()
			}
			return endlessJSON(`{"prtg-version":"`+prtgVersion+`","treesize":50000000,"`+r.URL.Query().Get("content")+`":[`,
				`{"objid":%[1]d,"parentid":%[1]d,"device":"huge-%[1]d","status_raw":5,"type_raw":"ping","interval_raw":60}`)
		},
	}
	for i := range w.devices {
		if d := &w.devices[i]; d.PRTG != nil {
			e := &prtgEntry{device: d, given: w.typed(d.PRTG.Host)}
			for _, s := range d.PRTG.Sensors {
				e.sensors = append(e.sensors, &prtgSensor{Sensor: s, status: prtgUp, message: "OK"})
			}
			p.entries = append(p.entries, e)
		}
	}
	p.mux = p.routes()
	w.attach(p)
	return p
}

// ServeHTTP answers one request.
func (p *PRTG) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.mux.ServeHTTP(w, r) }

// LoseNetwork cuts PRTG's host off from all devices, while its API can still be asked: every sensor goes down.
func (p *PRTG) LoseNetwork(lost bool) {
	p.world.inspect(func(time.Time) { p.lost = lost })
}

// DisconnectProbe takes a probe away: its sensors keep their old states.
func (p *PRTG) DisconnectProbe(probe string, disconnected bool) {
	p.world.inspect(func(now time.Time) {
		if p.stopped[probe] != disconnected {
			p.messages = append(p.messages, prtgMessage{at: now, probe: probe, status: prtgUp, code: 612 + number(disconnected)})
		}
		p.stopped[probe] = disconnected
	})
}

// Pause pauses a device by hand, or lets it go on.
func (p *PRTG) Pause(name string, paused bool) {
	p.world.inspect(func(time.Time) {
		for _, e := range p.entries {
			if e.device.Name == name {
				e.paused = paused
			}
		}
	})
}

// Hide takes a device away from what the account may see, or of it the sensors that are named; its counters count them
// all the same.
func (p *PRTG) Hide(name string, sensors ...string) {
	p.world.inspect(func(time.Time) {
		for _, e := range p.entries {
			if e.device.Name != name {
				continue
			}
			e.hidden = len(sensors) == 0
			for _, s := range e.sensors {
				s.hidden = slices.Contains(sensors, s.Name)
			}
		}
	})
}

// MisstateTotals adds n to the total that every table states.
func (p *PRTG) MisstateTotals(n int) {
	p.world.inspect(func(time.Time) { p.treesize = n })
}

// MixTypes makes every second row carry all its scalars as strings, and every third one some nulls.
func (p *PRTG) MixTypes(mix bool) {
	p.world.inspect(func(time.Time) { p.oddTypes = mix })
}

// look scans every sensor on the grid of its interval; see LibreNMS for why the first and the last scan are enough.
func (p *PRTG) look(now time.Time) {
	if p.startedAt.IsZero() {
		p.startedAt = now
	}
	for _, e := range p.entries {
		if e.paused || p.stopped[e.device.PRTG.Probe] {
			continue
		}
		pinged := !p.lost && p.world.answersAt(e.device, e.given.at)
		for _, s := range e.sensors {
			grid := p.opt.Interval * time.Duration(s.Factor)
			last := now.Truncate(grid)
			first := p.lastLook.Truncate(grid).Add(grid)
			if p.lastLook.IsZero() {
				first = last
			}
			// A scan that a lost device would have failed is not made at all where the ping has paused the sensor.
			if !last.Before(first) {
				if lost(p.opt.Lost, e.device.Name, last) {
					continue
				}
				p.scan(e, s, pinged, first, last)
			} else if !pinged && s.status != prtgDependency && p.dependent(s) && e.sensors[0].status == prtgDown {
				s.pauseByPing(p, now)
			}
		}
	}
	p.lastLook = now
}

// changed needs nothing: the next look sees it.
func (p *PRTG) changed() {}

// dependent reports whether the sensor is paused by its device's ping.
func (p *PRTG) dependent(s *prtgSensor) bool { return !p.opt.Independent && s.about() != sensorPing }

func (p *PRTG) scan(e *prtgEntry, s *prtgSensor, pinged bool, first, last time.Time) {
	status, message := prtgUp, "OK"
	part := p.world.truth[e.device.Name].Parts[s.Component]
	switch {
	case !pinged && p.dependent(s):
		s.pauseByPing(p, first)
		return // not scanned
	case !pinged:
		status, message = prtgDown, "Request timed out (ICMP error # 11010)"
	case s.about() == sensorAgent && p.world.truth[e.device.Name].AgentDead:
		status, message = prtgDown, "No response (check: firewalls, routing, SNMP settings of device) (SNMP error # -2003)"
	case s.Component != "" && part == device.StateWarning:
		status, message = prtgWarning, s.Name+": warning limit exceeded"
	case s.Component != "" && part == device.StateCritical:
		status, message = prtgDown, s.Name+": failed"
	}
	failed := status == prtgDown
	switch {
	case !failed:
		s.failing = time.Time{}
	case s.failing.IsZero():
		s.failing = first
	}
	if failed && p.opt.WarnFirst && !last.After(s.failing) {
		status = prtgWarning
	}
	if status != s.status {
		p.messages = append(p.messages, prtgMessage{at: first, entry: e, sensor: s, status: status})
	}
	if status != s.status || s.since.IsZero() {
		s.since = first
	}
	s.status, s.message, s.scanned = status, p.text(message), last
	if status == prtgDown {
		s.lastDown = last
	}
	if failed {
		return
	}
	s.ack = ""
	s.lastUp = last
	s.uptime = p.world.uptime(e.device.Name, last)
}

// pauseByPing pauses a sensor since its device does not answer its ping.
func (s *prtgSensor) pauseByPing(p *PRTG, at time.Time) {
	if s.status != prtgDependency {
		s.since = at
	}
	s.status, s.message = prtgDependency, p.text("Paused by dependency")
}
