package api

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view/viewtest"
)

func ask(h http.Handler, method, path string, header map[string]string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for k, v := range header {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestETag(t *testing.T) {
	l := viewtest.NewLab()
	h := newServer(t, l).Handler()
	first := ask(h, http.MethodGet, "/api/v1/devices", nil)
	tag := first.Header().Get("ETag")
	if tag == "" || first.Header().Get("Cache-Control") != "private, no-cache" {
		t.Fatalf("the header is %v", first.Header())
	}
	for _, sent := range []string{tag, `"other", ` + tag, strings.TrimPrefix(tag, "W/"), "*"} {
		if w := ask(h, http.MethodGet, "/api/v1/devices", map[string]string{"If-None-Match": sent}); w.Code != http.StatusNotModified || w.Body.Len() > 0 || w.Header().Get("ETag") != tag {
			t.Errorf("%s: %d, %d bytes, %v", sent, w.Code, w.Body.Len(), w.Header())
		}
	}
	l.Mu.Lock()
	l.AllDevices[0].Status = device.StatusDown
	l.Mu.Unlock()
	if w := ask(h, http.MethodGet, "/api/v1/devices", map[string]string{"If-None-Match": tag}); w.Code != http.StatusOK || w.Header().Get("ETag") == tag {
		t.Errorf("after a change: %d", w.Code)
	}
}

func TestGzip(t *testing.T) {
	h := newServer(t, viewtest.NewLab()).Handler()
	want := ask(h, http.MethodGet, "/api/v1/devices", nil)
	for accepted, zipped := range map[string]bool{"gzip": true, "br, gzip;q=0.5": true, "*": true, "": false, "br": false, "gzip;q=0": false} {
		w := ask(h, http.MethodGet, "/api/v1/devices", map[string]string{"Accept-Encoding": accepted})
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != zipped || !slices.Contains(w.Header().Values("Vary"), "Accept-Encoding") {
			t.Errorf("%q: %v", accepted, w.Header())
			continue
		}
		body := io.Reader(w.Body)
		if zipped {
			if w.Body.Len() >= want.Body.Len() {
				t.Errorf("%q: %d bytes out of %d", accepted, w.Body.Len(), want.Body.Len())
			}
			var err error
			if body, err = gzip.NewReader(w.Body); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := io.ReadAll(body); err != nil || string(got) != want.Body.String() {
			t.Errorf("%q: another answer, %v", accepted, err)
		}
	}
	if w := ask(h, http.MethodGet, "/api/v1/version", map[string]string{"Accept-Encoding": "gzip"}); w.Header().Get("Content-Encoding") != "" {
		t.Error("a small answer is compressed")
	}
}

func TestHead(t *testing.T) {
	srv := httptest.NewServer(newServer(t, viewtest.NewLab()).Handler())
	defer srv.Close()
	resp, err := http.Head(srv.URL + "/api/v1/version")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK || len(b) > 0 || err != nil || resp.ContentLength <= 0 || resp.Header.Get("ETag") == "" {
		t.Errorf("%s, %d bytes, %v", resp.Status, len(b), resp.Header)
	}
}

func TestParameters(t *testing.T) {
	h := newServer(t, viewtest.NewLab()).Handler()
	for _, tt := range []struct {
		path   string
		status int
		holds  []string
	}{
		{"/api/v1/devices?stauts=down", 400, []string{`"code":"unknown_parameter"`, `did you mean \"status\"?`, `"location":"query.stauts"`}},
		{"/api/v1/version?x=1", 400, []string{`"code":"unknown_parameter"`, `"instance":"/api/v1/version"`, `"request_id":"`, `"type":"about:blank"`}},
		{"/api/v1/devices?status=dead", 422, []string{`"code":"invalid"`, `"location":"query.status`}},
		{"/api/v1/devices?limit=201", 422, []string{`"code":"invalid"`, `"location":"query.limit"`}},
		{"/api/v1/devices?fields=name,names", 400, []string{`"code":"unknown_field"`}},
		{"/api/v1/devices?fields=statu", 400, []string{`did you mean \"status\"?`}},
		{"/api/v1/events?type=verdict.change", 422, []string{`"code":"invalid"`, `did you mean \"verdict.changed\"?`}},
		{"/api/v1/events?since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z", 422, []string{`"location":"query.until"`}},
		{"/api/v1/events?device=nobody", 404, []string{`"code":"not_found"`}},
		{"/api/v1/devices/nas-1?fields=name,status", 200, []string{`{"name":"nas-1","status":"up"}`}},
		{"/api/v1/devices?fields=name&limit=1", 200, []string{`{"items":[{"name":"ap-2"}],"next_cursor":"`}},
		{"/api/v1/devices?" + strings.Repeat("x", 300) + "=1", 400, []string{strings.Repeat("x", 40) + `\"`}},
	} {
		w := ask(h, http.MethodGet, tt.path, nil)
		if w.Code != tt.status {
			t.Errorf("%s: %d, want %d: %s", tt.path, w.Code, tt.status, w.Body)
		}
		wantIn(t, w.Body.String(), tt.holds...)
	}
}

// namesOf follows a list to its end and returns the names, a page a call of each.
func namesOf(t *testing.T, h http.Handler, path string, between func(page int)) []string {
	t.Helper()
	var names []string
	for page := 1; path != ""; page++ {
		w := ask(h, http.MethodGet, path, nil)
		var answer struct {
			Items      []device.Current
			NextCursor *string `json:"next_cursor"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &answer); w.Code != http.StatusOK || err != nil {
			t.Fatalf("%s: %d %s", path, w.Code, w.Body)
		}
		for _, d := range answer.Items {
			names = append(names, d.Name)
		}
		link := w.Header().Get("Link")
		if path = ""; answer.NextCursor != nil {
			next, ok := strings.CutSuffix(strings.TrimPrefix(link, "<"), `>; rel="next"`)
			if u, err := url.Parse(next); !ok || err != nil || u.Query().Get("cursor") != *answer.NextCursor {
				t.Fatalf("the header Link is %q, the cursor %q", link, *answer.NextCursor)
			}
			path = next
		} else if link != "" {
			t.Fatalf("the last page has the Link %q", link)
		}
		if between != nil {
			between(page)
		}
	}
	return names
}

func TestPages(t *testing.T) {
	l := viewtest.NewLab()
	h := newServer(t, l).Handler()
	all := namesOf(t, h, "/api/v1/devices?limit=200", nil)
	for limit := 1; limit <= len(all)+1; limit++ {
		if got := namesOf(t, h, fmt.Sprintf("/api/v1/devices?limit=%d", limit), nil); !slices.Equal(got, all) {
			t.Errorf("by %d: %q, want %q", limit, got, all)
		}
	}
	if got := namesOf(t, h, "/api/v1/devices?limit=1&status=down,unknown&fields=name", nil); !slices.Equal(got, []string{"ap-2", "camera-3", "core-switch"}) {
		t.Errorf("with filters: %q", got)
	}
	// What was shown last goes, something comes before it and something behind it.
	got := namesOf(t, h, "/api/v1/devices?limit=2", func(page int) {
		if page != 1 {
			return
		}
		l.Mu.Lock()
		defer l.Mu.Unlock()
		l.AllDevices = slices.DeleteFunc(l.AllDevices, func(d device.Current) bool { return d.Name == all[1] })
		l.AllDevices = append(l.AllDevices, device.Current{ID: "d_a", Name: "aaa"}, device.Current{ID: "d_z", Name: "zzz"})
	})
	if want := append(slices.Clone(all), "zzz"); !slices.Equal(got, want) {
		t.Errorf("while devices come and go: %q, want %q", got, want)
	}
}

// TestPagesInAnOrderOfTheirOwn is that a list which is not sorted goes on where it was left, also without its last item.
func TestPagesInAnOrderOfTheirOwn(t *testing.T) {
	o := asListed(func(s *string) string { return *s })
	items := []string{"d", "a", "c", "b"}
	for _, tt := range []struct {
		name string
		now  []string
		want int
	}{
		{"unchanged", items, 2},
		{"one came before it", []string{"x", "d", "a", "c", "b"}, 3},
		{"it is gone", []string{"d", "c", "b"}, 1},
		{"all are gone", nil, 0},
	} {
		if got, err := o.behind(tt.now, cursor{At: 2, Key: []string{"a"}}); err != nil || got != tt.want {
			t.Errorf("%s: %d %v, want %d", tt.name, got, err, tt.want)
		}
	}
}

func TestForeignCursors(t *testing.T) {
	l := viewtest.NewLab()
	for range 3 {
		l.Record(device.Event{Type: device.EventVerdictChanged, At: viewtest.Noon})
	}
	h := newServer(t, l).Handler()
	next := func(path string) string {
		var page struct {
			Next string `json:"next_cursor"`
		}
		if err := json.Unmarshal(ask(h, http.MethodGet, path, nil).Body.Bytes(), &page); err != nil || page.Next == "" {
			t.Fatalf("%s has no next page: %v", path, err)
		}
		return page.Next
	}
	good := next("/api/v1/devices?limit=1")
	if good != url.QueryEscape(good) {
		t.Errorf("the cursor %q is not safe in an address", good)
	}
	if w := ask(h, http.MethodGet, "/api/v1/devices?limit=3&fields=name&cursor="+good, nil); w.Code != http.StatusOK {
		t.Errorf("with another limit and fields: %d", w.Code)
	}
	for name, path := range map[string]string{
		"another filter":  "/api/v1/devices?status=up&cursor=" + good,
		"another list":    "/api/v1/sources?cursor=" + good,
		"of the record":   "/api/v1/devices?cursor=" + next("/api/v1/events?limit=1"),
		"cut":             "/api/v1/devices?cursor=" + good[:len(good)-2],
		"no base64":       "/api/v1/devices?cursor=!",
		"too short":       "/api/v1/devices?cursor=AAAA",
		"another letter":  "/api/v1/devices?cursor=A" + good[1:],
		"one of a device": "/api/v1/events?cursor=" + good,
	} {
		if w := ask(h, http.MethodGet, path, nil); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `"code":"bad_cursor"`) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

// TestEventsByFilter is that filtered events come in order and whole, page by page.
func TestEventsByFilter(t *testing.T) {
	l := viewtest.NewLab()
	for i := range 60 {
		e := device.Event{Type: device.EventFacetChanged, At: viewtest.Noon}
		if i%7 == 0 {
			e.Type, e.Source = device.EventSourceBlind, "prtg"
		}
		l.Record(e)
	}
	h := newServer(t, l).Handler()
	var seqs []int64
	for path := "/api/v1/events?limit=2&source=prtg&type=source.blind,source.up"; path != ""; {
		w := ask(h, http.MethodGet, path, nil)
		var page struct{ Items []device.Event }
		if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Items {
			seqs = append(seqs, e.Seq)
		}
		path, _ = strings.CutSuffix(strings.TrimPrefix(w.Header().Get("Link"), "<"), `>; rel="next"`)
	}
	if want := []int64{1, 8, 15, 22, 29, 36, 43, 50, 57}; !slices.Equal(seqs, want) {
		t.Errorf("%v, want %v", seqs, want)
	}
}
