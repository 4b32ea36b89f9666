package snmpdirect

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gosnmp/gosnmp"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab/snmpagent"
)

const (
	linkDown = "1.3.6.1.6.3.1.1.5.3"
	engineA  = "0x8000000005aabbccdd01"
)

// trapConfig has targets a, b and c at addresses of loopback, and a relay at another one.
const trapConfig = `{"request_timeout": "300ms", "retries": 0, "credential": [
	{"version": "v1", "name": "old", "community": "quorate-v1"}, {"version": "v2c", "name": "lab", "community": "quorate-v2c"},
	{"version": "v3", "name": "signed", "user": "signer", "auth_protocol": "SHA-256", "auth_password": "signature-1"},
	{"version": "v3", "name": "secret", "user": "keeper", "auth_protocol": "SHA", "auth_password": "signature-2", "priv_protocol": "AES-128", "priv_password": "encryption-2"},
	{"version": "v3", "name": "open", "user": "anyone"}],
	"target": [{"name": "a", "address": "127.0.0.2"}, {"name": "b", "address": "127.0.0.3:1161"}, {"name": "c", "address": "192.0.2.3"}],
	"traps": [{"listen": "127.0.0.1:9162", "relays": ["127.0.0.9"]}]}`

// trapEar is an ear whose datagrams the test carries to it.
type trapEar struct {
	t    *testing.T
	src  *Source
	ear  *ear
	now  time.Time
	conn *net.UDPConn
}

func newTrapEar(t *testing.T) *trapEar {
	t.Helper()
	h := &trapEar{t: t, now: time.Now()}
	h.src = newSource(func() time.Time { return h.now })
	if err := h.src.Configure(t.Context(), []byte(trapConfig)); err != nil {
		t.Fatal(err)
	}
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	h.conn = conn
	h.fresh()
	return h
}

// fresh forgets everything that was heard.
func (h *trapEar) fresh() { h.ear = newEar(h.src.traps, newAgenda(), h.src.now) }

// due are the names of the targets that are to be polled.
func (h *trapEar) due() []string {
	names := []string{}
	for i := range h.ear.agenda.items {
		names = append(names, h.src.targets[i].name)
	}
	slices.Sort(names)
	return names
}

// send runs one of net-snmp's tools and carries what it sends to the ear, and back, until it has ended.
func (h *trapEar) send(args ...string) (refused []refusal, ended error) {
	h.t.Helper()
	path, err := exec.LookPath(args[0])
	if err != nil {
		const why = "SKIPPED: needs %s (Debian package snmp): traps are not checked with independent tools"
		if os.Getenv("QUORATE_CI") == "1" {
			h.t.Fatalf(why, args[0])
		}
		h.t.Skipf(why, args[0])
	}
	home := h.t.TempDir()
	cmd := exec.Command(path, args[1:]...)
	cmd.Env = append(os.Environ(), "HOME="+home, "SNMP_PERSISTENT_DIR="+home, "SNMPCONFPATH="+home)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	done := make(chan error, 1)
	go func() { done <- cmd.Run() }()
	buf := make([]byte, maxTrap)
	for over := false; ; {
		_ = h.conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		n, from, err := h.conn.ReadFromUDPAddrPort(buf)
		if err == nil {
			reply, why := h.ear.take(buf[:n], from.Addr().Unmap())
			if why != "" {
				refused = append(refused, why)
			}
			if reply != nil {
				_, _ = h.conn.WriteToUDPAddrPort(reply, from)
			}
			continue
		}
		if over {
			break
		}
		select {
		case ended = <-done:
			over = true // one more read: what it sent is there by now
		default:
		}
	}
	if ended != nil {
		h.t.Logf("%v: %s", args, out.String())
	}
	return refused, ended
}

