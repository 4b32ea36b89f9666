package api

import (
	"net/http"
	"slices"
)

// Code is one way in which a request can fail. It is stable: a code keeps its status and its meaning.
type Code struct {
	Code   string
	Status int
	// Text says what it means and what to do.
	Text string
}

// codes are all of them, by status. An operation names those that it has beside the ones that every route has.
var codes = []Code{
	{"malformed", http.StatusBadRequest, "The request cannot be read: its body is no JSON, or its address is not escaped rightly."},
	{"bad_path", http.StatusBadRequest, "The path is none: it has an empty part, a \".\", a control character, or is no UTF-8."},
	{"bad_query", http.StatusBadRequest, "The parameters are cut off, or hold a control character or what is no UTF-8."},
	{"unknown_parameter", http.StatusBadRequest, "The address has a parameter that the route does not take."},
	{"unknown_field", http.StatusBadRequest, "\"fields\" names a field that the answer does not have."},
	{"bad_cursor", http.StatusBadRequest, "The cursor is damaged, or is from a list with other filters. Begin without it."},
	{"bad_position", http.StatusBadRequest, "The place at which to go on is no sequence number."},
	{"token_needed", http.StatusUnauthorized, "The route takes a token, in the header Authorization."},
	{"token_invalid", http.StatusUnauthorized, "The token is not known: it is mistyped, revoked, or was replaced by another."},
	{"token_expired", http.StatusUnauthorized, "The token has expired, or was replaced by another and its time is over."},
	{"ticket_invalid", http.StatusUnauthorized, "The ticket is not good: it is for one WebSocket within 30 seconds."},
	{"link_invalid", http.StatusUnauthorized, "The login link is not good: it is for one use within 10 minutes."},
	{"login_needed", http.StatusUnauthorized, "A script of the page asked, and nobody is logged in."},
	{"scope_missing", http.StatusForbidden, "The token is good and does not hold the scope that the route takes."},
	{"cross_site", http.StatusForbidden, "A page of another site asked, through its visitor's browser."},
	{"not_found", http.StatusNotFound, "There is nothing of that name, or nothing at that address."},
	{"no_verdict", http.StatusNotFound, "No verdict on the device is on record for that time."},
	{"not_on_record", http.StatusNotFound, "What was held at that time is no longer on record, or was never."},
	{"method_not_allowed", http.StatusMethodNotAllowed, "The address is asked with another method; the header Allow has them."},
	{"conflict", http.StatusConflict, "The order is right, and what it is about does not allow it as it stands."},
	{"not_shareable", http.StatusConflict, "Something private may be left in the answer, or it is of a kind that cannot be masked: it is not shown to those who may only share."},
	{"in_progress", http.StatusConflict, "The order with this Idempotency-Key is still being carried out."},
	{"too_large", http.StatusRequestEntityTooLarge, "The body is larger than the route takes."},
	{"url_too_long", http.StatusRequestURITooLong, "The address has more than 8 KiB."},
	{"unsupported_type", http.StatusUnsupportedMediaType, "The body is not of the type application/json."},
	{"wrong_host", http.StatusMisdirectedRequest, "The request names a host that the agent does not answer to."},
	{"invalid", http.StatusUnprocessableEntity, "A parameter or a field has a value that it does not take; \"errors\" says which."},
	{"in_future", http.StatusUnprocessableEntity, "The time is still to come."},
	{"refused", http.StatusUnprocessableEntity, "The order cannot be carried out as it is; the detail says why."},
	{"idempotency_reused", http.StatusUnprocessableEntity, "The Idempotency-Key was sent with another body before."},
	{"upgrade_needed", http.StatusUpgradeRequired, "The address is asked with a WebSocket."},
	{"too_many_requests", http.StatusTooManyRequests, "Too many requests; the header Retry-After says when the next is welcome."},
	{"header_too_large", http.StatusRequestHeaderFieldsTooLarge, "The header has more than 16 KiB."},
	{"internal", http.StatusInternalServerError, "The agent failed; its log says why."},
	{"degraded", http.StatusServiceUnavailable, "The agent cannot do it now: it is at a limit, which /api/v1/status names."},
	{"too_many_streams", http.StatusServiceUnavailable, "As many clients as may listen at once do so already."},
}

func codeOf(code string) (Code, bool) {
	i := slices.IndexFunc(codes, func(c Code) bool { return c.Code == code })
	if i < 0 {
		return Code{}, false
	}
	return codes[i], true
}

// codeFor is the code of a status that huma gives by itself.
func codeFor(status int) string {
	switch status {
	case http.StatusNotFound:
		return "not_found"
	case http.StatusRequestEntityTooLarge:
		return "too_large"
	case http.StatusUnsupportedMediaType:
		return "unsupported_type"
	case http.StatusUnprocessableEntity:
		return "invalid"
	case http.StatusInternalServerError:
		return "internal"
	}
	return "malformed"
}
