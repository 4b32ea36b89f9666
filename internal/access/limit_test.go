package access

import (
	"encoding/binary"
	"net/http"
	"net/netip"
	"testing"
	"time"
)

// A flood of addresses takes bounded memory, and gives nobody a fresh count.
func TestFloodOfAddressesIsBounded(t *testing.T) {
	t.Parallel()
	c := &clock{time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
	l := newLimit[netip.Prefix](failuresPerMinute/60.0, failuresPerMinute, c.now)
	victim := keyOf(netip.MustParseAddr("192.0.2.7"))
	for range failuresPerMinute {
		if ok, _ := l.take(victim); !ok {
			t.Fatal("limited too early")
		}
	}
	refused := 0
	for i := range 3 * maxKeys {
		var a [16]byte
		a[0], a[1] = 0x20, 0x01
		binary.BigEndian.PutUint32(a[2:], uint32(i))
		if ok, _ := l.take(keyOf(netip.AddrFrom16(a))); !ok {
			refused++
		}
	}
	if len(l.counts) != maxKeys || refused != 3*maxKeys-(maxKeys-1)-failuresPerMinute {
		t.Errorf("%d counts are held, %d were refused", len(l.counts), refused)
	}
	ok, wait := l.take(victim)
	if ok || wait != 12*time.Second {
		t.Errorf("the flood gave a fresh count: %v, wait %v", ok, wait)
	}
	c.pass(wait)
	if ok, _ := l.take(victim); !ok {
		t.Error("still refused behind the wait")
	}
	c.pass(time.Minute)
	if l.take(keyOf(netip.MustParseAddr("198.51.100.1"))); len(l.counts) > 2 {
		t.Errorf("%d counts that are full again are still held", len(l.counts))
	}
	c.pass(-time.Hour) // a clock that was set back
	for range failuresPerMinute {
		l.take(victim)
	}
	if ok, _ := l.take(victim); ok {
		t.Error("a clock that was set back gives more")
	}
}

func TestAddressesOfOneNetworkAreOne(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		one  bool
	}{
		{"192.0.2.1", "192.0.2.2", false}, {"2001:db8::1", "2001:db8::ffff:1", true}, {"2001:db8:0:1::1", "2001:db8:0:2::1", false},
	} {
		if got := keyOf(netip.MustParseAddr(tt.a)) == keyOf(netip.MustParseAddr(tt.b)); got != tt.one {
			t.Errorf("%s and %s: one is %v", tt.a, tt.b, got)
		}
	}
}

// Each token has its own count; what is wrong at an address does not hold up what is right.
func TestLimitsOfTokens(t *testing.T) {
	t.Parallel()
	c, k, g := world(t)
	a, b := mustToken(t, k, NewToken{Name: "a", Scopes: []Scope{Read}}), mustToken(t, k, NewToken{Name: "b", Scopes: []Scope{Read}})
	ask := func(token string) string {
		return code(t, g, from(false, request(http.MethodGet, "/", token)), readRoute)
	}
	for i := range tokenBurst {
		if got := ask(a); got != "" {
			t.Fatalf("request %d: %s", i, got)
		}
	}
	if got := ask(a); got != "too_many_requests" || ask(b) != "" {
		t.Errorf("behind the burst: %q", got)
	}
	c.pass(time.Second)
	for i := range tokenRate {
		if got := ask(a); got != "" {
			t.Fatalf("a second later, request %d: %s", i, got)
		}
	}
	if got := ask(a); got != "too_many_requests" {
		t.Errorf("behind a second's: %q", got)
	}
	for range 2 * failuresPerMinute {
		ask("qtk_wrong")
	}
	if got := ask("qtk_wrong"); got != "too_many_requests" || ask(b) != "" {
		t.Errorf("behind wrong ones: %q", got)
	}
}

// What is open to everybody is not limited: a page has its parts however often it is loaded.
func TestOpenIsNotLimited(t *testing.T) {
	t.Parallel()
	_, _, g := world(t)
	sheet := Route{Method: http.MethodGet, Path: "/static/", Scope: Open, Page: true}
	for range 2 * addressBurst {
		if got := code(t, g, from(false, request(http.MethodGet, "/static/x.css", "")), sheet); got != "" {
			t.Fatal(got)
		}
	}
	for range addressBurst {
		if got := code(t, g, from(false, request(http.MethodGet, "/", "")), boardRoute); got != "login_needed" {
			t.Fatal(got)
		}
	}
	if got := code(t, g, from(false, request(http.MethodGet, "/", "")), boardRoute); got != "too_many_requests" {
		t.Error(got)
	}
}
