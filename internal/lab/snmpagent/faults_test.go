package snmpagent_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/quorate/quorate/internal/lab/snmpagent"
)

func TestFaults(t *testing.T) {
	a, addr := start(t, load(t, small), snmpagent.Options{})
	table, err := snmpagent.ParseOID("1.3.6.1.2.1.2.2.1.10")
	if err != nil {
		t.Fatal(err)
	}
	bulk := func(g *gosnmp.GoSNMP) (*gosnmp.SnmpPacket, error) {
		return g.GetBulk([]string{"1.3.6.1.2.1.2.2.1.9"}, 0, 3)
	}
	get := func(g *gosnmp.GoSNMP) (*gosnmp.SnmpPacket, error) { return g.Get([]string{"1.3.6.1.2.1.2.2.1.10.1"}) }
	const rows = "2.1.2.2.1.10.1=4294967290 2.1.2.2.1.10.2=7 2.1.2.2.1.11.1=1"
	tests := []struct {
		name   string
		faults snmpagent.Faults
		ask    func(*gosnmp.GoSNMP) (*gosnmp.SnmpPacket, error)
		want   string // a part of what comes back
	}{
		{"none", snmpagent.Faults{}, bulk, rows},
		{"silent", snmpagent.Faults{Silent: true}, get, "timeout"},
		{"drop all", snmpagent.Faults{Drop: 1}, get, "timeout"},
		{"status", snmpagent.Faults{Status: gosnmp.GenErr, Index: 1}, get, "GenErr@1"},
		{"status elsewhere", snmpagent.Faults{Status: gosnmp.GenErr, Under: snmpagent.OID{1, 3, 6, 1, 4}}, get, "=4294967290"},
		{"status in a walk", snmpagent.Faults{Status: gosnmp.AuthorizationError, Under: table}, bulk, "AuthorizationError@0"},
		{"too big", snmpagent.Faults{MaxSize: 60}, bulk, "TooBig@0"},
		{"few varbinds", snmpagent.Faults{MaxVarbinds: 1}, bulk, "2.1.2.2.1.10.1=4294967290"},
		{"bulk ignored", snmpagent.Faults{Bulk: snmpagent.BulkIgnored}, bulk, "timeout"},
		{"bulk as next", snmpagent.Faults{Bulk: snmpagent.BulkAsNext}, bulk, "2.1.2.2.1.10.1=4294967290"},
		{"bulk genErr", snmpagent.Faults{Bulk: snmpagent.BulkGenErr}, bulk, "GenErr@0"},
		{"repeat", snmpagent.Faults{Repeat: table}, bulk, "2.1.2.2.1.10.1=4294967290 2.1.2.2.1.10.1=4294967290 2.1.2.2.1.10.1=4294967290"},
		{"endless", snmpagent.Faults{Endless: table}, bulk, "2.1.2.2.1.10.1=4294967290 2.1.2.2.1.10.2=1 2.1.2.2.1.10.3=1"},
		{"hidden", snmpagent.Faults{Hidden: table}, get, "NoSuchObject"},
		{"other request id", snmpagent.Faults{RequestID: 1000}, get, "timeout"},
		{"other port", snmpagent.Faults{OtherPort: true}, get, "timeout"},
		{"twice", snmpagent.Faults{Twice: true}, get, "=4294967290"},
		{"truncated", snmpagent.Faults{Mutate: snmpagent.Truncate(20)}, get, "error:"},
		{"delayed", snmpagent.Faults{Delay: time.Millisecond}, get, "=4294967290"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := client(t, addr, gosnmp.Version2c)
			g.Timeout = 200 * time.Millisecond
			a.SetFaults(tt.faults)
			defer a.SetFaults(snmpagent.Faults{})
			if got := told(tt.ask(g)); !strings.Contains(got, tt.want) {
				t.Errorf("got %s, want it to contain %s", got, tt.want)
			}
		})
	}
	t.Run("wrong community", func(t *testing.T) {
		g := client(t, addr, gosnmp.Version2c)
		g.Community, g.Timeout = "private", 100*time.Millisecond
		before := a.Requests()
		if got := told(get(g)); !strings.Contains(got, "timeout") {
			t.Errorf("got %s, want silence", got)
		}
		if a.Requests() == before {
			t.Error("the request never arrived")
		}
	})
}
