package prtg

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

// treeServer is a server of two devices with three sensors.
func treeServer(t *testing.T) *fake {
	f := newFake(t)
	f.tables = map[string][]any{
		"probenode": {map[string]any{"objid": 1, "name": "Local Probe", "condition_raw": 2}},
		"devices":   {deviceOf(2001, map[string]any{"totalsens_raw": 2}), deviceOf(2002, nil)},
		"sensors": {
			sensorOf(3001, 2001, nil), sensorOf(3002, 2001, map[string]any{"sensor": "Disk 1", "type_raw": "snmpsynologyphysicaldisk", "status_raw": 5, "message_raw": "bad"}),
			sensorOf(3003, 2002, map[string]any{"status_raw": 4}),
		},
	}
	f.tree = treeOf(f.tables["probenode"], f.tables["devices"], f.tables["sensors"])
	return f
}

// TestTreeTraps is that a tree which is damaged in any way is either read as the tables are, or not believed at all: the
// poll then says what the tables say.
func TestTreeTraps(t *testing.T) {
	sensor := func(id string) string { return `<sensor id="` + id + `">` }
	for _, tt := range []struct {
		name     string
		change   func(tree string) string
		believed bool
	}{
		{"as it is", func(s string) string { return s }, true},
		{"a bare ampersand in a name", func(s string) string { return strings.ReplaceAll(s, "<name>Root<", "<name>R&D<") }, true},
		{"control characters", func(s string) string { return strings.ReplaceAll(s, "<name>Root<", "<name>R\x00o\x01&#x1;t<") }, true},
		{"invalid UTF-8", func(s string) string { return strings.ReplaceAll(s, "<name>Root<", "<name>B\xfcro<") }, true},
		{"fields that are not known", func(s string) string {
			return strings.ReplaceAll(s, "</sensor>", "<new>a<b>c</b></new><minigraph>1,2|3</minigraph></sensor>")
		}, true},
		{"fields that are missing", func(s string) string {
			return strings.ReplaceAll(strings.ReplaceAll(s, "<name>Root</name><id>0</id>", ""), "<usedtags>pingsensor,lab&office</usedtags>", "")
		}, true},
		{"no summaries", func(s string) string { return cutBetween(s, "<summary>", "</summary>") }, true},
		{"an error in its place", func(string) string { return `<prtg><version>25.1</version><error>Not allowed.</error></prtg>` }, false},
		{"a page", func(string) string {
			return `<!DOCTYPE html><html><head><title>Welcome</title></head><body><form action="/public/checklogin.htm"></form></body></html>`
		}, false},
		{"a page that parses", func(string) string { return `<html><body><p>hello</p></body></html>` }, false},
		{"another root", func(s string) string { return strings.ReplaceAll(s, "prtg>", "prtx>") }, false},
		{"no tree in it", func(string) string { return `<prtg><prtg-version>25.1</prtg-version></prtg>` }, false},
		{"no device in it", func(string) string {
			return `<prtg><sensortree><nodes><group id="0"></group></nodes></sensortree></prtg>`
		}, false},
		{"nothing", func(string) string { return "" }, false},
		{"cut off", func(s string) string { return s[:strings.Index(s, sensor("3003"))] }, false},
		{"cut off in the middle of a tag", func(s string) string { return s[:strings.Index(s, sensor("3003"))+4] }, false},
		{"a missing end of a sensor", func(s string) string { return strings.Replace(s, "</sensor>", "", 1) }, false},
		{"a missing end of a device", func(s string) string { return strings.Replace(s, "</device>", "", 1) }, false},
		{"a missing end of a field", func(s string) string { return strings.Replace(s, "</sensorkind>", "", 1) }, false},
		{"a bare less-than", func(s string) string { return strings.ReplaceAll(s, "<name>Root<", "<name>a < b<") }, false},
		{"a sensor that is lost", func(s string) string {
			i := strings.Index(s, sensor("3002"))
			return s[:i] + s[i+strings.Index(s[i:], "</sensor>")+len("</sensor>"):]
		}, false},
		{"a sensor at another device", func(s string) string {
			i := strings.Index(s, sensor("3002"))
			end := i + strings.Index(s[i:], "</sensor>") + len("</sensor>")
			at := strings.LastIndex(s, "</device>")
			return s[:i] + s[end:at] + s[i:end] + s[at:]
		}, false},
		{"a summary of other states", func(s string) string { return strings.Replace(s, "0,1,0,1,0,0,0,0", "0,2,0,0,0,0,0,0", 1) }, false},
		{"a summary that is none", func(s string) string { return strings.Replace(s, "0,1,0,1,0,0,0,0", "0,a,0,1,0,0,0,0", 1) }, false},
		{"a summary of more places", func(s string) string { return strings.Replace(s, "0,1,0,1,0,0,0,0", "0,1,0,1,0,0,0,0,0", 1) }, false},
		{"a summary of fewer places", func(s string) string { return strings.Replace(s, "0,1,0,1,0,0,0,0", "0,1,0,1", 1) }, true},
		{"a sensor in a sensor", func(s string) string {
			i := strings.Index(s, sensor("3002"))
			end := i + strings.Index(s[i:], "</sensor>") + len("</sensor>")
			first := strings.Index(s, "</sensor>")
			return s[:first] + s[i:end] + s[first:i] + s[end:]
		}, false},
		{"a device twice", func(s string) string {
			i := strings.Index(s, `<device id="2002">`)
			end := i + strings.Index(s[i:], "</device>") + len("</device>")
			return s[:end] + strings.ReplaceAll(s[i:end], "3003", "3004") + s[end:]
		}, false},
		{"a sensor twice", func(s string) string {
			return strings.Replace(s, `"3002"`, `"3001"`, 1)
		}, false},
		{"a device that is lost", func(s string) string {
			i := strings.Index(s, `<device id="2002">`)
			return s[:i] + s[i+strings.Index(s[i:], "</device>")+len("</device>"):]
		}, false},
		{"a device of another probe", func(s string) string { return strings.Replace(s, "<name>Local Probe<", "<name>Other Probe<", 1) }, false},
		{"another device", func(s string) string {
			return strings.ReplaceAll(strings.ReplaceAll(s, `"2002"`, `"2003"`), "<id>2002<", "<id>2003<")
		}, false},
		{"no sensors, and summaries that say so", func(s string) string {
			for {
				i := strings.Index(s, "<sensor ")
				if i < 0 {
					return strings.NewReplacer("0,1,0,1,0,0,0,0", "0,0,0,0,0,0,0,0", "0,0,1,0,0,0,0,0", "0,0,0,0,0,0,0,0").Replace(s)
				}
				s = s[:i] + s[i+strings.Index(s[i:], "</sensor>")+len("</sensor>"):]
			}
		}, false},
		{"a placeholder beside", func(s string) string {
			return strings.Replace(s, "</probenode>", `<autodevice id="2005"><summary>0,1,0,0,0,0,0,0</summary><name>Template</name><host></host>`+
				`<sensor id="3010"><name>Uptime</name><sensorkind>SNMPUptime</sensorkind><status_raw>3</status_raw></sensor></autodevice></probenode>`, 1)
		}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := treeServer(t)
			s := open(t, f, "")
			want, err := poll(t, s)
			if err != nil {
				t.Fatal(err)
			}
			changed := tt.change(f.tree)
			if changed == f.tree && tt.name != "as it is" {
				t.Fatal("the tree is not changed")
			}
			f.set(func() { f.tree = changed })
			if changed == "" {
				f.set(func() { f.tree = " " })
			}
			got, err := poll(t, s)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-tables +then:\n%s", diff)
			}
			if believed := !s.choice.tree.at.IsZero(); believed != tt.believed {
				t.Errorf("believed is %v", believed)
			}
		})
	}
}

