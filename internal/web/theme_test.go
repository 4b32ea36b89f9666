package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/quorate/quorate/internal/view/viewtest"
)

func choose(t *testing.T, h http.Handler, theme, back string) *http.Response {
	t.Helper()
	form := url.Values{"theme": {theme}, "back": {back}}
	r := httptest.NewRequest(http.MethodPost, "/theme", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

// The colours are chosen without a script too, and the form leads back to where it was and never elsewhere.
func TestTheme(t *testing.T) {
	h := newServer(t, viewtest.NewLab()).Handler()
	for _, tt := range []struct{ name, theme, back, want, value string }{
		{"dark", "dark", "/?show=down", "/?show=down", "dark"},
		{"light", "light", "/events", "/events", "light"},
		{"as the system", "system", "/", "/", ""},
		{"nonsense", "<b>", "/", "/", ""},
		{"elsewhere", "dark", "https://example.net/", "/", "dark"},
		{"elsewhere by two strokes", "dark", "//example.net/", "/", "dark"},
		{"elsewhere by a back stroke", "dark", "/\\example.net/", "/", "dark"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := choose(t, h, tt.theme, tt.back)
			if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != tt.want {
				t.Fatalf("%d to %q, want %q", a.StatusCode, a.Header.Get("Location"), tt.want)
			}
			c := a.Cookies()[0]
			if c.Name != themeCookie || c.Value != tt.value || (c.MaxAge < 0) != (tt.value == "") {
				t.Fatalf("cookie %v", c)
			}
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.AddCookie(&http.Cookie{Name: themeCookie, Value: tt.value})
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if got := strings.Contains(w.Body.String(), `data-theme="`+tt.value+`"`); got != (tt.value != "") {
				t.Errorf("the page is not %q", tt.value)
			}
		})
	}
}

// The icon of the tab counts too, without a script.
func TestIconCounts(t *testing.T) {
	h := newServer(t, viewtest.NewLab()).Handler()
	wantIn(t, fetch(t, h, "/events").Body.String(), `href="/static/icon-4.svg"`, "<title>(4) Events")
	for path, want := range map[string]string{"/static/icon-4.svg": ">4<", "/static/icon-100.svg": ">99+<"} {
		if w := fetch(t, h, path); w.Code != http.StatusOK || w.Header().Get("Content-Type") != "image/svg+xml" || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	for _, path := range []string{"/static/icon-0.svg", "/static/icon-101.svg", "/static/icon-04.svg", "/static/icon-x.svg", "/static/icon--1.svg"} {
		if w := fetch(t, h, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// TestABrokenThemeTellsNothing sends no form: the route is open to everybody, and nobody learns of the lab by it.
func TestABrokenThemeTellsNothing(t *testing.T) {
	h := newServer(t, viewtest.NewLab()).Handler()
	for _, form := range []string{"theme=%zz", "theme=" + strings.Repeat("x", 8<<10)} {
		r := httptest.NewRequest(http.MethodPost, "/theme", strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusBadRequest || strings.Contains(w.Body.String(), "<") || strings.Contains(w.Body.String(), "home") {
			t.Errorf("%.20s: %d, %.200s", form, w.Code, w.Body)
		}
	}
}
