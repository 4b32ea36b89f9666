package prtg

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/quorate/quorate/sdk"
	"github.com/quorate/quorate/sdk/sourcetest"
)

func TestMain(m *testing.M) {
	sourcetest.Main(m, map[string]func() sdk.Source{"prtg": func() sdk.Source { return New() }})
}

func TestConformance(t *testing.T) {
	f := newFake(t)
	config := fmt.Sprintf(`{"url":%q,"api_token":%q}`, f.URL, canary)
	bad := func(attributes string) string { return `{"url":"https://prtg.example.net",` + attributes + `}` }
	status := func(code int) func() func() {
		return f.broken(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(code)
			// A server that repeats what it got.
			_, _ = fmt.Fprintf(w, "<html><head><title>Error for %s</title></head></html>", r.URL)
		})
	}
	says := func(contentType, body string) func() func() {
		return f.broken(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", contentType)
			_, _ = io.WriteString(w, body)
		})
	}
	redirect := func(to string) func() func() {
		return f.broken(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) })
	}
	const xmlError = `<?xml version="1.0" encoding="UTF-8" ?><prtg><version>25.1.100.1000</version><error>Sorry, the selected object cannot be used here.</error></prtg>`
	sourcetest.Run(t, sourcetest.Case{
		Type: "prtg", Config: config, Refs: []string{"2000", "2001", "2002"},
		Bad: []sourcetest.Bad{
			{Name: "passhash without user", Config: bad(`"passhash":"` + canary + `"`), Want: `set it as "api_token" instead`},
			{Name: "two ways", Config: bad(`"api_token":"` + canary + `","username":"quorate","passhash":"123456789"`), Want: "more than one"},
			{Name: "user beside an API key", Config: bad(`"api_token":"` + canary + `","username":"quorate"`), Want: `remove "username"`},
			{Name: "no way", Config: `{"url":"https://prtg.example.net"}`, Want: `"api_token"`},
			{Name: "no scheme", Config: `{"url":"prtg.example.net","api_token":"` + canary + `"}`, Want: `"url"`},
			{Name: "no pattern", Config: bad(`"api_token":"` + canary + `","exclude":["[a"]`), Want: `"exclude"`},
			{Name: "no object", Config: bad(`"api_token":"` + canary + `","root_id":1.5`), Want: `"root_id"`},
		},
		Hang: f.broken(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }),
		Faults: []sourcetest.Fault{
			{Name: "500", Set: status(500), Want: "500 Internal Server Error"},
			{Name: "restarting", Set: status(503), Want: "503 Service Unavailable"},
			{Name: "404", Set: status(404), Want: "without /api"},
			{Name: "wrong API key", Config: fmt.Sprintf(`{"url":%q,"api_token":%q}`, f.URL, canary+"-wrong"), Want: "401 Unauthorized from " + f.URL + " for an API key", Permanent: true},
			{
				Name: "API key as passhash", Config: fmt.Sprintf(`{"url":%q,"username":"somebody","passhash":%q}`, f.URL, canary),
				Want: `for user "somebody" with passhash`, Permanent: true,
			},
			{Name: "redirect to the log-in page", Set: redirect("/public/login.htm?loginurl=%2Fapi%2Ftable.json&errormsg="), Want: "401 Unauthorized", Permanent: true},
			{Name: "redirect to the error page", Set: redirect("/error.htm?errormsg=Object%20not%20found%3Cbr/%3E&errorurl=%2Fapi"), Want: `PRTG says "Object not found"`},
			{Name: "redirect elsewhere", Set: redirect("https://elsewhere.example.net/"), Want: "redirects are not followed"},
			{Name: "log-in page with 200", Set: says("text/html", `<!DOCTYPE html><html><head><title>Welcome</title></head><body><form action="/public/checklogin.htm"></form></body></html>`), Want: "PRTG shows its log-in page"},
			{Name: "other page with 200", Set: says("text/html", `<!DOCTYPE html><html><head><title>Apache</title></head></html>`), Want: "something else than PRTG's API answers there"},
			{Name: "error with 200", Set: says("application/json", xmlError), Want: "Sorry, the selected object cannot be used here."},
			{Name: "no such table", Set: says("text/html", `<div class="errormsg"><h3>The content is unknown</h3></div>`), Want: "The content is unknown"},
			{Name: "other JSON", Set: says("application/json", `{"hello":"world"}`), Want: `no list "probenode"`},
			{Name: "no rows", Set: says("application/json", `{"treesize":0,"probenode":[],"devices":[],"sensors":[]}`), Want: "no device at all"},
			{Name: "fewer rows than counted", Set: func() func() { return f.set(func() { f.size = func(n int) any { return n + 1 } }) }, Want: "incomplete"},
			{Name: "cut off", Set: f.broken(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Length", "1000")
				_, _ = io.WriteString(w, `{"treesize":3,"probenode":[],"devices":[{"objid":1,"status_raw":5,`)
			}), Want: "broke off"},
			{Name: "endless text", Set: says("application/json", `{"probenode":[{"x":"`+strings.Repeat("x", 2<<20)), Want: "a text longer than 1024 KiB"},
			{Name: "nobody listens", Config: `{"url":"http://127.0.0.1:1","api_token":"` + canary + `"}`, Want: "connection refused"},
		},
		Pushes: []sourcetest.Push{
			{
				Name: "a device that is said to be down", ContentType: "application/x-www-form-urlencoded", Want: []string{"2001"},
				Body: "sensorid=1&deviceid=2001&host=192.0.2.2&status=Down&device=a & b=c&sensor=Ping&message=Request timed out & sensorid=7",
			},
			{Name: "a sensor that nobody knows", Body: "sensorid=999999&status=Down&message=x", Want: []string{sdk.Everything}},
			{Name: "a placeholder that PRTG does not know", Body: "sensorid=%sensorid&deviceid=%deviceid&message=x", Want: []string{sdk.Everything}},
		},
		Grow: func(n int) (string, func()) { return config, f.set(func() { f.n = n }) },
	})
}
