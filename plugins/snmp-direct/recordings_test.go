package snmpdirect

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab/snmpagent"
)

// recordings is where reference recordings of real devices lie, beside the repository: they are others' work and no part
// of it.
const recordings = "../../../shared/data/snmprec"

// recorded polls the recording of a real device.
func recorded(t *testing.T, name string) device.Observation {
	t.Helper()
	f, err := os.Open(filepath.Join(recordings, name+".snmprec"))
	if err != nil {
		t.Skipf("SKIPPED: needs the reference recordings beside the repository: %v", err)
	}
	defer func() { _ = f.Close() }()
	rec, err := snmpagent.Load(f)
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, rec)
	o := b.poll()
	if got := facets(o); got != "reach=up mgmt=up" {
		t.Fatalf("%s: %s", name, got)
	}
	if len(o.Alerts) > 0 {
		t.Errorf("%s: %+v", name, o.Alerts)
	}
	return o
}

// expected is what LibreNMS makes of the same recording.
type expected struct {
	OS struct {
		Discovery struct {
			Devices []struct {
				OS       string  `json:"os"`
				Hardware *string `json:"hardware"`
				Version  *string `json:"version"`
				Serial   *string `json:"serial"`
			} `json:"devices"`
		} `json:"discovery"`
	} `json:"os"`
	Ports struct {
		Discovery portTable `json:"discovery"`
		Poller    portTable `json:"poller"`
	} `json:"ports"`
	Sensors struct {
		Discovery struct {
			Sensors []struct {
				Class   string  `json:"sensor_class"`
				Type    string  `json:"sensor_type"`
				OID     string  `json:"sensor_oid"`
				Descr   string  `json:"sensor_descr"`
				Current float64 `json:"sensor_current"`
			} `json:"sensors"`
		} `json:"discovery"`
	} `json:"sensors"`
	Links struct {
		Discovery struct {
			Links []struct {
				Protocol string `json:"protocol"`
			} `json:"links"`
		} `json:"discovery"`
	} `json:"discovery-protocols"`
	Processors struct {
		Discovery struct {
			Processors []struct {
				Usage float64 `json:"processor_usage"`
			} `json:"processors"`
		} `json:"discovery"`
	} `json:"processors"`
	Storage struct {
		Discovery struct {
			Storage []struct {
				Descr string  `json:"storage_descr"`
				Size  float64 `json:"storage_size"`
				Used  float64 `json:"storage_used"`
			} `json:"storage"`
		} `json:"discovery"`
	} `json:"storage"`
}

type portTable struct {
	Ports []struct {
		Index   int     `json:"ifIndex"`
		Name    string  `json:"ifName"`
		Type    string  `json:"ifType"`
		Oper    *string `json:"ifOperStatus"`
		Admin   *string `json:"ifAdminStatus"`
		Speed   *uint64 `json:"ifSpeed"`
		Address *string `json:"ifPhysAddress"`
	} `json:"ports"`
}

// UnmarshalJSON passes over "matches discovery".
func (p *portTable) UnmarshalJSON(b []byte) error {
	if b[0] == '"' {
		return nil
	}
	type plain portTable
	return json.Unmarshal(b, (*plain)(p))
}

