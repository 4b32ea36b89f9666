package lab

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab/snmpagent"
)

// Agents are the SNMP agents of the world's devices that are polled directly. They really listen, each on a port of
// 127.0.0.1, and say of themselves what the device would: its name, address, MAC and serial number.
type Agents struct {
	world *World
	list  []*simulatedAgent
}

type simulatedAgent struct {
	device   *Device
	agent    *snmpagent.Agent
	address  string
	at       netip.Addr // its own address, as it says it
	bootedAt time.Time
	broken   map[string]device.State // what is overlaid now
}

// StartAgents starts an agent for every device with SNMP set.
func StartAgents(w *World, community string) (*Agents, error) {
	a := &Agents{world: w}
	for i := range w.devices {
		d := &w.devices[i]
		if !d.SNMP {
			continue
		}
		agent := snmpagent.New(w.recording(d), snmpagent.Options{Community: community, Clock: w.clock})
		address, err := agent.Start()
		if err != nil {
			return nil, errors.Join(fmt.Errorf("snmp agent of %s: %w", d.Name, err), a.Close())
		}
		a.list = append(a.list, &simulatedAgent{device: d, agent: agent, address: address, at: d.Address, bootedAt: w.bootedAt[d.Name],
			broken: map[string]device.State{}})
	}
	w.attach(a)
	return a, nil
}

// Close ends all agents and waits for them.
func (a *Agents) Close() error {
	var errs []error
	for _, s := range a.list {
		errs = append(errs, s.agent.Close())
	}
	return errors.Join(errs...)
}

// Addresses returns where each device's agent listens, by the device's name.
func (a *Agents) Addresses() map[string]string {
	all := map[string]string{}
	for _, s := range a.list {
		all[s.device.Name] = s.address
	}
	return all
}

// Requests is the number of datagrams that all agents received so far.
func (a *Agents) Requests() int {
	n := 0
	for _, s := range a.list {
		n += s.agent.Requests()
	}
	return n
}

// Agent returns a device's agent, nil where it has none.
func (a *Agents) Agent(name string) *snmpagent.Agent {
	for _, s := range a.list {
		if s.device.Name == name {
			return s.agent
		}
	}
	return nil
}

// look needs nothing: an agent answers at once.
func (a *Agents) look(time.Time) {}

func (a *Agents) changed() {
	for _, s := range a.list {
		name := s.device.Name
		s.agent.SetSilent(!a.world.answersSNMP(name))
		if booted := a.world.bootedAt[name]; booted != s.bootedAt {
			s.bootedAt = booted
			s.agent.Reboot()
		}
		if s.at != s.device.Address {
			s.agent.Readdress(s.at, s.device.Address)
			s.at = s.device.Address
		}
		s.overlay(a.world.truth[name].Parts)
	}
}

// overlay makes the agent show the parts that are broken, and no longer show those that are well again.
func (s *simulatedAgent) overlay(parts map[string]device.State) {
	for _, component := range []string{"fan:1", "psu:1", "disk:1", "disk:2", "disk:3", "disk:4", "raid:Volume 1", "system:"} {
		state := parts[component]
		oid, bad := overlayOf(s.device.Kind, component)
		if oid == "" || state == s.broken[component] {
			continue
		}
		s.broken[component] = state
		// Both only fail for an OID that is none.
		if state == "" {
			_ = s.agent.Restore(oid)
		} else {
			_ = s.agent.Set(oid, snmpagent.Int(bad))
		}
	}
}

func overlayOf(k Kind, component string) (oid string, bad int64) {
	switch {
	case k == KindSwitch && component == "fan:1":
		return snmpagent.SwitchFanState + "1", 3
	case k == KindSwitch && component == "psu:1":
		return snmpagent.SwitchPowerState + "1", 4
	case k == KindSynology && component == "raid:Volume 1":
		return snmpagent.NASRAIDStatus + "0", 11
	case k == KindSynology && component == "system:":
		return snmpagent.NASSystemStatus, 2
	case k == KindSynology && len(component) == len("disk:1") && component[:5] == "disk:":
		return snmpagent.NASDiskStatus + string(component[5]-1), 5
	}
	return "", 0
}

func (w *World) recording(d *Device) *snmpagent.Recording {
	mac, err := net.ParseMAC(d.MAC)
	if err != nil {
		mac = nil // the recording's own
	}
	name := orElse(d.HostName, d.Name)
	if d.PRTG != nil && d.PRTG.Host == d.Name+".example.net" {
		name = d.PRTG.Host
	}
	running := w.uptime(d.Name, w.now())
	addresses := []netip.Prefix{netip.PrefixFrom(d.Address, 24)}
	for _, at := range d.Shared {
		addresses = append(addresses, netip.PrefixFrom(at, 24))
	}
	if d.Kind == KindSwitch {
		return snmpagent.SwitchRecording(snmpagent.SwitchParams{
			Name: name, Location: d.Location, Contact: "ops@example.net", Model: "HP " + d.Model + " Switch", Version: d.Version, Serial: d.Serial,
			MAC: mac, Addresses: addresses, Neighbours: w.neighbours(d), Hosts: w.hosts(d), Aliases: map[int]string{1: "uplink"}, Uptime: running,
		})
	}
	host := snmpagent.HostParams{Name: name, Location: d.Location, Contact: "ops@example.net", MAC: mac, Addresses: addresses, Uptime: running}
	if d.Kind == KindWD {
		host.Serial = d.Serial
		return snmpagent.WDRecording(snmpagent.WDParams{HostParams: host, Firmware: d.Version})
	}
	return snmpagent.NASRecording(snmpagent.NASParams{HostParams: host, Model: d.Model, Version: d.Version, Number: d.Serial})
}

// neighbours are the devices behind the switch that speak LLDP: the access points and the NAS.
func (w *World) neighbours(d *Device) []snmpagent.Neighbour {
	var all []snmpagent.Neighbour
	for _, b := range w.behind(d.Name) {
		if b.Kind == KindAP || b.Kind == KindSynology || b.Kind == KindWD {
			mac, _ := net.ParseMAC(b.MAC)
			all = append(all, snmpagent.Neighbour{Port: 2 + len(all), Name: b.Name, Description: b.Vendor + " " + b.Model, MAC: mac, Address: b.Address})
		}
	}
	return all
}

// hosts are those that do not: the switch has only learned their MACs.
func (w *World) hosts(d *Device) []snmpagent.Host {
	var all []snmpagent.Host
	for _, b := range w.behind(d.Name) {
		if b.Kind == KindCamera {
			mac, _ := net.ParseMAC(b.MAC)
			all = append(all, snmpagent.Host{Port: 20 + len(all), MAC: mac})
		}
	}
	return all
}

func (w *World) behind(name string) []*Device {
	var all []*Device
	for _, n := range w.Behind(name) {
		all = append(all, w.byName[n])
	}
	return all
}
