package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/access"
	"github.com/quorate/quorate/internal/view"
	"github.com/quorate/quorate/internal/view/viewtest"
)

// masks is an actor that can do nothing but mask, in its own way.
type masks struct {
	view.Actor
	how func([]byte) ([]byte, error)
}

func (m masks) Share(_ context.Context, text []byte) ([]byte, error) { return m.how(text) }

// askedBy serves the routes of a server to one caller.
func askedBy(s *Server, c access.Caller) http.Handler {
	return s.through(func(*http.Request, access.Route) (access.Caller, error) { return c, nil })
}

func sharingServer(t *testing.T, how func([]byte) ([]byte, error)) *Server {
	t.Helper()
	l := viewtest.NewLab()
	l.Record(device.Event{Type: device.EventVerdictChanged, At: viewtest.Noon})
	s, err := New(Config{AgentName: "home", Version: "test"}, Options{Read: l, Act: masks{how: how}, Subscribe: l.Subscribe})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var (
	sharer = access.Caller{Kind: access.CallerToken, Name: "wall", Scopes: []access.Scope{access.Share}, Masked: true}
	owner  = access.Caller{Kind: access.CallerToken, Name: "me", Scopes: []access.Scope{access.Read, access.Share}}
)

// filled is the path of a route with something in the place of its parameters.
func filled(route access.Route) string {
	return strings.NewReplacer("{device}", "nas-1", "{incident}", "i0", "{source}", "prtg", "{sink}", "hub", "{number}", "2", "{target}", "nas-1", "{id}", "1", "{name}", "x").Replace(route.Path)
}

// TestNothingIsSharedUnmasked asks every route of the table as somebody who may only share: what is answered went through
// the mask, or is the same for everybody.
func TestNothingIsSharedUnmasked(t *testing.T) {
	t.Parallel()
	s := sharingServer(t, func(text []byte) ([]byte, error) {
		if text[0] == '[' {
			return text, nil // the names that may be asked by
		}
		return []byte(`{"masked":true}`), nil
	})
	masked := 0
	for _, route := range s.Routes() {
		if route.Method != http.MethodGet || route.Scope == access.Open {
			continue
		}
		for _, ask := range []struct {
			who access.Caller
			q   string
		}{{sharer, ""}, {owner, "?share=true"}} {
			if route.Page && ask.q != "" {
				continue // a page has no such parameter
			}
			w := httptest.NewRecorder()
			path := filled(route)
			if ask.who.Masked {
				path = strings.ReplaceAll(path, "nas-1", string(viewtest.NewLab().Devices(viewtest.Noon)[0].ID))
			}
			askedBy(s, ask.who).ServeHTTP(w, httptest.NewRequest(http.MethodGet, path+ask.q, nil))
			var answer map[string]any
			problem := json.Unmarshal(w.Body.Bytes(), &answer) == nil && answer["code"] != nil && answer["detail"] != nil
			switch {
			case w.Code == http.StatusOK && answer["masked"] == true:
				masked++
			case w.Code >= 400 && problem && !strings.Contains(w.Body.String(), "nas-1"):
			default:
				t.Errorf("%s%s: %d, %.200s", route.Pattern(), ask.q, w.Code, w.Body)
			}
		}
	}
	if masked < 50 {
		t.Errorf("%d answers were masked: too few were asked for", masked)
	}
}

func TestWhatCannotBeMaskedIsNotShown(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		how    func([]byte) ([]byte, error)
		status int
		code   string
	}{
		"something private is left": {func([]byte) ([]byte, error) {
			return nil, &view.Refused{Conflict: true, Text: "something private may be left: hostnames at byte 7"}
		}, 409, "not_shareable"},
		"the mask fails": {func([]byte) ([]byte, error) {
			return []byte(`{"name":"nas-1"}`), errors.New("the table is gone: /var/lib/quorate")
		}, 500, "internal"},
		"it is no JSON": {func([]byte) ([]byte, error) { return []byte(`nas-1`), nil }, 500, "internal"},
	} {
		s := sharingServer(t, tt.how)
		for _, who := range []access.Caller{sharer, owner} {
			w := httptest.NewRecorder()
			askedBy(s, who).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/v1/devices?share=true", nil))
			if w.Code != tt.status || !strings.Contains(w.Body.String(), `"code":"`+tt.code+`"`) || strings.Contains(w.Body.String(), "nas-1") || strings.Contains(w.Body.String(), "/var") {
				t.Errorf("%s: %d, %s", name, w.Code, w.Body)
			}
		}
	}
	for path, who := range map[string]access.Caller{"/api/v1/stream": sharer, "/live": sharer} {
		w := httptest.NewRecorder()
		askedBy(sharingServer(t, nil), who).ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != http.StatusForbidden {
			t.Errorf("%s: %d, %s", path, w.Code, w.Body)
		}
	}
	s, err := New(Config{}, Options{Read: viewtest.NewLab(), Subscribe: viewtest.NewLab().Subscribe}) // nobody can mask
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	askedBy(s, sharer).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/v1/devices", nil))
	if w.Code != http.StatusForbidden {
		t.Errorf("without a mask: %d, %s", w.Code, w.Body)
	}
}

