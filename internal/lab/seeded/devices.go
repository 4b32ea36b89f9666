package seeded

import (
	"fmt"
)

// Kind is what sort of device it is.
type Kind string

// The kinds. All but things are core devices.
const (
	Gateway    Kind = "gateway"
	Switch     Kind = "switch"
	Hypervisor Kind = "hypervisor"
	NAS        Kind = "nas"
	AP         Kind = "ap"
	Thing      Kind = "thing"
)

// Device is one device with its truth.
type Device struct {
	Name string
	Kind Kind
	// Parent is the place of the switch that it hangs on, -1 for none.
	Parent int
	// Wireless devices lose more packets.
	Wireless bool
	// Pinned says that its owner has told the agent by which ids its monitors know it: no address and no name would.
	Pinned bool
	// Down is when it really does not answer: it is off, or what it hangs on is.
	Down Spans

	// own is when it is off itself; silent when its SNMP agent hangs, busy when that answers some requests only, bad
	// when a part of it warns.
	own, silent, busy, bad Spans
	loss                   []loss
	// moves are when monitors that have it by its address ask one that it has left: first address, then each of moved.
	moves   Spans
	address string
	moved   []string
	mac     string
}

// loss is a time in which a part of all packets is lost.
type loss struct {
	Span
	part float64
}

func (d *Device) core() bool    { return d.Kind != Thing }
func (d *Device) managed() bool { return d.core() }

// drawDevices draws 20 to 80 devices: a few core ones, with access points and things behind the switches.
func (l *Lab) drawDevices() {
	d := l.dice("devices")
	total := d.between(20, 80)
	l.add(Gateway, 1)
	l.add(Hypervisor, 1)
	l.add(Switch, d.between(1, 3))
	var switches []int
	for i, dev := range l.Devices {
		if dev.Kind == Switch {
			switches = append(switches, i)
		}
	}
	// The first switch is the core; the others hang on it or beside it.
	for _, i := range switches[1:] {
		if d.share(0.5) {
			l.Devices[i].Parent = switches[0]
		}
	}
	l.add(NAS, d.between(1, 7))
	l.add(AP, d.between(1, 5))
	l.add(Thing, total-len(l.Devices))
	for i := range l.Devices {
		dev := &l.Devices[i]
		behind := 0.0
		switch dev.Kind {
		case NAS:
			behind = 0.6
		case AP:
			behind = 1
		case Thing:
			dev.Wireless = d.share(0.6)
			if !dev.Wireless {
				behind = 0.7
			}
		}
		if d.share(behind) {
			dev.Parent = switches[d.IntN(len(switches))]
		}
	}
}

func (l *Lab) add(k Kind, n int) {
	for i := range n {
		dev := Device{Name: fmt.Sprintf("%s-%d", k, i+1), Kind: k, Parent: -1}
		at := len(l.Devices) + 1
		dev.address = fmt.Sprintf("192.0.2.%d", at)
		dev.mac = fmt.Sprintf("00:00:5e:00:53:%02x", at)
		l.Devices = append(l.Devices, dev)
	}
}
