package snmpagent_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gosnmp/gosnmp"

	"github.com/quorate/quorate/internal/lab/snmpagent"
)

// ask gets one object of an agent without a socket.
func ask(t *testing.T, a *snmpagent.Agent, oid string) string {
	t.Helper()
	request, err := (&gosnmp.SnmpPacket{
		Version: gosnmp.Version2c, Community: "public", PDUType: gosnmp.GetRequest, RequestID: 1,
		Variables: []gosnmp.SnmpPDU{{Name: "." + oid, Type: gosnmp.Null}},
	}).MarshalMsg()
	if err != nil {
		t.Fatal(err)
	}
	_, value, _ := strings.Cut(told((&gosnmp.GoSNMP{Version: gosnmp.Version2c}).SnmpDecodePacket(a.Answer(request))), "=")
	return value
}

// TestWrap: all counters of a table move at a rate, and pass their limits when they are told to; so does the uptime.
func TestWrap(t *testing.T) {
	now := fixedClock()
	a := snmpagent.New(load(t, small), snmpagent.Options{Clock: func() time.Time { return now }})
	if err := a.SetRate("1.3.6.1.2.1", 10); err != nil {
		t.Fatal(err)
	}
	if err := a.SetRate("1.3.6.1.4.1", 10); err == nil {
		t.Error("a rate for a subtree without counters is no error")
	}
	a.WrapIn(10 * time.Second)
	check := func(want map[string]string) {
		t.Helper()
		got := map[string]string{}
		for oid := range want {
			got[oid] = ask(t, a, oid)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("-want +got\n%s", d)
		}
	}
	const uptime, octets, hc = "1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.2.2.1.11.2", "1.3.6.1.2.1.31.1.1.1.6.1"
	check(map[string]string{uptime: "4294966295", octets: "4294967195", hc: "18446744073709551515"})
	now = now.Add(10 * time.Second)
	check(map[string]string{uptime: "4294967295", octets: "4294967295", hc: "18446744073709551615"})
	now = now.Add(time.Second)
	check(map[string]string{uptime: "99", octets: "9", hc: "9"})
}

// TestRenumber: the interfaces have other numbers, and what points at them follows.
func TestRenumber(t *testing.T) {
	a := snmpagent.New(load(t, `1.3.6.1.2.1.2.2.1.1.1|2|1
1.3.6.1.2.1.2.2.1.2.1|4|eth0
1.3.6.1.2.1.2.2.1.2.2|4|eth1
1.3.6.1.2.1.4.20.1.2.192.0.2.1|2|2
1.3.6.1.2.1.4.22.1.2.2.192.0.2.9|4x|00005e005301
1.3.6.1.2.1.17.1.4.1.2.7|2|2
1.3.6.1.2.1.31.1.1.1.1.2|4|eth1
1.3.6.1.2.1.31.1.2.1.3.0.2|2|1
`), snmpagent.Options{})
	a.Renumber(1000)
	for oid, want := range map[string]string{
		"1.3.6.1.2.1.2.2.1.1.1001": "1001", "1.3.6.1.2.1.2.2.1.2.1001": "eth0", "1.3.6.1.2.1.2.2.1.2.1002": "eth1", "1.3.6.1.2.1.2.2.1.2.1": "NoSuchInstance",
		"1.3.6.1.2.1.4.20.1.2.192.0.2.1": "1002", "1.3.6.1.2.1.17.1.4.1.2.7": "1002", "1.3.6.1.2.1.31.1.1.1.1.1002": "eth1",
		"1.3.6.1.2.1.31.1.2.1.3.0.1002": "1", "1.3.6.1.2.1.4.22.1.2.1002.192.0.2.9": "\x00\x00^\x00S\x01",
	} {
		if got := ask(t, a, oid); got != want {
			t.Errorf("%s = %q, want %q", oid, got, want)
		}
	}
}

// TestGroup: one address, several recordings, told apart by their communities.
func TestGroup(t *testing.T) {
	one := snmpagent.New(load(t, "1.3.6.1.2.1.1.5.0|4|one\n"), snmpagent.Options{Community: "first"})
	two := snmpagent.New(load(t, "1.3.6.1.2.1.1.5.0|4|two\n"), snmpagent.Options{Community: "second"})
	if _, err := snmpagent.StartGroup("127.0.0.1:0", []*snmpagent.Agent{one, one}); err == nil {
		t.Error("two agents with one community are no error")
	}
	g, err := snmpagent.StartGroup("127.0.0.1:0", []*snmpagent.Agent{one, two})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = g.Close() }()
	c := client(t, g.Addr(), gosnmp.Version2c)
	for community, want := range map[string]string{"first": "2.1.1.5.0=one", "second": "2.1.1.5.0=two", "third": "timeout"} {
		c.Community, c.Timeout = community, 20*time.Second
		if want == "timeout" {
			c.Timeout = 200 * time.Millisecond
		}
		if got := told(c.Get([]string{"1.3.6.1.2.1.1.5.0"})); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", community, got, want)
		}
	}
}
