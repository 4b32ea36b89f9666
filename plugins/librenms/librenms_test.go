package librenms

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk/sourcehttp"
)

// open configures a source for f whose clock is f's.
func open(t *testing.T, f *fake, config string) *Source {
	t.Helper()
	s := New()
	s.now = func() time.Time { return f.now() }
	if err := s.Configure(t.Context(), []byte(fmt.Sprintf(`{"url":%q,"token":%q%s}`, f.URL, canary, config))); err != nil {
		t.Fatal(err)
	}
	return s
}

// poll returns what is said of each ref, as "facet=state" or the reason for silence.
func poll(t *testing.T, s *Source) map[string]string {
	t.Helper()
	got := map[string]string{}
	err := s.Poll(t.Context(), func(o device.Observation) error {
		words := []string{}
		if o.Abstain != "" {
			words = append(words, string(o.Abstain))
		}
		for _, c := range o.Claims {
			words = append(words, fmt.Sprintf("%s=%s", c.Facet, c.State))
		}
		got[o.Ref] = strings.Join(words, " ")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// at gives the fake a clock that stands still until it is moved.
func at(f *fake, now time.Time) func(time.Duration) {
	f.now = func() time.Time { return now }
	return func(d time.Duration) { f.set(func() { now = now.Add(d) }) }
}

// TestPingFilteredIsNoDown is that a server that tries ping and SNMP in each poll, and goes on to miss the ping alone,
// has an answer by SNMP. Before it has missed it for more than a step the ping counts, and on an older server always.
func TestPingFilteredIsNoDown(t *testing.T) {
	f := newFake(t)
	move := at(f, time.Date(2026, 8, 20, 12, 0, 0, 0, time.UTC))
	lone := func() {
		f.set(func() {
			f.rows = []map[string]any{f.row(1, nil), f.row(2, map[string]any{"status": 0, "status_reason": "icmp"})}
		})
	}
	s := open(t, f, "")
	for _, step := range []struct {
		move time.Duration
		want string
	}{{0, "reach=down"}, {6 * time.Minute, "reach=down"}, {time.Minute, "mgmt=up"}} {
		move(step.move)
		lone()
		if got := poll(t, s)["2"]; got != step.want {
			t.Errorf("at %v: %q, want %q", f.now(), got, step.want)
		}
	}
	if f.calls["/system"] != 1 {
		t.Errorf("asked %d times for the release", f.calls["/system"])
	}
	s.release = "26.6.1"
	if got := poll(t, s)["2"]; got != "reach=down" {
		t.Errorf("on an older server: %q", got)
	}
	f.set(func() { f.rows = []map[string]any{f.row(1, nil), f.row(2, nil)} })
	if got := poll(t, s)["2"]; got != "reach=up mgmt=up" {
		t.Errorf("back: %q", got)
	}
	lone()
	s.release = "26.7.0"
	if got := poll(t, s)["2"]; got != "reach=down" {
		t.Errorf("down anew: %q", got)
	}
}

// TestSummerTime is that the offset is learnt again when LibreNMS' local clock jumps.
func TestSummerTime(t *testing.T) {
	for _, tt := range []struct {
		name   string
		before *time.Location
		after  *time.Location
	}{
		{"begins", time.FixedZone("", 3600), time.FixedZone("", 7200)},
		{"ends", time.FixedZone("", 7200), time.FixedZone("", 3600)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t)
			move := at(f, time.Date(2026, 3, 29, 0, 50, 0, 0, time.UTC))
			f.zone = tt.before
			s := open(t, f, "")
			poll(t, s)
			move(20 * time.Minute)
			f.zone = tt.after
			var seen time.Time
			if err := s.Poll(t.Context(), func(o device.Observation) error {
				seen = o.ObservedAt
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if want := f.now().Add(-30 * time.Second); !seen.Equal(want) {
				t.Errorf("observed at %v, want %v", seen, want)
			}
		})
	}
}

func TestZoneParse(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("SKIPPED: needs time zone data (Debian package tzdata):", err)
	}
	for _, tt := range []struct {
		name string
		zone zone
		in   string
		now  string
		want string // "" is the zero time
	}{
		{"offset", zone{offset: -5 * time.Hour}, "2025-05-31 12:30:10", "2025-05-31T17:31:00Z", "2025-05-31T17:30:10Z"},
		{"location", zone{loc: berlin}, "2026-08-20 14:05:11", "2026-08-20T12:06:00Z", "2026-08-20T12:05:11Z"},
		{"hour twice, first pass", zone{loc: berlin}, "2026-10-25 02:30:00", "2026-10-25T00:31:00Z", "2026-10-25T00:30:00Z"},
		{"hour twice, second pass", zone{loc: berlin}, "2026-10-25 02:30:00", "2026-10-25T01:31:00Z", "2026-10-25T01:30:00Z"},
		{"offset after the change, measured before", zone{offset: time.Hour}, "2026-10-25 02:58:00", "2026-10-25T01:05:00Z", "2026-10-25T00:58:00Z"},
		{"with a zone", zone{offset: time.Hour}, "2026-08-20T12:05:11.000000Z", "2026-08-20T12:06:00Z", "2026-08-20T12:05:11Z"},
		{"null", zone{}, "", "2026-08-20T12:06:00Z", ""},
		{"zero", zone{}, "0000-00-00 00:00:00", "2026-08-20T12:06:00Z", ""},
		{"nonsense", zone{}, "yesterday", "2026-08-20T12:06:00Z", ""},
		{"before 2000", zone{}, "1970-01-01 00:00:00", "2026-08-20T12:06:00Z", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now, err := time.Parse(time.RFC3339, tt.now)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if d := tt.zone.parse(tt.in, now); !d.IsZero() {
				got = d.UTC().Format(time.RFC3339)
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestZoneOfARowThatMoves is that a row which was measured again between the two calls still tells the zone.
func TestZoneOfARowThatMoves(t *testing.T) {
	for _, tt := range []struct {
		name, local, utc string
		offset           time.Duration
		exact, ok        bool
	}{
		{"the same", "2025-05-31 12:30:10", "2025-05-31T17:30:10.000000Z", -5 * time.Hour, true, true},
		{"measured again", "2025-05-31 12:30:10", "2025-05-31T17:35:08.000000Z", -5 * time.Hour, false, true},
		{"half an hour", "2025-05-31 23:00:10", "2025-05-31T17:30:11.000000Z", 5*time.Hour + 30*time.Minute, false, true},
		{"no zone in either", "2025-05-31 12:30:10", "2025-05-31 12:30:10", 0, false, false},
		{"years apart", "2025-05-31 12:30:10", "2022-05-31T12:30:10Z", 0, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			offset, off, ok := between(tt.local, tt.utc)
			if ok != tt.ok || ok && (offset != tt.offset || (off == 0) != tt.exact) {
				t.Errorf("got %v, %v, %v", offset, off, ok)
			}
		})
	}
}

// TestMaintenanceQuestions is that only devices that would be called down are asked for, boundedly many, and none for a
// day once the server said that it has no such call.
func TestMaintenanceQuestions(t *testing.T) {
	f := newFake(t)
	down := map[string]any{"status": 0, "status_reason": "icmp,snmp"}
	f.rows = []map[string]any{f.row(1, nil)}
	for i := range 100 {
		f.rows = append(f.rows, f.row(i+2, down))
	}
	s := open(t, f, "")
	poll(t, s)
	asked := 0
	for path, n := range f.calls {
		if strings.HasSuffix(path, "/maintenance") {
			asked += n
		}
	}
	if asked != maxQuestions || f.calls["/devices/1/maintenance"] != 0 {
		t.Errorf("%d questions, %d for a device that is up", asked, f.calls["/devices/1/maintenance"])
	}
}

// TestSensorsCostNoDevices is that trouble with the sensors leaves the devices' claims alone, and that the sensors'
// last word stands with its old time.
func TestSensorsCostNoDevices(t *testing.T) {
	f := newFake(t)
	move := at(f, time.Date(2026, 8, 20, 12, 0, 0, 0, time.UTC))
	broken := false
	f.answer = func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/resources/sensors") {
			if broken {
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			send(w, map[string]any{"status": "ok", "sensors": []any{map[string]any{
				"device_id": "1", "sensor_class": "temperature", "sensor_descr": "CPU", "sensor_current": 80, "sensor_limit": 70, "sensor_alert": 1,
			}}})
			return
		}
		send(w, map[string]any{"status": "ok", "devices": []any{f.row(1, nil)}})
	}
	s := open(t, f, `,"timezone":"UTC"`)
	f.zone = time.UTC
	health := func() device.Claim {
		t.Helper()
		var c device.Claim
		if err := s.Poll(t.Context(), func(o device.Observation) error {
			c = o.Claims[len(o.Claims)-1]
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return c
	}
	first := health()
	if first.Component != "temperature:CPU" || first.State != device.StateCritical {
		t.Fatalf("got %+v", first)
	}
	broken = true
	for range 2 {
		move(5 * time.Minute)
		if diff := cmp.Diff(first, health()); diff != "" {
			t.Error(diff)
		}
	}
	broken = false
	move(5 * time.Minute)
	if got := health(); !got.ObservedAt.After(first.ObservedAt) {
		t.Errorf("still of %v", got.ObservedAt)
	}
}

// TestManySensors is that a device with thousands of sensors still fits into an observation, its faults first.
func TestManySensors(t *testing.T) {
	f := newFake(t)
	f.answer = func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/resources/sensors") {
			send(w, map[string]any{"status": "ok", "devices": []any{f.row(1, nil)}})
			return
		}
		var rows []any
		for i := range 5000 {
			v := 20
			if i == 4321 {
				v = 99
			}
			rows = append(rows, map[string]any{"device_id": 1, "sensor_class": "temperature", "sensor_descr": strings.Repeat("x", 200) + fmt.Sprint(i), "sensor_current": v, "sensor_limit": 70})
		}
		send(w, map[string]any{"status": "ok", "sensors": rows})
	}
	s := open(t, f, `,"timezone":"UTC"`)
	f.zone = time.UTC
	err := s.Poll(t.Context(), func(o device.Observation) error {
		bad := 0
		for _, c := range o.Claims {
			if c.State == device.StateCritical {
				bad++
			}
		}
		if bad != 1 {
			t.Errorf("%d faults", bad)
		}
		return o.Validate()
	})
	if err != nil {
		t.Error(err)
	}
}

func TestEmitErrorIsReturned(t *testing.T) {
	f := newFake(t)
	stop := errors.New("stop")
	if err := open(t, f, "").Poll(t.Context(), func(device.Observation) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	if err := New().Poll(context.Background(), nil); err == nil {
		t.Error("a poll before Configure")
	}
}

// TestEveryTypeDrift is that no shape of a field costs more than the field.
func TestEveryTypeDrift(t *testing.T) {
	f := newFake(t)
	f.zone = time.UTC
	plain := f.row(1, nil)
	for key := range plain {
		if key == "device_id" {
			continue
		}
		for _, value := range []any{nil, "", "x", 1.5, -1, true, []any{1}, map[string]any{"location": "x"}, strings.Repeat("ä", 5000), "\x00\u202e"} {
			f.rows = []map[string]any{f.row(1, map[string]any{key: value}), f.row(2, nil), {"hostname": "no id"}}
			s := open(t, f, `,"timezone":"UTC"`)
			if err := s.Poll(t.Context(), func(o device.Observation) error { return o.Validate() }); err != nil {
				t.Errorf("%s = %v: %v", key, sourcehttp.Cut(fmt.Sprint(value), 20), err)
			}
		}
	}
}

// TestMaintenanceTakesTurns is that of more devices down than can be asked for in one poll all get their turn, and that
// an answer is not asked for again within a step.
func TestMaintenanceTakesTurns(t *testing.T) {
	f := newFake(t)
	move := at(f, time.Date(2026, 8, 20, 12, 0, 0, 0, time.UTC))
	f.zone = time.UTC
	asked := 0
	f.answer = func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/maintenance") {
			asked++
			send(w, map[string]any{"status": "ok", "is_under_maintenance": "1"})
			return
		}
		rows := []any{f.row(1, nil)}
		for i := range 50 {
			rows = append(rows, f.row(i+2, map[string]any{"status": 0, "status_reason": "icmp"}))
		}
		send(w, map[string]any{"devices": rows, "sensors": []any{}, "ports": []any{}, "alerts": []any{}, "logs": []any{}, "ip_addresses": []any{}, "arp": []any{}, "links": []any{}, "ports_fdb": []any{}})
	}
	s := open(t, f, `,"timezone":"UTC"`)
	for _, want := range [][2]int{{32, 32}, {50, 50}, {50, 50}, {50, 82}} {
		silent := 0
		for _, said := range poll(t, s) {
			if said == "maintenance" {
				silent++
			}
		}
		if got := [2]int{silent, asked}; got != want {
			t.Errorf("%d silent after %d questions, want %v", got[0], got[1], want)
		}
		move(time.Minute)
		if asked == 50 {
			move(2 * time.Minute)
		}
	}
}
