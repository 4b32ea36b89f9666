package prtg

import (
	"cmp"
	"fmt"
	"math"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk/sourcehttp"
)

// PRTG's status numbers, of sensors. A device has 3 and 7 alone.
const (
	statusUp           = 3
	statusWarning      = 4
	statusDown         = 5
	statusNoProbe      = 6
	statusPaused       = 7
	statusUnusual      = 10
	statusAcknowledged = 13
	statusPartial      = 14
)

// defaultInterval is what a sensor measures at where PRTG does not say.
const defaultInterval = time.Minute

// word is what a sensor's status says.
type word int

const (
	silent word = iota // paused, unknown, collecting, not checked yet, a number that is new
	yes
	no
	partly
)

// sensor is a sensor with its times dated.
type sensor struct {
	row      sensorRow
	id       int64 // 0 where it is no number
	name     string
	role     role
	kind     string
	status   int64
	checked  time.Time
	up       time.Time
	interval time.Duration
}

func newSensor(row sensorRow, now time.Time) sensor {
	s := sensor{
		row: row, name: row.Name.Name(), kind: strings.ToLower(row.Kind.String()), status: -1,
		checked: oleDate(row.LastCheck, now), up: oleDate(row.LastUp, now), interval: defaultInterval,
	}
	s.id, _ = row.ID.Int()
	if s.name == "" {
		s.name = "sensor " + row.ID.Name()
	}
	s.role = roleOf(s.kind, row.Tags.String())
	if v, ok := row.Status.Int(); ok {
		s.status = v
	}
	if v, ok := row.Interval.Float(); ok && v >= 1 && v <= 31*24*3600 {
		s.interval = time.Duration(v * float64(time.Second))
	}
	return s
}

// says is the sensor's word. Without a time of measurement it has none.
func (s sensor) says() word {
	if s.checked.IsZero() {
		return silent
	}
	switch s.status {
	case statusUp, statusWarning, statusUnusual:
		return yes
	case statusDown, statusAcknowledged:
		return no
	case statusPartial:
		return partly
	}
	return silent
}

// answers is the sensor's word on whether its device answers. PRTG may show the first failed check as a warning, so a
// warning with nothing good since proves no life.
func (s sensor) answers() word {
	if s.status == statusWarning && s.checked.After(s.up) {
		return silent
	}
	return s.says()
}

// oleDate reads days since 1899-12-30 in UTC. What is no date, before 2000 or ahead of now is never.
func oleDate(v sourcehttp.Scalar, now time.Time) time.Time {
	d, ok := v.Float()
	if !ok || d <= 0 || d > 200_000 {
		return time.Time{}
	}
	// Without rounding to milliseconds, full seconds become the last microsecond of the second before.
	t := time.UnixMilli(int64(math.Round((d - 25569) * 86400000))).UTC()
	if t.Year() < 2000 || t.After(now.Add(2*time.Minute)) {
		return time.Time{}
	}
	return t
}

// reasonToAbstain is why none of the sensors has a word: the device's own status tells pauses alone.
func reasonToAbstain(d deviceRow, sensors []sensor) device.Abstention {
	if own, _ := d.Status.Int(); own == statusPaused {
		return device.AbstainPaused
	}
	paused, noProbe, checked := 0, 0, 0
	for _, s := range sensors {
		switch s.status {
		case 7, 8, 9, 11, 12:
			paused++
		case statusNoProbe:
			noProbe++
		}
		if !s.checked.IsZero() {
			checked++
		}
	}
	switch {
	case len(sensors) > 0 && paused == len(sensors):
		return device.AbstainPaused
	case len(sensors) > 0 && noProbe == len(sensors):
		return device.AbstainProbeDisconnected
	case checked == 0:
		return device.AbstainNeverPolled
	}
	return device.AbstainUnknown
}

// claims derives a device's claims from its sensors; the table is in the README.
func claims(sensors []sensor) []device.Claim {
	var all []device.Claim
	reach, hasReach := reachOf(sensors)
	if hasReach {
		all = append(all, reach)
	}
	mgmt, hasMgmt := mgmtOf(sensors)
	if hasMgmt {
		all = append(all, mgmt)
	}
	return append(all, healthOf(sensors, hasReach && reach.State == device.StateDown, hasMgmt && mgmt.State == device.StateDown)...)
}

