package librenms

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

// fromFiles answers with the files of a golden case, but for the paths of instead.
func fromFiles(t *testing.T, dir string, instead map[string]http.HandlerFunc) http.HandlerFunc {
	t.Helper()
	now := clock(t, dir)
	return func(w http.ResponseWriter, r *http.Request) {
		if h := instead[strings.TrimPrefix(r.URL.Path, "/api/v0")]; h != nil {
			w.Header().Set("Date", now.Format(http.TimeFormat))
			w.Header().Set("Content-Type", "application/json")
			h(w, r)
			return
		}
		serveCase(w, r, dir, now)
	}
}

// logged collects what is logged while the test runs.
func logged(t *testing.T) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&b, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return &b
}

// everything polls and returns what was said of each ref.
func everything(t *testing.T, s *Source) (map[string]device.Observation, error) {
	t.Helper()
	all := map[string]device.Observation{}
	err := s.Poll(t.Context(), func(o device.Observation) error {
		all[o.Ref] = o
		return o.Validate()
	})
	return all, err
}

// optional are the calls that a poll can do without.
var optional = []string{
	"/alerts", "/logs/eventlog", "/logs/alertlog", "/resources/sensors", "/ports", "/resources/ip/addresses", "/resources/ip/arp/all",
	"/resources/links", "/resources/fdb",
}

