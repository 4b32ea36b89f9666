package lab

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// treeStep is a device of the tree with what opens before it and closes after it.
type treeStep struct {
	entry       *prtgEntry
	only        *prtgSensor // nil means all of its sensors
	open, close string
}

// tree writes the sensor tree below an object, device by device. No other parameter counts. Like PRTG's own it is not
// well-formed: a bare "&" stands in the options.
func (p *PRTG) tree(q url.Values, _ time.Time) (string, any) {
	steps, outer, found := p.below(q)
	if !found {
		return p.refuse("Sorry, the selected object cannot be used here.")
	}
	return typeXML, p.flaw.spoil(markup{
		head: treeHead(p.opt.Version) + outer,
		n:    len(steps), piece: func(b []byte, i int) []byte {
			s := steps[i]
			b = append(b, s.open...)
			if s.entry != nil {
				b = p.treeDevice(b, s.entry, s.only)
			}
			return append(b, s.close...)
		},
		tail: strings.Repeat("</group>", number(outer != "")) + "</nodes></sensortree>\n</prtg>\n",
	})
}

// treeHead is the beginning of a tree, up to its first object.
func treeHead(version string) string {
	return "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<prtg>\n<prtg-version>" + version + "</prtg-version>\n" +
		"<options><usertimezone><bias>-60</bias><standardbias>0</standardbias><daylightbias>-60</daylightbias></usertimezone>\n" +
		"<sensortypes>ping=Ping,\"snmptraffic=SNMP Traffic\"</sensortypes><usedtags>pingsensor,lab&office</usedtags></options>\n<sensortree><nodes>\n"
}

// endlessTree is a tree of devices that do not end, all of them down.
func endlessTree() endless {
	return endless{
		mime: typeXML, head: treeHead(prtgVersion) + `<group id="0">` + node("Root", 0, "group", "", 1, true) +
			`<probenode id="1">` + node(localProbe, probeID(localProbe), "probenode", "", 1, true),
		row: `<device id="%[1]d"><summary>0,0,0,1,0,0,0,0</summary><name>huge-%[1]d</name><id>%[1]d</id><host>huge-%[1]d.example.net</host>` +
			`<status_raw>3</status_raw><active>true</active><sensor id="9%[1]d"><name>Ping</name><id>9%[1]d</id><sensorkind>Ping</sensorkind>` +
			`<interval>60</interval><status_raw>5</status_raw></sensor></device>`,
		text: `<device id="5"><name>`, deep: `<group id="1">`,
	}
}

// below lists the devices below an object with the nodes around them: everything below the root's number 0, or a probe,
// a group, a device or a sensor, which is then the innermost root itself.
func (p *PRTG) below(q url.Values) (steps []treeStep, outer string, found bool) {
	id := max(byID(q), 0)
	probe := func(name string) string {
		return fmt.Sprintf("<probenode id=\"%d\">%s", probeID(name), node(name, probeID(name), "probenode", "", 1, true))
	}
	if id == 0 {
		for _, name := range prtgProbes() {
			steps = append(steps, treeStep{open: probe(name)})
			for _, g := range p.groups() {
				if g.probe == name {
					steps = append(steps, p.groupSteps(g)...)
				}
			}
			steps[len(steps)-1].close += "</probenode>\n"
		}
		return steps, `<group id="0">` + node("Root", 0, "group", "", 1, true), true
	}
	for _, name := range prtgProbes() {
		if probeID(name) == id {
			steps = append(steps, treeStep{open: probe(name)})
			for _, g := range p.groups() {
				if g.probe == name {
					steps = append(steps, p.groupSteps(g)...)
				}
			}
			steps[len(steps)-1].close += "</probenode>\n"
			return steps, "", true
		}
	}
	for _, g := range p.groups() {
		if groupID(g.name) == id {
			return p.groupSteps(g), "", true
		}
	}
	if e := p.deviceByID(id); e != nil {
		return []treeStep{{entry: e}}, "", true
	}
	if e, s := p.sensorByID(id); s != nil {
		return []treeStep{{entry: e, only: s}}, "", true
	}
	return nil, "", false
}

func (p *PRTG) groupSteps(g prtgGroup) []treeStep {
	steps := []treeStep{{open: fmt.Sprintf("<group id=\"%d\">%s", groupID(g.name), node(g.name, groupID(g.name), "group", "", 0, true))}}
	for _, e := range p.entries {
		if d := e.device.PRTG; d.Group == g.name && d.Probe == g.probe && !e.hidden {
			steps = append(steps, treeStep{entry: e})
		}
	}
	steps[len(steps)-1].close = "</group>\n"
	return steps
}

