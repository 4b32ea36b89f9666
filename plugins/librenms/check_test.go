package librenms

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/sdk"
)

// TestCheck is what is found at the server of a golden case.
func TestCheck(t *testing.T) {
	const dir = "testdata/everything"
	f := newFake(t)
	at(f, clock(t, dir))
	refuse := func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"message":"This action is unauthorized."}`)
	}
	f.answer = fromFiles(t, dir, map[string]http.HandlerFunc{
		"/alerts": refuse,
		"/system": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"status":"ok","system":[{"local_ver":"26.7.0","database_ver":"CANARY"}],"count":1}`)
		},
	})
	found, err := open(t, f, "").Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, x := range found {
		got[x.Topic] = string(x.Level) + " " + x.Value
	}
	want := map[string]string{
		"server": "ok 26.7.0", "clock": "ok 0s", "time zone": "ok UTC+02:00", "poller": "ok 49s", "step": "ok 5m0s", "devices": "ok 9",
		"silent devices": "advice 1", "sensors": "ok 33", "ports": "ok 22", "alerts": "problem ", "alert log": "ok 8", "event log": "ok 14",
		"interface addresses": "ok 18", "ARP tables": "ok 10", "neighbours": "ok 7", "forwarding tables": "ok 12", "maintenance": "advice ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestCheckAdvises is that what a person can change is said with the lines to change it.
func TestCheckAdvises(t *testing.T) {
	now := time.Date(2026, 8, 20, 12, 0, 0, 0, time.UTC)
	check := func(t *testing.T, config string, answer http.HandlerFunc) map[string]sdk.Finding {
		t.Helper()
		f := newFake(t)
		at(f, now)
		f.zone = time.UTC
		if answer != nil {
			f.answer = answer
		} else {
			f.n = 20
		}
		found, err := open(t, f, config).Check(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		by := map[string]sdk.Finding{}
		for _, x := range found {
			by[x.Topic] = x
		}
		return by
	}
	devices := func(change func(i int, row map[string]any)) http.HandlerFunc {
		f := &fake{now: func() time.Time { return now }, zone: time.UTC}
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", now.Format(http.TimeFormat))
			var rows []any
			for i := range 20 {
				row := f.row(i+1, nil)
				change(i, row)
				rows = append(rows, row)
			}
			send(w, map[string]any{"status": "ok", "devices": rows, "system": []any{map[string]any{"local_ver": "22.1.0"}}})
		}
	}
	t.Run("zone unknown", func(t *testing.T) {
		at := now.Add(2*time.Hour - time.Minute).Format(naive)
		got := check(t, "", devices(func(_ int, row map[string]any) { row["last_polled"], row["last_ping"] = at, at }))["time zone"]
		if got.Level != sdk.LevelProblem || got.Value != "UTC+02:00" || !strings.HasPrefix(got.HCL, `timezone = "Etc/GMT-2" #`) {
			t.Errorf("%+v", got)
		}
		if _, err := time.LoadLocation("Etc/GMT-2"); err != nil {
			t.Skip("SKIPPED: needs time zone data (Debian package tzdata):", err)
		}
		if again := check(t, `,"timezone":"Etc/GMT-2"`, devices(func(_ int, row map[string]any) { row["last_polled"], row["last_ping"] = at, at }))["poller"]; again.Value != "1m0s" {
			t.Errorf("with the zone that was advised: %+v", again)
		}
	})
	t.Run("old server, slow poller", func(t *testing.T) {
		got := check(t, `,"timezone":"UTC"`, devices(func(i int, row map[string]any) {
			row["last_polled"] = now.Add(-time.Duration(i+1) * time.Minute).Format(naive)
			row["last_polled_timetaken"] = 3
		}))
		if x := got["server"]; x.Level != sdk.LevelAdvice || x.Value != "22.1.0" {
			t.Errorf("%+v", x)
		}
		if x := got["step"]; x.Level != sdk.LevelAdvice || x.HCL != `step = "1140s"` {
			t.Errorf("%+v", x)
		}
	})
	t.Run("dead poller", func(t *testing.T) {
		got := check(t, `,"timezone":"UTC"`, devices(func(_ int, row map[string]any) {
			row["last_polled"], row["last_ping"] = "2026-08-20 09:00:00", "2026-08-20 09:00:00"
		}))["poller"]
		if got.Level != sdk.LevelProblem || !strings.Contains(got.Text, "poller is dead") {
			t.Errorf("%+v", got)
		}
	})
	t.Run("all is well", func(t *testing.T) {
		for topic, x := range check(t, `,"timezone":"UTC"`, nil) {
			if x.Level != sdk.LevelOK {
				t.Errorf("%s: %+v", topic, x)
			}
		}
	})
	t.Run("the poll would fail", func(t *testing.T) {
		f := newFake(t)
		f.n = 0
		f.rows = []map[string]any{}
		if found, err := open(t, f, "").Check(t.Context()); err == nil {
			t.Errorf("%+v", found)
		}
		if _, err := New().Check(t.Context()); err == nil {
			t.Error("a check before Configure")
		}
	})
}

// TestClearTextIsAProblem is that a token over http to another machine is told of, and to this one is not.
func TestClearTextIsAProblem(t *testing.T) {
	for url, want := range map[string]string{
		"http://librenms.example.net:8000": `url = "https://librenms.example.net"`, "https://librenms.example.net": "", "http://127.0.0.1:8000": "", "http://localhost": "",
	} {
		s := New()
		if err := s.Configure(t.Context(), []byte(`{"url":"`+url+`","token":"`+canary+`"}`)); err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, x := range s.transportFindings() {
			got = x.HCL
		}
		if got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
}
