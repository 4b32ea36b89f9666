package identity_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// lab is a state with its configuration and its clock.
type lab struct {
	t   *testing.T
	cfg *identity.Config
	st  *identity.State
	at  time.Time
	// bound are the assignments of the newest instant.
	bound map[string]identity.Assignment
	// infos are those of the newest order.
	infos []identity.Info
}

func newLab(t *testing.T, cfg identity.Config) *lab {
	return &lab{t: t, cfg: &cfg, st: identity.NewState(), at: start}
}

// poll is one complete snapshot.
func poll(source string, ids ...device.Identity) identity.Arrival {
	a := identity.Arrival{Source: source, Complete: true}
	for _, id := range ids {
		a.Observations = append(a.Observations, &device.Observation{Identity: id})
	}
	return a
}

// instant resolves, applies and returns the events as "type device text".
func (l *lab) instant(in ...identity.Arrival) []string {
	l.t.Helper()
	l.at = l.at.Add(time.Minute)
	out := identity.Resolve(l.cfg, l.st, l.at, in)
	l.bound = map[string]identity.Assignment{}
	for ref, a := range out.Bound {
		l.bound[ref.Source+"/"+ref.Ref] = a
	}
	l.st.Apply(out)
	var events []string
	for _, e := range out.Events {
		events = append(events, string(e.Type)+": "+e.Text)
	}
	// The index that Apply keeps up to date must be the one that is built from nothing.
	b, err := json.Marshal(l.st)
	if err != nil {
		l.t.Fatal(err)
	}
	again := identity.NewState()
	if err := json.Unmarshal(b, again); err != nil {
		l.t.Fatal(err)
	}
	b2, err := json.Marshal(again)
	if err != nil {
		l.t.Fatal(err)
	}
	if string(b) != string(b2) {
		l.t.Fatalf("the state does not survive JSON\n%s\n%s", b, b2)
	}
	for ref := range l.st.Bindings {
		x, _ := l.st.Find(ref.Source + "/" + ref.Ref)
		y, ok := again.Find(ref.Source + "/" + ref.Ref)
		if x != y || !ok {
			l.t.Fatalf("%v: found %q, from the stored state %q", ref, x, y)
		}
	}
	return events
}

