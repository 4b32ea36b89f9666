package snmpagent_test

import (
	"net"
	"net/netip"
	"slices"
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
	second := func(g *gosnmp.GoSNMP) (*gosnmp.SnmpPacket, error) {
		return g.Get([]string{"1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.2.2.1.10.1"})
	}
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
		{"delayed", snmpagent.Faults{Delay: time.Millisecond, Jitter: time.Millisecond}, get, "=4294967290"},
		{"late", snmpagent.Faults{Late: 300 * time.Millisecond}, get, "timeout"},
		{"slow table", snmpagent.Faults{Slow: table, SlowBy: 300 * time.Millisecond}, get, "timeout"},
		{"slow elsewhere", snmpagent.Faults{Slow: snmpagent.OID{1, 3, 6, 1, 4}, SlowBy: time.Minute}, get, "=4294967290"},
		{"status with the right index", snmpagent.Faults{Status: gosnmp.ResourceUnavailable, Under: table, RightIndex: true}, second, "ResourceUnavailable@2"},
		{"small datagrams", snmpagent.Faults{Datagram: 70}, bulk, "2.1.2.2.1.10.1=4294967290"},
		{"small datagrams, too big", snmpagent.Faults{Datagram: 50}, second, "TooBig@0"},
		{"one value fewer", snmpagent.Faults{Fewer: 1}, bulk, "2.1.2.2.1.10.1=4294967290 2.1.2.2.1.10.2=7"},
		{"no value", snmpagent.Faults{Fewer: 99}, bulk, ""},
		{"stuck", snmpagent.Faults{Stuck: table}, bulk, "2.1.2.2.1.10.1=4294967290 2.1.2.2.1.10.1=4294967290"},
		{"missing", snmpagent.Faults{Missing: table}, bulk, "2.1.2.2.1.10.1=NoSuchObject 2.1.2.2.1.10.2=NoSuchObject 2.1.2.2.1.11.1=1"},
		{"sparse", snmpagent.Faults{Sparse: table}, bulk, "2.1.2.2.1.10.2=7 2.1.2.2.1.11.1=1"},
		{"sparse get", snmpagent.Faults{Sparse: table}, get, "NoSuchInstance"},
		{"retyped", snmpagent.Faults{Retyped: snmpagent.OID{1, 3, 6, 1, 2, 1}}, second, "2.1.1.5.0=3 2.1.2.2.1.10.1=4294967290"},
		{"emptied", snmpagent.Faults{Emptied: snmpagent.OID{1, 3, 6, 1, 2, 1, 1}}, second, "2.1.1.5.0= 2.1.2.2.1.10.1"},
		{"stale", snmpagent.Faults{Stale: true}, get, "=4294967290"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := client(t, addr, gosnmp.Version2c)
			if tt.want == "timeout" || tt.want == "error:" {
				g.Timeout = 200 * time.Millisecond
			}
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
		arrived(t, a, before+1)
	})
}

// raw is a socket that sends one GET of sysName and reads what comes back, from wherever it comes.
type raw struct {
	t    *testing.T
	conn *net.UDPConn
	to   netip.AddrPort
}

func rawClient(t *testing.T, addr string) *raw {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &raw{t, conn, netip.MustParseAddrPort(addr)}
}

func (r *raw) ask(id uint32) {
	r.t.Helper()
	p := &gosnmp.SnmpPacket{
		Version: gosnmp.Version2c, Community: "public", PDUType: gosnmp.GetRequest, RequestID: id,
		Variables: []gosnmp.SnmpPDU{{Name: ".1.3.6.1.2.1.1.5.0", Type: gosnmp.Null}},
	}
	b, err := p.MarshalMsg()
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.conn.WriteToUDPAddrPort(b, r.to); err != nil {
		r.t.Fatal(err)
	}
}

// answers reads so many answers and tells their request ids, and where the last one came from.
func (r *raw) answers(n int) ([]uint32, netip.AddrPort) {
	r.t.Helper()
	var ids []uint32
	var from netip.AddrPort
	buf := make([]byte, 2000)
	codec := &gosnmp.GoSNMP{Version: gosnmp.Version2c}
	for range n {
		if err := r.conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			r.t.Fatal(err)
		}
		size, at, err := r.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			r.t.Fatalf("after %v: %v", ids, err)
		}
		p, err := codec.SnmpDecodePacket(buf[:size])
		if err != nil {
			r.t.Fatal(err)
		}
		ids, from = append(ids, p.RequestID), at
	}
	return ids, from
}

