package sanitize

import (
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/quorate/quorate/device"
)

// KnownValues lists private values for a cleaner: names of devices under the devices they name, the rest by kind.
func KnownValues(registry map[string][]string, devices []device.Current) []Known {
	var out []Known
	named := map[string]bool{}
	for i := range devices {
		d := &devices[i]
		role := RoleOf(d.Type, d.Vendor, d.Model)
		for _, name := range append([]string{d.Name}, d.Hostnames...) {
			if _, err := netip.ParseAddr(name); name == "" || err == nil || named[strings.ToLower(name)] {
				continue
			}
			named[strings.ToLower(name)] = true
			out = append(out, Known{Kind: KindDevice, Value: name, Device: string(d.ID), Role: role})
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(registry)) {
		if kind == "hashed" { // what no text says any more is found by the leak check alone
			continue
		}
		for _, v := range registry[kind] {
			if !named[strings.ToLower(v)] {
				out = append(out, Known{Kind: KindOf(kind), Value: v})
			}
		}
	}
	return out
}
