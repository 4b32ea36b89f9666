package snmpagent

import (
	"fmt"
	"net"
	"net/netip"
	"time"
)

// HostParams is a host with net-snmp. What is zero gets an invented value.
type HostParams struct {
	Name, Location, Contact string
	Descr                   string // sysDescr; default a Debian one
	// Object is sysObjectID as dotted text; default net-snmp's for Linux.
	Object    string
	MAC       net.HardwareAddr // of the first interface; further ones count up. Default 00:00:5e:00:53:c0
	Ifaces    []string         // default "eth0"; "lo" comes by itself
	Addresses []netip.Prefix   // the first on the first interface, and so on
	Cores     int              // default 4
	Load      int              // % of each core; default 7
	MemoryKB  int64            // default 8 GiB
	Volumes   []Volume         // default "/"
	Uptime    time.Duration
	Serial    string // ENTITY serial of the chassis; empty leaves ENTITY out
}

// Volume is a mounted file system.
type Volume struct {
	Mount      string
	Size, Used int64 // octets
}

// The OIDs of a generated host that stories change most.
const (
	HostProcessorLoad = "1.3.6.1.2.1.25.3.3.1.2." // + 196608 + core: %
	HostVolumeUsed    = "1.3.6.1.2.1.25.2.3.1.6." // + 31 + volume: units of 4096 octets
	HostMemoryFree    = "1.3.6.1.4.1.2021.4.6.0"  // kB
	SystemName        = "1.3.6.1.2.1.1.5.0"       // sysName
	SystemUptime      = "1.3.6.1.2.1.1.3.0"       // sysUpTime, hundredths of a second
	firstProcessor    = 196608
	firstVolume       = 31
	storageUnit       = 4096
	storageFixedDisk  = 4
	storageRAM        = 2
	storageVirtual    = 3
	storageOther      = 1
)

// HostRecording makes the walk of a net-snmp host: system, interfaces, addresses, host resources and UCD's memory, load
// and CPU ticks.
func HostRecording(p HostParams) *Recording {
	p.defaults("host", 0xc0)
	r := NewRecording()
	p.fill(r)
	r.sort()
	return r
}

func (p *HostParams) defaults(name string, mac byte) {
	p.Name = orText(p.Name, name)
	p.Location = orText(p.Location, "rack 1")
	p.Descr = orText(p.Descr, fmt.Sprintf("Linux %s 6.1.0-18-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 x86_64", p.Name))
	p.Object = orText(p.Object, "1.3.6.1.4.1.8072.3.2.10")
	if p.MAC == nil {
		p.MAC = net.HardwareAddr{0x00, 0x00, 0x5e, 0x00, 0x53, mac}
	}
	if len(p.Ifaces) == 0 {
		p.Ifaces = []string{"eth0"}
	}
	p.Cores, p.Load = orInt(p.Cores, 4), orInt(p.Load, 7)
	if p.MemoryKB == 0 {
		p.MemoryKB = 8 << 20
	}
	if len(p.Volumes) == 0 {
		p.Volumes = []Volume{{Mount: "/", Size: 64 << 30, Used: 19 << 30}}
	}
	if p.Uptime == 0 {
		p.Uptime = 23 * 24 * time.Hour
	}
}

func (p *HostParams) fill(r *Recording) {
	object, err := ParseOID(p.Object)
	if err != nil {
		object = oidNone
	}
	r.system(system{descr: p.Descr, contact: p.Contact, name: p.Name, location: p.Location, object: object, uptime: p.Uptime})
	r.engine(8072, p.MAC, p.Uptime)
	r.at(Int(int64(1+len(p.Ifaces))), oidIfNumber, 0)
	r.iface(iface{index: 1, name: "lo", descr: "lo", kind: 24, mtu: 65536, speed: 10e6, up: true, uptime: p.Uptime})
	r.address(netip.MustParsePrefix("127.0.0.1/8"), 1)
	for n, name := range p.Ifaces {
		r.iface(iface{
			index: uint32(n + 2), name: name, descr: name, kind: 6, mtu: 1500, speed: 1e9, mac: offset(p.MAC, uint64(n)),
			up: n == 0 || n < len(p.Addresses), connector: true, in: 210000, out: 640000, uptime: p.Uptime,
		})
		if n < len(p.Addresses) {
			r.address(p.Addresses[n], uint32(n+2))
		}
	}
	if p.Serial != "" {
		r.at(Text(p.Name), oidEntity, 2, 1)
		r.at(Int(3), oidEntity, 5, 1)
		r.at(Text(p.Serial), oidEntity, 11, 1)
	}
	p.resources(r)
	p.ucd(r)
}

