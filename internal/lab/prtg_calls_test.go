package lab

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestPRTGCalls(t *testing.T) {
	p, w, c := testPRTG(t, PRTGOptions{Interval: time.Minute})
	if err := w.Break("nas-6", "disk:1", "critical"); err != nil {
		t.Fatal(err)
	}
	c.move(10 * time.Minute)
	d, _ := w.Device("nas-6")
	ping, disk, device := d.PRTG.Sensors[0].ID, d.PRTG.Sensors[3].ID, d.PRTG.ID
	const k = "&apitoken=k"
	id := func(n int) string { return fmt.Sprintf("&id=%d", n) }
	table := "/api/table.json?apitoken=k&columns=objid,name,lastvalue,tags,status&content="
	answers{
		{"the tree is XML alone", table + "sensortree", 200, "errormsg", ""},
		{"CSV", "/api/table.csv?content=sensors&columns=objid,sensor,status" + k + id(device), 200, "\"objid\",\"sensor\",\"status\",\"status(RAW)\"\r\n", ""},
		{"groups", table + "groups", 200, `"name":"Storage"`, ""},
		{"groups of a probe", table + "groups&id=40", 200, `"name":"Cameras"`, "Storage"},
		{"channels", table + "channels" + id(ping), 200, `"objid":-4,"name":"Downtime"`, ""},
		{"values", "/api/table.json?content=values&columns=datetime,value,coverage" + k + id(ping), 200, `"coverage_raw":10000`, ""},
		{"a substring", table + "devices&filter_device=@sub(NAS-6,nas-7)&columns=device", 200, `"treesize":2`, ""},
		{"either of two", table + "devices&columns=device&filter_device=nas-4&filter_device=nas-1", 200, `"treesize":2`, ""},
		{"other than", table + "sensors&filter_status=@neq(3)", 200, `"treesize":1,`, ""},
		{"which a list ignores", table + "sensors&filter_tags=@neq(pingsensor)" + id(device), 200, `"treesize":7,`, ""},
		{"a tag", table + "sensors&filter_tags=@tag(pingsensor)", 200, `"treesize":68,`, ""},
		{"above", table + "sensors&filter_status=@above(4)", 200, `"treesize":1,`, ""},
		{"below", table + "sensors&filter_status=@below(3)", 200, `"treesize":0,`, ""},
		{"a filter on no column", table + "devices&filter_nonsense=1&columns=device", 200, `"treesize":68,`, ""},
		{"every row at once", table + "sensors&count=*", 200, `"treesize":369,`, ""},
		{"seconds down", "/api/table.json?content=sensors&columns=downtimesince,uptime,coverage" + k + id(disk), 200, `"downtimesince_raw":540`, ""},
		{"zero-padded", "/api/table.xml?content=sensors&columns=downtimesince,coverage" + k + id(disk), 200, "<downtimesince_raw>0000000540</downtimesince_raw>", ""},
		{"status as XML", "/api/getstatus.xml?id=0" + k, 200, "<Alarms>1</Alarms>", ""},
		{"status as JSON", "/api/status.json?id=0" + k, 200, `"Alarms":"1"`, ""},
		{"totals", "/api/gettreenodestats.xml?x=1" + k, 200, "<downsens>1</downsens>", ""},
		{"health", "/api/health.json?maxage=60" + k, 200, `"healthy":true`, ""},
		{"details", "/api/getsensordetails.json?x=1" + k + id(ping), 200, `s ago]"`, `prtg-version`},
		{"a property", "/api/getobjectproperty.htm?name=host&show=text" + k + id(device), 200, "<result>198.51.100.16</result>", ""},
		{"a secret", "/api/getobjectproperty.htm?name=snmpcommunityv2" + k + id(device), 200, Canary, ""},
		{"no such property", "/api/getobjectproperty.htm?name=nonsense" + k + id(device), 200, "(Property not found)", ""},
		{"no such object", "/api/getobjectproperty.htm?name=host&id=99" + k, 400, "<error>", ""},
		{"a state", "/api/getobjectstatus.htm?name=status" + k + id(disk), 200, "<result>Down </result>", ""},
		{"history", "/api/historicdata.json?sdate=2026-01-15-11-00-00&edate=2026-01-15-11-10-00" + k + id(ping), 200, `"treesize":10,"histdata":[{"datetime":"1/15/2026 11:01:00 AM","Ping Time":`, ""},
		{"a channel with blanks", "/api/historicdata.json?x=1" + k + id(ping), 200, `" Packet Loss ":0`, ""},
		{"what was missed", "/api/historicdata.json?sdate=2026-01-15-11-05-00" + k + id(disk), 200, `"Disk 1":"","coverage":"0 %"`, ""},
		{"averages are spans", "/api/historicdata.json?avg=300&sdate=2026-01-15-11-00-00&edate=2026-01-15-11-10-00" + k + id(ping), 200,
			`"datetime":"1/15/2026 11:00:00 AM - 1/15/2026 11:05:00 AM"`, ""},
		{"too much raw data", "/api/historicdata.json?sdate=2025-01-15-11-00-00&edate=2026-01-15-11-10-00" + k + id(ping), 400, "<error>", ""},
		{"history as XML", "/api/historicdata.xml?x=1" + k + id(ping), 200, `<value channel="Ping Time" channelid="0">`, ""},
		{"history as CSV", "/api/historicdata.csv?x=1" + k + id(ping), 200, `"Date Time","Downtime"`, ""},
		{"a page without a session", "/devices.htm", 302, "", ""},
		{"the log bounded", "/api/table.json?content=messages&columns=objid,status&filter_dstart=2026-01-15-11-05-00" + k, 200, `"messages":[]`, ""},
		{"the log of today", "/api/table.json?content=messages&columns=objid,status&filter_drel=today" + k, 200, `"status_raw":608`, ""},
		{"the log of another object", "/api/table.json?content=messages&columns=objid,status&id=40" + k, 200, `"messages":[]`, ""},
	}.check(t, p, "")
	p.FailHealth(true)
	answers{{"not healthy", "/api/healthstatus.json?x=1" + k, 503, `"healthy":false`, ""}}.check(t, p, "")
	if resp := ask(p, "/api/table.json?content=devices&passhash=k", ""); resp.Header.Get("LoginAgain") != "true" {
		t.Error("a refused log-in says LoginAgain")
	}
	old := NewPRTG(w, PRTGOptions{APIToken: "k", Version: "13.1.2", PoliteErrors: true})
	answers{
		{"too old", "/api/status.json?id=0" + k, 404, "404", ""},
		{"an error that looks well", "/api/getsensordetails.json?id=77" + k, 200, "<error>", ""},
		{"no ids of channels", "/api/historicdata.xml?x=1" + k + id(ping), 200, `<value channel="Ping Time">`, ""},
	}.check(t, old, "")
	if resp := ask(old, "/api/getsensordetails.json?id=77"+k, ""); !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		t.Error("an error that looks well is JSON by its type")
	}
}