func cutBetween(s, from, to string) string {
	for {
		i := strings.Index(s, from)
		if i < 0 {
			return s
		}
		s = s[:i] + s[i+strings.Index(s[i:], to)+len(to):]
	}
}

// TestTreeRows is that an object without a number costs that object, as in the tables, and that the tree of one sensor
// alone holds no device.
func TestTreeRows(t *testing.T) {
	f := treeServer(t)
	s := open(t, f, "")
	f.tree = strings.NewReplacer(`<sensor id="3002">`, `<sensor id="x">`, `<device id="2002">`, `<device>`, "<id>2002</id>", "").Replace(f.tree)
	p, err := s.readTree(t.Context())
	if err != nil || len(p.devices) != 1 || len(p.of(2001)) != 1 {
		t.Fatalf("%+v, %v", p, err)
	}
	var why []string
	for _, r := range p.took.rejected.list() {
		why = append(why, r.Reason)
	}
	want := []string{
		"a row of PRTG's answer: it has no object id",
		"a row of PRTG's answer: it does not say which device it belongs to",
		"a row of PRTG's answer: it has no object id",
	}
	if diff := cmp.Diff(want, why); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	f.tree = `<prtg><sensortree><nodes><sensor id="3001"><name>Ping</name><status_raw>5</status_raw></sensor></nodes></sensortree></prtg>`
	if _, err := s.readTree(t.Context()); err == nil || !strings.Contains(err.Error(), "it holds no device") {
		t.Errorf("got %v", err)
	}
}

