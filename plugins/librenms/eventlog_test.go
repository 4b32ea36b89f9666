package librenms

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk/sourcehttp"
)

// logServer is LibreNMS' event log: its rows by date, start an offset.
type logServer struct {
	rows  []logRow
	calls []string
}

type logRow struct {
	id       int
	at       time.Time
	device   int
	severity int
	kind     string
}

func (l *logServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	l.calls = append(l.calls, r.URL.RawQuery)
	from, _ := strconv.Atoi(q.Get("from"))
	start, _ := strconv.Atoi(q.Get("start"))
	limit, _ := strconv.Atoi(q.Get("limit"))
	rows := slices.DeleteFunc(slices.Clone(l.rows), func(x logRow) bool { return x.id < from })
	slices.SortStableFunc(rows, func(a, b logRow) int { return cmp.Or(a.at.Compare(b.at), 0) })
	if q.Get("sortorder") == "DESC" {
		slices.Reverse(rows)
	}
	start = min(start, len(rows))
	page := []any{}
	for _, x := range rows[start:min(start+limit, len(rows))] {
		page = append(page, map[string]any{
			"event_id": x.id, "device_id": x.device, "datetime": x.at.Format(naive), "message": fmt.Sprint("event ", x.id), "type": x.kind, "severity": x.severity,
		})
	}
	send(w, map[string]any{"status": "ok", "logs": page, "count": len(page), "total": len(rows)})
}

// tail reads the log of l until it is read to its end, and returns what is shown of device 1.
func tail(t *testing.T, l *logServer, e *events, now time.Time) []string {
	t.Helper()
	srv := httptest.NewServer(l)
	defer srv.Close()
	c, err := sourcehttp.New(sourcehttp.Config{URL: srv.URL}, sourcehttp.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	d := seen{id: "1"}
	_ = d.row.Status.UnmarshalJSON([]byte("0"))
	known := func(id string) *seen {
		if id == "1" {
			return &d
		}
		return nil
	}
	r := round{now: now, step: 5 * time.Minute}
	for range 10 {
		e.refresh(context.WithoutCancel(t.Context()), client{c}, now, r, zone{}, known)
		if e.start == 0 {
			break
		}
	}
	o := device.Observation{Identity: device.Identity{Ref: "1"}}
	e.add(&o, d)
	var shown []string
	for _, a := range o.Alerts {
		shown = append(shown, a.Ref+" "+a.State)
	}
	return shown
}

// TestEventTail is that the tail of the log is read to its end and nothing in it twice, where pages are full, ids are out
// of order and many rows have one time, and that the first reading is one page of a history of years.
func TestEventTail(t *testing.T) {
	now := time.Date(2026, 8, 20, 12, 0, 0, 0, time.UTC)
	l, e := &logServer{}, &events{}
	if got := tail(t, l, e, now); got != nil || len(l.calls) != 1 {
		t.Errorf("an empty log shows %q after %q", got, l.calls)
	}
	for id := 1; id <= 30_000; id++ {
		l.rows = append(l.rows, logRow{id, now.Add(-time.Duration(30_000-id) * time.Minute), 1, 4, "x"})
	}
	l.rows[29_500].kind = "down"
	l.calls = nil
	want := []string{"event:29501 firing", "event:30000 logged", "event:29999 logged", "event:29998 logged", "event:29997 logged", "event:29996 logged"}
	if got := tail(t, l, e, now); !slices.Equal(got, want) || len(l.calls) != 1 {
		t.Errorf("%q after %q", got, l.calls)
	}

	// Then 7,100 rows of one second, the ids in any order, and one with a low id at the very end.
	now, l.calls = now.Add(time.Minute), nil
	for i := range 7100 {
		l.rows = append(l.rows, logRow{30_002 + (i*7919)%7100, now, 2, 2, "x"})
	}
	l.rows = append(l.rows, logRow{30_001, now.Add(time.Second), 1, 2, "up"})
	now = now.Add(2 * time.Second)
	if got := tail(t, l, e, now); len(got) != 5 || strings.Contains(got[0], "firing") {
		t.Errorf("the device went up, and shown is %q", got)
	}
	if len(l.calls) != 8 || e.from != 37_102 {
		t.Errorf("%d calls, next from %d", len(l.calls), e.from)
	}
	l.calls = nil
	if tail(t, l, e, now); len(l.calls) != 1 || !strings.Contains(l.calls[0], "from=37102") {
		t.Errorf("nothing new was asked for by %q", l.calls)
	}
	// After an hour the warnings are old.
	if got := tail(t, l, e, now.Add(2*time.Hour)); got != nil {
		t.Errorf("shown is %q", got)
	}
	// What is said of devices that are no more is not kept.
	if len(e.of) != 1 {
		t.Errorf("%d devices are kept", len(e.of))
	}
}
