package librenms

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"

	"github.com/quorate/quorate/sdk/sourcehttp"
)

// plainWords are the messages of LibreNMS that an error may repeat. Everything else that a failing server says stays
// out: with its debug mode on it quotes whole SQL statements, and with them the SNMP credentials of the devices, which
// nobody here knows and could take out.
var plainWords = regexp.MustCompile(`^(Unauthenticated\.|Server Error|This action is unauthorized\.|This API route doesn't exist\.` +
	`|Insufficient permissions to access this (device|port)|Device \d{1,19} (does not exist|not found)|Device group not found` +
	`|(No|Invalid) [A-Za-z0-9_ ,:]{1,80}|[A-Za-z ]{1,40} do not exist)$`)

// known reports whether an error may repeat what the server said.
func known(message string) bool { return plainWords.MatchString(message) }

// advise adds to a failed call what the owner of this LibreNMS can do about it.
func advise(err error) error {
	f, ok := errors.AsType[*sourcehttp.Failure](err)
	if !ok {
		return err
	}
	switch {
	case f.Code == http.StatusUnauthorized:
		return fmt.Errorf(`%w: LibreNMS does not know this token; make one under Settings, API, API Settings and set "token"`, err)
	case f.Code == http.StatusForbidden:
		return fmt.Errorf("%w: the token's user may not do that; give it the role global-read", err)
	case unknownRoute(err):
		return fmt.Errorf("%w: this LibreNMS is too old for the call", err)
	case f.Code == http.StatusNotFound:
		return fmt.Errorf(`%w: "url" must be the address of LibreNMS itself, without /api/v0`, err)
	case f.Code >= 500:
		return fmt.Errorf("%w: look into LibreNMS' logs/librenms.log and run its validate.php", err)
	case f.Kind == sourcehttp.KindNotJSON:
		return fmt.Errorf(`%w: something else than LibreNMS' API answers there (a log-in page, a proxy); check "url"`, err)
	}
	return err
}

// unlessEmpty is err, but for the 404 with which LibreNMS says "none". The 404 of an unknown route is not that.
func unlessEmpty(err error) error {
	f, ok := errors.AsType[*sourcehttp.Failure](err)
	if ok && f.Code == http.StatusNotFound && f.Mentions(`"error"`) && !unknownRoute(err) {
		return nil // "None" is an answer.
	}
	return err
}

// unknownRoute reports whether this LibreNMS has no such call.
func unknownRoute(err error) bool {
	f, ok := errors.AsType[*sourcehttp.Failure](err)
	return ok && f.Code == http.StatusNotFound && (f.Mentions("route doesn't exist") || f.Mentions(`route doesn\u0027t exist`))
}

// forbidden reports whether the token's user may not make the call.
func forbidden(err error) bool {
	f, ok := errors.AsType[*sourcehttp.Failure](err)
	return ok && f.Code == http.StatusForbidden
}

// wrongColumn reports whether the call asked for a column that this LibreNMS does not have.
func wrongColumn(err error) bool {
	f, ok := errors.AsType[*sourcehttp.Failure](err)
	return ok && f.Code == http.StatusBadRequest
}

// answered reports whether the server is there and only refuses this one question.
func answered(err error) bool {
	f, ok := errors.AsType[*sourcehttp.Failure](err)
	return !ok || f.Kind == sourcehttp.KindStatus && f.Code != http.StatusUnauthorized
}
