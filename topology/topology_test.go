package topology_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/topology"
)

// sights reads "sw1 A1: pc1 pc2 ap1(lldp) old(gone)", one port a line.
func sights(text string) []topology.Sight {
	var out []topology.Sight
	for line := range strings.Lines(text) {
		head, behind, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok {
			continue
		}
		on, port, _ := strings.Cut(head, " ")
		for word := range strings.FieldsSeq(behind) {
			name, how, _ := strings.Cut(word, "(")
			out = append(out, topology.Sight{
				On: device.ID(on), Port: port, Behind: device.ID(name), Neighbour: strings.HasPrefix(how, "lldp"), Gone: strings.HasPrefix(how, "gone"),
			})
		}
	}
	return out
}

func told(parents map[device.ID]topology.Parent) []string {
	out := []string{}
	for id, p := range parents {
		out = append(out, fmt.Sprintf("%s on %s (%s %s, %s)", id, p.Device, p.On, p.Port, p.Why))
	}
	slices.Sort(out)
	return out
}

func TestParents(t *testing.T) {
	tests := []struct {
		name   string
		sights string
		roots  string
		now    string // "pc1=sw1"
		want   []string
	}{
		{"a switch and what hangs on it", "sw1 1: home\nsw1 2: nas1\nsw1 3: pc1 pc2", "home", "",
			[]string{"nas1 on sw1 (sw1 2, port)", "pc1 on sw1 (sw1 3, port)", "pc2 on sw1 (sw1 3, port)"}},
		{"what shares the port with the root hangs on nothing", "sw1 1: home tv\nsw1 2: nas1", "home", "",
			[]string{"nas1 on sw1 (sw1 2, port)"}},
		{"every switch has every frame", "sw1 1: home\nsw1 2: sw2 nas1\nsw1 3: pc1\nsw2 1: home sw1 pc1\nsw2 5: nas1", "home", "",
			[]string{"nas1 on sw2 (sw2 5, port)", "pc1 on sw1 (sw1 3, port)", "sw2 on sw1 (sw1 2, port)"}},
		{"a chain that knows only neighbours", "sw1 1: home(lldp)\nsw1 2: sw2(lldp)\nsw2 9: sw1(lldp)\nsw2 1: sw3(lldp)\nsw3 1: sw2(lldp)\nsw3 2: ap1(lldp)", "home", "",
			[]string{"ap1 on sw3 (sw3 2, neighbour)", "sw2 on sw1 (sw1 2, neighbour)", "sw3 on sw2 (sw2 1, neighbour)"}},
		{"the same from the other end", "sw1 2: sw2(lldp)\nsw2 9: sw1(lldp)\nsw2 3: home", "home", "",
			[]string{"sw1 on sw2 (sw2 9, neighbour)"}},
		{"no root, no parent between switches", "sw1 2: sw2(lldp)\nsw2 9: sw1(lldp)\nsw2 3: nas1", "", "", []string{"nas1 on sw2 (sw2 3, port)"}},
		{"a hypervisor that says nothing and its guests", "sw1 1: home\nsw1 2: pve1 vm1 vm2", "home", "",
			[]string{"pve1 on sw1 (sw1 2, port)", "vm1 on sw1 (sw1 2, port)", "vm2 on sw1 (sw1 2, port)"}},
		{"a hypervisor that is a neighbour", "sw1 1: home\nsw1 2: pve1(lldp) vm1 vm2", "home", "",
			[]string{"pve1 on sw1 (sw1 2, neighbour)", "vm1 on pve1 (sw1 2, between)", "vm2 on pve1 (sw1 2, between)"}},
		{"a hypervisor that reports its guests", "sw1 1: home\nsw1 2: pve1 vm1 vm2\npve1 eth0: home sw1\npve1 tap1: vm1\npve1 tap2: vm2", "home", "",
			[]string{"pve1 on sw1 (sw1 2, port)", "vm1 on pve1 (pve1 tap1, port)", "vm2 on pve1 (pve1 tap2, port)"}},
		{"a hypervisor that reports its neighbour alone", "sw1 1: home\nsw1 2: pve1(lldp) vm1\npve1 eth0: sw1(lldp)", "home", "",
			[]string{"pve1 on sw1 (sw1 2, neighbour)", "vm1 on pve1 (sw1 2, between)"}},
		{"two neighbours on a port", "sw1 1: home\nsw1 2: ap1(lldp) ap2(lldp) tv", "home", "",
			[]string{"ap1 on sw1 (sw1 2, neighbour)", "ap2 on sw1 (sw1 2, neighbour)"}},
		{"the gateway is the root", "sw1 1: gw\nsw1 2: nas1", "gw", "", []string{"nas1 on sw1 (sw1 2, port)"}},
		{"the root itself reports", "gw 1: sw1\nsw1 1: gw\nsw1 2: nas1", "gw", "", []string{"nas1 on sw1 (sw1 2, port)", "sw1 on gw (gw 1, port)"}},
		{"a crowd may be the rest of the network", "sw1 1: a b c d e f g h i\nsw1 2: pc1", "", "", []string{"pc1 on sw1 (sw1 2, port)"}},
		{"not if the uplink is known", "sw1 1: a b c d e f g h i\nsw1 2: home", "home", "",
			[]string{"a on sw1 (sw1 1, port)", "b on sw1 (sw1 1, port)", "c on sw1 (sw1 1, port)", "d on sw1 (sw1 1, port)", "e on sw1 (sw1 1, port)", "f on sw1 (sw1 1, port)", "g on sw1 (sw1 1, port)", "h on sw1 (sw1 1, port)", "i on sw1 (sw1 1, port)"}},
		{"two roots in two directions", "sw1 1: gw1\nsw1 2: gw2\nsw1 3: nas1", "gw1 gw2", "", []string{"nas1 on sw1 (sw1 3, port)"}},
		{"behind two ports of one switch", "sw1 1: home\nsw1 2: nas1\nsw1 3: nas1", "home", "", []string{}},
		{"behind two switches, as good", "sw1 1: home\nsw1 2: nas1\nsw2 1: home\nsw2 2: nas1", "home", "", []string{}},
		{"the present one stays", "sw1 1: home\nsw1 2: nas1\nsw2 1: home\nsw2 2: nas1", "home", "nas1=sw2", []string{"nas1 on sw2 (sw2 2, port)"}},
		{"where it is seen now", "sw1 1: home\nsw1 2: nas1(gone)\nsw2 1: home\nsw2 2: nas1", "home", "nas1=sw1", []string{"nas1 on sw2 (sw2 2, port)"}},
		{"seen nowhere any more", "sw1 1: home\nsw1 2: nas1(gone)", "home", "", []string{"nas1 on sw1 (sw1 2, port)"}},
		{"in a ring nobody is nearer", "sw1 1: sw2(lldp)\nsw2 1: sw1(lldp)\nsw2 2: sw3(lldp)\nsw3 1: sw2(lldp)\nsw3 2: sw1(lldp)\nsw1 2: sw3(lldp)", "", "", []string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var roots []device.ID
			for r := range strings.FieldsSeq(tt.roots) {
				roots = append(roots, device.ID(r))
			}
			now := map[device.ID]topology.Parent{}
			if child, parent, ok := strings.Cut(tt.now, "="); ok {
				now[device.ID(child)] = topology.Parent{Device: device.ID(parent)}
			}
			if diff := cmp.Diff(tt.want, told(topology.Parents(sights(tt.sights), roots, now))); diff != "" {
				t.Errorf("parents (-want +got):\n%s", diff)
			}
		})
	}
}

