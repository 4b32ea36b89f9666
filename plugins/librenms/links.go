package librenms

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
	"unique"

	"github.com/quorate/quorate/device"
)

const (
	maxLinks = 256 // of one device
	// edgeMACs is how many addresses behind a port still say what hangs on it; more come through another switch.
	edgeMACs = 4
)

// links are what hangs on the ports of the devices: neighbours that told their name, and addresses that a switch has
// learnt on a port that leads to no other switch.
type links struct {
	neighbours part
	forwarding part
	told       map[string][]link // by device_id, sorted
	learnt     map[string][]link
}

// link is what is kept of one.
type link struct {
	component word
	name      word
	mac       hardware
	remote    string // device_id of the neighbour, "" where LibreNMS does not know it
}

// refresh reads both anew, once an hour.
func (l *links) refresh(ctx context.Context, api client, now time.Time, p *ports) {
	l.neighbours.ask(ctx, "neighbours", now, topologyEvery, func(ctx context.Context) error {
		told, at := map[string][]link{}, p.byID()
		err := list(ctx, api, "/resources/links", nil, "links", maxRaised, func(row linkRow) {
			id, _ := row.PortID.Int()
			x := at.port(id)
			if x == nil || row.Active.IsSet() && !row.Active.Bool() {
				return
			}
			made := link{component: x.component}
			name := row.Name.Name()
			if made.mac = parseHardware(name); made.mac != 0 {
				name = ""
			}
			if n, ok := row.RemoteID.Int(); ok && n > 0 && n != x.device {
				made.remote = decimal(n)
			}
			made.name = unique.Make(strings.ToLower(name))
			if dev := decimal(x.device); made.remote != "" || name != "" || made.mac != 0 {
				told[dev] = append(told[dev], made)
			}
		})
		if err == nil {
			err = l.neighbours.vanished(len(l.told), len(told))
		}
		if err == nil {
			l.told = told
		}
		return err
	})
	l.forwarding.ask(ctx, "forwarding tables", now, topologyEvery, func(ctx context.Context) error {
		edges, at := make([]edge, len(p.list)), p.byID()
		err := list(ctx, api, "/resources/fdb", nil, "ports_fdb", noLimit, func(row forwardRow) {
			id, _ := row.PortID.Int()
			if i := at.index(id); i >= 0 {
				edges[i].learn(parseHardware(row.MAC.String()))
			}
		})
		if err == nil {
			l.learnt = l.behind(p, edges)
		}
		return err
	})
}

// edge are the addresses behind a port, as long as they are few.
type edge struct {
	macs [edgeMACs]hardware
	n    uint8
}

func (e *edge) learn(mac hardware) {
	switch {
	case mac == 0 || mac.group() || slices.Contains(e.macs[:min(e.n, edgeMACs)], mac):
	case e.n >= edgeMACs:
		e.n = edgeMACs + 1
	default:
		e.macs[e.n] = mac
		e.n++
	}
}

// behind makes links of the addresses behind ports that lead to one device or a few, and to no neighbour that told its
// name.
func (l *links) behind(p *ports, edges []edge) map[string][]link {
	learnt := map[string][]link{}
	for id, s := range p.of {
		var list []link
		for i := s.from; i < s.to; i++ {
			e, component := edges[i], p.list[i].component
			if e.n == 0 || e.n > edgeMACs || slices.ContainsFunc(l.told[id], func(t link) bool { return t.component == component }) {
				continue
			}
			for _, mac := range e.macs[:e.n] {
				list = append(list, link{component: component, mac: mac})
			}
		}
		if len(list) > 0 {
			learnt[id] = list
		}
	}
	return learnt
}

// of makes the links of a device. A neighbour that is a device of this LibreNMS is named by all that is known of it.
func (l *links) of(id string, known func(id string) *seen, plates map[string]nameplate) []device.Link {
	told, learnt := l.told[id], l.learnt[id]
	made := make([]device.Link, 0, min(len(told)+len(learnt), maxLinks))
	for _, t := range told {
		x := device.Link{Component: t.component.Value(), Name: t.name.Value(), MAC: t.mac.String(), Kind: "lldp"}
		if d := known(t.remote); d != nil {
			x.Name = cmp.Or(x.Name, strings.ToLower(text(d.row.SysName)))
			x.MAC = cmp.Or(x.MAC, plates[t.remote].first.String())
			if i := slices.IndexFunc(d.addresses, useful); i >= 0 {
				x.Address = d.addresses[i].String()
			}
		}
		made = append(made, x)
	}
	for _, t := range learnt {
		made = append(made, device.Link{Component: t.component.Value(), MAC: t.mac.String(), Kind: "fdb"})
	}
	slices.SortFunc(made, func(a, b device.Link) int {
		return cmp.Or(device.CompareNames(a.Component, b.Component), cmp.Compare(b.Kind, a.Kind), cmp.Compare(a.MAC, b.MAC),
			cmp.Compare(a.Name, b.Name), cmp.Compare(a.Address, b.Address))
	})
	made = slices.Compact(made)
	return made[:min(len(made), maxLinks)]
}

// portIndex finds a port by its port_id.
type portIndex struct {
	list  []port
	order []int32 // into list, by port_id
}

// byID is made where it is needed and not kept: a hundred thousand rows once an hour.
func (p *ports) byID() portIndex {
	x := portIndex{p.list, make([]int32, len(p.list))}
	for i := range x.order {
		x.order[i] = int32(i)
	}
	slices.SortFunc(x.order, func(a, b int32) int { return cmp.Compare(p.list[a].id, p.list[b].id) })
	return x
}

// index is where the port stands in the list, -1 for one that is not known.
func (x portIndex) index(id int64) int {
	i, ok := slices.BinarySearchFunc(x.order, id, func(at int32, id int64) int { return cmp.Compare(x.list[at].id, id) })
	if !ok {
		return -1
	}
	return int(x.order[i])
}

func (x portIndex) port(id int64) *port {
	if i := x.index(id); i >= 0 {
		return &x.list[i]
	}
	return nil
}
