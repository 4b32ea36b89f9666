package snmpdirect

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab/snmpagent"
)

// value is one value that LibreNMS found in a recording, beside ours. Got is empty where we have none.
type value struct {
	recording, module, what string
	want, got               string
}

// comparison compares what we make of one recording with what LibreNMS makes of it.
type comparison struct {
	t      *testing.T
	name   string
	rec    *snmpagent.Recording
	bench  *bench
	o      device.Observation
	want   *expected
	values []value
}

func newComparison(t *testing.T, name string, want *expected) *comparison {
	c := &comparison{t: t, name: name, rec: loadRecording(t, name), want: want}
	c.bench = newBench(t, c.rec)
	c.o = c.bench.poll()
	if got := facets(c.o); got != "reach=up mgmt=up" || len(c.o.Alerts) > 0 {
		t.Errorf("%s: %s, alerts %+v", name, got, c.o.Alerts)
	}
	return c
}

func (c *comparison) all() []value {
	c.os()
	c.ports()
	c.processors()
	c.mempools()
	c.storage()
	c.vlans()
	c.links()
	c.sensors()
	return c.values
}

func (c *comparison) add(module, what string, want, got any) {
	c.values = append(c.values, value{c.name, module, what, fmt.Sprint(want), fmt.Sprint(got)})
}

// number adds a value that is a reading of ours.
func (c *comparison) number(module, what string, want float64, component, quantity string) {
	got, ok := reading(c.o, component, quantity)
	if !ok {
		c.add(module, what, digits(want), "")
		return
	}
	c.add(module, what, digits(want), digits(got))
}

// digits writes a number by six decimals: LibreNMS rounds what it divides.
func digits(f float64) string { return strconv.FormatFloat(math.Round(f*1e6)/1e6, 'f', -1, 64) }

func (c *comparison) os() {
	for _, d := range c.want.Devices {
		c.add("os", "profile of "+d.OS, osProfiles()[d.OS], c.bench.source.targets[0].profile.Name)
		for _, s := range []struct{ what, want, got string }{
			{"hardware", d.Hardware, c.o.Model}, {"version", d.Version, c.o.Version}, {"serial", d.Serial, c.o.Serial},
		} {
			if !placeholder(s.want) {
				c.add("os", s.what, s.want, s.got)
			}
		}
	}
}

// portComponent is what we call a port of LibreNMS: by its name, with its index where several bear that name.
func (c *comparison) portComponent(p expectedPort) string {
	name := "port:" + text([]byte(p.Name))
	numbered := fmt.Sprintf("%s %d", name, p.Index)
	if slices.ContainsFunc(c.o.Readings, func(r device.Reading) bool { return r.Component == numbered }) {
		return numbered
	}
	return name
}

func (c *comparison) ports() {
	ours := map[string]bool{}
	for _, r := range c.o.Readings {
		if strings.HasPrefix(r.Component, "port:") && (r.Quantity == "oper" || r.Quantity == "admin" || r.Quantity == "speed") {
			ours[r.Component] = true
		}
	}
	for _, p := range c.want.Ports {
		component := c.portComponent(p)
		what := fmt.Sprintf("%s %d", p.Type, p.Index)
		got := ""
		if slices.Contains(portNames(c.bench.source.targets[0]), component) {
			got = component
		}
		c.add("ports", what+" name", component, got)
		for _, s := range []struct{ what, want string }{{"oper", p.Oper}, {"admin", p.Admin}} {
			if s.want != "" {
				c.number("ports", what+" "+s.what, truth(s.want == "up"), component, s.what)
			}
		}
		if p.Speed > 0 {
			c.number("ports", what+" speed", p.Speed, component, "speed")
		}
		if mac := expectedMAC(p.Address); mac != "" {
			got := ""
			if slices.Contains(c.o.MACs, mac) {
				got = mac
			}
			c.add("ports", what+" mac", mac, got)
		}
		delete(ours, component)
	}
	if len(c.want.Ports) == 0 {
		return // LibreNMS was not asked
	}
	for component := range ours {
		c.add("ports", component, "", "a port that LibreNMS does not have")
	}
}

func portNames(t *target) []string {
	var names []string
	for _, i := range t.ifaces {
		names = append(names, "port:"+i.name)
	}
	return names
}

