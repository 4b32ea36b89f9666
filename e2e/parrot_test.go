package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// parrot stands before a fake and repeats, where it is told to, what the client has sent.
type parrot struct {
	good http.Handler

	mu    sync.Mutex
	how   string
	heard []byte
}

// The ways in which a server gives a secret back. The one who was asked to log in again comes last: a source that was
// refused does not ask again.
var repetitions = []string{"in an error page", "in a JSON error", "in the title of a page", "in a redirect", "in a redirect elsewhere", "in a refusal"}

// controlOf is what the error of a source says that came of such an answer. The source of LibreNMS repeats nothing that
// it cannot know.
func controlOf(source, how string) string {
	quiet := map[string]string{"in an error page": "500 Internal Server Error", "in a JSON error": "400 Bad Request", "in the title of a page": "HTML instead of JSON"}
	switch {
	case strings.HasPrefix(how, "in a redirect"):
		return "redirect"
	case how == "in a refusal":
		return "401"
	case source == "librenms":
		return quiet[how]
	}
	return marker
}

func (p *parrot) say(how string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.how = how
}

func (p *parrot) heardAll() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return bytes.Clone(p.heard)
}

func (p *parrot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var all strings.Builder
	fmt.Fprintf(&all, "%s %s", r.Method, r.URL.RequestURI())
	for name, values := range r.Header {
		fmt.Fprintf(&all, " %s: %s", name, strings.Join(values, ", "))
	}
	said := all.String()
	p.mu.Lock()
	how := p.how
	p.heard = append(p.heard, said...)
	p.mu.Unlock()
	plain := r.Header.Get("X-Auth-Token")
	for _, name := range []string{"apitoken", "password", "passhash"} {
		plain += r.URL.Query().Get(name)
	}
	plain += strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	secret := url.QueryEscape(plain)
	answer := func(status int, kind, body string) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
	switch how {
	case "":
		p.good.ServeHTTP(w, r)
	case "in an error page":
		answer(http.StatusInternalServerError, "text/html", fmt.Sprintf("<html><title>%s %s %s</title>%s", marker, plain, secret, said))
	case "in a JSON error":
		b, _ := json.Marshal(map[string]string{"status": "error", "message": marker + " token " + plain + " " + secret + " is odd", "url": said})
		answer(http.StatusBadRequest, "application/json", string(b))
	case "in the title of a page":
		answer(http.StatusOK, "text/html", fmt.Sprintf("<html><head><title>%s %s</title></head><body>%s</body></html>", marker, plain, said))
	case "in a redirect":
		w.Header().Set("Location", "/"+marker+"?again="+secret+"&to="+url.QueryEscape(said))
		answer(http.StatusFound, "text/html", said)
	case "in a redirect elsewhere":
		w.Header().Set("Location", "http://"+url.PathEscape(plain)+"@192.0.2.1/"+marker+"/"+secret)
		answer(http.StatusTemporaryRedirect, "text/html", said)
	case "in a refusal":
		w.Header().Set("WWW-Authenticate", `Bearer realm="`+plain+`"`)
		answer(http.StatusUnauthorized, "application/json", `{"message":"`+marker+" "+plain+`"}`)
	}
}