// TestOptionalCallsCostTheirPartAlone is that no way in which one of them fails changes what is said of a device's reach
// and management, or makes anything up, and that it is said once.
func TestOptionalCallsCostTheirPartAlone(t *testing.T) {
	const dir = "testdata/everything"
	failures := map[string]http.HandlerFunc{
		"403": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"status":"error","message":"This action is unauthorized."}`)
		},
		"unknown route": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"status":"error","message":"This API route doesn't exist."}`)
		},
		"400": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) },
		"500": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"html": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "<!DOCTYPE html><title>Log in</title>")
		},
		"cut off": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"status":"ok","sensors":[{"a":`)
		},
		"not asked": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"hello":"world"}`) },
		"error": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"status":"error","message":"CANARY"}`)
		},
	}
	f := newFake(t)
	at(f, clock(t, dir))
	f.answer = fromFiles(t, dir, nil)
	whole, err := everything(t, open(t, f, ""))
	if err != nil {
		t.Fatal(err)
	}
	for _, call := range optional {
		for name, failure := range failures {
			t.Run(call+" "+name, func(t *testing.T) {
				log := logged(t)
				f.answer = fromFiles(t, dir, map[string]http.HandlerFunc{call: failure})
				s := open(t, f, "")
				for range 3 {
					got, err := everything(t, s)
					if err != nil {
						t.Fatal(err)
					}
					for ref, want := range whole {
						if diff := cmp.Diff(votes(want), votes(got[ref])); diff != "" {
							t.Errorf("ref %s: %s", ref, diff)
						}
						if more := len(got[ref].Claims) - len(want.Claims); more > 0 {
							t.Errorf("ref %s: %d claims more than with the call", ref, more)
						}
					}
				}
				if n := strings.Count(log.String(), "level=WARN"); n != 1 {
					t.Errorf("said %d times:\n%s", n, log)
				}
			})
		}
	}
}

// votes are what is said of reach and management.
func votes(o device.Observation) []string {
	said := []string{string(o.Abstain)}
	for _, c := range o.Claims {
		if c.Facet != device.FacetHealth {
			said = append(said, fmt.Sprint(c.Facet, c.State, c.ObservedAt, c.Raw))
		}
	}
	return said
}

// TestSlowCallsLeaveTime is that calls which never end leave the poll time to hand over the devices.
func TestSlowCallsLeaveTime(t *testing.T) {
	const dir = "testdata/everything"
	never := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	slow := map[string]http.HandlerFunc{}
	for _, call := range optional {
		slow[call] = never
	}
	f := newFake(t)
	at(f, clock(t, dir))
	f.answer = fromFiles(t, dir, slow)
	s := open(t, f, "")
	log := logged(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	n := 0
	if err := s.Poll(ctx, func(device.Observation) error { n++; return nil }); err != nil || n != 9 {
		t.Errorf("%d devices, %v", n, err)
	}
	if !strings.Contains(log.String(), "too short") {
		t.Error(log)
	}

	// A poll that is called off says nothing about the calls. The first server may still be at requests nobody waits for.
	f = newFake(t)
	at(f, clock(t, dir))
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	f.answer = fromFiles(t, dir, map[string]http.HandlerFunc{"/alerts": func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}})
	s = open(t, f, "")
	if err := s.Poll(ctx, func(device.Observation) error { return nil }); err == nil {
		t.Error("the poll ended well")
	}
	if s.alerts.trouble != "" || !s.sensors.next.IsZero() {
		t.Errorf("%q, sensors at %v", s.alerts.trouble, s.sensors.next)
	}
}

// TestRecoveredCallIsUsedAgain is that a call that was refused is tried again when there may be a point in it.
func TestRecoveredCallIsUsedAgain(t *testing.T) {
	const dir = "testdata/everything"
	for _, tt := range []struct {
		name  string
		code  int
		body  string
		after time.Duration
	}{
		{"forbidden", 403, `{"message":"This action is unauthorized."}`, time.Hour},
		{"too old", 404, `{"status":"error","message":"This API route doesn't exist."}`, 24 * time.Hour},
		{"broken", 500, `{}`, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t)
			asked, fails := 0, true
			f.answer = fromFiles(t, dir, map[string]http.HandlerFunc{"/alerts": func(w http.ResponseWriter, r *http.Request) {
				asked++
				if fails {
					w.WriteHeader(tt.code)
					_, _ = io.WriteString(w, tt.body)
					return
				}
				_, _ = io.WriteString(w, `{"status":"ok","alerts":[]}`)
			}})
			move := at(f, clock(t, dir))
			s := open(t, f, "")
			poll := func(after time.Duration, want int) {
				t.Helper()
				move(after)
				if _, err := everything(t, s); err != nil {
					t.Fatal(err)
				}
				if asked != want {
					t.Errorf("asked %d times, want %d", asked, want)
				}
			}
			poll(0, 1)
			if tt.after > 0 {
				poll(tt.after-time.Second, 1)
			}
			fails = false
			poll(time.Second, 2)
			if s.alerts.trouble != "" {
				t.Error("still in trouble")
			}
		})
	}
}

// TestFewerColumns is that a release without one of the columns is asked for fewer, and that it is remembered.
func TestFewerColumns(t *testing.T) {
	const dir = "testdata/everything"
	f := newFake(t)
	var asked []int
	f.answer = fromFiles(t, dir, map[string]http.HandlerFunc{"/ports": func(w http.ResponseWriter, r *http.Request) {
		columns := strings.Split(r.URL.Query().Get("columns"), ",")
		asked = append(asked, len(columns))
		if slices.Contains(columns, "poll_time") {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"status":"error","message":"Invalid columns: poll_time"}`)
			return
		}
		serveCase(w, r, dir, clock(t, dir))
	}})
	move := at(f, clock(t, dir))
	s := open(t, f, "")
	for range 3 {
		move(5 * time.Minute)
		got, err := everything(t, s)
		if err != nil {
			t.Fatal(err)
		}
		if len(got["20"].Readings) == 0 {
			t.Error("no readings")
		}
	}
	if diff := cmp.Diff([]int{18, 15, 10, 10, 10}, asked); diff != "" {
		t.Error(diff)
	}
	if _, err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestSecretsStayIn fills what no one must see with a canary and looks for it in all that leaves the plugin: what it
