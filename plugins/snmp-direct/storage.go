package snmpdirect

import (
	"strconv"
	"strings"

	"github.com/quorate/quorate/device"
)

const (
	storageRAM       = "2"
	storageVirtual   = "3"
	storageFixedDisk = "4"
)

// storageRow is a row of hrStorageTable.
type storageRow struct {
	typ, descr       string
	unit, size, used float64
	skip             bool
}

// readStorage reads volumes, memory and processor load of a host: Host Resources, and UCD's memory where it is.
func readStorage(s *session) ([]device.Reading, error) {
	const table = ".1.3.6.1.2.1.25.2.3.1."
	walked, err := s.walk([]string{
		table + "2", table + "3", table + "4", table + "5", table + "6", ".1.3.6.1.2.1.25.3.3.1.2", ".1.3.6.1.4.1.2021.4",
	})
	if err != nil {
		return nil, err
	}
	list := processorLoad(walked[5])
	rows := storageRows(walked[:5])
	memory, ok := ucdMemory(walked[6])
	if !ok {
		memory = hostMemory(rows)
	}
	list = append(list, memory...)
	for _, r := range rows {
		switch {
		case r.skip || r.size <= 0:
		case r.typ == storageFixedDisk:
			list = append(list, filled("volume:"+r.descr, r.size, r.used)...)
		case r.typ == storageVirtual && isSwap(r.descr):
			list = append(list, filled("memory:"+r.descr, r.size, r.used)...)
		}
	}
	return list, nil
}

func filled(component string, size, used float64) []device.Reading {
	return []device.Reading{
		{Component: component, Quantity: "size", Value: size, Unit: "By"},
		{Component: component, Quantity: "used", Value: used, Unit: "By"},
	}
}

// processorLoad is the mean of all cores, in %.
func processorLoad(cells []cell) []device.Reading {
	sum, n := 0.0, 0.0
	for _, c := range cells {
		if v, ok := number(c.value); ok && v >= 0 && v <= 100 {
			sum, n = sum+v, n+1
		}
	}
	if n == 0 {
		return nil
	}
	return []device.Reading{{Component: "cpu:total", Quantity: "load", Value: sum / n, Unit: "%"}}
}

func storageRows(walked [][]cell) []*storageRow {
	rows := map[string]*storageRow{}
	var order []*storageRow
	for column, cells := range walked {
		for _, c := range cells {
			r := rows[c.index]
			if r == nil {
				r = &storageRow{}
				rows[c.index] = r
				order = append(order, r)
			}
			n, _ := number(c.value)
			switch column {
			case 0:
				r.typ = storageType(object(c.value))
			case 1:
				// bsnmpd adds the kind of file system and the device.
				r.descr, _, _ = strings.Cut(text(c.value), ", type: ")
			case 2:
				r.unit = n
			case 3:
				r.size = units(n) * r.unit
			case 4:
				r.used = units(n) * r.unit
			}
		}
	}
	for i, r := range order {
		r.skip = r.descr == "" || noise(r.descr) || mirrored(order[:i], r)
	}
	return order
}

// storageType is the last arc of an hrStorageType. FreeBSD's bsnmpd puts the type of the file system there.
func storageType(o string) string {
	const storageTypes, fileSystemTypes = "1.3.6.1.2.1.25.2.1.", "1.3.6.1.2.1.25.3.9."
	if strings.HasPrefix(o, fileSystemTypes) {
		return storageFixedDisk
	}
	typ, _ := strings.CutPrefix(o, storageTypes)
	return typ
}

// units repairs a number of units above 2^31, which Integer32 shows as negative.
func units(n float64) float64 {
	if n < 0 {
		n += 1 << 32
	}
	return n
}

// noise reports whether a row is no storage that anybody has: kernel file systems, containers, kernel zones.
func noise(descr string) bool {
	for _, p := range []string{"/dev", "/run", "/sys", "/proc", "/tmp", "/var/run", "/var/lib/docker", "/var/lib/containers", "/snap/"} {
		if descr == strings.TrimSuffix(p, "/") || strings.HasPrefix(descr, strings.TrimSuffix(p, "/")+"/") {
			return true
		}
	}
	return strings.HasPrefix(descr, "UMA:") || strings.Contains(descr, "/@docker/") || strings.Contains(descr, "overlay")
}

// mirrored reports whether an earlier row is the same file system: bind mounts show equal size and use.
func mirrored(earlier []*storageRow, r *storageRow) bool {
	if r.typ != storageFixedDisk || r.size == 0 {
		return false
	}
	for _, e := range earlier {
		if !e.skip && e.typ == r.typ && e.size == r.size && e.used == r.used {
			return true
		}
	}
	return false
}

func isSwap(descr string) bool { return strings.Contains(strings.ToLower(descr), "swap") }

// hostMemory reads main memory out of hrStorage. Linux counts buffers and cache as used there.
func hostMemory(rows []*storageRow) []device.Reading {
	spare := 0.0
	for _, r := range rows {
		if r.descr == "Memory buffers" || r.descr == "Cached memory" {
			spare += r.used
		}
	}
	for _, r := range rows {
		name := strings.ToLower(r.descr)
		if r.typ != storageRAM && name != "real memory metrics" || r.size <= 0 {
			continue
		}
		if name == "physical memory" || name == "real memory" || name == "real memory metrics" || name == "ram" {
			return filled("memory:"+r.descr, r.size, max(0, r.used-spare))
		}
	}
	return nil
}

// ucdMemory reads main memory out of UCD-SNMP-MIB, in kB: used is total less free, buffers and cache.
func ucdMemory(cells []cell) ([]device.Reading, bool) {
	const total, free, buffers, cached = 5, 6, 14, 15
	kb := map[int]float64{}
	for _, c := range cells {
		column, leaf, ok := strings.Cut(c.index, ".")
		n, err := strconv.Atoi(column)
		if v, isNumber := number(c.value); ok && leaf == "0" && err == nil && isNumber {
			kb[n] = v
		}
	}
	if kb[total] <= 0 {
		return nil, false
	}
	if _, ok := kb[free]; !ok {
		return nil, false
	}
	used := max(0, kb[total]-kb[free]-kb[buffers]-kb[cached])
	return filled("memory:Physical memory", kb[total]*1024, used*1024), true
}
