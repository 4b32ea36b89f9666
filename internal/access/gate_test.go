package access

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// clock is a time that stands until it is moved.
type clock struct{ at time.Time }

func (c *clock) now() time.Time          { return c.at }
func (c *clock) pass(span time.Duration) { c.at = c.at.Add(span) }

// world is a Keeper with its Gate, and their clock.
func world(t *testing.T) (*clock, *Keeper, *Gate) {
	t.Helper()
	c := &clock{time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
	k := NewKeeper(KeeperOptions{Now: c.now})
	return c, k, NewGate(k)
}

func mustToken(t *testing.T, k *Keeper, n NewToken) string {
	t.Helper()
	secret, _, err := k.CreateToken(context.Background(), n)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func request(method, path, token string) *http.Request {
	r := httptest.NewRequest(method, path, nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r
}

// from is the request as it comes from this machine, or from elsewhere.
func from(near bool, r *http.Request) *http.Request {
	p := Peer{Addr: netip.MustParseAddr("192.0.2.7")}
	if near {
		p = Peer{Addr: netip.MustParseAddr("127.0.0.1"), Local: true}
	}
	return r.WithContext(WithPeer(r.Context(), p))
}

var (
	readRoute  = Route{Method: http.MethodGet, Path: "/api/v1/devices", Scope: Read}
	boardRoute = Route{Method: http.MethodGet, Path: "/{$}", Scope: Read, Page: true}
)

// code is what Enter denies with, "" where it lets in.
func code(t *testing.T, g *Gate, r *http.Request, route Route) string {
	t.Helper()
	_, err := g.Enter(r, route)
	if err == nil {
		return ""
	}
	var d *Denied
	if !errors.As(err, &d) {
		t.Fatalf("not a *Denied: %v", err)
	}
	return d.Code
}

func TestTokenEnds(t *testing.T) {
	t.Parallel()
	c, k, g := world(t)
	ctx := context.Background()
	secret := mustToken(t, k, NewToken{Name: "grafana", Scopes: []Scope{Read}, Life: time.Hour})
	enter := func(secret string) string {
		return code(t, g, request(http.MethodGet, "/api/v1/devices", secret), readRoute)
	}
	caller, err := g.Enter(request(http.MethodGet, "/api/v1/devices", secret), readRoute)
	if err != nil || caller.Name != "grafana" {
		t.Fatalf("caller %+v, %v", caller, err)
	}
	listening, done := caller.Bound(ctx)
	defer done()

	next, _, err := k.RotateToken(ctx, "grafana", 10*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if enter(secret) != "" || enter(next) != "" {
		t.Error("within the grace time one of the two is not taken")
	}
	c.pass(10 * time.Minute)
	k.endExpired(ctx)
	<-listening.Done()
	if got := enter(secret); got != "token_expired" || enter(next) != "" {
		t.Errorf("behind the grace time: %q", got)
	}

	caller, err = g.Enter(request(http.MethodGet, "/api/v1/devices", next), readRoute)
	if err != nil {
		t.Fatal(err)
	}
	listening, done = caller.Bound(ctx)
	defer done()
	c.pass(50*time.Minute - time.Second)
	if k.endExpired(ctx); listening.Err() != nil || enter(next) != "" {
		t.Error("ended before its time")
	}
	c.pass(time.Second)
	k.endExpired(ctx)
	<-listening.Done()
	if got := enter(next); got != "token_expired" || !errors.Is(context.Cause(listening), errEnded) {
		t.Errorf("behind its time: %q, and who listens: %v", got, context.Cause(listening))
	}
}

func TestRevokedAtOnce(t *testing.T) {
	t.Parallel()
	_, k, g := world(t)
	ctx := context.Background()
	secret := mustToken(t, k, NewToken{Name: "phone", Scopes: []Scope{Read}, Forever: true})

	w := httptest.NewRecorder()
	if err := g.LoginByToken(w, request(http.MethodPost, LoginPath, ""), secret); err != nil {
		t.Fatal(err)
	}
	visit := request(http.MethodGet, "/", "")
	visit.AddCookie(w.Result().Cookies()[0])
	visitor, err := g.Enter(visit, boardRoute)
	if err != nil || visitor.Kind != CallerSession {
		t.Fatalf("visitor %+v, %v", visitor, err)
	}
	program, err := g.Enter(request(http.MethodGet, "/", secret), readRoute)
	if err != nil {
		t.Fatal(err)
	}
	ticket, _ := k.Ticket(program)
	a, doneA := visitor.Bound(ctx)
	defer doneA()
	b, doneB := program.Bound(ctx)
	defer doneB()

	if err := k.RevokeToken(ctx, "phone"); err != nil {
		t.Fatal(err)
	}
	<-a.Done()
	<-b.Done()
	if got := code(t, g, request(http.MethodGet, "/", secret), readRoute); got != "token_invalid" {
		t.Errorf("the revoked token: %q", got)
	}
	if got := code(t, g, visit, boardRoute); got != "login_needed" {
		t.Errorf("its session: %q", got)
	}
	socket := request(http.MethodGet, "/api/v1/ws", "")
	socket.Header.Set("Upgrade", "websocket")
	socket.Header.Set("Sec-WebSocket-Protocol", TicketProtocol+ticket)
	if got := code(t, g, socket, readRoute); got != "ticket_invalid" {
		t.Errorf("its ticket: %q", got)
	}
	var missing *Missing
	if err := k.RevokeToken(ctx, "phone"); !errors.As(err, &missing) {
		t.Errorf("revoked twice: %v", err)
	}
}

func TestTicketIsForOneWebSocket(t *testing.T) {
	t.Parallel()
	c, k, g := world(t)
	caller, err := g.Enter(request(http.MethodPost, "/", mustToken(t, k, NewToken{Name: "a", Scopes: []Scope{Read}})), readRoute)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(ticket string, upgrade bool) string {
		r := request(http.MethodGet, "/api/v1/ws", "")
		if upgrade {
			r.Header.Set("Upgrade", "WebSocket")
		}
		r.Header.Set("Sec-WebSocket-Protocol", "quorate.v1, "+TicketProtocol+ticket)
		return code(t, g, r, readRoute)
	}
	ticket, _ := k.Ticket(caller)
	for i, want := range []string{"token_needed", "", "ticket_invalid"} {
		if got := ask(ticket, i > 0); got != want {
			t.Errorf("attempt %d: %q, want %q", i, got, want)
		}
	}
	late, until := k.Ticket(caller)
	c.at = until
	if got := ask(late, true); got != "ticket_invalid" {
		t.Errorf("a late ticket: %q", got)
	}
}

func TestShareReadsMasked(t *testing.T) {
	t.Parallel()
	_, k, g := world(t)
	share := mustToken(t, k, NewToken{Name: "wall", Scopes: []Scope{Share}})
	for _, near := range []bool{true, false} {
		c, err := g.Enter(from(near, request(http.MethodGet, "/", share)), readRoute)
		if err != nil || !c.Masked {
			t.Errorf("near %v: masked %v, %v", near, c.Masked, err)
		}
		if got := code(t, g, from(near, request(http.MethodPost, "/", share)), Route{Method: http.MethodPost, Path: "/x", Scope: Read}); got != "scope_missing" {
			t.Errorf("near %v: a POST: %q", near, got)
		}
		var d *Denied
		if err := g.LoginByToken(httptest.NewRecorder(), from(near, request(http.MethodPost, LoginPath, "")), share); !errors.As(err, &d) || d.Status != http.StatusForbidden {
			t.Errorf("near %v: a login: %v", near, err)
		}
	}
	both := mustToken(t, k, NewToken{Name: "both", Scopes: []Scope{Share, Read}})
	if c, err := g.Enter(request(http.MethodGet, "/", both), readRoute); err != nil || c.Masked {
		t.Errorf("with read as well: masked %v, %v", c.Masked, err)
	}
}

func TestAIHoldsNoApproval(t *testing.T) {
	t.Parallel()
	_, k, g := world(t)
	for _, s := range []Scope{Approve, Admin} {
		_, _, err := k.CreateToken(context.Background(), NewToken{Name: "claude", Scopes: []Scope{Read, s}, AI: true})
		if _, ok := errors.AsType[*Mistake](err); !ok {
			t.Errorf("%s: %v", s, err)
		}
	}
	// Nor where the record says so.
	secret := newSecret(tokenPrefix)
	k.swap(nil, newGrant(kindToken, "old", stored{Sum: digestOf(secret), AI: true, Scopes: []Scope{Read, Approve, Admin}}))
	c, err := g.Enter(from(true, request(http.MethodGet, "/", secret)), readRoute)
	if err != nil || c.May(Approve) || c.May(Admin) || !c.AI {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestNamesAndScopesOfTokens(t *testing.T) {
	t.Parallel()
	_, k, _ := world(t)
	good := NewToken{Name: "a", Scopes: []Scope{Read}}
	mustToken(t, k, good)
	for name, n := range map[string]NewToken{
		"taken":            good,
		"empty":            {Scopes: []Scope{Read}},
		"long":             {Name: strings.Repeat("a", 65), Scopes: []Scope{Read}},
		"terminal escapes": {Name: "a\x1b[2J", Scopes: []Scope{Read}},
		"a secret":         {Name: newSecret(tokenPrefix), Scopes: []Scope{Read}},
		"no scope":         {Name: "b"},
		"unknown scope":    {Name: "b", Scopes: []Scope{"root"}},
		"open scope":       {Name: "b", Scopes: []Scope{Open}},
		"too short a life": {Name: "b", Scopes: []Scope{Read}, Life: time.Second},
		"negative life":    {Name: "b", Scopes: []Scope{Read}, Life: -time.Hour},
		"too long a life":  {Name: "b", Scopes: []Scope{Read}, Life: 11 * 366 * 24 * time.Hour},
	} {
		_, _, err := k.CreateToken(context.Background(), n)
		if _, ok := errors.AsType[*Mistake](err); !ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	if all := k.Tokens(); len(all) != 1 || !all[0].Expires.Equal(all[0].Created.Add(DefaultLife)) {
		t.Errorf("tokens: %+v", all)
	}
}
