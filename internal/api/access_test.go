package api

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/internal/access"
	"github.com/quorate/quorate/internal/view"
	"github.com/quorate/quorate/internal/view/viewtest"
	"github.com/quorate/quorate/internal/web"
)

// way is how somebody comes in.
type way struct {
	name           string
	header, cookie string
	// scopes are those of a good token, good only on the API, or of a session, good only on the page.
	scopes         []access.Scope
	token, session bool
	bad            bool // a token that is sent and not good
}

// matrix is a server with the whole route table, where each handler only says that it was reached, and a clock that goes
// on with each request, so that no limit is met.
type matrix struct {
	t    *testing.T
	s    *Server
	at   time.Time
	ways []way
}

func newMatrix(t *testing.T) *matrix {
	t.Helper()
	m := &matrix{t: t, at: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
	keeper := access.NewKeeper(access.KeeperOptions{Now: func() time.Time { return m.at }})
	gate := access.NewGate(keeper)
	lab := viewtest.NewLab()
	var act struct{ view.Actor } // it is asked for nothing
	site, err := web.New(web.Options{Read: lab, Act: act, Gate: gate, Name: func() string { return "home" }})
	if err != nil {
		t.Fatal(err)
	}
	m.s, err = New(Config{}, Options{Read: lab, Act: act, Gate: gate, Pages: site.Routes(), Missing: http.HandlerFunc(site.Missing), Refused: site.Refused, Subscribe: lab.Subscribe})
	if err != nil {
		t.Fatal(err)
	}
	for i := range m.s.table {
		m.s.table[i].Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c, _ := access.CallerOf(r.Context())
			w.Header().Set("Masked", fmt.Sprint(c.Masked))
			w.WriteHeader(http.StatusNoContent)
		})
	}
	m.ways = m.allWays(keeper, gate)
	return m
}

func (m *matrix) allWays(k *access.Keeper, gate *access.Gate) []way {
	ctx := m.t.Context()
	token := func(n access.NewToken) string {
		secret, _, err := k.CreateToken(ctx, n)
		if err != nil {
			m.t.Fatal(err)
		}
		return "Bearer " + secret
	}
	read := []access.Scope{access.Read}
	expired := token(access.NewToken{Name: "expired", Scopes: read, Life: time.Minute})
	m.at = m.at.Add(time.Minute)
	revoked := token(access.NewToken{Name: "revoked", Scopes: read})
	rotated := token(access.NewToken{Name: "rotated", Scopes: read})
	if _, _, err := k.RotateToken(ctx, "rotated", 0); err != nil {
		m.t.Fatal(err)
	}
	if err := k.RevokeToken(ctx, "revoked"); err != nil {
		m.t.Fatal(err)
	}
	good := token(access.NewToken{Name: "mistyped", Scopes: access.Scopes()})
	all := []way{
		{name: "nothing"},
		{name: "a wrong token", header: revoked, bad: true},
		{name: "an expired token", header: expired, bad: true},
		{name: "a rotated token", header: rotated, bad: true},
		{name: "a mistyped token", header: good[:len(good)-1] + string(good[len(good)-1]^1), bad: true},
		{name: "an empty token", header: "Bearer ", bad: true},
		{name: "the password of a proxy", header: "Basic cXVvcmF0ZTpxdW9yYXRl"},
		{name: "a cookie that is none", cookie: "quorate_session=" + good[len("Bearer "):]},
		{name: "no cookie value", cookie: "quorate_session="},
	}
	sets := [][]access.Scope{access.Scopes(), {access.Share, access.Read}, {access.Share, access.Ack}}
	for _, s := range access.Scopes() {
		sets = append(sets, []access.Scope{s})
	}
	for i, scopes := range sets {
		all = append(all, way{name: fmt.Sprint("token ", scopes), header: token(access.NewToken{Name: fmt.Sprint("t", i), Scopes: scopes}), scopes: scopes, token: true})
		link, _, err := k.LoginLink(scopes)
		if err != nil {
			m.t.Fatal(err)
		}
		w := httptest.NewRecorder()
		if err := gate.LoginByLink(w, httptest.NewRequest(http.MethodPost, "/", nil), link); err != nil {
			m.t.Fatal(err)
		}
		c := w.Result().Cookies()[0]
		all = append(all, way{name: fmt.Sprint("session ", scopes), cookie: c.Name + "=" + c.Value, scopes: scopes, session: true})
	}
	return all
}

