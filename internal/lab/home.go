package lab

import (
	"fmt"
	"net/netip"
	"strings"
)

// Home is the home lab that Quorate was conceived in: 68 devices on four VLANs. LibreNMS sees the 11 core devices, PRTG
// all 68, the direct prober the switch and the seven NAS; 14 devices hang behind the core switch. A device
// goes by different host names in the two systems, as they do in real labs.
func Home() []Device {
	h := &home{}
	h.network()
	h.storage()
	h.smart()
	h.clients()
	h.number()
	return h.devices
}

// The VLANs, and the name of the switch that everything in the story depends on.
const (
	vlanManagement = 1
	vlanStorage    = 20
	vlanSmart      = 30
	vlanClients    = 40

	coreSwitch = "core-switch"
	// switchMAC is the last octet of the switch's own MAC; those of its ports follow it.
	switchMAC = 0x80
)

type home struct{ devices []Device }

func (h *home) add(d Device, address string) *Device {
	d.Address = netip.MustParseAddr(address)
	d.MAC = fmt.Sprintf("00:00:5e:00:53:%02x", len(h.devices)+1)
	h.devices = append(h.devices, d)
	return &h.devices[len(h.devices)-1]
}

func (h *home) network() {
	d := h.add(Device{Name: "gateway", Kind: KindGateway, Vendor: "Deciso", Model: "DEC740", OS: "OPNsense 25.7", Version: "25.7",
		Serial: "SIM-GW-0001", Location: "Rack A"}, "192.0.2.1")
	d.LibreNMS = &LibreNMSEntry{ID: 1, Hostname: "gateway.example.net", OS: "opnsense", Type: "firewall", ObjectID: ".1.3.6.1.4.1.8072.3.2.8"}
	d.PRTG = &PRTGEntry{Name: "Gateway OPNsense", Host: "192.0.2.1", Icon: "A_Firewall_1.png"}

	d = h.add(Device{Name: coreSwitch, Kind: KindSwitch, Vendor: "HP", Model: "J9775A 2530-48G", OS: "YA.16.11.0014", Version: "YA.16.11.0014",
		Serial: "SIM-SW-0001", Location: "Rack A", SNMP: true}, "192.0.2.2")
	d.LibreNMS = &LibreNMSEntry{ID: 7, Hostname: "core-switch.example.net", Display: "Core switch", OS: "procurve", Type: "network",
		ObjectID: ".1.3.6.1.4.1.11.2.3.7.11.139"}
	d.PRTG = &PRTGEntry{Name: "core-switch (192.0.2.2) [48G]", Host: "192.0.2.2", Icon: "vendors_hp.png"}
	d.MAC = fmt.Sprintf("00:00:5e:00:53:%02x", switchMAC)

	d = h.add(Device{Name: "pve1", Kind: KindHypervisor, Vendor: "Supermicro", Model: "X11SSH-F", OS: "Debian 13", Version: "9.0",
		Serial: "SIM-PVE-0001", Location: "Rack A"}, "192.0.2.10")
	d.LibreNMS = &LibreNMSEntry{ID: 4, Hostname: "pve1.example.net", OS: "proxmox", Type: "server", ObjectID: ".1.3.6.1.4.1.8072.3.2.10"}
	d.PRTG = &PRTGEntry{Name: "pve1", Host: "pve1.example.net", Icon: "A_Server_1.png"}

	rooms := []string{"Living room", "Office", "Garage", "Attic", "Garden"}
	for i, room := range rooms {
		d = h.add(Device{Name: fmt.Sprintf("ap-%d", i+1), Kind: KindAP, Parent: coreSwitch, Vendor: "Ruckus", Model: "R550", OS: "200.15",
			Version: "200.15.6.12", Serial: fmt.Sprintf("SIM-AP-%04d", i+1), Location: room}, fmt.Sprintf("192.0.2.%d", 21+i))
		d.PRTG = &PRTGEntry{Name: "AP " + strings.ToLower(room), Host: d.Address.String(), Icon: "A_Wifi_1.png"}
		if i == 0 {
			// Added by its address: LibreNMS' host name is then no name at all.
			d.LibreNMS = &LibreNMSEntry{ID: 9, Hostname: "192.0.2.21", OS: "ruckuswireless-unleashed", Type: "wireless",
				ObjectID: ".1.3.6.1.4.1.25053.3.1.15.1"}
		}
	}
	for i := range h.devices {
		d := &h.devices[i]
		d.VLAN, d.PRTG.Group = vlanManagement, "Network"
		if d.Name == "gateway" || d.Name == coreSwitch {
			// The default route of the lab: whoever of the two is alive answers there, and both report it.
			d.Shared = []netip.Addr{netip.MustParseAddr("192.0.2.254")}
		}
	}
}

