package lab

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// channel is one of a sensor's channels. The downtime's is -4.
type channel struct {
	id     int
	name   string
	factor float64 // of the sensor's value
}

func (s *prtgSensor) channels() []channel {
	switch s.Kind {
	case "ping":
		return []channel{{-4, "Downtime", 0}, {0, "Ping Time", 1}, {1, "Minimum", 0.8}, {2, "Maximum", 1.3}, {3, " Packet Loss ", 0}}
	case "snmptraffic":
		return []channel{{-4, "Downtime", 0}, {0, "Traffic In", 0.4}, {1, "Traffic Out", 0.6}, {-1, "Traffic Total", 1}}
	}
	return []channel{{-4, "Downtime", 0}, {0, s.Name, 1}}
}

// channelRows are the channels of a sensor with their last values, or its last values with their times.
func (p *PRTG) channelRows(content string, s *prtgSensor, now time.Time) []cell {
	var cells []cell
	if content == "values" {
		for at := s.scanned; len(cells) < 100 && at.After(p.startedAt.Add(-time.Hour)); at = at.Add(-p.opt.Interval * time.Duration(s.Factor)) {
			cells = append(cells, p.valueCells(s, at, now))
		}
		return cells
	}
	for _, ch := range s.channels() {
		cells = append(cells, p.channelCells(s, ch))
	}
	return cells
}

func (p *PRTG) channelCells(s *prtgSensor, ch channel) cell {
	return func(name string) (column, bool) {
		switch name {
		case "objid":
			return column{ch.id, nil}, true
		case "name":
			return column{ch.name, nil}, true
		case "lastvalue":
			v, ok := p.rawValue(s)
			if !ok {
				return column{"", ""}, true
			}
			if ch.id < -1 {
				return column{"", ""}, true
			}
			return column{strconv.FormatFloat(v*ch.factor, 'f', 2, 64) + " " + s.Unit, v * ch.factor}, true
		}
		return column{}, false
	}
}

func (p *PRTG) valueCells(s *prtgSensor, at, now time.Time) cell {
	return func(name string) (column, bool) {
		switch name {
		case "datetime":
			return column{p.dateText(at), p.when(at, now).raw}, true
		case "value", "value_":
			if p.downAt(s, at) {
				return column{"", ""}, true
			}
			v := s.valueAt(at)
			return column{strconv.FormatFloat(v, 'f', 2, 64) + " " + s.Unit, v}, true
		case "coverage":
			return column{"100 %", 10000}, true
		}
		return column{}, false
	}
}

// downAt reports whether the sensor had no value then, as far as it remembers.
func (p *PRTG) downAt(s *prtgSensor, at time.Time) bool {
	return s.status == prtgDown && !at.Before(s.since)
}

// history answers the values of a time, as JSON, XML or CSV by the call's name. The keys of JSON are names of
// channels; a missing value is "".
func (p *PRTG) history(kind string) prtgHandler {
	return func(p *PRTG, q url.Values, now time.Time) (string, any) {
		_, s := p.sensorByID(byID(q))
		if s == nil {
			return p.refuse("Sorry, the selected object cannot be used here.")
		}
		step := max(p.opt.Interval*time.Duration(s.Factor), time.Second)
		to, err := prtgDate(q.Get("edate"))
		if err != nil {
			to = now
		}
		from, err := prtgDate(q.Get("sdate"))
		if err != nil {
			from = to.Add(-time.Hour)
		}
		average, _ := strconv.Atoi(q.Get("avg"))
		if average <= 0 && to.Sub(from) > 40*24*time.Hour || to.Sub(from) > 500*24*time.Hour {
			return p.refuse("The maximum time range of raw data is 40 days, that of averages 500 days.")
		}
		step = max(step, time.Duration(average)*time.Second)
		n := min(max(int(to.Sub(from)/step), 0), prtgMaxRows)
		at := func(i int) time.Time { return from.Add(time.Duration(i+1) * step) }
		switch kind {
		case "xml":
			return typeXML, p.flaw.spoil(markup{
				head: fmt.Sprintf("<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<histdata totalcount=\"%d\" %s=\"1\">\n<prtg-version>%s</prtg-version>\n",
					n, lastPage, p.opt.Version),
				n: n, piece: func(b []byte, i int) []byte { return p.historyItem(b, s, at(i)) }, tail: "</histdata>\n",
			})
		case "csv":
			head := []byte(`"Date Time"`)
			for _, ch := range s.channels() {
				head = fmt.Appendf(head, ",%q,%q", ch.name, ch.name+"(RAW)")
			}
			return "text/csv; charset=UTF-8", markup{head: string(head) + "\r\n", n: n, piece: func(b []byte, i int) []byte {
				b = fmt.Appendf(b, "%q", p.dateText(at(i)))
				for _, ch := range s.channels() {
					shown, raw := p.channelAt(s, ch, at(i))
					b = fmt.Appendf(b, ",%q,%q", shown, raw)
				}
				return append(b, "\r\n"...)
			}}
		}
		return typeJSON, object{{"prtg-version", p.opt.Version}, {"treesize", n}, {"histdata", list{n, func(i int) object {
			return p.historyRow(s, at(i), average > 0, step)
		}}}}
	}
}

// channelAt is a channel's value then, as text and as a number, both "" where there is none.
func (p *PRTG) channelAt(s *prtgSensor, ch channel, at time.Time) (shown, raw string) {
	if p.downAt(s, at) || ch.id < -1 {
		return "", ""
	}
	v := s.valueAt(at) * ch.factor
	return strings.TrimSpace(strconv.FormatFloat(v, 'f', 2, 64) + " " + s.Unit), strconv.FormatFloat(v, 'f', 4, 64)
}

// historyRow has a time, or with averages a span of time.
func (p *PRTG) historyRow(s *prtgSensor, at time.Time, average bool, step time.Duration) object {
	when := p.dateText(at)
	if average {
		when = p.dateText(at.Add(-step)) + " - " + p.dateText(at)
	}
	o := object{{"datetime", when}}
	for _, ch := range s.channels() {
		if ch.id < -1 {
			continue
		}
		if p.downAt(s, at) {
			o.add(ch.name, "")
			continue
		}
		o.add(ch.name, s.valueAt(at)*ch.factor)
	}
	coverage := "100 %"
	if p.downAt(s, at) {
		coverage = "0 %"
	}
	o.add("coverage", coverage)
	return o
}

func (p *PRTG) historyItem(b []byte, s *prtgSensor, at time.Time) []byte {
	b = fmt.Appendf(b, "<item><datetime>%s</datetime><datetime_raw>%s</datetime_raw>", p.dateText(at), ole(at))
	for _, ch := range s.channels() {
		id := fmt.Sprintf(" channelid=\"%d\"", ch.id)
		if p.before(14) {
			id = ""
		}
		shown, raw := p.channelAt(s, ch, at)
		b = fmt.Appendf(b, "<value channel=%q%s>%s</value>", ch.name, id, xmlText(shown))
		if raw != "" {
			b = fmt.Appendf(b, "<value_raw channel=%q%s>%s</value_raw>", ch.name, id, raw)
		}
	}
	return append(b, "<coverage>100 %</coverage><coverage_raw>0000010000</coverage_raw></item>\n"...)
}
