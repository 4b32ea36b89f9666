package lab

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// FailHealth has the core say of itself that it is not well: 503 on the calls that ask for that.
func (p *PRTG) FailHealth(failing bool) {
	p.world.inspect(func(time.Time) { p.unwell = failing })
}

func (p *PRTG) health(url.Values, time.Time) (string, any) {
	if p.unwell {
		return typeJSON, refusal{http.StatusServiceUnavailable, `{"prtg-version":"` + p.opt.Version + `","healthy":false}`}
	}
	return typeJSON, object{{"prtg-version", p.opt.Version}, {"healthy", true}}
}

// totals are the sensors of the core by buckets.
func (p *PRTG) totals() (n [8]int) {
	for _, e := range p.entries {
		for i, c := range p.counts(e) {
			n[i] += c
		}
	}
	return n
}

// statusFields are what the calls for the core's status tell. Nearly all of it is text, and zero is none.
func (p *PRTG) statusFields(now time.Time) object {
	n := p.totals()
	text := func(bucket int) string {
		if n[bucket] == 0 {
			return ""
		}
		return strconv.Itoa(n[bucket])
	}
	return object{
		{"NewMessages", "12"}, {"NewAlarms", "0"}, {"Alarms", text(3)}, {"PartialAlarms", text(7)}, {"AckAlarms", text(4)}, {"UnusualSens", text(5)},
		{"UpSens", text(1)}, {"WarnSens", text(2)}, {"PausedSens", text(6)}, {"UnknownSens", text(0)}, {"NewTickets", "0"}, {"UserId", "100"},
		{"UserTimeZone", "UTC+1:00"}, {"ToDos", ""}, {"Favs", 0}, {"Clock", p.dateText(now)}, {"Version", p.opt.Version + "+"}, {"BackgroundTasks", "0"},
		{"CorrelationTasks", "0"}, {"AutoDiscoTasks", "0"}, {"ReportTasks", "0"}, {"EditionType", "C"}, {"PRTGUpdateAvailable", false},
		{"MaintExpiryDays", "200"}, {"TrialExpiryDays", -1}, {"CommercialExpiryDays", ""}, {"Overloadprotection", false}, {"ClusterType", ""},
		{"ClusterNodeName", ""}, {"IsAdminUser", false}, {"ReadOnlyUser", "true"}, {"TicketUser", "true"}, {"ReadOnlyAllowAcknowledge", "false"},
		{"LowMem", false}, {"ActivationAlert", ""}, {"PRTGHost", "12345678"}, {"MaxSensorCount", "1000"}, {"Activated", "1"},
	}
}

// getStatus is JSON, under the names that end in .htm and .json.
func (p *PRTG) getStatus(_ url.Values, now time.Time) (string, any) {
	return typeJSON, p.statusFields(now)
}

// getStatusXML is the same as XML.
func (p *PRTG) getStatusXML(_ url.Values, now time.Time) (string, any) {
	text := []byte("<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<status>\n")
	for _, f := range p.statusFields(now) {
		text = fmt.Appendf(text, "<%s>%s</%s>\n", f.name, xmlText(fmt.Sprint(f.value)), f.name)
	}
	return typeXML, string(text) + "</status>\n"
}

// treeNodeStats are totals alone.
func (p *PRTG) treeNodeStats(url.Values, time.Time) (string, any) {
	n := p.totals()
	sum := 0
	for _, c := range n {
		sum += c
	}
	return typeXML, fmt.Sprintf("<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<data><prtg-version>%s</prtg-version><upsens>%d</upsens><downsens>%d</downsens>"+
		"<warnsens>%d</warnsens><downacksens>%d</downacksens><partialdownsens>%d</partialdownsens><unusualsens>%d</unusualsens><pausedsens>%d</pausedsens>"+
		"<undefinedsens>%d</undefinedsens><totalsens>%d</totalsens></data>\n", p.opt.Version, n[1], n[3], n[2], n[4], n[7], n[5], n[6], n[0], sum)
}
