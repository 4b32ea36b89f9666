package sourcehttp

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// maxRedirects is how many redirects of one call are followed.
const maxRedirects = 5

// send asks, and asks again where the answer leads to another place of the same server. Everything else that a
// redirect can be is left to check: the secrets go to the server of "url" and nowhere else. Where they are part of the
// query no redirect is followed at all, since the query of its target is not ours to add them to.
func (a *call) send(req *http.Request) (*http.Response, error) {
	c := a.client
	seen := map[string]bool{req.URL.String(): true}
	for {
		sent := c.now()
		resp, err := c.http.RoundTrip(req)
		if err != nil {
			return nil, err
		}
		c.note(resp, sent)
		to := target(resp)
		if to == nil || len(c.query) > 0 || !sameServer(c.base, to) {
			return resp, nil
		}
		if seen[to.String()] || len(seen) > maxRedirects {
			a.circle = true
			return resp, nil
		}
		seen[to.String()] = true
		a.ledTo = to
		// What is left of a short body is read, so that the connection can be used again.
		_, _ = io.CopyN(io.Discard, resp.Body, 4<<10)
		_ = resp.Body.Close()
		req = req.Clone(req.Context())
		req.URL, req.Host = to, ""
	}
}

// target is where an answer redirects to, nil where it does not.
func target(resp *http.Response) *url.URL {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil
	}
	to, err := resp.Location()
	if err != nil {
		return nil
	}
	to.User, to.Fragment, to.RawFragment = nil, "", ""
	return to
}

func sameServer(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return map[string]string{"http": "80", "https": "443"}[u.Scheme]
}

// redirectFailure says why a redirect was not followed and what to set instead.
func (a *call) redirectFailure(status string) *Failure {
	c := a.client
	f := &Failure{Op: a.op, Kind: KindRedirect, Code: a.resp.StatusCode, text: status}
	to := target(a.resp)
	if to == nil {
		f.text += " without a place to go on to"
		return f
	}
	f.Message = c.said(plainText(to.Query().Get("errormsg")))
	f.Redirect = &url.URL{Scheme: to.Scheme, Host: c.redactor.hide(to.Host), Path: c.redactor.hide(to.Path)}
	place := c.redactor.quote(to.Scheme + "://" + to.Host + to.Path)
	switch {
	case a.circle:
		f.text = fmt.Sprintf("%s to %s: the redirects do not end; set \"url\" to where the API itself is", status, place)
	case c.base.Scheme == "http" && to.Scheme == "https" && strings.EqualFold(c.base.Hostname(), to.Hostname()):
		f.text = fmt.Sprintf("%s to %s: the server wants TLS, set \"url\" to %s", status, place, c.redactor.quote("https://"+to.Host+c.base.EscapedPath()))
	case len(c.query) > 0 && sameServer(c.base, to):
		f.text = fmt.Sprintf("%s to %s: redirects are not followed, set \"url\" to where the API itself is", status, place)
	default:
		f.text = fmt.Sprintf("%s to %s: redirects are not followed to another server, set \"url\" to where the API itself is", status, place)
	}
	return f
}
