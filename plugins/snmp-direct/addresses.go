package snmpdirect

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// own reports whether addresses and MACs of the interface are the device's own: containers, virtual machines and bridges
// have ones that other devices have too.
func (i *iface) own() bool {
	if i.typ == typeLoopback {
		return false
	}
	for _, prefix := range []string{"docker", "veth", "virbr", "tap", "fwbr", "fwln", "fwpr", "vnet", "lxc", "cni", "flannel", "cali"} {
		if strings.HasPrefix(i.name, prefix) {
			return false
		}
	}
	// Docker's own bridges are br- and twelve hexadecimal digits; br-lan is somebody's LAN.
	id, ok := strings.CutPrefix(i.name, "br-")
	return !ok || len(id) != 12 || strings.Trim(id, "0123456789abcdef") != ""
}

// macs are the device's own Ethernet addresses, each once, in the order of the interfaces.
func macs(all []*iface) []string {
	var list []string
	for _, i := range all {
		if ethernet(i.typ) && i.mac != "" && i.own() && !slices.Contains(list, i.mac) {
			list = append(list, i.mac)
		}
	}
	return list
}

// readAddresses reads the addresses of the device, by interface index: ipAddrTable, which has IPv4 only, and
// ipAddressTable, which newer agents have. The address is taken from the row's index: many agents leave the first column
// out.
func readAddresses(s *session) (map[netip.Addr]string, error) {
	walked, err := s.walk([]string{".1.3.6.1.2.1.4.20.1.2", ".1.3.6.1.2.1.4.34.1.3", ".1.3.6.1.2.1.4.34.1.4"})
	if err != nil {
		return nil, err
	}
	found := map[netip.Addr]string{}
	for _, c := range walked[0] {
		if a, ok := indexAddress(c.index); ok && useful(a) {
			n, _ := integer(c.value)
			found[a] = formatIndex(n)
		}
	}
	const unicast = 1
	types := numbers(walked[2])
	for _, c := range walked[1] {
		// Linux lists the broadcast addresses of its networks, too: every host there has those.
		if typ, ok := types[c.index]; ok && typ != unicast {
			continue
		}
		if a, rest, ok := typedAddress(c.index); ok && rest == "" && useful(a) {
			n, _ := integer(c.value)
			found[a] = formatIndex(n)
		}
	}
	return found, nil
}

// typedAddress reads an address at the beginning of an index as InetAddressType, length and octets, and returns what
// follows it. Zones are left out: what has one is not known beyond its link.
func typedAddress(index string) (netip.Addr, string, bool) {
	typ, rest, _ := strings.Cut(index, ".")
	length, rest, _ := strings.Cut(rest, ".")
	n, err := strconv.Atoi(length)
	want := map[string]int{"1": 4, "2": 16}[typ]
	if err != nil || want == 0 || n != want {
		return netip.Addr{}, "", false
	}
	b := make([]byte, want)
	for i := range b {
		var arc string
		arc, rest, _ = strings.Cut(rest, ".")
		v, err := strconv.ParseUint(arc, 10, 8)
		if err != nil {
			return netip.Addr{}, "", false
		}
		b[i] = byte(v)
	}
	a, ok := netip.AddrFromSlice(b)
	return a.Unmap(), rest, ok
}

func formatIndex(n int64) string { return strconv.FormatInt(n, 10) }
