package snmpagent

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// SwitchParams is a switch of HP's AOS-S family. What is zero gets an invented value.
type SwitchParams struct {
	Name, Location, Contact string
	Model                   string // default "HP J9775A 2530-48G Switch", as sysDescr begins
	Version                 string // default "YA.16.11.0012"
	Serial                  string
	// MAC is the chassis' own address; port p has MAC + p. Default 00:00:5e:00:53:00.
	MAC net.HardwareAddr
	// Addresses are the management addresses, each on a VLAN interface of its own.
	Addresses []netip.Prefix
	// Copper and Fibre are the numbers of RJ45 and SFP ports; default 48 and 4.
	Copper, Fibre int
	// Up lists the ports with link beside those of Neighbours and Hosts.
	Up         []int
	Neighbours []Neighbour
	Hosts      []Host
	// Aliases are port descriptions by port number.
	Aliases             map[int]string
	Fans, PowerSupplies int // default 2 and 1
	Uptime              time.Duration
}

// Neighbour is a device that tells its name by LLDP behind a port.
type Neighbour struct {
	Port        int
	Name        string
	Description string
	MAC         net.HardwareAddr // the chassis id
	PortID      string           // the neighbour's own name of its port; default "eth0"
	Address     netip.Addr       // its management address, if it tells one
}

// Host is a MAC address that the switch has learned behind a port.
type Host struct {
	Port int
	MAC  net.HardwareAddr
}

// The switch's tables under HP's enterprise number.
var (
	oidHPSensors = at(oidHP, 2, 14, 11, 1, 2, 6, 1)
	oidHPSlot    = at(oidHP, 2, 14, 11, 5, 1, 1, 2)
	oidHPCPU     = at(oidHP, 2, 14, 11, 5, 1, 9, 6, 1, 0)
	oidHPFan     = at(oidHP, 2, 14, 11, 5, 1, 54, 2, 1, 1)
	oidHPPower   = at(oidHP, 2, 14, 11, 5, 1, 55, 1, 1, 1)
	oidHPSerial  = at(oidHP, 2, 36, 1, 1, 2, 9, 0)
	oidHPKinds   = at(oidHP, 2, 3, 7, 8, 3)
	oidHPSwitch  = at(oidHP, 2, 3, 7, 11, 139)
)

// The OIDs of a generated switch that stories change most.
const (
	SwitchCPU         = "1.3.6.1.4.1.11.2.14.11.5.1.9.6.1.0"
	SwitchFanState    = "1.3.6.1.4.1.11.2.14.11.5.1.54.2.1.1.4." // + fan: 5 good, 3 slow, 1 removed
	SwitchPowerState  = "1.3.6.1.4.1.11.2.14.11.5.1.55.1.1.1.2." // + supply: 3 powered, 4 failed
	SwitchTemperature = "1.3.6.1.4.1.11.2.14.11.1.2.6.1.4.3"     // 4 good, 3 warning, 2 bad
	PortAdmin         = "1.3.6.1.2.1.2.2.1.7."                   // + ifIndex: 1 up, 2 down
	PortOper          = "1.3.6.1.2.1.2.2.1.8."                   // + ifIndex: 1 up, 2 down
)

// SwitchRecording makes the walk of a switch: system, interfaces, addresses, bridge and its table, LLDP, entities,
// and HP's own CPU, memory, fans, power supplies and chassis sensors.
func SwitchRecording(p SwitchParams) *Recording {
	p.defaults()
	r := NewRecording()
	r.system(system{
		descr:   fmt.Sprintf("%s, revision %s, ROM YA.15.20 (/ws/build/ya)", p.Model, p.Version),
		contact: p.Contact, name: p.Name, location: p.Location, object: oidHPSwitch, uptime: p.Uptime,
	})
	r.engine(11, p.MAC, p.Uptime)
	p.interfaces(r)
	p.bridge(r)
	p.lldp(r)
	p.chassis(r)
	r.sort()
	return r
}

func (p *SwitchParams) defaults() {
	p.Name = orText(p.Name, "switch")
	p.Location = orText(p.Location, "rack 1")
	p.Model = orText(p.Model, "HP J9775A 2530-48G Switch")
	p.Version = orText(p.Version, "YA.16.11.0012")
	p.Serial = orText(p.Serial, "CN00EXAMPLE1")
	p.Copper, p.Fibre = orInt(p.Copper, 48), orInt(p.Fibre, 4)
	p.Fans, p.PowerSupplies = orInt(p.Fans, 2), orInt(p.PowerSupplies, 1)
	if p.MAC == nil {
		p.MAC = net.HardwareAddr{0x00, 0x00, 0x5e, 0x00, 0x53, 0x00}
	}
	if p.Uptime == 0 {
		p.Uptime = 41 * 24 * time.Hour
	}
}