// expectedMAC writes LibreNMS' twelve digits as we do; empty for what is no address.
func expectedMAC(s string) string {
	if len(s) != 12 {
		return ""
	}
	b := make([]byte, 6)
	for i := range b {
		n, err := strconv.ParseUint(s[2*i:2*i+2], 16, 8)
		if err != nil {
			return ""
		}
		b[i] = byte(n)
	}
	return hardware(b)
}

// processors compares the mean: LibreNMS has a row for each core, we have one for all where there are several.
func (c *comparison) processors() {
	var sum float64
	for _, p := range c.want.Processors {
		sum += p.Usage
	}
	component := "cpu:total"
	if _, ok := reading(c.o, component, "load"); !ok {
		for _, r := range c.o.Readings {
			if strings.HasPrefix(r.Component, "cpu:") && r.Quantity == "load" {
				component = r.Component
			}
		}
	}
	if n := len(c.want.Processors); n > 0 {
		c.number("processors", fmt.Sprintf("mean of %d", n), sum/float64(n), component, "load")
	}
}

func (c *comparison) mempools() {
	for _, m := range c.want.Mempools {
		component := ""
		for _, r := range c.o.Readings {
			if label, ok := strings.CutPrefix(r.Component, "memory:"); ok && plainPool(label) == plainPool(m.Descr) {
				component = r.Component
			}
		}
		if m.Total == 100 { // LibreNMS knows the share alone
			c.number("mempools", m.Descr+" share", m.Perc, component, "load")
			continue
		}
		c.number("mempools", m.Descr+" size", m.Total, component, "size")
		c.number("mempools", m.Descr+" used", m.Used, component, "used")
	}
}

// plainPool is the name of a memory pool without the word that is no news.
func plainPool(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(strings.ToLower(s), "memory", " ")), " ")
}

func (c *comparison) storage() {
	for _, s := range c.want.Storage {
		descr, _, _ := strings.Cut(s.Descr, ", type: ")
		c.number("storage", descr+" size", s.Size, "volume:"+descr, "size")
		c.number("storage", descr+" used", s.Used, "volume:"+descr, "used")
	}
}

func (c *comparison) vlans() {
	for _, v := range c.want.VLANs {
		got := ""
		for _, ours := range c.o.VLANs {
			if ours.ID == v.ID {
				got = ours.Name
			}
		}
		c.add("vlans", fmt.Sprintf("%d name", v.ID), v.Name, got)
	}
	for _, m := range c.want.Members {
		port := c.bridgePort(m.Port)
		got := ""
		for _, ours := range c.o.VLANs {
			switch {
			case ours.ID != m.ID:
			case slices.Contains(ours.Untagged, port):
				got = "untagged"
			case slices.Contains(ours.Tagged, port):
				got = "tagged"
			}
		}
		c.add("vlans", fmt.Sprintf("%d %s", m.ID, port), map[int]string{0: "tagged", 1: "untagged"}[m.Untagged], got)
	}
}

// bridgePort is our component for the number of a bridge's port.
func (c *comparison) bridgePort(n int) string {
	index := -1
	if v, ok := c.rec.Lookup(fmt.Sprintf("1.3.6.1.2.1.17.1.4.1.2.%d", n)); ok && v.Tag == snmpagent.TagInteger {
		index = 0
		for _, b := range v.Content {
			index = index<<8 | int(b)
		}
	}
	for _, p := range c.want.Ports {
		if p.Index == index {
			return c.portComponent(p)
		}
	}
	return fmt.Sprintf("bridge port %d", n)
}

func (c *comparison) links() {
	seen := map[string]int{}
	for _, l := range c.want.Links {
		component := "port:" + l.Port
		var names []string
		for _, ours := range c.o.Links {
			if ours.Kind == "lldp" && ours.Component == component {
				names = append(names, ours.Name)
			}
		}
		got := ""
		if n := seen[component]; n < len(names) {
			got = names[n]
		}
		seen[component]++
		c.add("links", component, l.Remote, got)
	}
}

// near allows for what LibreNMS rounds.
func near(a, b float64) bool { return math.Abs(a-b) <= 1e-6*max(1, math.Abs(b)) }
