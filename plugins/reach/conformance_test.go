package reach

import (
	"flag"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab"
	"github.com/quorate/quorate/sdk"
	"github.com/quorate/quorate/sdk/sourcetest"
)

var update = flag.Bool("update", false, "rewrite the README's tables")

func TestMain(m *testing.M) {
	sourcetest.Main(m, map[string]func() sdk.Source{"reach": New})
}

// openDoor opens a door at an address of loopback.
func openDoor(t testing.TB, address string) *lab.Door {
	t.Helper()
	d, err := lab.OpenDoor(netip.AddrPortFrom(netip.MustParseAddr(address), 0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// reachOf writes an observation's claim as "up", "down/0.5" or its abstention, with the raw words.
func reachOf(o device.Observation) string {
	if o.Abstain != "" {
		return string(o.Abstain)
	}
	var all []string
	for _, c := range o.Claims {
		s := string(c.State)
		if c.Facet != device.FacetReach {
			s = string(c.Facet) + " " + s
		}
		if c.Confidence != nil && *c.Confidence != 1 {
			s += fmt.Sprintf("/%g", *c.Confidence)
		}
		all = append(all, s+" ("+c.Raw+")")
	}
	return strings.Join(all, " ")
}

func TestConformance(t *testing.T) {
	t.Parallel()
	first, second := openDoor(t, "127.0.71.1"), openDoor(t, "127.0.71.2")
	config := func(addresses ...string) string {
		for i, a := range addresses {
			addresses[i] = fmt.Sprintf(`{"name": "t%d", "address": %q}`, i, a)
		}
		return fmt.Sprintf(`{"methods": ["tcp"], "timeout": "1s", "rate": 10000, "target": [%s]}`, strings.Join(addresses, ","))
	}
	each := func(f func(*lab.Door) error) {
		for _, d := range []*lab.Door{first, second} {
			if err := f(d); err != nil {
				t.Error(err)
			}
		}
	}
	during := func(f func(*lab.Door) error) func() func() {
		return func() func() {
			each(f)
			return func() { each((*lab.Door).Answer) }
		}
	}
	// A device that does not answer is what this source is there to see: the poll is complete.
	says := func(state device.State) func(sdk.Polled, error) error {
		return func(p sdk.Polled, err error) error {
			if err != nil {
				return err
			}
			for _, o := range p.Observations {
				if len(o.Claims) != 1 || o.Claims[0].State != state {
					return fmt.Errorf("%s: %s, want %s", o.Ref, reachOf(o), state)
				}
			}
			return nil
		}
	}
	sourcetest.Run(t, sourcetest.Case{
		Type: "reach", Measures: true, Timeout: 30 * time.Second, ProbeRef: "t1", Refs: []string{"t0", "t1"},
		Config: config(first.Address().String(), second.Address().String()),
		Hang:   during((*lab.Door).Silence),
		Bad: []sourcetest.Bad{
			{Name: "nothing", Config: `{"follow": false}`, Want: `"target"`},
			{Name: "port", Config: config("192.0.2.1:99999"), Want: `"address"`},
			{Name: "nat", Config: `{"nat": {"192.0.2.0/24": "x"}}`, Want: `"nat"`},
		},
		Faults: []sourcetest.Fault{
			{Name: "silent", Set: during((*lab.Door).Silence), Check: says(device.StateDown)},
			{Name: "refuses", Set: during((*lab.Door).Refuse), Check: says(device.StateUp)},
		},
		Grow: func(n int) (string, func()) {
			targets := make([]string, n)
			for i := range targets {
				targets[i] = first.Address().String()
			}
			return config(targets...), func() {}
		},
	})
}