func (p *SwitchParams) ports() int { return p.Copper + p.Fibre }

func (p *SwitchParams) interfaces(r *Recording) {
	up := map[int]bool{}
	for _, n := range p.Up {
		up[n] = true
	}
	for _, n := range p.Neighbours {
		up[n.Port] = true
	}
	for _, h := range p.Hosts {
		up[h.Port] = true
	}
	vlans := max(1, len(p.Addresses))
	const loopbacks = 8
	r.at(Int(int64(p.ports()+vlans+loopbacks)), oidIfNumber, 0)
	for n := 1; n <= p.ports(); n++ {
		i := iface{
			index: uint32(n), name: strconv.Itoa(n), descr: strconv.Itoa(n), alias: p.Aliases[n], kind: 6, mtu: 1500,
			speed: 1e9, mac: offset(p.MAC, uint64(n)), up: up[n], connector: true, uptime: p.Uptime,
		}
		if i.up {
			i.in, i.out = 1500*float64(n), 4000*float64(n)
		}
		r.iface(i)
	}
	for v := range vlans {
		i := iface{
			index: uint32(102 + 10*v), name: "DEFAULT_VLAN", descr: "DEFAULT_VLAN", kind: 53, mtu: 1500, speed: 0,
			mac: p.MAC, up: true, uptime: p.Uptime,
		}
		if v > 0 {
			i.name = fmt.Sprintf("VLAN%d", 1+10*v)
			i.descr = i.name
		}
		r.iface(i)
		if v < len(p.Addresses) {
			r.address(p.Addresses[v], i.index)
		}
	}
	for l := range loopbacks {
		r.iface(iface{
			index: uint32(4324 + l), name: fmt.Sprintf("lo%d", l), descr: "Switch loopback interface", kind: 24, mtu: 9198,
			up: l == 0, uptime: p.Uptime,
		})
	}
	r.address(netip.MustParsePrefix("127.0.0.1/8"), 4324)
}

func (p *SwitchParams) bridge(r *Recording) {
	r.at(Octets(p.MAC), oidBridge, 1, 1, 0)
	r.at(Int(int64(p.ports())), oidBridge, 1, 2, 0)
	r.at(Int(2), oidBridge, 1, 3, 0)
	for n := 1; n <= p.ports(); n++ {
		r.at(Int(int64(n)), oidBridge, 1, 4, 1, 1, uint32(n))
		r.at(Int(int64(n)), oidBridge, 1, 4, 1, 2, uint32(n))
	}
	row := func(mac net.HardwareAddr, port int) {
		arcs := octetArcs(mac)
		r.at(Octets(mac), oidBridge, append([]uint32{4, 3, 1, 1}, arcs...)...)
		r.at(Int(int64(port)), oidBridge, append([]uint32{4, 3, 1, 2}, arcs...)...)
		r.at(Int(3), oidBridge, append([]uint32{4, 3, 1, 3}, arcs...)...)
		r.at(Int(int64(port)), oidBridge, append([]uint32{7, 1, 2, 2, 1, 2, 1}, arcs...)...)
		r.at(Int(3), oidBridge, append([]uint32{7, 1, 2, 2, 1, 3, 1}, arcs...)...)
	}
	for _, n := range p.Neighbours {
		if len(n.MAC) == 6 {
			row(n.MAC, n.Port)
		}
	}
	for _, h := range p.Hosts {
		if len(h.MAC) == 6 {
			row(h.MAC, h.Port)
		}
	}
	r.at(Text("DEFAULT_VLAN"), oidBridge, 7, 1, 4, 3, 1, 1, 1)
}

