package sanitize

import (
	"strings"
	"unicode"
)

// Role is what a device is, from a closed list: the first half of its alias.
type Role int

// The roles.
const (
	RoleDevice Role = iota
	RoleFirewall
	RoleRouter
	RoleSwitch
	RoleAccessPoint
	RoleNAS
	RoleHypervisor
	RoleServer
	RoleCamera
	RolePrinter
	RoleSensor
	RoleUPS
	RolePhone
	RoleTV
	RoleLight
	RolePlug
	RoleSpeaker
	RoleClient
	RoleAppliance
	roleCount
)

var roleWords = [roleCount]string{
	"device", "firewall", "router", "switch", "ap", "nas", "hypervisor", "server", "camera", "printer", "sensor", "ups", "phone", "tv",
	"light", "plug", "speaker", "client", "appliance",
}

func (r Role) word() string {
	if r < 0 || r >= roleCount {
		return roleWords[RoleDevice]
	}
	return roleWords[r]
}

// Noun is the role in a sentence.
func (r Role) Noun() string {
	switch r {
	case RoleAccessPoint:
		return "access point"
	case RoleNAS:
		return "NAS"
	case RoleUPS:
		return "UPS"
	case RoleTV:
		return "TV"
	}
	return r.word()
}

// Plural is several of the role in a sentence.
func (r Role) Plural() string {
	switch r {
	case RoleNAS:
		return "NAS"
	case RoleUPS:
		return "UPSs"
	case RoleSwitch:
		return "switches"
	}
	return r.Noun() + "s"
}

// roleHints are words of a source's type, vendor and model fields, the telling ones first. They pick from the closed
// list and never reach a text.
var roleHints = []struct {
	role  Role
	words string
}{
	{RoleFirewall, "firewall opnsense pfsense fortigate"},
	{RoleAccessPoint, "wireless access-point accesspoint wifi wlan ruckus unifi-ap aironet"},
	{RoleNAS, "nas storage synology diskstation qnap mycloud truenas dsm"},
	{RoleHypervisor, "hypervisor proxmox vmware esxi pve"},
	{RoleUPS, "ups power apc pdu"},
	{RoleCamera, "camera cam reolink axis hikvision doorbell"},
	{RolePrinter, "printer print laserjet brother"},
	{RoleSensor, "sensor thermostat tado aqara environment"},
	{RoleSwitch, "switch procurve comware aruba 2530"},
	{RoleRouter, "router gateway"},
	{RolePhone, "phone voip"},
	{RoleTV, "tv television chromecast appletv"},
	{RoleLight, "light lamp hue bulb"},
	{RolePlug, "plug shelly tasmota"},
	{RoleSpeaker, "speaker sonos"},
	{RoleAppliance, "appliance washer dryer dishwasher oven inverter vacuum"},
	{RoleClient, "workstation desktop laptop client notebook console"},
	{RoleSwitch, "network"},
	{RoleServer, "server linux windows"},
}

// RoleOf chooses a role by what sources say of the kind of a device: its type first, then vendor and model. The
// device's own name has no say, since a role must not follow from it.
func RoleOf(kind, vendor, model string) Role {
	for _, text := range []string{kind, vendor + " " + model} {
		words := map[string]bool{}
		sign := func(r rune) bool { return r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }
		for w := range strings.FieldsFuncSeq(strings.ToLower(text), sign) {
			words[w] = true
		}
		for _, hint := range roleHints {
			for w := range strings.FieldsSeq(hint.words) {
				if words[w] {
					return hint.role
				}
			}
		}
	}
	return RoleDevice
}

// Product is the software behind a source, from a closed list.
type Product int

// The products.
const (
	ProductOther Product = iota
	ProductLibreNMS
	ProductPRTG
	ProductSNMP
	ProductReach
	ProductExec
)

func (p Product) String() string {
	switch p {
	case ProductLibreNMS:
		return "LibreNMS"
	case ProductPRTG:
		return "PRTG"
	case ProductSNMP:
		return "direct SNMP"
	case ProductReach:
		return "Quorate's own probe"
	case ProductExec:
		return "a script"
	}
	return "another monitor"
}

// ProductOf chooses a product by a source's type, or by its name where the type is not known and the name is exactly
// that of a type.
func ProductOf(kind, name string) Product {
	if kind == "" {
		kind = strings.ToLower(name)
	}
	switch kind {
	case "librenms":
		return ProductLibreNMS
	case "prtg":
		return ProductPRTG
	case "snmp-direct", "snmp":
		return ProductSNMP
	case "reach":
		return ProductReach
	case "exec":
		return ProductExec
	}
	return ProductOther
}
