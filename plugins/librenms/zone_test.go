package librenms

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestZoneByWhatNeverChanges is that a server whose measurements cannot be compared still tells its offset by the time at
// which a device was added, also where the clocks have been changed since.
func TestZoneByWhatNeverChanges(t *testing.T) {
	for _, tt := range []struct {
		name, local, utc string // of "inserted"
		zone             int    // of now, in hours
	}{
		{"added in summer, now summer", "2025-07-02 09:15:00", "2025-07-02T07:15:00.000000Z", 2},
		{"added in winter, now summer", "2025-01-02 09:15:00", "2025-01-02T08:15:00.000000Z", 2},
		{"added in summer, now winter", "2025-07-02 09:15:00", "2025-07-02T07:15:00.000000Z", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t)
			now := time.Date(2026, 8, 20, 12, 0, 0, 0, time.UTC)
			at(f, now)
			local := now.Add(time.Duration(tt.zone)*time.Hour - 30*time.Second).Format(naive)
			f.answer = func(w http.ResponseWriter, r *http.Request) {
				row := f.row(1, map[string]any{"inserted": tt.local, "last_polled": local, "last_ping": local})
				if strings.HasSuffix(r.URL.Path, "/devices/1") {
					row = map[string]any{"device_id": 1, "inserted": tt.utc, "last_polled": nil, "last_ping": nil}
				}
				send(w, map[string]any{"devices": []any{row}, "sensors": []any{}, "ports": []any{}, "alerts": []any{}, "logs": []any{}})
			}
			got, err := everything(t, open(t, f, ""))
			if err != nil {
				t.Fatal(err)
			}
			if want := now.Add(-30 * time.Second); !got["1"].ObservedAt.Equal(want) {
				t.Errorf("observed at %v, want %v", got["1"].ObservedAt, want)
			}
		})
	}
}

// TestZoneIsNotOfAnOldMeasurement is that a device which has been down since before the clocks were changed does not tell
// the offset of today while another one does.
func TestZoneIsNotOfAnOldMeasurement(t *testing.T) {
	f := newFake(t)
	now := time.Date(2026, 8, 20, 12, 0, 0, 0, time.UTC)
	at(f, now)
	f.answer = func(w http.ResponseWriter, r *http.Request) {
		list := []any{
			f.row(1, map[string]any{"status": 0, "status_reason": "icmp", "last_polled": "2026-01-20 10:00:00", "last_ping": "2026-08-20 13:59:30"}),
		}
		if strings.HasSuffix(r.URL.Path, "/devices/1") {
			// The ping was repeated between the two calls.
			list = []any{map[string]any{"device_id": 1, "last_polled": "2026-01-20T09:00:00.000000Z", "last_ping": "2026-08-20T11:59:58.000000Z"}}
		}
		send(w, map[string]any{"status": "ok", "devices": list, "is_under_maintenance": false, "sensors": []any{}, "ports": []any{}, "alerts": []any{}, "logs": []any{}})
	}
	got, err := everything(t, open(t, f, ""))
	if err != nil {
		t.Fatal(err)
	}
	if want := now.Add(-30 * time.Second); !got["1"].ObservedAt.Equal(want) {
		t.Errorf("observed at %v, want %v", got["1"].ObservedAt, want)
	}
}
