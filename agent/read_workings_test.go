package agent

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view"
)

// TestWorkingsAreShown looks at the agent's own parts while it works.
func TestWorkingsAreShown(t *testing.T) {
	t.Parallel()
	s := newStage(t, `
sink "webhook" "hub" {
  url    = "https://hub.example.net/hooks/b64canary"
  secret = env("SINK")
  headers = { Authorization = env("TOKEN") }
}
device "nas1" {
  match { address = "192.0.2.10" }
  tags = ["storage"]
}
group "rack" {
  devices = ["nas1", "gone"]
  tags    = ["storage"]
}
`, map[string]string{"b": "fail"})
	r := &reader{s.Agent}
	s.until("both have been asked", func() bool { return !s.status("a").LastSuccess.IsZero() && s.status("b").Failures > 1 })

	config, err := r.Configuration()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{environment["TOKEN"], environment["SINK"], "b64canary"} {
		if secret == "" || strings.Contains(string(text), secret) {
			t.Errorf("%q is in the configuration that is shown: %s", secret, text)
		}
	}
	for _, want := range []string{
		`"token":"(secret)"`, `"secret":"(secret)"`, `"headers":{"Authorization":"(secret)"}`, `"url":"https://hub.example.net/..."`, `"type":"group","labels":["rack"]`,
		`"interval":"50ms"`, `"generation":1`, `"tags":["storage"]`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s is missing in %s", want, text)
		}
	}

	plugins := r.Plugins(now())
	if len(plugins) != 2 || plugins[0].Source != "a" || plugins[0].Version != "1" || plugins[0].State != device.PluginRunning || plugins[0].Lag == nil || plugins[0].Hint != "" || !plugins[0].Builtin {
		t.Errorf("plugins: %+v", plugins)
	}
	if b := plugins[1]; !strings.Contains(b.Hint, "source check b") {
		t.Errorf("the one whose polls fail: %+v", b)
	}

	groups := r.Groups()
	if len(groups) != 1 || groups[0].Name != "rack" || len(groups[0].Devices) != 1 || groups[0].Devices[0].Name != "nas1" || len(groups[0].Unknown) != 1 || groups[0].Unknown[0] != "gone" {
		t.Errorf("groups: %+v", groups)
	}
}

func TestRejectionsAreListed(t *testing.T) {
	r, _, _ := readerOfChance(t, 1, 5)
	for _, ref := range []string{"one", "two", "three"} {
		if err := r.a.store.Reject(t.Context(), now(), []device.Rejection{{Source: "prtg", Ref: ref, Reason: "too long", Body: []byte("the body of " + ref)}}); err != nil {
			t.Fatal(err)
		}
	}
	first, err := r.Rejections(t.Context(), "", 0, 2)
	if err != nil || len(first) != 2 || first[0].Ref != "three" || first[0].Body != "" {
		t.Fatalf("%+v, %v", first, err)
	}
	rest, err := r.Rejections(t.Context(), "prtg", first[1].Number, 2)
	if err != nil || len(rest) != 1 || rest[0].Ref != "one" {
		t.Errorf("the rest: %+v, %v", rest, err)
	}
	if other, err := r.Rejections(t.Context(), "snmp", 0, 2); err != nil || len(other) != 0 {
		t.Errorf("of another source: %+v, %v", other, err)
	}
	one, ok, err := r.Rejection(t.Context(), rest[0].Number)
	if err != nil || !ok || one.Body != "the body of one" {
		t.Errorf("one: %+v, %v, %v", one, ok, err)
	}
	if _, ok, err := r.Rejection(t.Context(), 4711); ok || err != nil {
		t.Errorf("none: %v, %v", ok, err)
	}
}

// TestConflictsThatAreOpen builds devices of which two hold one address.
func TestConflictsThatAreOpen(t *testing.T) {
	cfg, all := wordsOfChance(1, 2)
	for i := range all {
		for k := range all[i].Observations {
			o := &all[i].Observations[k]
			switch {
			case all[i].Source == "librenms" && k == 0:
				o.Addresses, o.Serial = []string{"192.0.2.1"}, "A1"
			case all[i].Source == "prtg" && k == 5:
				o.Addresses, o.Serial = []string{"192.0.2.1"}, "B2"
			}
		}
	}
	found := readerOver(t, cfg, all).Conflicts()
	keys, weak := 0, 0
	for _, c := range found {
		switch c.Kind {
		case view.ConflictKey:
			keys++
			if c.Other == nil || c.Device.ID == c.Other.ID || c.Reason == "" || c.Hint == "" || c.Since.IsZero() {
				t.Errorf("%+v", c)
			}
		case view.ConflictWeak:
			weak++
		}
	}
	if keys != 1 {
		t.Errorf("%d pairs hold one key: %+v", keys, found)
	}
}