// tree is a network without loops: switches, each on an earlier one, and devices on switches. Home is on switch 0.
type tree struct {
	above map[device.ID]device.ID
	ids   []device.ID // of all but home, switches first
	count int         // of switches
}

const home device.ID = "home"

func drawTree(t *rapid.T) tree {
	n := tree{above: map[device.ID]device.ID{}, count: rapid.IntRange(1, 5).Draw(t, "switches")}
	for i := range n.count {
		id := device.ID(fmt.Sprintf("sw%d", i))
		n.ids = append(n.ids, id)
		if i > 0 {
			n.above[id] = device.ID(fmt.Sprintf("sw%d", rapid.IntRange(0, i-1).Draw(t, "above")))
		}
	}
	for i := range rapid.IntRange(0, 8).Draw(t, "devices") {
		id := device.ID(fmt.Sprintf("pc%d", i))
		n.ids = append(n.ids, id)
		n.above[id] = n.ids[rapid.IntRange(0, n.count-1).Draw(t, "on")]
	}
	n.above[home] = "sw0"
	return n
}

// path are the devices above id, the nearest first.
func (n *tree) path(id device.ID) []device.ID {
	var out []device.ID
	for p, ok := n.above[id]; ok; p, ok = n.above[p] {
		out = append(out, p)
	}
	return out
}

// all is what every switch sees: each device behind the port that leads to it, and who is on the cable as a neighbour.
func (n *tree) all() []topology.Sight {
	var out []topology.Sight
	for _, on := range n.ids[:n.count] {
		for id := range n.above {
			out = append(out, n.sight(on, id))
		}
		if on != "sw0" {
			out = append(out, n.sight(on, "sw0"))
		}
	}
	return slices.DeleteFunc(out, func(s topology.Sight) bool { return s.On == s.Behind })
}

// sight is id as on sees it. A port is called after the device at the other end of its cable.
func (n *tree) sight(on, id device.ID) topology.Sight {
	down := append([]device.ID{id}, n.path(id)...)
	if i := slices.Index(down, on); i > 0 {
		return topology.Sight{On: on, Port: string(down[i-1]), Behind: id, Neighbour: i == 1 && strings.HasPrefix(string(id), "sw")}
	}
	return topology.Sight{On: on, Port: "up", Behind: id, Neighbour: n.above[on] == id}
}

// Of a network that is seen as a whole every parent is known, and it is the right one, in whatever order it is told. Of
// what is left of it when sights are missing, no parent is wrong: each is above its child.
func TestParentsOfTrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := drawTree(t)
		whole := n.all()
		roots := []device.ID{home}
		got := topology.Parents(whole, roots, nil)
		want := maps.Clone(n.above)
		delete(want, home)
		parents := map[device.ID]device.ID{}
		for id, p := range got {
			parents[id] = p.Device
		}
		if diff := cmp.Diff(want, parents); diff != "" {
			t.Fatalf("parents (-want +got):\n%s", diff)
		}
		var part []topology.Sight
		for _, s := range whole {
			if rapid.IntRange(0, 9).Draw(t, "kept") > 2 {
				s.Neighbour = s.Neighbour && rapid.Bool().Draw(t, "neighbour")
				s.Gone = rapid.IntRange(0, 9).Draw(t, "gone") == 0
				part = append(part, s)
			}
		}
		got = topology.Parents(part, roots, nil)
		if again := topology.Parents(rapid.Permutation(part).Draw(t, "order"), roots, nil); !maps.Equal(got, again) {
			t.Fatalf("the order matters:\n%s", cmp.Diff(told(got), told(again)))
		}
		if !slices.ContainsFunc(part, func(s topology.Sight) bool { return s.Behind == home }) {
			return // nobody knows where the root is
		}
		for id, p := range got {
			if !slices.Contains(n.path(id), p.Device) {
				t.Fatalf("%s hangs on %v, says %+v", id, n.path(id), p)
			}
		}
	})
}
