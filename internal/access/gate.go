package access

import (
	"net/http"
	"net/netip"
	"slices"
)

// Gate decides who may ask for what. What it must know of where a request came in is its Peer: of a request without one
// it trusts nobody. Make one with NewGate.
type Gate struct {
	keeper    *Keeper
	tokens    *limit[*grant]
	addresses *limit[netip.Prefix]
	machine   *limit[netip.Prefix]
	failures  *limit[netip.Prefix]
}

// NewGate makes one that asks k, which counts by the same clock. With a nil k there are no tokens but those made in this
// process.
func NewGate(k *Keeper) *Gate {
	if k == nil {
		k = NewKeeper(KeeperOptions{})
	}
	return &Gate{
		keeper:    k,
		tokens:    newLimit[*grant](tokenRate, tokenBurst, k.now),
		addresses: newLimit[netip.Prefix](addressRate, addressBurst, k.now),
		machine:   newLimit[netip.Prefix](localRate, localBurst, k.now),
		failures:  newLimit[netip.Prefix](failuresPerMinute/60.0, failuresPerMinute, k.now),
	}
}

// Keeper holds the tokens and sessions that the Gate asks for.
func (g *Gate) Keeper() *Keeper { return g.keeper }

// Enter says who asks for the route, or why they may not, as a *Denied.
func (g *Gate) Enter(r *http.Request, route Route) (Caller, error) {
	c, err := g.who(r, route)
	if err != nil {
		return Caller{}, err
	}
	c.Secure = peerOf(r).Secure
	switch {
	case c.May(route.Scope):
		return c, nil
	case shares(c.Scopes) && route.Scope == Read && !route.Page && asks(r):
		c.Masked = true
		return c, nil
	case c.grant != nil:
		return Caller{}, lacks(c, route)
	}
	return Caller{}, nobody(r, route)
}

// who says who asks, whatever for. Where that is nobody the Caller is CallerLocal with what everybody there may.
func (g *Gate) who(r *http.Request, route Route) (Caller, error) {
	if route.Page {
		return g.visitor(r, route)
	}
	// What is open to everybody is not limited, and nobody needs to be known.
	if route.Scope == Open {
		return anybody(r), nil
	}
	if ticket, ok := ticketOf(r); ok {
		c, good := g.keeper.tickets.take(ticket)
		if good && c.lasts(g.keeper.now()) {
			return c, g.counted(r, c)
		}
		return Caller{}, g.failed(r, "ticket_invalid", "This ticket is not good: it is for one use within 30 seconds; POST /api/v1/tickets gives another.")
	}
	token, sent := bearer(r)
	if !sent {
		c := anybody(r)
		return c, g.counted(r, c)
	}
	now := g.keeper.now()
	found, before := g.keeper.find(kindToken, tokenPrefix, token)
	switch {
	case found == nil:
		return Caller{}, g.failed(r, "token_invalid", "This token is not known: it may be mistyped or revoked. \"quorate token list\" lists those there are.")
	case found.expired(now):
		return Caller{}, g.failed(r, "token_expired", "This token has expired. \"quorate token rotate\" gives a new one of the same name.")
	case before && !now.Before(found.BeforeUntil):
		return Caller{}, g.failed(r, "token_expired", "This token was replaced by another of the same name, and its time is over.")
	}
	c := g.callerOf(r, CallerToken, found)
	if before {
		c.life = *found.before
	}
	return c, g.counted(r, c)
}

// visitor says who asks for a page. A cookie that is not good is none: whoever sends it is asked to log in, where that
// is needed.
func (g *Gate) visitor(r *http.Request, route Route) (Caller, error) {
	c := anybody(r)
	if s := g.session(r); s != nil {
		c = g.callerOf(r, CallerSession, s)
	}
	if route.Scope == Open {
		return c, nil
	}
	return c, g.counted(r, c)
}

// session is that of the request's cookie, nil for none.
func (g *Gate) session(r *http.Request) *grant {
	found, _ := g.keeper.find(kindSession, sessionPrefix, cookieOf(r, peerOf(r).Secure))
	if found == nil || found.expired(g.keeper.now()) {
		return nil
	}
	return found
}

// callerOf also notes that the grant is used.
func (g *Gate) callerOf(r *http.Request, kind CallerKind, found *grant) Caller {
	found.used.Store(g.keeper.now().Unix())
	c := Caller{Kind: kind, Name: found.name, Scopes: found.held(), AI: found.AI, grant: found, life: found.life}
	// Whoever shows that they may share, and not read, is not taken for somebody of this machine: a proxy may stand there.
	if peerOf(r).Local && !shares(c.Scopes) {
		c.Scopes = inOrder(append(slices.Clone(c.Scopes), Read))
	}
	return c
}

func anybody(r *http.Request) Caller {
	if peerOf(r).Local {
		return Caller{Kind: CallerLocal, Scopes: []Scope{Read}}
	}
	return Caller{Kind: CallerLocal}
}

// counted counts a request, for its token or else for its address.
func (g *Gate) counted(r *http.Request, c Caller) error {
	if c.Kind == CallerToken {
		if ok, wait := g.tokens.take(c.grant); !ok {
			return tooMany("This token asks too often; 20 requests a second are taken.", wait)
		}
		return nil
	}
	l, peer := g.addresses, peerOf(r)
	if peer.Local {
		l = g.machine
	}
	if ok, wait := l.take(keyOf(peer.Addr)); !ok {
		return tooMany("There are too many requests from this address.", wait)
	}
	return nil
}

// failed counts a secret that is not good. One that is good is never held up by those of others at its address.
func (g *Gate) failed(r *http.Request, code, text string) error {
	if ok, wait := g.failures.take(keyOf(peerOf(r).Addr)); !ok {
		return tooMany("There were too many wrong tokens from this address.", wait)
	}
	return &Denied{Status: http.StatusUnauthorized, Code: code, Text: text, Challenge: challenge(`, error="invalid_token"`)}
}

// peerOf is who is at the other end; of a request that came by no guarded listener, nobody.
func peerOf(r *http.Request) Peer {
	p, _ := PeerOf(r.Context())
	return p
}

// asks reports whether a request changes nothing.
func asks(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// shares reports whether the scopes are of somebody who may read with everything private replaced, and not otherwise.
func shares(held []Scope) bool { return Held(held, Share) && !Held(held, Read) }
