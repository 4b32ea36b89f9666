package lab

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// inbox is where pushes arrive.
type inbox struct {
	*httptest.Server
	refuse atomic.Bool

	mu     sync.Mutex
	tries  int
	paths  []string
	kinds  []string
	bodies []string
}

func newInbox(t *testing.T) *inbox {
	t.Helper()
	i := &inbox{}
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		i.mu.Lock()
		defer i.mu.Unlock()
		i.tries++
		if i.refuse.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		i.paths, i.kinds, i.bodies = append(i.paths, r.Method+" "+r.URL.String()), append(i.kinds, r.Header.Get("Content-Type")), append(i.bodies, string(b))
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(i.Close)
	return i
}

// alertmanagerOptions is what a person pastes into the transport's settings.
const alertmanagerOptions = "dyn_alert_id=alert_id\ndyn_device_id=device_id\r\ndyn_state=state\ndyn_ip=ip\ndyn_nothing=no_such_variable\nstc_source=librenms\nplain=os\nliteral=some text\n\n"

func TestLibreNMSPushesToAlertmanager(t *testing.T) {
	c := newClock()
	w := newWorld(t, c)
	l := NewLibreNMS(w, LibreNMSOptions{})
	in := newInbox(t)
	tr := l.AlertmanagerTransport(in.URL+"/hooks/librenms/token", alertmanagerOptions)
	if n, err := tr.Send(t.Context()); n != 0 || err != nil {
		t.Errorf("before anything happens: %d, %v", n, err)
	}
	if err := w.Kill("nas-1"); err != nil {
		t.Fatal(err)
	}
	c.move(10 * time.Minute)
	if n, err := tr.Send(t.Context()); n != 1 || err != nil {
		t.Errorf("a device that died: %d, %v", n, err)
	}
	if err := w.Revive("nas-1"); err != nil {
		t.Fatal(err)
	}
	c.move(10 * time.Minute)
	if n, err := tr.Send(t.Context()); n != 1 || err != nil {
		t.Errorf("a device that came back: %d, %v", n, err)
	}
	if err := tr.PressTest(t.Context()); err != nil {
		t.Error(err)
	}
	type alert struct {
		StartsAt, EndsAt    *time.Time
		Labels, Annotations map[string]string
	}
	var got []alert
	for n, b := range in.bodies {
		var one []alert
		if err := json.Unmarshal([]byte(b), &one); err != nil || len(one) != 1 {
			t.Fatalf("%v in %s", err, b)
		}
		got = append(got, one...)
		if in.paths[n] != "POST /hooks/librenms/token/api/v2/alerts" || in.kinds[n] != "application/json" {
			t.Errorf("%s, %s", in.paths[n], in.kinds[n])
		}
	}
	d, _ := w.Device("nas-1")
	want := map[string]string{
		"alertname": librenmsRuleName, "severity": "critical", "instance": d.LibreNMS.Hostname, "dyn_alert_id": "", "dyn_device_id": "", "dyn_state": "1",
		"dyn_ip": d.Address.String(), "source": "librenms", "plain": d.LibreNMS.OS, "literal": "some text",
	}
	for _, k := range []string{"dyn_alert_id", "dyn_device_id"} {
		want[k] = got[0].Labels[k]
	}
	switch {
	case len(got) != 3:
		t.Fatalf("%d alerts", len(got))
	case !maps.Equal(got[0].Labels, want) || want["dyn_device_id"] == "":
		t.Errorf("labels %v, want %v", got[0].Labels, want)
	case got[0].StartsAt == nil || got[0].EndsAt != nil || !strings.Contains(in.bodies[0], "+01:00"):
		t.Errorf("an alert: %s", in.bodies[0])
	case got[1].StartsAt != nil || got[1].EndsAt == nil || got[1].Labels["dyn_state"] != "0" || got[1].Labels["dyn_alert_id"] != got[0].Labels["dyn_alert_id"]:
		t.Errorf("a recovery: %s", in.bodies[1])
	case got[2].Labels["dyn_alert_id"] != "000" || got[2].Labels["alertname"] != "Test-Rule":
		t.Errorf("the test button: %s", in.bodies[2])
	}
}

