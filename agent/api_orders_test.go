package agent

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/access"
	"github.com/quorate/quorate/internal/api"
)

// asked sends a request to the API of a stage, as a token with all scopes, and returns the status and the answer.
func (s *stage) asked(h http.Handler, method, path, body string) (int, string) {
	s.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// apiOf is the API over a stage, asked by that caller.
func apiOf(t *testing.T, s *stage, caller access.Caller) http.Handler {
	t.Helper()
	server, err := api.New(api.Config{AgentName: "home", Version: "test"}, api.Options{Read: &reader{s.Agent}, Act: &actor{s.Agent}, Subscribe: s.pipe.Subscribe})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for _, route := range server.Routes() {
		mux.HandleFunc(route.Pattern(), func(w http.ResponseWriter, r *http.Request) {
			route.Handler.ServeHTTP(w, r.WithContext(access.WithCaller(r.Context(), caller)))
		})
	}
	return mux
}

// TestOrdersOverTheAPI has an agent do what the API can order, and looks what came of it.
func TestOrdersOverTheAPI(t *testing.T) {
	t.Parallel()
	s := newStage(t, `
sink "blog" "series" {
  dir   = "DIR/blog"
  notes = "DIR/notes"
}
group "rack" {
  devices = ["nas1"]
}
`, nil)
	h := apiOf(t, s, access.Caller{Kind: access.CallerToken, Name: "ci", Scopes: access.Scopes()})
	s.event("its first verdict", func(e device.Event) bool { return e.Type == device.EventVerdictChanged && e.To == "up" })
	do := func(method, path, body string, status int, wants ...string) string {
		t.Helper()
		code, text := s.asked(h, method, path, body)
		if code != status {
			t.Fatalf("%s %s: %d, want %d: %s", method, path, code, status, text)
		}
		for _, w := range wants {
			if !strings.Contains(text, w) {
				t.Errorf("%s %s: %q is missing in %s", method, path, w, text)
			}
		}
		return text
	}
	do("POST", "/api/v1/maintenance", `{"targets":["rack"],"for":"1h","reason":"new disks"}`, 200, `"name":"nas1"`, `"until":"`)
	do("GET", "/api/v1/summary", "", 200, `"maintenance":1`, `"state":"degraded"`)
	do("DELETE", "/api/v1/maintenance/nas1?reason=done", "", 200, `"name":"nas1"`)
	do("DELETE", "/api/v1/maintenance/nas1", "", 422, `"code":"refused"`, "not in maintenance")
	do("POST", "/api/v1/maintenance", `{"targets":["nowhere"],"for":"1h"}`, 422, `"code":"refused"`, "nowhere")
	do("POST", "/api/v1/maintenance", `{"targets":["nas1"],"for":"-1h"}`, 422)
	do("POST", "/api/v1/maintenance", `{"targets":["nas1"],"for":"1h","reson":"x"}`, 422, `"code":"invalid"`)

	do("POST", "/api/v1/identity/preview", `{"kind":"rename","device":"nas1","name":"vault"}`, 200, `"name":"vault"`)
	do("GET", "/api/v1/devices/vault", "", 404)
	do("POST", "/api/v1/identity/orders", `{"kind":"rename","device":"nas1","name":"vault"}`, 200, `"name":"vault"`)
	do("GET", "/api/v1/devices/vault", "", 200, `"name":"vault"`)
	do("POST", "/api/v1/identity/orders", `{"kind":"rename","device":"nas1","name":"vault"}`, 422, `"code":"refused"`)
	do("GET", "/api/v1/devices/vault/fields", "", 200, `"source":"person"`, `"locked":true`)

	do("POST", "/api/v1/reload", `{"dry_run":true}`, 200, `"changed":[]`)

	s.mode("a", "down")
	s.mode("b", "down")
	s.event("it is down", func(e device.Event) bool { return e.Type == device.EventVerdictChanged && e.To == "down" })
	do("POST", "/api/v1/devices/vault/acknowledge", `{"reason":"on it"}`, 200, `"name":"vault"`)
	do("GET", "/api/v1/summary", "", 200, `"acknowledged":1`, `"down":1`, `"state":"problem"`, `"open_incidents":1`)
	var incidents struct {
		Items []struct{ ID string }
	}
	if err := json.Unmarshal([]byte(do("GET", "/api/v1/incidents", "", 200)), &incidents); err != nil || len(incidents.Items) != 1 {
		t.Fatalf("%v, %+v", err, incidents)
	}
	do("GET", "/api/v1/incidents/"+incidents.Items[0].ID, "", 200, `"reason":"on it"`, `"type":"incident.opened"`, `"type":"verdict.changed"`)
	do("POST", "/api/v1/devices/vault/acknowledge", `{"clear":true}`, 200)
	do("POST", "/api/v1/devices/vault/acknowledge", `{"clear":true}`, 422, "not acknowledged")

	if err := s.store.Reject(t.Context(), now(), []device.Rejection{{Source: "a", Ref: "9", Reason: "too long", Body: []byte("{")}}); err != nil {
		t.Fatal(err)
	}
	do("POST", "/api/v1/rejected/replay", `{"numbers":[1]}`, 200, `"asked":1,"done":0`)
	do("POST", "/api/v1/rejected/drop", `{"numbers":[1]}`, 200, `"asked":1,"done":1`)
	do("POST", "/api/v1/rejected/drop", `{"numbers":[]}`, 422)

	if err := os.MkdirAll(filepath.Join(s.dir, "notes"), 0o700); err != nil {
		t.Fatal(err)
	}
	do("POST", "/api/v1/notes", `{"kind":"challenge","title":"A loop","text":"Two ports of one switch were joined."}`, 200, `"title":"A loop"`)
	do("POST", "/api/v1/notes", `{"kind":"poem","text":"x"}`, 422, `"code":"refused"`)
	do("POST", "/api/v1/milestones/draft", "", 200, `"drafted":true`)
	do("POST", "/api/v1/milestones/prepare", `{}`, 200, `"sha256":"`)
	if preview := do("POST", "/api/v1/milestones/preview", `{}`, 200, `"html":"`); strings.Contains(preview, s.dir) {
		t.Error("the preview names a folder of this machine")
	}
	do("POST", "/api/v1/milestones/approve", `{"sha256":"`+strings.Repeat("0", 64)+`"}`, 409, `"code":"conflict"`)
	do("POST", "/api/v1/milestones/publish", "", 409, `"code":"conflict"`)
	s.until("what was looked at is approved before it changes", func() bool {
		var p blogsink.Prepared
		if err := json.Unmarshal([]byte(do("POST", "/api/v1/milestones/prepare", `{}`, 200)), &p); err != nil {
			t.Fatal(err)
		}
		code, text := s.asked(h, "POST", "/api/v1/milestones/approve", `{"sha256":"`+p.SHA256+`"}`)
		if code != http.StatusOK && code != http.StatusConflict {
			t.Fatalf("approve: %d, %s", code, text)
		}
		return code == http.StatusOK
	})
	approvals, err := s.store.Approvals(t.Context())
	if err != nil || len(approvals) != 1 || approvals[0].By != "token ci" {
		t.Errorf("on record as %+v, %v", approvals, err)
	}
	do("GET", "/api/v1/milestones", "", 200, `"approved_by":"token ci"`)
}

// TestThePastOverTheAPI asks for what was answered before a device went down.
func TestThePastOverTheAPI(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", nil)
	h := apiOf(t, s, access.Caller{Kind: access.CallerToken, Name: "ci", Scopes: access.Scopes()})
	s.event("its first verdict", func(e device.Event) bool { return e.Type == device.EventVerdictChanged && e.To == "up" })
	before := now()
	s.until("an instant behind it", func() bool { return s.pipe.LastInstant().After(before) })
	s.mode("a", "down")
	s.mode("b", "down")
	s.event("it is down", func(e device.Event) bool { return e.Type == device.EventVerdictChanged && e.To == "down" })
	at := before.UTC().Format(time.RFC3339Nano)
	for path, want := range map[string]string{
		"/api/v1/devices": `"status":"up"`, "/api/v1/devices/nas1": `"status":"up"`, "/api/v1/devices/nas1/votes": `"status":"up"`,
		"/api/v1/devices/nas1/explain": `"to":"up"`, "/api/v1/incidents": `"items":[]`, "/api/v1/summary": `"up":1`, "/api/v1/coverage": `"name":"nas1"`,
		"/api/v1/topology": `"status":"up"`, "/api/v1/disputes": `"items":[]`,
		"/api/v1/devices/nas1/fields": `"value":"192.0.2.10"`, "/api/v1/devices/nas1/identity": `"name":"nas1"`, "/api/v1/agreement": `"missed_outages":0`,
		"/api/v1/uptime": `"down_seconds":0,`, "/api/v1/devices/nas1/uptime": `"down_seconds":0,`,
	} {
		code, then := s.asked(h, "GET", path+"?at="+at, "")
		if code != http.StatusOK || !strings.Contains(then, want) || !strings.Contains(then, `"at":"`+at+`"`) {
			t.Errorf("%s: %d, without %s: %s", path, code, want, then)
		}
		var object bytes.Buffer
		if err := json.Compact(&object, []byte(then)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	if code, text := s.asked(h, "GET", "/api/v1/devices?at=2001-01-01T00:00:00Z", ""); code != http.StatusNotFound || !strings.Contains(text, "not_on_record") {
		t.Errorf("before the record: %d, %s", code, text)
	}
	_, tomorrow := s.asked(h, "GET", "/api/v1/devices?at="+now().Add(24*time.Hour).UTC().Format(time.RFC3339), "")
	if !strings.Contains(tomorrow, "in_future") {
		t.Errorf("tomorrow: %s", tomorrow)
	}
}