// TestMaskedListsHavePages goes on by a cursor in which nobody can read names.
func TestMaskedListsHavePages(t *testing.T) {
	t.Parallel()
	s := sharingServer(t, func(text []byte) ([]byte, error) {
		return []byte(strings.ReplaceAll(string(text), "nas-1", "storage-7")), nil
	})
	h := askedBy(s, sharer)
	seen, cursor := 0, ""
	for range 10 {
		w := fetch(t, h, "/api/v1/sources?limit=1"+cursor)
		var page list[struct{ Name string }]
		if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || w.Code != http.StatusOK {
			t.Fatalf("%d, %v: %s", w.Code, err, w.Body)
		}
		if link := w.Header().Get("Link"); link != "" {
			t.Errorf("a cursor that is open in the header Link: %s", link)
		}
		if seen += len(page.Items); page.NextCursor == nil {
			break
		}
		if w := fetch(t, askedBy(s, owner), "/api/v1/sources?limit=1&cursor="+*page.NextCursor); w.Code != http.StatusBadRequest {
			t.Errorf("the closed cursor is an open one too: %d", w.Code)
		}
		cursor = "&cursor=" + *page.NextCursor
	}
	if seen != 3 {
		t.Errorf("%d sources in all pages", seen)
	}
	if w := fetch(t, h, "/api/v1/sources?cursor=AAAA"); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "bad_cursor") {
		t.Errorf("a cursor that is none: %d, %s", w.Code, w.Body)
	}
	tag := fetch(t, h, "/api/v1/devices").Header().Get("ETag")
	r := httptest.NewRequest(http.MethodGet, "/api/v1/devices", nil)
	r.Header.Set("If-None-Match", tag)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if open := fetch(t, askedBy(s, owner), "/api/v1/devices").Header().Get("ETag"); w.Code != http.StatusNotModified || tag == "" || tag == open {
		t.Errorf("%d, %q masked, %q as it is", w.Code, tag, open)
	}
}

