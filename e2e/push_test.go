package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab"
)

const (
	nmsPush  = "CANARY-push-librenms-5f1c0e"
	prtgPush = "CANARY-push-prtg-9b2d4a"
)

// pushConfig is the two API monitors, asked once an hour.
const pushConfig = `
agent {
  data_dir = env("DEMO_DATA_DIR")
  listen   = env("DEMO_LISTEN")
}
source "librenms" "librenms" {
  interval = "1h"
  config {
    url   = env("DEMO_LIBRENMS_URL")
    token = env("DEMO_LIBRENMS_TOKEN")
    step  = "1s"
  }
  push {
    token = env("NMS_PUSH")
  }
}
source "prtg" "prtg" {
  interval = "1h"
  config {
    url       = env("DEMO_PRTG_URL")
    api_token = env("DEMO_PRTG_TOKEN")
  }
  push {
    token      = env("PRTG_PUSH")
    max_body   = 4096
    per_minute = 100
  }
}
`

// pushSite is a lab and an agent that has polled each of its monitors once.
func pushSite(t *testing.T, config string) (*site, *agent) {
	t.Helper()
	s := newSite(t, config)
	s.env = append(s.env, "NMS_PUSH="+nmsPush, "PRTG_PUSH="+prtgPush)
	a := s.agent(t)
	eventually(t, "the first poll of each", func() bool {
		return !a.source(t, "librenms").LastSuccess.IsZero() && !a.source(t, "prtg").LastSuccess.IsZero()
	})
	return s, a
}

// push sends a body as a monitor would, and returns the answer.
func (a *agent) push(t *testing.T, path, body string) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "hooks.example.net" // as a proxy passes it on
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("push: %v\n%s", err, a.output())
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}

// shown is the text of docs/push.md that holds a word: what a person pastes into a monitor's settings.
func shown(t *testing.T, word string) string {
	t.Helper()
	for _, b := range blocks(t, "text") {
		if b.page == "docs/push.md" && strings.Contains(b.text, word) {
			return strings.TrimSuffix(b.text, "\n")
		}
	}
	t.Fatalf("docs/push.md shows no text with %q", word)
	return ""
}

// TestPushes: what the monitors push is looked at at once, and only what their APIs say counts.
func TestPushes(t *testing.T) {
	t.Parallel()
	s, a := pushSite(t, pushConfig)
	live := a.stream(t, 0)
	defer live.close()
	alertmanager := s.LibreNMS.AlertmanagerTransport(a.url+"/hooks/librenms/"+nmsPush, shown(t, "dyn_alert_id"))
	form := s.LibreNMS.APITransport(a.url+"/hooks/librenms/"+nmsPush, shown(t, "{{ $alert_id }}"))
	action := s.PRTG.ExecuteHTTPAction(a.url+"/hooks/prtg/"+prtgPush, shown(t, "%sensorid"))
	hastened := func(source string) int { return a.source(t, source).Push.Hastened }

	// The test button is taken and nothing comes of it: the poll that is counted below is that of a real alert.
	if err := alertmanager.PressTest(t.Context()); err != nil {
		t.Error(err)
	}
	eventually(t, "the test has been read", func() bool { return a.source(t, "librenms").Push.Accepted == 1 })
	asked := s.LibreNMS.Requests()

	// A device that both know really dies. Both notice within a second and push; the next regular poll is an hour away.
	if err := s.World.Kill("nas-1"); err != nil {
		t.Fatal(err)
	}
	died := time.Now()
	pushed := func(p interface {
		Send(context.Context) (int, error)
	}) func() bool {
		return func() bool {
			n, err := p.Send(t.Context())
			if err != nil {
				t.Error(err)
			}
			return n > 0
		}
	}
	eventually(t, "LibreNMS' push", pushed(alertmanager))
	eventually(t, "the poll of LibreNMS", func() bool { return hastened("librenms") == 1 && s.LibreNMS.Requests() > asked })
	eventually(t, "PRTG's push", pushed(action))
	down := func(e device.Event) bool {
		return e.Type == device.EventVerdictChanged && e.Device.Name == "nas-1" && e.To == string(device.StatusDown)
	}
	eventually(t, "nas-1 is down, on record", func() bool { _, ok := live.find(t, down); return ok })
	e, _ := live.find(t, down)
	if e.Standing != device.StandingConfirmed {
		t.Errorf("both say so: %+v", e)
	}
	t.Logf("told %s after it died; the interval is an hour", e.At.Sub(died).Round(100*time.Millisecond))

	// It says that a device which answers is down. PRTG is asked, and knows better.
	printer, _ := s.World.Device("printer")
	sent, prtgAsked := time.Now(), s.PRTG.Requests()
	body := fmt.Sprintf("sensorid=%d&deviceid=%d&host=%s&status=Down&device=printer&message=Request timed out", printer.PRTG.Sensors[0].ID, printer.PRTG.ID, printer.PRTG.Host)
	if code := a.push(t, "/hooks/prtg/"+prtgPush, body); code != http.StatusNoContent {
		t.Fatalf("a push was answered with %d", code)
	}
	eventually(t, "the poll that it hastened", func() bool { return hastened("prtg") == 2 && s.PRTG.Requests() > prtgAsked })
	eventually(t, "the end of that poll", func() bool { return a.source(t, "prtg").LastSuccess.After(sent) })
	if d := a.devices(t)["printer"]; d.Status != device.StatusUp || d.Standing == device.StandingDisputed {
		t.Errorf("a push was believed: %+v", d)
	}

	// It comes back, which the other transport tells. The push of the death, which it missed, is a repeat by now.
	if err := s.World.Revive("nas-1"); err != nil {
		t.Fatal(err)
	}
	action.SetFault(lab.PushFault{Repeat: 4, Reverse: true})
	alertmanager.SetFault(lab.PushFault{Lose: 1})
	eventually(t, "PRTG's push of the recovery, five times over", pushed(action))
	forms := 0
	eventually(t, "LibreNMS' form of the recovery", func() bool {
		n, err := form.Send(t.Context())
		if err != nil {
			t.Error(err)
		}
		forms += n
		return forms == 2
	})
	up := func(e device.Event) bool {
		return e.Type == device.EventVerdictChanged && e.Device.Name == "nas-1" && e.To == string(device.StatusUp) && e.From == string(device.StatusDown)
	}
	eventually(t, "nas-1 is up again, on record", func() bool { _, ok := live.find(t, up); return ok })

	if table := s.command().ok(t, "sources"); !strings.Contains(table, "PUSHES") || !strings.Contains(table, "last ") {
		t.Errorf("quorate sources:\n%s", table)
	}
	if log := a.output(); !strings.Contains(log, "poll hastened") || strings.Contains(log, lab.Canary) {
		t.Errorf("the log names no hastened poll, or a secret:\n%s", log)
	}
	a.stop(t, 0)
}

