package librenms

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

// TestMovedDevice is that a device which has another address is no longer known by what its interfaces had before, and
// that addresses and neighbours are asked for again.
func TestMovedDevice(t *testing.T) {
	f := newFake(t)
	move := at(f, time.Date(2026, 8, 20, 12, 0, 0, 0, time.UTC))
	ip, calls := "192.0.2.10", map[string]int{}
	f.zone = time.UTC
	f.answer = func(w http.ResponseWriter, r *http.Request) {
		path := strings.TrimPrefix(r.URL.Path, "/api/v0")
		calls[path]++
		switch path {
		case "/devices":
			send(w, map[string]any{"devices": []any{f.row(1, map[string]any{"ip": ip}), f.row(2, map[string]any{"ip": "192.0.2.20"})}})
		case "/ports":
			send(w, map[string]any{"ports": []any{map[string]any{"port_id": 11, "device_id": 1, "ifIndex": 1, "ifName": "eth0", "ifPhysAddress": "00005e005301"}}})
		case "/resources/ip/addresses":
			send(w, map[string]any{"ip_addresses": []any{
				map[string]any{"port_id": 11, "ipv4_address": "192.0.2.10"}, map[string]any{"port_id": 11, "ipv4_address": "198.51.100.10"},
				map[string]any{"port_id": 11, "ipv4_address": "192.0.2.20"},
			}})
		case "/resources/ip/arp/all":
			send(w, map[string]any{"arp": []any{map[string]any{"mac_address": "00005e005302", "ipv4_address": "192.0.2.10"}}})
		default:
			send(w, map[string]any{"sensors": []any{}, "alerts": []any{}, "logs": []any{}, "links": []any{}, "ports_fdb": []any{}})
		}
	}
	s := open(t, f, `,"timezone":"UTC"`)
	who := func() [2][]string {
		t.Helper()
		got, err := everything(t, s)
		if err != nil {
			t.Fatal(err)
		}
		return [2][]string{got["1"].Addresses, got["1"].MACs}
	}
	first := [2][]string{{"192.0.2.10", "198.51.100.10"}, {"00:00:5e:00:53:01", "00:00:5e:00:53:02"}}
	for range 3 {
		if diff := cmp.Diff(first, who()); diff != "" {
			t.Fatal(diff)
		}
		move(time.Minute)
	}
	if calls["/resources/ip/addresses"] != 1 || calls["/resources/ip/arp/all"] != 1 {
		t.Errorf("asked more than once within minutes: %v", calls)
	}
	ip = "203.0.113.10"
	if diff := cmp.Diff([2][]string{{"203.0.113.10"}, {"00:00:5e:00:53:01"}}, who()); diff != "" {
		t.Error(diff)
	}
	if calls["/resources/ip/addresses"] != 2 || calls["/resources/ip/arp/all"] != 2 {
		t.Errorf("not asked again: %v", calls)
	}
	move(59 * time.Minute)
	who()
	if calls["/resources/ip/addresses"] != 2 {
		t.Errorf("asked within the hour: %v", calls)
	}
	move(time.Minute)
	who()
	if calls["/resources/ip/addresses"] != 3 {
		t.Errorf("not asked after an hour: %v", calls)
	}
}

