package reach

import (
	"net/netip"
	"slices"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

// maxAddresses bounds what is tried of one device.
const maxAddresses = 4

// subject is one device to look at.
type subject struct {
	identity  device.Identity
	host      string       // to be resolved, where it is not empty
	addresses []netip.Addr // as they are seen from here
	ports     []uint16
}

// subject returns a device of the configuration.
func (t target) subject(nat translations) subject {
	s := subject{identity: device.Identity{Ref: t.name, Name: t.name}, host: t.host, ports: t.ports}
	if t.host == "" {
		s.identity.Addresses = []string{t.address.String()}
		s.addresses = []netip.Addr{nat.seen(t.address)}
	} else {
		s.identity.Hostnames = []string{t.host}
	}
	return s
}

// followed returns the devices that others report, without those that cannot be looked at or should not be. An address that
// several of them have answers for each of them: it is left out where a device has another.
func followed(set settings, devices []sdk.Followed) []subject {
	owners := map[netip.Addr]int{}
	for _, d := range devices {
		for _, a := range d.Addresses {
			owners[a]++
		}
	}
	var all []subject
	for _, d := range devices {
		if set.exclude.device(d.Name) || d.Device == "" {
			continue
		}
		var mine, shared []netip.Addr
		for _, a := range d.Addresses {
			a = a.Unmap()
			seen := set.nat.seen(a)
			if !reportable(a) || !single(seen) || edge(seen) || set.exclude.address(a) {
				continue
			}
			if owners[a] > 1 {
				shared = append(shared, seen)
			} else {
				mine = append(mine, seen)
			}
		}
		if len(mine) == 0 {
			mine = shared
		}
		if len(mine) == 0 {
			continue
		}
		all = append(all, subject{
			identity:  device.Identity{Ref: d.Device, Follows: d.Device},
			addresses: slices.Clip(mine[:min(len(mine), maxAddresses)]), ports: set.ports,
		})
	}
	return all
}
