package seeded

import (
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// Sort is what product a monitor is.
type Sort string

// The sorts. SNMP is the agent's own direct prober.
const (
	LibreNMS Sort = "librenms"
	PRTG     Sort = "prtg"
	SNMP     Sort = "snmp"
	Kuma     Sort = "kuma"
)

// Monitor is one monitor, with all that goes wrong with it as a whole.
type Monitor struct {
	Name string
	Sort Sort
	// Poll is how often the agent asks it, Step how often it measures, 0 where it measures when it is asked.
	Poll, Step time.Duration
	// Confirm is how many checks in a row must fail until it says down itself.
	Confirm int
	// Domain is its fault domain as configured, "" where nothing is.
	Domain string
	// Watches are the devices that it watches, in order.
	Watches []int

	host    int
	devices []watched // as Watches
	phase   time.Duration

	dead, lost, frozen, slow, cached, doubled Spans
	shrunken                                  []shrink
	skew                                      time.Duration
	// hidesClock says that it does not tell what its clock shows.
	hidesClock bool
}

// watched is a device in one monitor's eyes.
type watched struct {
	identity device.Identity
	// offset is when in each step it is measured; later is how much longer that takes while the monitor is slow.
	offset time.Duration
	// byAddress says that it goes on asking an address that the device has left.
	byAddress bool
	// down and flaps are when the device looks so to this monitor alone, missed the outages that it does not see.
	down, flaps, missed, paused Spans
}

// shrink is a time in which an answer holds only the first devices.
type shrink struct {
	Span
	keeps int
}

// Measures is how often it learns anything of a device: the longer of its step and of the time between two polls.
func (m *Monitor) Measures() time.Duration { return max(m.Poll, m.Step) }

// watches returns the place of a device in Watches, -1 if it does not watch it.
func (m *Monitor) watches(dev int) int {
	if i, ok := slices.BinarySearch(m.Watches, dev); ok {
		return i
	}
	return -1
}

// drawMonitors draws who sees what: PRTG nearly everything, LibreNMS the core devices but for most access points, the
// direct prober switches and NAS, and in one lab of four an Uptime Kuma that pings some of all.
func (l *Lab) drawMonitors() {
	d := l.dice("monitors")
	var core, probed, all, pinged []int
	for i, dev := range l.Devices {
		firstAP := dev.Kind == AP && dev.Name == "ap-1"
		if dev.core() && (dev.Kind != AP || firstAP) {
			core = append(core, i)
		}
		if (dev.Kind == Switch || dev.Kind == NAS) && d.share(0.8) {
			probed = append(probed, i)
		}
		// What PRTG does not see is in LibreNMS.
		if !dev.core() || dev.Kind == AP && !firstAP || d.share(0.95) {
			all = append(all, i)
		}
		if dev.core() && d.share(0.5) || d.share(0.15) {
			pinged = append(pinged, i)
		}
	}
	l.Monitors = []Monitor{
		{Sort: LibreNMS, Poll: time.Minute, Step: 5 * time.Minute, Confirm: 1, Watches: core, host: 0},
		{Sort: PRTG, Poll: time.Minute, Step: time.Minute, Confirm: 2, Watches: all, host: 1},
	}
	l.agentHost = 2
	if d.share(0.5) {
		l.agentHost, l.AgentInside = 0, true
	}
	hasSNMP := d.share(0.7)
	l.Hosting = Apart
	if d.share(0.5) {
		l.Hosting = Undeclared
		if d.share(0.5) {
			l.Hosting = Declared
		}
		l.Monitors[1].host = 0
	}
	if hasSNMP && len(probed) > 0 {
		l.Monitors = append(l.Monitors, Monitor{Sort: SNMP, Poll: time.Minute, Confirm: 1, Watches: probed, host: l.agentHost})
	}
	if d.share(0.25) && len(pinged) > 0 {
		l.Monitors = append(l.Monitors, Monitor{Sort: Kuma, Poll: time.Minute, Step: time.Minute, Confirm: 2, Watches: pinged, host: 3})
	}
	l.Parents = d.share(0.5)
	for i := range l.Monitors {
		m := &l.Monitors[i]
		m.Name = string(m.Sort)
		m.phase = time.Duration(d.IntN(int(m.Poll.Seconds()))) * time.Second
		if l.Hosting == Declared && m.host == 0 {
			m.Domain = "host"
		}
	}
	l.drawFaults()
	for i := range l.Monitors {
		l.drawWatched(i)
	}
	l.pins()
}

// drawFaults draws what befalls hosts, the agent and monitors as a whole.
func (l *Lab) drawFaults() {
	for host := range 4 {
		l.cut = append(l.cut, l.spans(hostNetwork, 1, host))
	}
	// Host 0 is the lab's hypervisor: while that is off, so is all that runs on it, and it starts last.
	var off Spans
	for _, dev := range l.Devices {
		if dev.Kind == Hypervisor {
			for _, s := range dev.Down {
				off = append(off, Span{s.From, s.To.Add(time.Minute)})
			}
		}
	}
	l.AgentDown = l.spans(agentDown, 1)
	if l.agentHost == 0 {
		l.AgentDown = union(l.AgentDown, off)
	}
	for i := range l.Monitors {
		m := &l.Monitors[i]
		if m.Sort == SNMP {
			continue // it is part of the agent and is what its host is
		}
		m.dead = l.spans(dead, 1, i)
		if m.host == 0 {
			m.dead = union(m.dead, off)
		}
		m.lost = l.spans(ownNetwork, 1, i)
		m.frozen = l.spans(frozen, 1, i)
		if m.Step > m.Poll {
			m.slow = l.spans(slow, 1, i)
		}
		m.cached = l.spans(cached, 1, i)
		m.doubled = l.spans(doubled, 1, i)
		d := l.dice("monitor", i)
		for _, s := range l.spans(shrunken, 1, i) {
			sh := shrink{Span: s}
			if d.share(0.5) {
				sh.keeps = d.IntN(1 + len(m.Watches)/2)
			}
			m.shrunken = append(m.shrunken, sh)
		}
		if d.share(l.share(skewed)) {
			m.skew = d.length(3*time.Second, 10*time.Minute)
			if d.share(0.5) {
				m.skew = -m.skew
			}
			m.hidesClock = d.share(0.2)
		}
	}
}

// drawWatched draws how a monitor sees each of its devices.
func (l *Lab) drawWatched(i int) {
	m := &l.Monitors[i]
	for _, dev := range m.Watches {
		d := l.dice("watched", i, dev)
		w := watched{
			down: l.spans(falseDown, 1, i, dev), flaps: l.spans(flapping, 1, i, dev),
			paused: l.spans(paused, 1, i, dev),
		}
		if m.Sort == SNMP {
			w.paused = nil
		}
		if m.Step > 0 {
			// A poller is done with all devices in the first part of its step.
			w.offset = time.Duration(d.IntN(int(min(m.Step, 2*time.Minute).Milliseconds()))) * time.Millisecond
		}
		for _, s := range l.Devices[dev].Down {
			if d.share(l.share(stuckUp)) {
				w.missed = append(w.missed, s)
			}
		}
		w.identity, w.byAddress = l.identity(m.Sort, dev, d)
		m.devices = append(m.devices, w)
	}
}

// Ref is its own id of a device, and whether it watches that at all.
func (m *Monitor) Ref(dev int) (string, bool) {
	i := m.watches(dev)
	if i < 0 {
		return "", false
	}
	return m.devices[i].identity.Ref, true
}
