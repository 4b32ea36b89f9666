package pipeline

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
)

// mapped is a lab of a firewall, which is the root, two switches and two devices, as one source tells it.
type mapped struct {
	links map[string][]device.Link
	down  map[string]bool
	// gone are devices that the source does not have.
	gone map[string]bool
}

var mappedNames = []string{"firewall", "core", "access", "nas1", "pc1"}

func mapMAC(name string) string {
	return fmt.Sprintf("00:00:5e:00:53:%02x", slices.Index(mappedNames, name)+1)
}

// behind are links of a forwarding table.
func behind(port string, names ...string) []device.Link {
	var out []device.Link
	for _, n := range names {
		out = append(out, device.Link{Component: "port:" + port, MAC: mapMAC(n), Kind: "fdb"})
	}
	return out
}

func newMapped() *mapped {
	return &mapped{down: map[string]bool{}, gone: map[string]bool{}, links: map[string][]device.Link{
		"core":   slices.Concat(behind("24", "firewall"), behind("1", "access", "nas1"), behind("2", "pc1")),
		"access": slices.Concat(behind("48", "core", "firewall", "pc1"), behind("5", "nas1")),
	}}
}

func (m *mapped) poll() submitted {
	s := device.Snapshot{Source: "snmp"}
	for i, n := range mappedNames {
		if m.gone[n] {
			continue
		}
		o := observed(fmt.Sprint(i+1), device.StateUp)
		o.Name, o.MACs = n, []string{mapMAC(n)}
		if m.down[n] {
			o.Claims[0].State = device.StateDown
		} else {
			o.Links = m.links[n]
		}
		s.Observations = append(s.Observations, o)
	}
	return submitted{snapshot: s}
}

// hangs lists "child on parent" of all devices with a discovered parent.
func (d *desk) hangs(at time.Time) []string {
	out := []string{}
	for _, c := range d.view.Devices(at) {
		for _, p := range c.Parents {
			if p.Discovered {
				out = append(out, c.Name+" on "+p.Name)
			}
		}
	}
	return out
}

func mappedConfig() Config {
	cfg := testConfig("snmp", "librenms")
	cfg.Consensus.Roots = []string{"firewall"}
	return cfg
}

// What hangs on what follows from links, through restarts, stays for a day after a link was seen last, and goes at once
// where it is contradicted.
func TestParentsFromLinks(t *testing.T) {
	for _, restarts := range []bool{false, true} {
		t.Run(fmt.Sprintf("restarts %t", restarts), func(t *testing.T) {
			d := newDesk(t, mappedConfig(), true, restarts)
			m, at := newMapped(), noon
			say := func(after time.Duration) {
				at = at.Add(after)
				d.instant(at, m.poll())
			}
			want := func(what string, want ...string) {
				t.Helper()
				if diff := cmp.Diff(want, d.hangs(at)); diff != "" {
					t.Fatalf("%s (-want +got):\n%s", what, diff)
				}
			}
			say(0)
			say(time.Minute) // the second time the devices are known
			want("as it is", "access on core", "nas1 on access", "pc1 on core")
			c := d.device(t, "nas1", at)
			if p := c.Parents[0]; p.Link != "port:5 of access: its frames come in there" || !p.Since.Equal(at) {
				t.Errorf("known by %+v", p)
			}
			rows := len(d.rows("2"))
			for range 5 {
				say(time.Minute)
			}
			if n := len(d.rows("2")); n != rows {
				t.Errorf("links that are the same make %d rows", n-rows)
			}

			// The tables forget.
			m.links["access"], m.links["core"] = behind("48", "core", "firewall"), slices.Concat(behind("24", "firewall"), behind("1", "access"))
			say(time.Minute)
			say(23 * time.Hour)
			want("forgotten for less than a day", "access on core", "nas1 on access", "pc1 on core")
			m.down["nas1"] = true
			say(time.Minute)
			d.instant(at.Add(time.Minute), m.poll())
			d.instant(at.Add(2*time.Minute), m.poll())
			say(26 * time.Hour)
			want("for longer, but one is down", "access on core", "nas1 on access")

			// It is back, elsewhere.
			delete(m.down, "nas1")
			m.links["access"], m.links["core"] = behind("48", "core", "firewall", "nas1"), slices.Concat(behind("24", "firewall"), behind("1", "access"), behind("3", "nas1"))
			say(time.Minute)
			want("moved", "access on core", "nas1 on core")

			// access is merged away: nothing hangs on what is no more, and all of it comes back.
			d.order(at.Add(time.Second), identity.Order{Kind: identity.OrderForget, Device: d.find("access")})
			want("forgotten", "nas1 on core")
			d.order(at.Add(2*time.Second), identity.Order{Kind: identity.OrderUndo})
			say(time.Minute)
			say(time.Minute)
			want("back", "access on core", "nas1 on core")
		})
	}
}

// rows are the recorded observations of a ref.
func (d *desk) rows(ref string) []ObservationRow {
	var out []ObservationRow
	for _, r := range d.mem.records {
		for _, o := range r.Observations {
			if o.Ref == ref {
				out = append(out, o)
			}
		}
	}
	return out
}

