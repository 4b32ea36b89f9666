package librenms

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk/sourcehttp"
)

// seen is a device as LibreNMS has it, with its times dated.
type seen struct {
	row          deviceRow
	id           string
	polled, ping time.Time
	took         time.Duration // of its last poll
	addresses    []netip.Addr  // at which it is polled
}

func (d seen) disabled() bool { return d.row.Disabled.Bool() }

// last is the newest time at which LibreNMS measured anything of the device.
func (d seen) last() time.Time { return later(d.polled, d.ping) }

// pingOnly reports whether SNMP is switched off for the device.
func (d seen) pingOnly() bool { return d.row.SNMPDisable.Bool() }

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// round is what the mapping needs to know of the moment besides the device itself.
type round struct {
	now       time.Time // by LibreNMS' clock
	step      time.Duration
	heartbeat time.Time // the newest measurement of any device that is polled at all
	// answersSNMP reports of a device that fails the ping alone whether that has lasted so long, on a server that
	// tries both in each poll, that SNMP must answer.
	answersSNMP func(seen) bool
}

// says maps a device's status to claims or to the reason for saying nothing; the table is in the README. Each claim
// has its own time and LibreNMS' step for an interval.
//
// Last_polled stands still while a device is down, so a down is dated by the last ping; where no ping is sent either,
// by the newest measurement of any device: the poller is alive, and its word stands.
func (r round) says(d seen) ([]device.Claim, device.Abstention) {
	status, known := d.row.Status.Int()
	pings := r.pings(d)
	switch {
	case d.disabled(), d.row.Ignore.Bool():
		return nil, device.AbstainExcluded
	case !known || status < 0 || status > 1:
		return nil, device.AbstainUnknown
	case d.last().IsZero(), status == 0 && d.polled.IsZero():
		return nil, device.AbstainNeverPolled
	case status == 1:
		claims := r.claim(nil, device.FacetReach, device.StateUp, d.last(), "status=1")
		if !d.pingOnly() && !d.polled.IsZero() {
			claims = r.claim(claims, device.FacetMgmt, device.StateUp, d.polled, "status=1")
		}
		return claims, ""
	}

	icmp, snmp, other := reasons(d.row.StatusReason.String())
	at, raw := d.ping, "status=0"
	if reason := d.row.StatusReason.Name(); reason != "" {
		raw += " " + sourcehttp.Cut(reason, 60)
	}
	if !pings {
		at, raw = later(r.heartbeat, d.last()), raw+" (time inferred)"
	}
	switch {
	case icmp && snmp:
		return r.claim(r.claim(nil, device.FacetReach, device.StateDown, at, raw), device.FacetMgmt, device.StateDown, at, raw), ""
	case icmp && !d.pingOnly() && r.answersSNMP(d):
		return r.claim(nil, device.FacetMgmt, device.StateUp, at, raw+" (ping filtered)"), ""
	case icmp:
		return r.claim(nil, device.FacetReach, device.StateDown, at, raw), ""
	case snmp && !other:
		var claims []device.Claim
		if pings {
			claims = r.claim(claims, device.FacetReach, device.StateUp, at, raw)
		}
		return r.claim(claims, device.FacetMgmt, device.StateDown, at, raw), ""
	}
	// Down for no reason that is known here.
	claims, doubt := r.claim(nil, device.FacetReach, device.StateDown, at, raw), 0.5
	claims[0].Confidence = &doubt
	return claims, ""
}

func (r round) claim(claims []device.Claim, f device.Facet, s device.State, at time.Time, raw string) []device.Claim {
	return append(claims, device.Claim{Facet: f, State: s, Interval: device.Duration(r.step), ObservedAt: at, Raw: raw})
}

// managed reports whether LibreNMS has lately polled the device by SNMP: only then are its sensors' values of today.
func (r round) managed(d seen) bool {
	status, _ := d.row.Status.Int()
	return status == 1 && !d.disabled() && !d.row.Ignore.Bool() && !d.pingOnly() && !d.polled.IsZero() &&
		r.now.Sub(d.polled) <= max(3*r.step, 2*d.took+r.step)
}

