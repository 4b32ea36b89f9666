package web

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/quorate/quorate/internal/access"
	"github.com/quorate/quorate/internal/api"
	"github.com/quorate/quorate/internal/view/viewtest"
)

// visit is a browser at a listener of its own: it keeps cookies, and does not follow where it is led.
type visit struct {
	t       *testing.T
	base    string
	cookies map[string]*http.Cookie
}

// served serves a lab at a listener on loopback, where tokens are wanted from everybody if that is said.
func served(t *testing.T, door api.Door) (*visit, *access.Keeper) {
	t.Helper()
	gate := access.NewGate(nil)
	l := viewtest.NewLab()
	site, err := New(Options{Read: l, Gate: gate, Name: func() string { return "a secret name" }})
	if err != nil {
		t.Fatal(err)
	}
	s, err := api.New(api.Config{}, api.Options{Read: l, Gate: gate, Pages: site.Routes(), Missing: http.HandlerFunc(site.Missing), Refused: site.Refused})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.ServeAt(ctx, listener, door) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return &visit{t, "http://" + listener.Addr().String(), map[string]*http.Cookie{}}, gate.Keeper()
}

func (v *visit) do(method, path string, form url.Values) (*http.Response, string) {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), method, v.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range v.cookies {
		req.AddCookie(c)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	for _, c := range resp.Cookies() {
		if c.MaxAge < 0 {
			delete(v.cookies, c.Name)
			continue
		}
		v.cookies[c.Name] = c
	}
	return resp, string(page)
}

// want does a request and wants a status, and where that leads.
func (v *visit) want(method, path string, form url.Values, status int, location string) string {
	v.t.Helper()
	resp, page := v.do(method, path, form)
	if got := resp.Header.Get("Location"); resp.StatusCode != status || got != location {
		v.t.Errorf("%s %s: %d to %q, want %d to %q\n%s", method, path, resp.StatusCode, got, status, location, page)
	}
	return page
}

func TestLoginByLink(t *testing.T) {
	t.Parallel()
	v, k := served(t, api.Door{RequireTokens: true})
	for path, to := range map[string]string{"/": "/login", "/events?q=nas": "/login?next=%2Fevents%3Fq%3Dnas", "/nothing": "/login?next=%2Fnothing"} {
		if page := v.want(http.MethodGet, path, nil, http.StatusSeeOther, to); strings.Contains(page, "a secret name") {
			t.Errorf("%s tells of the agent: %s", path, page)
		}
	}
	secret, _, err := k.LoginLink([]access.Scope{access.Read, access.Ack})
	if err != nil {
		t.Fatal(err)
	}
	link := access.LinkPath(secret)
	for range 2 { // what looks at links in advance burns none
		page := v.want(http.MethodGet, link, nil, http.StatusOK, "")
		checkMarkup(t, page)
		if strings.Contains(page, "a secret name") {
			t.Error("the login tells of the agent")
		}
	}
	v.want(http.MethodPost, link, nil, http.StatusSeeOther, "/")
	c := v.cookies["quorate_session"]
	if c == nil || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || c.Secure {
		t.Fatalf("cookie %+v", c)
	}
	v.want(http.MethodGet, "/", nil, http.StatusOK, "")
	checkMarkup(t, v.want(http.MethodGet, "/login", nil, http.StatusOK, ""))
	// The API takes no cookie.
	v.want(http.MethodGet, "/api/v1/devices", nil, http.StatusUnauthorized, "")

	v.want(http.MethodPost, link, nil, http.StatusUnauthorized, "")
	v.want(http.MethodGet, link, nil, http.StatusUnauthorized, "")
	v.want(http.MethodGet, "/", nil, http.StatusOK, "")

	v.want(http.MethodPost, "/logout", nil, http.StatusSeeOther, "/login")
	if len(v.cookies) > 0 || len(k.Sessions()) > 0 {
		t.Errorf("behind the logout: cookies %v, sessions %v", v.cookies, k.Sessions())
	}
	v.cookies[c.Name] = c // one that kept it has nothing from it
	v.want(http.MethodGet, "/", nil, http.StatusSeeOther, "/login")
}

func TestLoginByToken(t *testing.T) {
	t.Parallel()
	v, k := served(t, api.Door{RequireTokens: true})
	secret, _, err := k.CreateToken(t.Context(), access.NewToken{Name: "phone", Scopes: []access.Scope{access.Read}})
	if err != nil {
		t.Fatal(err)
	}
	for next, to := range map[string]string{
		"/events?q=nas": "/events?q=nas", "": "/", "//evil.example.net": "/", "https://evil.example.net/": "/", "/\\evil.example.net": "/",
		"/\t/evil.example.net": "/", "/login": "/", "/logout": "/", "javascript:alert(1)": "/", "/%2F/evil.example.net": "/",
	} {
		v.want(http.MethodPost, "/login", url.Values{"token": {" " + secret + "\n"}, "next": {next}}, http.StatusSeeOther, to)
	}
	if all := k.Sessions(); len(all) != 1 || all[0].Token != "phone" {
		t.Errorf("who logs in anew leaves the session before: %+v", all)
	}
	v.want(http.MethodGet, "/", nil, http.StatusOK, "")
	// No page takes a token in its address.
	v.cookies = map[string]*http.Cookie{}
	v.want(http.MethodGet, "/?token="+secret, nil, http.StatusSeeOther, "/login")
	for i := range 6 {
		status := http.StatusUnauthorized
		if i == 5 {
			status = http.StatusTooManyRequests
		}
		page := v.want(http.MethodPost, "/login", url.Values{"token": {"qtk_wrong"}}, status, "")
		if strings.Contains(page, "qtk_wrong") || !strings.Contains(page, `aria-describedby="wrong hint"`) {
			t.Errorf("the form behind a wrong token:\n%s", page)
		}
	}
	// The right one is taken all the same: nobody is locked out by others at their address.
	v.want(http.MethodPost, "/login", url.Values{"token": {secret}}, http.StatusSeeOther, "/")
	if err := k.RevokeToken(t.Context(), "phone"); err != nil {
		t.Fatal(err)
	}
	v.want(http.MethodGet, "/", nil, http.StatusSeeOther, "/login")
}

func TestWhoMayNotIsTold(t *testing.T) {
	t.Parallel()
	v, _ := served(t, api.Door{})
	page := v.want(http.MethodGet, "/", nil, http.StatusOK, "")
	if !strings.Contains(page, `href="/login?next=%2f"`) {
		t.Error("a board that may be read without a login does not lead to one")
	}
	if page := v.want(http.MethodGet, "/login?next=https://evil.example.net", nil, http.StatusOK, ""); strings.Contains(page, "evil") {
		t.Errorf("the login leads elsewhere:\n%s", page)
	}
}