func TestOrderOfAnswers(t *testing.T) {
	tests := []struct {
		name   string
		faults snmpagent.Faults
		ask    []uint32
		want   []uint32
	}{
		{"twice", snmpagent.Faults{Twice: true}, []uint32{1, 2}, []uint32{1, 1, 2, 2}},
		{"stale", snmpagent.Faults{Stale: true}, []uint32{1, 2, 3}, []uint32{1, 1, 2, 2, 3}},
		{"swap", snmpagent.Faults{Swap: true}, []uint32{1, 2, 3, 4}, []uint32{2, 1, 4, 3}},
		{"another id", snmpagent.Faults{RequestID: 7}, []uint32{1, 2}, []uint32{8, 9}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, addr := start(t, load(t, small), snmpagent.Options{})
			a.SetFaults(tt.faults)
			r := rawClient(t, addr)
			for _, id := range tt.ask {
				r.ask(id)
			}
			if got, _ := r.answers(len(tt.want)); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestLateHoldsNothingUp: while one answer is on its way for a long time, others are not.
func TestLateHoldsNothingUp(t *testing.T) {
	a, addr := start(t, load(t, small), snmpagent.Options{})
	r := rawClient(t, addr)
	a.SetFaults(snmpagent.Faults{Late: time.Hour})
	r.ask(1)
	arrived(t, a, 1)
	a.SetFaults(snmpagent.Faults{})
	r.ask(2)
	if got, _ := r.answers(1); !slices.Equal(got, []uint32{2}) {
		t.Errorf("got %v", got)
	}
	a.SetFaults(snmpagent.Faults{Late: time.Millisecond})
	r.ask(3)
	if got, _ := r.answers(1); !slices.Equal(got, []uint32{3}) {
		t.Errorf("got %v, though it was only late", got)
	}
	// What is still on its way when the agent ends is not waited for.
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

// arrived waits until so many requests have reached the agent.
func arrived(t *testing.T, a *snmpagent.Agent, n int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); a.Requests() < n; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d requests arrived, want %d", a.Requests(), n)
		}
	}
}

func TestAnswersFromElsewhere(t *testing.T) {
	a, addr := start(t, load(t, small), snmpagent.Options{})
	r := rawClient(t, addr)
	r.ask(1)
	if _, from := r.answers(1); from.String() != addr {
		t.Errorf("from %s, want %s", from, addr)
	}
	a.SetFaults(snmpagent.Faults{OtherPort: true})
	r.ask(2)
	if _, from := r.answers(1); from.Addr().String() != "127.0.0.1" || from.String() == addr {
		t.Errorf("other port: from %s", from)
	}
	a.SetFaults(snmpagent.Faults{OtherAddr: netip.MustParseAddr("127.0.0.9")})
	r.ask(3)
	if _, from := r.answers(1); from.Addr().String() != "127.0.0.9" {
		t.Errorf("other address: from %s", from)
	}
}

// TestFlicker: rows that are there in one request are gone in the next.
func TestFlicker(t *testing.T) {
	a := snmpagent.New(load(t, small), snmpagent.Options{})
	a.SetFaults(snmpagent.Faults{Flicker: snmpagent.OID{1, 3, 6, 1, 2, 1, 2, 2, 1, 10}})
	request, err := (&gosnmp.SnmpPacket{
		Version: gosnmp.Version2c, Community: "public", PDUType: gosnmp.GetNextRequest, RequestID: 1,
		Variables: []gosnmp.SnmpPDU{{Name: ".1.3.6.1.2.1.2.2.1.10", Type: gosnmp.Null}},
	}).MarshalMsg()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for range 4 {
		p, err := (&gosnmp.GoSNMP{Version: gosnmp.Version2c}).SnmpDecodePacket(a.Answer(request))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, p.Variables[0].Name)
	}
	const one, two = ".1.3.6.1.2.1.2.2.1.10.1", ".1.3.6.1.2.1.2.2.1.10.2"
	if !slices.Equal(got, []string{one, two, one, two}) {
		t.Errorf("got %v", got)
	}
}

