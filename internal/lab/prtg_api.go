package lab

import (
	"crypto/subtle"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
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
	for path, h := range map[string]prtgHandler{
		"/api/table.json": (*PRTG).table, "/api/table.xml": (*PRTG).tableXML,
		"/api/getstatus.htm": (*PRTG).getStatus, "/api/getstatus.xml": (*PRTG).getStatus, "/api/status.json": (*PRTG).getStatus,
		"/api/health.json": (*PRTG).health, "/api/healthstatus.json": (*PRTG).health,
		"/api/getsensordetails.json": (*PRTG).sensorDetails, "/api/getpasshash.htm": (*PRTG).getPasshash,
		"/api/historicdata.json": (*PRTG).history,
	} {
		mux.HandleFunc("GET "+path, p.wrap(func(w http.ResponseWriter, r *http.Request, empty bool) { p.serve(w, r, h, empty) }))
	}
	// There is no REST tree: whatever else is asked for is a page of the web interface.
	mux.HandleFunc("/", p.wrap(func(w http.ResponseWriter, r *http.Request, _ bool) {
		if r.URL.Path == "/" || r.URL.Path == "/public/login.htm" {
			answer(w, http.StatusOK, typeHTML, p.pages.login)
			return
		}
		answer(w, http.StatusNotFound, typeHTML, "<HTML><BODY><B>404 Not Found</B></BODY></HTML>")
	}))
	return mux
}

func (p *PRTG) serve(w http.ResponseWriter, r *http.Request, h prtgHandler, empty bool) {
	q := r.URL.Query()
	if !p.admits(q) {
		answer(w, http.StatusUnauthorized, p.pages.errorType, p.pages.unauthorized)
		return
	}
	var contentType string
	var body any
	p.world.inspect(func(now time.Time) { contentType, body = h(p, q, now) })
	if empty {
		if _, ok := body.(object); ok {
			contentType, body = typeJSON, object{{"prtg-version", prtgVersion}, {"treesize", 0}, {q.Get("content"), []object{}}}
		}
	}
	text, ok := body.(string)
	if !ok {
		b, err := compact(body)
		if err != nil {
			answer(w, http.StatusInternalServerError, p.pages.errorType, p.pages.serverErr)
			return
		}
		text = string(b)
	}
	w.Header().Set("Content-Type", contentType)
	if contentType == typeXML && len(text) > 0 && isError(text) {
		w.WriteHeader(http.StatusBadRequest)
	}
	_, _ = w.Write([]byte(text))
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

const errorHead = "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<prtg><version>"

func refuse(text string) (string, any) {
	return typeXML, errorHead + prtgVersion + "</version><error>" + text + "</error></prtg>"
}

func isError(text string) bool {
	return len(text) > len(errorHead) && text[:len(errorHead)] == errorHead
}

func (p *PRTG) getPasshash(url.Values, time.Time) (string, any) { return "text/plain", p.opt.Passhash }

func (p *PRTG) health(url.Values, time.Time) (string, any) {
	return typeJSON, object{{"prtg-version", prtgVersion}, {"healthy", true}}
}

func (p *PRTG) getStatus(_ url.Values, now time.Time) (string, any) {
	counts := map[int]int{}
	for _, e := range p.entries {
		for _, s := range e.sensors {
			counts[p.statusOf(e, s)]++
		}
	}
	text := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	return typeJSON, object{
		{"NewMessages", "12"}, {"NewAlarms", "0"}, {"Alarms", text(counts[prtgDown])}, {"PartialAlarms", ""}, {"AckAlarms", ""}, {"UnusualSens", ""},
		{"UpSens", text(counts[prtgUp])}, {"WarnSens", text(counts[prtgWarning])}, {"PausedSens", text(counts[prtgPaused] + counts[prtgDependency])},
		{"UnknownSens", ""}, {"NewTickets", "0"}, {"UserId", "100"}, {"UserTimeZone", "UTC+1:00"}, {"ToDos", ""}, {"Favs", 0},
		{"Clock", now.In(prtgZone()).Format("1/2/2006 3:04:05 PM")}, {"Version", prtgVersion + "+"}, {"BackgroundTasks", "0"},
		{"CorrelationTasks", "0"}, {"AutoDiscoTasks", "0"}, {"ReportTasks", "0"}, {"EditionType", "C"}, {"PRTGUpdateAvailable", false},
		{"MaintExpiryDays", "200"}, {"TrialExpiryDays", -1}, {"CommercialExpiryDays", ""}, {"Overloadprotection", false}, {"ClusterType", ""},
		{"ClusterNodeName", ""}, {"IsAdminUser", false}, {"ReadOnlyUser", "true"}, {"TicketUser", "true"}, {"ReadOnlyAllowAcknowledge", "false"},
		{"LowMem", false}, {"ActivationAlert", ""}, {"PRTGHost", "12345678"}, {"MaxSensorCount", "1000"}, {"Activated", "1"},
	}
}

func (p *PRTG) sensorDetails(q url.Values, _ time.Time) (string, any) {
	id, _ := strconv.Atoi(q.Get("id"))
	for _, e := range p.entries {
		for _, s := range e.sensors {
			if s.ID == id {
				return typeJSON, object{{"prtgversion", prtgVersion}, {"sensordata", object{
					{"name", s.Name}, {"sensortype", s.Type}, {"interval", fmt.Sprintf("%d s", p.stated(s))}, {"probename", e.device.PRTG.Probe},
					{"parentgroupname", e.device.PRTG.Group}, {"parentdevicename", e.device.PRTG.Name}, {"parentdeviceid", strconv.Itoa(e.device.PRTG.ID)},
					{"lastvalue", p.value(s)}, {"lastmessage", s.message}, {"favorite", ""}, {"statustext", p.statusText(p.statusOf(e, s))},
					{"statusid", strconv.Itoa(p.statusOf(e, s))}, {"lastup", ole(s.lastUp) + " [51 s ago]"}, {"lastdown", ole(s.lastDown)},
					{"lastcheck", ole(s.scanned) + " [51 s ago]"}, {"uptime", "100.0000%"}, {"downtime", "0.0000%"},
				}}}
			}
		}
	}
	if id == 0 {
		return typeJSON, object{{"prtgversion", prtgVersion}, {"sensordata", object{{"name", "Root"}, {"statusid", "3"}}}}
	}
	return refuse("Sorry, the selected object cannot be used here.")
}

func (p *PRTG) history(url.Values, time.Time) (string, any) {
	return typeJSON, object{{"prtg-version", prtgVersion}, {"treesize", 0}, {"histdata", []object{}}}
}
