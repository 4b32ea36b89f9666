package access

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// shelf is a Store in memory that can fail.
type shelf struct {
	mu   sync.Mutex
	rows map[[2]string][]byte
	puts int
	fail error
}

func (s *shelf) EachGrant(_ context.Context, take func(kind, name string, body []byte) error) error {
	for key, body := range s.rows {
		if err := take(key[0], key[1], body); err != nil {
			return err
		}
	}
	return nil
}

func (s *shelf) PutGrant(_ context.Context, kind, name string, body []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	s.puts++
	s.rows[[2]string{kind, name}] = body
	return nil
}

func (s *shelf) DropGrant(_ context.Context, kind, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail == nil {
		delete(s.rows, [2]string{kind, name})
	}
	return s.fail
}

func TestGrantsOutliveTheProcess(t *testing.T) {
	t.Parallel()
	store := &shelf{rows: map[[2]string][]byte{}}
	c := &clock{time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
	k := NewKeeper(KeeperOptions{Store: store, Now: c.now})
	g := NewGate(k)
	old := mustToken(t, k, NewToken{Name: "a", Scopes: []Scope{Read, Propose}, AI: true})
	fresh, _, err := k.RotateToken(t.Context(), "a", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if err := g.LoginByToken(w, request(http.MethodPost, LoginPath, ""), fresh); err != nil {
		t.Fatal(err)
	}
	before, sessions := k.Tokens(), k.Sessions()

	k = NewKeeper(KeeperOptions{Store: store, Now: c.now})
	if err := k.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	g = NewGate(k)
	for _, secret := range []string{old, fresh} {
		caller, err := g.Enter(request(http.MethodGet, "/", secret), readRoute)
		if err != nil || !caller.AI || caller.Name != "a" {
			t.Errorf("%+v, %v", caller, err)
		}
	}
	visit := request(http.MethodGet, "/", "")
	visit.AddCookie(w.Result().Cookies()[0])
	if got := code(t, g, visit, boardRoute); got != "" {
		t.Error(got)
	}
	if after := k.Tokens(); len(after) != 1 || !after[0].Expires.Equal(before[0].Expires) || !after[0].RotatedUntil.Equal(before[0].RotatedUntil) {
		t.Errorf("%+v became %+v", before, after)
	}
	if after := k.Sessions(); len(after) != 1 || after[0].Name != sessions[0].Name || after[0].Token != "a" {
		t.Errorf("%+v became %+v", sessions, after)
	}
	c.pass(sessionIdle)
	k.endExpired(t.Context())
	if got := code(t, g, visit, boardRoute); got != "login_needed" || len(k.Sessions()) > 0 {
		t.Errorf("after 30 idle days: %q", got)
	}
}

// What could not be stored was not made; what could not be removed is ended all the same, and the order says so.
func TestStoreFails(t *testing.T) {
	t.Parallel()
	store := &shelf{rows: map[[2]string][]byte{}}
	k := NewKeeper(KeeperOptions{Store: store})
	secret := mustToken(t, k, NewToken{Name: "a", Scopes: []Scope{Read}})
	store.fail = errors.New("no space left")
	if _, _, err := k.CreateToken(t.Context(), NewToken{Name: "b", Scopes: []Scope{Read}}); err == nil || len(k.Tokens()) != 1 {
		t.Errorf("made and not stored: %v", err)
	}
	if err := k.RevokeToken(t.Context(), "a"); !errors.Is(err, store.fail) {
		t.Errorf("revoked: %v", err)
	}
	if got := code(t, NewGate(k), request(http.MethodGet, "/", secret), readRoute); got != "token_invalid" {
		t.Errorf("a revoked token whose end was not stored: %q", got)
	}
	broken := NewKeeper(KeeperOptions{Store: &shelf{rows: map[[2]string][]byte{{kindToken, "a"}: []byte(`{"sum":"00"}`)}}})
	if err := broken.Load(t.Context()); err == nil {
		t.Error("a damaged grant was read")
	}
}

// Last uses are stored once a minute however often there are any, and when the agent stops.
func TestLastUseIsStoredSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &shelf{rows: map[[2]string][]byte{}}
		k := NewKeeper(KeeperOptions{Store: store})
		g := NewGate(k)
		secret := mustToken(t, k, NewToken{Name: "a", Scopes: []Scope{Read}})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- k.Run(ctx) }()
		for range 300 {
			time.Sleep(time.Second)
			if got := code(t, g, request(http.MethodGet, "/", secret), readRoute); got != "" {
				t.Fatal(got)
			}
		}
		synctest.Wait()
		if n := store.puts - 1; n < 4 || n > 5 {
			t.Errorf("stored %d times in five minutes", n)
		}
		time.Sleep(time.Second)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		again := NewKeeper(KeeperOptions{Store: store})
		if err := again.Load(t.Context()); err != nil || !again.Tokens()[0].Used.Equal(k.Tokens()[0].Used) {
			t.Errorf("%v, %+v", err, again.Tokens())
		}
	})
}

// Run ends those who listen with what expires, within a second.
func TestExpiryEndsWhoListens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := NewKeeper(KeeperOptions{})
		secret := mustToken(t, k, NewToken{Name: "a", Scopes: []Scope{Read}, Life: time.Minute})
		caller, err := NewGate(k).Enter(request(http.MethodGet, "/", secret), readRoute)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- k.Run(ctx) }()
		bound, done := caller.Bound(t.Context())
		began := time.Now()
		<-bound.Done()
		if took := time.Since(began); took < 58*time.Second || took > 61*time.Second {
			t.Errorf("ended after %v", took)
		}
		done()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// leaving is a store that takes so long that whoever ordered is gone by then.