// node is what every object begins with. A group, a probe and a device are up or paused and nothing else.
func node(name string, id int, kind, tags string, fixed int, active bool) string {
	status := prtgUp
	if !active {
		status = prtgPaused
	}
	return fmt.Sprintf("<name>%s</name><id>%d</id><url>/%s.htm?id=%d</url><tags>%s</tags><priority>3</priority><fixed>%d</fixed>"+
		"<hascomment>0</hascomment><status_raw>%d</status_raw><active>%t</active>\n", xmlText(name), id, kind, id, xmlText(tags), fixed, status, active)
}

func (p *PRTG) treeDevice(b []byte, e *prtgEntry, only *prtgSensor) []byte {
	d := e.device.PRTG
	if only != nil {
		return p.treeSensor(b, e, only)
	}
	element, host := "device", d.Host
	if d.Auto {
		element, host = "autodevice", ""
	}
	n := p.counts(e)
	b = fmt.Appendf(b, "<%s id=\"%d\"><summary>\n\n%d,%d,%d,%d,%d,%d,%d,%d</summary>%s<deviceicon>%s</deviceicon><host>%s</host>\n", element, d.ID,
		n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], node(d.Name, d.ID, "device", d.Tags, 0, !e.paused), d.Icon, xmlText(host))
	for _, s := range e.sensors {
		if !s.hidden {
			b = p.treeSensor(b, e, s)
		}
	}
	return append(b, "</"+element+">\n"...)
}

// treeSensor writes a sensor. Its times are said to be UTC here.
func (p *PRTG) treeSensor(b []byte, e *prtgEntry, s *prtgSensor) []byte {
	leaf := func(name, value string) {
		b = append(append(append(b, '<'), name...), '>')
		b = append(b, xmlText(value)...)
		b = append(append(append(b, "</"...), name...), '>')
	}
	id := strconv.Itoa(s.ID)
	b = append(append(append(b, `<sensor id="`...), id...), `">`...)
	leaf("name", s.Name)
	leaf("id", id)
	leaf("url", "/sensor.htm?id="+id)
	leaf("tags", s.Tags)
	b = append(b, "<priority>3</priority><fixed>0</fixed><hascomment>0</hascomment>"...)
	leaf("sensortype", s.Type)
	leaf("sensorkind", s.treeKind())
	leaf("interval", strconv.Itoa(p.stated(s)))
	leaf("status_raw", strconv.Itoa(p.statusOf(e, s)))
	leaf("status", strings.TrimSpace(p.textOf(e, s)))
	b = append(b, "<datamode>0</datamode>"...)
	leaf("lastvalue", p.value(s))
	raw := ""
	if v, ok := p.rawValue(s); ok {
		raw = strconv.FormatFloat(v, 'f', 4, 64)
	}
	leaf("lastvalue_raw", raw)
	leaf("statusmessage", p.messageOf(e, s))
	leaf("statussince_raw_utc", zeroIfNever(s.since))
	checked, up, down := zeroIfNever(s.scanned), zeroIfNever(s.lastUp), zeroIfNever(s.lastDown)
	leaf("lasttime_raw_utc", checked)
	leaf("lastok_raw_utc", up)
	leaf("lasterror_raw_utc", down)
	leaf("lastup_raw_utc", up)
	leaf("lastdown_raw_utc", down)
	b = append(b, "<cumulateddowntime_raw>1040.5</cumulateddowntime_raw><cumulateduptime_raw>2250000.5</cumulateduptime_raw>"...)
	leaf("cumulatedsince_raw", ole(p.startedAt.AddDate(0, -1, 0)))
	return append(b, fmt.Sprintf("<active>%t</active></sensor>\n", !s.paused)...)
}

// treeKind is the kind in mixed case, as the tree alone has it.
func (s *prtgSensor) treeKind() string {
	i := slices.Index([]string{"ping", "http", "port", "dns"}, s.Kind)
	if i >= 0 {
		return []string{"Ping", "HTTP", "Port", "DNS"}[i]
	}
	if rest, ok := strings.CutPrefix(s.Kind, "snmp"); ok && rest != "" {
		return "SNMP" + strings.ToUpper(rest[:1]) + rest[1:]
	}
	return s.Kind
}

func zeroIfNever(t time.Time) string { return orElse(ole(t), "0") }