// reachOf asks the pings, and where no ping has a word every sensor that talks to the device. One such sensor that is
// down may be down for its own sake; several are half a witness.
func reachOf(sensors []sensor) (device.Claim, bool) {
	if c, ok := vote(device.FacetReach, pick(sensors, func(s sensor) bool { return s.role == rolePing })); ok {
		return c, true
	}
	others := pick(sensors, func(s sensor) bool { return s.role.talks() && s.role != rolePing })
	c, ok := vote(device.FacetReach, others)
	if !ok || c.State == device.StateUp {
		return c, ok
	}
	if c.State == device.StateDown && len(others) < 2 {
		return c, false
	}
	doubt := 0.5
	c.Confidence = &doubt
	return c, true
}

// mgmtOf asks the uptime sensor, and where it has no word all others that ask the agent. One of them that is down may
// be down for a broken limit or a port that is unplugged.
func mgmtOf(sensors []sensor) (device.Claim, bool) {
	if c, ok := vote(device.FacetMgmt, pick(sensors, func(s sensor) bool { return s.role == roleUptime })); ok {
		return c, true
	}
	agents := pick(sensors, func(s sensor) bool { return s.role == roleAgent })
	c, ok := vote(device.FacetMgmt, agents)
	return c, ok && (c.State != device.StateDown || len(agents) >= 2)
}

// pick returns the sensors of the kind that is asked for and that have a word.
func pick(sensors []sensor, is func(sensor) bool) []sensor {
	var picked []sensor
	for _, s := range sensors {
		if is(s) && s.answers() != silent {
			picked = append(picked, s)
		}
	}
	return picked
}

// vote is what sensors with a word say together: one answer is an answer; down is said by all.
func vote(facet device.Facet, sensors []sensor) (device.Claim, bool) {
	if len(sensors) == 0 {
		return device.Claim{}, false
	}
	side, state := no, device.StateDown
	for _, s := range sensors {
		switch s.answers() {
		case yes:
			side, state = yes, device.StateUp
		case partly:
			if side == no {
				side, state = partly, device.StateSplit
			}
		}
	}
	c := device.Claim{Facet: facet, State: state, Raw: raw(sensors)}
	for _, s := range sensors {
		if s.answers() == side {
			date(&c, s)
		}
	}
	return c, true
}

// date dates a claim by the newest of the checks behind it, and gives it that sensor's interval.
func date(c *device.Claim, s sensor) {
	interval := device.Duration(s.interval)
	if s.checked.After(c.ObservedAt) || s.checked.Equal(c.ObservedAt) && interval < c.Interval {
		c.ObservedAt, c.Interval = s.checked, interval
	}
}

// raw lists the sensors behind a claim with PRTG's own numbers, and no measured value: equal words, equal claims.
func raw(sensors []sensor) string {
	const most = 4
	var words []string
	for _, s := range sensors[:min(len(sensors), most)] {
		words = append(words, s.raw())
	}
	if more := len(sensors) - most; more > 0 {
		words = append(words, fmt.Sprintf("%d more", more))
	}
	return strings.Join(words, ", ")
}

func (s sensor) raw() string {
	w := fmt.Sprintf("%s: status=%d", sourcehttp.Cut(s.name, 60), s.status)
	if s.status == statusAcknowledged {
		w += " (acknowledged)"
	}
	return w
}

