package seeded

import (
	"fmt"
	"slices"

	"github.com/quorate/quorate/device"
)

// identity is what a monitor knows about who a device is: as in real labs, one has it by its address, another by a
// name. It also reports whether the monitor goes on asking an address that the device has left.
func (l *Lab) identity(s Sort, i int, d dice) (id device.Identity, byAddress bool) {
	dev := &l.Devices[i]
	full := dev.Name + ".example.net"
	id = device.Identity{Ref: fmt.Sprint(2001 + i), Name: dev.Name}
	switch s {
	case LibreNMS:
		id.Ref = fmt.Sprint(i + 1)
		id.Addresses = []string{dev.address}
		byAddress = d.share(0.2)
		if !byAddress {
			id.Hostnames = []string{full}
		}
	case PRTG:
		switch {
		case d.share(0.7):
			id.Addresses, byAddress = []string{dev.address}, true
		case d.share(0.9):
			id.Hostnames = []string{full}
		default:
			id.Hostnames = []string{dev.Name}
		}
	case SNMP:
		id.Ref = dev.Name
		id.Addresses, byAddress = []string{dev.address}, true
		id.MACs, id.Serial = []string{dev.mac}, fmt.Sprintf("SIM-%04d", i+1)
	case Kuma:
		id.Ref = fmt.Sprint(i + 1)
		byAddress = d.share(0.5)
		if byAddress {
			id.Addresses = []string{dev.address}
		} else {
			id.Hostnames = []string{full}
		}
	}
	return id, byAddress
}

// pins finds the devices whose monitors know them by keys that have nothing in common, one by an address and another
// by a name: nothing but their owner can say that they are one.
func (l *Lab) pins() {
	for dev := range l.Devices {
		var groups [][]string // the keys of monitors that are joined so far
		for i := range l.Monitors {
			m := &l.Monitors[i]
			k := m.watches(dev)
			if k < 0 {
				continue
			}
			id := &m.devices[k].identity
			joined := slices.Concat(id.Addresses, id.Hostnames, id.MACs)
			groups = slices.DeleteFunc(groups, func(g []string) bool {
				common := slices.ContainsFunc(g, func(key string) bool { return slices.Contains(joined, key) })
				if common {
					joined = append(joined, g...)
				}
				return common
			})
			groups = append(groups, joined)
		}
		l.Devices[dev].Pinned = len(groups) > 1
	}
}