// observes and finds, its errors and its log. A server in debug mode quotes SQL in its errors.
func TestSecretsStayIn(t *testing.T) {
	dirs, err := filepath.Glob("testdata/*/config.json")
	if err != nil {
		t.Fatal(err)
	}
	leak := `SQLSTATE[42S22]: Unknown column (SQL: select * from devices where community = CANARY-community and authpass = CANARY-authpass)`
	page := "<!DOCTYPE html><html><head><title>" + leak + "</title></head><body><h1>" + leak + "</h1></body></html>"
	quoted, err := json.Marshal(leak)
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string]http.HandlerFunc{
		"as it is": nil,
		"500": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(500)
			_, _ = fmt.Fprintf(w, `{"message":%s,"exception":"x","trace":[]}`, quoted)
		},
		"400": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(400)
			_, _ = fmt.Fprintf(w, `{"status":"error","message":%s}`, quoted)
		},
		"403": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(403)
			_, _ = fmt.Fprintf(w, `{"message":%s}`, quoted)
		},
		"404": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(404)
			_, _ = fmt.Fprintf(w, `{"message":%s}`, quoted)
		},
		"html": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, page)
		},
		"502": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502); _, _ = io.WriteString(w, page) },
		"error": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprintf(w, `{"status":"error","message":%s}`, quoted)
		},
		"status": func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintf(w, `{"status":%s}`, quoted) },
		"broken": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprintf(w, `{"status":"ok","devices":[{"community":%s,]`, quoted)
		},
	}
	calls := append([]string{"/devices", "/system", "/devices/7", "/devices/9/maintenance"}, optional...)
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			for _, config := range dirs {
				dir := filepath.Dir(config)
				instead := map[string]http.HandlerFunc{}
				if answer != nil {
					if filepath.Base(dir) != "everything" {
						continue
					}
					for _, c := range calls {
						instead[c] = answer
					}
				}
				// All of them, all but the one that a poll begins with, and each alone.
				others := maps.Clone(instead)
				delete(others, "/devices")
				sets := []map[string]http.HandlerFunc{instead, others}
				if name == "500" {
					for c, h := range instead {
						sets = append(sets, map[string]http.HandlerFunc{c: h})
					}
				}
				for _, set := range sets {
					searchForCanary(t, dir, config, set)
				}
			}
		})
	}
}

func searchForCanary(t *testing.T, dir, config string, instead map[string]http.HandlerFunc) {
	t.Helper()
	log := logged(t)
	f := newFake(t)
	at(f, clock(t, dir))
	f.answer = fromFiles(t, dir, instead)
	b, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	s := New()
	s.now = f.now
	if err := s.Configure(t.Context(), bytes.ReplaceAll(b, []byte("URL"), []byte(f.URL))); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	for range 2 {
		err := s.Poll(t.Context(), func(o device.Observation) error { return json.NewEncoder(&said).Encode(o) })
		fmt.Fprintln(&said, err)
	}
	found, err := s.Check(t.Context())
	fmt.Fprintln(&said, err)
	for _, f := range found {
		fmt.Fprintf(&said, "%+v\n", f)
	}
	said.WriteString(log.String())
	if i := strings.Index(said.String(), "CANARY"); i >= 0 {
		t.Errorf("%s, %v: %s", dir, slices.Collect(maps.Keys(instead)), said.String()[max(0, i-300):min(said.Len(), i+50)])
	}
}

// TestEndlessLists is that a list with more rows than can be held is left out as a whole, and that rows about devices
// that nobody knows are not held at all.
func TestEndlessLists(t *testing.T) {
	const dir = "testdata/everything"
	repeated := func(key, row string, n int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"status":"ok","`+key+`":[`+strings.Repeat(row+",", n-1)+row+`]}`)
		}
	}
	f := newFake(t)
	at(f, clock(t, dir))
	f.answer = fromFiles(t, dir, map[string]http.HandlerFunc{
		"/alerts":          repeated("alerts", `{"id":1,"device_id":7,"state":1}`, maxRaised+1),
		"/resources/links": repeated("links", `{"local_port_id":5001,"remote_hostname":"x"}`, maxRaised+1),
		"/logs/eventlog":   repeated("logs", `{"event_id":1,"device_id":4711,"severity":5,"datetime":"2026-08-20 14:00:00"}`, 3*eventPage),
	})
	log := logged(t)
	s := open(t, f, "")
	got, err := everything(t, s)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(got["7"].Alerts); n != 0 {
		t.Errorf("%d alerts", n)
	}
	if len(s.events.of) != 0 || len(s.links.told) != 0 {
		t.Errorf("%d devices of the log, %d with neighbours", len(s.events.of), len(s.links.told))
	}
	if n := strings.Count(log.String(), "more than one source can follow"); n != 2 {
		t.Errorf("said %d times: %s", n, log)
	}
}
