package lab

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

type prtgTable struct {
	Total   int              `json:"treesize"`
	Devices []map[string]any `json:"devices"`
	Sensors []map[string]any `json:"sensors"`
	Probes  []map[string]any `json:"probenode"`
	Log     []map[string]any `json:"messages"`
}

func prtgURL(content, columns, more string) string {
	return "/api/table.json?content=" + content + "&columns=" + url.QueryEscape(columns) + "&apitoken=k" + more
}

func testPRTG(t *testing.T, o PRTGOptions) (*PRTG, *World, *clock) {
	t.Helper()
	c := newClock()
	w := newWorld(t, c)
	o.APIToken, o.Username, o.Passhash, o.Password = "k", "quorate", "1234567890", "p#w+d"
	return NewPRTG(w, o), w, c
}

func TestPRTGAuthentication(t *testing.T) {
	p, _, _ := testPRTG(t, PRTGOptions{})
	tests := []struct {
		name, query string
		status      int
	}{
		{"api key", "apitoken=k", 200},
		{"user and passhash", "username=quorate&passhash=1234567890", 200},
		{"user and password", "username=quorate&password=p%23w%2Bd", 200},
		{"password not encoded", "username=quorate&password=p%23w+d", 401},
		{"api key as passhash", "passhash=k", 401},
		{"passhash without its user", "passhash=1234567890", 401},
		{"nothing", "", 401},
		{"empty api key", "apitoken=", 401},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			resp := ask(p, "/api/table.json?content=devices&columns=objid&"+tt.query, "")
			text := body(t, resp)
			if resp.StatusCode != tt.status || tt.status == 401 && text != "<HTML><BODY><B>Unauthorized</B></BODY></HTML>" {
				t.Errorf("status %d: %.200s", resp.StatusCode, text)
			}
		})
	}
}

func TestPRTGPages(t *testing.T) {
	p, _, _ := testPRTG(t, PRTGOptions{PageRows: 2})
	seen := map[string]bool{}
	for start := 0; ; {
		page := decode[prtgTable](t, ask(p, prtgURL("devices", "objid", fmt.Sprintf("&count=5000&start=%d", start)), ""))
		if page.Total != 68 || len(page.Devices) > 2 {
			t.Fatalf("page of %d, total %d", len(page.Devices), page.Total)
		}
		if len(page.Devices) == 0 {
			break
		}
		for _, d := range page.Devices {
			seen[fmt.Sprint(d["objid"])] = true
		}
		start += len(page.Devices)
	}
	if len(seen) != 68 {
		t.Errorf("%d devices on all pages", len(seen))
	}
	whole, _, _ := testPRTG(t, PRTGOptions{})
	if n := len(decode[prtgTable](t, ask(whole, prtgURL("sensors", "objid", "&count=100"), "")).Sensors); n != 100 {
		t.Errorf("asked for 100 rows, got %d", n)
	}
}

func TestPRTGStates(t *testing.T) {
	p, w, c := testPRTG(t, PRTGOptions{Interval: time.Minute})
	states := func(name string) string {
		d, _ := w.Device(name)
		rows := decode[prtgTable](t, ask(p, prtgURL("sensors", "status,lastcheck,interval", fmt.Sprintf("&id=%d", d.PRTG.ID)), "")).Sensors
		var s []string
		for _, r := range rows {
			s = append(s, fmt.Sprint(r["status_raw"]))
		}
		return strings.Join(s, " ")
	}
	check := func(when, name, want string) {
		t.Helper()
		if got := states(name); got != want {
			t.Errorf("%s: sensors of %s are %s, want %s", when, name, got, want)
		}
	}
	check("at first", "nas-6", "3 3 3 3 3 3 3")
	if err := w.Kill("nas-6"); err != nil {
		t.Fatal(err)
	}
	check("before the next scan", "nas-6", "3 3 3 3 3 3 3")
	c.move(time.Minute)
	check("dead", "nas-6", "5 8 8 8 8 8 8")
	if err := w.Revive("nas-6"); err != nil {
		t.Fatal(err)
	}
	if err := w.StopAgent("nas-6"); err != nil {
		t.Fatal(err)
	}
	if err := w.Break("nas-7", "disk:2", "critical"); err != nil {
		t.Fatal(err)
	}
	c.move(time.Minute)
	check("agent dead", "nas-6", "3 5 5 5 5 3 3")
	check("disk broken", "nas-7", "3 3 3 3 5 3 3")
	p.Pause("nas-7", true)
	check("paused", "nas-7", "7 7 7 7 7 7 7")

	p.DisconnectProbe(remoteProbe, true)
	if err := w.Kill("plug-1"); err != nil {
		t.Fatal(err)
	}
	c.move(time.Hour)
	check("a probe that is gone keeps old states", "plug-1", "3 3 3 3")
	probes := decode[prtgTable](t, ask(p, prtgURL("probenode", "objid,name,condition", ""), "")).Probes
	if len(probes) != 2 || probes[1]["condition_raw"] != 0.0 || probes[0]["condition_raw"] != 2.0 {
		t.Errorf("probes: %v", probes)
	}
	log := decode[prtgTable](t, ask(p, prtgURL("messages", "objid,datetime,status,message", "&count=1"), ""))
	if log.Total != 1000000 || len(log.Log) != 1 {
		t.Errorf("messages: %+v", log)
	}
}