// Every state that PRTG has is to be had, in rows, counters and the tree alike.
func TestPRTGShows(t *testing.T) {
	p, w, c := testPRTG(t, PRTGOptions{Interval: time.Minute})
	d, _ := w.Device("nas-6")
	id := fmt.Sprintf("&id=%d", d.PRTG.ID)
	look := func() (states, counters, summary string) {
		t.Helper()
		for _, r := range decode[prtgTable](t, ask(p, prtgURL("sensors", "status", id), "")).Sensors {
			states += fmt.Sprint(r["status_raw"], " ")
		}
		row := decode[prtgTable](t, ask(p, prtgURL("devices", "undefinedsens,upsens,warnsens,downsens,downacksens,unusualsens,pausedsens,partialdownsens", id), "")).Devices[0]
		for _, name := range buckets() {
			counters += fmt.Sprint(row[name+"_raw"], ",")
		}
		tree := body(t, ask(p, "/api/table.xml?content=sensortree&apitoken=k"+id, ""))
		_, rest, _ := strings.Cut(tree, "<summary>")
		summary, _, _ = strings.Cut(rest, "</summary>")
		return strings.TrimSpace(states), strings.TrimSuffix(counters, ","), strings.TrimSpace(summary)
	}
	for i, s := range d.PRTG.Sensors {
		p.Show("nas-6", s.Name, []int{0, 2, 4, 10, 14, 12, 42}[i], "Shown")
	}
	states, counters, summary := look()
	if states != "0 2 4 10 14 12 42" || counters != "2,1,1,0,0,1,1,1" || summary != counters {
		t.Errorf("states %s, counters %s, summary %s", states, counters, summary)
	}
	p.Show("nas-6", "", -1, "")
	if err := w.Kill("nas-6"); err != nil {
		t.Fatal(err)
	}
	c.move(time.Minute)
	p.Acknowledge("nas-6", "part ordered")
	states, counters, _ = look()
	if states != "13 8 8 8 8 8 8" || counters != "0,0,0,0,1,0,6,0" {
		t.Errorf("acknowledged: %s, %s", states, counters)
	}
	text := body(t, ask(p, prtgURL("sensors", "message,status", id), ""))
	if !strings.Contains(text, "(Acknowledged by Operator on 1/15/2026 11:01:00 AM: part ordered)") || !strings.Contains(text, `"Down (Acknowledged) "`) {
		t.Errorf("%.600s", text)
	}
	if err := w.Revive("nas-6"); err != nil {
		t.Fatal(err)
	}
	c.move(time.Minute)
	p.Pause("nas-6", true)
	if states, counters, summary = look(); states != "7 7 7 7 7 7 7" || counters != "0,0,0,0,0,0,7,0" || summary != counters {
		t.Errorf("paused: %s, %s, %s", states, counters, summary)
	}
	if text := body(t, ask(p, prtgURL("sensors", "status,active", id), "")); !strings.Contains(text, `"Paused  (paused by parent)","status_raw":7,"active":true`) {
		t.Errorf("%.400s", text)
	}
	p.Pause("nas-6", false)

	call := func(what, target, want string) {
		t.Helper()
		resp := ask(p, "/api/"+target+"&apitoken=k", "")
		body(t, resp)
		if states, _, _ := look(); resp.StatusCode != http.StatusOK || states != want {
			t.Errorf("%s: %d, then %s, want %s", what, resp.StatusCode, states, want)
		}
	}
	sensor := fmt.Sprintf("id=%d,%d", d.PRTG.Sensors[1].ID, d.PRTG.Sensors[2].ID)
	call("pause two", "pause.htm?action=0&"+sensor, "3 7 7 3 3 3 3")
	call("resume them", "pause.htm?action=1&"+sensor, "3 3 3 3 3 3 3")
	call("a test alarm", "simulate.htm?action=1&"+sensor, "3 5 5 3 3 3 3")
	call("its end", "pause.htm?action=1&"+sensor, "3 3 3 3 3 3 3")
	if err := w.StopAgent("nas-6"); err != nil {
		t.Fatal(err)
	}
	call("scan now", "scannow.htm?x=1"+id, "3 5 5 5 5 3 3")
	call("acknowledge", "acknowledgealarm.htm?ackmsg=known&"+sensor, "3 13 13 5 5 3 3")
	if resp := ask(p, "/api/pause.htm?id=99&action=0&apitoken=k", ""); resp.StatusCode != http.StatusFound || !strings.HasPrefix(resp.Header.Get("Location"), "/error.htm?errormsg=Object+not+found") {
		t.Errorf("an object that does not exist: %d, %s", resp.StatusCode, resp.Header.Get("Location"))
	}
	log := body(t, ask(p, prtgURL("messages", "objid,status", "&count=*"), ""))
	for _, number := range []string{"602", "604", "608", "619"} {
		if !strings.Contains(log, `"status_raw":`+number) {
			t.Errorf("the log has no %s: %.600s", number, log)
		}
	}

	p.Hide("nas-6", "Ping")
	if states, _, summary = look(); states != "13 13 5 5 3 3" || summary != "0,3,0,2,2,0,0,0" {
		t.Errorf("a sensor that the account does not see: %s, %s", states, summary)
	}
	p.Hide("nas-6")
	if n := decode[prtgTable](t, ask(p, prtgURL("devices", "objid", ""), "")).Total; n != 67 {
		t.Errorf("%d devices are seen", n)
	}
	p.DisconnectProbe(localProbe, true)
	if log := body(t, ask(p, prtgURL("messages", "objid,status,name", "&count=1"), "")); !strings.Contains(log, `"status_raw":613`) {
		t.Errorf("a probe that goes: %s", log)
	}
	older := NewPRTG(w, PRTGOptions{APIToken: "k", Version: "18.2.41"})
	older.DisconnectProbe(localProbe, true)
	if text := body(t, ask(older, prtgURL("sensors", "status", id), "")); strings.Count(text, `"status_raw":6`) != 7 {
		t.Errorf("an older core says No Probe: %s", text)
	}
}