type leaving struct {
	*shelf
	gone context.Context
}

func (l leaving) DropGrant(ctx context.Context, kind, name string) error {
	<-l.gone.Done()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return l.shelf.DropGrant(ctx, kind, name)
}

func (l leaving) PutGrant(ctx context.Context, kind, name string, body []byte) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return l.shelf.PutGrant(ctx, kind, name, body)
}

// Whoever ends a grant may be its holder, whose request ends with it: that it is over is stored all the same, and who
// logs in anew is let in.
func TestTheEndOfOnesOwnGrantIsStored(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(k *Keeper, g *Gate, r *http.Request) error{
		"revoked": func(k *Keeper, _ *Gate, r *http.Request) error { return k.RevokeToken(r.Context(), "a") },
		"logged out": func(_ *Keeper, g *Gate, r *http.Request) error {
			return g.Logout(httptest.NewRecorder(), r)
		},
		"logged in anew": func(k *Keeper, g *Gate, r *http.Request) error {
			link, _, err := k.LoginLink([]Scope{Read})
			return errors.Join(err, g.LoginByLink(httptest.NewRecorder(), r, link))
		},
	} {
		store := &shelf{rows: map[[2]string][]byte{}}
		k := NewKeeper(KeeperOptions{Store: store})
		g := NewGate(k)
		secret := mustToken(t, k, NewToken{Name: "a", Scopes: []Scope{Read}})
		w := httptest.NewRecorder()
		if err := g.LoginByToken(w, request(http.MethodPost, LoginPath, ""), secret); err != nil {
			t.Fatal(err)
		}
		r, route := request(http.MethodPost, "/", ""), boardRoute
		if r.AddCookie(w.Result().Cookies()[0]); name == "revoked" {
			r, route = request(http.MethodGet, "/", secret), readRoute
		}
		caller, err := g.Enter(r, route)
		if err != nil {
			t.Fatal(err)
		}
		ctx, done := caller.Bound(t.Context())
		defer done()
		before := k.Sessions()[0].Name
		k.store = leaving{store, ctx}
		if err := end(k, g, r.WithContext(ctx)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, there := store.rows[[2]string{kindSession, before}]; there {
			t.Errorf("%s: a restart would bring the session back", name)
		}
	}
}

// Who logged in with a secret that is given up at once is logged out; with grace both go on.
func TestRotatedAtOnceEndsLogins(t *testing.T) {
	t.Parallel()
	for _, grace := range []time.Duration{0, time.Hour} {
		k := NewKeeper(KeeperOptions{})
		g := NewGate(k)
		secret := mustToken(t, k, NewToken{Name: "a", Scopes: []Scope{Read}})
		if err := g.LoginByToken(httptest.NewRecorder(), request(http.MethodPost, LoginPath, ""), secret); err != nil {
			t.Fatal(err)
		}
		if _, _, err := k.RotateToken(t.Context(), "a", grace); err != nil {
			t.Fatal(err)
		}
		if n := len(k.Sessions()); n != 0 && grace == 0 || n != 1 && grace > 0 {
			t.Errorf("grace %v: %d sessions are left", grace, n)
		}
	}
}

// As many sessions as may be: the one that was not used for longest gives way.
func TestSessionsAreBounded(t *testing.T) {
	t.Parallel()
	c, k, g := world(t)
	for range maxGrants + 3 {
		link, _, err := k.LoginLink([]Scope{Read})
		if err != nil {
			t.Fatal(err)
		}
		c.pass(time.Second)
		if err := g.LoginByLink(httptest.NewRecorder(), request(http.MethodPost, "/", ""), link); err != nil {
			t.Fatal(err)
		}
	}
	all := k.Sessions()
	if len(all) != maxGrants || !all[len(all)-1].Created.Equal(time.Date(2026, 5, 1, 12, 0, 4, 0, time.UTC)) {
		t.Errorf("%d sessions, the oldest of %v", len(all), all[len(all)-1].Created)
	}
}

func TestCookieOverTLS(t *testing.T) {
	t.Parallel()
	_, k, g := world(t)
	secure := func(r *http.Request) *http.Request {
		return r.WithContext(WithPeer(r.Context(), Peer{Secure: true}))
	}
	link, _, err := k.LoginLink([]Scope{Read})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if err := g.LoginByLink(w, secure(request(http.MethodPost, "/", "")), link); err != nil {
		t.Fatal(err)
	}
	cookie := w.Result().Cookies()[0]
	if cookie.Name != "__Host-quorate_session" || !cookie.Secure || !cookie.HttpOnly || cookie.Path != "/" || cookie.Domain != "" || cookie.SameSite != http.SameSiteStrictMode {
		t.Errorf("%+v", cookie)
	}
	visit := secure(request(http.MethodGet, "/", ""))
	visit.AddCookie(cookie)
	if got := code(t, g, visit, boardRoute); got != "" {
		t.Error(got)
	}
	// The name that an unencrypted page could have set does not count here, and one sent twice is none.
	for _, all := range [][]*http.Cookie{{{Name: cookieName, Value: cookie.Value}}, {cookie, cookie}} {
		visit := secure(request(http.MethodGet, "/", ""))
		for _, c := range all {
			visit.AddCookie(c)
		}
		if got := code(t, g, visit, boardRoute); got != "login_needed" {
			t.Errorf("%v: %q", all, got)
		}
	}
}
