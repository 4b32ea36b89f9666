package snmpdirect

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

const (
	authPassword = "auth-of-the-lab"
	privPassword = "priv-of-the-lab"
)

// v3Source is a source with one target and the given credentials, which are tried in their order.
func v3Source(t *testing.T, clock *clock, addr string, credentials ...Credential) *Source {
	t.Helper()
	list := make([]map[string]string, len(credentials))
	for i, c := range credentials {
		list[i] = map[string]string{
			"version": c.Version, "name": fmt.Sprintf("c%d", i), "community": c.Community.Reveal(), "user": c.User, "context": c.Context,
			"auth_protocol": c.AuthProtocol, "auth_password": c.AuthPassword.Reveal(),
			"priv_protocol": c.PrivProtocol, "priv_password": c.PrivPassword.Reveal(),
		}
		if list[i]["version"] == "" {
			list[i]["version"] = "v3"
		}
	}
	config, err := json.Marshal(map[string]any{
		"request_timeout": "5s", "retries": 1, "device_timeout": "5m", "table_timeout": "2m", "credential": list, "target": []any{map[string]string{"name": "box", "address": addr}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := newSource(clock.now)
	if err := s.Configure(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	return s
}

// one asks the only target for no more than the system group.
func one(t *testing.T, s *Source) (device.Observation, *target) {
	t.Helper()
	tgt := s.targets[0]
	session, sys, err := tgt.connect(t.Context(), nil)
	if err != nil {
		return tgt.unanswered(asFailure(err)), tgt
	}
	defer session.close()
	tgt.system = sys
	return tgt.answered(nil), tgt
}

// TestRealAgentV3 tries every protocol that Debian's snmpd has, at each level.
func TestRealAgentV3(t *testing.T) {
	t.Parallel()
	var config strings.Builder
	var users []Credential
	add := func(auth, priv, level string) {
		c := Credential{User: fmt.Sprintf("user%d", len(users)), AuthProtocol: auth, PrivProtocol: priv}
		fmt.Fprintf(&config, "createUser %s", c.User)
		if auth != "" {
			c.AuthPassword = authPassword
			fmt.Fprintf(&config, " %s %q", auth, authPassword)
		}
		if priv != "" {
			c.PrivPassword = authPassword // one key to derive for both: it takes a million octets of hashing
			fmt.Fprintf(&config, " %s %q", strings.Replace(priv, "AES-128", "AES", 1), authPassword)
		}
		fmt.Fprintf(&config, "\nrouser %s %s\n", c.User, level)
		users = append(users, c)
	}
	add("", "", "noauth")
	for _, auth := range authNames {
		add(auth, "", "auth")
		for _, priv := range privNames {
			add(auth, priv, "priv")
		}
	}
	agent := realAgent(t, config.String())
	for _, c := range users {
		s := v3Source(t, newClock(), agent.addr, c)
		o, tgt := one(t, s)
		if got := facets(o); got != "reach=up mgmt=up" {
			t.Errorf("%s %s: %s, %+v", c.AuthProtocol, c.PrivProtocol, got, o.Claims)
			continue
		}
		if !tgt.peer.engine.valid() || tgt.system.engineID == "" || tgt.system.object == "" {
			t.Errorf("%s %s: engine %q, %+v", c.AuthProtocol, c.PrivProtocol, tgt.peer.engine.id, tgt.system)
		}
		if n := tgt.peer.ignored.total(); n > 0 {
			t.Errorf("%s %s: %+v", c.AuthProtocol, c.PrivProtocol, tgt.peer.ignored)
		}
	}
}

// TestRealAgentRefuses: what is wrong with a credential is said in words, the device is up, and the secret stays away.
func TestRealAgentRefuses(t *testing.T) {
	t.Parallel()
	agent := realAgent(t, fmt.Sprintf("createUser full SHA-256 %q AES %q\nrouser full priv\ncreateUser plain SHA-256 %q\nrouser plain auth\n", authPassword, privPassword, authPassword))
	full := Credential{User: "full", AuthProtocol: "SHA-256", AuthPassword: authPassword, PrivProtocol: "AES-128", PrivPassword: privPassword}
	with := func(change func(*Credential)) Credential {
		c := full
		change(&c)
		return c
	}
	for _, tt := range []struct {
		name       string
		credential Credential
		want       string
	}{
		{"password", with(func(c *Credential) { c.AuthPassword = "not-this-one" }), "check auth_password and auth_protocol"},
		{"protocol", with(func(c *Credential) { c.AuthProtocol = "SHA-512" }), "check auth_password and auth_protocol"},
		{"user", with(func(c *Credential) { c.User = "nobody" }), `check "user"`},
		{"level", Credential{User: "plain", AuthProtocol: "SHA-256", AuthPassword: authPassword, PrivProtocol: "DES", PrivPassword: privPassword}, "another security level"},
		{"encryption password", with(func(c *Credential) { c.PrivPassword = "not-this-one" }), "check priv_password"},
		{"context", with(func(c *Credential) { c.Context = "vlan-98" }), "context"},
	} {
		s := v3Source(t, newClock(), agent.addr, tt.credential)
		o, _ := one(t, s)
		if got := facets(o); got != "reach=up mgmt=down" || len(o.Alerts) != 1 || !strings.Contains(o.Alerts[0].Text, tt.want) {
			t.Errorf("%s: %s, %+v", tt.name, got, o.Alerts)
			continue
		}
		for _, text := range []string{o.Alerts[0].Text, o.Claims[0].Raw, o.Claims[1].Raw} {
			if strings.Contains(text, "not-this-one") || strings.Contains(text, authPassword) || strings.Contains(text, privPassword) {
				t.Errorf("%s: a secret in %q", tt.name, text)
			}
		}
	}
}

// TestRealAgentRestarts: a device that has started anew is asked on after one further question, and one that has become
// another engine, too. An engine that is known costs no question.
func TestRealAgentRestarts(t *testing.T) {
	t.Parallel()
	config := fmt.Sprintf("createUser full SHA-256 %q AES %q\nrouser full priv\n", authPassword, privPassword)
	agent := realAgent(t, config)
	clock := newClock()
	relay := newRelay(t, agent.addr)
	s := v3Source(t, clock, relay.addr, Credential{User: "full", AuthProtocol: "SHA-256", AuthPassword: authPassword, PrivProtocol: "AES-128", PrivPassword: privPassword})
	ids := map[string]bool{}
	ask := func(when string, requests int) engine {
		t.Helper()
		o, tgt := one(t, s)
		if got := facets(o); got != "reach=up mgmt=up" {
			t.Fatalf("%s: %s, %+v", when, got, o.Alerts)
		}
		if n := relay.count(); n != requests {
			t.Errorf("%s: %d requests, want %d", when, n, requests)
		}
		ids[tgt.peer.engine.id] = true
		return tgt.peer.engine
	}
	first := ask("at first", 2)
	if again := ask("again", 1); again.id != first.id || again.boots != first.boots {
		t.Errorf("from %+v to %+v", first, again)
	}
	agent.stop()
	agent.start(config)
	second := ask("after a restart", 2)
	if second.id != first.id || second.boots == first.boots {
		t.Errorf("from %+v to %+v", first, second)
	}
	agent.stop()
	for _, f := range files(t, agent.dir, "*.conf") {
		if filepath.Base(f) != "lab.conf" {
			if err := os.Remove(f); err != nil {
				t.Fatal(err)
			}
		}
	}
	agent.start("engineIDType 3\n" + config)
	third := ask("as another engine", 2)
	if third.id == first.id || len(ids) != 2 {
		t.Errorf("from %+v to %+v", second, third)
	}
	// A forged or garbled engine in mind is no lasting harm.
	s.targets[0].peer.engine = engine{id: "not an engine", boots: 1 << 30, time: 1 << 30, at: time.Now()}
	if e := ask("after a wrong engine in mind", 2); e.id != third.id {
		t.Errorf("from %+v to %+v", third, e)
	}
	s.targets[0].peer.engine.boots += 5
	if e := ask("after a wrong count of boots in mind", 2); e.boots != third.boots {
		t.Errorf("from %+v to %+v", third, e)
	}
}

// TestForgedReports: who can send in the device's name and not sign for it changes nothing.
func TestForgedReports(t *testing.T) {
	t.Parallel()
	agent := realAgent(t, fmt.Sprintf("createUser full SHA-256 %q AES %q\nrouser full priv\n", authPassword, privPassword))
	relay := newRelay(t, agent.addr)
	s := v3Source(t, newClock(), relay.addr, Credential{User: "full", AuthProtocol: "SHA-256", AuthPassword: authPassword, PrivProtocol: "AES-128", PrivPassword: privPassword})
	if o, _ := one(t, s); facets(o) != "reach=up mgmt=up" {
		t.Fatal(facets(o))
	}
	before := s.targets[0].peer.engine
	relay.set(func(_, answer []byte) [][]byte {
		e, err := readEnvelope(answer)
		if err != nil {
			return [][]byte{answer}
		}
		forgedID := slices.Clone(answer)
		copy(forgedID[slices.Index(forgedID, before.id[0]):], "another")
		flipped := slices.Clone(answer)
		flipped[e.mac[0]] ^= 1
		encrypted := slices.Clone(answer)
		encrypted[len(encrypted)-1] ^= 1
		return [][]byte{forgedID, flipped, encrypted, answer}
	})
	o, tgt := one(t, s)
	if got := facets(o); got != "reach=up mgmt=up" {
		t.Errorf("%s, %+v", got, o.Claims)
	}
	if after := tgt.peer.engine; after.id != before.id || after.boots != before.boots {
		t.Errorf("from %+v to %+v", before, after)
	}
	if tgt.peer.ignored.forged < 2 {
		t.Errorf("%+v", tgt.peer.ignored)
	}
}

func files(t *testing.T, dir, pattern string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}
