package agent

import (
	"net/netip"
	"reflect"
	"slices"
	"testing"

	"github.com/quorate/quorate/device"
)

// TestRegistryIsComplete puts something of its own into everything private that the agent knows.
func TestRegistryIsComplete(t *testing.T) {
	cfg := &Config{
		Name: "canary-agent", DataDir: "/srv/canary-data",
		Sources:     []SourceConfig{{Name: "canary-source", FaultDomain: "canary-room"}, {Name: "librenms", FaultDomain: "vm-hosts-2"}},
		Sinks:       []SinkConfig{{Name: "canary-sink"}},
		Blogs:       []BlogConfig{{Name: "canary-series", Dir: "/srv/canary-blog", Notes: "/srv/canary-notes"}},
		Groups:      []GroupConfig{{Name: "canary-group", Tags: []string{"canary-tag", "critical"}}, {Name: "access_points"}},
		Maintenance: []MaintenanceConfig{{Name: "canary night", Reason: "for canary"}},
		Domains:     []string{"canary-domain.example"},
		Devices: []DeviceConfig{{
			Name: "canary-pin", Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.77"), netip.MustParseAddr("2001:db8::77")},
			Hostnames: []string{"canary-pin.example.net"}, MACs: []string{"00:00:5e:00:53:77"}, Serials: []string{"CANARYPIN"},
		}},
		SharedAddresses: []netip.Addr{netip.MustParseAddr("192.0.2.79")},
	}
	settings := map[string]Settings{"prtg": {
		Secrets: []device.Secret{"canary-secret", "canary:443", "2003"},
		Texts: []Text{
			{"url", "https://canary-user:canary-password@canary-url.example.net:8443/path"}, {"url", "http://192.0.2.80"}, {"address", "192.0.2.81:161"},
			{"address", "[2001:db8::81]:161"}, {"address", "canary-short"}, {"address", "canary-target.example.net"}, {"include", "canary-list.example.net"},
			{"ranges", "192.0.2.0/28"}, {"username", "canary-name"}, {"auth_protocol", "SHA-256"}, {"step", "300s"}, {"priv_protocol", "AES-256-C"},
		},
	}}
	devices := []device.Current{{
		Name: "canary-device", Addresses: []string{"192.0.2.82", "2001:db8::82"}, Hostnames: []string{"canary-device.example.net"},
		MACs: []string{"00:00:5e:00:53:82"}, Serial: "CANARYDEV", Location: "canary street",
	}}
	got, err := newRegistry(cfg, settings, nil).values(t.Context(), devices)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{
		"domains":   {"canary-domain.example"},
		"hostnames": {"canary-pin", "canary-device"},
		"fqdn": {
			"canary-pin.example.net", "canary-url.example.net", "canary-short", "canary-target.example.net", "canary-list.example.net", "canary-device.example.net",
		},
		"ipv4":      {"192.0.2.77", "192.0.2.79", "192.0.2.80", "192.0.2.81", "192.0.2.0/28", "192.0.2.82"},
		"ipv6":      {"2001:db8::77", "2001:db8::81", "2001:db8::82"},
		"mac":       {"00:00:5e:00:53:77", "00:00:5e:00:53:82"},
		"serials":   {"CANARYPIN", "CANARYDEV"},
		"locations": {"canary street"},
		"tokens":    {"canary-secret", "canary:443", "2003"},
		"passwords": {"canary-password"},
		"usernames": {"canary-user", "canary-name"},
		"paths":     {"/srv/canary-data", "/srv/canary-blog", "/srv/canary-notes"},
		"words":     {"canary-agent", "canary-source", "canary-room", "canary-sink", "canary-series", "canary-group", "canary-tag", "canary night", "for canary"},
	}
	if err := machine(func(kind string, values ...string) { want[kind] = append(want[kind], values...) }); err != nil {
		t.Fatal(err)
	}
	for kind, values := range want {
		slices.Sort(values)
		if w := slices.DeleteFunc(slices.Compact(values), func(v string) bool { return v == "" }); !slices.Equal(got[kind], w) {
			t.Errorf("%s: got %q, want %q", kind, got[kind], w)
		}
		delete(got, kind)
	}
	if len(got) > 0 {
		t.Errorf("also there: %q", got)
	}
}

// TestRegistryKnowsEveryField fails when a device gets a field that nobody has called private or not.
func TestRegistryKnowsEveryField(t *testing.T) {
	known := []string{ // private ones, then the others
		"Name", "Addresses", "Hostnames", "MACs", "Serial", "Location", "Bindings",
		"ID", "Status", "Standing", "Reason", "RedundancyLost", "Overlays", "Because", "Since", "Witnesses", "Votes", "Tallies", "Mutes", "WaitsFor", "Parents",
		"Vendor", "Model", "OS", "Version", "Type",
	}
	for f := range reflect.TypeFor[device.Current]().Fields() {
		if !slices.Contains(known, f.Name) {
			t.Errorf("the new field %s: is it private?", f.Name)
		}
	}
}
