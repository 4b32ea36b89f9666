package pipeline

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
)

// move is a lab of ten devices whose management addresses all change at once. Sources notice in the given order: the
// first at once, the second two polls later, the third an hour late, half of its devices a poll before the others.
type move struct {
	order []string
	// to is the new address of a device.
	to func(device int) string
	// dark says that a source which has not noticed calls down what it asks in vain, at the old address; else it still
	// sees it.
	dark bool
}

const labSize = 10

// blank is a journal that keeps nothing.
type blank struct{ Journal }

func (blank) Load(context.Context) (Loaded, error) {
	return Loaded{Fresh: true, Identity: identity.NewState(), Consensus: consensus.NewState()}, nil
}

func (blank) Commit(context.Context, *Record) error { return nil }

func oldAddress(i int) string { return fmt.Sprintf("192.0.2.%d", 10+i) }

// movesAt is the minute at which the lab moves.
const movesAt = 10

// snapshots are polls, one a minute and source.
func (m *move) snapshots() []device.Snapshot {
	var out []device.Snapshot
	for minute := range movesAt + 60 + 10 {
		at := noon.Add(time.Duration(minute) * time.Minute)
		for k, source := range m.order {
			s := device.Snapshot{At: at.Add(time.Duration(k) * time.Second), Source: source}
			notices := movesAt + []int{0, 2, 60}[k]
			for i := range labSize {
				if source == "snmp" && i%2 == 1 && !m.dark {
					continue // it knows half of them; where the others say down, somebody must say up
				}
				o := device.Observation{
					Identity: device.Identity{Ref: fmt.Sprintf("%s-%d", source[:1], i), Name: fmt.Sprintf("dev%d", i), Addresses: []string{oldAddress(i)}},
					Claims:   []device.Claim{{Facet: device.FacetReach, State: device.StateUp}},
				}
				switch {
				case minute >= notices+i%2*min(k, 1):
					o.Addresses = []string{m.to(i)}
				case minute >= movesAt && m.dark:
					o.Claims[0].State = device.StateDown
				}
				s.Observations = append(s.Observations, o)
			}
			out = append(out, s)
		}
	}
	return out
}

// A whole lab moved to new addresses keeps every device, every verdict and all history, whoever notices first; also
// where the new address of one is the old address of another.
func TestLabMovesToNewAddresses(t *testing.T) {
	addresses := map[string]func(int) string{
		"elsewhere": func(i int) string { return fmt.Sprintf("198.51.100.%d", 10+i) },
		"in a ring": func(i int) string { return oldAddress((i + 1) % labSize) },
		"in pairs":  func(i int) string { return oldAddress(i ^ 1) },
		"reversed":  func(i int) string { return oldAddress(labSize - 1 - i) },
	}
	orders := [][]string{
		{"librenms", "prtg", "snmp"}, {"librenms", "snmp", "prtg"}, {"prtg", "librenms", "snmp"},
		{"prtg", "snmp", "librenms"}, {"snmp", "librenms", "prtg"}, {"snmp", "prtg", "librenms"},
	}
	for _, where := range slices.Sorted(maps.Keys(addresses)) {
		for _, order := range orders {
			for _, dark := range []bool{false, true} {
				name := fmt.Sprintf("%s, %s, dark %t", where, strings.Join(order, " "), dark)
				t.Run(name, func(t *testing.T) {
					m := &move{order: order, to: addresses[where], dark: dark}
					m.check(t)
				})
			}
		}
	}
}

func (m *move) check(t *testing.T) {
	snapshots := m.snapshots()
	known := map[string]device.ID{}
	var after []string
	next := func() (device.Snapshot, error) {
		if len(snapshots) == 0 {
			return device.Snapshot{}, io.EOF
		}
		s := snapshots[0]
		snapshots = snapshots[1:]
		return s, nil
	}
	emit := func(events []device.Event) error {
		for _, e := range events {
			if e.Type == device.EventDeviceDiscovered {
				known[e.Device.Name] = e.Device.ID
			}
			if e.At.Before(noon.Add(movesAt * time.Minute)) {
				continue
			}
			switch e.Type {
			case device.EventDeviceMoved, device.EventVerdictPending, device.EventDisputeOpened, device.EventDisputeClosed,
				device.EventSourceSuspect, device.EventSourceRecovered, device.EventIncidentOpened, device.EventIncidentClosed,
				device.EventIncidentChanged, device.EventSourceBlind:
			default:
				after = append(after, fmt.Sprintf("%s %s: %s", e.At.Sub(noon), e.Type, e.Text))
			}
		}
		return nil
	}
	v, err := Replay(context.Background(), testConfig("librenms", "prtg", "snmp"), blank{}, next, emit)
	if err != nil {
		t.Fatal(err)
	}
	if len(after) > 0 {
		t.Errorf("events since the move:\n%s", strings.Join(after, "\n"))
	}
	devices := v.Devices(v.LastInstant())
	if len(devices) != labSize || len(known) != labSize {
		t.Fatalf("%d devices, %d were met", len(devices), len(known))
	}
	for i, d := range devices {
		want := []device.Binding{{Source: "librenms", Ref: fmt.Sprint("l-", i)}, {Source: "prtg", Ref: fmt.Sprint("p-", i)}}
		if i%2 == 0 || m.dark {
			want = append(want, device.Binding{Source: "snmp", Ref: fmt.Sprint("s-", i)})
		}
		if diff := cmp.Diff(want, d.Bindings); diff != "" {
			t.Errorf("%s consists of other refs (-want +got):\n%s", d.Name, diff)
		}
		switch {
		case d.ID != known[d.Name]:
			t.Errorf("%s was %s and is %s", d.Name, known[d.Name], d.ID)
		case d.Status != device.StatusUp || d.Standing != device.StandingConfirmed:
			t.Errorf("%s is %s, %s", d.Name, d.Status, d.Standing)
		case !slices.Equal(d.Addresses, []string{m.to(i)}):
			t.Errorf("%s has the addresses %v", d.Name, d.Addresses)
		case !d.Since.Before(noon.Add(time.Minute)):
			t.Errorf("%s is up since %s only", d.Name, d.Since)
		}
	}
}