func expect(t *testing.T, name string) expected {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(recordings, name+".json"))
	if err != nil {
		t.Skipf("SKIPPED: needs the reference data beside the repository: %v", err)
	}
	var e expected
	if err := json.Unmarshal(b, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// TestRecordedPorts compares number, state and speed of the ports with what LibreNMS found.
func TestRecordedPorts(t *testing.T) {
	for _, name := range []string{
		"procurve", "procurve_nac", "arubaos-cx_10.07", "dsm", "dsm_ds214se-dsm7", "qnap", "pfsense", "opnsense_vm",
		"linux_raspberrypi-gpiomonitor", "apc_smt750x-nmc2", "ruckuswireless-unleashed_legacy-unleashed",
	} {
		t.Run(name, func(t *testing.T) {
			o, e := recorded(t, name), expect(t, name)
			ports := e.Ports.Poller.Ports
			if len(ports) == 0 {
				ports = e.Ports.Discovery.Ports
			}
			if len(ports) == 0 {
				t.Fatal("the reference has no ports")
			}
			wantUp, up, seen := 0, 0, 0
			for _, p := range ports {
				component := "port:" + p.Name
				if p.Type == "softwareLoopback" {
					continue
				}
				seen++
				oper, ok := reading(o, component, "oper")
				if !ok {
					oper, ok = reading(o, fmt.Sprintf("%s %d", component, p.Index), "oper")
				}
				switch {
				case p.Oper == nil:
				case !ok:
					t.Errorf("%s: no oper state, want %s", component, *p.Oper)
				case (oper == 1) != (*p.Oper == "up"):
					t.Errorf("%s: oper %v, want %s", component, oper, *p.Oper)
				default:
					if oper == 1 {
						up++
					}
					if *p.Oper == "up" {
						wantUp++
					}
				}
				if speed, ok := reading(o, component, "speed"); ok && p.Speed != nil && *p.Speed > 0 && speed != float64(*p.Speed) {
					t.Errorf("%s: speed %v, want %d", component, speed, *p.Speed)
				}
			}
			t.Logf("%d ports beside loopbacks, %d up of %d", seen, up, wantUp)
		})
	}
}

// TestRecordedSensors looks up each sensor that LibreNMS derives for the parts that profiles cover.
func TestRecordedSensors(t *testing.T) {
	tests := []struct {
		name, prefix string // of the sensor's OID
		component    func(index string) string
		quantity     string
	}{
		{"procurve", ".1.3.6.1.4.1.11.2.14.11.5.1.54.2.1.1.4.", func(i string) string { return "fan:" + i }, "state"},
		{"procurve", ".1.3.6.1.4.1.11.2.14.11.5.1.55.1.1.1.2.", func(i string) string { return "psu:" + i }, "state"},
		{"procurve", ".1.3.6.1.4.1.11.2.14.11.5.1.55.1.1.1.4.", func(i string) string { return "psu:" + i }, "temperature"},
		{"procurve", ".1.3.6.1.4.1.11.2.14.11.5.1.55.1.1.1.6.", func(i string) string { return "psu:" + i }, "power"},
		{"procurve", ".1.3.6.1.4.1.11.2.14.11.1.9.1.6.1.5.", func(i string) string { return "psu:PoE " + i }, "poe_used"},
		{"procurve", ".1.3.6.1.4.1.11.2.14.11.5.1.69.1.1.2.", func(string) string { return "stack:status" }, "state"},
		{"dsm", ".1.3.6.1.4.1.6574.2.1.1.5.", synologyDisk, "state"},
		{"dsm", ".1.3.6.1.4.1.6574.2.1.1.6.", synologyDisk, "temperature"},
		{"dsm", ".1.3.6.1.4.1.6574.3.1.1.3.", func(string) string { return "raid:Volume 1" }, "state"},
		{"dsm", ".1.3.6.1.4.1.6574.1.2.", func(string) string { return "temperature:system" }, "temperature"},
		{"dsm_ds214se-dsm7", ".1.3.6.1.4.1.6574.2.1.1.6.", synologyDisk, "temperature"},
	}
	for _, tt := range tests {
		t.Run(tt.name+tt.prefix, func(t *testing.T) {
			o, e := recorded(t, tt.name), expect(t, tt.name)
			n := 0
			for _, s := range e.Sensors.Discovery.Sensors {
				index, ok := strings.CutPrefix(s.OID, tt.prefix)
				if !ok {
					continue
				}
				n++
				got, ok := reading(o, tt.component(index), tt.quantity)
				if !ok || got != s.Current {
					t.Errorf("%s %s (%s): %v %v, want %v", tt.component(index), tt.quantity, s.Descr, got, ok, s.Current)
				}
			}
			if n == 0 {
				t.Error("the reference has no such sensor")
			}
		})
	}
}

// synologyDisk is how a Synology with one expansion unit behind ten own bays names its disks.
func synologyDisk(index string) string {
	var n int
	if _, err := fmt.Sscan(index, &n); err != nil {
		return ""
	}
	if n < 10 {
		return fmt.Sprintf("disk:Disk %d", n+1)
	}
	return fmt.Sprintf("disk:Disk %d (RX1214rp-1)", n-9)
}

func TestRecordedIdentity(t *testing.T) {
	for name, want := range map[string]string{
		"procurve_nac":                  "HP|J9775A 2530-48G Switch|switch",
		"dsm":                           "Synology|RS2212RP+|nas",
		"dsm_ds214se-dsm7":              "Synology|DS214se|nas",
		"wd-ex4100_centreon":            "Western Digital|My Cloud EX4100|nas",
		"linux_raspberrypi-gpiomonitor": "||server",
		"pfsense":                       "||server",
	} {
		t.Run(name, func(t *testing.T) {
			o := recorded(t, name)
			if got := o.Vendor + "|" + o.Model + "|" + o.Type; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			t.Logf("os %q version %q", o.OS, o.Version)
		})
	}
}

func TestRecordedHosts(t *testing.T) {
	for _, name := range []string{"dsm", "dsm_ds214se-dsm7", "linux_raspberrypi-gpiomonitor", "pfsense"} {
		t.Run(name, func(t *testing.T) {
			o, e := recorded(t, name), expect(t, name)
			for _, s := range e.Storage.Discovery.Storage {
				descr, _, _ := strings.Cut(s.Descr, ", type: ")
				size, ok := reading(o, "volume:"+descr, "size")
				if !ok {
					if !noise(descr) {
						t.Errorf("no volume %q of %.0f octets", descr, s.Size)
					}
					continue
				}
				if used, _ := reading(o, "volume:"+descr, "used"); size != s.Size || used != s.Used {
					t.Errorf("volume %q: %.0f of %.0f, want %.0f of %.0f", s.Descr, used, size, s.Used, s.Size)
				}
			}
			load, ok := reading(o, "cpu:total", "load")
			var sum float64
			for _, p := range e.Processors.Discovery.Processors {
				sum += p.Usage
			}
			if n := len(e.Processors.Discovery.Processors); n > 0 && (!ok || load != sum/float64(n)) {
				t.Errorf("load %v %v, want %v", load, ok, sum/float64(n))
			}
			if _, ok := reading(o, "memory:Physical memory", "used"); !ok {
				t.Log("no main memory")
			}
		})
	}
}

func TestRecordedLinks(t *testing.T) {
	for name, least := range map[string]int{"procurve": 6, "arubaos-cx_10.07": 34} {
		t.Run(name, func(t *testing.T) {
			o := recorded(t, name)
			lldp, fdb := 0, 0
			for _, l := range o.Links {
				switch l.Kind {
				case "lldp":
					lldp++
				case "fdb":
					fdb++
				}
			}
			if lldp < least {
				t.Errorf("%d neighbours, want %d or more", lldp, least)
			}
			t.Logf("%d neighbours, %d addresses at the edge", lldp, fdb)
		})
	}
}

// TestRecordedAll polls everything there is: nothing fails, and everything fits the data contract.
func TestRecordedAll(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(recordings, "*.snmprec"))
	if err != nil || len(files) == 0 {
		t.Skip("SKIPPED: needs the reference recordings beside the repository")
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".snmprec")
		o := recorded(t, name)
		health := map[device.State]int{}
		for _, c := range o.Claims {
			if c.Facet == device.FacetHealth {
				health[c.State]++
			}
		}
		t.Logf("%s: %s %s, %d readings, %d links, health %v", name, o.Vendor, o.Model, len(o.Readings), len(o.Links), health)
	}
}
