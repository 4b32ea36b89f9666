package snmpagent_test

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/quorate/quorate/internal/lab/snmpagent"
)

const small = `1.3.6.1.2.1.1.1.0|4|a box
1.3.6.1.2.1.1.3.0|67|4294967200
1.3.6.1.2.1.1.5.0|4|box
1.3.6.1.2.1.2.2.1.10.1|65|4294967290
1.3.6.1.2.1.2.2.1.10.2|65|7
1.3.6.1.2.1.2.2.1.11.1|65|1
1.3.6.1.2.1.2.2.1.11.2|65|2
1.3.6.1.2.1.31.1.1.1.6.1|70|18446744073709551610
1.3.6.1.2.1.31.1.1.1.18.1|4|uplink
1.3.6.1.6.3.10.2.1.2.0|2|3
`

func load(t testing.TB, text string) *snmpagent.Recording {
	t.Helper()
	rec, err := snmpagent.Load(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// start runs an agent until the test ends.
func start(t testing.TB, rec *snmpagent.Recording, o snmpagent.Options) (*snmpagent.Agent, string) {
	t.Helper()
	a := snmpagent.New(rec, o)
	addr, err := a.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a, addr
}

func client(t testing.TB, addr string, version gosnmp.SnmpVersion) *gosnmp.GoSNMP {
	t.Helper()
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	g := &gosnmp.GoSNMP{
		Target: at.Addr().String(), Port: at.Port(), Community: "public", Version: version, Timeout: 20 * time.Second, MaxOids: gosnmp.MaxOids,
	}
	if err := g.Connect(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close() })
	return g
}

// told writes a reply in one line: status, then name=value.
func told(p *gosnmp.SnmpPacket, err error) string {
	if err != nil {
		return "error: " + err.Error()
	}
	var b strings.Builder
	if p.Error != gosnmp.NoError {
		fmt.Fprintf(&b, "%s@%d", p.Error, p.ErrorIndex)
	}
	for _, v := range p.Variables {
		text := fmt.Sprint(v.Value)
		if s, ok := v.Value.([]byte); ok {
			text = string(s)
		}
		switch v.Type {
		case gosnmp.NoSuchObject, gosnmp.NoSuchInstance, gosnmp.EndOfMibView:
			text = v.Type.String()
		}
		fmt.Fprintf(&b, " %s=%s", strings.TrimPrefix(v.Name, ".1.3.6.1."), text)
	}
	return strings.TrimSpace(b.String())
}

func TestRequests(t *testing.T) {
	fixed := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	_, addr := start(t, load(t, small), snmpagent.Options{Clock: func() time.Time { return fixed }})
	v1, v2 := client(t, addr, gosnmp.Version1), client(t, addr, gosnmp.Version2c)
	tests := []struct {
		name string
		ask  func() (*gosnmp.SnmpPacket, error)
		want string
	}{
		{"get", func() (*gosnmp.SnmpPacket, error) {
			return v2.Get([]string{".1.3.6.1.2.1.1.5.0", ".1.3.6.1.2.1.1.6.0", ".1.3.6.1.2.1.31.1.1.1.6.1"})
		}, "2.1.1.5.0=box 2.1.1.6.0=NoSuchInstance 2.1.31.1.1.1.6.1=18446744073709551610"},
		{"get v1 missing", func() (*gosnmp.SnmpPacket, error) {
			return v1.Get([]string{".1.3.6.1.2.1.1.5.0", ".1.3.6.1.2.1.1.6.0"})
		}, "NoSuchName@2 2.1.1.5.0=<nil> 2.1.1.6.0=<nil>"},
		{"get v1 Counter64", func() (*gosnmp.SnmpPacket, error) {
			return v1.Get([]string{".1.3.6.1.2.1.31.1.1.1.6.1"})
		}, "NoSuchName@1 2.1.31.1.1.1.6.1=<nil>"},
		{"next", func() (*gosnmp.SnmpPacket, error) {
			return v2.GetNext([]string{".1.3.6.1.2.1.1", ".1.3.6.1.6.3.10.2.1.2.0"})
		}, "2.1.1.1.0=a box 6.3.10.2.1.2.0=EndOfMibView"},
		{"next v1 passes over Counter64", func() (*gosnmp.SnmpPacket, error) {
			return v1.GetNext([]string{".1.3.6.1.2.1.2.2.1.11.2"})
		}, "2.1.31.1.1.1.18.1=uplink"},
		{"next v1 at the end", func() (*gosnmp.SnmpPacket, error) {
			return v1.GetNext([]string{".1.3.6.1.6.3.10.2.1.2.0"})
		}, "NoSuchName@1 6.3.10.2.1.2.0=<nil>"},
		{"bulk row by row", func() (*gosnmp.SnmpPacket, error) {
			return v2.GetBulk([]string{".1.3.6.1.2.1.1.5", ".1.3.6.1.2.1.2.2.1.10", ".1.3.6.1.2.1.2.2.1.11"}, 1, 2)
		}, "2.1.1.5.0=box 2.1.2.2.1.10.1=4294967290 2.1.2.2.1.11.1=1 2.1.2.2.1.10.2=7 2.1.2.2.1.11.2=2"},
		{"bulk at the end", func() (*gosnmp.SnmpPacket, error) {
			return v2.GetBulk([]string{".1.3.6.1.6.3"}, 0, 5)
		}, "6.3.10.2.1.2.0=3 6.3.10.2.1.2.0=EndOfMibView"},
		{"set", func() (*gosnmp.SnmpPacket, error) {
			return v2.Set([]gosnmp.SnmpPDU{{Name: ".1.3.6.1.2.1.1.5.0", Type: gosnmp.OctetString, Value: "x"}})
		}, "NotWritable@1 2.1.1.5.0=<nil>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := told(tt.ask()); got != tt.want {
				t.Errorf("\ngot  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestWalkGivesTheRecordingBack walks generated and loaded recordings through the wire and compares all of it.
func TestWalkGivesTheRecordingBack(t *testing.T) {
	fixed := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	recs := map[string]*snmpagent.Recording{
		"small":  load(t, small),
		"switch": snmpagent.SwitchRecording(switchParams()),
		"nas":    snmpagent.NASRecording(snmpagent.NASParams{}),
		"wd":     snmpagent.WDRecording(snmpagent.WDParams{}),
		"host":   snmpagent.HostRecording(snmpagent.HostParams{Serial: "EXAMPLE-1"}),
	}
	for name, rec := range recs {
		t.Run(name, func(t *testing.T) {
			_, addr := start(t, rec, snmpagent.Options{Clock: func() time.Time { return fixed }})
			g := client(t, addr, gosnmp.Version2c)
			back := snmpagent.NewRecording()
			last := "1.0"
			for {
				p, err := g.GetBulk([]string{last}, 0, 25)
				if err != nil || p.Error != gosnmp.NoError {
					t.Fatal(told(p, err))
				}
				ended := false
				for _, v := range p.Variables {
					if v.Type == gosnmp.EndOfMibView {
						ended = true
						break
					}
					last = v.Name
					if err := back.Add(v.Name, value(t, v)); err != nil {
						t.Fatal(err)
					}
				}
				if ended {
					break
				}
			}
			if got, want := dump(t, back), dump(t, rec); got != want {
				t.Errorf("%d objects came back of %d", back.Len(), rec.Len())
				diff(t, got, want)
			}
		})
	}
}

func dump(t *testing.T, rec *snmpagent.Recording) string {
	t.Helper()
	var b strings.Builder
	if _, err := rec.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func diff(t *testing.T, got, want string) {
	t.Helper()
	have := map[string]bool{}
	for line := range strings.Lines(got) {
		have[line] = true
	}
	shown := 0
	for line := range strings.Lines(want) {
		if !have[line] && shown < 10 {
			shown++
			t.Logf("missing: %s", line)
		}
	}
}

func value(t *testing.T, v gosnmp.SnmpPDU) snmpagent.Value {
	t.Helper()
	switch x := v.Value.(type) {
	case int:
		return snmpagent.Int(int64(x))
	case uint:
		if v.Type == gosnmp.Gauge32 {
			return snmpagent.Gauge32(uint32(x))
		}
		return snmpagent.Counter32(uint64(x))
	case uint32:
		return snmpagent.Ticks(uint64(x))
	case uint64:
		return snmpagent.Counter64(x)
	case float32:
		return snmpagent.Float(x)
	case []byte:
		return snmpagent.Octets(x)
	case string:
		if v.Type == gosnmp.IPAddress {
			return snmpagent.IP(netip.MustParseAddr(x))
		}
		o, err := snmpagent.ParseOID(x)
		if err != nil {
			t.Fatal(err)
		}
		return snmpagent.Object(o)
	}
	t.Fatalf("%s: unexpected %T", v.Name, v.Value)
	return snmpagent.Value{}
}

func switchParams() snmpagent.SwitchParams {
	return snmpagent.SwitchParams{
		Name: "switch", Up: []int{1, 2, 3}, Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.2/24")},
		Neighbours: []snmpagent.Neighbour{{
			Port: 5, Name: "ap1", MAC: net.HardwareAddr{0, 0, 0x5e, 0, 0x53, 0xe1}, Address: netip.MustParseAddr("192.0.2.20"),
		}},
		Hosts: []snmpagent.Host{{Port: 7, MAC: net.HardwareAddr{0, 0, 0x5e, 0, 0x53, 0xe2}}},
	}
}

func TestValuesMove(t *testing.T) {
	var micro atomic.Int64 // the agent reads it in its own goroutine
	micro.Store(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro())
	clock := func() time.Time { return time.UnixMicro(micro.Load()) }
	wait := func(d time.Duration) { micro.Add(d.Microseconds()) }
	a, addr := start(t, load(t, small), snmpagent.Options{Clock: clock})
	g := client(t, addr, gosnmp.Version2c)
	get := func(oid string) string {
		t.Helper()
		_, v, _ := strings.Cut(told(g.Get([]string{oid})), "=")
		return v
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	const uptime, octets, hc, boots = "1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.2.2.1.10.1", "1.3.6.1.2.1.31.1.1.1.6.1", "1.3.6.1.6.3.10.2.1.2.0"
	check := func(oid, want string) {
		t.Helper()
		if got := get(oid); got != want {
			t.Errorf("%s = %s, want %s", oid, got, want)
		}
	}
	must(a.SetRate(octets, 2))
	must(a.SetRate(hc, 3))
	wait(5 * time.Second)
	check(uptime, strconv.Itoa(4294967200+500-1<<32)) // TimeTicks wrap
	check(octets, "4")                                // Counter32 wraps too
	check(hc, "9")

	must(a.Set("1.3.6.1.2.1.1.5.0", snmpagent.Text("renamed")))
	check("1.3.6.1.2.1.1.5.0", "renamed")
	must(a.Set("1.3.6.1.2.1.1.6.0", snmpagent.Text("new")))
	check("1.3.6.1.2.1.1.6.0", "new")
	must(a.Restore("1.3.6.1.2.1.1.5.0"))
	must(a.Restore("1.3.6.1.2.1.1.6.0"))
	check("1.3.6.1.2.1.1.5.0", "box")
	check("1.3.6.1.2.1.1.6.0", "NoSuchInstance")
	must(a.Remove("1.3.6.1.2.1.31"))
	check(hc, "NoSuchInstance")
	must(a.Restore(hc))
	check(hc, "18446744073709551610")

	a.Reboot()
	check(uptime, "0")
	check(boots, "4")
	wait(time.Second)
	check(uptime, "100")
	check(octets, "2")
}

func TestClosedPortRefuses(t *testing.T) {
	a, addr := start(t, load(t, small), snmpagent.Options{})
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := client(t, addr, gosnmp.Version2c).Get([]string{".1.3.6.1.2.1.1.5.0"}); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("got %v, want a refusal", err)
	}
	again, err := a.Start()
	if err != nil || again != addr {
		t.Errorf("start again: %q, %v, want %q", again, err, addr)
	}
}
