package access

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

const (
	// LoginPath is where people log in.
	LoginPath = "/login"
	// LogoutPath is where they end their session.
	LogoutPath = "/logout"
	// maxNext bounds the address that a login leads to.
	maxNext = 1024

	cookieName       = "quorate_session"
	secureCookieName = "__Host-" + cookieName
)

// LocalPath returns next where it is an address of this page that somebody may be led to, and "/" otherwise: nobody is
// led elsewhere, whatever a link to the login says.
func LocalPath(next string) string {
	if len(next) == 0 || len(next) > maxNext || next[0] != '/' || strings.HasPrefix(next, "//") {
		return "/"
	}
	// A browser takes a backslash for a slash, and passes over control characters.
	if strings.ContainsFunc(next, func(c rune) bool { return c == '\\' || c <= ' ' || c >= 0x7f }) {
		return "/"
	}
	if strings.Contains(next, tokenPrefix) {
		return "/" // a token that somebody put into an address goes no further
	}
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") {
		return "/"
	}
	if within(u.Path, LoginPath) || within(u.Path, LogoutPath) || within(u.Path, "/api") {
		return "/"
	}
	return next
}

func within(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

// LinkPath is the address of the page that a login link opens.
func LinkPath(secret string) string { return LoginPath + "/" + secret }

// LinkGood reports whether a login link can be used, without using it up: what looks at links in advance does no harm.
func (g *Gate) LinkGood(secret string) bool { return g.keeper.links.look(secret) }

// LoginByLink uses a login link up and puts the cookie of a new session on the answer. The error may be a *Denied.
func (g *Gate) LoginByLink(w http.ResponseWriter, r *http.Request, secret string) error {
	gives, ok := g.keeper.links.take(secret)
	if !ok {
		return g.failed(r, "link_invalid", "This link is not good: it is for one use within 10 minutes. \"quorate login\" prints another.")
	}
	return g.login(w, r, gives.Scopes, nil)
}

// LoginByToken puts the cookie of a new session on the answer, with the scopes of the token, which it ends with. The
// error may be a *Denied.
func (g *Gate) LoginByToken(w http.ResponseWriter, r *http.Request, token string) error {
	found, before := g.keeper.find(kindToken, tokenPrefix, strings.TrimSpace(token))
	now := g.keeper.now()
	switch {
	case found == nil:
		return g.failed(r, "token_invalid", "This token is not known: it may be mistyped or revoked.")
	case found.expired(now), before && !now.Before(found.BeforeUntil):
		return g.failed(r, "token_expired", "This token has expired.")
	case !Held(found.held(), Read) && (!peerOf(r).Local || shares(found.held())):
		return &Denied{Status: http.StatusForbidden, Code: "scope_missing", Text: "This token does not hold the scope read, which the page takes."}
	}
	return g.login(w, r, found.held(), found)
}

func (g *Gate) login(w http.ResponseWriter, r *http.Request, scopes []Scope, token *grant) error {
	// Whoever logs in anew leaves the session before.
	if err := g.endSession(r); err != nil {
		return err
	}
	// The request may be that session's, and its context has ended with it.
	secret, _, err := g.keeper.openSession(context.WithoutCancel(r.Context()), scopes, token)
	if err != nil {
		return err
	}
	g.setCookie(w, r, secret, int(sessionIdle.Seconds()))
	return nil
}

// Logout ends the session of the request, where there is one, and takes the cookie back.
func (g *Gate) Logout(w http.ResponseWriter, r *http.Request) error {
	err := g.endSession(r)
	g.setCookie(w, r, "", -1)
	return err
}

func (g *Gate) endSession(r *http.Request) error {
	s := g.session(r)
	if s == nil {
		return nil
	}
	g.keeper.change.Lock()
	defer g.keeper.change.Unlock()
	return g.keeper.drop(r.Context(), s)
}

// setCookie has no Expires of its own for the browser to judge by: a session ends at the agent.
func (g *Gate) setCookie(w http.ResponseWriter, r *http.Request, secret string, age int) {
	secure := peerOf(r).Secure
	name := cookieName
	if secure {
		name = secureCookieName
	}
	http.SetCookie(w, &http.Cookie{Name: name, Value: secret, Path: "/", MaxAge: age, Secure: secure, HttpOnly: true, SameSite: http.SameSiteStrictMode})
}

// cookieOf is the secret of a session that the request brings, "" for none. Over TLS only the cookie counts that no other
// host and no unencrypted page can have set. One sent twice is none: somebody else has set one of them.
func cookieOf(r *http.Request, secure bool) string {
	name := cookieName
	if secure {
		name = secureCookieName
	}
	all := r.CookiesNamed(name)
	if len(all) != 1 {
		return ""
	}
	return all[0].Value
}
