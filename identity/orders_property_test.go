package identity_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
)

// livingOf are the devices that are there, in the order of their names.
func livingOf(st *identity.State) []*identity.Device {
	var out []*identity.Device
	for _, d := range st.Devices {
		if !d.Gone() {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(a, b *identity.Device) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func refsOf(st *identity.State, id device.ID) []device.SourceRef {
	var out []device.SourceRef
	for ref, b := range st.Bindings {
		if b.Device == id {
			out = append(out, ref)
		}
	}
	slices.SortFunc(out, device.SourceRef.Compare)
	return out
}

// drawOrder is something that a person may want, sensible or not.
func drawOrder(t *rapid.T, st *identity.State) identity.Order {
	o := identity.Order{Kind: rapid.SampledFrom([]identity.OrderKind{
		identity.OrderMerge, identity.OrderMerge, identity.OrderSplit, identity.OrderSplit, identity.OrderRename, identity.OrderForget,
		identity.OrderConfirm, identity.OrderUndo, identity.OrderUndo,
	}).Draw(t, "order")}
	all := livingOf(st)
	if len(all) == 0 || o.Kind == identity.OrderUndo {
		return o
	}
	o.Device = rapid.SampledFrom(all).Draw(t, "device").ID
	o.Other = rapid.SampledFrom(all).Draw(t, "other").ID
	o.Name = rapid.SampledFrom([]string{"x", "y", "a", ""}).Draw(t, "name")
	for _, ref := range refsOf(st, o.Device) {
		if rapid.Bool().Draw(t, "ref") {
			o.Refs = append(o.Refs, ref)
		}
	}
	return o
}

// bonds is who is with whom, why, and under which names, without what orders leave behind for their undoing.
func bonds(st *identity.State) string {
	var lines []string
	for ref, b := range st.Bindings {
		d := st.Devices[b.Device]
		lines = append(lines, fmt.Sprintf("%s/%s %s (%s, given %t, pin %t) by %s since %s weak %t quiet %s held %q serial %q absent %s", ref.Source,
			ref.Ref, d.Name, d.ID, d.Given, d.Pin != nil, b.By, b.Since.Format(time.TimeOnly), b.Weak, b.QuietSince, b.Held, b.Serial, b.AbsentSince))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// Whatever sources say and people order: the state holds together, a restart makes no difference, Carry changes nothing by
// itself, an order that is refused says why, and what a person has taken apart no key puts together.
func TestOrdersHoldTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := drawConfig(t)
		st := identity.NewState()
		at := start
		for range rapid.IntRange(2, 9).Draw(t, "steps") {
			at = at.Add(time.Duration(rapid.SampledFrom([]int{1, 60, 25 * 3600}).Draw(t, "pause")) * time.Second)
			if rapid.IntRange(0, 2).Draw(t, "poll") == 0 {
				apart := apartPairs(st)
				st.Apply(identity.Resolve(cfg, st, at, drawInstant(t)))
				checkState(t, st)
				for _, pair := range apart {
					a, _ := st.Living(pair[0])
					b, _ := st.Living(pair[1])
					if a == b && st.Devices[a].Pin == nil {
						t.Fatalf("%s and %s are one again, which a person has taken apart", pair[0], pair[1])
					}
				}
				continue
			}
			orders := []identity.Order{drawOrder(t, st)}
			before := marshal(t, st)
			out, err := identity.Carry(cfg, st, at, orders)
			if after := marshal(t, st); after != before {
				t.Fatalf("Carry has changed the state:\n%s", cmp.Diff(before, after))
			}
			again, errAgain := identity.Carry(cfg, stored(t, st), at, orders)
			if fmt.Sprint(err) != fmt.Sprint(errAgain) || err == nil && words(t, out) != words(t, again) {
				t.Fatalf("a restart makes a difference: %v and %v\n%s", err, errAgain, cmp.Diff(words(t, out), words(t, again)))
			}
			if err != nil {
				if len(out.Devices)+len(out.Bindings)+len(out.Events) > 0 || len(err.Error()) < 10 {
					t.Fatalf("refused with %q, and yet %+v", err, out)
				}
				continue
			}
			for _, e := range out.Events {
				if e.Text == "" || e.Device == nil || e.Device.Name == "" {
					t.Fatalf("event %+v", e)
				}
			}
			st.Apply(out)
			checkState(t, st)
		}
	})
}

// apartPairs are the devices that a person has taken apart, and that are.
func apartPairs(st *identity.State) [][2]device.ID {
	var out [][2]device.ID
	for _, d := range st.Devices {
		for _, other := range d.Apart {
			a, _ := st.Living(d.ID)
			b, _ := st.Living(other)
			if a != b {
				out = append(out, [2]device.ID{d.ID, other})
			}
		}
	}
	return out
}

// A merge, split, renaming or confirmation that is undone at once has changed nothing of who is who. So has a forgetting.
func TestOrderThenUndo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := &identity.Config{Domains: []string{"example.net"}}
		st := identity.NewState()
		at := start
		for range rapid.IntRange(1, 4).Draw(t, "instants") {
			at = at.Add(time.Minute)
			st.Apply(identity.Resolve(cfg, st, at, drawInstant(t)))
		}
		o := drawOrder(t, st)
		if o.Kind == identity.OrderUndo || len(st.Devices) == 0 {
			t.Skip("nothing to order")
		}
		// What an order sets free a key may bind elsewhere at once: then more than the order is to be undone.
		before, old := bonds(st), stored(t, st)
		out, err := identity.Carry(cfg, st, at.Add(time.Minute), []identity.Order{o})
		if err != nil || len(out.Events) > 1 {
			t.Skip("not carried out alone")
		}
		st.Apply(out)
		out, err = identity.Carry(cfg, st, at.Add(2*time.Minute), []identity.Order{{Kind: identity.OrderUndo}})
		if err != nil {
			t.Fatalf("undo %s: %v", o.Kind, err)
		}
		st.Apply(out)
		checkState(t, st)
		// What is in doubt is judged anew whenever its device is touched, and a key may second it by now.
		after := weakness.ReplaceAllString(bonds(st), "")
		before = weakness.ReplaceAllString(before, "")
		if after != before {
			t.Fatalf("%s and undo:\n%s", o.Kind, cmp.Diff(before, after))
		}
		// And the next instant resolves as if nothing had happened, unless a person's word must keep apart what a key joins.
		for _, d := range st.Devices {
			if len(d.Apart) > 0 && !slices.Equal(d.Apart, apartOf(old, d.ID)) {
				return
			}
		}
		in := drawInstant(t)
		x, y := identity.Resolve(cfg, st, at.Add(3*time.Minute), in), identity.Resolve(cfg, old, at.Add(3*time.Minute), in)
		st.Apply(x)
		old.Apply(y)
		if a, b := weakness.ReplaceAllString(bonds(st), ""), weakness.ReplaceAllString(bonds(old), ""); a != b && o.Kind != identity.OrderForget {
			t.Fatalf("%s and undo, one instant later:\n%s", o.Kind, cmp.Diff(b, a))
		}
	})
}

