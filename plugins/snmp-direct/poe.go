package snmpdirect

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// Values of pethPsePortDetectionStatus.
const (
	poeDelivering = 3
	poeFault      = 4
	poeTest       = 5
	poeOtherFault = 6
)

// Values of pethMainPseOperStatus.
const (
	pseOn     = 1
	pseOff    = 2
	pseFaulty = 3
)

// readPoE reads Power over Ethernet: a part for each group of ports with its own supply, and one for each port that
// delivers power, or fails to. What there is to say of other ports is nothing: nobody asks them for power. Once a port
// has delivered, it is told whatever it does, so that a fault ends in a word and not in silence.
func readPoE(s *session, ifaces []*iface, delivered map[string]bool, now time.Time) ([]*part, error) {
	const ports, main = ".1.3.6.1.2.1.105.1.1.1.", ".1.3.6.1.2.1.105.1.3.1.1."
	walked, err := s.walk([]string{ports + "6", main + "2", main + "3", main + "4"})
	if err != nil {
		return nil, err
	}
	watts, used := numbers(walked[1]), numbers(walked[3])
	var list []*part
	for _, c := range walked[2] {
		p := &part{component: "psu:PoE " + c.index, kind: "psu", at: now}
		n, _ := integer(c.value)
		switch n {
		case pseOn:
			p.state, p.raw = device.StateOK, []string{"pethMainPseOperStatus=1 on"}
		case pseOff:
			p.state, p.raw = device.StateWarning, []string{"pethMainPseOperStatus=2 off"}
		case pseFaulty:
			p.state, p.raw = device.StateCritical, []string{"pethMainPseOperStatus=3 faulty"}
		}
		for _, m := range []struct {
			quantity string
			values   map[string]float64
		}{{"poe_available", watts}, {"poe_used", used}} {
			if v, ok := m.values[c.index]; ok {
				p.readings = append(p.readings, device.Reading{Component: p.component, Quantity: m.quantity, Value: v, Unit: "W"})
			}
		}
		list = append(list, p)
	}
	for _, c := range walked[0] {
		n, _ := integer(c.value)
		state, word := poeState(n)
		port := poePort(ifaces, c.index)
		delivered[port] = delivered[port] || n >= poeDelivering && state != ""
		if !delivered[port] || state == "" || len(list) == maxParts {
			continue
		}
		list = append(list, &part{
			component: port + " PoE", kind: "port", state: state, at: now, raw: []string{fmt.Sprintf("pethPsePortDetectionStatus=%d %s", n, word)},
		})
	}
	return list, nil
}

// poeState is the meaning of pethPsePortDetectionStatus.
func poeState(n int64) (device.State, string) {
	switch n {
	case 1:
		return device.StateOK, "disabled"
	case 2:
		return device.StateOK, "searching"
	case poeDelivering:
		return device.StateOK, "deliveringPower"
	case poeFault:
		return device.StateCritical, "fault"
	case poeTest:
		return device.StateWarning, "test"
	case poeOtherFault:
		return device.StateCritical, "otherFault"
	}
	return "", ""
}

// slotted is the name of a port in a unit: 2/0/5, 1/1/5, Gi2/0/5.
var slotted = regexp.MustCompile(`^\D*(\d+)/(?:\d+/)?(\d+)$`)

// poePort is the component of a port by group and number. The number is mostly the interface's index; in a stack it is
// that of the port in its unit, which is the group.
func poePort(ifaces []*iface, index string) string {
	group, port, _ := strings.Cut(index, ".")
	for _, i := range ifaces {
		if m := slotted.FindStringSubmatch(i.name); m != nil && m[1] == group && m[2] == port && ethernet(i.typ) {
			return i.component
		}
	}
	for _, i := range ifaces {
		if i.index == port && ethernet(i.typ) {
			return i.component
		}
	}
	return "port:" + index
}
