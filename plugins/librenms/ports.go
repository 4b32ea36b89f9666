package librenms

import (
	"cmp"
	"context"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"
	"unique"

	"github.com/quorate/quorate/device"
)

// columns are asked for of the ports; one that a release does not have fails the whole call, so that there are fewer to
// fall back to.
var columns = []string{
	"port_id,device_id,ifIndex,ifName,ifDescr,ifType,ifPhysAddress,ifOperStatus,ifAdminStatus,ifSpeed,ifInOctets_rate,ifOutOctets_rate," +
		"ifInErrors_delta,ifOutErrors_delta,disabled,deleted,poll_time,poll_period",
	"port_id,device_id,ifIndex,ifName,ifDescr,ifType,ifPhysAddress,ifOperStatus,ifAdminStatus,ifSpeed,ifInOctets_rate,ifOutOctets_rate," +
		"disabled,deleted,poll_time",
	"port_id,device_id,ifIndex,ifName,ifDescr,ifType,ifPhysAddress,ifOperStatus,ifAdminStatus,ifSpeed",
}

// ports are the ports of all devices as they were last read, once a step, in the order of device_id and ifIndex.
type ports struct {
	part
	columns int       // which of the lists of columns this server takes
	tried   time.Time // when it last refused a longer one
	read    time.Time // by LibreNMS' clock; zero before the first
	list    []port
	of      map[string]span // by device_id
}

// span is a stretch of ports.list.
type span struct{ from, to int32 }

// port is what is kept of a port. A lab may have a hundred thousand. A number that is not known is NaN.
type port struct {
	id        int64
	device    int64
	index     int64
	component word
	mac       hardware
	polled    int64 // seconds since 1970, 0 where unknown
	speed     float64
	in, out   float64 // octets a second
	inErrors  float64 // a second
	outErrors float64
	oper      status
	admin     status
	ethernet  bool
	own       bool // addresses of the port are the device's own
	silent    bool // a loopback, or one that LibreNMS does not poll
}

type status uint8

const (
	statusUnknown status = iota
	statusUp
	statusDown
)

// refresh reads the ports anew if a step has passed, and reports whether it did. The ports of devices that are down stay: they say who a device is.
func (p *ports) refresh(ctx context.Context, api client, now time.Time, r round, devices []seen) bool {
	return p.ask(ctx, "ports", now, r.step, func(ctx context.Context) error {
		wanted := make(map[int64]bool, len(devices))
		for _, d := range devices {
			if n, ok := d.row.DeviceID.Int(); ok {
				wanted[n] = true
			}
		}
		if p.columns > 0 && now.Sub(p.tried) > day {
			p.columns = 0 // The server may be newer by now.
		}
		for {
			found := make([]port, 0, len(p.list)+len(p.list)/8)
			err := list(ctx, api, "/ports", url.Values{"columns": {columns[p.columns]}}, "ports", maxRows, func(row portRow) {
				if x, ok := row.port(); ok && wanted[x.device] {
					found = append(found, x)
				}
			})
			if wrongColumn(err) && p.columns+1 < len(columns) {
				p.columns, p.tried = p.columns+1, now
				continue
			}
			if err == nil {
				err = p.vanished(len(p.list), len(found))
			}
			if err != nil {
				return err
			}
			p.take(found, r.now)
			return nil
		}
	})
}

// take sorts what was read and gives each port of a device a name of its own.
func (p *ports) take(found []port, now time.Time) {
	slices.SortFunc(found, func(a, b port) int {
		return cmp.Or(cmp.Compare(a.device, b.device), cmp.Compare(a.index, b.index), cmp.Compare(a.id, b.id))
	})
	p.list, p.read = slices.Clip(found), now
	p.of = map[string]span{}
	for from := 0; from < len(found); {
		to := from
		uses := map[word]int{}
		for ; to < len(found) && found[to].device == found[from].device; to++ {
			uses[found[to].component]++
		}
		for i := from; i < to; i++ {
			if uses[found[i].component] > 1 {
				found[i].component = unique.Make(component(kindPort, strings.TrimPrefix(found[i].component.Value(), "port:")+" "+decimal(found[i].index)))
			}
		}
		p.of[decimal(found[from].device)] = span{int32(from), int32(to)}
		from = to
	}
}

