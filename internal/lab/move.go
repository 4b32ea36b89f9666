package lab

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// vlan100 is where the lab moves: half of a range for documentation, so that no new address was anybody's old one.
var vlan100 = netip.MustParsePrefix("198.51.100.128/25")

// VLAN100 is the move that is next in the lab: every device, in the order of devices, gets an address on the new VLAN
// for management. It holds 126 devices; further ones stay where they are.
func VLAN100(devices []Device) map[string]netip.Addr {
	to := make(map[string]netip.Addr, len(devices))
	at := vlan100.Addr().Next()
	for _, d := range devices {
		if next := at.Next(); vlan100.Contains(next) { // the last one is for broadcasts
			to[d.Name], at = at, next
		}
	}
	return to
}

// Readdress gives the named devices new addresses, all at once. From now on they answer at no other. A monitor that was
// given a name finds the device where it is now; one that was given an address asks there in vain until its owner
// enters the new one: see Correct.
func (w *World) Readdress(to map[string]netip.Addr) error {
	for name := range to {
		if w.byName[name] == nil {
			return fmt.Errorf("the lab has no device %q to move", name)
		}
	}
	w.inspect(func(time.Time) {
		for name, at := range to {
			w.byName[name].Address = at
		}
		w.resolve()
		for _, m := range w.monitors {
			m.changed()
		}
	})
	return nil
}

// resolve notes who answers at each address now.
func (w *World) resolve() {
	clear(w.at)
	for i := range w.devices {
		d := &w.devices[i]
		w.at[d.Address] = d
		for _, at := range d.Shared {
			if w.at[at] == nil {
				w.at[at] = d
			}
		}
	}
}

// answersAt reports whether a monitor that asks for a device at an address, or where that is none by its name, gets an
// answer. Behind an address that stands for another device, such as a hub, both must live. What a monitor asks itself
// for, at 127.0.0.1, it measures in a way of its own.
func (w *World) answersAt(d *Device, given netip.Addr) bool {
	if given.IsValid() && !given.IsLoopback() {
		at := w.at[given]
		if at == nil || !w.reachable(at.Name) {
			return false
		}
	}
	return w.reachable(d.Name)
}

// typed is an address that was typed into a monitor, and whose it was then. It is zero where a name was typed, and of
// nobody where it stands for no single device.
type typed struct {
	at netip.Addr
	of *Device
}

func (w *World) typed(host string) typed {
	t := typed{at: addressIn(host)}
	if of := w.at[t.at]; of != nil && of.Address == t.at {
		t.of = of
	}
	return t
}

// corrected is host with the address that its device has now.
func (t typed) corrected(host string) string {
	if t.of == nil {
		return host
	}
	return strings.Replace(host, t.at.String(), t.of.Address.String(), 1)
}

// addressIn is the address in what was typed: one by itself, or that of a URL. It is not valid where a name was typed.
func addressIn(host string) netip.Addr {
	if _, rest, ok := strings.Cut(host, "://"); ok {
		host, _, _ = strings.Cut(rest, "/")
		if p, err := netip.ParseAddrPort(host); err == nil {
			return p.Addr()
		}
	}
	at, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	return at
}

// Correct enters the devices' new addresses into LibreNMS, wherever an old one was typed.
func (l *LibreNMS) Correct() {
	l.world.inspect(func(time.Time) {
		for _, e := range l.entries {
			entry := *e.device.LibreNMS
			entry.Hostname = e.given.corrected(entry.Hostname)
			e.device.LibreNMS, e.given = &entry, l.world.typed(entry.Hostname)
		}
	})
}

// Correct enters the devices' new addresses into PRTG, wherever an old one was typed as a device's host. The names
// that people gave keep the address that they hold, as they do in real labs.
func (p *PRTG) Correct() {
	p.world.inspect(func(time.Time) {
		for _, e := range p.entries {
			entry := *e.device.PRTG
			entry.Host = e.given.corrected(entry.Host)
			e.device.PRTG, e.given = &entry, p.world.typed(entry.Host)
		}
	})
}
