package access

import (
	"net/http"
	"strings"
	"time"
)

// TicketProtocol begins the subprotocol by which a WebSocket carries a ticket: a browser cannot send a token with one,
// and an address is logged on its way.
const TicketProtocol = "quorate.ticket."

// Ticket returns a secret by which c asks once more, within 30 seconds: with a WebSocket, as a subprotocol behind
// TicketProtocol.
func (k *Keeper) Ticket(c Caller) (secret string, until time.Time) {
	c.Masked, c.Secure = false, false // that is of each request
	return k.tickets.give(c)
}

// ticketOf is the ticket that a request to open a WebSocket brings, and whether it brings one.
func ticketOf(r *http.Request) (string, bool) {
	if r.Method != http.MethodGet || !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		return "", false
	}
	for _, line := range r.Header.Values("Sec-WebSocket-Protocol") {
		for one := range strings.SplitSeq(line, ",") {
			if ticket, ok := strings.CutPrefix(strings.TrimSpace(one), TicketProtocol); ok {
				return ticket, true
			}
		}
	}
	return "", false
}

// bearer is the token that a request brings, and whether it brings one. Several are a wrong one: each who looks at the
// request must find the same.
func bearer(r *http.Request) (string, bool) {
	all := r.Header.Values("Authorization")
	if len(all) == 0 {
		return "", false
	}
	scheme, token, _ := strings.Cut(all[0], " ")
	switch {
	case len(all) > 1:
		return "", true
	case !strings.EqualFold(scheme, "Bearer"):
		return "", false // that of a proxy in front
	}
	return strings.TrimSpace(token), true
}
