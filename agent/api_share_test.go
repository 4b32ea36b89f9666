package agent

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/access"
	"github.com/quorate/quorate/internal/api"
)

// TestNothingPrivateIsInMaskedAnswers asks the whole route table as somebody who may only share, of a home whose every
// name is known.
func TestNothingPrivateIsInMaskedAnswers(t *testing.T) {
	t.Parallel()
	canaries := []string{"wichtelkeller", "dachsbau", "fuchsgruppe", "rabenpost", "igelreihe", "maulwurfshaus", "zwergnase", "eulenfenster", "otterstein", "192.0.2.10", "biberdamm"}
	s := newStage(t, `
device "wichtelkeller" {
  match { address = "192.0.2.10" }
  tags = ["dachsbau"]
}
group "fuchsgruppe" {
  devices = ["wichtelkeller", "biberdamm"]
  tags    = ["dachsbau"]
}
sink "file" "rabenpost" { path = "DIR/events.jsonl" }
sink "blog" "igelreihe" {
  dir   = "DIR/blog"
  notes = "DIR/notes"
}
maintenance "eulenfenster" {
  groups   = ["fuchsgruppe"]
  schedule = "0 3 * * 0"
  duration = "1h"
  reason   = "otterstein"
}
`, map[string]string{"b": "fail"})
	s.rewrite(replacing("agent {\n", "agent {\n  name = \"maulwurfshaus\"\n"))
	s.reloadNow()
	s.event("its first verdict", func(e device.Event) bool { return e.Type == device.EventVerdictChanged && e.To == "up" })
	if err := os.MkdirAll(filepath.Join(s.dir, "notes"), 0o700); err != nil {
		t.Fatal(err)
	}
	all := apiOf(t, s, access.Caller{Kind: access.CallerToken, Name: "ci", Scopes: access.Scopes()})
	for path, order := range map[string]string{
		"/api/v1/notes":       `{"kind":"lesson","text":"zwergnase told wichtelkeller at 192.0.2.10."}`,
		"/api/v1/maintenance": `{"targets":["fuchsgruppe"],"for":"1h","reason":"otterstein"}`,
	} {
		if code, text := s.asked(all, http.MethodPost, path, order); code != http.StatusOK {
			t.Fatalf("%s: %d, %s", path, code, text)
		}
	}
	if err := s.store.Reject(t.Context(), now(), []device.Rejection{{Source: "a", Ref: "otterstein", Reason: "zwergnase", Body: []byte("wichtelkeller")}}); err != nil {
		t.Fatal(err)
	}
	s.mode("a", "down")
	s.event("it is down", func(e device.Event) bool { return e.Type == device.EventVerdictChanged && e.To == "down" })

	sharer := apiOf(t, s, access.Caller{Kind: access.CallerToken, Name: "wall", Scopes: []access.Scope{access.Share}, Masked: true})
	server, err := api.New(api.Config{}, api.Options{Read: &reader{s.Agent}, Act: &actor{s.Agent}, Subscribe: s.pipe.Subscribe})
	if err != nil {
		t.Fatal(err)
	}
	in := strings.NewReplacer("{device}", "wichtelkeller", "{incident}", "i_none", "{source}", "a", "{sink}", "rabenpost", "{number}", "1")
	alias := func(list string) string {
		var page struct{ Items []struct{ Name string } }
		if code, text := s.asked(sharer, http.MethodGet, list+"?fields=name", ""); code != http.StatusOK || json.Unmarshal([]byte(text), &page) != nil || len(page.Items) == 0 {
			t.Fatalf("%s: %d, %s", list, code, text)
		}
		return page.Items[0].Name
	}
	device, source, sink := alias("/api/v1/devices"), alias("/api/v1/sources"), alias("/api/v1/sinks")
	aliased := strings.NewReplacer("{device}", device, "{incident}", "i_none", "{source}", source, "{sink}", sink, "{number}", "1")
	// Whether a name exists is private too: who may only share is told the same of a real one and of none.
	for real, none := range map[string]string{
		"/api/v1/devices/wichtelkeller": "/api/v1/devices/wichtelgarten", "/api/v1/devices/192.0.2.10": "/api/v1/devices/192.0.2.11", "/api/v1/sinks/rabenpost": "/api/v1/sinks/rabenmail",
		"/api/v1/disputes?device=wichtelkeller": "/api/v1/disputes?device=wichtelgarten", "/api/v1/devices?q=wichtel": "/api/v1/devices?q=zwergel",
		"/api/v1/devices/wichtelkeller/explain": "/api/v1/devices/wichtelgarten/explain", "/api/v1/events?q=otterstein": "/api/v1/events?q=ottersteg",
	} {
		code, text := s.asked(sharer, http.MethodGet, real, "")
		other, like := s.asked(sharer, http.MethodGet, none, "")
		if number := regexp.MustCompile(`"request_id":"[^"]*"`); code != other || code == http.StatusOK || number.ReplaceAllString(text, "") != number.ReplaceAllString(like, "") {
			t.Errorf("%s: %d, %s\n%s: %d, %s", real, code, text, none, other, like)
		}
	}
	masked, open, refused := 0, 0, []string{}
	for _, route := range server.Routes() {
		if route.Method != http.MethodGet || !route.Masks || strings.Contains(in.Replace(route.Path), "{") {
			continue
		}
		_, plain := s.asked(all, http.MethodGet, in.Replace(route.Path), "")
		if slices.ContainsFunc(canaries, func(c string) bool { return strings.Contains(plain, c) }) {
			open++
		}
		for _, ask := range []struct {
			by http.Handler
			q  string
		}{{sharer, ""}, {all, "?share=true"}} {
			path := in.Replace(route.Path) + ask.q
			if ask.q == "" {
				path = aliased.Replace(route.Path)
			}
			code, text := s.asked(ask.by, http.MethodGet, path, "")
			switch {
			case code == http.StatusOK:
				masked++
			case code == http.StatusConflict:
				refused = append(refused, route.Path+" "+text)
			case code != http.StatusNotFound:
				t.Errorf("%s%s: %d, %s", route.Path, ask.q, code, text)
			}
			for _, c := range canaries {
				if strings.Contains(strings.ToLower(text), c) {
					t.Errorf("%s%s: %q is in the masked answer:\n%s", route.Path, ask.q, c, text)
				}
			}
		}
	}
	if masked < 60 || open < 15 || len(refused) > 0 {
		t.Errorf("%d masked, %d that name something otherwise, refused:\n%s", masked, open, strings.Join(refused, "\n"))
	}
}