func TestPRTGTree(t *testing.T) {
	devices := Home()
	devices[67].PRTG.Auto = true
	c := newClock()
	w, err := NewWorld(devices, c.Now)
	if err != nil {
		t.Fatal(err)
	}
	p := NewPRTG(w, PRTGOptions{APIToken: "k"})
	tree := func(more string) string {
		return body(t, ask(p, "/api/table.xml?content=sensortree&apitoken=k"+more, ""))
	}
	whole := tree("")
	for element, want := range map[string]int{"<group id=": 6, "<probenode id=": 2, "<device id=": 67, "<autodevice id=": 1, "<sensor id=": 369, "lab&office": 1,
		"</group>": 6, "</probenode>": 2, "<sensorkind>SNMPTraffic</sensorkind>": 61} {
		if n := strings.Count(whole, element); n != want {
			t.Errorf("%d of %s, want %d", n, element, want)
		}
	}
	for more, want := range map[string][4]int{ // probes, groups, devices, sensors
		"&id=40": {1, 3, 53, 205}, "&id=51": {0, 1, 8, 90}, "&id=2002": {0, 0, 1, 53}, "&id=3001": {0, 0, 0, 1},
	} {
		part := tree(more)
		var got [4]int
		for i, element := range []string{"<probenode id=", "<group id=", "device id=", "<sensor id="} {
			got[i] = strings.Count(part, element)
		}
		if got != want {
			t.Errorf("below %s: probes, groups, devices, sensors %v, want %v", more, got, want)
		}
	}
	if resp := ask(p, "/api/table.xml?content=sensortree&apitoken=k&id=77", ""); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("below nothing: %d", resp.StatusCode)
	}
	// What each flaw does to Go's own decoder, as it was measured.
	for flaw, lenient := range map[XMLFlaw]bool{
		FlawNone: true, FlawAmpersand: true, FlawEntity: true, FlawNUL: false, FlawControl: false, FlawCharset: false, FlawLess: false,
		FlawUnclosed: true, FlawCut: false, FlawHTML: true,
	} {
		p.SetXML(flaw)
		for _, text := range []string{tree(""), body(t, ask(p, "/api/table.xml?content=sensors&columns=objid,sensor,status&apitoken=k", ""))} {
			d := xml.NewDecoder(strings.NewReader(text))
			d.Strict = false
			var err error
			for err == nil {
				_, err = d.Token()
			}
			if errors.Is(err, io.EOF) != lenient {
				t.Errorf("%s: %v", flaw, err)
			}
		}
	}
}

func TestPRTGWarnsFirst(t *testing.T) {
	p, w, c := testPRTG(t, PRTGOptions{Interval: time.Minute, WarnFirst: true, Independent: true})
	if err := w.Kill("plug-1"); err != nil {
		t.Fatal(err)
	}
	d, _ := w.Device("plug-1")
	for i, want := range []float64{4, 5, 5} {
		c.move(time.Minute)
		r := decode[prtgTable](t, ask(p, prtgURL("sensors", "status,lastup,lastcheck", fmt.Sprintf("&id=%d", d.PRTG.ID)), "")).Sensors[0]
		if r["status_raw"] != want || r["lastcheck_raw"] == r["lastup_raw"] {
			t.Errorf("scan %d: %v, want %v: checked %v, up %v", i+1, r["status_raw"], want, r["lastcheck_raw"], r["lastup_raw"])
		}
	}
}