// device returns the ports of a device.
func (p *ports) device(id string) []port {
	s := p.of[id]
	return p.list[s.from:s.to]
}

// port makes a port of a row; ok is false for one that is deleted or belongs to nothing.
func (row portRow) port() (port, bool) {
	id, ok1 := row.PortID.Int()
	dev, ok2 := row.DeviceID.Int()
	index, _ := row.Index.Int()
	name := cmp.Or(row.Name.Name(), row.Descr.Name(), decimal(index))
	if !ok1 || !ok2 || row.Deleted.Bool() {
		return port{}, false
	}
	typ := row.Type.String()
	x := port{
		id: id, device: dev, index: index, component: unique.Make(component(kindPort, name)), mac: parseHardware(row.MAC.String()),
		oper: statusOf(row.Oper.String()), admin: statusOf(row.Admin.String()),
		ethernet: typ == "" || typ == "ethernetCsmacd" || typ == "gigabitEthernet" || typ == "fastEther", own: ownPort(name, typ),
		silent: row.Disabled.Bool() || typ == "softwareLoopback",
		speed:  number(row.Speed), in: number(row.In), out: number(row.Out), inErrors: math.NaN(), outErrors: math.NaN(),
	}
	x.polled, _ = row.PollTime.Int()
	if period, ok := row.Period.Float(); ok && period >= 1 && period < day.Seconds() {
		x.inErrors, x.outErrors = number(row.InErrors)/period, number(row.OutErrors)/period
	}
	return x, true
}

// statusOf reads ifOperStatus and ifAdminStatus. Testing and what is not known are neither up nor down.
func statusOf(s string) status {
	switch strings.ToLower(s) {
	case "up", "1":
		return statusUp
	case "down", "dormant", "notpresent", "lowerlayerdown", "2":
		return statusDown
	}
	return statusUnknown
}

// ownPort reports whether addresses of the port are the device's own: containers, virtual machines and bridges have
// ones that other devices have too.
func ownPort(name, typ string) bool {
	if typ == "softwareLoopback" {
		return false
	}
	for _, prefix := range []string{"docker", "veth", "virbr", "tap", "fwbr", "fwln", "fwpr", "vnet", "lxc", "cni", "flannel", "cali"} {
		if strings.HasPrefix(name, prefix) {
			return false
		}
	}
	// Docker's own bridges are br- and twelve hexadecimal digits; br-lan is somebody's LAN.
	id, ok := strings.CutPrefix(name, "br-")
	return !ok || len(id) != 12 || strings.Trim(id, "0123456789abcdef") != ""
}

// readings are what LibreNMS measured of a device's ports at its last poll. A port that it does not poll, and one whose
// numbers are older than three steps, has none.
func (p *ports) readings(id string, r round) []device.Reading {
	if r.now.Sub(p.read) > 3*r.step {
		return nil
	}
	ports := p.device(id)
	list := make([]device.Reading, 0, 6*len(ports))
	for _, x := range ports {
		if x.silent || x.polled != 0 && r.now.Sub(time.Unix(x.polled, 0)) > 3*r.step {
			continue
		}
		name := x.component.Value()
		add := func(quantity string, value float64, unit string) {
			if value >= 0 && value < 1e18 { // NaN is neither.
				list = append(list, device.Reading{Component: name, Quantity: quantity, Value: value, Unit: unit})
			}
		}
		add("oper", x.oper.truth(), "1")
		add("admin", x.admin.truth(), "1")
		if x.speed > 0 {
			add("speed", x.speed, "bit/s")
		}
		add("in_rate", x.in, "By/s")
		add("out_rate", x.out, "By/s")
		add("in_errors", x.inErrors, "/s")
		add("out_errors", x.outErrors, "/s")
	}
	return list
}

// truth is the status as a reading: 1 up, 0 down, NaN neither.
func (s status) truth() float64 {
	switch s {
	case statusUp:
		return 1
	case statusDown:
		return 0
	}
	return math.NaN()
}