// resources fills the Host Resources MIB, with the rows that net-snmp adds and nobody wants to see as disks.
func (p *HostParams) resources(r *Recording) {
	r.at(Ticks(hundredths(p.Uptime+time.Minute)), oidHost, 1, 1, 0)
	r.at(Int(p.MemoryKB), oidHost, 2, 2, 0)
	storage := func(i, kind uint32, descr string, unit, size, used int64) {
		r.at(Int(int64(i)), oidHost, 2, 3, 1, 1, i)
		r.at(Object(at(oidHost, 2, 1, kind)), oidHost, 2, 3, 1, 2, i)
		r.at(Text(descr), oidHost, 2, 3, 1, 3, i)
		r.at(Int(unit), oidHost, 2, 3, 1, 4, i)
		r.at(Int(int64(int32(size))), oidHost, 2, 3, 1, 5, i) // wraps above 8 TiB, as in net-snmp
		r.at(Int(int64(int32(used))), oidHost, 2, 3, 1, 6, i)
	}
	m := p.MemoryKB
	storage(1, storageRAM, "Physical memory", 1024, m, m*9/10)
	storage(3, storageVirtual, "Virtual memory", 1024, 2*m, m)
	storage(6, storageOther, "Memory buffers", 1024, m, m/20)
	storage(7, storageOther, "Cached memory", 1024, m/2, m/2)
	storage(8, storageOther, "Shared memory", 1024, m/50, m/50)
	storage(10, storageVirtual, "Swap space", 1024, m/4, m/100)
	i := uint32(firstVolume)
	for _, v := range p.Volumes {
		storage(i, storageFixedDisk, v.Mount, storageUnit, v.Size/storageUnit, v.Used/storageUnit)
		i++
	}
	for _, mount := range []string{"/run", "/dev/shm", "/sys/fs/cgroup"} {
		storage(i, storageFixedDisk, mount, storageUnit, m/16, 12)
		i++
	}
	for c := range uint32(p.Cores) {
		r.at(Object(oidNone), oidHost, 3, 3, 1, 1, firstProcessor+c)
		r.at(Int(int64(p.Load)), oidHost, 3, 3, 1, 2, firstProcessor+c)
	}
}

func (p *HostParams) ucd(r *Recording) {
	m := p.MemoryKB
	for column, kb := range map[uint32]int64{3: m / 4, 4: m/4 - m/100, 5: m, 6: m / 10, 11: m/4 - m/100 + m/10, 13: m / 50, 14: m / 20, 15: m / 2} {
		r.at(Int(kb), oidUCD, 4, column, 0)
	}
	for i, load := range []int64{31, 28, 22} {
		n := uint32(i + 1)
		r.at(Int(int64(n)), oidUCD, 10, 1, 1, n)
		r.at(Text(fmt.Sprintf("Load-%d", []int{1, 5, 15}[i])), oidUCD, 10, 1, 2, n)
		r.at(Text(fmt.Sprintf("%.2f", float64(load)/100)), oidUCD, 10, 1, 3, n)
		r.at(Int(load), oidUCD, 10, 1, 5, n)
		r.at(Float(float32(load)/100), oidUCD, 10, 1, 6, n)
	}
	for column, rate := range map[uint32]float64{50: 4, 51: 0, 52: 2, 53: 92, 54: 1, 56: 0, 61: 1, 64: 0} {
		r.moving(Counter32(uint64(rate*float64(p.Cores)*p.Uptime.Seconds())), rate*float64(p.Cores), oidUCD, 11, column, 0)
	}
}
