package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/access"
	"github.com/quorate/quorate/internal/view"
	"github.com/quorate/quorate/internal/view/viewtest"
)

func TestMaintenancePage(t *testing.T) {
	l, o := viewtest.NewLab(), &orders{}
	l.Windows = append(l.Windows, device.Maintenance{Name: "nas-1", Reason: "new disks", Active: true, Since: viewtest.Noon, Until: viewtest.Noon, Devices: []device.Name{{ID: "d_1", Name: "nas-1"}}})
	h := serveAs(t, l, o, access.Admin)
	page := fetch(t, h, "/maintenance?device=nas-1").Body.String()
	wantIn(t, page, "new disks", "patch night", `value="nas-1" required`, "End it now", `<option value="storage">`)
	checkMarkup(t, page)
	form := url.Values{"targets": {"nas-1, storage"}, "for": {"1h 30m"}, "reason": {"disks"}}
	wantOrder(t, o, h, "/maintenance/start", form, "start nas-1+storage 1h30m0s disks", "/maintenance?done=started")
	wantOrder(t, o, h, "/maintenance/end", url.Values{"target": {"nas-1"}}, "end nas-1 ", "/maintenance?done=ended")
	for field, value := range map[string]string{"for": "long", "targets": " , "} {
		changed := url.Values{"targets": {"kept"}, "for": {"2h"}, "reason": {"kept reason"}}
		changed.Set(field, value)
		w := post(t, h, "/maintenance/start", changed)
		if w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s %q: %d", field, value, w.Code)
		}
		wantIn(t, w.Body.String(), "kept reason", `role="alert"`)
	}
	o.refuse = &view.Refused{Text: "no device is called kept"}
	wantIn(t, post(t, h, "/maintenance/start", url.Values{"targets": {"kept"}, "for": {"2h"}}).Body.String(), "no device is called kept", `value="kept"`)
	wantIn(t, post(t, h, "/maintenance/end", url.Values{"target": {"x"}}).Body.String(), "no device is called kept")
}

func TestRejectedPage(t *testing.T) {
	l, o := viewtest.NewLab(), &orders{}
	h := serveAs(t, l, o, access.Admin)
	page := fetch(t, h, "/rejected").Body.String()
	wantIn(t, page, "the name is longer than 255 characters", `href="/rejected/2"`, `name="number" value="1"`)
	checkMarkup(t, page)
	page = fetch(t, h, "/rejected/2").Body.String()
	wantIn(t, page, `{&#34;ref&#34;:&#34;7&#34;}`, "Replay it")
	checkMarkup(t, page)
	wantIn(t, fetch(t, h, "/rejected/1").Body.String(), "Nothing is kept of it.")
	for _, path := range []string{"/rejected/9", "/rejected/x"} {
		if w := fetch(t, h, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	wantOrder(t, o, h, "/rejected", url.Values{"number": {"1", "2"}, "order": {"replay"}}, "replay", "/rejected?done=replayed")
	wantOrder(t, o, h, "/rejected", url.Values{"number": {"1"}, "order": {"drop"}}, "drop", "/rejected?done=dropped")
	for _, form := range []url.Values{{"order": {"drop"}}, {"number": {"x"}, "order": {"drop"}}, {"number": {"1"}}} {
		if w := post(t, h, "/rejected", form); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", form, w.Code)
		}
	}
	var many []view.Rejected
	for n := int64(250); n > 0; n-- {
		many = append(many, view.Rejected{Number: n, Source: "prtg", Reason: "no"})
	}
	l.AllRejected = many
	wantIn(t, fetch(t, h, "/rejected?source=prtg").Body.String(), `href="/rejected?below=151&amp;source=prtg"`)
	if page := fetch(t, h, "/rejected?below=51").Body.String(); strings.Contains(page, "Older") || !strings.Contains(page, `href="/rejected/50"`) {
		t.Error("the last page leads on, or begins elsewhere")
	}
}

func TestConfigurationPage(t *testing.T) {
	l, o := viewtest.NewLab(), &orders{}
	l.InForce.Error = "line 3: " + hostile
	h := serveAs(t, l, o, access.Admin)
	page := fetch(t, h, "/configuration").Body.String()
	wantIn(t, page, "api_token = (secret)", "url = &#34;https://prtg.example.net&#34;", "source &#34;prtg&#34; &#34;prtg&#34; {", "The last reload was refused")
	wantHarmless(t, "/configuration", page)
	w := post(t, h, "/configuration", url.Values{"order": {"try"}})
	if w.Code != http.StatusOK || strings.Join(o.said, " ") != "try reload" {
		t.Errorf("%d, ordered %q", w.Code, o.said)
	}
	wantIn(t, w.Body.String(), "A reload would change:", "source &#34;prtg&#34; is new")
	wantOrder(t, o, h, "/configuration", url.Values{"order": {"reload"}}, "reload", "/configuration?done=reloaded")
	o.refuse = &view.Refused{Text: "line 4: no such attribute"}
	if w = post(t, h, "/configuration", url.Values{"order": {"reload"}}); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "line 4") {
		t.Errorf("refused: %d", w.Code)
	}
	wantIn(t, fetch(t, h, "/sources/prtg").Body.String(), "api_token = (secret)", "version 1, protocol 1", "part of the agent")
}

