package snmpagent

import (
	"fmt"
	"time"
)

// NASParams is a Synology NAS: a net-snmp host with Synology's own tables. What is zero gets an invented value.
type NASParams struct {
	HostParams

	Model   string // default "DS920+"
	Version string // default "DSM 7.2-64570"
	Number  string // serial number; default an invented one
	Disks   []Disk // default four healthy ones
}

// Disk is a disk of a NAS. Status and Health use the MIB's numbers; 0 is normal.
type Disk struct {
	Name, Model    string
	Temperature    int // degC; default 36
	Status, Health int
	BadSectors     int
}

// The OIDs of a generated Synology NAS that stories change most.
const (
	NASSystemStatus = "1.3.6.1.4.1.6574.1.1.0"     // 1 normal, 2 failed
	NASTemperature  = "1.3.6.1.4.1.6574.1.2.0"     // degC
	NASPowerStatus  = "1.3.6.1.4.1.6574.1.3.0"     // 1 normal, 2 failed
	NASFanStatus    = "1.3.6.1.4.1.6574.1.4.1.0"   // 1 normal, 2 failed
	NASDiskStatus   = "1.3.6.1.4.1.6574.2.1.1.5."  // + disk from 0: 1 normal, 5 crashed
	NASDiskHealth   = "1.3.6.1.4.1.6574.2.1.1.13." // + disk from 0: 1 normal, 2 warning, 3 critical, 4 failing
	NASRAIDStatus   = "1.3.6.1.4.1.6574.3.1.1.3."  // + RAID from 0: 1 normal, 2 repairing, 11 degraded, 12 crashed
)

// NASRecording makes the walk of a Synology NAS: a net-snmp host with system state, disks, volumes and storage pools.
func NASRecording(p NASParams) *Recording {
	p.Descr = orText(p.Descr, fmt.Sprintf("Linux %s 4.4.302+ #64570 SMP x86_64", orText(p.Name, "nas1")))
	p.Model = orText(p.Model, "DS920+")
	p.Version = orText(p.Version, "DSM 7.2-64570")
	p.Number = orText(p.Number, "20XXEXAMPLE01")
	if len(p.Volumes) == 0 {
		p.Volumes = []Volume{{Mount: "/volume1", Size: 7 << 40, Used: 3 << 40}}
	}
	if p.MemoryKB == 0 {
		p.MemoryKB = 4 << 20
	}
	if len(p.Disks) == 0 {
		p.Disks = make([]Disk, 4)
	}
	p.defaults("nas1", 0xa0)
	r := NewRecording()
	volumes := p.Volumes
	p.Volumes = append([]Volume{{Mount: "/", Size: 2 << 30, Used: 1 << 30}}, volumes...)
	p.fill(r)
	p.Volumes = volumes
	p.synology(r)
	r.sort()
	return r
}

func (p *NASParams) synology(r *Recording) {
	for _, arcs := range [][]uint32{{1, 1, 0}, {1, 3, 0}, {1, 4, 1, 0}, {1, 4, 2, 0}} {
		r.at(Int(1), oidSynology, arcs...)
	}
	r.at(Int(41), oidSynology, 1, 2, 0)
	r.at(Text(p.Model), oidSynology, 1, 5, 1, 0)
	r.at(Text(p.Number), oidSynology, 1, 5, 2, 0)
	r.at(Text(p.Version), oidSynology, 1, 5, 3, 0)
	r.at(Int(2), oidSynology, 1, 5, 4, 0)
	for n, d := range p.Disks {
		i := uint32(n)
		cell := func(column uint32, v Value) { r.at(v, oidSynology, 2, 1, 1, column, i) }
		cell(1, Int(int64(n)))
		cell(2, Text(orText(d.Name, fmt.Sprintf("Disk %d", n+1))))
		cell(3, Text(orText(d.Model, "EXAMPLE-4000")))
		cell(4, Text("SATA"))
		cell(5, Int(int64(orInt(d.Status, 1))))
		cell(6, Int(int64(orInt(d.Temperature, 36))))
		cell(7, Text("data"))
		cell(8, Int(0))
		cell(9, Int(int64(d.BadSectors)))
		cell(10, Int(0))
		cell(11, Int(-1))
		cell(12, Text(fmt.Sprintf("Drive %d", n+1)))
		cell(13, Int(int64(orInt(d.Health, 1))))
	}
	i := uint32(0)
	raid := func(name string, free, total int64) {
		r.at(Int(int64(i)), oidSynology, 3, 1, 1, 1, i)
		r.at(Text(name), oidSynology, 3, 1, 1, 2, i)
		r.at(Int(1), oidSynology, 3, 1, 1, 3, i)
		r.at(Counter64(uint64(free)), oidSynology, 3, 1, 1, 4, i)
		r.at(Counter64(uint64(total)), oidSynology, 3, 1, 1, 5, i)
		r.at(Int(0), oidSynology, 3, 1, 1, 6, i)
		i++
	}
	for n, v := range p.Volumes {
		raid(fmt.Sprintf("Volume %d", n+1), v.Size-v.Used, v.Size)
	}
	for n, v := range p.Volumes {
		raid(fmt.Sprintf("Storage Pool %d", n+1), 512<<20, v.Size)
	}
}

