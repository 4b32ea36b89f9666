package reach

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/quorate/quorate/sdk"
)

// permitted skips where this process may not send echoes of a family.
func permitted(t *testing.T, v6 bool) {
	t.Helper()
	s, _, err := openSocket(v6, netip.Addr{})
	if err == nil {
		_ = s.Close()
		return
	}
	skip(t, fmt.Sprintf("permission to send ICMP echoes (%v)", err))
}

func skip(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("QUORATE_CI") == "1" {
		t.Fatalf("needs %s", what)
	}
	t.Skipf("SKIPPED: needs %s", what)
}

// TestLoopback sends real echoes.
func TestLoopback(t *testing.T) {
	t.Parallel()
	permitted(t, false)
	permitted(t, true)
	s := newSource()
	configure(t, s, map[string]any{"methods": []string{"icmp"}, "target": targets("127.0.0.1", "127.3.4.5", "::1")})
	wantSaid(t, s, map[string]string{"127.0.0.1": "up (icmp: answers)", "127.3.4.5": "up (icmp: answers)", "::1": "up (icmp: answers)"})
	o := poll(t, s)["127.3.4.5"]
	if len(o.Readings) != 1 || o.Readings[0].Quantity != "response_time" || o.Readings[0].Value <= 0 || o.Readings[0].Unit != "s" {
		t.Errorf("readings %+v", o.Readings)
	}
	if len(o.Addresses) != 1 || o.Addresses[0] != "127.3.4.5" || o.Name != "127.3.4.5" || o.Follows != "" {
		t.Errorf("identity %+v", o.Identity)
	}
	// An address of this machine to send from, and one that is not.
	configure(t, s, map[string]any{"methods": []string{"icmp"}, "source_address": "127.9.9.9", "target": targets("127.0.0.1", "::1")})
	wantSaid(t, s, map[string]string{"127.0.0.1": "up (icmp: answers)", "::1": "up (icmp: answers)"})
	configure(t, s, map[string]any{"source_address": "192.0.2.77", "timeout": "200ms", "target": targets("127.0.0.1")})
	if err := s.Poll(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "cannot assign requested address") {
		t.Errorf("a source address that is not ours: %v", err)
	}
}

// TestFiveThousand looks at 5,000 devices through one socket, and at each of them once.
func TestFiveThousand(t *testing.T) {
	t.Parallel()
	permitted(t, false)
	const n = 5000
	s := newSource()
	var opened, written atomic.Int64
	s.open = func(v6 bool, source netip.Addr) (socket, bool, error) {
		if v6 {
			return nil, false, errNotPermitted
		}
		opened.Add(1)
		c, datagram, err := openSocket(v6, source)
		return countingSocket{c, &written}, datagram, err
	}
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("127.1.%d.%d", i/250, i%250+1))
	}
	configure(t, s, map[string]any{"methods": []string{"icmp"}, "rate": 2500, "timeout": "30s", "target": targets(all...)})
	got := poll(t, s)
	up := 0
	for _, o := range got {
		if reachOf(o) == "up (icmp: answers)" {
			up++
		}
	}
	if up != n || opened.Load() != 1 {
		t.Errorf("%d of %d devices up by %d sockets", up, n, opened.Load())
	}
	if w := written.Load(); w < n || w > n+n/2 { // a busy machine may have sent some again
		t.Errorf("%d packets", w)
	}
	if s.counts.taken < n-n/100 {
		t.Errorf("%+v", s.counts)
	}
}

type countingSocket struct {
	socket
	written *atomic.Int64
}

func (c countingSocket) WriteTo(b []byte, to net.Addr) (int, error) {
	c.written.Add(1)
	return c.socket.WriteTo(b, to)
}