// partition writes who is with whom: "nas1: librenms/1 prtg/2003".
func (l *lab) partition() string {
	members := map[device.ID][]string{}
	for ref, b := range l.st.Bindings {
		members[b.Device] = append(members[b.Device], ref.Source+"/"+ref.Ref)
	}
	var lines []string
	for id, refs := range members {
		slices.Sort(refs)
		lines = append(lines, l.st.Devices[id].Name+": "+strings.Join(refs, " "))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func (l *lab) want(what, want string) {
	l.t.Helper()
	want = strings.TrimSpace(strings.ReplaceAll(want, "\t", ""))
	if diff := cmp.Diff(want, l.partition()); diff != "" {
		l.t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

func wantEvents(t *testing.T, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("events (-want +got):\n%s", diff)
	}
}

func id(ref, name string, addresses ...string) device.Identity {
	return device.Identity{Ref: ref, Name: name, Addresses: addresses}
}

func TestFirstContact(t *testing.T) {
	tests := []struct {
		name   string
		cfg    identity.Config
		in     []identity.Arrival
		want   string
		events []string
	}{
		{
			name: "address",
			in:   []identity.Arrival{poll("librenms", id("1", "nas1", "192.0.2.10")), poll("prtg", id("2003", "NAS", "::ffff:192.0.2.10"))},
			want: "nas1: librenms/1 prtg/2003",
		}, {
			name: "address as host name, and a URL",
			in: []identity.Arrival{
				poll("librenms", device.Identity{Ref: "1", Hostnames: []string{"192.0.2.10"}}),
				poll("prtg", device.Identity{Ref: "2003", Hostnames: []string{"https://192.0.2.10:5001/x"}}),
			},
			want: "192.0.2.10: librenms/1 prtg/2003",
		}, {
			name: "host name with a configured domain",
			cfg:  identity.Config{Domains: []string{"example.net"}},
			in: []identity.Arrival{
				poll("librenms", device.Identity{Ref: "1", Hostnames: []string{"NAS1.example.net."}}),
				poll("prtg", device.Identity{Ref: "2003", Hostnames: []string{"nas1"}}),
			},
			want: "nas1: librenms/1 prtg/2003",
		}, {
			name: "mac in any notation",
			in: []identity.Arrival{
				poll("librenms", device.Identity{Ref: "1", Name: "a", MACs: []string{"00:00:5e:00:53:01"}}),
				poll("prtg", device.Identity{Ref: "2", Name: "b", MACs: []string{"0000.5E00.5301"}}),
				poll("snmp", device.Identity{Ref: "3", Name: "c", MACs: []string{"0:0:5e:0:53:1"}}),
			},
			want: "a: librenms/1 prtg/2 snmp/3",
		}, {
			name: "serial alone",
			in: []identity.Arrival{
				poll("librenms", device.Identity{Ref: "1", Name: "a", Serial: "SN-77"}),
				poll("prtg", device.Identity{Ref: "2", Name: "b", Serial: " sn-77 "}),
			},
			want: "a: librenms/1 prtg/2",
		}, {
			name: "what is never evidence",
			cfg:  identity.Config{SharedAddresses: []netip.Addr{netip.MustParseAddr("192.0.2.254")}},
			in: []identity.Arrival{
				poll("librenms", device.Identity{
					Ref: "1", Name: "a", Addresses: []string{"127.0.0.1", "169.254.1.1", "fe80::1", "224.0.0.1", "0.0.0.0", "::1", "192.0.2.254", "junk:junk:junk"},
					Hostnames: []string{"localhost", "<unknown>", "none", ""}, Serial: "N/A", EngineID: "00",
					MACs: []string{"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "02:42:ac:11:00:02", "00:00:5e:00:01:0a", "01:00:5e:00:00:01", "06:00:00:00:00:01"},
				}),
				poll("prtg", device.Identity{
					Ref: "1", Name: "b", Addresses: []string{"127.0.0.1", "169.254.1.1", "fe80::1", "224.0.0.1", "0.0.0.0", "::1", "192.0.2.254", "junk:junk:junk"},
					Hostnames: []string{"localhost", "<unknown>", "none", ""}, Serial: "N/A", EngineID: "00",
					MACs: []string{"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "02:42:ac:11:00:02", "00:00:5e:00:01:0a", "01:00:5e:00:00:01", "06:00:00:00:00:01"},
				}),
			},
			want: "a: librenms/1\nb: prtg/1",
		}, {
			name: "a key that one source gives twice is no evidence",
			in: []identity.Arrival{
				poll("librenms", id("1", "web", "192.0.2.10")),
				poll("prtg", id("1", "ping", "192.0.2.10"), id("2", "http", "192.0.2.10")),
			},
			want: "http: prtg/2\nping: prtg/1\nweb: librenms/1",
		}, {
			name: "unless a pin says so",
			cfg:  identity.Config{Pins: []identity.Pin{{Name: "box", Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.10")}}}},
			in: []identity.Arrival{
				poll("librenms", id("1", "web", "192.0.2.10")),
				poll("prtg", id("1", "ping", "192.0.2.10"), id("2", "http", "192.0.2.10")),
			},
			want: "box: librenms/1 prtg/1 prtg/2",
		}, {
			name: "without any key a device of its own",
			in:   []identity.Arrival{poll("prtg", id("1", "a"), id("2", "a"))},
			want: "a-2: prtg/2\na: prtg/1",
		}, {
			name: "one ref can be the bridge between two others",
			in: []identity.Arrival{
				poll("librenms", device.Identity{Ref: "1", Name: "a", Addresses: []string{"192.0.2.1"}, Hostnames: []string{"a.example.net"}}),
				poll("prtg", device.Identity{Ref: "1", Name: "a2", Addresses: []string{"192.0.2.1"}, Hostnames: []string{"b.example.net"}}),
				poll("snmp", device.Identity{Ref: "1", Name: "b", Addresses: []string{"192.0.2.2"}, Hostnames: []string{"b.example.net"}}),
			},
			want: "a: librenms/1 prtg/1 snmp/1",
		}, {
			name: "a serial vetoes, and the next key has its turn",
			in: []identity.Arrival{
				poll("librenms", device.Identity{Ref: "1", Name: "a", Addresses: []string{"192.0.2.1"}, Serial: "SN-1"}),
				poll("prtg", device.Identity{Ref: "1", Name: "b", Hostnames: []string{"b.example.net"}, Serial: "SN-2"}),
				poll("snmp", device.Identity{Ref: "1", Name: "c", Addresses: []string{"192.0.2.1"}, Hostnames: []string{"b.example.net"}, Serial: "SN-2"}),
			},
			want: "a: librenms/1\nb: prtg/1 snmp/1",
			events: []string{
				"device.discovered: a is new: seen by librenms", "device.discovered: b is new: seen by prtg and snmp (by hostname)",
				"identity.conflict: a and b share a key (address) and stay apart: their chassis serials differ",
			},
		}, {
			name: "never_merge",
			cfg:  identity.Config{NeverMerge: [][2]string{{"web", "db"}}},
			in:   []identity.Arrival{poll("librenms", id("1", "web", "192.0.2.1")), poll("prtg", id("1", "DB", "192.0.2.1"))},
			want: "DB: prtg/1\nweb: librenms/1",
		}, {
			name: "one source's second ref is vetoed",
			in: []identity.Arrival{
				poll("librenms", id("1", "router", "192.0.2.1", "198.51.100.1")),
				poll("prtg", id("1", "lan", "192.0.2.1"), id("2", "wan", "198.51.100.1")),
			},
			want: "router: librenms/1 prtg/1\nwan: prtg/2",
			events: []string{
				"device.discovered: router is new: seen by librenms and prtg (by address)", "device.discovered: wan is new: seen by prtg",
				"identity.conflict: router and wan share a key (address) and stay apart: one source knows both",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t, tt.cfg)
			got := l.instant(tt.in...)
			l.want("partition", tt.want)
			if tt.events != nil {
				wantEvents(t, got, tt.events...)
			}
			if again := l.instant(tt.in...); len(again) > 0 {
				t.Errorf("the same words again made events: %q", again)
			}
			l.want("partition after the second poll", tt.want)
		})
	}
}

func TestSticky(t *testing.T) {
	l := newLab(t, identity.Config{})
	wantEvents(t, l.instant(poll("librenms", id("1", "nas1", "192.0.2.10")), poll("prtg", id("9", "NAS", "192.0.2.10"))),
		"device.discovered: nas1 is new: seen by librenms and prtg (by address)")
	// LibreNMS notices the move at once, PRTG an hour later; meanwhile another device takes the old address.
	wantEvents(t, l.instant(poll("librenms", id("1", "nas1", "198.51.100.10"), id("2", "cam", "192.0.2.10"))),
		"device.discovered: cam is new: seen by librenms",
		"device.moved: nas1 has moved from 192.0.2.10 to 198.51.100.10, says librenms",
		"identity.conflict: cam and nas1 share a key (address) and stay apart: one source knows both")
	l.at = l.at.Add(time.Hour)
	wantEvents(t, l.instant(poll("prtg", id("9", "NAS", "198.51.100.10"))),
		"device.moved: nas1 has moved from 192.0.2.10 to 198.51.100.10, says prtg")
	l.want("after the move", "cam: librenms/2\nnas1: librenms/1 prtg/9")
	if got := l.st.Bindings[device.SourceRef{Source: "prtg", Ref: "9"}].Moves; len(got) != 1 {
		t.Errorf("history of addresses: %v", got)
	}
}

// A whole lab moves to new addresses: every address changes, each taken over by another device, one source is late.
func TestReaddressing(t *testing.T) {
	const n = 20
	lab1 := func(source string, shift int) identity.Arrival {
		a := identity.Arrival{Source: source, Complete: true}
		for i := range n {
			a.Observations = append(a.Observations, &device.Observation{Identity: id(fmt.Sprint(i), fmt.Sprintf("%s-%d", source, i), fmt.Sprintf("192.0.2.%d", 1+(i+shift)%n))})
		}
		return a
	}
	l := newLab(t, identity.Config{})
	l.instant(lab1("librenms", 0), lab1("prtg", 0))
	want := l.partition()
	l.instant(lab1("librenms", 7))
	l.at = l.at.Add(time.Hour)
	l.instant(lab1("prtg", 7))
	for range 3 {
		l.at = l.at.Add(20 * time.Hour)
		l.instant(lab1("librenms", 7), lab1("prtg", 7))
	}
	l.want("after the move", want)
	if len(l.st.Devices) != n {
		t.Errorf("%d devices, want %d", len(l.st.Devices), n)
	}
}

func TestChangedHands(t *testing.T) {
	l := newLab(t, identity.Config{})
	sw := device.Identity{Ref: "1", Name: "sw", Addresses: []string{"192.0.2.1"}, Serial: "SN-1"}
	l.instant(poll("librenms", sw))
	sw.Serial = "SN-2"
	wantEvents(t, l.instant(poll("librenms", sw)),
		"identity.conflict: sw: librenms reports another chassis serial than before; its votes are held until the devices are split or the serial returns")
	if !l.bound["librenms/1"].Held {
		t.Error("its votes count")
	}
	sw.Location = "rack 2"
	wantEvents(t, l.instant(poll("librenms", sw)))
	if !l.bound["librenms/1"].Held {
		t.Error("its votes count again, but nobody has confirmed anything")
	}
	sw.Serial = "SN-1"
	wantEvents(t, l.instant(poll("librenms", sw)))
	if l.bound["librenms/1"].Held {
		t.Error("the serial has returned, and its votes are still held")
	}
}

// A serial that one source gives to many devices is no serial: nothing has changed hands.
func TestSharedSerialIsNoEvidence(t *testing.T) {
	l := newLab(t, identity.Config{})
	l.instant(
		poll("librenms", device.Identity{Ref: "1", Name: "a", Addresses: []string{"192.0.2.1"}, Serial: "SN-1"}, device.Identity{Ref: "2", Name: "b", Addresses: []string{"192.0.2.2"}, Serial: "SN-2"}),
		poll("snmp", id("1", "a", "192.0.2.1"), id("2", "b", "192.0.2.2")),
	)
	wantEvents(t, l.instant(poll("snmp",
		device.Identity{Ref: "1", Name: "a", Addresses: []string{"192.0.2.1"}, Serial: "ABC123"}, device.Identity{Ref: "2", Name: "b", Addresses: []string{"192.0.2.2"}, Serial: "ABC123"})))
	if l.bound["snmp/1"].Held || l.bound["snmp/2"].Held {
		t.Error("votes are held")
	}
}

// Once the source takes the serial back from the other one, it says who the first one is: a device that has changed hands.
func TestSerialBecomesEvidence(t *testing.T) {
	l := newLab(t, identity.Config{})
	one := device.Identity{Ref: "1", Name: "a", Addresses: []string{"192.0.2.1"}, Serial: "SN-1"}
	two := device.Identity{Ref: "2", Name: "b", Addresses: []string{"192.0.2.2"}, Serial: "SN-2"}
	l.instant(poll("librenms", one))
	one.Serial = "SN-2"
	wantEvents(t, l.instant(poll("librenms", one, two)), "device.discovered: b is new: seen by librenms")
	two.Serial = ""
	wantEvents(t, l.instant(poll("librenms", one, two), poll("prtg", device.Identity{Ref: "9", Name: "c", Serial: "SN-2"})),
		"device.discovered: c is new: seen by prtg",
		"identity.conflict: a: librenms reports another chassis serial than before; its votes are held until the devices are split or the serial returns")
	l.want("the serial binds nothing to a", "a: librenms/1\nb: librenms/2\nc: prtg/9")
}

// A later key that points elsewhere loses against the one that has bound the ref, and both candidates are recorded.
func TestOutranked(t *testing.T) {
	l := newLab(t, identity.Config{})
	l.instant(
		poll("librenms", device.Identity{Ref: "1", Name: "a", Addresses: []string{"192.0.2.1"}}),
		poll("snmp", device.Identity{Ref: "1", Name: "b", Addresses: []string{"192.0.2.2"}, Hostnames: []string{"b.example.net"}}),
	)
	wantEvents(t, l.instant(poll("prtg", device.Identity{Ref: "1", Name: "x", Addresses: []string{"192.0.2.1"}, Hostnames: []string{"b.example.net"}})),
		"identity.conflict: prtg of a: the hostname points at b, but a higher key at a")
	l.want("the address wins", "a: librenms/1 prtg/1\nb: snmp/1")
}

// As many refs as were there, in the order of an earlier snapshot, are not the same refs where one of them comes back.
func TestAsManyAreNotTheSame(t *testing.T) {
	l := newLab(t, identity.Config{})
	a, b, c := id("1", "a", "192.0.2.1"), id("2", "b", "192.0.2.2"), id("3", "c", "192.0.2.3")
	l.instant(poll("prtg", a, c))
	l.instant(poll("prtg", b, c, c)) // one ref twice: an answer like that has no order worth keeping
	l.instant(poll("prtg", a, c))
	if l.st.Bindings[device.SourceRef{Source: "prtg", Ref: "2"}].AbsentSince.IsZero() {
		t.Error("the second ref is not in the answer, and counts as there")
	}
}

func TestAbsentRefIsNoObstacle(t *testing.T) {
	l := newLab(t, identity.Config{})
	l.instant(poll("librenms", id("1", "nas1", "192.0.2.10")), poll("prtg", id("9", "NAS", "192.0.2.10"), id("5", "cam", "192.0.2.5")))
	// The owner deletes the device in PRTG and adds it anew.
	wantEvents(t, l.instant(poll("prtg", id("10", "NAS", "192.0.2.10"), id("5", "cam", "192.0.2.5"))))
	l.want("after the new ref", "cam: prtg/5\nnas1: librenms/1 prtg/10 prtg/9")
	// A short answer says nothing about who is gone.
	l = newLab(t, identity.Config{})
	l.instant(poll("prtg", id("1", "a"), id("2", "b"), id("3", "c"), id("4", "d")))
	l.instant(poll("prtg", id("1", "a")))
	for ref, b := range l.st.Bindings {
		if !b.AbsentSince.IsZero() {
			t.Errorf("%v was taken for gone by a short answer", ref)
		}
	}
}

func TestMergeByItself(t *testing.T) {
	l := newLab(t, identity.Config{})
	l.instant(poll("librenms", device.Identity{Ref: "1", Name: "nas1", Hostnames: []string{"nas1.example.net"}}))
	l.instant(poll("prtg", id("9", "storage", "192.0.2.10")))
	l.want("apart", "nas1: librenms/1\nstorage: prtg/9")
	gone, _ := l.st.Find("storage")
	wantEvents(t, l.instant(poll("librenms", device.Identity{Ref: "1", Name: "nas1", Hostnames: []string{"nas1.example.net"}, Addresses: []string{"192.0.2.10"}})),
		"device.merged: nas1 and storage are one device (address)")
	l.want("one", "nas1: librenms/1 prtg/9")
	want, _ := l.st.Find("nas1")
	for _, by := range []string{string(gone), "storage", "prtg/9", "192.0.2.10", "NAS1", "nas1.example.net"} {
		if got, ok := l.st.Find(by); !ok || got != want {
			t.Errorf("find %q: %q %v, want %q", by, got, ok, want)
		}
	}
	if d := l.st.Devices[gone]; !slices.Equal(d.Brought, []device.SourceRef{{Source: "prtg", Ref: "9"}}) {
		t.Errorf("what it brought: %v", d.Brought)
	}
}

// One device whose address is corrected to that of another is the same device at once. Where many move, a slow source
// may still say of one device what is already true of another: for a day their new addresses merge nothing.
func TestMergeAfterMove(t *testing.T) {
	for _, tt := range []struct {
		moving int
		want   string
	}{
		{1, "cam-10: prtg/10\ncam-11: prtg/11\ncam-12: prtg/12\nnas: librenms/9 prtg/9"},
		{3, "cam-10: prtg/10\ncam-11: prtg/11\ncam-12: prtg/12\nnas: librenms/9\nstorage: prtg/9"},
	} {
		t.Run(fmt.Sprint(tt.moving), func(t *testing.T) {
			l := newLab(t, identity.Config{})
			cams := func(moved int) []device.Identity {
				ids := []device.Identity{id("9", "storage", "192.0.2.9")}
				if moved > 0 {
					ids[0].Addresses[0] = "198.51.100.1"
				}
				for i := 10; i < 13; i++ {
					net := "192.0.2"
					if i-9 < moved {
						net = "203.0.113"
					}
					ids = append(ids, id(fmt.Sprint(i), fmt.Sprintf("cam-%d", i), fmt.Sprintf("%s.%d", net, i)))
				}
				return ids
			}
			l.instant(poll("librenms", id("9", "nas", "198.51.100.1")), poll("prtg", cams(0)...))
			l.instant(poll("librenms", id("9", "nas", "198.51.100.1")), poll("prtg", cams(tt.moving)...))
			l.want("after the move", tt.want)
			l.at = l.at.Add(24 * time.Hour)
			l.instant(poll("librenms", id("9", "nas", "198.51.100.1")), poll("prtg", cams(tt.moving)...))
			l.want("a day later", "cam-10: prtg/10\ncam-11: prtg/11\ncam-12: prtg/12\nnas: librenms/9 prtg/9")
		})
	}
}

// A key that a veto forbids is one disagreement, whatever other reasons there are to stay apart once the ref is bound.
func TestVetoIsToldOnce(t *testing.T) {
	l := newLab(t, identity.Config{})
	l.instant(poll("librenms",
		device.Identity{Ref: "1", Name: "a", Addresses: []string{"192.0.2.1"}, Serial: "SN-1"},
		device.Identity{Ref: "2", Name: "b", Hostnames: []string{"b.example.net"}}))
	wantEvents(t, l.instant(poll("prtg",
		device.Identity{Ref: "9", Name: "x", Addresses: []string{"192.0.2.1"}, Hostnames: []string{"b.example.net"}, Serial: "SN-2"})),
		"identity.conflict: b and a share a key (address) and stay apart: their chassis serials differ")
	l.want("the next key", "a: librenms/1\nb: librenms/2 prtg/9")
}

func TestWeak(t *testing.T) {
	bare := func(ref string) device.Identity {
		return device.Identity{Ref: ref, Name: "nas", Hostnames: []string{"nas"}}
	}
	full := device.Identity{Ref: "1", Name: "nas", Hostnames: []string{"nas.example.net"}, Addresses: []string{"192.0.2.1"}}
	cfg := identity.Config{Domains: []string{"example.net"}}
	weak := func(l *lab, want bool) {
		l.t.Helper()
		if l.bound["prtg/9"].Weak != want {
			l.t.Errorf("weak is %v, want %v", !want, want)
		}
	}
	t.Run("a second key agrees", func(t *testing.T) {
		l := newLab(t, cfg)
		l.instant(poll("librenms", full), poll("prtg", bare("9")))
		weak(l, true)
		second := bare("9")
		second.Addresses = []string{"192.0.2.1"}
		l.instant(poll("prtg", second))
		weak(l, false)
		l.instant(poll("prtg", bare("9")))
		weak(l, false)
	})
	t.Run("a pin confirms", func(t *testing.T) {
		l := newLab(t, cfg)
		l.instant(poll("librenms", full), poll("prtg", bare("9")))
		l.cfg = &identity.Config{Domains: cfg.Domains, Pins: []identity.Pin{{Name: "nas", Refs: map[string][]string{"librenms": {"1"}, "prtg": {"9"}}}}}
		l.instant(poll("prtg", bare("9")))
		weak(l, false)
	})
	t.Run("no other device of that name for a day", func(t *testing.T) {
		l := newLab(t, cfg)
		l.instant(poll("librenms", full), poll("prtg", bare("9")))
		l.at = l.at.Add(23 * time.Hour)
		l.instant(poll("prtg", bare("9")))
		weak(l, true)
		l.at = l.at.Add(time.Hour)
		l.instant(poll("prtg", bare("9")))
		weak(l, false)
		// Another device of that name silences it again, and the day starts anew when that one is gone.
		other := device.Identity{Ref: "2", Name: "nas", Hostnames: []string{"nas"}, Serial: "SN-2"}
		l.instant(poll("librenms", full, other), poll("prtg", bare("9")))
		weak(l, true)
		l.at = l.at.Add(48 * time.Hour)
		l.instant(poll("librenms", full), poll("prtg", bare("9")))
		weak(l, true)
		l.at = l.at.Add(24 * time.Hour)
		l.instant(poll("prtg", bare("9")))
		weak(l, false)
	})
	t.Run("no other ref there", func(t *testing.T) {
		l := newLab(t, cfg)
		l.instant(poll("librenms", full, id("2", "x")), poll("prtg", bare("9")))
		l.instant(poll("librenms", id("2", "x")), poll("prtg", bare("9")))
		weak(l, false)
	})
	t.Run("a qualified name on both sides is not weak", func(t *testing.T) {
		l := newLab(t, cfg)
		l.instant(poll("librenms", full), poll("prtg", device.Identity{Ref: "9", Hostnames: []string{"nas.example.net"}}))
		weak(l, false)
	})
}

func TestPins(t *testing.T) {
	in := []identity.Arrival{
		poll("librenms", id("1", "nas1", "192.0.2.10"), id("2", "sw", "192.0.2.2")),
		poll("prtg", id("11", "NAS", "192.0.2.10"), id("12", "NAS disks"), id("13", "Switch", "192.0.2.2")),
	}
	l := newLab(t, identity.Config{})
	l.instant(in...)
	l.want("without pins", "NAS disks: prtg/12\nnas1: librenms/1 prtg/11\nsw: librenms/2 prtg/13")

	l.cfg = &identity.Config{Pins: []identity.Pin{{Name: "storage", Refs: map[string][]string{"prtg": {"11", "12"}}}}}
	wantEvents(t, l.instant(in...),
		"device.renamed: nas1 is now called storage",
		"device.merged: storage and NAS disks are one device (pin)")
	l.want("pinned", "storage: librenms/1 prtg/11 prtg/12\nsw: librenms/2 prtg/13")
	wantEvents(t, l.instant(in...))

	// Changed tags change nothing, a removed ref leaves.
	l.cfg = &identity.Config{Pins: []identity.Pin{{Name: "storage", Refs: map[string][]string{"prtg": {"11", "12"}}, Tags: []string{"x"}}}}
	wantEvents(t, l.instant(in...))
	l.cfg = &identity.Config{Pins: []identity.Pin{{Name: "storage", Refs: map[string][]string{"prtg": {"11"}}}}}
	wantEvents(t, l.instant(in...),
		"device.discovered: NAS disks is new: seen by prtg",
		"device.split: what prtg says of storage is now about NAS disks")
	l.want("narrowed", "NAS disks: prtg/12\nstorage: librenms/1 prtg/11\nsw: librenms/2 prtg/13")

	// Without the pin everything stays as it is.
	l.cfg = &identity.Config{}
	wantEvents(t, l.instant(in...))
	l.want("unpinned", "NAS disks: prtg/12\nstorage: librenms/1 prtg/11\nsw: librenms/2 prtg/13")

	// A pin's name is its own.
	l.cfg = &identity.Config{Pins: []identity.Pin{{Name: "sw", Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.10")}}}}
	wantEvents(t, l.instant(in...),
		"device.renamed: storage is now called sw",
		"device.renamed: sw is now called Switch")
	l.want("renamed", "NAS disks: prtg/12\nSwitch: librenms/2 prtg/13\nsw: librenms/1 prtg/11")
}

// A known ref stays with its device although its new address is one that a pin describes.
func TestStickyAbovePins(t *testing.T) {
	l := newLab(t, identity.Config{Pins: []identity.Pin{{Name: "nas1", Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.10")}}}})
	l.instant(poll("librenms", id("1", "nas", "192.0.2.10"), id("2", "cam", "192.0.2.20")))
	l.instant(poll("librenms", id("1", "nas", "192.0.2.30"), id("2", "cam", "192.0.2.10")))
	l.want("after both moved", "cam: librenms/2\nnas1: librenms/1")
}

func TestFill(t *testing.T) {
	l := newLab(t, identity.Config{Prefer: map[string][]string{"model": {"snmp"}}})
	l.instant(
		poll("librenms", device.Identity{Ref: "1", Name: "nas1", Addresses: []string{"192.0.2.10"}, Vendor: "Synology", Model: "NAS", Serial: "SN-1"}),
		poll("snmp", device.Identity{Ref: "1", Name: "nas1", Addresses: []string{"192.0.2.10"}, Vendor: "unknown", Model: "RS2212RP+", MACs: []string{"00-00-5e-00-53-01"}}),
	)
	l.instant(poll("librenms", device.Identity{Ref: "1", Name: "nas1", Addresses: []string{"192.0.2.10"}, Vendor: "Synology", Model: "NAS2", Serial: "SN-1"}))
	id, _ := l.st.Find("nas1")
	c := device.Current{ID: id}
	l.st.Fill(&c)
	want := device.Current{
		ID: id, Name: "nas1", Bindings: []device.Binding{{Source: "librenms", Ref: "1"}, {Source: "snmp", Ref: "1"}},
		Addresses: []string{"192.0.2.10"}, Hostnames: []string{}, MACs: []string{"00:00:5e:00:53:01"},
		Vendor: "Synology", Model: "RS2212RP+", Serial: "SN-1",
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var model identity.Field
	for _, f := range l.st.Fields(id) {
		if f.Name == "model" {
			model = f
		}
	}
	wantField := identity.Field{Name: "model", Value: "RS2212RP+", Source: "snmp", Since: start.Add(time.Minute), Dissent: []identity.Dissent{{Source: "librenms", Value: "NAS2", Since: start.Add(2 * time.Minute)}}}
	if diff := cmp.Diff(wantField, model); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestTiesInOrder: of several addresses that point at different devices the first ref decides, not the first address.
func TestTiesInOrder(t *testing.T) {
	l := newLab(t, identity.Config{})
	l.instant(poll("librenms",
		device.Identity{Ref: "1", Name: "one", Addresses: []string{"192.0.2.11"}},
		device.Identity{Ref: "2", Name: "two", Addresses: []string{"192.0.2.10"}}))
	one := l.bound["librenms/1"].Device
	l.instant(poll("prtg", device.Identity{Ref: "a", Addresses: []string{"192.0.2.10", "192.0.2.11"}}))
	if got := l.bound["prtg/a"].Device; got != one {
		t.Errorf("prtg/a went to %s, want the device of librenms/1, %s", got, one)
	}
}

// What a ref that has changed hands reports belongs to another device: it merges nothing.
func TestChangedHandsMergesNothing(t *testing.T) {
	l := newLab(t, identity.Config{})
	sw := device.Identity{Ref: "1", Name: "sw", Addresses: []string{"192.0.2.1"}, Serial: "SN-1"}
	l.instant(poll("librenms", sw), poll("prtg", device.Identity{Ref: "9", Name: "cam", Addresses: []string{"192.0.2.9"}}))
	sw.Serial, sw.Addresses = "SN-2", []string{"192.0.2.1", "192.0.2.9"}
	l.instant(poll("librenms", sw))
	l.want("held", "cam: prtg/9\nsw: librenms/1")
}
