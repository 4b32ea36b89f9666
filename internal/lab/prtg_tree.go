package lab

import (
	"fmt"
	"strings"
	"time"
)

// tree writes the sensor tree. Like PRTG's own it is not well-formed: a bare "&" stands in the options.
func (p *PRTG) tree(time.Time) (string, any) {
	var b strings.Builder
	b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<prtg>\n<prtg-version>" + prtgVersion + "</prtg-version>\n" +
		"<options><usertimezone><bias>-60</bias><standardbias>0</standardbias><daylightbias>-60</daylightbias></usertimezone>\n" +
		"<sensortypes>ping=Ping</sensortypes><usedtags>pingsensor,lab&office</usedtags></options>\n<sensortree><nodes>\n" +
		`<group id="0">` + node("Root", 0, "group", "", true))
	for _, probe := range []string{localProbe, remoteProbe} {
		fmt.Fprintf(&b, "<probenode id=%q>%s", fmt.Sprint(probeID(probe)), node(probe, probeID(probe), "probenode", "", true))
		for _, e := range p.entries {
			if e.device.PRTG.Probe == probe {
				p.treeDevice(&b, e)
			}
		}
		b.WriteString("</probenode>")
	}
	b.WriteString("</group></nodes></sensortree>\n</prtg>\n")
	return typeXML, b.String()
}

func node(name string, id int, kind, tags string, active bool) string {
	status := prtgUp
	if !active {
		status = prtgPaused
	}
	return fmt.Sprintf("<name>%s</name><id>%d</id><url>/%s.htm?id=%d</url><tags>%s</tags><priority>3</priority><fixed>0</fixed>"+
		"<hascomment>0</hascomment><status_raw>%d</status_raw><active>%t</active>\n", xmlText(name), id, kind, id, tags, status, active)
}

func xmlText(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

func (p *PRTG) treeDevice(b *strings.Builder, e *prtgEntry) {
	d := e.device.PRTG
	counts := map[string]int{}
	for _, s := range e.sensors {
		counts[bucket(p.statusOf(e, s))]++
	}
	fmt.Fprintf(b, "<device id=\"%d\"><summary>\n\n0,%d,%d,%d,0,0,%d,0</summary>%s<deviceicon>%s</deviceicon><host>%s</host>\n", d.ID,
		counts["upsens"], counts["warnsens"], counts["downsens"], counts["pausedsens"], node(d.Name, d.ID, "device", d.Tags, !e.paused), d.Icon, xmlText(d.Host))
	for _, s := range e.sensors {
		status := p.statusOf(e, s)
		raw := ""
		if v, ok := p.rawValue(s); ok {
			raw = fmt.Sprintf("%.4f", v)
		}
		fmt.Fprintf(b, "<sensor id=\"%d\"><name>%s</name><id>%d</id><url>/sensor.htm?id=%d</url><tags>%s</tags><priority>3</priority><fixed>0</fixed>"+
			"<hascomment>0</hascomment><sensortype>%s</sensortype><sensorkind>%s</sensorkind><interval>%d</interval><status_raw>%d</status_raw>"+
			"<status>%s</status><datamode>0</datamode><lastvalue>%s</lastvalue><lastvalue_raw>%s</lastvalue_raw><statusmessage>%s</statusmessage>"+
			"<lasttime_raw_utc>%s</lasttime_raw_utc><lastok_raw_utc>%s</lastok_raw_utc><lasterror_raw_utc>%s</lasterror_raw_utc>"+
			"<lastup_raw_utc>%s</lastup_raw_utc><lastdown_raw_utc>%s</lastdown_raw_utc><active>true</active></sensor>\n",
			s.ID, xmlText(s.Name), s.ID, s.ID, s.Tags, xmlText(s.Type), s.Kind, p.stated(s), status, strings.TrimSpace(p.statusText(status)),
			xmlText(p.value(s)), raw, xmlText(s.message), zeroIfNever(s.scanned), zeroIfNever(s.lastUp), zeroIfNever(s.lastDown),
			zeroIfNever(s.lastUp), zeroIfNever(s.lastDown))
	}
	b.WriteString("</device>\n")
}

func zeroIfNever(t time.Time) string { return orElse(ole(t), "0") }
