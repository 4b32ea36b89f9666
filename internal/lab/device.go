package lab

import (
	"net/netip"
	"strings"

	"github.com/quorate/quorate/device"
)

// Kind is what a device is for.
type Kind string

// The kinds of the home lab.
const (
	KindGateway    Kind = "gateway"
	KindSwitch     Kind = "switch"
	KindHypervisor Kind = "hypervisor"
	KindAP         Kind = "ap"
	KindSynology   Kind = "synology"
	KindWD         Kind = "wd"
	KindCamera     Kind = "camera"
	KindAppliance  Kind = "appliance"
	KindSmart      Kind = "smart"
	KindClient     Kind = "client"
)

// Device is one device of the simulated lab as it is, and how each monitor knows it. Only World.Readdress changes it, and
// the monitors' Correct.
type Device struct {
	Name    string
	Kind    Kind
	Address netip.Addr
	MAC     string // with colons
	VLAN    int
	// Shared are further addresses that it answers at and that another device has too: a virtual one.
	Shared []netip.Addr
	// HostName is what the device calls itself; Name where empty.
	HostName string

	Vendor, Model, OS, Version, Serial, Location string

	// Parent is the name of the device that this one hangs behind, "" for none.
	Parent string

	LibreNMS *LibreNMSEntry // nil: LibreNMS does not know the device
	PRTG     *PRTGEntry     // nil: PRTG does not know the device
	// SNMP is true where the direct prober polls the device.
	SNMP bool
}

// LibreNMSEntry is what was typed when the device was added to LibreNMS, and the number that it got.
type LibreNMSEntry struct {
	ID       int
	Hostname string
	Display  string
	OS, Type string // LibreNMS' own words
	ObjectID string // sysObjectID
	// parts are what its sensors watch; nil means what is usual for its kind.
	parts []part
}

// PRTGEntry is the device as it was added to PRTG.
type PRTGEntry struct {
	ID    int
	Name  string
	Host  string
	Group string
	Probe string
	Icon  string
	Tags  string
	// Auto is a placeholder of an auto-discovery instead of a device; it has no host.
	Auto bool
	// Sensors are in the order of their ids.
	Sensors []Sensor
}

// Sensor is one PRTG sensor.
type Sensor struct {
	ID   int
	Name string
	Kind string // type_raw
	Type string // the text of type
	Tags string
	// Factor is how many intervals of the fake pass between its scans.
	Factor int
	// Component is the part of the device that it watches, as World.Break names it; "" for the device itself.
	Component string
	// Value is what it measures on a good day, Unit how PRTG prints that.
	Value float64
	Unit  string
}

// About reports what a sensor's kind talks to.
func (s Sensor) about() sensorKind {
	switch {
	case s.Kind == "ping":
		return sensorPing
	case strings.HasPrefix(s.Kind, "snmp"):
		return sensorAgent
	}
	return sensorService
}

type sensorKind int

const (
	sensorService sensorKind = iota // another port of the device
	sensorPing
	sensorAgent // its SNMP agent
)

// Truth is what really holds of a device.
type Truth struct {
	Dead      bool // it answers nothing at all
	AgentDead bool // it answers pings; its management agent is dead
	// Parts are the components that are not well, each StateWarning or StateCritical.
	Parts map[string]device.State
}