// reasons reads status_reason: the sorted list of the checks that fail.
func reasons(s string) (icmp, snmp, other bool) {
	for word := range strings.SplitSeq(s, ",") {
		switch strings.ToLower(strings.TrimSpace(word)) {
		case "icmp":
			icmp = true
		case "snmp":
			snmp = true
		default:
			other = true
		}
	}
	return icmp, snmp, other
}

// lone reports whether the device is down by the ping alone.
func lone(d seen) bool {
	status, known := d.row.Status.Int()
	icmp, snmp, _ := reasons(d.row.StatusReason.String())
	return known && status == 0 && icmp && !snmp
}

// polledAt are the addresses of a device's own row: those at which it is polled. One that says nothing, a loopback's
// for instance, is none.
func polledAt(d deviceRow) []netip.Addr {
	var list []netip.Addr
	for _, s := range []string{d.OverwriteIP.String(), d.IP.String(), d.Hostname.String()} {
		if a := parseAddress(s); useful(a) && !slices.Contains(list, a) {
			list = append(list, a)
		}
	}
	return list
}

// identity is what a device's own row says about who it is.
func identity(of seen) device.Identity {
	d := of.row
	id := device.Identity{
		Ref: d.DeviceID.Name(), Model: text(d.Hardware), OS: text(d.OS), Version: text(d.Version), Serial: text(d.Serial),
		Location: text(d.Location.Scalar), Type: text(d.Type),
		// Newer servers print it as spaced octets with line breaks in between.
		EngineID: sourcehttp.Clean(strings.ToLower(strings.Join(strings.Fields(text(d.EngineID)), ""))),
	}
	for _, name := range []string{text(d.Display), text(d.SysName), text(d.Hostname)} {
		if name != "" {
			id.Name = name
			break
		}
	}
	for _, a := range of.addresses {
		id.Addresses = append(id.Addresses, a.String())
	}
	for _, s := range []string{text(d.Hostname), text(d.SysName)} {
		// A sysName can be any text; a host name has no blanks.
		if _, err := netip.ParseAddr(s); err != nil && s != "" && !strings.ContainsAny(s, " \t") {
			id.Hostnames = add(id.Hostnames, strings.ToLower(s))
		}
	}
	for parent := range strings.SplitSeq(d.ParentID.String(), ",") {
		if n, err := strconv.ParseInt(strings.TrimSpace(parent), 10, 64); err == nil && n > 0 {
			id.Parents = add(id.Parents, strconv.FormatInt(n, 10))
		}
	}
	return id
}

// text is a scalar as a name; LibreNMS writes "<null>" for some of those it does not have.
func text(s sourcehttp.Scalar) string {
	if t := s.Name(); t != "<null>" {
		return t
	}
	return ""
}

func add(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// names are what include and exclude look at.
func names(d deviceRow) []string {
	return []string{d.DeviceID.String(), d.Hostname.String(), d.SysName.String(), d.Display.String(), d.IP.String(), d.OverwriteIP.String()}
}

// readings are the numbers in the device's own row that are of today: how long a ping took while pings are answered, the
// uptime while SNMP is.
func (r round) readings(d seen) []device.Reading {
	var rs []device.Reading
	if v, ok := d.row.Uptime.Float(); ok && v > 0 && r.managed(d) {
		rs = append(rs, device.Reading{Quantity: "uptime", Value: v, Unit: "s"})
	}
	status, _ := d.row.Status.Int()
	if v, ok := d.row.PingTook.Float(); ok && v > 0 && status == 1 && r.pings(d) {
		rs = append(rs, device.Reading{Quantity: "response_time", Value: v / 1000, Unit: "s"})
	}
	return rs
}

// pings reports whether LibreNMS pings the device: a ping that is not repeated is older than three steps.
func (r round) pings(d seen) bool { return !d.ping.IsZero() && r.now.Sub(d.ping) <= 3*r.step }
