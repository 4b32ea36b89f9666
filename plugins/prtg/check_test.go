package prtg

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/sdk"
)

// coreStatusBody is the answer about the core server itself.
const coreStatusBody = `{"NewMessages":"12","NewAlarms":"0","Alarms":"1","PartialAlarms":"","AckAlarms":"1","UnusualSens":"","UpSens":"3","WarnSens":"1","PausedSens":"1",
 "UnknownSens":"","NewTickets":"0","UserId":"100","UserTimeZone":"UTC+1:00","ToDos":"","Favs":0,"Clock":"1/15/2026 11:00:03 AM","Version":"25.1.100.1000+",
 "BackgroundTasks":"0","CorrelationTasks":"0","AutoDiscoTasks":"0","ReportTasks":"0","EditionType":"C","PRTGUpdateAvailable":false,"MaintExpiryDays":"200",
 "TrialExpiryDays":-1,"CommercialExpiryDays":"","Overloadprotection":false,"ClusterType":"","ClusterNodeName":"","IsAdminUser":false,"ReadOnlyUser":"true",
 "TicketUser":"true","ReadOnlyAllowAcknowledge":"false","LowMem":false,"ActivationAlert":"","PRTGHost":"12345678","MaxSensorCount":"1000","Activated":"1"}`

// said are findings as lines: topic, level, value.
func said(findings []sdk.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "%s %s %s\n", f.Topic, f.Level, f.Value)
	}
	return b.String()
}

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(f *fake)
		want   []string // of the lines
		text   string   // of some finding
	}{
		{
			"all is well", func(*fake) {},
			[]string{"server ok 25.1.100.1000", "account ok read-only", "clock ok", "time zone ok UTC+1:00", "probes ok 1", "devices ok 3", "sensors ok 3", "reading ok "},
			"3 sensors: 3 up.",
		},
		{"an administrator", func(f *fake) {
			f.status = strings.Replace(coreStatusBody, `"IsAdminUser":false`, `"isadminuser":"true"`, 1)
		}, []string{"account advice administrator"}, "API key of level Read"},
		{"one who may write", func(f *fake) {
			f.status = strings.Replace(coreStatusBody, `"ReadOnlyUser":"true"`, `"ReadOnlyUser":"false"`, 1)
		}, []string{"account advice read-write"}, "read-only user"},
		{"a newer release, a cluster", func(f *fake) {
			f.status = strings.NewReplacer(`"PRTGUpdateAvailable":false`, `"PRTGUpdateAvailable":true`, `"ClusterType":""`, `"ClusterType":"clustermaster"`).Replace(coreStatusBody)
		}, []string{"server advice 25.1.100.1000"}, "part of a cluster (clustermaster)"},
		{"no status at all", func(f *fake) { f.status = "404" }, []string{"server ok 25.1.100.1000"}, "PRTG 25.1.100.1000 answers."},
		{"the newer address", func(f *fake) { f.status, f.newStatus = "404", coreStatusBody }, []string{"account ok read-only"}, ""},
		{"a page in place of the status", func(f *fake) { f.status = "<html></html>" }, []string{"server ok 25.1.100.1000"}, ""},
		{"a probe that is gone", func(f *fake) {
			f.tables = map[string][]any{
				"probenode": {map[string]any{"objid": 1, "name": "Local Probe", "condition_raw": 2}, map[string]any{"objid": 40, "name": "Remote Probe", "condition_raw": "0"}},
				"devices":   {deviceOf(1, nil), deviceOf(2, map[string]any{"probe": "Remote Probe"})},
				"sensors":   {sensorOf(3, 1, nil), sensorOf(4, 2, nil)},
			}
		}, []string{"probes problem 2"}, `Disconnected: "Remote Probe". PRTG says nothing new of the 1 devices`},
		{"sensors that are hidden", func(f *fake) {
			f.tables = map[string][]any{"devices": {deviceOf(1, map[string]any{"totalsens_raw": 4})}, "sensors": {sensorOf(3, 1, nil)}}
		}, []string{"permissions problem 1"}, "read access to whole groups"},
		{"devices that nobody knows again", func(f *fake) {
			f.tables = map[string][]any{
				"devices": {deviceOf(1, map[string]any{"host": "127.0.0.1"}), deviceOf(2, map[string]any{"host": "dummy"}), deviceOf(3, map[string]any{"host": "dummy"}), deviceOf(4, nil)},
				"sensors": {sensorOf(5, 4, nil)},
			}
		}, []string{"identity advice 3", "devices advice 3"}, `"device 1 (1)", "device 2 (2)", "device 3 (3)"`},
		{"kinds, licence, age, no ping", func(f *fake) {
			f.tables = map[string][]any{"devices": {deviceOf(1, nil)}, "sensors": {
				sensorOf(3, 1, map[string]any{"type_raw": "toaster"}), sensorOf(4, 1, map[string]any{"type_raw": "snmpcpu", "status_raw": 11}),
				sensorOf(5, 1, map[string]any{"type_raw": "snmpcpu", "lastcheck_raw": 46011.34375}),
			}}
		}, []string{"sensors advice 1"}, `"toaster"`},
		{"a tree that cannot be used", func(f *fake) { f.tree = "<html></html>" }, []string{"reading ok tables"}, "its sensor tree cannot be used"},
		{"another tree", func(f *fake) {
			f.tree = treeOf(f.rows("probenode"), f.rows("devices")[:2], f.rows("sensors")[:2])
		}, []string{"reading ok tables"}, "its sensor tree holds other devices or sensors"},
		{"a tree that is smaller", func(f *fake) {
			f.n = 100
			f.tables = map[string][]any{"probenode": f.rows("probenode")}
			for i := range 100 {
				f.tables["devices"] = append(f.tables["devices"], deviceOf(2000+i, map[string]any{"location": strings.Repeat("x", 2000)}))
				f.tables["sensors"] = append(f.tables["sensors"], sensorOf(3000+i, 2000+i, nil))
			}
		}, []string{"reading ok tree"}, "polls read what is smaller"},
		{"a clock that is wrong", func(f *fake) { f.date = time.Now().Add(-90 * time.Second) }, []string{"clock advice -1m"}, "follow the same time server"},
		{"no right to see the probes", func(f *fake) {
			f.before = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Query().Get("content") == "probenode" {
					w.WriteHeader(http.StatusForbidden)
					return true
				}
				return false
			}
		}, []string{"probes advice"}, "read access to the root group"},
		{"every state", func(f *fake) {
			f.tables = map[string][]any{"devices": {deviceOf(1, map[string]any{"totalsens_raw": 8})}}
			for i, status := range []int{3, 4, 5, 13, 14, 7, 1, 10} {
				f.tables["sensors"] = append(f.tables["sensors"], sensorOf(10+i, 1, map[string]any{"status_raw": status}))
			}
		}, []string{"sensors ok 8"}, "8 sensors: 1 up, 2 warning, 1 down, 1 acknowledged, 1 partial, 1 paused, 1 unknown."},
		{"some of them", func(f *fake) { f.n = 12; f.exclude = "host200?.example.net" }, []string{"devices ok 2"}, "2 of PRTG's 12 devices pass include and exclude."},
		{"broken rows", func(f *fake) {
			f.tables = map[string][]any{"devices": {deviceOf(1, nil), map[string]any{"device": "x"}}, "sensors": {sensorOf(3, 1, nil)}}
		}, []string{"rows problem 1"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t)
			f.status = coreStatusBody
			tt.change(f)
			config := ""
			if f.exclude != "" {
				config = fmt.Sprintf(`{"url":%q,"api_token":%q,"exclude":[%q]}`, f.URL, canary, f.exclude)
			}
			found, err := open(t, f, config).Check(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			lines, texts := said(found), ""
			for _, f := range found {
				texts += f.Text + "\n"
			}
			for _, w := range tt.want {
				if !strings.Contains("\n"+lines, "\n"+w) {
					t.Errorf("no %q in\n%s", w, lines)
				}
			}
			if !strings.Contains(texts, tt.text) {
				t.Errorf("no %q in\n%s", tt.text, texts)
			}
			if strings.Contains(texts, canary) {
				t.Error("a finding holds the key")
			}
		})
	}
}