// TestMaskedNamesAreAskedBy asks by names as somebody who sees masked ones alone, and as somebody who sees the real ones.
func TestMaskedNamesAreAskedBy(t *testing.T) {
	t.Parallel()
	id := string(viewtest.NewLab().Devices(viewtest.Noon)[0].ID)
	s := sharingServer(t, func(text []byte) ([]byte, error) {
		return []byte(strings.NewReplacer(`"`+id+`"`, `"storage-7"`, `"nas-1"`, `"storage-7"`, `"prtg"`, `"monitor-2"`).Replace(string(text))), nil
	})
	for _, tt := range []struct {
		who    access.Caller
		path   string
		status int
	}{
		{sharer, "/api/v1/devices/storage-7", 200},
		{sharer, "/api/v1/devices/storage-7/events?limit=1", 200},
		{sharer, "/api/v1/devices/nas-1", 404},
		{sharer, "/api/v1/devices/" + id, 404},
		{sharer, "/api/v1/devices/nas%2D1/identity", 404},
		{sharer, "/api/v1/alerts?device=storage-7", 200},
		{sharer, "/api/v1/alerts?device=nas-1", 404},
		{sharer, "/api/v1/sources/monitor-2", 200},
		{sharer, "/api/v1/sources/prtg", 404},
		{sharer, "/api/v1/devices?q=nas", 403},
		{sharer, "/api/v1/events?q=nas", 403},
		{sharer, "/api/v1/devices?kind=storage", 403},
		{sharer, "/api/v1/readings?component=disk", 403},
		{sharer, "/api/v1/readings?quantity=load", 403},
		{sharer, "/api/v1/devices?status=up&sort=since", 200},
		{owner, "/api/v1/devices/nas-1?share=true", 200},
		{owner, "/api/v1/devices?q=nas&share=true", 200},
		{owner, "/api/v1/devices/storage-7?share=true", 404},
	} {
		if w := fetch(t, askedBy(s, tt.who), tt.path); w.Code != tt.status || strings.Contains(w.Body.String(), "nas-1") {
			t.Errorf("%s: %s: %d, %s", tt.who.Name, tt.path, w.Code, w.Body)
		}
	}
}

// TestAWishToShareIsUnderstoodOrRefused sends what others write for true: an answer must not go out as it is for it.
func TestAWishToShareIsUnderstoodOrRefused(t *testing.T) {
	t.Parallel()
	s := sharingServer(t, func([]byte) ([]byte, error) { return []byte(`{"masked":true}`), nil })
	for _, wish := range []string{"share=1", "share=TRUE", "share=yes", "share", "share=", "share=false&share=true", "share=true&share=true"} {
		if w := fetch(t, askedBy(s, owner), "/api/v1/devices?"+wish); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d, %.200s", wish, w.Code, w.Body)
		}
	}
	if w := fetch(t, askedBy(s, owner), "/api/v1/devices?share=false"); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "masked") {
		t.Errorf("share=false: %d, %.200s", w.Code, w.Body)
	}
}

// TestAnUnreadyAgentIsToldToThoseWhoShare gets the status of the answer, not that of a failure.
func TestAnUnreadyAgentIsToldToThoseWhoShare(t *testing.T) {
	t.Parallel()
	l := viewtest.NewLab()
	l.Limits = []device.Limit{{Limit: device.LimitDiskFull}}
	s, err := New(Config{}, Options{Read: l, Act: masks{how: func([]byte) ([]byte, error) { return []byte(`{"masked":true}`), nil }}, Subscribe: l.Subscribe})
	if err != nil {
		t.Fatal(err)
	}
	open := fetch(t, askedBy(s, access.Caller{Kind: access.CallerToken, Scopes: []access.Scope{access.Read}}), "/api/v1/health")
	w := fetch(t, askedBy(s, sharer), "/api/v1/health")
	if w.Code != open.Code || open.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "masked") {
		t.Errorf("%d as it is, %d masked: %s", open.Code, w.Code, w.Body)
	}
}

// TestOneIsMaskedAtATime asks for several at once: masking takes long, and leaves the other cores to the agent.
func TestOneIsMaskedAtATime(t *testing.T) {
	t.Parallel()
	var under, most atomic.Int32
	s := sharingServer(t, func([]byte) ([]byte, error) {
		most.Store(max(most.Load(), under.Add(1)))
		runtime.Gosched()
		under.Add(-1)
		return []byte(`{"masked":true}`), nil
	})
	s.sharing.turn <- struct{}{}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.share(gone, []byte("{}")); !errors.Is(err, context.Canceled) || most.Load() != 0 {
		t.Errorf("nobody waits for it, and it was masked: %v", err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { fetch(t, askedBy(s, sharer), "/api/v1/devices") })
	}
	<-s.sharing.turn
	all.Wait()
	if most.Load() != 1 {
		t.Errorf("%d were masked at once", most.Load())
	}
}