// TestTrapsOfNetSNMP: the three versions, traps and informs, as net-snmp's tools send them.
func TestTrapsOfNetSNMP(t *testing.T) {
	t.Parallel()
	h := newTrapEar(t)
	at := h.conn.LocalAddr().String()
	from := func(a string) string { return "--clientaddr=" + a }
	v3 := func(tool, user string, more ...string) []string {
		args := []string{tool, "-v3", from("127.0.0.2"), "-u", user}
		if tool == "snmptrap" {
			args = append(args, "-e", engineA, "-Z", "3,1000")
		}
		return append(append(args, more...), "-t", "1", "-r", "0", "-m", "", at, "", linkDown)
	}
	tests := []struct {
		name    string
		args    []string
		want    []string
		refused []refusal
	}{
		{"v1 linkDown", []string{"snmptrap", "-v1", from("127.0.0.2"), "-c", "quorate-v1", "-m", "", at, "1.3.6.1.4.1.8072", "", "2", "0", "1"}, []string{"a"}, nil},
		{"v1 of an enterprise", []string{"snmptrap", "-v1", from("127.0.0.3"), "-c", "quorate-v1", "-m", "", at, "1.3.6.1.4.1.8072", "", "6", "17", "1"}, []string{"b"}, nil},
		{"v1 community in v2c", []string{"snmptrap", "-v2c", from("127.0.0.2"), "-c", "quorate-v1", "-m", "", at, "", linkDown}, nil, []refusal{refusedCredential}},
		{"v2c", []string{"snmptrap", "-v2c", from("127.0.0.2"), "-c", "quorate-v2c", "-m", "", at, "", linkDown, "1.3.6.1.2.1.2.2.1.1.7", "i", "7"}, []string{"a"}, nil},
		{"v2c, authentication failure at the device", []string{"snmptrap", "-v2c", from("127.0.0.2"), "-c", "quorate-v2c", "-m", "", at, "", trapWrongSecret}, nil, []refusal{refusedLocked}},
		{"v2c of a stranger", []string{"snmptrap", "-v2c", from("127.0.0.8"), "-c", "quorate-v2c", "-m", "", at, "", linkDown}, nil, []refusal{refusedSender}},
		{"v2c, another device named by a target", []string{"snmptrap", "-v2c", from("127.0.0.2"), "-c", "quorate-v2c", "-m", "", at, "", linkDown, snmpTrapAddress, "a", "192.0.2.3"}, []string{"a"}, nil},
		{"v2c, another device named by a relay", []string{"snmptrap", "-v2c", from("127.0.0.9"), "-c", "quorate-v2c", "-m", "", at, "", linkDown, snmpTrapAddress, "a", "192.0.2.3"}, []string{"c"}, nil},
		{"v1, another device named by a relay", []string{"snmptrap", "-v1", from("127.0.0.9"), "-c", "quorate-v1", "-m", "", at, "1.3.6.1.4.1.8072", "192.0.2.3", "2", "0", "1"}, []string{"c"}, nil},
		{"v2c, a stranger named by a relay", []string{"snmptrap", "-v2c", from("127.0.0.9"), "-c", "quorate-v2c", "-m", "", at, "", linkDown, snmpTrapAddress, "a", "192.0.2.99"}, nil, []refusal{refusedSender}},
		{"v2c inform", []string{"snmpinform", "-v2c", from("127.0.0.2"), "-c", "quorate-v2c", "-t", "1", "-r", "0", "-m", "", at, "", linkDown, "1.3.6.1.2.1.1.5.0", "s", "box"}, []string{"a"}, nil},
		{"v3 signed", v3("snmptrap", "signer", "-l", "authNoPriv", "-a", "SHA-256", "-A", "signature-1"), []string{"a"}, nil},
		{"v3 encrypted", v3("snmptrap", "keeper", "-l", "authPriv", "-a", "SHA", "-A", "signature-2", "-x", "AES", "-X", "encryption-2"), []string{"a"}, nil},
		{"v3 open", v3("snmptrap", "anyone", "-l", "noAuthNoPriv"), []string{"a"}, nil},
		{"v3, another password", v3("snmptrap", "signer", "-l", "authNoPriv", "-a", "SHA-256", "-A", "signature-9"), nil, []refusal{refusedCredential}},
		{"v3, less than its level", v3("snmptrap", "keeper", "-l", "authNoPriv", "-a", "SHA", "-A", "signature-2"), nil, []refusal{refusedCredential}},
		{"v3, nobody", v3("snmptrap", "nobody", "-l", "noAuthNoPriv"), nil, []refusal{refusedCredential}},
		{"v3 inform, signed", v3("snmpinform", "signer", "-l", "authNoPriv", "-a", "SHA-256", "-A", "signature-1"), []string{"a"}, nil},
		{"v3 inform, encrypted", v3("snmpinform", "keeper", "-l", "authPriv", "-a", "SHA", "-A", "signature-2", "-x", "AES", "-X", "encryption-2"), []string{"a"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h.t = t
			h.fresh()
			refused, err := h.send(tt.args...)
			if d := cmp.Diff(append([]string{}, tt.want...), h.due()); d != "" {
				t.Errorf("due: -want +got\n%s", d)
			}
			if d := cmp.Diff(tt.refused, refused); d != "" {
				t.Errorf("refused: -want +got\n%s", d)
			}
			if err != nil {
				t.Errorf("the tool ends with %v: an inform was not confirmed", err)
			}
		})
	}
}

