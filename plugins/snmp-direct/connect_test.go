package snmpdirect

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab/snmpagent"
)

// TestAnswersFrom: what another address answers is told, and believed where the configuration says so.
func TestAnswersFrom(t *testing.T) {
	for _, tt := range []struct {
		name, from, want, alert string
		faults                  snmpagent.Faults
	}{
		{"another address", `[]`, "reach=up mgmt=down", "answers from 127.0.0.2 instead of 127.0.0.1", snmpagent.Faults{OtherAddr: netip.MustParseAddr("127.0.0.2")}},
		{"an allowed address", `["127.0.0.2"]`, "reach=up mgmt=up", "", snmpagent.Faults{OtherAddr: netip.MustParseAddr("127.0.0.2")}},
		{"one that is not allowed", `["127.0.0.3", "127.0.0.2:1"]`, "reach=up mgmt=down", "answers from 127.0.0.2", snmpagent.Faults{OtherAddr: netip.MustParseAddr("127.0.0.2")}},
		{"another port", `[]`, "reach=up mgmt=down", "answers from another port of 127.0.0.1", snmpagent.Faults{OtherPort: true}},
		{"an allowed port", `["127.0.0.1"]`, "reach=up mgmt=up", "", snmpagent.Faults{OtherPort: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, smallSwitch())
			config := fmt.Sprintf(`{"request_timeout": "1s", "retries": 1, "credential": [{"version": "v2c", "name": "c", "community": "public"}], "target": [{"name": "box", "address": %q, "answers_from": %s}]}`,
				b.agent.Addr(), tt.from)
			if err := b.source.Configure(t.Context(), []byte(config)); err != nil {
				t.Fatal(err)
			}
			b.agent.SetFaults(tt.faults)
			o := b.poll()
			said := ""
			for _, a := range o.Alerts {
				said += a.Text
			}
			if got := facets(o); got != tt.want || (tt.alert == "") != (said == "") || !strings.Contains(said, tt.alert) {
				t.Errorf("%s, %q", got, said)
			}
			if n := b.source.targets[0].peer.ignored.foreign; (n > 0) != (tt.alert != "") {
				t.Errorf("%d foreign answers", n)
			}
		})
	}
}

// TestStrayAnswers: late, double and reordered answers and those to no question are counted, and nothing else.
func TestStrayAnswers(t *testing.T) {
	t.Parallel()
	b := newBench(t, smallSwitch())
	for _, tt := range []struct {
		name   string
		faults snmpagent.Faults
		count  func(*ignored) int
	}{
		{"twice", snmpagent.Faults{Twice: true}, func(i *ignored) int { return i.duplicate }},
		{"the one before once more", snmpagent.Faults{Stale: true}, func(i *ignored) int { return i.duplicate }},
		{"lost now and then", snmpagent.Faults{Drop: 0.05}, nil},
	} {
		before := b.source.targets[0].peer.ignored
		b.agent.SetFaults(tt.faults)
		if tt.faults.Drop > 0 {
			b.patience(brief)
		}
		o := b.poll()
		if got := facets(o); got != "reach=up mgmt=up" || len(o.Alerts) > 0 {
			t.Errorf("%s: %s, %+v", tt.name, got, o.Alerts)
		}
		if after := b.source.targets[0].peer.ignored; tt.count != nil && tt.count(&after) <= tt.count(&before) {
			t.Errorf("%s: %+v", tt.name, after)
		}
	}
	if o := b.poll(); !slices.ContainsFunc(o.Readings, func(r device.Reading) bool {
		return r.Component == "snmp" && r.Quantity == "ignored_duplicate" && r.Value > 0
	}) {
		t.Error("no reading of what was ignored")
	}
}

// TestOtherCredentialsAreTriedSeldom: of a silent device only one credential is tried with each poll, and the others
// ever more rarely; once they fit the device is found.
func TestOtherCredentialsAreTriedSeldom(t *testing.T) {
	t.Parallel()
	b := newBench(t, smallSwitch(), "v2c wrong", "v2c public", "v2c other")
	b.patience(brief)
	if got := facets(b.poll()); got != "reach=up mgmt=up" {
		t.Fatal(got)
	}
	b.agent.SetSilent(true)
	b.patience(impatient)
	var asked []int
	for range 12 {
		before := b.agent.Requests()
		b.poll()
		asked = append(asked, b.agent.Requests()-before)
		b.clock.add(time.Minute)
	}
	// Two attempts with the one that worked; and one with each other at minutes 0, 1, 3 and 7.
	if want := []int{4, 4, 2, 4, 2, 2, 2, 4, 2, 2, 2, 2}; !slices.Equal(asked, want) {
		t.Errorf("asked %v, want %v", asked, want)
	}
	b.agent.SetSilent(false)
	b.patience(patient)
	if got := facets(b.poll()); got != "reach=up mgmt=up" {
		t.Error(got)
	}
}

// TestRefusedUserIsTriedSeldom: a wrong password is no series of attempts, and the device stays known to be there.
func TestRefusedUserIsTriedSeldom(t *testing.T) {
	t.Parallel()
	agent := realAgent(t, fmt.Sprintf("createUser full SHA-256 %q\nrouser full auth\n", authPassword))
	relay := newRelay(t, agent.addr)
	clock := newClock()
	s := v3Source(t, clock, relay.addr, Credential{User: "full", AuthProtocol: "SHA-256", AuthPassword: "not-this-one"})
	attempts := 0
	relay.set(func(question, answer []byte) [][]byte {
		if e, err := readEnvelope(question); err == nil && e.authenticated {
			attempts++
		}
		return [][]byte{answer}
	})
	for range 60 {
		o, _ := one(t, s)
		if got := facets(o); got != "reach=up mgmt=down" || len(o.Alerts) != 1 || !strings.Contains(o.Alerts[0].Text, "check auth_password") {
			t.Fatalf("%s, %+v", got, o.Alerts)
		}
		clock.add(time.Minute)
	}
	relay.set(nil)
	if attempts != 6 { // at minutes 0, 1, 3, 7, 15 and 31
		t.Errorf("%d attempts in an hour of polls", attempts)
	}
}