// TestPushesRefused is who does not get in, and what a flood comes to.
func TestPushesRefused(t *testing.T) {
	t.Parallel()
	_, a := pushSite(t, pushConfig)
	for _, c := range []struct {
		name, path, body string
		want             int
	}{
		{"a wrong token", "/hooks/prtg/CANARY-wrong-token", "x", http.StatusNotFound},
		{"the token of the other", "/hooks/prtg/" + nmsPush, "x", http.StatusNotFound},
		{"nobody", "/hooks/nobody/" + prtgPush, "x", http.StatusNotFound},
		{"more than it takes", "/hooks/prtg/" + prtgPush, strings.Repeat("x", 4097), http.StatusRequestEntityTooLarge},
		{"more than is usual, where that is allowed", "/hooks/librenms/" + nmsPush, strings.Repeat("x", 65536), http.StatusNoContent},
		{"out of the hooks", "/hooks/../api/v1/devices", "x", http.StatusNotFound},
		{"the page by that name", "/api/v1/devices", "x", http.StatusMisdirectedRequest},
	} {
		if got := a.push(t, c.path, c.body); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	eventually(t, "what nobody understands", func() bool { return a.source(t, "librenms").Push.Unread == 1 })

	began := time.Now()
	codes := map[int]int{}
	var mu sync.Mutex
	var senders sync.WaitGroup
	for range 4 {
		senders.Go(func() {
			for n := range 100 {
				code := a.push(t, "/hooks/prtg/"+prtgPush, fmt.Sprintf("sensorid=%d&status=Down", n))
				mu.Lock()
				codes[code]++
				mu.Unlock()
			}
		})
	}
	senders.Wait()
	if codes[http.StatusNoContent] < 99 || codes[http.StatusTooManyRequests] == 0 || codes[http.StatusNoContent]+codes[http.StatusTooManyRequests] != 400 {
		t.Errorf("answers: %v", codes)
	}
	eventually(t, "the poll that the flood asks for", func() bool { return a.source(t, "prtg").Push.Hastened > 0 })
	p := a.source(t, "prtg").Push
	if most := int(time.Since(began)/(10*time.Second)) + 1; p.Hastened > most {
		t.Errorf("%d polls, at most %d are allowed", p.Hastened, most)
	}
	if p.Accepted != codes[http.StatusNoContent] || p.Refused != codes[http.StatusTooManyRequests]+1 {
		t.Errorf("%+v, answers %v", p, codes)
	}
	if log := a.output(); strings.Contains(log, lab.Canary) {
		t.Errorf("a secret is in the log:\n%s", log)
	}
	a.stop(t, 0)
}

// TestPushWhilePluginIsGone: the push waits for the plugin's next start, or its poll does.
func TestPushWhilePluginIsGone(t *testing.T) {
	t.Parallel()
	s, a := pushSite(t, pushConfig)
	first := a.source(t, "prtg").LastSuccess
	if err := syscall.Kill(pluginOf(t, a, filepath.Join("plugin", "prtg")), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := s.World.Kill("printer"); err != nil {
		t.Fatal(err)
	}
	action := s.PRTG.ExecuteHTTPAction(a.url+"/hooks/prtg/"+prtgPush, shown(t, "%sensorid"))
	if code := a.push(t, "/hooks/prtg/"+prtgPush, "sensorid=1&message=x"); code != http.StatusNoContent {
		t.Errorf("answered with %d", code)
	}
	_, _ = action.Send(t.Context())
	eventually(t, "a poll of the plugin that was started again", func() bool {
		src := a.source(t, "prtg")
		return src.LastSuccess.After(first) && src.Restarts > 0
	})
	a.stop(t, 0)
}
