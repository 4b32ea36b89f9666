package access

import (
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSecretsAreWellFormed(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, prefix := range []string{tokenPrefix, sessionPrefix, linkPrefix, ticketPrefix} {
		for range 50 {
			s := newSecret(prefix)
			if !wellFormed(prefix, s) || len(s) != secretLength || seen[s] {
				t.Fatalf("%q", s)
			}
			seen[s] = true
			for _, other := range []string{tokenPrefix, sessionPrefix, linkPrefix, ticketPrefix} {
				if other != prefix && wellFormed(other, s) {
					t.Errorf("%q passes for %s", s, other)
				}
			}
		}
	}
	if zero := base62(new(big.Int), randomDigits); zero != strings.Repeat("0", randomDigits) {
		t.Errorf("256 zero bits are %q", zero)
	}
	ones := make([]byte, secretBytes)
	for i := range ones {
		ones[i] = 0xff
	}
	if all := base62(new(big.Int).SetBytes(ones), randomDigits); len(all) != randomDigits || all[0] == '0' {
		t.Errorf("256 one bits are %q", all)
	}
}

// TestMistypedIsRefused changes one character, or cuts one off: the checksum finds all of it.
func TestMistypedIsRefused(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := newSecret(tokenPrefix)
		at := rapid.IntRange(0, len(s)-1).Draw(rt, "at")
		c := rapid.SampledFrom([]byte(digits+"_-. ")).Draw(rt, "character")
		if c != s[at] && wellFormed(tokenPrefix, s[:at]+string(c)+s[at+1:]) {
			rt.Fatalf("%q passes with %q at %d", s, c, at)
		}
		if wellFormed(tokenPrefix, s[:at]+s[at+1:]) || wellFormed(tokenPrefix, s[:at]+string(c)+s[at:]) {
			rt.Fatalf("%q passes cut or longer at %d", s, at)
		}
	})
}

// FuzzWhatIsSent sends anything as token, cookie, ticket and next: nobody comes in by it, nobody is led elsewhere, and what
// is answered repeats none of it.
func FuzzWhatIsSent(f *testing.F) {
	for _, s := range []string{
		"", "qtk_", "Bearer qtk_x", "Bearer ", "bearer\t" + newSecret(tokenPrefix), "Basic eDp4", "quorate_session=" + newSecret(sessionPrefix), "quorate_session=a; quorate_session=b",
		TicketProtocol, TicketProtocol + newSecret(ticketPrefix) + ", x", "//evil.example.net", "/\\evil.example.net", "/%2f%2fevil.example.net", "/a?b=c#d", "/\x00", "https:/evil", "/..//evil.example.net",
	} {
		f.Add(s)
	}
	keeper := NewKeeper(KeeperOptions{})
	secret, _, err := keeper.CreateToken(f.Context(), NewToken{Name: "a", Scopes: []Scope{Admin}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, sent string) {
		if strings.Contains(sent, secret) {
			t.Skip()
		}
		g := NewGate(keeper)
		for _, header := range []string{"Authorization", "Cookie", "Sec-WebSocket-Protocol"} {
			for _, route := range []Route{readRoute, boardRoute} {
				r := httptest.NewRequest(http.MethodGet, "/", nil)
				r.Header[header] = []string{sent}
				r.Header.Set("Upgrade", "websocket")
				if c, err := g.Enter(r, route); err == nil {
					t.Fatalf("%s lets in %+v", header, c)
				} else if len(sent) > 20 && strings.Contains(err.Error(), sent) {
					t.Fatalf("the answer repeats what was sent: %v", err)
				}
			}
		}
		next := LocalPath(sent)
		u, err := url.Parse(next)
		if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t\x00") {
			t.Fatalf("%q leads to %q", sent, next)
		}
		if at, err := (&url.URL{Scheme: "http", Host: "localhost", Path: "/login"}).Parse(next); err != nil || at.Host != "localhost" {
			t.Fatalf("%q leads to %v", next, at)
		}
	})
}
