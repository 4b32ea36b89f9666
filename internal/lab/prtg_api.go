package lab

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const prtgVersion = "25.1.100.1000"

type prtgHandler func(p *PRTG, q url.Values, now time.Time) (contentType string, body any)

const (
	typeJSON = "application/json; charset=UTF-8"
	typeXML  = "text/xml; charset=UTF-8"
	typeHTML = "text/html; charset=UTF-8"
)

func (p *PRTG) routes() http.Handler {
	mux := http.NewServeMux()
	calls := map[string]prtgHandler{
		"table.json": (*PRTG).table, "table.xml": (*PRTG).tableXML, "table.csv": (*PRTG).tableCSV,
		"getstatus.htm": (*PRTG).getStatus, "getstatus.xml": (*PRTG).getStatusXML, "status.json": (*PRTG).getStatus,
		"health.json": (*PRTG).health, "healthstatus.json": (*PRTG).health, "gettreenodestats.xml": (*PRTG).treeNodeStats,
		"getsensordetails.json": (*PRTG).sensorDetails, "getobjectproperty.htm": (*PRTG).objectProperty, "getobjectstatus.htm": (*PRTG).objectProperty,
		"getpasshash.htm":   (*PRTG).getPasshash,
		"historicdata.json": p.history("json"), "historicdata.xml": p.history("xml"), "historicdata.csv": p.history("csv"),
		"pause.htm": (*PRTG).pauseObject, "pauseobjectfor.htm": (*PRTG).pauseFor, "acknowledgealarm.htm": (*PRTG).acknowledgeAlarm,
		"simulate.htm": (*PRTG).simulate, "scannow.htm": (*PRTG).scanNow, "discovernow.htm": (*PRTG).nothing, "rename.htm": (*PRTG).rename,
		"setpriority.htm": (*PRTG).nothing, "setobjectproperty.htm": (*PRTG).nothing,
	}
	if p.before(14) {
		delete(calls, "status.json")
	}
	for name, h := range calls {
		mux.HandleFunc("GET /api/"+name, p.wrap(func(w http.ResponseWriter, r *http.Request, empty bool) { p.serve(w, r, h, empty) }))
	}
	// There is no REST tree: whatever else is asked for is a page of the web interface.
	mux.HandleFunc("/", p.wrap(func(w http.ResponseWriter, r *http.Request, _ bool) {
		switch r.URL.Path {
		case "/", "/public/login.htm", "/error.htm":
			answer(w, http.StatusOK, typeHTML, p.pages.login)
		case "/home", "/devices.htm", "/sensors.htm":
			// Without a session a page leads to the log-in.
			w.Header().Set("Location", "/public/login.htm?loginurl="+url.QueryEscape(r.URL.Path)+"&errormsg=")
			answer(w, http.StatusFound, typeHTML, "")
		default:
			answer(w, http.StatusNotFound, typeHTML, p.pages.unknownRoute)
		}
	}))
	return mux
}

// refusal is a body with a status of its own; a redirect is where a call leads that went wrong.
type (
	refusal struct {
		status int
		text   string
	}
	redirect string
)

func (p *PRTG) serve(w http.ResponseWriter, r *http.Request, h prtgHandler, empty bool) {
	q := r.URL.Query()
	if !p.admits(q) {
		w.Header().Set("LoginAgain", "true")
		answer(w, http.StatusUnauthorized, p.pages.errorType, p.pages.unauthorized)
		return
	}
	var contentType string
	var body any
	p.world.inspect(func(now time.Time) { contentType, body = h(p, q, now) })
	if empty {
		switch whole := body.(type) {
		case object:
			contentType, body = typeJSON, object{{"prtg-version", p.opt.Version}, {"treesize", 0}, {q.Get("content"), []object{}}}
		case markup:
			whole.n = 0
			body = whole
		}
	}
	out := stream{out: w, mu: &p.world.mu}
	switch body := body.(type) {
	case redirect:
		w.Header().Set("Location", string(body))
		answer(w, http.StatusFound, typeHTML, "")
		return
	case refusal:
		if p.opt.PoliteErrors && strings.HasSuffix(r.URL.Path, ".json") {
			body.status, contentType = http.StatusOK, typeJSON
		}
		answer(w, body.status, contentType, body.text)
		return
	case object:
		w.Header().Set("Content-Type", contentType)
		out.object(body, false)
	case markup:
		w.Header().Set("Content-Type", contentType)
		out.text(body.head)
		out.pieces(body.n, func(b []byte, i int) ([]byte, error) { return body.piece(b, i), nil })
		out.text(body.tail)
	case string:
		w.Header().Set("Content-Type", contentType)
		out.text(body)
	}
	out.flush()
}

// admits checks the credentials. A passhash means nothing without the user that it belongs to.
func (p *PRTG) admits(q url.Values) bool {
	same := func(given, want string) bool {
		return want != "" && subtle.ConstantTimeCompare([]byte(given), []byte(want)) == 1
	}
	if same(q.Get("apitoken"), p.opt.APIToken) {
		return true
	}
	return same(q.Get("username"), p.opt.Username) &&
		(same(q.Get("passhash"), p.opt.Passhash) || same(q.Get("password"), p.opt.Password))
}

// refuse says what is wrong with the request.
func (p *PRTG) refuse(text string) (string, any) {
	return typeXML, refusal{http.StatusBadRequest, "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<prtg><version>" + p.opt.Version + "</version><error>" + text + "</error></prtg>"}
}
