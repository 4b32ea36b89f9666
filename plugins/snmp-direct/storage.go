package snmpdirect

import (
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// The last arcs of the hrStorageTypes that count.
const (
	storageOther     = "1"
	storageRAM       = "2"
	storageVirtual   = "3"
	storageFixedDisk = "4"
	storageFlash     = "9"
)

// storageRow is a row of hrStorageTable, in octets.
type storageRow struct {
	typ, descr       string
	unit, size, used float64
	wrapped          bool // it has more units than its Integer32 can show
	skip             bool
}

// hostColumns are what readHost walks first, in the order in which it takes them.
func hostColumns() []string {
	const storage, ucd = ".1.3.6.1.2.1.25.2.3.1.", ".1.3.6.1.4.1.2021."
	columns := []string{
		storage + "2", storage + "3", storage + "4", storage + "5", storage + "6",
		".1.3.6.1.2.1.25.3.3.1.2", ucd + "4", ucd + "9.1.2", ucd + "10.1.5", ".1.3.6.1.2.1.25.2.2",
	}
	return append(columns, tickColumns()...)
}

// readHost reads what Host Resources and UCD-SNMP-MIB know of a host: its processors, memory and volumes. Ticks of the
// poll before give the shares of the processors' time; those of this poll are returned for the next.
func readHost(s *session, before *cpuTicks, now time.Time) ([]*part, *cpuTicks, error) {
	walked, err := s.walk(hostColumns())
	if err != nil {
		return nil, nil, err
	}
	var disks []*diskRow
	if len(walked[7]) > 0 {
		if disks, err = readDisks(s, walked[7]); err != nil {
			return nil, nil, err
		}
	}
	rows := storageRows(walked[:5])
	after := readTicks(walked[10:], now)
	list := hostParts{at: now}
	list.processors(walked[5], before, after)
	list.loadAverages(walked[8])
	list.memory(rows, walked[6], numbers(walked[9])["0"]*1024)
	list.volumes(rows, disks)
	return list.parts, after, nil
}

// hostParts collects the parts of a host.
type hostParts struct {
	at    time.Time
	parts []*part
}

// add adds a part with its readings, whose component it is.
func (h *hostParts) add(component string, readings ...device.Reading) *part {
	kind, _, _ := strings.Cut(component, ":")
	p := &part{component: component, kind: kind, at: h.at, readings: readings}
	for i := range p.readings {
		p.readings[i].Component = component
	}
	h.parts = append(h.parts, p)
	return p
}

// filled are the readings of something that holds octets.
func filled(size, used float64) []device.Reading {
	return []device.Reading{{Quantity: "size", Value: size, Unit: "By"}, {Quantity: "used", Value: used, Unit: "By"}}
}

// volumes lists the file systems of hrStorage, and those that net-snmp was told to watch. A row whose numbers do not fit
// is taken from there.
func (h *hostParts) volumes(rows []*storageRow, disks []*diskRow) {
	byPath := map[string]*diskRow{}
	for _, d := range disks {
		byPath[d.path] = d
	}
	n := 0
	have := map[string]bool{}
	for _, r := range rows {
		if r.skip || r.size <= 0 || n == maxParts || (r.typ != storageFixedDisk && r.typ != storageFlash) || have[r.descr] {
			continue
		}
		n++
		have[r.descr] = true
		size, used := r.size, r.used
		d := byPath[r.descr]
		if d != nil && d.size > 0 && (r.wrapped || d.size-r.size > (1<<31)*r.unit) {
			size, used = d.size, d.used // hrStorage's number went beyond its 32 bits, once or more often
		}
		p := h.add("volume:"+r.descr, filled(size, used)...)
		d.judge(p)
	}
	for _, d := range disks {
		if have[d.path] || d.size <= 0 || noise(d.path) || n == maxParts {
			continue
		}
		n++
		have[d.path] = true
		d.judge(h.add("volume:"+d.path, filled(d.size, d.used)...))
	}
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
				r.unit = max(0, n)
			case 3:
				r.size, r.wrapped = units(n)*r.unit, n < 0
			case 4:
				r.used = units(n) * r.unit
			}
		}
	}
	seen := map[[2]float64]bool{} // sizes and uses of file systems
	for _, r := range order {
		r.skip = r.descr == "" || noise(r.descr)
		if r.skip || r.typ != storageFixedDisk || r.size == 0 || r.used == 0 {
			continue
		}
		// Bind mounts show the same file system again, with the same use. Empty ones of equal size are different ones.
		of := [2]float64{r.size, r.used}
		r.skip = seen[of]
		seen[of] = true
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

// units repairs a number of units above 2^31, which Integer32 shows as negative: 8.8 TB in units of 4 KiB.
func units(n float64) float64 {
	if n < 0 {
		n += 1 << 32
	}
	return n
}

// noise reports whether a row is no storage that anybody has: kernel file systems, containers, kernel zones.
func noise(descr string) bool {
	for _, p := range []string{"/dev", "/run", "/sys", "/proc", "/var/lib/docker", "/var/lib/containers", "/snap"} {
		if descr == p || strings.HasPrefix(descr, p+"/") {
			return true
		}
	}
	for _, p := range []string{"UMA:", "MALLOC:"} {
		if strings.HasPrefix(descr, p) {
			return true
		}
	}
	return strings.Contains(descr, "/@docker/") || strings.Contains(descr, "overlay") || strings.HasSuffix(descr, "/dev")
}