// TestAdminByScope: who may not order sees no form, is told how to log in, and is refused.
func TestAdminByScope(t *testing.T) {
	l, o := viewtest.NewLab(), &orders{}
	l.Windows[0].Active = true
	orders := map[string][]string{"/maintenance": {"/maintenance/start", "/maintenance/end"}, "/rejected": {"/rejected"}, "/configuration": {"/configuration"}}
	for _, scope := range access.Scopes() {
		h := serveAs(t, l, o, access.Read, scope)
		for path, posts := range orders {
			page := fetch(t, h, path).Body.String()
			for _, to := range posts {
				w := post(t, h, to, nil)
				if allowed := scope == access.Admin; allowed == (w.Code == http.StatusForbidden) {
					t.Errorf("%s %s: %d", scope, to, w.Code)
				}
			}
			if scope == access.Admin == strings.Contains(page, "quorate login") || scope != access.Admin && strings.Contains(page, "<button name=\"order\"") {
				t.Errorf("%s sees a form of %s that it may not send, or is not told how to log in", scope, path)
			}
		}
	}
	if len(o.said) > 0 && strings.Contains(strings.Join(o.said, " "), "start") {
		t.Errorf("empty forms ordered %q", o.said)
	}
}

func TestAdminPagesAreHarmless(t *testing.T) {
	l := viewtest.NewLab()
	for i := range l.AllDevices {
		l.AllDevices[i].Name = hostile
	}
	l.Windows = []device.Maintenance{
		{Name: hostile, Reason: hostile, Active: true, Unknown: []string{hostile}, Devices: []device.Name{{ID: "d_1", Name: hostile}}},
		{Name: hostile, Reason: hostile, Schedule: hostile, Timezone: hostile, NextStart: viewtest.Noon},
	}
	l.AllGroups[0].Name = hostile
	r := &l.AllRejected[0]
	r.Source, r.Ref, r.Reason, r.Body = hostile, hostile, hostile, hostile
	b := &l.InForce.Blocks[0]
	b.Type, b.Labels, b.Attributes = hostile, []string{hostile}, map[string]any{hostile: hostile, "l": []any{hostile}, "m": map[string]any{hostile: hostile}}
	p := &l.AllPlugins[0]
	p.Version, p.SHA256, p.Capabilities, p.LastError, p.Hint = hostile, hostile, []string{hostile}, hostile, hostile
	h := serveAs(t, l, &orders{}, access.Read)
	for _, path := range []string{"/maintenance", "/rejected", "/rejected/2", "/configuration", "/sources/prtg"} {
		wantHarmless(t, path, fetch(t, h, path).Body.String())
	}
	h = serveAs(t, l, &orders{}, access.Admin)
	wantHarmless(t, "/rejected", fetch(t, h, "/rejected?source="+url.QueryEscape(hostile)).Body.String())
}