// datagram makes one of a v2c trap.
func datagram(t *testing.T, kind gosnmp.PDUType, id uint32) []byte {
	t.Helper()
	b, err := (&gosnmp.SnmpPacket{
		Version: gosnmp.Version2c, Community: "quorate-v2c", PDUType: kind, RequestID: id,
		Variables: []gosnmp.SnmpPDU{
			{Name: ".1.3.6.1.2.1.1.3.0", Type: gosnmp.TimeTicks, Value: uint32(1)},
			{Name: snmpTrapOID, Type: gosnmp.ObjectIdentifier, Value: "." + linkDown},
		},
	}).MarshalMsg()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTrapsAreBounded(t *testing.T) {
	t.Parallel()
	h := newTrapEar(t)
	a, b, stranger := netip.MustParseAddr("127.0.0.2"), netip.MustParseAddr("127.0.0.3"), netip.MustParseAddr("127.0.0.77")
	take := func(d []byte, from netip.Addr) refusal {
		_, why := h.ear.take(d, from)
		return why
	}
	if why := take(datagram(t, gosnmp.SNMPv2Trap, 1), a); why != "" {
		t.Errorf("a trap: %q", why)
	}
	if why := take(datagram(t, gosnmp.SNMPv2Trap, 1), a); why != refusedReplay {
		t.Errorf("the same again: %q", why)
	}
	if why := take(datagram(t, gosnmp.GetRequest, 2), a); why != refusedMalformed {
		t.Errorf("a question: %q", why)
	}
	counts := map[refusal]int{}
	for i := range 200 {
		counts[take(datagram(t, gosnmp.SNMPv2Trap, uint32(100+i)), a)]++
	}
	if counts[""] == 0 || counts[""] > perSender || counts[refusedRate] != 200-counts[""] {
		t.Errorf("200 traps at once: %v", counts)
	}
	if why := take(datagram(t, gosnmp.SNMPv2Trap, 1), b); why != "" {
		t.Errorf("another sender pays for it: %q", why)
	}
	for range 2 * inAll {
		counts[take([]byte("x"), stranger)]++
	}
	if counts[refusedSender] == 0 || counts[refusedRate] < inAll || len(h.ear.senders) > 3 {
		t.Errorf("strangers: %v, %d senders remembered", counts, len(h.ear.senders))
	}
	h.now = h.now.Add(2 * time.Second)
	if why := take(datagram(t, gosnmp.SNMPv2Trap, 9000), a); why != "" {
		t.Errorf("a trap after the storm: %q", why)
	}
	if d := cmp.Diff([]string{"a", "b"}, h.due()); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

// TestBrokenTraps: whatever arrives is read without harm, and is no reason to ask unless it carries the community.
func TestBrokenTraps(t *testing.T) {
	t.Parallel()
	h := newTrapEar(t)
	seeds := [][]byte{
		datagram(t, gosnmp.SNMPv2Trap, 1), datagram(t, gosnmp.InformRequest, 1),
		[]byte("\x30\x3b\x02\x01\x03\x30\x0e\x02\x01\x01\x02\x03\x00\xff\xe3\x04\x01\x04\x02\x01\x03\x04\x10\x30\x0e\x04\x00\x02\x01\x00\x02\x01\x00\x04\x00\x04\x00\x04\x00\x30\x14\x04\x00\x04\x00\xa0\x0e\x02\x02\x1a\x2b\x02\x01\x00\x02\x01\x00\x30\x02\x30\x00"),
	}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 20_000 {
		b := bytes.Clone(seeds[i%len(seeds)])
		for range 1 + r.IntN(3) {
			b[r.IntN(len(b))] = byte(r.Uint32())
		}
		b = b[:len(b)-r.IntN(2)*r.IntN(len(b))]
		got, why := h.ear.reader.read(b)
		if why == "" && !got.ask && !bytes.Contains(b, []byte("quorate-v")) {
			t.Fatalf("%x is taken for a trap: %+v", b, got)
		}
	}
}

// TestRepeatedInformIsAnswered: whoever did not get the answer asks again, and causes no further poll.
func TestRepeatedInformIsAnswered(t *testing.T) {
	t.Parallel()
	h := newTrapEar(t)
	inform := datagram(t, gosnmp.InformRequest, 5)
	first, why := h.ear.take(inform, netip.MustParseAddr("127.0.0.2"))
	second, again := h.ear.take(inform, netip.MustParseAddr("127.0.0.2"))
	if why != "" || again != refusedReplay || first == nil || !bytes.Equal(first, second) {
		t.Errorf("%q %q, answers %x and %x", why, again, first, second)
	}
}

// TestOldEngineTime: a signed trap of yesterday is no news.
func TestOldEngineTime(t *testing.T) {
	t.Parallel()
	e := newTrapEar(t).ear
	for _, c := range []struct {
		boots, time uint32
		outdated    bool
	}{{3, 1000, false}, {3, 900, false}, {3, 2000, false}, {3, 1000, true}, {2, 9000, true}, {4, 0, false}, {3, 5000, true}} {
		if got := e.outdated(&trap{engine: engine{id: "engine", boots: c.boots, time: c.time}}); got != c.outdated {
			t.Errorf("boots %d, time %d: %v", c.boots, c.time, got)
		}
	}
}

func TestAgenda(t *testing.T) {
	t.Parallel()
	a, start := newAgenda(), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	looks := func(from, to time.Duration) (all []time.Duration) {
		for d := from; d < to; d += 100 * time.Millisecond {
			if _, ok, _ := a.due(start.Add(d)); ok {
				all = append(all, d)
			}
		}
		return all
	}
	for d := range 10 {
		a.hasten(0, start.Add(time.Duration(d)*50*time.Millisecond))
	}
	if got := looks(0, 30*time.Second); !slices.Equal(got, []time.Duration{coalesce, coalesce + secondLook}) {
		t.Errorf("ten traps at once bring looks at %v", got)
	}
	// A storm: never more often than leastGap.
	n := 0
	for d := 60 * time.Second; d < 120*time.Second; d += 100 * time.Millisecond {
		a.hasten(0, start.Add(d))
		if _, ok, _ := a.due(start.Add(d)); ok {
			n++
		}
	}
	if n == 0 || n > int(60*time.Second/leastGap)+1 {
		t.Errorf("a minute of traps brings %d looks", n)
	}
	_ = looks(120*time.Second, 200*time.Second)
	if len(a.items) != 0 {
		t.Errorf("%d targets are remembered for nothing", len(a.items))
	}
}

func TestBook(t *testing.T) {
	t.Parallel()
	b := newBook([]*target{{host: "192.0.2.1"}, {host: "nas.example.net"}})
	find := func(a string) []int { return b.find(netip.MustParseAddr(a)) }
	b.note(0, &device.Observation{Identity: device.Identity{Addresses: []string{"192.0.2.1", "198.51.100.1"}}})
	b.note(1, &device.Observation{Identity: device.Identity{Addresses: []string{"192.0.2.2", "192.0.2.1", "2001:db8::2"}}})
	for a, want := range map[string][]int{
		"192.0.2.1":        {0}, // whose it is by the configuration, whatever another device says
		"::ffff:192.0.2.1": {0}, "198.51.100.1": {0}, "192.0.2.2": {1}, "2001:db8::2": {1}, "192.0.2.99": nil,
	} {
		if got := find(a); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", a, got, want)
		}
	}
	b.note(1, &device.Observation{Identity: device.Identity{Addresses: []string{"192.0.2.20"}}})
	if got := find("192.0.2.2"); len(got) != 0 || !slices.Equal(find("192.0.2.20"), []int{1}) {
		t.Errorf("an address that a device has no more still is its: %v", got)
	}
}

func TestTrapsConfig(t *testing.T) {
	t.Parallel()
	for traps, want := range map[string]string{
		`{"listen": "9162"}`: `"listen"`, `{"listen": "127.0.0.1:9162", "relays": ["x"]}`: `"relays"`,
		`{"listen": "127.0.0.1:9162", "credentials": ["x"]}`: `"credentials"`,
	} {
		var c map[string]any
		if err := json.Unmarshal([]byte(trapConfig), &c); err != nil {
			t.Fatal(err)
		}
		c["traps"] = []any{json.RawMessage(traps)}
		b, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		if err := newSource(time.Now).Configure(t.Context(), b); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", traps, err)
		}
	}
}