// want is what the route table says of a way in: the status, and whether the answer is to be masked. It knows the rules of
// docs/access.md, and nothing of the Gate.
func want(route access.Route, w way, near bool) (status int, masked bool) {
	if route.Scope == access.Open {
		return http.StatusNoContent, false
	}
	var held []access.Scope
	known := w.token && !route.Page || w.session && route.Page
	if known {
		held = w.scopes
	}
	has := func(s access.Scope) bool { return slices.Contains(held, s) || slices.Contains(held, access.Admin) }
	shares := slices.Contains(held, access.Share) && !has(access.Read)
	switch {
	case w.bad && !route.Page:
		return http.StatusUnauthorized, false
	case has(route.Scope), near && route.Scope == access.Read && !shares:
		return http.StatusNoContent, false
	case shares && !route.Page && route.Scope == access.Read && route.Method == http.MethodGet && route.Masks:
		return http.StatusNoContent, true
	case known:
		return http.StatusForbidden, false
	case route.Page:
		return http.StatusSeeOther, false
	}
	return http.StatusUnauthorized, false
}

var placeholder = regexp.MustCompile(`\{[^}]*\}`)

// TestEveryRouteByEveryWay asks for each route of the table as each who may come, from this machine and from elsewhere.
func TestEveryRouteByEveryWay(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	h := m.s.through(m.s.gate.Enter)
	scoped := map[access.Scope]bool{}
	for _, route := range m.s.Routes() {
		scoped[route.Scope] = true
		if !access.Known(route.Scope) {
			t.Errorf("%s has the scope %q, which there is not", route.Pattern(), route.Scope)
		}
		if route.Page && route.Method != http.MethodGet && route.Scope == access.Read {
			t.Errorf("%s: whoever may read could change something", route.Pattern())
		}
		path := placeholder.ReplaceAllString(strings.ReplaceAll(route.Path, "{$}", ""), "x")
		for _, w := range m.ways {
			for _, near := range []bool{true, false} {
				m.at = m.at.Add(15 * time.Second)
				r := httptest.NewRequest(route.Method, path, nil)
				peer := access.Peer{Addr: netip.MustParseAddr("192.0.2.7")}
				if near {
					peer = access.Peer{Addr: netip.MustParseAddr("127.0.0.1"), Local: true}
				}
				r = r.WithContext(access.WithPeer(context.Background(), peer))
				if w.header != "" {
					r.Header.Set("Authorization", w.header)
				}
				if w.cookie != "" {
					r.Header.Set("Cookie", w.cookie)
				}
				got := httptest.NewRecorder()
				h.ServeHTTP(got, r)
				status, masked := want(route, w, near)
				if got.Code != status || got.Header().Get("Masked") == "true" != masked {
					t.Errorf("%s with %s, near %v: %d, masked %q; want %d, %v\n%s", route.Pattern(), w.name, near, got.Code, got.Header().Get("Masked"), status, masked, got.Body)
				}
				wantDenial(t, route, got)
			}
		}
	}
	for _, s := range []access.Scope{access.Open, access.Read, access.Admin} {
		if !scoped[s] {
			t.Errorf("no route has the scope %q", s)
		}
	}
}

// wantDenial holds what a denial says: how to be let in, and nothing of the lab.
func wantDenial(t *testing.T, route access.Route, got *httptest.ResponseRecorder) {
	t.Helper()
	body := got.Body.String()
	switch got.Code {
	case http.StatusUnauthorized:
		if !strings.HasPrefix(got.Header().Get("WWW-Authenticate"), "Bearer ") || !strings.Contains(body, `"code":"token_`) {
			t.Errorf("%s: %v %s", route.Pattern(), got.Header(), body)
		}
	case http.StatusForbidden:
		if !route.Page && (!strings.Contains(body, `"code":"scope_missing"`) || !strings.Contains(body, string(route.Scope))) {
			t.Errorf("%s: %s", route.Pattern(), body)
		}
	case http.StatusSeeOther:
		if to := got.Header().Get("Location"); to != "/login" && !strings.HasPrefix(to, "/login?next=%2F") {
			t.Errorf("%s leads to %q", route.Pattern(), to)
		}
	}
	if strings.Contains(body, "qtk_") && !strings.Contains(body, "<code>qtk_</code>") {
		t.Errorf("%s answers with a token: %s", route.Pattern(), body)
	}
}

func TestRouteWithoutAKnownScopeIsNone(t *testing.T) {
	t.Parallel()
	_, err := New(Config{}, Options{Read: viewtest.NewLab(), Pages: []access.Route{{Method: http.MethodGet, Path: "/x", Scope: "root", Page: true}}})
	if err == nil || !strings.Contains(err.Error(), "GET /x") {
		t.Errorf("it is served: %v", err)
	}
}
