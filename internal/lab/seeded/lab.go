package seeded

import (
	"time"
)

// Options is what a lab is drawn from.
type Options struct {
	Seed uint64
	// Length is how long the lab is watched; 0 means a day.
	Length time.Duration
	// Scale multiplies the rates of all faults, not those of what really happens; 0 means 1.
	Scale float64
}

// Hosting is where a lab's LibreNMS and PRTG run.
type Hosting string

// The hostings.
const (
	Apart      Hosting = "apart"      // each on a host of its own
	Declared   Hosting = "declared"   // on one host, and the configuration says so by a fault domain
	Undeclared Hosting = "undeclared" // on one host, and the configuration does not say so
)

// Lab is one lab with its truth. It does not change once it is drawn.
type Lab struct {
	Seed       uint64
	Start, End time.Time
	Hosting    Hosting
	// Devices and Monitors are named by their places in these lists.
	Devices  []Device
	Monitors []Monitor
	// AgentInside says that the agent runs on the lab's hypervisor, AgentDown when it does not run.
	AgentInside bool
	AgentDown   Spans
	// Parents says that the configuration names what hangs on what.
	Parents bool

	rates map[Fault]Rate
	scale float64
	// cut is when each host's network is lost; agentHost is the one on which the agent and its direct prober run.
	cut       []Spans
	agentHost int
}

// New draws the lab of a seed.
func New(o Options) *Lab {
	l := &Lab{Seed: o.Seed, Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), scale: o.Scale, rates: map[Fault]Rate{}}
	if l.scale == 0 {
		l.scale = 1
	}
	if o.Length == 0 {
		o.Length = day
	}
	l.End = l.Start.Add(o.Length)
	for _, r := range Rates() {
		l.rates[r.Fault] = r
	}
	l.drawDevices()
	l.drawTruth()
	l.drawMonitors()
	return l
}

// Witnesses is the number of fault domains, as configured, whose monitors watch the device.
func (l *Lab) Witnesses(dev int) int {
	domains := map[string]bool{}
	for _, m := range l.Monitors {
		if m.watches(dev) >= 0 {
			domain := m.Domain
			if domain == "" {
				domain = m.Name
			}
			domains[domain] = true
		}
	}
	return len(domains)
}