var weakness = regexp.MustCompile(`weak \S+ quiet .*? held`)

func apartOf(st *identity.State, id device.ID) []device.ID {
	if d := st.Devices[id]; d != nil {
		return d.Apart
	}
	return nil
}

// A lab whose every address changes, source by source in any order, keeps every binding and every device.
func TestStickyUnderReaddressing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(3, 12).Draw(t, "devices")
		to := rapid.Permutation(slices.Collect(func(yield func(int) bool) {
			for i := range n {
				if !yield(i) {
					return
				}
			}
		})).Draw(t, "new addresses")
		network := rapid.SampledFrom([]string{"192.0.2.", "198.51.100."}).Draw(t, "network") // a swap, or elsewhere
		say := func(source string, moved bool) identity.Arrival {
			var ids []device.Identity
			for i := range n {
				address := fmt.Sprint("192.0.2.", i+1)
				if moved {
					address = fmt.Sprint(network, to[i]+1)
				}
				ids = append(ids, id(fmt.Sprint(i), fmt.Sprint("dev", i), address))
			}
			return poll(source, ids...)
		}
		st, cfg := identity.NewState(), &identity.Config{}
		sources := []string{"librenms", "prtg", "snmp"}
		st.Apply(identity.Resolve(cfg, st, start, []identity.Arrival{say("librenms", false), say("prtg", false), say("snmp", false)}))
		bound := maps.Clone(st.Bindings)
		moved := map[string]bool{}
		at := start
		for _, next := range append(rapid.Permutation(sources).Draw(t, "order"), "", "") {
			at = at.Add(time.Duration(rapid.SampledFrom([]int{1, 60, 240}).Draw(t, "minutes")) * time.Minute)
			moved[next] = true
			for _, s := range rapid.Permutation(sources).Draw(t, "polls") {
				at = at.Add(time.Second)
				st.Apply(identity.Resolve(cfg, st, at, []identity.Arrival{say(s, moved[s])}))
			}
		}
		for ref, b := range st.Bindings {
			if b.Device != bound[ref].Device || b.Held != "" {
				t.Fatalf("%v was %s and is %s %s", ref, bound[ref].Device, b.Device, b.Held)
			}
		}
		for _, d := range st.Devices {
			if d.Gone() {
				t.Fatalf("%s is gone: %+v", d.Name, d)
			}
		}
	})
}