// TestDropIsSeeded: the same seed loses the same requests.
func TestDropIsSeeded(t *testing.T) {
	lost := func(seed uint64) (all []bool) {
		a := snmpagent.New(load(t, small), snmpagent.Options{Seed: seed})
		a.SetFaults(snmpagent.Faults{Drop: 0.5})
		request, err := (&gosnmp.SnmpPacket{Version: gosnmp.Version2c, Community: "public", PDUType: gosnmp.GetRequest, RequestID: 1}).MarshalMsg()
		if err != nil {
			t.Fatal(err)
		}
		for range 100 {
			all = append(all, a.Answer(request) == nil)
		}
		return all
	}
	if !slices.Equal(lost(1), lost(1)) || slices.Equal(lost(1), lost(2)) {
		t.Error("the seed does not decide what is lost")
	}
	if first := lost(1); !slices.Contains(first, true) || !slices.Contains(first, false) {
		t.Error("half of the requests should get no answer")
	}
}

// TestMalforms: each way gives another datagram than a good agent's, and gosnmp's decoder outlives it.
func TestMalforms(t *testing.T) {
	a := snmpagent.New(load(t, small), snmpagent.Options{Clock: fixedClock})
	request, err := (&gosnmp.SnmpPacket{
		Version: gosnmp.Version2c, Community: "public", PDUType: gosnmp.GetBulkRequest, RequestID: 1, MaxRepetitions: 9,
		Variables: []gosnmp.SnmpPDU{{Name: ".1.3.6.1.2.1.1", Type: gosnmp.Null}},
	}).MarshalMsg()
	if err != nil {
		t.Fatal(err)
	}
	good := a.Answer(request)
	seen := map[string]snmpagent.Malform{string(good): "none"}
	for _, m := range snmpagent.Malforms() {
		a.SetFaults(snmpagent.Faults{Malform: m})
		bad := a.Answer(request)
		if other, ok := seen[string(bad)]; ok || bad == nil {
			t.Errorf("%s is the same as %q", m, other)
		}
		seen[string(bad)] = m
		func() {
			defer func() {
				if r := recover(); r != nil {
					t.Logf("%s: gosnmp panics: %v", m, r)
				}
			}()
			p, err := (&gosnmp.GoSNMP{Version: gosnmp.Version2c}).SnmpDecodePacket(bad)
			if m != snmpagent.MalformLongForm && m != snmpagent.MalformTrailing && err == nil && len(p.Variables) == 9 && p.PDUType == gosnmp.GetResponse && m != snmpagent.MalformOIDOverflow && m != snmpagent.MalformOIDOpen {
				t.Errorf("%s decodes as if nothing were wrong", m)
			}
		}()
	}
}

func TestParseFaults(t *testing.T) {
	f, err := snmpagent.ParseFaults(snmpagent.Faults{}, "drop=0.25", "delay=20ms", "twice", "status=genErr", "under=1.3.6", "other-addr=127.0.0.2", "bulk=next", "malform=noise", "right-index")
	if err != nil {
		t.Fatal(err)
	}
	if f.Drop != 0.25 || f.Delay != 20*time.Millisecond || !f.Twice || f.Status != gosnmp.GenErr || f.Under.String() != "1.3.6" ||
		f.OtherAddr.String() != "127.0.0.2" || f.Bulk != snmpagent.BulkAsNext || f.Malform != snmpagent.MalformNoise || !f.RightIndex {
		t.Errorf("%+v", f)
	}
	if f, err = snmpagent.ParseFaults(f, "off", "silent", "silent=off", "fewer=2"); err != nil || f.Twice || f.Silent || f.Fewer != 2 {
		t.Errorf("%+v, %v", f, err)
	}
	for _, bad := range []string{"nonsense", "drop", "drop=2", "drop=NaN", "delay=5", "delay=-1s", "status=x", "bulk=x", "endless=x", "twice=x", "malform=x", "other-addr=x", "fewer=-1", "request-id=x"} {
		if _, err := snmpagent.ParseFaults(snmpagent.Faults{}, bad); err == nil || !strings.Contains(err.Error(), strings.SplitN(bad, "=", 2)[0]) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	for _, h := range snmpagent.FaultHelp() {
		if name, _, _ := strings.Cut(h[0], "="); name == "" || h[1] == "" {
			t.Errorf("a fault without help: %q", h)
		}
	}
}
