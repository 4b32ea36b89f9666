package snmpdirect

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab/snmpagent"
)

// bridgeLines are a bridge of nine ports whose numbers are not those of the interfaces: port p is interface 100+p.
func bridgeLines() string {
	var b strings.Builder
	b.WriteString("1.3.6.1.2.1.1.1.0|4|bridge\n1.3.6.1.2.1.1.3.0|67|100000\n")
	for p := 1; p <= 9; p++ {
		fmt.Fprintf(&b, "1.3.6.1.2.1.2.2.1.2.%d|4|ethernet %d\n1.3.6.1.2.1.2.2.1.3.%d|2|6\n1.3.6.1.2.1.2.2.1.8.%d|2|1\n", 100+p, p, 100+p, 100+p)
		fmt.Fprintf(&b, "1.3.6.1.2.1.2.2.1.6.%d|4x|00005e0053%02x\n", 100+p, p)
		fmt.Fprintf(&b, "1.3.6.1.2.1.31.1.1.1.1.%d|4|e%d\n1.3.6.1.2.1.31.1.1.1.18.%d|4|desk %d\n", 100+p, p, 100+p, p)
		fmt.Fprintf(&b, "1.3.6.1.2.1.17.1.4.1.2.%d|2|%d\n", p, 100+p)
	}
	return b.String()
}

