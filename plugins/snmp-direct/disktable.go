package snmpdirect

import "github.com/quorate/quorate/device"

// diskRow is a row of UCD's dskTable, in octets: a file system that snmpd.conf names.
type diskRow struct {
	path       string
	size, used float64
	flag       int64 // dskErrorFlag: 1 where less is free than snmpd.conf asks for
	hasFlag    bool
}

// readDisks reads the rows of dskTable whose paths are given. Sizes come as two halves of 64 bits from newer agents.
func readDisks(s *session, paths []cell) ([]*diskRow, error) {
	const table = ".1.3.6.1.4.1.2021.9.1."
	walked, err := s.walk([]string{
		table + "6", table + "8", table + "11", table + "12", table + "15", table + "16", table + "100",
	})
	if err != nil {
		return nil, err
	}
	size, used := numbers(walked[0]), numbers(walked[1])
	sizeLow, sizeHigh, usedLow, usedHigh := numbers(walked[2]), numbers(walked[3]), numbers(walked[4]), numbers(walked[5])
	flag := numbers(walked[6])
	var list []*diskRow
	for _, c := range paths {
		path := text(c.value)
		if path == "" || len(list) == maxParts {
			continue
		}
		d := &diskRow{path: path, size: halves(sizeLow, sizeHigh, size, c.index), used: halves(usedLow, usedHigh, used, c.index)}
		f, ok := flag[c.index]
		d.flag, d.hasFlag = int64(f), ok
		list = append(list, d)
	}
	return list, nil
}

// halves joins the low and the high half of a number of kB, and takes the 32-bit one where they are missing.
func halves(low, high, short map[string]float64, index string) float64 {
	if l, ok := low[index]; ok {
		return 1024 * (high[index]*(1<<32) + units(l))
	}
	return 1024 * max(0, short[index])
}

// judge gives a volume the opinion that the device itself has of its fill level, where it has one.
func (d *diskRow) judge(p *part) {
	if d == nil || !d.hasFlag {
		return
	}
	switch d.flag {
	case 0:
		p.state, p.raw = device.StateOK, []string{"dskErrorFlag=0 noError"}
	case 1:
		p.state, p.raw = device.StateWarning, []string{"dskErrorFlag=1 error"}
	}
}