func TestPRTGGolden(t *testing.T) {
	p, w, c := testPRTG(t, PRTGOptions{Interval: time.Minute})
	c.move(10 * time.Minute)
	if err := w.Kill("nas-6"); err != nil {
		t.Fatal(err)
	}
	c.move(time.Minute)
	d, _ := w.Device("nas-6")
	id := fmt.Sprintf("&id=%d", d.PRTG.ID)
	devices := "objid,parentid,probe,group,device,host,active,priority,tags,location,deviceicon,message,status,upsens,downsens," +
		"downacksens,partialdownsens,warnsens,pausedsens,unusualsens,undefinedsens,totalsens,nonsense"
	sensors := "objid,parentid,device,sensor,type,status,message,lastvalue,lastcheck,lastup,lastdown,interval,priority,tags,active"
	golden(t, "prtg_devices.json", body(t, ask(p, prtgURL("devices", devices, id), ""))+"\n")
	golden(t, "prtg_sensors.json", body(t, ask(p, prtgURL("sensors", sensors, id), ""))+"\n")
	german := NewPRTG(w, PRTGOptions{APIToken: "k", German: true})
	german.MixTypes(true)
	golden(t, "prtg_sensors_german.json", body(t, ask(german, prtgURL("sensors", sensors, id), ""))+"\n")
	tree := body(t, ask(p, "/api/table.xml?content=sensortree&apitoken=k", ""))
	if !strings.Contains(tree, "lab&office") || strings.Count(tree, "<device id=") != 68 {
		t.Errorf("the tree: %.400s", tree)
	}
}

func TestPRTGAnswers(t *testing.T) {
	p, _, _ := testPRTG(t, PRTGOptions{})
	tests := []struct {
		name, target string
		status       int
		contains     string
	}{
		{"status as htm is JSON", "/api/getstatus.htm?id=0&apitoken=k", 200, `"Version":"25.1.100.1000+"`},
		{"unknown content", "/api/table.json?content=probe&columns=objid&apitoken=k", 200, `class="errormsg"`},
		{"table as XML", "/api/table.xml?content=sensors&columns=objid,sensor,interval&count=1&apitoken=k", 200,
			`<sensors totalcount="369" ` + lastPage + `="0">`},
		{"zero-padded in XML", "/api/table.xml?content=sensors&columns=interval&count=1&apitoken=k", 200, "<interval_raw>0000000060</interval_raw>"},
		{"unknown content as XML", "/api/table.xml?content=probe&apitoken=k", 400, "<error>"},
		{"unknown path", "/api/v1/devices?apitoken=k", 404, "404"},
		{"the start page", "/", 200, "checklogin"},
		{"unknown parent", "/api/table.json?content=sensors&columns=objid&id=77&apitoken=k", 200, `"treesize":0,"sensors":[]`},
		{"no such sensor", "/api/getsensordetails.json?id=77&apitoken=k", 400, "<error>"},
		{"root details", "/api/getsensordetails.json?id=0&apitoken=k", 200, "prtgversion"},
		{"filter", "/api/table.json?content=devices&columns=device&filter_device=nas-4&apitoken=k", 200, `"treesize":1`},
		{"passhash", "/api/getpasshash.htm?username=quorate&password=p%23w%2Bd", 200, "1234567890"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			resp := ask(p, tt.target, "")
			if text := body(t, resp); resp.StatusCode != tt.status || !strings.Contains(text, tt.contains) {
				t.Errorf("status %d:\n%.400s", resp.StatusCode, text)
			}
		})
	}
	p.MisstateTotals(6)
	if n := decode[prtgTable](t, ask(p, prtgURL("devices", "objid", ""), "")).Total; n != 74 {
		t.Errorf("total %d", n)
	}
}