// TestNothingOutside records where anything is sent while hostile sources report what they like: only to what is configured
// or reported, and never to what is no single host.
func TestNothingOutside(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	asked := map[netip.Addr]bool{}
	note := func(a netip.Addr) {
		mu.Lock()
		defer mu.Unlock()
		asked[a] = true
	}
	s := newSource()
	s.open = func(bool, netip.Addr) (socket, bool, error) {
		return newFakeSocket(func(r packet, _ int) []packet { note(r.peer); return []packet{lostAt4(r)} }), false, nil
	}
	s.connect = func(_ context.Context, to netip.AddrPort) error { note(to.Addr()); return os.ErrDeadlineExceeded }
	configure(t, s, map[string]any{"timeout": "50ms", "rate": 10000, "exclude": []string{"198.51.100.0/24", "secret"},
		"nat": map[string]string{"203.0.113.0/24": "233.252.0.0/24", "192.0.2.128/25": "127.5.6.128/25"}, "target": targets("127.7.7.7")})
	reported := []string{
		"192.0.2.0", "192.0.2.255", "192.0.2.10", "192.0.2.200", "198.51.100.7", "203.0.113.9", "224.0.0.251", "239.1.1.1", "255.255.255.255", "0.0.0.0", "0.1.2.3",
		"127.0.0.1", "169.254.0.1", "240.0.0.1", "2001:db8::1", "ff02::1", "ff05::2", "fe80::1", "::", "::1", "::ffff:224.0.0.1", "::ffff:192.0.2.11",
	}
	var devices []sdk.Followed
	for i, a := range reported {
		devices = append(devices, sdk.Followed{Device: fmt.Sprintf("d_%d", i), Addresses: []netip.Addr{netip.MustParseAddr(a)}})
	}
	devices = append(devices, sdk.Followed{Device: "d_secret", Name: "Secret", Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.99")}})
	if err := s.Follow(t.Context(), devices); err != nil {
		t.Fatal(err)
	}
	poll(t, s)
	want := map[string]bool{"127.7.7.7": true, "192.0.2.10": true, "127.5.6.200": true, "2001:db8::1": true, "192.0.2.11": true}
	for a := range asked {
		if !want[a.String()] {
			t.Errorf("something was sent to %s", a)
		}
		delete(want, a.String())
	}
	for a := range want {
		t.Errorf("nothing was sent to %s", a)
	}
}

// lostAt4 is what a router in between answers, over either family.
func lostAt4(r packet) packet {
	if !r.peer.Is4() {
		return packet{r.peer, nil}
	}
	return lostAt(router, r)
}

// TestConnectionsLeaveNothing: what was connected is reset, so that this machine keeps no state of it.
func TestConnectionsLeaveNothing(t *testing.T) {
	t.Parallel()
	door := openDoor(t, "127.0.72.1")
	s := newSource()
	configure(t, s, map[string]any{"methods": []string{"tcp"}, "target": targets(door.Address().String())})
	wantSaid(t, s, map[string]string{door.Address().String(): fmt.Sprintf("up (tcp %d: answers)", door.Address().Port())})
	table, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		skip(t, "/proc/net/tcp")
	}
	at := fmt.Sprintf("%02X%02X%02X%02X:%04X", 1, 72, 0, 127, door.Address().Port()) // as the kernel writes 127.0.72.1
	for line := range strings.Lines(string(table)) {
		if f := strings.Fields(line); len(f) > 3 && f[2] == at && f[3] == "06" {
			t.Errorf("a connection waits for its end: %s", line)
		}
	}
	for range 3 {
		for _, c := range []struct {
			change        func() error
			timeout, want string
		}{{door.Silence, "100ms", "down/0.5 (tcp %d: no answer)"}, {door.Refuse, "10s", "up (tcp %d: refused)"}} {
			configure(t, s, map[string]any{"methods": []string{"tcp"}, "timeout": c.timeout, "target": targets(door.Address().String())})
			if err := errors.Join(door.Answer(), c.change()); err != nil {
				t.Fatal(err)
			}
			wantSaid(t, s, map[string]string{door.Address().String(): fmt.Sprintf(c.want, door.Address().Port())})
		}
	}
}

const inNamespace = "REACH_TEST_NAMESPACE"

// TestNamespace has a network of its own: a router, which finds nobody in one network and drops what is for another, a
// host that is off, and the group's permission to send echoes.
func TestNamespace(t *testing.T) {
	if os.Getenv(inNamespace) == "" {
		t.Parallel()
		if err := exec.Command("unshare", "-n", "ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1").Run(); err != nil {
			skip(t, "root, unshare and ip (Debian packages util-linux, iproute2) to make a network namespace")
		}
		cmd := exec.Command("unshare", "-n", os.Args[0], "-test.run=^TestNamespace$", "-test.v")
		cmd.Env = append(os.Environ(), inNamespace+"=1")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "--- PASS: TestNamespace") {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	router := exec.Command("unshare", "-n", "sleep", "600")
	if err := router.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = router.Process.Kill(), router.Wait() }()
	run := func(line string, args ...any) {
		t.Helper()
		if out, err := exec.Command("sh", "-c", fmt.Sprintf(line, args...)).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", fmt.Sprintf(line, args...), err, out)
		}
	}
	pid := router.Process.Pid
	run("ip link set lo up")
	// The router's namespace is there when it is another than ours.
	run("for i in $(seq 1000); do [ $(readlink /proc/self/ns/net) != $(readlink /proc/%d/ns/net) ] && break; sleep 0.05; done", pid)
	run("ip link add v0 type veth peer name v1 netns %d && ip addr add 192.0.2.5/24 dev v0 && ip link set v0 up && ip addr add 203.0.113.5/24 dev v0 && ip neigh add 203.0.113.10 lladdr 02:00:5e:00:53:01 dev v0 && ip route add 198.51.100.0/24 via 192.0.2.1", pid)
	run("nsenter -t %d -n sh -c 'ip link set lo up; ip addr add 192.0.2.1/24 dev v1; ip link set v1 up; echo 1 >/proc/sys/net/ipv4/ip_forward; echo 0 >/proc/sys/net/ipv4/icmp_ratelimit; ip route add unreachable 198.51.100.0/25; ip route add blackhole 198.51.100.128/25'", pid)
	config := map[string]any{"timeout": "1s", "ports": []string{"22", "80"},
		"target": targets("192.0.2.1", "203.0.113.10", "198.51.100.10", "198.51.100.200", "127.0.0.1", "192.0.2.99")}
	s := newSource()
	configure(t, s, config)
	const silence = "down (icmp: no answer; tcp 22,80: no answer)"
	for range 2 {
		wantSaid(t, s, map[string]string{
			"192.0.2.1": "up (icmp: answers)", "127.0.0.1": "up (icmp: answers)", "203.0.113.10": silence, "198.51.100.200": silence, "192.0.2.99": silence,
			"198.51.100.10": "down (icmp: host unreachable; tcp 22,80: no answer)",
		})
	}
	configure(t, s, map[string]any{"timeout": "1s", "target": targets("203.0.113.255", "10.9.8.7", "127.0.0.1")})
	wantSaid(t, s, map[string]string{"203.0.113.255": "unknown", "10.9.8.7": "unknown", "127.0.0.1": "up (icmp: answers)"}) // broadcast, no route
	configure(t, s, map[string]any{"timeout": "1s", "target": targets("10.9.8.7", "10.9.8.8")})
	if err := s.Poll(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "network is unreachable") {
		t.Errorf("no route to anywhere: %v", err)
	}
	// Without the privilege of a raw socket, once the group is let.
	run("echo 0 2147483647 > /proc/sys/net/ipv4/ping_group_range")
	for _, v6 := range []bool{false, true} {
		c, datagram, err := openSocket(v6, netip.Addr{})
		if err != nil || !datagram {
			t.Errorf("IPv6 %v: no datagram socket although it is permitted: %v", v6, err)
			continue
		}
		_ = c.Close()
	}
	config["target"] = append(targets("::1"), config["target"].([]map[string]any)...)
	configure(t, s, config)
	wantSaid(t, s, map[string]string{
		"::1": "up (icmp: answers)", "192.0.2.1": "up (icmp: answers)", "127.0.0.1": "up (icmp: answers)", "203.0.113.10": silence, "198.51.100.200": silence,
		"192.0.2.99": silence, "198.51.100.10": silence, // such a socket does not hear of routers
	})
}