// No key binds what a veto forbids: two refs of one source that are there, chassis serials that differ, names that the
// owner holds apart.
func TestVetoesHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := &identity.Config{Domains: []string{"example.net"}, NeverMerge: [][2]string{{"a", "b"}}}
		st := identity.NewState()
		at := start
		for range rapid.IntRange(1, 5).Draw(t, "instants") {
			at = at.Add(time.Duration(rapid.SampledFrom([]int{1, 25 * 60}).Draw(t, "minutes")) * time.Minute)
			before := maps.Clone(st.Bindings)
			out := identity.Resolve(cfg, st, at, drawInstant(t))
			st.Apply(out)
			for ref, b := range out.Bindings {
				if !b.Since.Equal(at) || b.By == identity.ByItself || !b.AbsentSince.IsZero() {
					continue // nothing has bound it at this instant
				}
				serials := map[string]bool{}
				for _, other := range refsOf(st, b.Device) {
					o := st.Bindings[other]
					if other == ref || !o.AbsentSince.IsZero() {
						continue
					}
					// Refs that were on one device stay together: one of them was away when the other came.
					x, y := before[ref], before[other]
					if other.Source == ref.Source && (x == nil || y == nil || x.Device != y.Device) {
						t.Fatalf("%v and %v of one source are bound by %s", ref, other, b.By)
					}
					if o.Serial != "" && o.Held == "" {
						serials[o.Serial] = true
					}
				}
				if twice(st) {
					continue // a serial that one source gives to two is no evidence, and no obstacle
				}
				if b.Serial != "" && b.Held == "" && b.By != identity.ByMerge && len(serials) == 1 && !serials[b.Serial] {
					t.Fatalf("%v with serial %s is bound by %s to a device with %v", ref, b.Serial, b.By, serials)
				}
			}
		}
	})
}

// twice reports whether a source gives one serial to two of its refs.
func twice(st *identity.State) bool {
	seen := map[[2]string]bool{}
	for _, b := range st.Bindings {
		k := [2]string{b.Source, b.Identity.Serial}
		if b.Identity.Serial != "" && b.AbsentSince.IsZero() {
			if seen[k] {
				return true
			}
			seen[k] = true
		}
	}
	return false
}
