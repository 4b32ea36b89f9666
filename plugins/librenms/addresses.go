package librenms

import (
	"cmp"
	"context"
	"log/slog"
	"net/netip"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// topologyEvery is how often addresses and neighbours are read. LibreNMS itself finds them every six hours.
const topologyEvery = time.Hour

// addresses are what LibreNMS knows besides a device's own row of who it is: the addresses of its interfaces and the
// MAC address that goes with the one that is polled.
type addresses struct {
	interfaces part
	arp        part
	of         map[string][]netip.Addr // by device_id, sorted
	seen       map[string]neighbour    // by device_id: what others have in their ARP tables
	shared     int                     // addresses of several devices, of the last reading
}

// neighbour is the MAC address that an address had when the ARP tables were read.
type neighbour struct {
	address netip.Addr
	mac     hardware
}

// refresh reads both anew, once an hour. It reports whether the ARP tables were.
func (a *addresses) refresh(ctx context.Context, api client, now time.Time, p *ports, owner map[netip.Addr]string) bool {
	a.interfaces.ask(ctx, "addresses", now, topologyEvery, func(ctx context.Context) error {
		type found struct {
			address netip.Addr
			device  int64
		}
		var all []found
		at := p.byID()
		err := list(ctx, api, "/resources/ip/addresses", nil, "ip_addresses", maxRows, func(row addressRow) {
			addr := parseAddress(cmp.Or(row.IPv4.String(), row.IPv6.String(), row.Long.String()))
			id, _ := row.PortID.Int()
			// What a host made up at random it soon gives away again.
			if x := at.port(id); x != nil && x.own && useful(addr) && row.Origin.String() != "random" {
				all = append(all, found{addr, x.device})
			}
		})
		if err == nil {
			err = a.interfaces.vanished(len(a.of), len(all))
		}
		if err != nil {
			return err
		}
		slices.SortFunc(all, func(x, y found) int {
			return cmp.Or(x.address.Compare(y.address), cmp.Compare(x.device, y.device))
		})
		all = slices.Compact(all)
		of, shared := map[string][]netip.Addr{}, 0
		for i, f := range all {
			if i > 0 && all[i-1].address == f.address || i+1 < len(all) && all[i+1].address == f.address {
				shared++
				continue
			}
			id := decimal(f.device)
			of[id] = append(of[id], f.address)
		}
		if shared != a.shared {
			slog.Info("interface addresses that several devices have are left out", "addresses", shared)
		}
		a.of, a.shared = of, shared
		return nil
	})
	return a.arp.ask(ctx, "ARP tables", now, topologyEvery, func(ctx context.Context) error {
		found := map[string]neighbour{}
		err := list(ctx, api, "/resources/ip/arp/all", nil, "arp", noLimit, func(row arpRow) {
			addr, mac := parseAddress(row.IPv4.String()), parseHardware(row.MAC.String())
			id, ok := owner[addr]
			if !ok || id == "" || mac == 0 || mac.group() {
				return
			}
			if was, ok := found[id]; ok && was.mac != mac {
				mac = 0 // The observers do not agree, so nobody knows.
			}
			found[id] = neighbour{addr, mac}
		})
		if err == nil {
			err = a.arp.vanished(len(a.seen), len(found))
		}
		if err == nil {
			a.seen = found
		}
		return err
	})
}

// again lets both be asked for with the next refresh, since a device has another address.
func (a *addresses) again() {
	for _, p := range []*part{&a.interfaces, &a.arp} {
		if p.trouble == "" {
			p.next = time.Time{}
		}
	}
}

// polledBy says which device is polled at an address, "" where several are.
func polledBy(devices []seen) map[netip.Addr]string {
	owner := make(map[netip.Addr]string, len(devices))
	for _, d := range devices {
		for _, a := range d.addresses {
			if id, ok := owner[a]; ok && id != d.id {
				owner[a] = ""
			} else {
				owner[a] = d.id
			}
		}
	}
	return owner
}

// more are the addresses of a device's interfaces besides those at which it is polled. They count only while the one that
// is polled is among them: else they are what it had before it moved, or it stands behind something that translates.
// An address at which another device is polled belongs to that one.
func (a *addresses) more(d seen, owner map[netip.Addr]string) []netip.Addr {
	list := a.of[d.id]
	if !slices.ContainsFunc(list, func(x netip.Addr) bool { return slices.Contains(d.addresses, x) }) {
		return nil
	}
	var more []netip.Addr
	for _, x := range list {
		if _, polled := owner[x]; !polled && len(d.addresses)+len(more) < device.MaxAddresses {
			more = append(more, x)
		}
	}
	return more
}
