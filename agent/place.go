package agent

import (
	"encoding/binary"
	"encoding/hex"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"

	"github.com/quorate/quorate/consensus"
)

// place is where the agent's host is in the network: what others see of it, and through whom it sees the rest.
type place struct {
	consensus.Home
	gateways []string
}

// virtual are the beginnings of names of interfaces that no switch sees.
var virtual = []string{"veth", "docker", "br-", "virbr", "cni", "flannel", "cali", "tun", "tap", "wg", "vnet", "fwbr", "fwpr", "fwln"}

// findPlace reads the interfaces and the routes of this machine. What cannot be read is left out: then less is known of
// what hangs on what.
func findPlace() place {
	var p place
	ifaces, err := net.Interfaces()
	if err != nil {
		return p
	}
	for _, i := range ifaces {
		if i.Flags&net.FlagLoopback != 0 || i.Flags&net.FlagUp == 0 || slices.ContainsFunc(virtual, func(v string) bool { return strings.HasPrefix(i.Name, v) }) {
			continue
		}
		if len(i.HardwareAddr) == 6 {
			p.MACs = append(p.MACs, i.HardwareAddr.String())
		}
		addresses, err := i.Addrs()
		if err != nil {
			continue
		}
		for _, a := range addresses {
			if prefix, err := netip.ParsePrefix(a.String()); err == nil && prefix.Addr().Is4() && !prefix.Addr().IsLinkLocalUnicast() {
				p.Addresses = append(p.Addresses, prefix.Addr().String())
			}
		}
	}
	if routes, err := os.ReadFile("/proc/net/route"); err == nil {
		p.gateways = defaultGateways(string(routes))
	}
	slices.Sort(p.MACs)
	slices.Sort(p.Addresses)
	p.MACs, p.Addresses = slices.Compact(p.MACs), slices.Compact(p.Addresses)
	return p
}

// defaultGateways reads the gateways of default routes as Linux tells them: a line a route, its destination and gateway
// as hexadecimal digits of four octets, the last one first.
func defaultGateways(routes string) []string {
	var found []string
	for line := range strings.Lines(routes) {
		f := strings.Fields(line)
		if len(f) < 3 || f[1] != "00000000" {
			continue
		}
		b, err := hex.DecodeString(f[2])
		if err != nil || len(b) != 4 || f[2] == "00000000" {
			continue
		}
		var octets [4]byte
		binary.BigEndian.PutUint32(octets[:], binary.LittleEndian.Uint32(b))
		found = append(found, netip.AddrFrom4(octets).String())
	}
	slices.Sort(found)
	return slices.Compact(found)
}
