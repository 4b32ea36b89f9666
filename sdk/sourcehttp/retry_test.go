package sourcehttp

import (
	"fmt"
	"maps"
	"net/http"
	"testing"
	"time"
)

// TestLeftAlone: a server that wants to be left alone is, until then and by every call of the client.
func TestLeftAlone(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		status  int
		header  string
		waits   time.Duration
		message string
	}{
		{http.StatusTooManyRequests, "120", 2 * time.Minute, "429 Too Many Requests: the server wants no call for 2m0s"},
		{http.StatusServiceUnavailable, "Thu, 01 Jan 2026 00:02:00 GMT", 2 * time.Minute, "503 Service Unavailable"},
		{http.StatusTooManyRequests, "999999", 10 * time.Minute, "429 Too Many Requests"},
		{http.StatusTooManyRequests, "", 0, `429 Too Many Requests: ask it less often, by a longer "interval"`},
		{http.StatusInternalServerError, "120", 0, "500 Internal Server Error"},
	} {
		t.Run(fmt.Sprint(tt.status, " ", tt.header), func(t *testing.T) {
			now, busy := start, true
			srv := server(t, func(w http.ResponseWriter, r *http.Request) {
				if busy {
					w.Header().Set("Retry-After", tt.header)
					w.WriteHeader(tt.status)
					return
				}
				fmt.Fprint(w, "{}")
			})
			client, err := New(Config{URL: srv.URL}, Options{Now: func() time.Time { return now }})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			_, err = get(t.Context(), client)
			wantFailure(t, err, KindStatus, tt.message)
			busy = false
			if tt.waits > 0 {
				now = start.Add(tt.waits - time.Second)
				_, err = get(t.Context(), client)
				wantFailure(t, err, KindBusy, "not asked: the server wants no call for another 1s")
				if srv.calls.Load() != 1 {
					t.Error("it was asked")
				}
			}
			now = start.Add(tt.waits)
			if _, err = get(t.Context(), client); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestClock: the server's clock is known from the middle of the call, and not from what a cache has kept.
func TestClock(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var header http.Header
	srv := server(t, func(w http.ResponseWriter, r *http.Request) {
		now = now.Add(10 * time.Second) // for as long as the answer takes
		maps.Copy(w.Header(), header)
		w.WriteHeader(http.StatusTeapot)
	})
	client, err := New(Config{URL: srv.URL}, Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, _, ok := client.Clock(); ok {
		t.Error("a clock before the first answer")
	}
	// The middle of the call, ninety seconds behind.
	behind := func() string { return now.Add(5*time.Second - 90*time.Second).Format(http.TimeFormat) }
	for _, tt := range []struct {
		name      string
		date, age string
		known     bool
	}{
		{"out of a cache", behind(), "3600", false},
		{"before 2000", "Thu, 01 Jan 1970 00:00:00 GMT", "", false},
		{"no date", "now", "", false},
		{"ninety seconds behind", "", "", true},
	} {
		if header = (http.Header{"Date": {tt.date}}); tt.known {
			header.Set("Date", behind())
		}
		if tt.age != "" {
			header.Set("Age", tt.age)
		}
		_, err := get(t.Context(), client)
		wantFailure(t, err, KindStatus, "418")
		theirs, ours, ok := client.Clock()
		if ok != tt.known {
			t.Errorf("%s: known %t", tt.name, ok)
		}
		if ok && ours.Sub(theirs) != 90*time.Second {
			t.Errorf("%s: theirs %v, ours %v", tt.name, theirs, ours)
		}
	}
}
