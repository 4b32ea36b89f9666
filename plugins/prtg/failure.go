package prtg

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/quorate/quorate/sdk"
	"github.com/quorate/quorate/sdk/sourcehttp"
)

// failed says what went wrong, and remembers a refused log-in for good.
func (s *Source) failed(what string, err error) error {
	if !refused(err) {
		err = advise(err)
		if f, ok := errors.AsType[*sourcehttp.Failure](err); ok && s.config.RootID != "" && f.Message != "" && (f.Code == http.StatusBadRequest || f.Code == http.StatusOK) {
			err = fmt.Errorf(`%w; is "root_id" right?`, err)
		}
		return fmt.Errorf("%s: %w", what, err)
	}
	who, causes := s.config.login()
	//nolint:staticcheck // Four sentences for a person, each with its period.
	s.refusal = sdk.Permanent(fmt.Errorf("prtg: 401 Unauthorized from %s %s. Not retried: PRTG slows down all log-ins of an account after failed ones. "+
		"Polling is stopped until the configuration changes. Usual causes: %s.", s.api.http.Base(), who, causes))
	return s.refusal
}

// refused reports whether err is PRTG's refusal of the log-in. It redirects to its log-in page where it wants a
// session. That page with 200 is no refusal: a core server that is starting shows it too, and polling must go on when
// it has started.
func refused(err error) bool {
	f, ok := errors.AsType[*sourcehttp.Failure](err)
	return ok && (f.Code == http.StatusUnauthorized ||
		f.Kind == sourcehttp.KindRedirect && f.Redirect != nil && strings.Contains(strings.ToLower(f.Redirect.Path), "/public/login"))
}

// advise adds to a failed call what the owner of this PRTG can do about it.
func advise(err error) error {
	f, ok := errors.AsType[*sourcehttp.Failure](err)
	if !ok {
		return err
	}
	page := f.Kind == sourcehttp.KindNotJSON || f.Kind == sourcehttp.KindNotXML
	switch {
	case f.Kind == sourcehttp.KindRedirect && f.Message != "":
		return fmt.Errorf("%w; PRTG says %s", err, f.Message)
	case f.Code == http.StatusForbidden:
		return fmt.Errorf("%w: the account may not read this; give it read access to the devices", err)
	case f.Code == http.StatusNotFound:
		return fmt.Errorf(`%w: "url" must be the address of the PRTG core server itself, without /api; API v2 has another one`, err)
	case f.Code >= 500:
		return fmt.Errorf("%w: the core server is starting, overloaded or behind a broken proxy", err)
	case page && (f.Mentions("checklogin") || f.Mentions("login.htm") || f.Mentions("loginurl")):
		return fmt.Errorf(`%w: PRTG shows its log-in page; check the credentials, and that "url" is the core server itself`, err)
	case page && (f.Mentions("<error>") || f.Mentions("errormsg")):
		return err
	case page:
		return fmt.Errorf(`%w: something else than PRTG's API answers there; check "url"`, err)
	}
	return err
}