func TestLibreNMSPushesAForm(t *testing.T) {
	c := newClock()
	w := newWorld(t, c)
	l := NewLibreNMS(w, LibreNMSOptions{})
	in := newInbox(t)
	tr := l.APITransport(in.URL+"/hooks/librenms/token?dropped=1", "alert_id={{ $alert_id }}\ndevice_id={{$device_id}}\nhostname={{ $hostname }}\nstate={{ $state }}\nname={{ $name }}\nsysDescr={{ $sysDescr }}\nempty={{ $no_such }}")
	if err := w.Kill("nas-1"); err != nil {
		t.Fatal(err)
	}
	c.move(10 * time.Minute)
	if n, err := tr.Send(t.Context()); n != 1 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	v, err := url.ParseQuery(in.bodies[0])
	if err != nil {
		t.Fatal(err)
	}
	d, _ := w.Device("nas-1")
	if v.Get("hostname") != d.LibreNMS.Hostname || v.Get("state") != "1" || v.Get("name") != librenmsRuleName || !v.Has("empty") ||
		strings.Contains(v.Get("sysDescr"), "second line") {
		t.Errorf("%v", v)
	}
	if in.paths[0] != "POST /hooks/librenms/token" || in.kinds[0] != "application/x-www-form-urlencoded" {
		t.Errorf("%s, %s", in.paths[0], in.kinds[0])
	}
}

const prtgTemplate = "sensorid=%sensorid&deviceid=%deviceid&host=%host&status=%status&statesince=%statesince&device=%device&sensor=%sensor&odd=%nosuch&message=%lastmessage"

func TestPRTGPushes(t *testing.T) {
	c := newClock()
	w := newWorld(t, c)
	p := NewPRTG(w, PRTGOptions{German: true})
	in := newInbox(t)
	action := p.ExecuteHTTPAction(in.URL+"/hooks/prtg/token", prtgTemplate)
	if err := w.Kill("printer"); err != nil {
		t.Fatal(err)
	}
	c.move(10 * time.Minute)
	if n, err := action.Send(t.Context()); n != 1 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	for _, part := range []string{"sensorid=", "status=Fehler ESCALATION&", "odd=%nosuch", "&message=", "[code=17 & retry=2, 50% done]"} {
		if !strings.Contains(in.bodies[0], part) {
			t.Errorf("%q is not in %s", part, in.bodies[0])
		}
	}
	// Three attempts, and then it is forgotten.
	in.refuse.Store(true)
	if err := w.Revive("printer"); err != nil {
		t.Fatal(err)
	}
	c.move(10 * time.Minute)
	if n, err := action.Send(t.Context()); n != 0 || err == nil {
		t.Errorf("refused: %d, %v", n, err)
	}
	in.refuse.Store(false)
	if n, err := action.Send(t.Context()); n != 0 || err != nil || in.tries != 4 {
		t.Errorf("afterwards: %d, %v, %d tries", n, err, in.tries)
	}
}

// TestPushesGoWrong: lost, repeated and in the wrong order, on demand.
func TestPushesGoWrong(t *testing.T) {
	c := newClock()
	w := newWorld(t, c)
	p := NewPRTG(w, PRTGOptions{})
	in := newInbox(t)
	action := p.ExecuteHTTPAction(in.URL, "%device")
	all := []string{"printer", "camera-1", "camera-2", "camera-3"}
	for _, step := range []struct {
		name   string
		fault  PushFault
		change func(string) error
		want   int
	}{
		{"a good day", PushFault{}, w.Kill, 4},
		{"every second is lost", PushFault{Lose: 2}, w.Revive, 2},
		{"all are lost", PushFault{Lose: 1}, w.Kill, 0},
		{"each comes three times, the newest first", PushFault{Repeat: 2, Reverse: true}, w.Revive, 12},
	} {
		in.mu.Lock()
		in.bodies = nil
		in.mu.Unlock()
		action.SetFault(step.fault)
		for _, name := range all {
			if err := step.change(name); err != nil {
				t.Fatal(err)
			}
			c.move(2 * time.Minute)
		}
		if n, err := action.Send(t.Context()); n != step.want || err != nil || len(in.bodies) != step.want {
			t.Errorf("%s: %d of %d, %v: %q", step.name, n, step.want, err, in.bodies)
		}
	}
	if got := slices.Compact(in.bodies); len(got) != 4 || !strings.Contains(got[0], "amera") || strings.Contains(got[3], "amera") {
		t.Errorf("the order: %q", got)
	}
}

func TestPusherRuns(t *testing.T) {
	w := newWorld(t, newClock())
	c := newClock()
	w.clock = c.Now
	p := NewPRTG(w, PRTGOptions{})
	in := newInbox(t)
	action := p.ExecuteHTTPAction(in.URL, "%device")
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		action.Run(ctx, time.Millisecond)
		close(ended)
	}()
	if err := w.Kill("printer"); err != nil {
		t.Fatal(err)
	}
	c.move(10 * time.Minute)
	deadline := time.After(time.Minute)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		in.mu.Lock()
		n := len(in.bodies)
		in.mu.Unlock()
		if n == 1 {
			break
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("nothing was pushed")
		}
	}
	stop()
	<-ended
}