// WDParams is a WD My Cloud: a net-snmp host with WD's table, in which every value is text.
type WDParams struct {
	HostParams

	Model    uint32 // the arc of the model; default 6, an EX4100
	Firmware string // default "5.27.161"
	Disks    []Disk // default four
}

// The OIDs of a generated WD My Cloud EX4100 that stories change most.
const (
	WDTemperature = "1.3.6.1.4.1.5127.1.1.1.6.1.7.0" // "Centigrade:34 \tFahrenheit:93"
	WDFans        = "1.3.6.1.4.1.5127.1.1.1.6.1.8.0" // "fan0: running    "
)

// WDRecording makes the walk of a WD My Cloud.
func WDRecording(p WDParams) *Recording {
	if p.Model == 0 {
		p.Model = 6
	}
	p.Firmware = orText(p.Firmware, "5.27.161")
	base := at(oidWD, 1, 1, 1, p.Model)
	p.Object = orText(p.Object, base.String())
	p.Descr = orText(p.Descr, fmt.Sprintf("Linux %s 4.14.22-armada-18.09.3 ga-18.09.3 #1 SMP armv7l", orText(p.Name, "nas2")))
	p.Contact = orText(p.Contact, "support@wdc.com")
	if len(p.Disks) == 0 {
		p.Disks = make([]Disk, 4)
	}
	if len(p.Volumes) == 0 {
		p.Volumes = []Volume{{Mount: "/mnt/HD/HD_a2", Size: 6 << 40, Used: 2 << 40}}
	}
	if p.Uptime == 0 {
		p.Uptime = 60 * 24 * time.Hour
	}
	p.defaults("nas2", 0xb0)
	r := NewRecording()
	p.fill(r)
	table := at(base, 1)
	r.at(Text("1.00"), table, 1, 0)
	r.at(Text(p.Firmware+" ("+p.Firmware+".0101.2024)"), table, 2, 0)
	r.at(Text(p.Name), table, 3, 0)
	r.at(Text("0"), table, 5, 0)
	r.at(Text("0"), table, 6, 0)
	r.at(Text("Centigrade:34 \tFahrenheit:93"), table, 7, 0)
	r.at(Text("fan0: running    "), table, 8, 0)
	for n, v := range p.Volumes {
		i := uint32(n + 1)
		r.at(Int(int64(i)), table, 9, 1, 1, i)
		for column, text := range map[uint32]string{
			2: fmt.Sprintf("Volume_%d", i), 3: "ext4", 4: "raid5", 5: tera(v.Size), 6: tera(v.Size - v.Used),
		} {
			r.at(Text(text), table, 9, 1, column, i)
		}
	}
	for n, d := range p.Disks {
		i := uint32(n + 1)
		r.at(Int(int64(i)), table, 10, 1, 1, i)
		for column, text := range map[uint32]string{
			2: "WDC", 3: orText(d.Model, "EXAMPLE-4000"), 4: fmt.Sprintf("WD-EXAMPLE%d", i),
			5: fmt.Sprintf("Centigrade:%d", orInt(d.Temperature, 36)), 6: "4000 GB.",
		} {
			r.at(Text(text), table, 10, 1, column, i)
		}
	}
	r.sort()
	return r
}

// tera writes octets as WD does, in binary terabytes with one decimal.
func tera(n int64) string { return fmt.Sprintf("%.1fT", float64(n)/(1<<40)) }