// TestCheckPlainHTTP is that credentials in clear text are a problem, with the line that mends it.
func TestCheckPlainHTTP(t *testing.T) {
	for url, want := range map[string]string{
		"http://prtg.example.net:8080": `url = "https://prtg.example.net"`, "https://prtg.example.net": "", "http://127.0.0.1:8080": "", "http://localhost": "",
	} {
		s := New()
		if err := s.Configure(t.Context(), []byte(fmt.Sprintf(`{"url":%q,"api_token":%q}`, url, canary))); err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, f := range s.transportFindings() {
			got = f.HCL
		}
		if got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
}

// TestCheckRefused is that a check which is refused is the last request, too.
func TestCheckRefused(t *testing.T) {
	f := newFake(t)
	s := open(t, f, fmt.Sprintf(`{"url":%q,"api_token":"wrong-one"}`, f.URL))
	for range 2 {
		if _, err := s.Check(t.Context()); !sdk.IsPermanent(err) {
			t.Errorf("got %v", err)
		}
		if _, err := poll(t, s); !sdk.IsPermanent(err) {
			t.Errorf("got %v", err)
		}
	}
	if n := f.requests(); n != 1 {
		t.Errorf("%d requests", n)
	}
	for i, path := range []string{"/api/getstatus.htm", "/api/table.json", "/api/table.xml"} {
		f := newFake(t)
		f.before = func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != path {
				return false
			}
			w.WriteHeader(http.StatusUnauthorized)
			return true
		}
		s := open(t, f, "")
		for range 2 {
			if _, err := s.Check(t.Context()); !sdk.IsPermanent(err) {
				t.Errorf("%s: %v", path, err)
			}
		}
		if n, want := f.requests(), []int{1, 3, 6}[i]; n != want {
			t.Errorf("%s: %d requests, want %d", path, n, want)
		}
	}
	f.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }
	if _, err := open(t, f, "").Check(t.Context()); err == nil || sdk.IsPermanent(err) {
		t.Errorf("got %v", err)
	}
}