// storage holds the seven NAS. Each pair of names is another way in which two systems come to name one device.
func (h *home) storage() {
	names := []struct{ librenms, prtg, prtgName string }{
		{"nas-1.example.net", "nas-1.example.net", "nas-1"},              // the same full name, no address in PRTG
		{"nas-2", "198.51.100.12", "Backup NAS (198-51-100-12)"},         // short name and address
		{"198.51.100.13", "https://198.51.100.13:5001", "nas-3 DSM"},     // address and URL
		{"nas-4.example.net", "198.51.100.14", "nas-4"},                  // full name and address
		{"nas-5.example.net", "media.example.net", "Media server"},       // two names, of which it calls itself the second
		{"nas-6.example.net", "198.51.100.16", "WD nas-6"},               // full name and address
		{"198.51.100.17", "198.51.100.17", "WD My Cloud (nas-7, attic)"}, // the same address
	}
	for i, n := range names {
		d := Device{Name: fmt.Sprintf("nas-%d", i+1), Kind: KindSynology, VLAN: vlanStorage, Vendor: "Synology", Model: "RS2421+",
			OS: "DSM 7.2-72806", Version: "DSM 7.2-72806", Serial: fmt.Sprintf("SIM-NAS-%04d", i+1), Location: "Rack B", SNMP: true}
		object := ".1.3.6.1.4.1.8072.3.2.10"
		system := "dsm"
		if i >= 5 {
			d.Kind, d.Vendor, d.Model, d.OS, d.Version = KindWD, "Western Digital", "My Cloud EX4100", "My Cloud OS 5", "5.28.102"
			object, system = ".1.3.6.1.4.1.5127.1.1.1.6", "wdmycloud"
		}
		if i >= 3 {
			d.Parent, d.Location = coreSwitch, "Rack C"
		}
		d.LibreNMS = &LibreNMSEntry{ID: 11 + i, Hostname: n.librenms, OS: system, Type: "storage", ObjectID: object}
		d.PRTG = &PRTGEntry{Name: n.prtgName, Host: n.prtg, Group: "Storage", Icon: "vendors_synology.png"}
		if n.prtg == "media.example.net" {
			d.HostName = n.prtg
		}
		h.add(d, fmt.Sprintf("198.51.100.%d", 11+i))
	}
}

func (h *home) smart() {
	things := []struct {
		name     string
		count    int
		kind     Kind
		maker    string
		location string
	}{
		{"doorbell", 1, KindSmart, "Ring", "Entrance"}, {"plug", 10, KindSmart, "Shelly", "House"},
		{"thermostat", 4, KindSmart, "Tado", "House"}, {"sensor", 8, KindSmart, "Aqara", "House"},
		{"speaker", 5, KindSmart, "Sonos", "House"}, {"tv", 2, KindSmart, "LG", "Living room"},
		{"vacuum", 1, KindSmart, "Roborock", "Hall"}, {"hub", 1, KindSmart, "Philips", "Hall"},
		{"washer", 1, KindAppliance, "Miele", "Basement"}, {"dryer", 1, KindAppliance, "Miele", "Basement"},
		{"dishwasher", 1, KindAppliance, "Bosch", "Kitchen"}, {"oven", 1, KindAppliance, "Siemens", "Kitchen"},
		{"printer", 1, KindAppliance, "Brother", "Office"}, {"inverter", 1, KindAppliance, "Fronius", "Basement"},
	}
	host := 11
	for _, t := range things {
		for n := range t.count {
			d := Device{Name: t.name, Kind: t.kind, VLAN: vlanSmart, Vendor: t.maker, Location: t.location}
			if t.count > 1 {
				d.Name = fmt.Sprintf("%s-%d", t.name, n+1)
			}
			added := h.add(d, fmt.Sprintf("203.0.113.%d", host))
			added.PRTG = &PRTGEntry{Name: d.Name, Host: added.Address.String(), Group: "Smart home", Icon: "A_Device_1.png"}
			host++
		}
	}
	h.radio()
}

// radio is for what has no address of its own in PRTG, since it speaks by radio with the hub: some were added at the
// hub's address, and some at 127.0.0.1, where a script on PRTG's host asks the hub.
func (h *home) radio() {
	var hub string
	for _, d := range h.devices {
		if d.Name == "hub" {
			hub = d.Address.String()
		}
	}
	for i := range h.devices {
		switch d := &h.devices[i]; d.Name {
		case "sensor-1", "sensor-2", "sensor-3", "sensor-4":
			d.PRTG.Host = "127.0.0.1"
		case "sensor-5", "sensor-6":
			d.PRTG.Host = hub
		}
	}
}

func (h *home) clients() {
	host := 131
	put := func(d Device, group, icon string) {
		d.VLAN = vlanClients
		added := h.add(d, fmt.Sprintf("203.0.113.%d", host))
		added.PRTG = &PRTGEntry{Name: d.Name, Host: added.Address.String(), Group: group, Icon: icon}
		host++
	}
	for n := range 8 {
		d := Device{Name: fmt.Sprintf("camera-%d", n+1), Kind: KindCamera, Vendor: "Reolink", Model: "RLC-810A", Location: "Outside"}
		if n < 5 {
			d.Parent = coreSwitch
		}
		put(d, "Cameras", "A_Camera_1.png")
	}
	for n := range 4 {
		put(Device{Name: fmt.Sprintf("laptop-%d", n+1), Kind: KindClient, Vendor: "Lenovo"}, "Clients", "A_Laptop_1.png")
	}
	for n := range 2 {
		put(Device{Name: fmt.Sprintf("desktop-%d", n+1), Kind: KindClient, Vendor: "Dell"}, "Clients", "A_Desktop_1.png")
	}
	put(Device{Name: "console", Kind: KindClient, Vendor: "Nintendo", Location: "Living room"}, "Clients", "A_Device_1.png")
}

// number gives PRTG's ids, which are unique over all kinds of objects, and the sensors of each kind of device.
func (h *home) number() {
	sensor := 3001
	for i := range h.devices {
		d := &h.devices[i]
		d.PRTG.ID = 2001 + i
		d.PRTG.Tags = string(d.Kind)
		d.PRTG.Probe = localProbe
		if d.VLAN == vlanSmart || d.VLAN == vlanClients {
			d.PRTG.Probe = remoteProbe
		}
		d.PRTG.Sensors = sensorsOf(d)
		for n := range d.PRTG.Sensors {
			d.PRTG.Sensors[n].ID = sensor
			sensor++
		}
	}
}