// TestTreeFailures is that a tree which cannot be had costs nothing but a call, and none for a day; but a log-in that is
// refused is refused.
func TestTreeFailures(t *testing.T) {
	answer := func(code int, header, body string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			if header != "" {
				w.Header().Set("Location", header)
			}
			w.WriteHeader(code)
			_, _ = fmt.Fprint(w, body)
		}
	}
	for _, tt := range []struct {
		name      string
		answer    func(http.ResponseWriter)
		permanent bool
	}{
		{"forbidden", answer(403, "", "<HTML><BODY><B>Forbidden</B></BODY></HTML>"), false},
		{"bad request", answer(400, "", "<prtg><error>no</error></prtg>"), false},
		{"not found", answer(404, "", ""), false},
		{"it breaks the server", answer(500, "", ""), false},
		{"a redirect to an error", answer(302, "/error.htm?errormsg=no", ""), false},
		{"elsewhere", answer(302, "https://elsewhere.example.net/", ""), false},
		{"refused", answer(401, "", ""), true},
		{"a redirect to the log-in page", answer(302, "/public/login.htm?loginurl=x", ""), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := treeServer(t)
			now := time.Now()
			s := open(t, f, "")
			s.now = func() time.Time { return now }
			if _, err := poll(t, s); err != nil {
				t.Fatal(err)
			}
			f.onTree = tt.answer
			before := f.requests()
			got, err := poll(t, s)
			if tt.permanent {
				if !sdk.IsPermanent(err) || f.requests()-before != 2 {
					t.Errorf("%v after %d requests", err, f.requests()-before)
				}
				return
			}
			if err != nil || len(got) != 2 {
				t.Fatalf("%d devices, %v", len(got), err)
			}
			for hours, calls := range map[int]int{1: 3, 23: 3, 25: 4} {
				// Each on its own: from when the tree failed.
				s.choice.avoid = time.Now().Add(24 * time.Hour)
				now = time.Now().Add(time.Duration(hours) * time.Hour)
				before := f.requests()
				if _, err := poll(t, s); err != nil || f.requests()-before != calls {
					t.Errorf("after %d hours: %d requests, %v", hours, f.requests()-before, err)
				}
			}
		})
	}
}

// TestTreeThatHangs is that a tree which does not come leaves time for the tables.
func TestTreeThatHangs(t *testing.T) {
	f := treeServer(t)
	s := open(t, f, "")
	if _, err := poll(t, s); err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	f.onTree = func(http.ResponseWriter) { <-gone }
	defer close(gone)
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Second)
	defer cancel()
	n := 0
	if err := s.Poll(ctx, func(device.Observation) error { n++; return nil }); err != nil || n != 2 {
		t.Errorf("%d devices, %v", n, err)
	}
}

// TestDevicesComeAndGo is that a tree whose devices are others than the tables listed is checked against the tables at
// once, and that what only the tables know is there.
func TestDevicesComeAndGo(t *testing.T) {
	f := treeServer(t)
	s := open(t, f, "")
	s.choice.tables.bytes = 1 << 30
	names := func() string {
		got, err := poll(t, s)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, o := range got {
			all = append(all, o.Ref+" "+o.Location)
		}
		return strings.Join(all, ", ")
	}
	f.tree = ""
	rows := []any{deviceOf(2001, map[string]any{"location_raw": "Rack 1"}), deviceOf(2002, nil)}
	f.tables["devices"] = rows
	for i, want := range []string{"2001 Rack 1, 2002 ", "2001 Rack 1, 2002 "} {
		if got := names(); got != want {
			t.Errorf("poll %d: %q, want %q", i, got, want)
		}
	}
	f.set(func() { f.tables["devices"] = append(rows, deviceOf(2003, map[string]any{"location_raw": "Rack 3"})) })
	for i := range 3 {
		if got, want := names(), "2001 Rack 1, 2002 , 2003 Rack 3"; got != want {
			t.Errorf("one more, poll %d: %q, want %q", i, got, want)
		}
	}
	f.set(func() { f.tables["devices"] = rows[:1] })
	if got, want := names(), "2001 Rack 1"; got != want {
		t.Errorf("one gone: %q, want %q", got, want)
	}
}

// TestCheaperWay is that the smaller answers are used, measured again once a day.
func TestCheaperWay(t *testing.T) {
	day := func(hours int) time.Time { return time.Date(2026, 1, 15, hours, 0, 0, 0, time.UTC) }
	var c choice
	step := func(hours int, tree bool, bytes int64) {
		t.Helper()
		now := day(hours)
		if got := c.useTree(now); got != tree {
			t.Errorf("hour %d: the tree is %v, want %v", hours, got, tree)
		} else if tree {
			c.tookTree(bytes, now)
		} else {
			c.tookTables(bytes, now)
		}
	}
	step(0, false, 1000) // the tables first
	step(1, true, 800)   // the tree once
	step(2, true, 800)   // it is cheaper
	step(23, true, 900)
	step(24, false, 700) // the tables again after a day: now they are cheaper
	step(25, false, 700)
	step(46, false, 700)
	step(47, true, 650) // the tree again after a day
	step(48, true, 650)
	c.failed(day(48))
	step(49, false, 700)
	step(71, false, 700)
	step(72, true, 600)
	c.differs(day(73))
	step(73, true, 600) // a device came: that is no reason
	c.differs(day(74))
	c.differs(day(75))
	step(76, false, 600) // twice in a row is one
	step(98, false, 600)
	step(99, true, 500)
}
