package snmpdirect

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/quorate/quorate/device"
)

const (
	mostVLAN = 4094
	// maxMembers bounds the ports that are named in all VLANs of a device, so that a switch with thousands of trunked
	// VLANs stays below the size of an observation: VLANs beyond it are listed without ports.
	maxMembers = 16_384
)

const oidBasePort = ".1.3.6.1.2.1.17.1.4.1.2" // dot1dBasePortIfIndex

// basePorts are the components of a bridge's ports by their number in the bridge, which is not the interface's index.
func basePorts(cells []cell, ifaces []*iface) map[int]string {
	names := indexes(ifaces)
	ports := make(map[int]string, len(cells))
	for _, c := range cells {
		port, err := strconv.Atoi(c.index)
		if n, ok := integer(c.value); ok && err == nil && names[formatIndex(n)] != "" {
			ports[port] = "port:" + names[formatIndex(n)]
		}
	}
	return ports
}

// readVLANs reads the VLANs of a bridge: their names as they were configured, and their ports as they are now, which may
// have come by GVRP or 802.1X; a device that does not tell those has its configured ones.
func readVLANs(s *session, ifaces []*iface) ([]device.VLAN, error) {
	const static, current = ".1.3.6.1.2.1.17.7.1.4.3.1.", ".1.3.6.1.2.1.17.7.1.4.2.1."
	walked, err := s.walk([]string{oidBasePort, static + "1", static + "2", static + "4", current + "4", current + "5"})
	if err != nil {
		return nil, err
	}
	ports := basePorts(walked[0], ifaces)
	type membership struct{ egress, untagged []byte }
	members := map[int]*membership{}
	names := map[int]string{}
	of := func(index string) *membership {
		// The index of a current VLAN begins with a time mark.
		id, err := strconv.Atoi(index[strings.LastIndexByte(index, '.')+1:])
		if err != nil || id < 1 || id > mostVLAN {
			return nil
		}
		if members[id] == nil {
			members[id] = &membership{}
		}
		return members[id]
	}
	for _, c := range walked[1] {
		if of(c.index) != nil {
			id, _ := strconv.Atoi(c.index)
			names[id] = text(c.value)
		}
	}
	for _, columns := range [][][]cell{walked[2:4], walked[4:6]} {
		for column, cells := range columns {
			for _, c := range cells {
				bits, ok := c.value.([]byte)
				m := of(c.index)
				switch {
				case m == nil || !ok:
				case column == 0:
					m.egress = bits
				default:
					m.untagged = bits
				}
			}
		}
	}
	var list []device.VLAN
	left := maxMembers
	for _, id := range slices.Sorted(maps.Keys(members)) {
		v := device.VLAN{ID: id, Name: names[id]}
		if m := members[id]; left > 0 {
			for _, port := range slices.Sorted(maps.Keys(ports)) {
				switch {
				case inBitmap(m.untagged, port) && inBitmap(m.egress, port):
					v.Untagged = append(v.Untagged, ports[port])
				case inBitmap(m.egress, port):
					v.Tagged = append(v.Tagged, ports[port])
				}
			}
			left -= len(v.Tagged) + len(v.Untagged)
		}
		list = append(list, v)
	}
	return list, nil
}

// inBitmap reports whether a port is in a list of ports: the first port is the highest bit of the first octet.
func inBitmap(bits []byte, port int) bool {
	i := port - 1
	return i >= 0 && i/8 < len(bits) && bits[i/8]&(0x80>>(i%8)) != 0
}