func (p *SwitchParams) lldp(r *Recording) {
	r.at(Int(4), oidLLDPLocal, 1, 0)
	r.at(Octets(p.MAC), oidLLDPLocal, 2, 0)
	r.at(Text(p.Name), oidLLDPLocal, 3, 0)
	r.at(Text(p.Model), oidLLDPLocal, 4, 0)
	for n := 1; n <= p.ports(); n++ {
		r.at(Int(7), oidLLDPLocal, 7, 1, 2, uint32(n))
		r.at(Text(strconv.Itoa(n)), oidLLDPLocal, 7, 1, 3, uint32(n))
		r.at(Text(strconv.Itoa(n)), oidLLDPLocal, 7, 1, 4, uint32(n))
	}
	for i, n := range p.Neighbours {
		key := []uint32{0, uint32(n.Port), uint32(i + 1)}
		cell := func(v Value, column uint32) { r.at(v, oidLLDPRem, append([]uint32{1, 1, column}, key...)...) }
		id := orText(n.PortID, "eth0")
		cell(Int(4), 4)
		cell(Octets(n.MAC), 5)
		cell(Int(5), 6)
		cell(Text(id), 7)
		cell(Text(id), 8)
		cell(Text(n.Name), 9)
		cell(Text(n.Description), 10)
		cell(Octets([]byte{0x28}), 11)
		cell(Octets([]byte{0x28}), 12)
		if a := n.Address.Unmap(); a.Is4() {
			arcs := append(append(key[:3:3], 1, 4), addressArcs(a)...)
			r.at(Int(2), oidLLDPRem, append([]uint32{2, 1, 3}, arcs...)...)
			r.at(Int(1), oidLLDPRem, append([]uint32{2, 1, 4}, arcs...)...)
			r.at(Object(oidNone), oidLLDPRem, append([]uint32{2, 1, 5}, arcs...)...)
		}
	}
}

// chassis fills the entities and what HP keeps under its own number.
func (p *SwitchParams) chassis(r *Recording) {
	entity := func(i uint32, class int64, descr, name, serial, model string) {
		r.at(Text(descr), oidEntity, 2, i)
		r.at(Object(at(oidHPKinds, 1)), oidEntity, 3, i)
		r.at(Int(min(1, int64(i)-1)), oidEntity, 4, i)
		r.at(Int(class), oidEntity, 5, i)
		r.at(Text(name), oidEntity, 7, i)
		r.at(Text(p.Version), oidEntity, 10, i)
		r.at(Text(serial), oidEntity, 11, i)
		r.at(Text("HP"), oidEntity, 12, i)
		r.at(Text(model), oidEntity, 13, i)
	}
	number := p.Model
	if words := strings.Fields(p.Model); len(words) > 1 {
		number = words[1]
	}
	entity(1, 3, p.Model, "Chassis", p.Serial, number)
	r.at(Text(p.Serial), oidHPSerial)

	sensor := func(i, kind uint32, status int64, descr string) {
		r.at(Int(int64(i)), oidHPSensors, 1, i)
		r.at(Object(at(oidHPKinds, kind)), oidHPSensors, 2, i)
		r.at(Int(1), oidHPSensors, 3, i)
		r.at(Int(status), oidHPSensors, 4, i)
		r.at(Counter32(0), oidHPSensors, 5, i)
		r.at(Counter32(0), oidHPSensors, 6, i)
		r.at(Text(descr), oidHPSensors, 7, i)
	}
	sensor(1, 2, 4, "Fan Sensor")
	sensor(2, 1, 4, "Power Supply Sensor")
	sensor(3, 3, 4, "Over temperature sensor")

	const total, free = 134217728, 91750400
	for _, table := range []uint32{1, 2} {
		r.at(Int(1), oidHPSlot, table, 1, 1, 1, 1)
		r.at(Int(total), oidHPSlot, table, 1, 1, 5, 1)
		r.at(Int(free), oidHPSlot, table, 1, 1, 6, 1)
		r.at(Int(total-free), oidHPSlot, table, 1, 1, 7, 1)
	}
	r.at(Int(11), oidHPCPU)
	for f := range uint32(p.Fans) {
		i := f + 1
		entity(10+i, 7, "Fan", fmt.Sprintf("Fan %d", i), "", "")
		r.at(Int(0), oidHPFan, 2, i)
		r.at(Int(0), oidHPFan, 3, i)
		r.at(Int(5), oidHPFan, 4, i)
		r.at(Int(0), oidHPFan, 5, i)
		r.at(Counter32(0), oidHPFan, 6, i)
	}
	for s := range uint32(p.PowerSupplies) {
		i := s + 1
		entity(20+i, 6, "Power supply", fmt.Sprintf("PSU %d", i), "", "")
		r.at(Int(3), oidHPPower, 2, i)
		r.at(Counter32(0), oidHPPower, 3, i)
		r.at(Int(31), oidHPPower, 4, i)
		r.at(Text("AC 100-240V"), oidHPPower, 5, i)
		r.at(Int(38), oidHPPower, 6, i)
		r.at(Int(60), oidHPPower, 7, i)
		r.moving(Counter32(uint64(p.Uptime.Seconds())), 1, oidHPPower, 8, i)
		r.at(Text("built-in"), oidHPPower, 9, i)
	}
}