func TestVLANs(t *testing.T) {
	const static, current = "1.3.6.1.2.1.17.7.1.4.3.1.", "1.3.6.1.2.1.17.7.1.4.2.1."
	tests := []struct {
		name, lines string
		want        []device.VLAN
	}{
		{"as configured", static + "1.1|4|default\n" + static + "2.1|4x|C080\n" + static + "4.1|4x|8080\n" + static + "1.20|4|phones \n" + static + "2.20|4x|40\n" + static + "4.20|4x|00\n",
			[]device.VLAN{{ID: 1, Name: "default", Untagged: []string{"port:e1", "port:e9"}, Tagged: []string{"port:e2"}}, {ID: 20, Name: "phones", Tagged: []string{"port:e2"}}}},
		{"as it is now", static + "1.7|4|guests\n" + static + "2.7|4x|80\n" + static + "4.7|4x|80\n" + current + "4.0.7|4x|10\n" + current + "5.0.7|4x|00\n",
			[]device.VLAN{{ID: 7, Name: "guests", Tagged: []string{"port:e4"}}}},
		{"the newest of two times", current + "4.5.7|4x|80\n" + current + "4.900.7|4x|20\n", []device.VLAN{{ID: 7, Tagged: []string{"port:e3"}}}},
		{"nothing but a name", static + "1.4094|4|last\n" + static + "1.4095|4|none\n" + static + "1.0|4|none\n", []device.VLAN{{ID: 4094, Name: "last"}}},
		{"ports that are none", static + "2.9|4x|0000FFFF\n", []device.VLAN{{ID: 9}}},
		{"untagged and no member", static + "2.9|4x|40\n" + static + "4.9|4x|C0\n", []device.VLAN{{ID: 9, Untagged: []string{"port:e2"}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := newBench(t, handMade(t, bridgeLines()+tt.lines)).poll()
			if d := cmp.Diff(tt.want, o.VLANs); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
		})
	}
}

// TestManyVLANs: a switch that trunks every VLAN on all ports stays an observation that is taken.
func TestManyVLANs(t *testing.T) {
	var b strings.Builder
	b.WriteString(bridgeLines())
	for id := 1; id <= 4094; id++ {
		fmt.Fprintf(&b, "1.3.6.1.2.1.17.7.1.4.3.1.1.%d|4|vlan %d\n1.3.6.1.2.1.17.7.1.4.3.1.2.%d|4x|FF80\n", id, id, id)
	}
	o := newBench(t, handMade(t, b.String())).poll() // which validates it
	members := 0
	for _, v := range o.VLANs {
		members += len(v.Tagged)
	}
	if len(o.VLANs) != 4094 || len(o.VLANs[0].Tagged) != 9 || members > maxMembers+9 {
		t.Errorf("%d VLANs, %d ports", len(o.VLANs), members)
	}
}

// lldp writes a remote row: time mark, local port, number; then chassis and port as subtype and hexadecimal octets.
func lldp(index string, chassisType int, chassis string, portType int, port, name string) string {
	const remote = "1.0.8802.1.1.2.1.4.1.1."
	return fmt.Sprintf("%s4.%s|2|%d\n%s5.%s|4x|%s\n%s6.%s|2|%d\n%s7.%s|4x|%s\n%s9.%s|4|%s\n", remote, index, chassisType, remote, index, chassis, remote, index, portType,
		remote, index, port, remote, index, name)
}

func TestNeighbours(t *testing.T) {
	const manage = "1.0.8802.1.1.2.1.4.2.1.3."
	ap := lldp("0.3.1", 4, "00005E005390", 5, "65746830", "ap1") // eth0
	tests := []struct {
		name, lines string
		want        []device.Link
	}{
		{"by the bridge's port", ap, []device.Link{{Component: "port:e3", MAC: "00:00:5e:00:53:90", Name: "ap1", Kind: "lldp"}}},
		{"twice, at two times", ap + lldp("77123.3.4", 4, "00005e005390", 5, "65746830", ""), []device.Link{{Component: "port:e3", MAC: "00:00:5e:00:53:90", Name: "ap1", Kind: "lldp"}}},
		{"two behind one port", ap + lldp("0.3.2", 4, "00005e005391", 5, "65746830", "phone"), []device.Link{
			{Component: "port:e3", MAC: "00:00:5e:00:53:90", Name: "ap1", Kind: "lldp"}, {Component: "port:e3", MAC: "00:00:5e:00:53:91", Name: "phone", Kind: "lldp"}}},
		{"management addresses, IPv4 before IPv6", ap + manage + "0.3.1.2.16.32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.9|2|2\n" + manage + "0.3.1.1.4.0.0.0.0|2|2\n" + manage + "0.3.1.1.4.192.0.2.9|2|2\n",
			[]device.Link{{Component: "port:e3", MAC: "00:00:5e:00:53:90", Name: "ap1", Address: "192.0.2.9", Kind: "lldp"}}},
		{"a management address of IPv6 alone", ap + manage + "0.3.1.2.16.32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.9|2|2\n",
			[]device.Link{{Component: "port:e3", MAC: "00:00:5e:00:53:90", Name: "ap1", Address: "2001:db8::9", Kind: "lldp"}}},
		{"a management address without its length", ap + manage + "0.3.1.1.192.0.2.9|2|2\n",
			[]device.Link{{Component: "port:e3", MAC: "00:00:5e:00:53:90", Name: "ap1", Address: "192.0.2.9", Kind: "lldp"}}},
		{"a phone that gives an address for its chassis", lldp("0.2.1", 5, "01C0000207", 3, "00005e005392", ""),
			[]device.Link{{Component: "port:e2", MAC: "00:00:5e:00:53:92", Address: "192.0.2.7", Kind: "lldp"}}},
		{"nothing to know it by", lldp("0.2.1", 7, "6162", 7, "31", ""), nil},
		{"the port is named by LLDP", ap + "1.0.8802.1.1.2.1.3.7.1.2.3|2|5\n1.0.8802.1.1.2.1.3.7.1.3.3|4|e7\n", []device.Link{{Component: "port:e7", MAC: "00:00:5e:00:53:90", Name: "ap1", Kind: "lldp"}}},
		{"the port is named by its address", ap + "1.0.8802.1.1.2.1.3.7.1.2.3|2|3\n1.0.8802.1.1.2.1.3.7.1.3.3|4x|00005e005308\n", []device.Link{{Component: "port:e8", MAC: "00:00:5e:00:53:90", Name: "ap1", Kind: "lldp"}}},
		{"the port is named by its alias", ap + "1.0.8802.1.1.2.1.3.7.1.2.3|2|1\n1.0.8802.1.1.2.1.3.7.1.3.3|4|desk 6\n", []device.Link{{Component: "port:e6", MAC: "00:00:5e:00:53:90", Name: "ap1", Kind: "lldp"}}},
		{"the port is described", ap + "1.0.8802.1.1.2.1.3.7.1.2.3|2|7\n1.0.8802.1.1.2.1.3.7.1.3.3|4|x\n1.0.8802.1.1.2.1.3.7.1.4.3|4|ethernet 5\n",
			[]device.Link{{Component: "port:e5", MAC: "00:00:5e:00:53:90", Name: "ap1", Kind: "lldp"}}},
		{"the port is an interface's index", lldp("0.104.1", 4, "00005e005390", 5, "65746830", "ap1"), []device.Link{{Component: "port:e4", MAC: "00:00:5e:00:53:90", Name: "ap1", Kind: "lldp"}}},
		{"the port is unknown", lldp("0.999.1", 4, "00005e005390", 5, "65746830", "ap1"), []device.Link{{Component: "port:999", MAC: "00:00:5e:00:53:90", Name: "ap1", Kind: "lldp"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := newBench(t, handMade(t, bridgeLines()+tt.lines)).poll()
			if d := cmp.Diff(tt.want, o.Links); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
		})
	}
}

func TestForwarding(t *testing.T) {
	const plain, vlan = "1.3.6.1.2.1.17.4.3.1.", "1.3.6.1.2.1.17.7.1.2.2.1."
	row := func(table, mac string, port, status int) string {
		return fmt.Sprintf("%s2.%s|2|%d\n%s3.%s|2|%d\n", table, mac, port, table, mac, status)
	}
	tests := []struct {
		name, lines string
		want        []device.Link
	}{
		{"learnt", row(plain, "0.0.94.0.83.128", 2, 3), []device.Link{{Component: "port:e2", MAC: "00:00:5e:00:53:80", Kind: "fdb"}}},
		{"in a filtering database that is no VLAN", row(vlan, "70001.0.0.94.0.83.128", 2, 3), []device.Link{{Component: "port:e2", MAC: "00:00:5e:00:53:80", Kind: "fdb"}}},
		{"in both tables", row(plain, "0.0.94.0.83.128", 2, 3) + row(vlan, "1.0.0.94.0.83.128", 2, 3), []device.Link{{Component: "port:e2", MAC: "00:00:5e:00:53:80", Kind: "fdb"}}},
		{"without a status", plain + "2.0.0.94.0.83.128|2|2\n", []device.Link{{Component: "port:e2", MAC: "00:00:5e:00:53:80", Kind: "fdb"}}},
		{"its own", row(plain, "0.0.94.0.83.128", 2, 4), nil},
		{"on no port", row(plain, "0.0.94.0.83.128", 0, 3), nil},
		{"on a port that is no interface", row(plain, "0.0.94.0.83.128", 77, 3), nil},
		{"a group's address", row(plain, "1.0.94.0.83.128", 2, 3), nil},
		{"an address that a phone made up", row(plain, "2.0.94.0.83.128", 2, 3), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := newBench(t, handMade(t, bridgeLines()+tt.lines)).poll()
			if d := cmp.Diff(tt.want, o.Links); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
		})
	}
}

// TestUplinkIsBounded: behind an uplink is the rest of the network: the gateway and what is ours are told, and of the
// others as many as there is room for.
func TestUplinkIsBounded(t *testing.T) {
	known := map[string]learnt{}
	for i := range 2000 {
		known[fmt.Sprintf("00:00:5e:01:%02x:%02x", i>>8, i&0xff)] = learnt{port: "port:uplink"}
	}
	for i := range 20 {
		known[fmt.Sprintf("00:00:5e:00:53:%02x", i)] = learnt{port: fmt.Sprintf("port:%d", i)}
	}
	const gateway, ours = "00:00:5e:01:07:01", "00:00:5e:01:07:02"
	links := forwardingLinks(known, map[string]acquaintance{gateway: {address: "192.0.2.1"}, ours: {ours: true}})
	count := map[string]int{}
	for _, l := range links {
		count[l.Component]++
	}
	if count["port:uplink"] != maxBehind || count["port:7"] != 1 || len(links) != maxBehind+20 {
		t.Errorf("%d behind the uplink, %d in all", count["port:uplink"], len(links))
	}
	for _, want := range []device.Link{{Component: "port:uplink", MAC: gateway, Address: "192.0.2.1", Kind: "fdb"}, {Component: "port:uplink", MAC: ours, Kind: "fdb"}} {
		if !slices.Contains(links, want) {
			t.Errorf("%+v is not told", want)
		}
	}
	for i := range 100 {
		for j := range 10 {
			known[fmt.Sprintf("00:00:5e:02:%02x:%02x", i, j)] = learnt{port: fmt.Sprintf("port:x%d", i)}
		}
	}
	if n := len(forwardingLinks(known, nil)); n != maxLinks {
		t.Errorf("%d links in all, want %d", n, maxLinks)
	}
}

// TestFloodOfAddresses: a switch that is flooded with addresses is remembered up to a limit, and what is real is learnt again.
func TestFloodOfAddresses(t *testing.T) {
	const row = "1.3.6.1.2.1.17.4.3.1.2.0.0.94.0.83.128"
	b := newBench(t, handMade(t, bridgeLines()))
	b.poll()
	known := b.source.targets[0].learnt
	for i := range maxLearnt {
		known[fmt.Sprintf("00:00:5e:%02x:%02x:%02x", 1+i>>16, i>>8&0xff, i&0xff)] = learnt{"port:e1", b.clock.now()}
	}
	b.set(row, snmpagent.Int(2))
	for range 2 {
		b.clock.add(6 * time.Minute)
		b.poll()
	}
	if l := known["00:00:5e:00:53:80"]; l.port != "port:e2" || len(known) != 1 {
		t.Errorf("%+v, %d in all", l, len(known))
	}
}

// TestAddressesOfOthers: a switch knows the port of a MAC, the router its address: together they say where a device is
// that other monitors know by its address alone.
func TestAddressesOfOthers(t *testing.T) {
	b := newBench(t, handMade(t, bridgeLines()+"1.3.6.1.2.1.17.4.3.1.2.0.0.94.0.83.128|2|2\n1.3.6.1.2.1.17.4.3.1.2.2.0.94.0.83.129|2|2\n1.3.6.1.2.1.17.4.3.1.2.0.0.94.0.83.130|2|2\n"))
	router := handMade(t, `1.3.6.1.2.1.1.1.0|4|router
1.3.6.1.2.1.1.3.0|67|100000
1.3.6.1.2.1.2.2.1.2.1|4|lan
1.3.6.1.2.1.2.2.1.2.2|4|docker0
1.3.6.1.2.1.4.22.1.2.1.192.0.2.30|4x|00005e005380
1.3.6.1.2.1.4.22.1.2.1.192.0.2.31|4x|02005e005381
1.3.6.1.2.1.4.22.1.2.1.192.0.2.99|4x|000000000000
1.3.6.1.2.1.4.22.1.2.2.172.17.0.2|4x|00005e005382
1.3.6.1.2.1.4.35.1.4.1.1.4.192.0.2.30|4x|00005e005380
1.3.6.1.2.1.4.35.1.4.1.2.16.32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.48|4x|00005e005380
`)
	a := snmpagent.New(router, snmpagent.Options{Clock: b.clock.now})
	addr, err := a.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	config := fmt.Sprintf(`{"credential": [{"version": "v2c", "name": "c", "community": "public"}],
		"target": [{"name": "switch", "address": %q}, {"name": "router", "address": %q}]}`, b.agent.Addr(), addr)
	if err := b.source.Configure(t.Context(), []byte(config)); err != nil {
		t.Fatal(err)
	}
	poll(t, b.source)
	b.clock.add(time.Minute)
	want := []device.Link{
		{Component: "port:e2", MAC: "00:00:5e:00:53:80", Address: "192.0.2.30", Kind: "fdb"},
		{Component: "port:e2", MAC: "00:00:5e:00:53:82", Kind: "fdb"},
		{Component: "port:e2", MAC: "02:00:5e:00:53:81", Address: "192.0.2.31", Kind: "fdb"},
	}
	if d := cmp.Diff(want, poll(t, b.source)[0].Links); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

func TestNeighbourhood(t *testing.T) {
	at := newClock().now()
	n := newNeighbourhood([]string{"00:00:5e:00:53:01"})
	address := func(mac string) string {
		who, _ := n.acquaintances([]string{mac})
		return who[mac].address
	}
	const one, two, router = "00:00:5e:00:53:11", "00:00:5e:00:53:12", "00:00:5e:00:53:13"
	ip := func(last int) netip.Addr { return netip.MustParseAddr(fmt.Sprintf("192.0.2.%d", last)) }
	n.learn("gw", []string{"00:00:5e:00:53:02"}, map[netip.Addr]string{ip(10): one}, at)
	version := n.current()
	n.learn("gw", []string{"00:00:5e:00:53:02"}, map[netip.Addr]string{ip(10): one}, at.Add(time.Minute))
	if n.current() != version || address(one) != "192.0.2.10" {
		t.Errorf("version %d, was %d; %q", n.current(), version, address(one))
	}
	n.learn("gw", nil, map[netip.Addr]string{ip(10): two}, at.Add(2*time.Minute)) // another has it now
	if address(one) != "" || address(two) != "192.0.2.10" || n.current() == version {
		t.Errorf("one %q, two %q", address(one), address(two))
	}
	proxy := map[netip.Addr]string{}
	for i := range maxAddressesOf + 1 {
		proxy[ip(100+i)] = router
	}
	n.learn("gw", nil, proxy, at.Add(2*time.Minute))
	if address(router) != "" {
		t.Errorf("one that answers for many is told as %q", address(router))
	}
	n.learn("gw", nil, nil, at.Add(25*time.Hour))
	if address(two) != "" {
		t.Errorf("a day later it is still %q", address(two))
	}
	if who, _ := n.acquaintances([]string{"00:00:5e:00:53:01", two}); !who["00:00:5e:00:53:01"].ours || who[two].ours {
		t.Errorf("whose: %+v", who)
	}
}

func TestAddresses(t *testing.T) {
	o := newBench(t, handMade(t, bridgeLines()+`1.3.6.1.2.1.4.20.1.2.192.0.2.50|2|101
1.3.6.1.2.1.4.20.1.2.127.0.0.1|2|101
1.3.6.1.2.1.4.34.1.3.1.4.192.0.2.50|2|101
1.3.6.1.2.1.4.34.1.3.1.4.192.0.2.51|2|102
1.3.6.1.2.1.4.34.1.3.2.16.32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.5|2|101
1.3.6.1.2.1.4.34.1.3.2.16.254.128.0.0.0.0.0.0.0.0.0.0.0.0.0.5|2|101
1.3.6.1.2.1.4.34.1.3.4.20.254.128.0.0.0.0.0.0.0.0.0.0.0.0.0.5.0.0.0.2|2|101
`)).poll()
	if want := []string{"192.0.2.50", "192.0.2.51", "2001:db8::5"}; !slices.Equal(o.Addresses, want) {
		t.Errorf("got %v, want %v", o.Addresses, want)
	}
}

func TestPowerOverEthernet(t *testing.T) {
	const port, main = "1.3.6.1.2.1.105.1.1.1.6.1.", "1.3.6.1.2.1.105.1.3.1.1."
	b := newBench(t, handMade(t, bridgeLines()+port+"101|2|2\n"+port+"102|2|3\n"+port+"103|2|4\n"+main+"2.1|66|370\n"+main+"3.1|2|1\n"+main+"4.1|66|12\n"))
	o := b.poll()
	for component, want := range map[string]device.State{"port:e1 PoE": "", "port:e2 PoE": device.StateOK, "port:e3 PoE": device.StateCritical, "psu:PoE 1": device.StateOK} {
		if c := claim(o, component); c.State != want {
			t.Errorf("%s: %+v, want %q", component, c, want)
		}
	}
	if v, ok := reading(o, "psu:PoE 1", "poe_used"); !ok || v != 12 {
		t.Errorf("used %v %v", v, ok)
	}
	if v, ok := reading(o, "psu:PoE 1", "poe_available"); !ok || v != 370 {
		t.Errorf("available %v %v", v, ok)
	}
	// It is status: read with each poll. A fault ends in a word.
	b.clock.add(time.Second)
	b.set(port+"102", snmpagent.Int(6))
	b.set(port+"103", snmpagent.Int(2))
	b.set(main+"3.1", snmpagent.Int(3))
	o = b.poll()
	for component, want := range map[string]device.State{"port:e2 PoE": device.StateCritical, "port:e3 PoE": device.StateOK, "psu:PoE 1": device.StateCritical} {
		if c := claim(o, component); c.State != want {
			t.Errorf("%s: %+v, want %q", component, c, want)
		}
	}
}

// TestPoEPorts: in a stack the number is that of the port in its unit.
func TestPoEPorts(t *testing.T) {
	stack := []*iface{
		{index: "5", name: "1/0/5", component: "port:1/0/5", typ: 6}, {index: "57", name: "2/0/5", component: "port:2/0/5", typ: 6}, {index: "9", name: "vlan 2/5", component: "port:vlan 2/5", typ: 135},
	}
	for index, want := range map[string]string{"1.5": "port:1/0/5", "2.5": "port:2/0/5", "1.57": "port:2/0/5", "1.99": "port:1.99"} {
		if got := poePort(stack, index); got != want {
			t.Errorf("%s: %s, want %s", index, got, want)
		}
	}
}
