package prtg

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
)

// treeOf writes the sensor tree of the server whose tables hold these rows: probes, their devices, their sensors. A
// device without a host is an auto-discovery's placeholder. Like PRTG's own the tree is no good XML: a bare "&".
func treeOf(probes, devices, sensors []any) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8" ?>` + "\n<prtg><prtg-version>25.1.100.1000</prtg-version><options><usedtags>pingsensor,lab&office</usedtags></options>\n" +
		`<sensortree><nodes><group id="0"><name>Root</name><id>0</id>` + "\n")
	below := map[string][]map[string]any{}
	for _, d := range devices {
		if d, ok := d.(map[string]any); ok && cellOf(d, "objid") != "" {
			below[cellOf(d, "probe")] = append(below[cellOf(d, "probe")], d)
		}
	}
	of := map[string][]map[string]any{}
	for _, s := range sensors {
		if s, ok := s.(map[string]any); ok && cellOf(s, "objid") != "" {
			of[cellOf(s, "parentid")] = append(of[cellOf(s, "parentid")], s)
		}
	}
	for _, p := range probes {
		p, ok := p.(map[string]any)
		name := cellOf(p, "name")
		if !ok || below[name] == nil {
			continue
		}
		fmt.Fprintf(&b, `<probenode id="%s">`, cellOf(p, "objid"))
		element(&b, "name", name)
		for _, d := range below[name] {
			deviceElement(&b, d, of[cellOf(d, "objid")])
		}
		b.WriteString("</probenode>\n")
		delete(below, name)
	}
	b.WriteString(`<group id="50"><name>elsewhere</name>`)
	for _, ds := range below {
		for _, d := range ds {
			deviceElement(&b, d, of[cellOf(d, "objid")])
		}
	}
	b.WriteString("</group></group></nodes></sensortree></prtg>\n")
	return b.String()
}

func deviceElement(b *strings.Builder, d map[string]any, sensors []map[string]any) {
	kind := "device"
	if cellOf(d, "host") == "" {
		kind = "autodevice"
	}
	var c counts
	for _, s := range sensors {
		c.add(smallInt(text(cellOf(s, "status_raw"))))
	}
	c.by[inUp] += c.collecting
	c.by[inUnknown] += c.odd
	fmt.Fprintf(b, "<%s id=\"%s\"><summary>\n\n%s</summary>", kind, cellOf(d, "objid"), strings.Trim(strings.ReplaceAll(fmt.Sprint(c.by), " ", ","), "[]"))
	element(b, "name", cellOf(d, "device"))
	element(b, "id", cellOf(d, "objid"))
	element(b, "host", cellOf(d, "host"))
	element(b, "status_raw", cellOf(d, "status_raw"))
	for _, s := range sensors {
		fmt.Fprintf(b, `<sensor id="%s">`, cellOf(s, "objid"))
		for _, f := range []struct{ element, column string }{
			{"name", "sensor"}, {"tags", "tags"}, {"sensorkind", "type_raw"}, {"interval", "interval_raw"}, {"status_raw", "status_raw"},
			{"lastvalue", "lastvalue"}, {"lastvalue_raw", "lastvalue_raw"}, {"statusmessage", "message_raw"},
			{"lasttime_raw_utc", "lastcheck_raw"}, {"lastup_raw_utc", "lastup_raw"},
		} {
			if v := cellOf(s, f.column); v != "" {
				element(b, f.element, v)
			}
		}
		b.WriteString("</sensor>\n")
	}
	fmt.Fprintf(b, "</%s>\n", kind)
}

func element(b *strings.Builder, name, value string) {
	fmt.Fprintf(b, "<%s>", name)
	_ = xml.EscapeText(b, []byte(value)) // A strings.Builder takes everything.
	fmt.Fprintf(b, "</%s>", name)
}

// cellOf is a cell of a row as XML would show it.
func cellOf(row map[string]any, column string) string {
	value := row[column]
	for k, v := range row {
		if strings.EqualFold(k, column) {
			value = v
		}
	}
	switch v := value.(type) {
	case nil, map[string]any, []any:
		return ""
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return fmt.Sprint(v)
	}
}