// TestWhoHasAMAC is that a MAC address which says nothing of a device is not given to it.
func TestWhoHasAMAC(t *testing.T) {
	for _, tt := range []struct {
		mac  string
		want bool
	}{
		{"00005e005301", true},
		{"00:00:5E:00:53:01", true},
		{"", false},
		{"000000000000", false},
		{"ffffffffffff", false},
		{"01005e000001", false},
		{"020000000001", false},
		{"0242ac110002", false},
		{"00005e000105", false},
		{"00005e000205", false},
		{"00005e0053", false},
		{"00005e00530101", false},
		{"nonsense", false},
	} {
		if got := parseHardware(tt.mac); got.names() != tt.want {
			t.Errorf("%q: %v, want %v", tt.mac, got.names(), tt.want)
		} else if tt.want && got.String() != "00:00:5e:00:53:01" {
			t.Errorf("%q became %q", tt.mac, got)
		}
	}
	ports := &ports{list: []port{
		{device: 1, mac: 0x5e005301, ethernet: true, own: true}, {device: 1, mac: 0x5e005302, ethernet: true, own: true},
		{device: 2, mac: 0x5e005301, ethernet: true, own: true},
		{device: 3, mac: 0x5e005303, ethernet: false, own: true}, {device: 3, mac: 0x5e005304, ethernet: true, own: false},
	}, of: map[string]span{"1": {0, 2}, "2": {2, 3}, "3": {3, 5}}}
	seenAt := map[string]neighbour{
		"1": {netip.MustParseAddr("192.0.2.1"), 0x5e005302}, // its own second port
		"2": {netip.MustParseAddr("192.0.2.2"), 0x5e005303}, // another device's
		"3": {netip.MustParseAddr("192.0.2.3"), 0x5e005309},
		"4": {netip.MustParseAddr("192.0.2.4"), 0x5e00530a}, // a router that answers for two
		"5": {netip.MustParseAddr("192.0.2.5"), 0x5e00530a},
	}
	want := map[string]nameplate{"1": {0x5e005302, seenAt["1"]}, "3": {0, seenAt["3"]}}
	if diff := cmp.Diff(want, nameplates(ports, seenAt), cmp.AllowUnexported(nameplate{}, neighbour{}), cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
}

// TestRequestsStayFew is that a poll of many devices makes no more calls than one of few, whatever they have.
func TestRequestsStayFew(t *testing.T) {
	count := func(n int) map[string]int {
		f := newFake(t)
		at(f, time.Date(2026, 8, 20, 12, 0, 0, 0, time.UTC))
		f.n = n
		poll(t, open(t, f, ""))
		total := 0
		for _, c := range f.calls {
			total += c
		}
		if total > 12 {
			t.Errorf("%d calls for %d devices: %v", total, n, f.calls)
		}
		return f.calls
	}
	if diff := cmp.Diff(len(count(3)), len(count(800))); diff != "" {
		t.Error(diff)
	}
}

// TestAnythingFits is that a device with more of everything than the data contract takes is still reported, what matters
// first.
func TestAnythingFits(t *testing.T) {
	f := newFake(t)
	at(f, time.Date(2026, 8, 20, 12, 0, 0, 0, time.UTC))
	f.zone = time.UTC
	long := strings.Repeat(`<"&\`, 80)
	f.answer = func(w http.ResponseWriter, r *http.Request) {
		rows := func(n int, make func(i int) map[string]any) []any {
			list := []any{}
			for i := range n {
				list = append(list, make(i))
			}
			return list
		}
		switch strings.TrimPrefix(r.URL.Path, "/api/v0") {
		case "/devices":
			send(w, map[string]any{"devices": []any{f.row(1, map[string]any{"display": long})}})
		case "/ports":
			send(w, map[string]any{"ports": rows(5000, func(i int) map[string]any {
				return map[string]any{"port_id": i + 1, "device_id": 1, "ifIndex": i + 1, "ifName": fmt.Sprint(i, long), "ifOperStatus": "up", "ifSpeed": 1, "ifInOctets_rate": 1}
			})})
		case "/resources/sensors":
			send(w, map[string]any{"sensors": rows(5000, func(i int) map[string]any {
				v := 20
				if i == 4321 {
					v = 99
				}
				return map[string]any{"device_id": 1, "sensor_class": "temperature", "sensor_descr": fmt.Sprint(i, long), "sensor_current": v, "sensor_limit": 70}
			})})
		case "/alerts":
			send(w, map[string]any{"alerts": rows(5000, func(i int) map[string]any {
				return map[string]any{"id": i + 1, "device_id": 1, "rule_id": i, "state": 1, "name": long, "note": long, "timestamp": "2026-08-20 11:00:00"}
			})})
		case "/resources/ip/addresses":
			send(w, map[string]any{"ip_addresses": rows(300, func(i int) map[string]any {
				return map[string]any{"port_id": i + 1, "ipv4_address": fmt.Sprintf("192.0.2.%d", i)}
			})})
		case "/resources/links":
			send(w, map[string]any{"links": rows(5000, func(i int) map[string]any {
				return map[string]any{"local_port_id": i + 1, "local_device_id": 1, "remote_hostname": long}
			})})
		default:
			send(w, map[string]any{"logs": []any{}, "ports_fdb": []any{}, "arp": []any{}})
		}
	}
	got, err := everything(t, open(t, f, `,"timezone":"UTC"`))
	if err != nil {
		t.Fatal(err)
	}
	o := got["1"]
	faults := 0
	for _, c := range o.Claims {
		if c.State == device.StateCritical {
			faults++
		}
	}
	if faults != 1 || len(o.Alerts) != maxAlerts || len(o.Addresses) != device.MaxAddresses {
		t.Errorf("%d faults, %d alerts, %d addresses", faults, len(o.Alerts), len(o.Addresses))
	}
}