// TestWatch: a trap makes the device's new state known though nobody polls, and what the trap says is not believed.
func TestWatch(t *testing.T) {
	t.Parallel()
	agent := snmpagent.New(smallSwitch(), snmpagent.Options{Addr: "127.0.0.2:0"})
	addr, err := agent.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = agent.Close() })
	probe, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	listen := probe.LocalAddr().String()
	_ = probe.Close()
	s := newSource(time.Now)
	if err := s.Configure(t.Context(), fmt.Appendf(nil, `{"credential": [{"version": "v2c", "name": "lab", "community": "public"}],
		"target": [{"name": "switch", "address": %q}], "traps": [{"listen": %q}]}`, addr, listen)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	heard, ended := make(chan device.Observation, 10), make(chan error, 1)
	go func() {
		ended <- s.Watch(ctx, func(o device.Observation) error {
			heard <- o
			return nil
		})
	}()
	out, err := net.DialUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 2)}, net.UDPAddrFromAddrPort(netip.MustParseAddrPort(listen)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = out.Close() }()
	trap := datagram(t, gosnmp.SNMPv2Trap, 1)
	trap = bytes.Replace(trap, []byte("\x04\x0bquorate-v2c"), []byte("\x04\x06public"), 1)
	trap[1] -= 5
	var o device.Observation
	for deadline := time.Now().Add(time.Minute); o.Ref == ""; {
		if time.Now().After(deadline) {
			t.Fatal("the trap brings no observation")
		}
		_, _ = out.Write(trap) // refused until somebody listens
		select {
		case o = <-heard:
		case <-time.After(200 * time.Millisecond):
		}
	}
	if got := facets(o); o.Ref != "switch" || !strings.HasPrefix(got, "reach=up mgmt=up") {
		t.Errorf("%s: %s", o.Ref, got)
	}
	cancel()
	if err := <-ended; ctx.Err() == nil || (err != nil && !errors.Is(err, context.Canceled)) {
		t.Errorf("Watch ends with %v", err)
	}
}