// A large table of unknown addresses is neither recorded nor remembered, and its changes are no news.
func TestUnknownAddressesAreNotKept(t *testing.T) {
	d := newDesk(t, mappedConfig(), true, false)
	m, at := newMapped(), noon
	for i := range 5 {
		at = at.Add(time.Minute)
		var table []device.Link
		for k := range 5000 {
			table = append(table, device.Link{Component: "port:1", MAC: fmt.Sprintf("00:00:5e:%02x:%02x:%02x", 0x60+i, k>>8, k&255), Kind: "fdb"})
		}
		m.links["core"] = slices.Concat(behind("24", "firewall"), behind("1", "access"), table)
		d.instant(at, m.poll())
	}
	rows := d.rows("2")
	if len(rows) > 2 {
		t.Errorf("%d rows of a device of which only unknown addresses change", len(rows))
	}
	for _, r := range rows[1:] {
		if len(r.Body) > 2000 {
			t.Errorf("a row of %d bytes", len(r.Body))
		}
	}
	for _, r := range d.view.consensus.Devices[d.find("core")].Reports {
		if len(r.Links) != 2 {
			t.Errorf("%d links are remembered", len(r.Links))
		}
	}
}

// The agent's own host is where everything is looked at from; where nobody has seen it, its gateway is.
func TestParentsFromHome(t *testing.T) {
	tests := []struct {
		name   string
		change func(*consensus.Config)
		want   []string
	}{
		{"own host", func(c *consensus.Config) { c.Home.MACs = []string{mapMAC("nas1")} }, []string{"core on access", "firewall on core", "pc1 on core"}},
		{"gateway", func(c *consensus.Config) { c.Gateways = []string{"192.0.2.1"} }, []string{"access on core", "nas1 on access", "pc1 on core"}},
		// Then nobody knows where uplinks lead: what sits alone at a port hangs on its switch, and no switch on another.
		{"neither", func(*consensus.Config) {}, []string{"firewall on core", "nas1 on access", "pc1 on core"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := testConfig("snmp")
			tt.change(&cfg.Consensus)
			d := newDesk(t, cfg, false, false)
			m := newMapped()
			for i := range 3 {
				d.instant(noon.Add(time.Duration(i)*time.Minute), m.poll())
			}
			got := d.hangs(noon)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What is judged again from the record has the parents that were found.
func TestParentsJudgedAgain(t *testing.T) {
	d := newDesk(t, mappedConfig(), true, false)
	m := newMapped()
	again, err := NewAgain(mappedConfig(), Loaded{Identity: identity.NewState(), Consensus: consensus.NewState()})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 8 {
		at := noon.Add(time.Duration(i) * time.Minute)
		if i == 5 {
			for _, n := range []string{"core", "access", "nas1", "pc1"} {
				m.down[n] = true
			}
		}
		in := d.instant(at, m.poll())
		// The record has the words as they were left.
		s := device.Snapshot{Source: "snmp", At: at}
		for _, o := range in.snaps[0].obs {
			s.Observations = append(s.Observations, *o)
		}
		r, err := again.Judge(context.Background(), Recorded{At: at, Polls: []RecordedPoll{{Snapshot: s}}})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(said(in), said(&instant{record: r})); diff != "" {
			t.Fatalf("%s: judged otherwise:\n%s", at, diff)
		}
	}
	if in := d.view.Incidents(); len(in) != 1 || in[0].Root.Name != "core" || len(in[0].Devices) != 4 {
		t.Errorf("incidents %+v", in)
	}
}

// Whatever is linked with whatever, and whoever is merged, split or forgotten meanwhile: a restart makes no difference, and
// nobody hangs on what is not there or on itself.
func TestLinksThroughRestarts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := threeSources()
		cfg.Consensus.Roots = []string{"c"}
		left, right := newDesk(t, cfg, true, true), newDesk(t, cfg, false, false)
		at := noon
		names := []string{"a", "b", "c"}
		for range rapid.IntRange(2, 10).Draw(t, "steps") {
			at = at.Add(rapid.SampledFrom([]time.Duration{time.Minute, time.Hour, 25 * time.Hour}).Draw(t, "pause"))
			order := rapid.IntRange(0, 9).Draw(t, "order")
			if order < 2 && known(right, "a") && known(right, "c") {
				o := identity.Order{Kind: identity.OrderMerge, Device: right.find("a"), Other: right.find("c")}
				if order == 1 {
					o = identity.Order{Kind: identity.OrderForget, Device: right.find("a")}
				}
				gone := func(id device.ID) bool { return id != "" && right.view.identity.Devices[id].Gone() }
				if o.Device != o.Other && !gone(o.Device) && !gone(o.Other) {
					left.order(at, o)
					right.order(at, o)
				}
			} else {
				items := polls(t, at)
				for i := range items {
					for k := range items[i].snapshot.Observations {
						o := &items[i].snapshot.Observations[k]
						for range rapid.IntRange(0, 3).Draw(t, "links") {
							o.Links = append(o.Links, device.Link{
								Component: rapid.SampledFrom([]string{"port:1", "port:2"}).Draw(t, "port"),
								Name:      rapid.SampledFrom(names).Draw(t, "linked"), Kind: rapid.SampledFrom([]string{"fdb", "lldp"}).Draw(t, "kind"),
							})
						}
					}
				}
				x, y := left.instant(at, items...), right.instant(at, items...)
				if a, b := said(x), said(y); a != b {
					t.Fatalf("other events after a restart:\n%s", cmp.Diff(b, a))
				}
			}
			same(t, "after "+at.String(), left, right)
			for id, d := range right.view.consensus.Devices {
				if f := d.Found; f != nil && (f.Device == id || right.view.consensus.Devices[f.Device] == nil) {
					t.Fatalf("%s hangs on %+v", d.Name, f)
				}
			}
			checkCounts(t, right)
		}
	})
}
