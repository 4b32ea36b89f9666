package lab

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// addresses answers the addresses of all devices, of one family or of both. They name the port, not the device.
func (l *LibreNMS) addresses(r *http.Request, _ time.Time) reply {
	family := r.PathValue("family")
	if family != "" && family != "ipv4" && family != "ipv6" {
		return failed(http.StatusNotFound, "This API route doesn't exist.")
	}
	var rows []object
	for _, e := range l.entries {
		if !e.mark.Missing {
			rows = append(rows, addressRows(e, family)...)
		}
	}
	return goodOr404("ip_addresses", rows, true, "There are no IP addresses")
}

func (l *LibreNMS) deviceAddresses(r *http.Request, _ time.Time) reply {
	e, missing := l.find(r)
	if missing != nil {
		return *missing
	}
	return goodOr404("addresses", addressRows(e, ""), true, "Device "+r.PathValue("id")+" does not have any IP addresses")
}

// addressRows are the addresses that the device had when it was last polled, those that it shares included.
func addressRows(e *librenmsEntry, family string) []object {
	d := e.device
	var rows []object
	for i, at := range append([]netip.Addr{e.address}, d.Shared...) {
		id := 500 + 10*d.LibreNMS.ID + i
		switch {
		case at.Is4() && family != "ipv6":
			rows = append(rows, object{{"ipv4_address_id", id}, {"ipv4_address", at.String()}, {"ipv4_prefixlen", 24},
				{"ipv4_network_id", fmt.Sprint(d.VLAN)}, {"port_id", portRef{e, 0}.id()}, {"context_name", ""}})
		case at.Is6() && family != "ipv4":
			rows = append(rows, object{{"ipv6_address_id", id}, {"ipv6_address", at.StringExpanded()}, {"ipv6_compressed", at.String()},
				{"ipv6_prefixlen", 64}, {"ipv6_origin", "manual"}, {"ipv6_network_id", fmt.Sprint(d.VLAN)}, {"port_id", portRef{e, 0}.id()},
				{"context_name", ""}})
		}
	}
	return rows
}

// observer is the device whose ARP table LibreNMS has: the gateway, or else the first one.
func (l *LibreNMS) observer() *librenmsEntry {
	for _, e := range l.entries {
		if e.device.Kind == KindGateway {
			return e
		}
	}
	if len(l.entries) > 0 {
		return l.entries[0]
	}
	return nil
}

// arp answers who was seen at which address: all of it, by an address, by a MAC, or of a network. The device of a row
// is the one that saw, not the one that was seen.
func (l *LibreNMS) arp(r *http.Request, _ time.Time) reply {
	query := r.PathValue("query")
	network, netErr := netip.ParsePrefix(query + "/" + r.PathValue("bits"))
	at, atErr := netip.ParseAddr(query)
	seer := l.observer()
	only := r.URL.Query().Get("device")
	var rows []object
	for i := range l.world.devices {
		d := &l.world.devices[i]
		mac := digitsOfMAC(d.MAC)
		switch {
		case seer == nil, seer.device == d, !d.Address.Is4():
			continue
		case only != "" && only != fmt.Sprint(seer.device.LibreNMS.ID) && only != seer.device.LibreNMS.Hostname:
			continue
		case netErr == nil && !network.Contains(d.Address):
			continue
		case netErr != nil && atErr == nil && at != d.Address:
			continue
		case netErr != nil && atErr != nil && query != "all" && digitsOfMAC(query) != mac:
			continue
		}
		rows = append(rows, object{{"id", i + 1}, {"port_id", portRef{seer, 0}.id()}, {"device_id", seer.device.LibreNMS.ID}, {"mac_address", mac},
			{"ipv4_address", d.Address.String()}, {"context_name", ""}})
	}
	return good("arp", rows, false)
}

// sees reports whether a device has a MAC in its ARP table.
func (l *LibreNMS) sees(e *librenmsEntry, mac string) bool {
	if e != l.observer() {
		return false
	}
	for i := range l.world.devices {
		if d := &l.world.devices[i]; d != e.device && digitsOfMAC(d.MAC) == mac {
			return true
		}
	}
	return false
}

// digitsOfMAC is how LibreNMS writes a MAC: twelve digits.
func digitsOfMAC(mac string) string {
	return strings.ToLower(strings.NewReplacer(":", "", "-", "", ".", "").Replace(mac))
}