// healthOf claims for each sensor but the pings how its part is. A sensor that went down together with the device, or
// with its agent, has not looked at its part; one that was down before has.
func healthOf(sensors []sensor, reachDown, mgmtDown bool) []device.Claim {
	var lived, served time.Time
	for _, s := range sensors {
		if s.role.talks() {
			lived = later(lived, s.up)
		}
		if s.role.agent() {
			served = later(served, s.up)
		}
	}
	byPart := map[string]int{}
	for _, s := range sensors {
		byPart[component(s.role, s.kind, s.name)]++
	}
	var all []device.Claim
	for _, s := range sensors {
		if s.role == rolePing || s.says() == silent {
			continue
		}
		if s.says() == no {
			if reachDown && s.role.talks() && !s.up.Add(2*s.interval).Before(lived) ||
				mgmtDown && s.role.agent() && !s.up.Add(2*s.interval).Before(served) {
				continue
			}
		}
		part := component(s.role, s.kind, s.name)
		if byPart[part] > 1 {
			kind, _, _ := strings.Cut(part, ":")
			part = kind + ":" + s.name
		}
		c := device.Claim{Facet: device.FacetHealth, Component: cutPart(part), State: condition(s.status), Raw: s.raw()}
		date(&c, s)
		all = append(all, c)
	}
	// Sensors of one name: the worst counts.
	slices.SortStableFunc(all, func(a, b device.Claim) int {
		return cmp.Or(cmp.Compare(a.Component, b.Component), cmp.Compare(badness(b.State), badness(a.State)))
	})
	all = slices.CompactFunc(all, func(a, b device.Claim) bool { return a.Component == b.Component })
	if len(all) > maxParts {
		slices.SortStableFunc(all, func(a, b device.Claim) int { return cmp.Compare(badness(b.State), badness(a.State)) })
		all = all[:maxParts]
	}
	return all
}

// maxParts bounds what one device's observation holds; of too many the good ones go.
const maxParts = 1000

func cutPart(s string) string {
	runes := []rune(s)
	return string(runes[:min(len(runes), device.MaxName)])
}

func condition(status int64) device.State {
	switch status {
	case statusUp:
		return device.StateOK
	case statusDown, statusAcknowledged:
		return device.StateCritical
	}
	return device.StateWarning
}

func badness(s device.State) int {
	switch s {
	case device.StateCritical:
		return 2
	case device.StateWarning:
		return 1
	}
	return 0
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// readings are the values whose unit is sure: PRTG names units in localised text only.
func readings(sensors []sensor) []device.Reading {
	var rs []device.Reading
	pinged, uptime := false, false
	for _, s := range sensors {
		v, ok := s.row.LastValue.Float()
		if !ok || s.status != statusUp || v < 0 {
			continue
		}
		switch {
		case s.role == rolePing && s.kind == "ping" && !pinged:
			pinged = true
			rs = append(rs, device.Reading{Quantity: "response_time", Value: v / 1000, Unit: "s"})
		case s.role == roleUptime && s.kind == "snmpuptime" && !uptime:
			uptime = true
			rs = append(rs, device.Reading{Quantity: "uptime", Value: v, Unit: "s"})
		}
	}
	return rs
}

// identity is all that PRTG knows about who a device is: its name and what was typed as its host. Lonely reports of a
// bare label whether no other device has the same.
func identity(d deviceRow, lonely func(string) bool) device.Identity {
	id := device.Identity{Ref: d.ID.Name(), Name: d.Name.Name(), Location: d.Location.Name()}
	host := hostOf(d.Host.String())
	if a, err := netip.ParseAddr(host); err == nil {
		if a = a.Unmap().WithZone(""); !a.IsLoopback() && !a.IsUnspecified() {
			id.Addresses = []string{a.String()}
		}
		return id
	}
	if host == "" || host == "localhost" || strings.ContainsAny(host, " \t") || !strings.Contains(host, ".") && !lonely(host) {
		return id
	}
	id.Hostnames = []string{sourcehttp.Clean(host)}
	return id
}

// hostOf is the host part of what was typed: an address, a name, either with a port, or a URL.
func hostOf(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if strings.Contains(s, "://") {
		u, err := url.Parse(s)
		if err != nil {
			return ""
		}
		return strings.TrimSuffix(u.Hostname(), ".")
	}
	if a, err := netip.ParseAddrPort(s); err == nil {
		return a.Addr().String()
	}
	s, _, _ = strings.Cut(s, "/")
	if _, err := netip.ParseAddr(s); err != nil {
		if host, port, ok := strings.Cut(s, ":"); ok && strings.Trim(port, "0123456789") == "" {
			s = host
		}
	}
	return strings.TrimSuffix(strings.Trim(s, "[]"), ".")
}
